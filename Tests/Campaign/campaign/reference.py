"""The best maximum of a data set that is found without popmix, kept as reference.json in its
folder."""

import json
import time
from pathlib import Path

import numpy as np

from . import exact, maximum
from .data import read_csv
from .generate import perturbed
from .model import Model


def load(folder):
    folder = Path(folder)
    about = json.loads((folder / "model.json").read_text())
    model = Model(about["spec"])
    covariates = sorted(
        {c["name"] for e in model.effects for c in e.get("covariates", [])}, reverse=True
    )
    return about, model, read_csv(folder / "data.csv", covariates)


def starts_of(about, model):
    rng = np.random.default_rng(1)
    truth = {
        n: x if not n.startswith("omega") or x > 1e-6 else 0.01 for n, x in about["truth"].items()
    }
    starts = {"truth": truth}
    for i in range(2 if model.K == 1 else 3):
        start = perturbed(model, truth, rng, 1.3 if i % 2 == 0 else 1.8)
        start.update({n: truth[n] for n in start if n.startswith("w.")})
        starts[f"perturbed {i + 1}"] = start
    return {name: model.pack(s) for name, s in starts.items()}


def compute(folder, log=None):
    about, model, data = load(folder)
    begin = time.time()
    ends = maximum.maximise(model, data, starts_of(about, model), log)
    return keep(folder, model, data, ends, time.time() - begin)


def keep(folder, model, data, ends, seconds, old=None):
    value, psi, name, decrement = ends[0]
    log_l, error, _, _ = exact.log_likelihood(model, data, psi)
    result = dict(
        minus_two_log_likelihood=-2 * log_l,
        error=2 * error,
        from_start=name,
        newton_decrement=decrement,
        estimates=model.unpack(psi),
        seconds=round(seconds, 1),
        ends=[dict(start=e[2], minus_two_log_likelihood=-2 * e[0]) for e in ends],
    )
    if old is None or result["minus_two_log_likelihood"] < old["minus_two_log_likelihood"] - 1e-4:
        (Path(folder) / "reference.json").write_text(json.dumps(result, indent=1))
        return result
    return old
