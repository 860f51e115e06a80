"""A PyTorch network of every layer kind that Strata has, and the same weights in both directions.

    sequential.py write FILE    writes the network's state_dict, tokens, and its outputs for them
    sequential.py check FILE    reads a file of the same kind, loads it and compares the outputs to 1e-5

Tests/BackendTests/PyTorchTests.swift has the same network in Swift. The fixture sequential.safetensors was written by
PyTorch 2.13.0.
"""

import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn


class SelfAttention(nn.MultiheadAttention):
    def forward(self, x):
        length = x.shape[1]
        mask = torch.triu(torch.ones(length, length, dtype=torch.bool), diagonal=1)
        return super().forward(x, x, x, need_weights=False, attn_mask=mask)[0]


class Long(nn.LSTM):
    def forward(self, x):
        return super().forward(x)[0]


class Gated(nn.GRU):
    def forward(self, x):
        return super().forward(x)[0]


class LastGated(nn.GRU):
    """The last states of the last layer, both directions side by side."""

    def forward(self, x):
        states = super().forward(x)[1]
        return torch.cat(tuple(states[-2:]), 1)


class Repeat(nn.Module):
    def forward(self, x):
        return x.unsqueeze(1).expand(-1, 3, -1)


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return nn.functional.leaky_relu(self.body(x) + (self.shortcut(x) if self.shortcut else x), 0.2)


class Block(nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x):
        return torch.tanh(self.norm(super().forward(x)))


def network():
    return nn.Sequential(
        nn.Embedding(11, 8),
        SelfAttention(8, 2, batch_first=True),
        nn.LayerNorm(8),
        Long(8, 4, 2, batch_first=True, bidirectional=True),
        Gated(8, 8, batch_first=True),
        nn.Flatten(),
        nn.Unflatten(1, (3, 4, 4)),
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(8),
        Residual(nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=2), nn.Softplus()), nn.Conv2d(8, 8, 1)),
        nn.Upsample(scale_factor=2),
        nn.GroupNorm(4, 8),
        nn.MaxPool2d(3, stride=1),
        nn.ConvTranspose2d(8, 6, 4, stride=2, padding=1),
        nn.InstanceNorm2d(6, affine=True),
        nn.AvgPool2d(2),
        nn.Dropout(0.5),
        nn.Conv2d(6, 4, 3, stride=2, padding=2, dilation=2),
        Residual(
            nn.Sequential(nn.Conv2d(4, 7, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Sequential(nn.Flatten(), nn.Linear(36, 7, bias=False)),
        ),
        Block(7, 10),
        nn.Linear(10, 5),
        nn.Sigmoid(),
        nn.Linear(5, 5),
        Repeat(),
        LastGated(5, 3, 2, batch_first=True, bidirectional=True),
    ).eval()


def main(command, path):
    torch.manual_seed(1)
    model = network()
    if command == "write":
        # Running averages and scales as after training, not those of a new network.
        for name, value in model.state_dict().items():
            if name.endswith("running_var"):
                value.uniform_(0.5, 2)
            elif value.is_floating_point():
                value.add_(torch.randn_like(value) * 0.1)
        tokens = torch.randint(0, 11, (4, 6), dtype=torch.int32)
        with torch.no_grad():
            output = model(tokens)
        state = {f"model.{name}": value for name, value in model.state_dict().items()}
        save_file(state | {"tokens": tokens, "output": output}, path)
        return
    state = load_file(path)
    tokens, output = state.pop("tokens"), state.pop("output")
    # Strata counts no batches.
    missing, unexpected = model.load_state_dict({n.removeprefix("model."): v for n, v in state.items()}, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    with torch.no_grad():
        difference = (model(tokens) - output).abs().max().item()
    print(f"greatest difference {difference:.1e}")
    assert difference < 1e-5


main(*sys.argv[1:])
