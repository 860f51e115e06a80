int strata_cpu_level(void);
