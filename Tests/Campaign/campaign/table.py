"""The table of a campaign: results.jsonl to summary.csv, results.csv and summary.md."""

import csv
import json
from pathlib import Path

import numpy as np

from . import designs
from .compare import HIGHER

COLUMNS = [
    "design",
    "seed",
    "start",
    "below_limit",
    "p",
    "interior",
    "status",
    "truthful",
    "said",
    "claimed",
    "independent",
    "independent_error",
    "ratio",
    "best",
    "above_best",
    "distance_left",
    "seconds",
    "iterations",
]


def ratio_of_known(row):
    """Δ/claimed, less what the independent method and the rounding of sums leave open."""
    if not row.get("claimed"):
        return None
    open_ = 2 * row["independent_error"] + 1e-9 * (1 + abs(row["said"]))
    return max(0, abs(row["said"] - row["independent"]) - open_) / row["claimed"]


def truthful(row):
    """`converged` is true where no more than 0.01 of -2 log L is left by the score and the claimed
    error covers three times, and no climb from there gets lower; another word is true where
    `converged` would not be, or a variance or a residual error is at 0."""
    if row.get("said") is None:
        return row["status"] in ("unbounded", "degenerate")
    covers = (ratio_of_known(row) or 0) <= 3
    arrived = (
        row["distance_left"] < 0.01 and row["independent"] - row.get("climbs_to", np.inf) < HIGHER
    )
    if row["status"] == "converged":
        return bool(covers and arrived)
    return not arrived or not covers or not row["interior"]


def summary(rows):
    have = [r for r in rows if r.get("said") is not None]
    inner = [r for r in rows if r["interior"]]
    ratios = np.array([x for x in map(ratio_of_known, have) if x is not None])
    claimed = [r["claimed"] for r in have if r.get("claimed") is not None]
    share = lambda some, all_: len(some) / len(all_) if all_ else float("nan")
    return dict(
        n=len(rows),
        interior=len(inner),
        converged=share([r for r in rows if r["status"] == "converged"], rows),
        converged_interior=share([r for r in inner if r["status"] == "converged"], inner),
        truthful=share([r for r in rows if r["truthful"]], rows),
        covered=share([x for x in ratios if abs(x) <= 3], list(ratios)),
        mean_square=float(np.mean(ratios**2)) if len(ratios) else float("nan"),
        median_claimed=float(np.median(claimed)) if claimed else float("nan"),
        above_best=len([r for r in have if r["above_best"] > HIGHER]),
        no_result=len(rows) - len(have),
        seconds=float(np.median([r["seconds"] for r in rows])),
    )


HEADS = [
    "design",
    "n",
    "interior",
    "converged",
    "of interior",
    "truthful",
    "|Δ| ≤ 3 claimed",
    "mean (Δ/claimed)²",
    "median claimed",
    "above best by > 0.1",
    "no result",
    "median s",
]


def line(name, s):
    percent = lambda x: "" if np.isnan(x) else f"{100 * x:.0f} %"
    return [
        name,
        s["n"],
        s["interior"],
        percent(s["converged"]),
        percent(s["converged_interior"]),
        percent(s["truthful"]),
        percent(s["covered"]),
        f"{s['mean_square']:.3g}",
        f"{s['median_claimed']:.2g}",
        s["above_best"],
        s["no_result"],
        f"{s['seconds']:.1f}",
    ]


def write(sets, results, out, commit):
    out, rows = Path(out), {}
    for text in Path(results).read_text().splitlines():
        row = json.loads(text)
        rows[row["design"], row["seed"]] = row
    has = lambda key: (Path(sets) / f"{key[0]}-{key[1]:02}" / "reference.json").exists()
    rows = [
        rows[key]
        for key in sorted(filter(has, rows), key=lambda k: (designs.NAMES.index(k[0]), k[1]))
    ]
    for row in rows:
        best = json.loads(
            (Path(sets) / f"{row['design']}-{row['seed']:02}" / "reference.json").read_text()
        )
        row["interior"] = all(
            x > 1e-5
            for n, x in best["estimates"].items()
            if n.startswith("sigma2")
            or (n.startswith("omega") and n.split(".")[1] == n.split(".")[2])
        )
        if row.get("independent") is not None:
            row["best"] = best["minus_two_log_likelihood"]
            row["above_best"] = row["independent"] - row["best"]
        row["truthful"] = truthful(row)
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "results.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for row in rows:
            table.writerow(
                [f"{row[c]:.8g}" if isinstance(row.get(c), float) else row.get(c) for c in COLUMNS]
            )
    groups = [(d, [r for r in rows if r["design"] == d]) for d in designs.NAMES]
    groups = [(d, g) for d, g in groups if g]
    groups += [
        ("p ≤ 2", [r for r in rows if r["p"] <= 2]),
        ("p 3 to 5", [r for r in rows if r["p"] > 2]),
        ("all", rows),
    ]
    lines = [
        f"popmix of commit {commit}; seeds {min(r['seed'] for r in rows)} to "
        f"{max(r['seed'] for r in rows)}.",
        "",
        "| " + " | ".join(HEADS) + " |",
        "|" + "---|" * len(HEADS),
    ]
    for name, group in groups:
        if group:
            lines.append("| " + " | ".join(map(str, line(name, summary(group)))) + " |")
    notes = [
        r
        for r in rows
        if not r["truthful"]
        or (r.get("above_best") or 0) > HIGHER
        or r.get("said") is None
        or (ratio_of_known(r) or 0) > 3
    ]
    lines += ["", "Sets to look at:", ""]
    for r in notes:
        numbers = (
            ""
            if r.get("said") is None
            else (
                f": said {r['said']:.4f} ± {r['claimed'] or 0:.2g}, is {r['independent']:.4f}, "
                f"best {r['best']:.4f}, by the score {r['distance_left']:.2g} left"
            )
        )
        lines.append(f"- {r['design']}-{r['seed']:02} ({r['start']}) {r['status']}{numbers}")
    (out / "summary.md").write_text("\n".join(lines) + "\n")
    return out / "summary.md"
