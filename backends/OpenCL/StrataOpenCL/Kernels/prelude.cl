// Begins every program.
//
// Multiplying and adding are never contracted behind our back, so that an expression means the same on each device;
// where a product is to be fused, it says fma.
#pragma OPENCL FP_CONTRACT OFF

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define INLINE static inline __attribute__((always_inline))

// FOR_ITEMS runs its body for the items of a work item. A processor takes CHUNK neighbours, which is what its caches
// and prefetchers like; on a GPU neighbours belong to neighbouring work items, so that their loads coalesce.
#if CONSECUTIVE
#define FOR_ITEMS(item, count) \
    for (INDEX item = (INDEX)get_global_id(0) * CHUNK, item##_end = min(item + CHUNK, (INDEX)(count)); \
         item < item##_end; ++item)
#else
#define FOR_ITEMS(item, count) \
    for (INDEX item = get_global_id(0); item < (INDEX)(count); item += get_global_size(0))
#endif

// Looks a row up in a table of indices.
INLINE int row_at(global const int *index, int last) { return clamp(*index, 0, last); }
