"""Models that cross from scikit-learn and to it: crossing.py STRATA. Prints the largest difference between what both make of
the same examples; docs/verification.md has what scikit-learn 1.9.1 gave."""

import os
import subprocess
import sys
import tempfile

import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.neural_network import BernoulliRBM

strata = os.path.abspath(sys.argv[1])
os.chdir(tempfile.mkdtemp())


def run(*arguments):
    subprocess.run([strata, *arguments], check=True, capture_output=True)


def codes(backend="simd"):
    run("encode", "run", "--data", "x.npy", "--out", "codes.npy", "--backend", backend)
    return np.load("codes.npy")


def tell(name, found, expected):
    print(f"{name:32} {np.max(np.abs(found - expected)):.1e} of values up to {np.abs(expected).max():.2f}")


def cross(name, model, fitted, output, settings, other):
    """`fitted` as a run on every backend, and a run of the same settings as `other`."""
    np.savez("in.npz", **{k: v for k, v in vars(fitted).items() if v is not None})
    run("train", model, "--from", "in.npz", "--steps", "0", "--data", "x.npy", "--out", "run", "--force")
    for backend in ["simd", "blas", "opencl", "reference"]:
        tell(f"{name}, in, {backend}", codes(backend), output(fitted))
    run("train", model, *settings, "--data", "x.npy", "--out", "run", "--force")
    run("export", "run", "--to", "sklearn", "--out", "out.npz", "--force")
    for attribute, value in np.load("out.npz").items():
        setattr(other, attribute, value if value.ndim else value.item())
    tell(f"{name}, out", codes(), output(other))


rng = np.random.default_rng(1)
x = (rng.normal(size=(500, 16)) @ rng.normal(size=(16, 16)) * 0.3 + 1).astype("f4")
np.save("x.npy", x)
for whiten in [False, True]:
    settings = ["--components", "5", "--whiten", str(whiten).lower()]
    fitted = PCA(5, whiten=whiten).fit(x)
    cross(f"PCA whiten={whiten}", "pca", fitted, lambda m: m.transform(x), settings, PCA(5))
for kind, own in [("full", "full"), ("tied", "shared"), ("diag", "diagonal"), ("spherical", "diagonal")]:
    settings = ["--components", "4", "--covariance", own]
    fitted = GaussianMixture(4, covariance_type=kind, random_state=0).fit(x)
    cross(f"GaussianMixture {kind}", "gmm", fitted, lambda m: m.predict_proba(x), settings, GaussianMixture(4))
x = (rng.random((500, 16)) < 0.3).astype("f4")
np.save("x.npy", x)
fitted = BernoulliRBM(8, n_iter=5, random_state=0).fit(x)
cross("BernoulliRBM", "rbm", fitted, lambda m: m.transform(x), ["--hidden", "8"], BernoulliRBM(8))
