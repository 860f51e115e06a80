"""Fashion-MNIST as every peer sees it: float32 pixels on [0, 1], held in memory once, and the same batches for all.

Batch i of size B is rows i·B … i·B+B−1, modulo 60,000, named by an index array and gathered in every step, as a
loader that shuffles would. The files are those of Debian's package dataset-fashion-mnist.
"""
import gzip
import os
import sys

import numpy as np

FOLDER = os.path.join(os.environ.get("STRATA_DATA_DIR", "/usr/share/datasets"), "fashion-mnist")
COUNT = 60_000
PIXELS = 784


def _idx(name, header):
    """The bytes after the header of a gzipped IDX file."""
    path = os.path.join(FOLDER, name)
    try:
        with gzip.open(path) as file:
            return np.frombuffer(file.read(), np.uint8)[header:]
    except FileNotFoundError:
        sys.exit(f"{path} is missing: apt-get install dataset-fashion-mnist, or set STRATA_DATA_DIR")


def bytes_of_images():
    """Uint8 [60000, 784]."""
    return _idx("train-images-idx3-ubyte.gz", 16).reshape(COUNT, PIXELS)


def images():
    """Float32 [60000, 784] on [0, 1]."""
    return bytes_of_images() * np.float32(1 / 255)


def test_images():
    """Float32 [10000, 784] on [0, 1]."""
    return _idx("t10k-images-idx3-ubyte.gz", 16).reshape(-1, PIXELS) * np.float32(1 / 255)


def labels():
    """Int32 [60000]."""
    return _idx("train-labels-idx1-ubyte.gz", 8).astype(np.int32)


def test_labels():
    """Int32 [10000]."""
    return _idx("t10k-labels-idx1-ubyte.gz", 8).astype(np.int32)


def order(batch):
    """Int32 [60000 + batch]: the rows in the order of the batches, the first `batch` repeated at the end, so that
    every batch is one slice."""
    return np.arange(COUNT + batch, dtype=np.int32) % COUNT


def start(step, batch):
    """Where batch number `step` begins in `order`."""
    return step * batch % COUNT
