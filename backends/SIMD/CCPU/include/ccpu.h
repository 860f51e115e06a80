#ifndef STRATA_CCPU_H
#define STRATA_CCPU_H

/// The best instruction set that both processor and operating system support:
/// 0 the platform's baseline, 1 AVX2 with FMA, 2 AVX-512 (F, BW, DQ, VL).
int strata_cpu_level(void);

/// Tells the processor that a thread is spinning.
static inline void strata_cpu_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
