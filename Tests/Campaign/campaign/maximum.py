"""The maximum of log L by BFGS from several starts; the first curvature is the outer product of the
subjects' scores."""

import numpy as np
from scipy.optimize import minimize

from .integrals import Integrals
from .rules import GaussHermite, Mixture

ORDERS = {1: (9, 21), 2: (5, 13), 3: (4, 8), 4: (3, 5), 5: (3, 4)}


def climb(model, data, psi, rule, rounds=3, iterations=60, precise=True):
    """From psi to a maximum.

    Gives psi, log L by the rule, and the Newton decrement there.
    """
    integrals = Integrals(model, data)
    value, decrement = -np.inf, np.inf
    enough = 1e-3 if not precise else 1e-3 if rough(model) else 1e-7
    for _ in range(rounds):
        integrals.refresh(psi)
        scale = model.scales(psi)
        last = {}

        def curvature(S):
            J = S * scale
            return np.linalg.inv(J.T @ J + np.eye(J.shape[1]))

        def objective(x):
            here = psi + scale * x
            if np.abs(x).max() > 12:
                return 1e12, np.zeros_like(x)
            log_p, S = integrals.evaluate(here, rule, scores=True)
            g = S.sum(0) * scale
            last.update(x=x.copy(), S=S, g=g, value=log_p.sum())
            return -log_p.sum(), -g

        def stop(intermediate_result):
            if np.array_equal(last["x"], intermediate_result.x):
                if last["g"] @ curvature(last["S"]) @ last["g"] < enough:
                    raise StopIteration

        objective(np.zeros(len(psi)))
        before = last["value"]
        decrement = last["g"] @ curvature(last["S"]) @ last["g"]
        if value > -np.inf and before < value - 1e-3 and not precise:
            break
        H = curvature(last["S"])
        end = minimize(
            objective,
            np.zeros(len(psi)),
            jac=True,
            method="BFGS",
            callback=stop,
            options=dict(hess_inv0=0.5 * (H + H.T), maxiter=iterations, gtol=1e-7),
        )
        psi, value = psi + scale * end.x, -end.fun
        if value - before < (1e-2 if not precise or rough(model) else 1e-6):
            break
    return psi, value, float(decrement)


def coarse_rule(model):
    return GaussHermite(model.p, ORDERS[model.p][0])


def rough(model):
    """Whether the integrands have kinks, as where a lag that varies passes the time of a sample."""
    return any(e["name"] == "tlag" for e in model.effects)


def fine_rule(model, data):
    return (
        Mixture(model.p, len(data.times), 2048, 5)
        if rough(model)
        else GaussHermite(model.p, ORDERS[model.p][1])
    )


def maximise(model, data, starts, log=None):
    """The best of the ends from `starts` (name: psi): coarse nodes first, then the two best with
    fine ones.

    Gives a list of (log L by fine nodes, psi, name, decrement), the best first.
    """
    ends = []
    for name, psi in starts.items():
        try:
            end, value, _ = climb(model, data, psi, coarse_rule(model), precise=False)
            ends.append((value, end, name))
            if log:
                log(f"  coarse from {name}: {-2 * value:.4f}")
        except (np.linalg.LinAlgError, FloatingPointError) as error:
            if log:
                log(f"  coarse from {name}: {error}")
    ends.sort(key=lambda e: -e[0])
    kept = []
    for end in ends:
        if all(abs(end[0] - k[0]) > 0.02 for k in kept) and end[0] > ends[0][0] - 2:
            kept.append(end)
    refined = []
    for _, psi, name in kept[:2]:
        end, value, decrement = climb(model, data, psi, fine_rule(model, data))
        refined.append((value, end, name, decrement))
        if log:
            log(f"  fine from {name}: {-2 * value:.5f}, decrement {decrement:.1e}")
    refined.sort(key=lambda e: -e[0])
    return refined
