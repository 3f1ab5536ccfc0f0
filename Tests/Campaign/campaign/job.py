"""The job file of a data set."""

import numpy as np


def job_text(name, model, data, start=None, extra=""):
    s = model.spec
    lines = ["popmix: 1", f"job: {name}", "data:", "  files: data.csv"]
    if data.covariates:
        lines.append(f"  covariates: [{', '.join(data.covariates)}]")
    if data.below.any():
        lines.append("  below-limit: interval")
    lines += ["model:", f"  structure: {s['structure']}", "  random-effects:"]
    for e in model.effects:
        head = f"distribution: {e['distribution']}, membership: {e['membership']}"
        if not e.get("covariates"):
            lines.append(f"    {e['name']}: {{{head}}}")
            continue
        by_name = [
            f"{c['name']}: "
            + (
                f"{{categories: {c['category']}}}"
                if "category" in c
                else f"{{scale: {c['scale']}, centre: {c['centre']}}}"
            )
            for c in e["covariates"]
        ]
        lines.append(f"    {e['name']}: {{{head}, covariates: {{{', '.join(by_name)}}}}}")
    if model.fixed:
        lines.append("  fixed-effects:")
        lines += [f"    {e['name']}: {{distribution: {e['distribution']}}}" for e in model.fixed]
    lines.append(f"  residual-error: {s['error']}")
    if start is not None:
        lines += ["  start:"] + start_lines(model, start)
    lines += ["mixture:", f"  components: {s['components']}", f"  covariance: {s['covariance']}"]
    if s["components"] > 1 and s["equal"]:
        lines.append("  covariance-across-components: equal")
    return "\n".join(lines + ([extra] if extra else []) + ["output: results", ""])


def start_lines(model, start):
    def numbers(names):
        texts = [f"{x:.6g}" for x in names]
        return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"

    natural = lambda e, x: np.exp(x) if e["distribution"] == "lognormal" else x
    typical, variance, correlation, coefficients = {}, {}, {}, {}
    for name, kind in zip(model.names, model.kinds):
        if kind[0] == "mu":
            e = (model.effects + model.fixed)[kind[1]]
            typical.setdefault(e["name"], []).append(natural(e, start[name]))
        elif kind[0] == "omega" and kind[1] == kind[2]:
            variance.setdefault(model.effects[kind[1]]["name"], []).append(max(start[name], 1e-8))
        elif kind[0] == "omega":
            a, b = (model.effects[j]["name"] for j in kind[1:3])
            suffix = "" if kind[3] is None else f".{kind[3] + 1}"
            scale = np.sqrt(start[f"omega.{a}.{a}{suffix}"] * start[f"omega.{b}.{b}{suffix}"])
            correlation.setdefault(f"{a} {b}", []).append(np.clip(start[name] / scale, -0.95, 0.95))
        elif kind[0] == "beta":
            _, e, rest = name.split(".", 2)
            coefficients.setdefault(e, {})[rest] = start[name]
    mapping = lambda d: "{" + ", ".join(f"{k}: {numbers(v)}" for k, v in d.items()) + "}"
    lines = [f"    typical: {mapping(typical)}", f"    variance: {mapping(variance)}"]
    if correlation:
        lines.append(f"    correlation: {mapping(correlation)}")
    if model.K > 1:
        w = [start[f"w.{k + 1}"] for k in range(model.K - 1)]
        w = [f"{x:.6f}" for x in w]
        lines.append(f"    weights: [{', '.join(w)}, {1 - sum(map(float, w)):.6f}]")
    if coefficients:
        inner = [
            f"{e}: {{{', '.join(f'{n}: {x:.6g}' for n, x in c.items())}}}"
            for e, c in coefficients.items()
        ]
        lines.append(f"    coefficients: {{{', '.join(inner)}}}")
    error = model.spec["error"]
    if error == "combined":
        lines.append(
            f"    sigma: {{additive: {start['sigma2.additive'] ** 0.5:.6g}, "
            f"proportional: {start['sigma2.proportional'] ** 0.5:.6g}}}"
        )
    elif error == "power":
        lines.append(
            f"    sigma: {{sigma: {start['sigma2'] ** 0.5:.6g}, power: {start['power']:.6g}}}"
        )
    else:
        lines.append(f"    sigma: {start['sigma2'] ** 0.5:.6g}")
    return lines
