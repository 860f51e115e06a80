#include "malloc_counter.h"
#include <stddef.h>

/* Takes the place of the C library's function in the test program, and passes the calls on. */
extern void *__libc_malloc(size_t size);

static _Thread_local long count;

void *malloc(size_t size) {
    count += 1;
    return __libc_malloc(size);
}

long strata_malloc_count(void) { return count; }
