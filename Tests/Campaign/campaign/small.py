"""Fits from start variances that are far too small: is an end that popmix calls regular at the best
maximum that is known?"""

import json
from pathlib import Path

from . import reference, runner
from .job import job_text

# 1 is for comparison: components have other maxima too.
SHARES = (1.0, 1e-2, 1e-4, 1e-8, 1e-14)
# In -2 log L: within this of the best it is the same maximum.
SAME = 0.1
REGULAR = ("converged", "at boundary", "flat")


def run(binary, folder, work):
    """A line for each share: the set's true values with the variances times it, from one start."""
    about, model, data = reference.load(folder)
    best = json.loads((Path(folder) / "reference.json").read_text())["minus_two_log_likelihood"]
    for share in SHARES:
        start = {
            n: x * share if n.startswith("omega") else x for n, x in about["truth"].items()
        }
        text = job_text("small", model, data, start, "estimation: {starts: 1}")
        result = runner.fit(binary, folder, work, text, limit=60)
        value = result.get("minus_two_log_likelihood")
        above = None if value is None else value - best
        yield dict(
            design=about["design"],
            seed=about["seed"],
            share=share,
            status=result["status"],
            above=above,
            regular=result["status"] in REGULAR,
            best=above is not None and above < SAME,
        )


def summary(rows):
    lines = ["| share | fits | regular | regular at the best | regular above it |", "|---|---|---|---|---|"]
    for share in SHARES:
        own = [r for r in rows if r["share"] == share]
        regular = [r for r in own if r["regular"]]
        good = sum(r["best"] for r in regular)
        lines.append(
            f"| {share:g} | {len(own)} | {len(regular)} | {good} | {len(regular) - good} |"
        )
    return "\n".join(lines)
