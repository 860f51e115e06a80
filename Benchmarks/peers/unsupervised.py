"""Factor analysis by EM in double precision, and scikit-learn's k-means, mixture and ICA: witnesses for ours on Fashion-MNIST.

    python Benchmarks/peers/unsupervised.py
"""
import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.decomposition import FastICA
from sklearn.mixture import GaussianMixture

import data

FACTORS = 10
ITERATIONS = 200
LEAST_VARIANCE = 1 / (12 * 255**2)


def factor_analysis(train, test):
    """The test log-likelihood after EM from probabilistic PCA's solution, in nats an image."""
    features = train.shape[1]
    mean = train.mean(0)
    covariance = np.cov(train.T, bias=True)
    values, vectors = np.linalg.eigh(covariance)
    noise = values[:-FACTORS].mean()
    loadings = vectors[:, -FACTORS:] * np.sqrt(np.maximum(values[-FACTORS:] - noise, 0))
    uniquenesses = np.full(features, noise)
    identity = np.eye(FACTORS)
    for _ in range(ITERATIONS):
        weighted = (loadings / uniquenesses[:, None]).T
        posterior = np.linalg.solve(identity + weighted @ loadings, weighted)
        regression = posterior @ covariance
        second = identity - posterior @ loadings + regression @ posterior.T
        loadings = np.linalg.solve(second, regression).T
        explained = (loadings * regression.T).sum(1)
        uniquenesses = np.maximum(np.diag(covariance) - explained, LEAST_VARIANCE)
    full = loadings @ loadings.T + np.diag(uniquenesses)
    centred = test - mean
    distance = (centred * np.linalg.solve(full, centred.T).T).sum(1)
    return (-0.5 * (features * np.log(2 * np.pi) + np.linalg.slogdet(full)[1] + distance)).mean()


def main():
    train = data.images()
    test = data.test_images()
    print(f"factor analysis, log-likelihood {factor_analysis(train.astype(np.float64), test.astype(np.float64)):.4f}")
    for seed in (1, 2, 3):
        fitted = KMeans(10, n_init=1, max_iter=20, random_state=seed).fit(train)
        print(f"k-means of scikit-learn {sklearn.__version__}, seed {seed}: {-fitted.score(test) / len(test):.3f}")
    for seed in (1, 2, 3):
        mixture = GaussianMixture(
            10, covariance_type="diag", max_iter=20, tol=0, reg_covar=LEAST_VARIANCE, init_params="k-means++",
            random_state=seed).fit(train.astype(np.float64))
        print(f"mixture of 10 diagonal Gaussians, seed {seed}: log-likelihood {mixture.score(test.astype(np.float64)):.2f}")
    for seed in (1, 2, 3):
        ica = FastICA(10, whiten="unit-variance", max_iter=50, tol=0, random_state=seed).fit(train)
        print(f"FastICA of 10 components, seed {seed}: log cosh {np.log(np.cosh(ica.transform(test))).mean():.6f}")


if __name__ == "__main__":
    main()
