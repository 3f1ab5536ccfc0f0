"""What popmix says of a data set beside what is right: one line of JSON for each fit."""

import json
from pathlib import Path

import numpy as np

from . import exact, maximum, reference
from .integrals import Integrals
from .rules import GaussHermite

HIGHER = 0.1  # of -2 log L: what counts as another maximum
WORTH_A_LOOK = 0.005  # of -2 log L promised by the score: it is tried then


def complete(model, estimates):
    """Estimates by our names; those of variances that popmix fixed or tied are there too."""
    return {n: estimates[n] for n in model.names}


def judge(folder, result):
    """Adds to a fit's result: -2 log L at its estimates by the independent method, the difference
    in claimed errors, the distance to the best maximum known, and whether the status is true."""
    about, model, data = reference.load(folder)
    best = json.loads((Path(folder) / "reference.json").read_text())
    row = dict(
        design=about["design"],
        seed=about["seed"],
        start=about["start"],
        below_limit=about["below_limit"],
        p=model.p,
        **{
            k: result.get(k)
            for k in ("status", "reason", "exit", "seconds", "iterations", "warnings", "message")
        }
    )
    if "estimates" not in result:
        return row
    said = result["minus_two_log_likelihood"]
    claimed = result["sampling_error"].get("minus_two_log_likelihood")
    psi = model.pack(complete(model, result["estimates"]))
    log_l, error, _, _ = exact.log_likelihood(model, data, psi)
    here = -2 * log_l
    row.update(said=said, claimed=claimed, independent=here, independent_error=2 * error)
    if here < best["minus_two_log_likelihood"] - 1e-3 - 4 * error:
        best = improve(folder, model, data, psi, best)
    row.update(
        best=best["minus_two_log_likelihood"], above_best=here - best["minus_two_log_likelihood"]
    )
    # Slopes say little where integrands have kinks; there the maximum that is known must do.
    if maximum.rough(model):
        row["distance_left"] = max(row["above_best"], 0)
    else:
        step, promised = newton(model, data, psi)
        row["promised"] = row["distance_left"] = 2 * promised
        if row["promised"] > WORTH_A_LOOK:
            row["distance_left"] = 2 * gained(model, data, psi, step, log_l)
    row["ratio"] = (said - here) / claimed if claimed else None
    if row["above_best"] > HIGHER and result["status"] == "converged":
        row["climbs_to"] = climbed(model, data, raised(model, result))
    return row


def raised(model, result):
    """Variances at 0 raised to a hundredth, so that a path away from 0 is found where there is
    one."""
    tiny = (
        lambda n: n.startswith("omega")
        and n.split(".")[1] == n.split(".")[2]
        and result["estimates"][n] < 1e-4
    )
    return {n: 0.01 if tiny(n) else x for n, x in complete(model, result["estimates"]).items()}


def climbed(model, data, natural):
    """-2 log L that is reached by climbing from there, with coarse nodes."""
    return (
        -2
        * maximum.climb(
            model, data, model.pack(natural), maximum.coarse_rule(model), precise=False
        )[1]
    )


def newton(model, data, psi):
    """The step J^-1 g that the score asks for, J the outer product of the scores, and what it
    promises of log L, g' J^-1 g / 2."""
    integrals = Integrals(model, data)
    _, S = integrals.evaluate(psi, maximum.fine_rule(model, data), scores=True)
    scale = model.scales(psi)
    g, J = S.sum(0) * scale, (S * scale).T @ (S * scale) + 1e-3 * np.eye(len(scale))
    step = np.linalg.solve(J, g)
    return step * scale, float(0.5 * g @ step)


def gained(model, data, psi, step, log_l):
    """What the step, or a part of it, really gains. The product rules of the score are small for
    four effects and more, and leave slopes that are theirs and not those of log L; log L itself is
    evaluated as exactly as can be, by the same nodes at both ends."""
    ends = [exact.log_likelihood(model, data, psi + t * step)[0] for t in (1, 0.5, 0.25)]
    return max(0.0, max(ends) - log_l)


def improve(folder, model, data, psi, old):
    """Goes on from popmix's end; the reference is replaced if that is better."""
    end, value, decrement = maximum.climb(model, data, psi, maximum.fine_rule(model, data))
    return reference.keep(folder, model, data, [(value, end, "popmix's end", decrement)], 0, old)
