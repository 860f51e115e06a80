"""The peer of `strata evaluate` for small RBMs: free energies and the exact log Z, by enumeration in float64.

E(v, h) = −b·v − c·h − hᵀWv over bits. In the free energy the hidden units sum out; in Z the visible units do, which
leaves a sum over all 2^H states of the hidden ones:

    F(v)  = −b·v − Σⱼ log(1 + exp(cⱼ + Wⱼ·v))
    log Z = log Σₕ exp(c·h + Σᵢ log(1 + exp(bᵢ + (hᵀW)ᵢ)))

Weights: a safetensors file with rbm.weight [hidden, visible], rbm.visible_bias [visible], rbm.hidden_bias [hidden],
all float32. Examples: an .npy of [count, ...], uint8 (divided by 255) or float. Prints one line of JSON.

    python rbm_exact.py runs/rbm/checkpoint.safetensors test.npy
"""
import argparse
import json
import struct
import sys

import numpy as np

LARGEST = 24  # hidden units: 16 million states, about a minute


def tensors(path):
    """Name → float64 array of the float32 tensors of a safetensors file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).astype(np.float64)
        for name, entry in header.items() if name != "__metadata__" and entry["dtype"] == "F32"
    }


def log_sum_exp(x):
    largest = x.max()
    return largest + np.log(np.exp(x - largest).sum())


def free_energy(v, weight, visible_bias, hidden_bias):
    """[count, visible] → [count]."""
    return -v @ visible_bias - np.logaddexp(0, v @ weight.T + hidden_bias).sum(axis=1)


def log_partition(weight, visible_bias, hidden_bias, block=4096):
    hidden = len(hidden_bias)
    partial = []
    for start in range(0, 1 << hidden, block):
        states = np.arange(start, min(start + block, 1 << hidden))
        h = (states[:, None] >> np.arange(hidden) & 1).astype(np.float64)
        partial.append(log_sum_exp(h @ hidden_bias + np.logaddexp(0, visible_bias + h @ weight).sum(axis=1)))
    return log_sum_exp(np.array(partial))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("weights", help="safetensors file")
    parser.add_argument("examples", help=".npy of test examples")
    parser.add_argument("--count", type=int, default=10, help="free energies to print (10)")
    options = parser.parse_args()

    state = tensors(options.weights)
    missing = {"rbm.weight", "rbm.visible_bias", "rbm.hidden_bias"} - state.keys()
    if missing:
        sys.exit(f"{options.weights}: no float32 tensor named {', '.join(sorted(missing))}; found {sorted(state)}")
    weight, visible_bias, hidden_bias = (state[f"rbm.{n}"] for n in ("weight", "visible_bias", "hidden_bias"))
    if weight.shape != (len(hidden_bias), len(visible_bias)):
        sys.exit(f"rbm.weight is {weight.shape}, but the biases say ({len(hidden_bias)}, {len(visible_bias)})")
    if len(hidden_bias) > LARGEST:
        sys.exit(f"{len(hidden_bias)} hidden units are too many to enumerate; at most {LARGEST}")

    examples = np.load(options.examples)
    v = examples.reshape(len(examples), -1) / (255.0 if examples.dtype == np.uint8 else 1.0)
    if v.shape[1] != len(visible_bias):
        sys.exit(f"{options.examples}: examples have {v.shape[1]} values, the RBM {len(visible_bias)} visible units")
    energies = free_energy(v, weight, visible_bias, hidden_bias)
    log_z = log_partition(weight, visible_bias, hidden_bias)
    print(json.dumps({
        "hidden": len(hidden_bias), "examples": len(v), "free_energy": energies[:options.count].tolist(),
        "mean_free_energy": energies.mean(), "log_z": log_z, "mean_log_likelihood": (-energies - log_z).mean(),
    }))


if __name__ == "__main__":
    main()
