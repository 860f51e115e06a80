"""Whole trainings in JAX, to be timed from outside: loading, shuffling every epoch, the last partial batch too."""
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

import data
import jax_models
import measure
from workloads import BATCH

MODELS = {"epoch-vae": "vae", "epoch-rbm": "rbm"}


def run(options, settle):
    name = MODELS[options.workload]
    bench = jax_models.Bench(BATCH[name], options.seed)
    state, update = jax_models.MODELS[name](bench)

    def whole(state, images, labels, rows, number):
        return update(state, jnp.take(images, rows, axis=0, mode="clip"), labels, jax.random.fold_in(bench.key, number))

    # Compiled a second time for the last batch, which is smaller.
    whole = jax.jit(whole, donate_argnums=0)
    random = np.random.default_rng(options.seed)
    times, first, number = [], None, 0
    for _ in range(options.epochs):
        shuffled = random.permutation(data.COUNT).astype(np.int32)
        losses = []
        for start in range(0, data.COUNT, bench.batch):
            begin = time.perf_counter()
            state, loss = whole(state, bench.images, bench.labels, shuffled[start:start + bench.batch], number)
            losses.append(loss)
            number += 1
            times.append(time.perf_counter() - begin)
            first = first or measure.seconds_since_start()
    settle(state)
    final_loss = statistics.fmean(map(float, losses))
    measure.report(options, "jax", jax.__version__, bench.batch, times, final_loss, first)
