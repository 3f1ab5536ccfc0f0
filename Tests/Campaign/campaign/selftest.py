"""Predictions against scipy's matrix exponential, scores against differences of log L: python -m
campaign.selftest."""

import numpy as np
from scipy.linalg import expm

from . import designs, generate
from .data import Dose
from .integrals import Integrals
from .model import Model
from .rules import GaussHermite
from .structures import PARAMETERS, concentrations


def system(structure, x):
    """The matrix of the amounts (depot first, if oral) and the number of the central
    compartment."""
    oral = structure.endswith("oral")
    V = x.get("V1", x.get("V"))
    k = x.get("k", x.get("CL", 0) / V)
    flows = (
        [(x["Q"], x["V2"])]
        if "Q" in x
        else [(x["Q2"], x["V2"]), (x["Q3"], x["V3"])] if "Q2" in x else []
    )
    size, c = 1 + len(flows) + oral, int(oral)
    A = np.zeros((size, size))
    A[c, c] -= k
    for j, (q, v) in enumerate(flows):
        a = c + 1 + j
        A[c, c] -= q / V
        A[a, c] += q / V
        A[a, a] -= q / v
        A[c, a] += q / v
    if oral:
        A[0, 0] -= x["ka"]
        A[1, 0] += x["ka"]
    return A, c, V


def reference(structure, x, t, amount, duration, interval):
    A, c, V = system(structure, x)
    n = len(A)
    start = np.zeros(n)
    start[0] = amount
    lag = x.get("tlag", 0.0)
    if duration:
        B = np.zeros((n + 1, n + 1))
        B[:n, :n] = A
        B[0, n] = amount / duration
        end = expm(B * min(max(t - lag, 0), duration))[:n, n]
        return (expm(A * max(t - lag - duration, 0)) @ end)[c] / V
    if interval:
        state = np.linalg.solve(np.eye(n) - expm(A * interval), start)
        since = t - lag if t >= lag else t - lag + interval
        return (expm(A * since) @ state)[c] / V
    return (expm(A * (t - lag)) @ start)[c] / V if t >= lag else 0.0


def main():
    rng, worst = np.random.default_rng(1), 0.0
    for structure, names in PARAMETERS.items():
        for trial in range(40):
            x = {n: np.exp(rng.normal(0, 0.7)) * (10 if n[0] == "V" else 1) for n in names}
            if structure.endswith("oral") and trial % 2:
                x["tlag"] = rng.uniform(0, 2)
            duration = 1.5 if trial % 3 == 0 and "oral" not in structure else None
            interval = 6.0 if trial % 3 == 1 else None
            times = np.array([[0.5, 1.7, 4.0, 5.9]])
            dose = Dose(np.zeros(1), np.full(1, 100.0), duration, interval)
            f = concentrations(
                structure, {n: np.full((1, 1), v) for n, v in x.items()}, times, [dose]
            )[0, 0]
            g = np.array([reference(structure, x, t, 100.0, duration, interval) for t in times[0]])
            worst = max(worst, np.max(np.abs(f - g) / (np.abs(g) + 1e-6)))
    print(f"predictions: largest relative difference from expm {worst:.1e}")
    assert worst < 1e-7
    for name in designs.NAMES:
        _, model, truth, data = generate.draw(name, 3)
        data = data.part(np.arange(6))
        psi = model.pack(truth) + 0.02
        integrals, rule = Integrals(model, data), GaussHermite(
            model.p, {1: 31, 2: 25, 3: 13, 4: 7, 5: 5}[model.p]
        )
        _, S = integrals.evaluate(psi, rule, scores=True)
        g, scale = np.zeros(len(psi)), model.scales(psi)
        for n in range(len(psi)):
            step = np.zeros(len(psi))
            step[n] = 1e-4 * scale[n]
            g[n] = (
                integrals.evaluate(psi + step, rule).sum()
                - integrals.evaluate(psi - step, rule).sum()
            ) / (2e-4 * scale[n])
        difference = np.max(np.abs((S.sum(0) - g) * scale))
        print(
            f"{name}: {len(psi)} parameters, scores differ from differences of log L by "
            f"{difference:.1e}",
            flush=True,
        )
        assert difference < (1e-3 if model.p < 3 else 0.2)


if __name__ == "__main__":
    main()
