"""A VAE's reconstruction in PyTorch, weights fixed: encode to the mean, decode to probabilities."""
import torch

import data
import torch_models
from workloads import BATCH


def build(workload, compiled):
    convolutional = workload.startswith("infer-vae-conv")
    kind = torch_models.ConvolutionalVariationalAutoencoder if convolutional else torch_models.VariationalAutoencoder
    model, batch = kind(), BATCH[workload]
    x = torch.from_numpy(data.images()[:batch].copy())
    if not compiled:
        return lambda _: model.reconstruct(x)

    import torch._inductor.config as inductor

    # Weights become constants of the compiled graph, packed as its products like them, which are tried out.
    inductor.freezing = True
    inductor.max_autotune = True

    class Reconstruction(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for position, parameter in enumerate(model.parameters):
                self.register_buffer(f"p{position}", parameter.detach())

        def forward(self, x):
            fixed = kind.__new__(kind)
            fixed.parameters = [getattr(self, f"p{position}") for position in range(len(model.parameters))]
            return fixed.reconstruct(x)

    step = torch_models.compile_whole(Reconstruction().eval())
    return lambda _: step(x)
