"""PyTorch on an NVIDIA GPU, the whole step captured as a CUDA graph: `python torch_cuda.py vae rbm --seconds 0.5`.

Prints one JSON object a workload, with the keys of `measure.py`; a workload that fails is named on standard error, and the
status is 1. Steps are timed in spans with a wait at the end of each, as
ours are: a training waits only when somebody reads a number. Products and convolutions are float32's own (`--tf32` allows
the tensor cores' ten bits of mantissa).
"""
import argparse
import json
import os
import statistics
import sys
import time

import torch

import data
import measure
import torch_models
from workloads import BATCH

EAGER_STEPS = 3  # before the capture, so that every library has what it allocates


def captured(bench, step):
    """(losses, `step(number)`): what the first steps gave, and the rest, each launched at once."""
    order = bench.order
    bench.captured, bench.current = True, order[:bench.batch].clone()

    def load(number):
        start = data.start(number, bench.batch)
        bench.current.copy_(order[start:start + bench.batch])

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    losses = []
    with torch.cuda.stream(side):
        for number in range(EAGER_STEPS):
            load(number)
            losses.append(float(step(number)))
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = step(EAGER_STEPS)

    def replay(number):
        load(number)
        graph.replay()
        return loss

    return losses, replay


def run(workload, options):
    begin = time.perf_counter()
    bench = torch_models.Bench(BATCH[workload], False, options.seed)
    losses, step = [], torch_models.MODELS[workload](bench)
    if not options.eager:
        losses, step = captured(bench, step)
    losses += [float(step(number)) for number in range(len(losses), measure.LEARNING_STEPS)]
    final_loss = statistics.fmean(losses[-measure.LOSS_STEPS:])
    first = time.perf_counter() - begin
    times = measure.span_times(step, lambda _: torch.cuda.synchronize(), measure.LEARNING_STEPS, options.seconds)
    median = statistics.median(times)
    system = "torch-cuda-eager" if options.eager else "torch-cuda-graph"
    print(json.dumps({
        "workload": workload, "system": system, "version": torch.__version__, "batch": bench.batch,
        "device": torch.cuda.get_device_name(), "step_ms_median": round(median * 1e3, 6),
        "step_ms_min": round(min(times) * 1e3, 6), "samples_per_s": round(bench.batch / median, 1),
        "final_loss": final_loss, "first_steps_s": round(first, 3),
    }), flush=True)


if __name__ == "__main__":
    names = list(torch_models.MODELS)
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"{', '.join(names)}: all unless given")
    parser.add_argument("--seconds", type=float, default=1, help="of timed steps, after the first 200")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--eager", action="store_true", help="without a graph")
    parser.add_argument("--tf32", action="store_true", help="round factors to ten bits of mantissa")
    options = parser.parse_args()
    for name in options.workloads:
        if name not in names:
            parser.error(f"no workload '{name}'; there are {', '.join(names)}")
    failed = False
    for name in options.workloads or names:
        # A process of its own for each, which need not import PyTorch again.
        child = os.fork()
        if child:
            failed |= os.waitpid(child, 0)[1] != 0
            continue
        try:
            torch.set_default_device("cuda")
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.tf32
            run(name, options)
        except (RuntimeError, AssertionError) as failure:
            print(f"{name}: {str(failure).splitlines()[0]}", file=sys.stderr, flush=True)
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)
    sys.exit(failed)
