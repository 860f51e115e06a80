"""Seconds that scikit-learn's PCA takes to fit 60,000 images, by its full-covariance solver: what
`strata train pca --components 100 --json` calls `seconds`.

    python Benchmarks/peers/pca_sklearn.py --threads 2
"""
import argparse
import os
import time

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--components", type=int, default=100)
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

from sklearn.decomposition import PCA  # noqa: E402

import data  # noqa: E402

images = data.images()
pca = PCA(options.components, svd_solver="covariance_eigh")
start = time.perf_counter()
pca.fit(images)
print(f"{time.perf_counter() - start:.3f} s, explained variance ratio {pca.explained_variance_ratio_.sum():.4f}, {images.dtype}")
