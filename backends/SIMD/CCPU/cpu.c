#include "ccpu.h"
int strata_cpu_level(void) { return 0; }
