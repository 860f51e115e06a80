"""Makes the weights of images-28-v1, the features by which gray images of 28 x 28 are compared.

    python images_28.py data FASHION MNIST union.npz     # the training data, from two folders of IDX files (.gz)
    strata train classifier --data union.npz --network conv --channels 16,32,64,16 --normalization batch \
        --activation leaky-relu --optimizer adam --learning-rate 0.002 --schedule cosine --epochs 12 --ema 0.999 \
        --seed 1 --out run
    python images_28.py weights run images-28-v1.safetensors

Clothes are classes 0 to 9, digits 10 to 19. What is written are the averaged weights, in half precision.
"""

import gzip
import json
import sys

import numpy as np


def idx(path):
    raw = gzip.open(path).read()
    shape = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def data(fashion, mnist, out):
    arrays = {}
    for split, name in (("train", "train"), ("test", "t10k")):
        images, labels = (
            [idx(f"{folder}/{name}-{kind}.gz") for folder in (fashion, mnist)]
            for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
        )
        arrays[f"x_{split}"] = np.concatenate(images)
        arrays[f"y_{split}"] = np.concatenate([labels[0], labels[1] + np.uint8(10)])
    np.savez(out, **arrays)


def weights(run, out):
    with open(f"{run}/checkpoint.safetensors", "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        body = file.read()
    metadata = header.pop("__metadata__")
    entries, parts = {"__metadata__": metadata}, b""
    for name in sorted(header):
        if not name.startswith(("encoder.", "head.")):
            continue
        # Running means and variances are no weights, and are not averaged.
        entry = header.get(f"ema.{name}", header[name])
        begin, end = entry["data_offsets"]
        half = np.frombuffer(body[begin:end], np.float32).astype(np.float16).tobytes()
        entries[name] = {"dtype": "F16", "shape": entry["shape"], "data_offsets": [len(parts), len(parts) + len(half)]}
        parts += half
    text = json.dumps(entries, separators=(",", ":")).encode()
    with open(out, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + parts)


if __name__ == "__main__":
    {"data": data, "weights": weights}[sys.argv[1]](*sys.argv[2:])
