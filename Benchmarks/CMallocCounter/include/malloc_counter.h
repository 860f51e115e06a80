#ifndef STRATA_MALLOC_COUNTER_H
#define STRATA_MALLOC_COUNTER_H

/// How often the calling thread has called `malloc`.
long strata_malloc_count(void);

#endif
