// MKL, which PyTorch's products run on, takes its AVX-512 kernels only on processors that this says are Intel's; on
// others it stays at 256 bits, half of what a Zen 5 can do. Preloaded, this answers in MKL's place.
int mkl_serv_intel_cpu_true(void) { return 1; }
