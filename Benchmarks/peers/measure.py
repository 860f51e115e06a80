"""How every peer is measured and what it prints: one JSON object, the same keys for all.

    workload system version batch threads step_ms_median step_ms_min samples_per_s gflops peak_rss_mb final_loss
    first_step_s

`final_loss` is the mean training loss of steps 181 to 200, counted from fresh weights; `first_step_s` runs from the
start of the process to the end of the first step, imports, loading and compilation included.
"""
import argparse
import json
import os
import statistics
import time

LEARNING_STEPS = 200
LOSS_STEPS = 20
# Settings of a shell that would hold a library to the kernels of an older processor; it chooses better itself.
OVERRIDES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "ONEDNN_MAX_CPU_ISA")


def parse_arguments(summary, workloads, modes=()):
    """The options of a peer. Also gives the process its threads, which numeric libraries read when they are
    imported: call it before importing one."""
    parser = argparse.ArgumentParser(description=summary.split("\n")[0])
    parser.add_argument("workload", choices=sorted(workloads), metavar="WORKLOAD", help=", ".join(sorted(workloads)))
    if modes:
        parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0, help="of timed steps, after the first 200")
    parser.add_argument("--epochs", type=int, default=5, help="of the epoch-… workloads")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stock-mkl", action="store_true", help="leave MKL to choose its kernels: see mkl_avx512.c")
    parser.add_argument("--json", action="store_true", help="one JSON object, the only format there is")
    options = parser.parse_args()
    if options.threads < 1 or options.epochs < 1 or options.seconds <= 0:
        parser.error("--threads, --epochs and --seconds must be positive")
    limit_threads(options.threads)
    return options


def limit_threads(threads):
    """As many cores as threads: XLA sizes its pool by the cores that the process may use."""
    for name in OVERRIDES:
        os.environ.pop(name, None)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
        os.environ[name] = str(threads)


def seconds_since_start():
    """Since the kernel started this process, in steps of 10 ms."""
    with open("/proc/self/stat") as file:
        ticks = int(file.read().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def peak_megabytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def _nothing(_):
    pass


def measure(options, system, version, step, *, batch=None, finish=_nothing, read=None, flops=None):
    """Runs and times `step(number)`, and prints the result.

    - finish: waits until what a step returned is there; a framework that runs synchronously needs none.
    - read: the loss as a float, from what a step returned; None for steps that learn nothing.
    - flops: floating-point operations of a step, for kernels.
    """
    result = step(0)
    finish(result)
    first = seconds_since_start()

    number, final_loss = 1, None
    if read:
        losses = [result] + [step(number) for number in range(1, LEARNING_STEPS)]
        final_loss = statistics.fmean(read(loss) for loss in losses[-LOSS_STEPS:])
        number = LEARNING_STEPS
        del losses
    else:
        for number in range(1, 4):
            finish(step(number))

    times = []
    end = time.perf_counter() + options.seconds
    begin = time.perf_counter()
    while begin < end or len(times) < 3:
        finish(step(number))
        number += 1
        now = time.perf_counter()
        times.append(now - begin)
        begin = now
    report(options, system, version, batch, times, final_loss, first, flops)


def span_times(step, finish, number, seconds):
    """Seconds of a step, in spans of ten milliseconds or more with a wait at the end of each, as ours are timed: what
    counts on a GPU, as a training waits only when somebody reads a number."""

    def timed(steps):
        nonlocal number
        begin = time.perf_counter()
        for _ in range(steps):
            result = step(number)
            number += 1
        finish(result)
        return (time.perf_counter() - begin) / steps

    span = 1
    while timed(span) * span < 0.01 and span < 1 << 16:
        span *= 2
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        times.append(timed(span))
    return times


def report(options, system, version, batch, times, final_loss, first, flops=None):
    median = statistics.median(times)
    print(json.dumps({
        "workload": options.workload, "system": system, "version": version, "batch": batch,
        "threads": options.threads, "step_ms_median": round(median * 1e3, 6), "step_ms_min": round(min(times) * 1e3, 6),
        "samples_per_s": batch and round(batch / median, 1), "gflops": flops and round(flops / median * 1e-9, 2),
        "peak_rss_mb": round(peak_megabytes(), 1), "final_loss": final_loss, "first_step_s": round(first, 3),
    }))
