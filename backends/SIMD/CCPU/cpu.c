#include "ccpu.h"

int strata_cpu_level(void) {
#if defined(__x86_64__)
    /* The compiler's run-time checks the features and that the system saves the wider registers. */
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return 2;
    /* x86-64-v3, for which the kernels are compiled, also holds BMI. */
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2"))
        return 1;
#endif
    return 0;
}
