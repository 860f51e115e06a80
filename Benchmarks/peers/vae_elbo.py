"""The peer of `strata train vae`: the same model, data and schedule in PyTorch.

A VAE 784-400-20 (ReLU, Bernoulli decoder) on Fashion-MNIST, whose pixels in [0, 1] are taken as probabilities
(no binarisation), Adam 1e-3, batches of 128 reshuffled every epoch, the last partial batch trained too. Linear
layers start as PyTorch starts them. Prints one line of JSON:

    train_elbo   nats per example, over the batches of the last epoch as they were trained
    test_elbo    nats per example after the last epoch, one sample of z per example
    step_ms      median milliseconds of a training step, the first 20 left out

    python vae_elbo.py --threads 2 --seed 1
"""
import argparse
import gzip
import json
import os
import statistics
import time

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

FOLDER = os.path.join(os.environ.get("STRATA_DATA_DIR", "/usr/share/datasets"), "fashion-mnist")


def images(name):
    """Float [count, 784] in [0, 1] of an IDX file, whose header takes 16 bytes."""
    with gzip.open(os.path.join(FOLDER, name)) as file:
        pixels = torch.frombuffer(bytearray(file.read()[16:]), dtype=torch.uint8)
    return pixels.view(-1, 784).float() / 255


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU())
        self.mean = nn.Linear(400, 20)
        self.log_variance = nn.Linear(400, 20)
        self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def elbo(self, x):
        """Sum over the batch of E[log p(x|z)] − KL(q(z|x) ‖ p(z)), one sample of z, the KL in closed form."""
        hidden = self.encoder(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        likelihood = -binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum()
        return likelihood - divergence


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    if options.epochs < 1:
        parser.error("--epochs must be at least 1")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    train, test = images("train-images-idx3-ubyte.gz"), images("t10k-images-idx3-ubyte.gz")
    model = VAE()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    seconds = []
    for _ in range(options.epochs):
        total = 0.0
        for rows in torch.randperm(len(train)).split(128):
            start = time.perf_counter()
            x = train[rows]
            elbo = model.elbo(x)
            adam.zero_grad()
            (-elbo / len(x)).backward()
            adam.step()
            total += elbo.item()
            seconds.append(time.perf_counter() - start)
    with torch.no_grad():
        test_elbo = sum(model.elbo(x).item() for x in test.split(1000)) / len(test)
    print(json.dumps({
        "peer": f"torch {torch.__version__}", "threads": options.threads, "seed": options.seed,
        "epochs": options.epochs, "train_elbo": round(total / len(train), 4), "test_elbo": round(test_elbo, 4),
        "step_ms": round(1000 * statistics.median(seconds[20:]), 4), "steps": len(seconds),
    }))


if __name__ == "__main__":
    main()
