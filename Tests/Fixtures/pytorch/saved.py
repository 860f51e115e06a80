"""Files of torch.save in its forms, for PyTorchFileTests: saved.py FOLDER. Those in this folder are of PyTorch 2.13.0."""

import sys
from collections import OrderedDict

import torch
from torch import nn


def state():
    """Element i of each tensor is i / 2, in whatever type and layout."""
    grid = (torch.arange(12) / 2).reshape(3, 4)
    return OrderedDict(
        {
            "net.0.weight": nn.Parameter(grid),
            "net.0.turned": grid.t(),
            "net.0.part": grid[1:, 1::2],
            "net.0.tied": grid,
            "half": grid.half(),
            "brain": grid.bfloat16(),
            "double": grid.double(),
            "long": (2 * grid).long() - 3,
            "int": (2 * grid).int() - 3,
            "short": (2 * grid).short() - 3,
            "char": (2 * grid).char() - 3,
            "bytes": (2 * grid).byte(),
            "truth": grid > 2,
            "scalar": torch.tensor(1.5),
            "empty": torch.zeros(0, 4),
        }
    )


def module():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3)))
    for parameter in net.parameters():
        nn.init.constant_(parameter, 0.25)
    return net


if __name__ == "__main__":
    folder = sys.argv[1]
    torch.save(state(), f"{folder}/state.pt")
    torch.save(state(), f"{folder}/legacy.pt", _use_new_zipfile_serialization=False)
    net = module()
    adam = torch.optim.Adam(net.parameters())
    net(torch.zeros(4, 2)).sum().backward()
    adam.step()
    checkpoint = {"epoch": 3, "model": net.state_dict(), "optimizer": adam.state_dict(), "args": {"lr": 0.1}}
    torch.save(checkpoint, f"{folder}/checkpoint.pt")
    torch.save({"generator": net.state_dict(), "critic": net.state_dict()}, f"{folder}/several.pt")
    torch.save(module(), f"{folder}/module.pt")
    torch.save({"wide": torch.zeros(1).expand(1000)}, f"{folder}/expanded.pt")
    torch.save({"complex": torch.zeros(2, dtype=torch.complex64)}, f"{folder}/complex.pt")
    torch.save({"sparse": torch.eye(2).to_sparse()}, f"{folder}/sparse.pt")
