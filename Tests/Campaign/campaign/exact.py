"""Log L at one psi as exactly as can be, with its error: product rules of two orders, and where
these differ a dense grid (p <= 2) or many scrambles of a mixture of t densities."""

import numpy as np
from scipy.special import logsumexp

from .integrals import Integrals
from .rules import GaussHermite, Mixture

FINAL = {3: (11, 15), 4: (7, 9), 5: (5, 7)}


def log_likelihood(model, data, psi):
    """Log L, its error, log p(y_i) of the subjects and their errors."""
    integrals = Integrals(model, data)
    integrals.refresh(psi)
    if model.p > 2:
        return _by_two_methods(model, data, psi, integrals)
    low, high = (integrals.evaluate(psi, GaussHermite(model.p, order)) for order in (20, 31))
    error = np.abs(high - low)
    doubtful = error > 1e-7
    for place in integrals.warm:
        doubtful |= place.second
    rows = np.flatnonzero(doubtful)
    for i in rows:
        high[i], error[i] = dense(model, data.part([i]), psi)
    return high.sum(), error.sum(), high, error


def _by_two_methods(model, data, psi, integrals):
    """Product rules of two orders, checked by importance sampling; where they do not agree, more of
    the latter."""
    low, high = (integrals.evaluate(psi, GaussHermite(model.p, order)) for order in FINAL[model.p])
    error = np.abs(high - low)
    sampled, spread = _sampled(integrals, psi, 4, 2048)
    doubtful = (error > 1e-4) | (np.abs(high - sampled) > 6 * spread + 1e-4)
    for place in integrals.warm:
        doubtful |= place.second
    rows = np.flatnonzero(doubtful)
    if len(rows):
        some = Integrals(model, data.part(rows))
        some.refresh(psi)
        high[rows], error[rows] = _sampled(some, psi, 8, 8192)
    return high.sum(), np.sqrt((error**2).sum()), high, error


def _sampled(integrals, psi, replicates, size):
    rules = (Mixture(integrals.model.p, integrals.n, size, 1000 + r) for r in range(replicates))
    values = np.array([integrals.evaluate(psi, rule) for rule in rules])
    return logsumexp(values, axis=0) - np.log(replicates), values.std(0, ddof=1) / np.sqrt(
        replicates
    )


def dense(model, data, psi):
    """Log p(y) of one subject by the trapezoidal rule on a grid that is fitted to where the mass
    is; by every other node too, for the error."""
    state = model.state(psi, data)
    integrals = Integrals(model, data)
    values = {1: [], 2: []}
    for k in range(model.K):
        h = lambda z: integrals._h(state, k)(z, np.array([0]))
        box = [(-9.0, 9.0)] * model.p
        for count in (161, 161, 321):
            axes = [np.linspace(a, b, count) for a, b in box]
            grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
            v = np.concatenate(
                [h(part[None])[0] for part in np.array_split(grid.reshape(-1, model.p), 8)]
            )
            v = v.reshape([count] * model.p)
            inside = np.argwhere(v > v.max() - 40)
            if count == 321:
                break
            low, high = np.maximum(inside.min(0) - 2, 0), np.minimum(inside.max(0) + 2, count - 1)
            box = [(axes[j][low[j]], axes[j][high[j]]) for j in range(model.p)]
        cell = np.prod([a[1] - a[0] for a in axes]) / (2 * np.pi) ** (model.p / 2)
        values[1].append(logsumexp(v) + np.log(cell) + state[2][k])
        half = v[tuple([slice(None, None, 2)] * model.p)]
        values[2].append(logsumexp(half) + np.log(cell * 2**model.p) + state[2][k])
    fine, coarse = logsumexp(values[1]), logsumexp(values[2])
    return fine, abs(fine - coarse) / 3
