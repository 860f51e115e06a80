"""Who can run which workload, and with what command."""
import importlib.util
import os
import sys
from dataclasses import dataclass

from workloads import BATCH, CONTRACT, KERNELS

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINING = [name for name in BATCH if not name.startswith("infer")]
INFERENCE = [name for name in BATCH if name.startswith("infer")]
# Trained whole and timed from outside: the model of ours, its epochs, and what its last record calls the loss.
EPOCHS = {
    "epoch-vae": ("vae", 5, lambda train: -train["elbo"]),
    "epoch-rbm": ("rbm", 5, lambda train: train["reconstruction_error"]),
    "epoch-rbm-sklearn": ("rbm", 1, lambda train: None),
}
FRAMEWORK = {*TRAINING, *INFERENCE, *KERNELS, "epoch-vae", "epoch-rbm"}
WORKLOADS = [*TRAINING, *INFERENCE, *EPOCHS, *KERNELS]


@dataclass(frozen=True)
class Peer:
    name: str
    module: str
    """What must be installed."""
    script: tuple
    workloads: frozenset

    def installed(self):
        return importlib.util.find_spec(self.module) is not None

    def command(self, workload, options, seed):
        script, *rest = self.script
        return [
            sys.executable, os.path.join(HERE, script), workload, *rest, "--threads", str(options.threads),
            "--seconds", str(options.seconds), "--seed", str(seed), "--json",
        ]


PEERS = [
    Peer("torch-eager", "torch", ("torch_peer.py", "--mode", "eager"), frozenset(FRAMEWORK)),
    Peer("torch-compile", "torch", ("torch_peer.py", "--mode", "compile"), frozenset(FRAMEWORK)),
    # As it is installed: its products in 256-bit vectors on AMD processors.
    Peer("torch-stock", "torch", ("torch_peer.py", "--mode", "compile", "--stock-mkl"), frozenset(TRAINING)),
    Peer("jax", "jax", ("jax_peer.py",), frozenset(FRAMEWORK)),
    Peer("onnxruntime", "onnxruntime", ("onnx_peer.py",), frozenset(INFERENCE)),
    Peer("scikit-learn", "sklearn", ("sklearn_peer.py",), frozenset(["epoch-rbm-sklearn"])),
    Peer("scipy", "scipy", ("scipy_peer.py",), frozenset([*CONTRACT, "svd", "eigh"])),
]


@dataclass(frozen=True)
class Ours:
    backend: str

    @property
    def name(self):
        return f"strata-{self.backend}"

    def command(self, workload, options, folder):
        common = ["--backend", self.backend, "--threads", str(options.threads)]
        if workload in EPOCHS:
            model, epochs, _ = EPOCHS[workload]
            return [
                options.strata, "train", model, "--data", "fashion-mnist", *common, "--epochs", str(epochs),
                "--seed", "1", "--quiet", "--force", "--out", folder,
            ]
        return [options.strata, "bench", workload, *common, "--seconds", str(options.seconds), "--json"]
