"""Fits of one data set from many perturbed starts, and from the default: does another start end
lower?"""

import json
from pathlib import Path

import numpy as np

from . import compare, reference, runner
from .generate import perturbed
from .job import job_text


def run(binary, folder, work, count, default):
    """Ends of `count` starts that are the truth with typical values, variances and errors off by
    factors up to 3."""
    about, model, data = reference.load(folder)
    rng = np.random.default_rng([7, about["seed"]])
    truth = {
        n: max(x, 0.01) if n.startswith("omega") and n.split(".")[1] == n.split(".")[2] else x
        for n, x in about["truth"].items()
    }
    ends, lowest = [], None
    for _ in range(count):
        start = perturbed(model, truth, rng, float(np.exp(rng.uniform(0.1, np.log(3)))))
        result = runner.fit(binary, folder, work, job_text("start", model, data, start), limit=60)
        value = result.get("minus_two_log_likelihood")
        if value is not None and (lowest is None or value < lowest["minus_two_log_likelihood"]):
            lowest = result
        ends.append((result.get("minus_two_log_likelihood"), result["status"]))
    values = [v for v, _ in ends if v is not None]
    kept = json.loads((Path(folder) / "reference.json").read_text())
    if lowest and lowest["minus_two_log_likelihood"] < kept["minus_two_log_likelihood"] - 0.01:
        psi = model.pack(compare.complete(model, lowest["estimates"]))
        kept = compare.improve(
            folder, model, data, psi, kept
        )  # by the independent method, or it may be an error
    best = kept["minus_two_log_likelihood"]
    mine = default.get("independent")
    return dict(
        design=about["design"],
        seed=about["seed"],
        default=mine,
        default_status=default["status"],
        said_other_maxima=bool(default.get("maxima_warnings")),
        best_of_starts=min(values, default=None),
        reference=best,
        default_above=None if mine is None else mine - best,
        starts=count,
        no_result=count - len(values),
        within=sum(v < min(values) + 0.1 for v in values),
    )
