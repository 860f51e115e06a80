"""Single kernels in PyTorch: name → builder of (step, floating-point operations or None)."""
import numpy as np
import torch
import torch.nn.functional as F

import data
import workloads as W


def contract(name):
    n = W.CONTRACT[name]
    a, b, out = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
    return lambda: torch.mm(a, b, out=out), 2 * n ** 3


def chain(name):
    x = torch.randn(W.CHAIN[name])
    return lambda: torch.tanh(x) * torch.sigmoid(x) + torch.exp(-x * x) * 0.5 + torch.sqrt(torch.abs(x) + 1), None


def softmax(_):
    x = torch.randn(W.SOFTMAX_SHAPE)
    return lambda: torch.softmax(x, 1), None


def reduction(axis):
    def build(_):
        x = torch.randn(W.REDUCE_SHAPE)
        return lambda: x.sum(axis), None
    return build


def gather(_):
    table = torch.from_numpy(data.bytes_of_images().copy())
    rows = torch.from_numpy(np.random.default_rng(0).integers(0, data.COUNT, W.GATHER_ROWS))
    return lambda: table.index_select(0, rows).float() / 255, None


def svd(_):
    a = torch.randn(W.SVD_SHAPE)
    return lambda: torch.linalg.svd(a, full_matrices=False), None


def eigh(_):
    a = torch.randn(W.EIGH_SIZE, W.EIGH_SIZE)
    symmetric = a @ a.T
    return lambda: torch.linalg.eigh(symmetric), None


def convolution(name):
    (batch, inputs, width), (outputs, size), stride = W.CONV[name]
    narrow = (width + 2 - size) // stride + 1

    def draw(*shape):
        return torch.randn(shape).to(memory_format=torch.channels_last)

    x, weight = draw(batch, inputs, width, width), draw(outputs, inputs, size, size)
    flops = 2 * batch * narrow ** 2 * outputs * inputs * size ** 2
    if name not in W.CONV_GRADIENTS:
        return lambda: F.conv2d(x, weight, stride=stride, padding=1), flops
    gradient, position = draw(batch, outputs, narrow, narrow), W.CONV_GRADIENTS.index(name)
    wanted = [position == 0, position == 1, False]
    return lambda: torch.ops.aten.convolution_backward(
        gradient, x, weight, None, [stride, stride], [1, 1], [1, 1], False, [0, 0], 1, wanted)[position], flops


KERNELS = {
    **dict.fromkeys(W.CONTRACT, contract), **dict.fromkeys(W.CHAIN, chain), "softmax": softmax,
    "reduce-rows": reduction(1), "reduce-columns": reduction(0), "gather": gather, "svd": svd, "eigh": eigh,
    **dict.fromkeys(W.CONV, convolution),
}
