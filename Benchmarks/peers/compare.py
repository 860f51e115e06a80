"""Ours and every peer's on the same workloads, in turn (A B C A B C), each run in a process of its own.

    python compare.py --workloads vae,rbm --rounds 5 --seconds 3 --json result.json

Prints one Markdown table; README.md says how to read it. Leaves 1 as its status where a run of ours failed or losses
disagree.
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

import measure
import table
from systems import EPOCHS, PEERS, WORKLOADS, Ours

LIMIT = 600  # seconds of one process


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    names = lambda text: [name for name in text.split(",") if name]
    parser.add_argument("--workloads", type=names, default=WORKLOADS, help="a,b,c (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="processes of each system (5)")
    parser.add_argument("--seconds", type=float, default=3, help="of timed steps in a process (3)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--backends", type=names, default=["simd"], help="of ours: simd,blas,opencl (simd)")
    parser.add_argument("--peers", type=names, help="only these (default: all that are installed)")
    parser.add_argument("--strata", default=".build/release/strata", help="our command")
    parser.add_argument("--json", metavar="FILE", help="also write every record here")
    options = parser.parse_args()
    known = [("workload", options.workloads, WORKLOADS), ("peer", options.peers or [], [p.name for p in PEERS])]
    for kind, asked, there in known:
        for name in asked:
            if name not in there:
                parser.error(f"no {kind} '{name}'; there are {', '.join(there)}")
    if options.rounds < 1 or options.seconds <= 0 or options.threads < 1 or not options.backends:
        parser.error("--rounds, --seconds, --threads and --backends want at least one")
    if not os.access(options.strata, os.X_OK):
        parser.error(f"{options.strata} is not there: swift build -c release --product strata, or give --strata PATH")
    options.strata = os.path.abspath(options.strata)
    return options


class Failure(Exception):
    """One line that says what went wrong."""


def run(command):
    """(standard output, wall seconds, peak megabytes) of a process."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        environment = {name: value for name, value in os.environ.items() if name not in measure.OVERRIDES}
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=environment)
        try:
            status, usage = wait(process, begin + LIMIT)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - begin
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace").strip())
        if status:
            raise Failure((texts[1] or texts[0] or "no message").splitlines()[-1] + f" (status {status})")
        return texts[0], seconds, usage.ru_maxrss / 1024


def wait(process, deadline):
    """The exit status and the resources of this very process; polling costs it nothing that can be measured."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        if time.perf_counter() > deadline:
            raise Failure(f"still running after {LIMIT} s")
        time.sleep(0.005)


def record_of(system, workload, options, seed):
    """What one fresh process of a system has to say."""
    with tempfile.TemporaryDirectory() as folder:
        command = system.command(workload, options, folder if isinstance(system, Ours) else seed)
        if not isinstance(system, Ours) and workload in EPOCHS:
            command += ["--epochs", str(EPOCHS[workload][1])]
        text, seconds, megabytes = run(command)
        if isinstance(system, Ours) and workload in EPOCHS:
            with open(os.path.join(folder, "metrics.jsonl")) as file:
                train = json.loads(file.read().strip().splitlines()[-1])["train"]
            record = {"workload": workload, "final_loss": EPOCHS[workload][2](train)}
        else:
            try:
                record = json.loads(text.splitlines()[-1])
            except (ValueError, IndexError):
                raise Failure(f"printed no JSON: {text[-80:]!r}")
    if workload in EPOCHS:
        # The whole process is the step.
        record["step_ms_median"] = record["step_ms_min"] = seconds * 1e3
    record["peak_rss_mb"] = record.get("peak_rss_mb") or megabytes
    if workload in ("vae", "vae-conv", "lstm-vae", "iwae", "real-nvp", "made") and (record.get("final_loss") or 0) < 0:
        record["final_loss"] = -record["final_loss"]  # the bound itself, not its negative
    return {**record, "system": system.name}


def installed_peers(options):
    peers = [peer for peer in PEERS if not options.peers or peer.name in options.peers]
    for peer in peers:
        if not peer.installed():
            print(f"{peer.name}: skipped, {peer.module} is not installed", file=sys.stderr)
    return [peer for peer in peers if peer.installed()]


def main():
    options = parse_arguments()
    ours = [Ours(backend) for backend in options.backends]
    peers = [p for p in installed_peers(options) if p.workloads.intersection(options.workloads)]
    everything, rows, failed = [], [], False
    for workload in options.workloads:
        records, systems = {}, [*ours, *(peer for peer in peers if workload in peer.workloads)]
        for turn in range(options.rounds):
            for system in list(systems):
                print(f"{workload} · round {turn + 1} of {options.rounds} · {system.name}", file=sys.stderr)
                try:
                    record = record_of(system, workload, options, seed=turn + 1)
                except (Failure, OSError) as failure:
                    print(f"{workload} · {system.name} failed: {failure}", file=sys.stderr)
                    systems.remove(system)
                    failed = failed or isinstance(system, Ours)
                    continue
                records.setdefault(system.name, []).append(record)
                everything.append(record)
        rows += [table.Row(workload, one, peers, records) for one in ours]

    versions = {r["system"]: r["version"] for r in everything if "version" in r}
    print(table.markdown(rows, peers))
    print(f"\n{processor()}, {options.threads} threads, {options.rounds} processes each; "
          + ", ".join(f"{name} {version}" for name, version in versions.items()))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"processor": processor(), "threads": options.threads, "records": everything}, file, indent=1)
    for row in rows:
        if not row.agree:
            print(f"{row.workload} on {row.ours.backend}: losses disagree, {row.losses}", file=sys.stderr)
    sys.exit(failed or not all(row.agree for row in rows))


def processor():
    with open("/proc/cpuinfo") as file:
        fields = dict(line.split(":", 1) for line in file.read().split("\n\n")[0].splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    return f"{fields.get('model name', platform.machine())} (family {fields.get('cpu family', '?')})"


if __name__ == "__main__":
    main()
