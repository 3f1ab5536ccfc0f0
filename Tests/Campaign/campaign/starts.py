"""Fits of one data set from many perturbed starts, and from the default: does another start end lower?"""
import json
from pathlib import Path

import numpy as np

from . import reference, runner
from .generate import perturbed
from .job import job_text


def run(binary, folder, work, count, default):
    """Ends of `count` starts that are the truth with typical values, variances and errors off by factors up to 3."""
    about, model, data = reference.load(folder)
    rng = np.random.default_rng([7, about["seed"]])
    truth = {n: max(x, 0.01) if n.startswith("omega") and n.split(".")[1] == n.split(".")[2] else x for n, x in about["truth"].items()}
    ends = []
    for _ in range(count):
        start = perturbed(model, truth, rng, float(np.exp(rng.uniform(0.1, np.log(3)))))
        result = runner.fit(binary, folder, work, job_text("start", model, data, start), limit=60)
        ends.append((result.get("minus_two_log_likelihood"), result["status"]))
    values = [v for v, _ in ends if v is not None]
    best = json.loads((Path(folder) / "reference.json").read_text())["minus_two_log_likelihood"]
    mine = default.get("independent")
    return dict(design=about["design"], seed=about["seed"], default=mine, default_status=default["status"],
                said_other_maxima=bool(default.get("maxima_warnings")), best_of_starts=min(values, default=None), reference=best,
                default_above=None if mine is None else mine - min([best] + values),
                starts=count, no_result=count - len(values), within=sum(v < min(values) + 0.1 for v in values))
