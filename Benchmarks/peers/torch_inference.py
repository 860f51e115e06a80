"""The VAE's reconstruction in PyTorch, weights fixed: encode to the mean, decode to probabilities."""
import torch

import data
import torch_models


def build(batch, compiled):
    model = torch_models.VariationalAutoencoder()
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
            fixed = torch_models.VariationalAutoencoder.__new__(torch_models.VariationalAutoencoder)
            fixed.parameters = [getattr(self, f"p{position}") for position in range(len(model.parameters))]
            return fixed.reconstruct(x)

    step = torch_models.compile_whole(Reconstruction().eval())
    return lambda _: step(x)
