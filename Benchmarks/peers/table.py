"""The results as one Markdown table: a row for each workload and backend of ours."""
import statistics

import agreement


def median(records, key):
    values = [record[key] for record in records if record.get(key) is not None]
    return statistics.median(values) if values else None


def least(records, key):
    return min((record[key] for record in records if record.get(key) is not None), default=None)


def milliseconds(records):
    """The median over processes, and the least of all."""
    middle = median(records, "step_ms_median")
    if middle is None:
        return "–"
    return f"{middle:.4g} ({least(records, 'step_ms_min'):.4g})"


def ratio(numerator, denominator):
    return numerator / denominator if numerator is not None and denominator else None


def times(value):
    return "–" if value is None else f"{value:.2f} ×"


class Row:
    """One workload on one backend against all peers.

    records: system → list of what its processes printed."""

    def __init__(self, workload, ours, peers, records):
        self.workload, self.ours = workload, ours
        self.mine = records.get(ours.name, [])
        self.theirs = {peer.name: records.get(peer.name, []) for peer in peers}
        steps = {name: median(r, "step_ms_median") for name, r in self.theirs.items()}
        steps = {name: step for name, step in steps.items() if step is not None}
        self.best = min(steps, key=steps.get, default=None)
        self.ratio = ratio(steps.get(self.best), median(self.mine, "step_ms_median"))
        everyone = [record for r in self.theirs.values() for record in r]
        self.losses, self.agree = agreement.compare(
            workload, median(self.mine, "final_loss"), median(everyone, "final_loss"))
        # Against whichever peer is soonest, and whichever is smallest.
        self.sooner, self.smaller = (
            ratio(min((m for m in (median(r, key) for r in self.theirs.values()) if m is not None), default=None),
                  median(self.mine, key))
            for key in ("first_step_s", "peak_rss_mb"))

    def cells(self):
        return [
            self.workload, self.ours.backend, milliseconds(self.mine), *map(milliseconds, self.theirs.values()),
            self.best or "–", times(self.ratio), self.losses, times(self.sooner), times(self.smaller),
        ]


def markdown(rows, peers):
    head = ["workload", "backend", "ours ms", *(f"{peer.name} ms" for peer in peers), "best peer", "ratio",
            "loss ours / peers", "first step sooner", "memory smaller"]
    lines = [head, ["---"] * len(head), *(row.cells() for row in rows)]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    for backend in dict.fromkeys(row.ours.backend for row in rows):
        ratios = [row.ratio for row in rows if row.ours.backend == backend and row.ratio]
        if ratios:
            text += f"\n\nGeometric mean of {len(ratios)} ratios on {backend}: {statistics.geometric_mean(ratios):.2f} ×"
    return text
