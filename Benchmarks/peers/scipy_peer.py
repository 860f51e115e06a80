"""NumPy and SciPy on OpenBLAS as a peer: `python scipy_peer.py svd --threads 2 --seconds 3 --json`.

The decompositions, by the drivers that are fastest for all values and vectors, and the products.
"""
import measure
from workloads import CONTRACT, EIGH_SIZE, SVD_SHAPE

if __name__ == "__main__":
    options = measure.parse_arguments(__doc__, [*CONTRACT, "svd", "eigh"])

    import numpy as np
    import scipy.linalg

    random = np.random.default_rng(options.seed)
    flops = None
    if options.workload == "svd":
        a = random.standard_normal(SVD_SHAPE, np.float32)

        def step(_):
            return scipy.linalg.svd(a, full_matrices=False, lapack_driver="gesdd", check_finite=False)
    elif options.workload == "eigh":
        a = random.standard_normal((EIGH_SIZE, EIGH_SIZE), np.float32)
        symmetric = a @ a.T

        def step(_):
            return scipy.linalg.eigh(symmetric, driver="evd", check_finite=False)
    else:
        n = CONTRACT[options.workload]
        a, b = (random.standard_normal((n, n), np.float32) for _ in range(2))
        out = np.empty_like(a)
        flops = 2 * n ** 3

        def step(_):
            return np.matmul(a, b, out=out)
    measure.measure(options, "scipy", scipy.__version__, step, flops=flops)
