"""Single kernels in JAX: name → builder of (function of arrays, arrays, floating-point operations or None)."""
import jax
import jax.numpy as jnp
import numpy as np

import data
import workloads as W


def normal(*shape):
    return jnp.asarray(np.random.default_rng(0).standard_normal(shape, np.float32))


def contract(name):
    n = W.CONTRACT[name]
    return jnp.matmul, (normal(n, n), normal(n, n)), 2 * n ** 3


def chain(name):
    def chained(x):
        return jnp.tanh(x) * jax.nn.sigmoid(x) + jnp.exp(-x * x) * 0.5 + jnp.sqrt(jnp.abs(x) + 1)
    return chained, (normal(W.CHAIN[name]),), None


def softmax(_):
    return jax.nn.softmax, (normal(*W.SOFTMAX_SHAPE),), None


def reduction(axis):
    return lambda _: (lambda x: x.sum(axis), (normal(*W.REDUCE_SHAPE),), None)


def gather(_):
    rows = np.random.default_rng(0).integers(0, data.COUNT, W.GATHER_ROWS, dtype=np.int32)

    def gathered(table, rows):
        return jnp.take(table, rows, axis=0, mode="clip").astype(jnp.float32) / 255
    return gathered, (jnp.asarray(data.bytes_of_images()), jnp.asarray(rows)), None


def svd(_):
    return lambda a: jnp.linalg.svd(a, full_matrices=False), (normal(*W.SVD_SHAPE),), None


def eigh(_):
    a = normal(W.EIGH_SIZE, W.EIGH_SIZE)
    return jnp.linalg.eigh, (a @ a.T,), None


def convolution(name):
    (batch, inputs, width), (outputs, size), stride = W.CONV[name]
    narrow = (width + 2 - size) // stride + 1
    x, weight = normal(batch, width, width, inputs), normal(size, size, inputs, outputs)
    gradient = normal(batch, narrow, narrow, outputs)
    flops = 2 * batch * narrow ** 2 * outputs * inputs * size ** 2

    def convolve(x, weight):
        return jax.lax.conv_general_dilated(
            x, weight, (stride, stride), ((1, 1), (1, 1)), dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def to_input(gradient, weight):
        return jax.linear_transpose(lambda x: convolve(x, weight), x)(gradient)[0]

    def to_filter(gradient, x):
        return jax.linear_transpose(lambda weight: convolve(x, weight), weight)(gradient)[0]

    gradients = dict(zip(W.CONV_GRADIENTS, ((to_input, (gradient, weight)), (to_filter, (gradient, x)))))
    return *gradients.get(name, (convolve, (x, weight))), flops


KERNELS = {
    **dict.fromkeys(W.CONTRACT, contract), **dict.fromkeys(W.CHAIN, chain), "softmax": softmax,
    "reduce-rows": reduction(1), "reduce-columns": reduction(0), "gather": gather, "svd": svd, "eigh": eigh,
    **dict.fromkeys(W.CONV, convolution),
}
