"""scikit-learn's BernoulliRBM with our weights, and against our clock.

The free energies and the pseudo-likelihood of the 10,000 test images, rounded to bits, and the seconds of one epoch on
60,000 images: 784-500, persistent contrastive divergence, which is the only kind that it has; in single precision and in
double, which is what its examples make of images, with batches of 100 and of 10, which is its default.

    python rbm_sklearn.py runs/rbm/checkpoint.safetensors [--threads 2]
"""
import argparse
import time

import numpy as np
import sklearn
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits

import data
from rbm_exact import tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="safetensors file")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    weights = tensors(arguments.weights)
    machine = BernoulliRBM(n_components=len(weights["rbm.hidden_bias"]), random_state=0)
    machine.components_ = weights["rbm.weight"]
    machine.intercept_visible_ = weights["rbm.visible_bias"]
    machine.intercept_hidden_ = weights["rbm.hidden_bias"]
    machine.n_features_in_ = machine.components_.shape[1]
    values = data.test_images().astype(np.float64)
    bits = (values > 0.5).astype(np.float64)
    print(f"scikit-learn {sklearn.__version__}")
    print("free energy of the first three:", *np.round(machine._free_energy(values[:3]), 5))
    print(f"mean free energy {machine._free_energy(values).mean():.4f}")
    draws = []
    for seed in range(20):
        machine.random_state = seed
        draws.append(machine.score_samples(bits).mean())
    print(f"pseudo-likelihood {np.mean(draws):.3f}, twenty draws whose deviation is {np.std(draws, ddof=1):.3f}")

    with threadpool_limits(arguments.threads):
        for kind in (np.float32, np.float64):
            images = data.images().astype(kind)
            for batch in (100, 10):
                fresh = BernoulliRBM(n_components=500, learning_rate=0.05, batch_size=batch, n_iter=1, random_state=0)
                start = time.perf_counter()
                fresh.fit(images)
                print(f"one epoch of 784-500, {kind.__name__}, batches of {batch}: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
