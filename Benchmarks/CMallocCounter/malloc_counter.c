#include "malloc_counter.h"
#include <stddef.h>

static _Thread_local long count;

/* Takes the place of the C library's function in the test program, and passes the calls on. A sanitizer has a function of its
   own, and then nothing is counted. */
#if !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
extern void *__libc_malloc(size_t size);

void *malloc(size_t size) {
    count += 1;
    return __libc_malloc(size);
}
#endif

long strata_malloc_count(void) { return count; }
