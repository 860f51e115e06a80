"""Whole trainings in PyTorch, to be timed from outside: loading, shuffling every epoch, the last partial batch too."""
import statistics
import time

import torch

import data
import measure
import torch_models

MODELS = {"epoch-vae": "vae", "epoch-rbm": "rbm"}


def run(options, system, compiled):
    name = MODELS[options.workload]
    bench = torch_models.Bench(torch_models.W.BATCH[name], compiled, options.seed)
    shuffled = torch.empty(0)
    # A step asks for the rows of its batch by number; here they come from the epoch's permutation.
    bench.rows = lambda number: shuffled[number * bench.batch:(number + 1) * bench.batch]
    step = torch_models.MODELS[name](bench)
    times, first = [], None
    for _ in range(options.epochs):
        shuffled = torch.randperm(data.COUNT)
        losses = []
        for number in range(-(-data.COUNT // bench.batch)):
            begin = time.perf_counter()
            losses.append(step(number))
            times.append(time.perf_counter() - begin)
            first = first or measure.seconds_since_start()
    final_loss = statistics.fmean(map(float, losses))
    measure.report(options, system, torch.__version__, bench.batch, times, final_loss, first)
