"""Draws the data set of a design and a seed and writes it: data.csv, job.yaml, model.json (spec,
truth)."""

import json
from pathlib import Path

import numpy as np

from . import designs
from .data import Data, Dose, write_csv
from .job import job_text
from .model import ERRORS, Model

DOSE = 100.0


def spec_of(d):
    keys = ("structure", "effects", "fixed", "error", "components", "covariance", "equal")
    return {k: d[k] for k in keys}


def truth_of(d, model):
    """The true parameters by name; a variance of 0 as 1e-12."""
    natural = {}
    sd = {n: np.sqrt(v) for n, v in d["variances"].items()}
    for name, kind in zip(model.names, model.kinds):
        if kind[0] == "mu":
            e = (model.effects + model.fixed)[kind[1]]["name"]
            x = np.log(d["typical"][e])
            if kind[2] and d.get("shift", (None,))[0] == e:
                x += kind[2] * d["shift"][1] * sd[e]
            natural[name] = x
        elif kind[0] == "beta":
            natural[name] = d["beta"][name[len("beta.") :]]
        elif kind[0] == "omega":
            a, b = (model.effects[j]["name"] for j in kind[1:3])
            natural[name] = (
                max(sd[a] * sd[b], 1e-12) if a == b else d["correlation"] * sd[a] * sd[b]
            )
        elif kind[0] == "w":
            natural[name] = d["weights"][kind[1]]
        elif kind[0] == "power":
            natural[name] = 0.8
        else:
            relative = d["error"] in ("proportional", "lognormal", "power") or name.endswith(
                "proportional"
            )
            natural[name] = (d["size"] if relative else d["floor"]) ** 2
    return natural


def draw(name, seed):
    """The spec, the truth and the data."""
    number = designs.NAMES.index(name)
    rng = np.random.default_rng([20261130, number, seed])
    d = designs.ALL[number](rng, seed)
    model = Model(spec_of(d))
    n, times = d["n"], np.array(d["times"], float)
    grid = np.tile(times, (n, 1))
    amounts = (
        DOSE * rng.choice([0.5, 1, 2], n)
        if d["structure"] != "one-compartment bolus"
        else np.full(n, DOSE)
    )
    dose = Dose(np.zeros(n), amounts, d["dose"].get("duration"), d["dose"].get("interval"))
    used = np.ones_like(grid, bool)
    if "sample" in d:  # some of the times, for each subject others
        counts = rng.integers(d["sample"][0], d["sample"][1] + 1, n)
        order = rng.random(grid.shape).argsort(1).argsort(1)
        used = order < counts[:, None]
    covariates = {}
    if "beta" in d:
        covariates = dict(
            WT=np.round(70 * np.exp(0.2 * rng.standard_normal(n)), 1),
            SEX=rng.integers(0, 2, n).astype(float),
        )
    data = Data(grid, np.ones_like(grid), np.zeros_like(used), used, [dose], covariates)
    # An additive error of a few per cent of the typical concentrations.
    d["floor"] = 1.0
    psi = model.pack(truth_of(d, model))
    means, L, logits, _ = model.state(psi, data)
    typical = model.predictions(means[0][:, None, :], data)[:, 0]
    middle = np.median(typical[typical > 0])
    d["floor"] = (0.15 if d["error"] == "additive" else 0.05) * middle
    truth = truth_of(d, model)
    means, L, logits, residual = model.state(model.pack(truth), data)
    component = rng.choice(model.K, n, p=np.exp(logits))
    phi = means[component, np.arange(n)]
    phi[:, : model.p] += np.einsum("nij,nj->ni", L[component], rng.standard_normal((n, model.p)))
    f = model.predictions(phi[:, None, :], data)[:, 0]
    noise = rng.standard_normal(f.shape)
    if d["error"] == "lognormal":
        y = f * np.exp(residual[0] * noise)
    else:
        sd = {
            "additive": lambda: residual[0],
            "proportional": lambda: residual[0] * f,
            "power": lambda: residual[0] * f ** residual[1],
            "combined": lambda: np.sqrt(residual[0] ** 2 + (residual[1] * f) ** 2),
        }[d["error"]]()
        y = f + sd * noise
    y = np.array([[float(f"{v:.6g}") for v in row] for row in y])
    limit = None
    if d["blq"] > 0:
        limit = float(f"{np.quantile(y[used], d['blq']):.2g}")
        data.below = used & (y < limit)
        y = np.where(data.below, limit, y)
    data.values = y
    return d, model, truth, data


def perturbed(model, truth, rng, size):
    """Starting values: typical values and variances off by the factor `size` up or down, standard
    deviations of the residual error by its root; weights equal; coefficients 0."""
    start = {}
    off = lambda: size if rng.random() < 0.5 else 1 / size
    for name, kind in zip(model.names, model.kinds):
        x = truth[name]
        if kind[0] == "mu":
            start[name] = x + np.log(off())
        elif kind[0] == "omega":
            start[name] = max(x, 0.01) * off() if kind[1] == kind[2] else 0.0
        elif kind[0] == "sigma2":
            start[name] = x * off()
        elif kind[0] == "w":
            start[name] = 1 / model.K
        else:
            start[name] = 0.0 if kind[0] == "beta" else 1.0
    for j in range(model.p):  # components in ascending order, or they are no start for the labels
        names = [n for n, kind in zip(model.names, model.kinds) if kind[0] == "mu" and kind[1] == j]
        for n, x in zip(names, sorted(start[n] for n in names)):
            start[n] = x
    return start


def write(folder, name, seed):
    folder = Path(folder)
    d, model, truth, data = draw(name, seed)
    rng = np.random.default_rng([20261131, designs.NAMES.index(name), seed])
    kind = designs.STARTS[seed % 3]
    start = {
        "data": None,
        "30 % off": perturbed(model, truth, rng, 1.3),
        "ten times off": perturbed(model, truth, rng, 10.0),
    }[kind]
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "data.csv", data)
    (folder / "job.yaml").write_text(job_text(f"{name}-{seed:02}", model, data, start))
    share = float(data.below[data.used].mean())
    (folder / "model.json").write_text(
        json.dumps(
            dict(
                design=name,
                seed=seed,
                start=kind,
                below_limit=round(share, 3),
                spec=model.spec,
                truth=truth,
            ),
            indent=1,
        )
    )
