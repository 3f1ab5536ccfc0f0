"""Where popmix ends, beside the best maxima known: the quick half of `run`, in minutes, without an
independent value at each end."""

import csv
import json
from pathlib import Path

import numpy as np

from . import runner

COLUMNS = ["design", "seed", "start", "p", "status", "said", "claimed", "best", "best_error"]
COLUMNS += ["above_best", "ratio", "starts", "other_maxima_warned", "seconds"]


def end(binary, folder, work):
    about = json.loads((folder / "model.json").read_text())
    reference = json.loads((folder / "reference.json").read_text())
    result = runner.fit(binary, folder, work)
    said = result.get("minus_two_log_likelihood")
    claimed = (result.get("sampling_error") or {}).get("minus_two_log_likelihood")
    best = reference["minus_two_log_likelihood"]
    row = dict(design=about["design"], seed=about["seed"], start=about["start"])
    row.update(p=len(about["spec"]["effects"]), status=result["status"], said=said)
    row.update(claimed=claimed, best=best, best_error=reference["error"])
    row.update(other_maxima_warned=bool(result.get("maxima_warnings")), seconds=result["seconds"])
    table = Path(work) / "results" / "starts.csv"
    row["starts"] = len(table.read_text().splitlines()) - 1 if table.exists() else 1
    if said is not None:
        row["above_best"] = said - best
        if claimed:
            row["ratio"] = (said - best) / np.hypot(claimed, reference["error"])
    return row


def line(name, rows):
    n = len(rows)
    share = lambda test: f"{100 * sum(map(test, rows)) / n:.0f} %"
    near = [r["ratio"] for r in rows if r.get("ratio") is not None and r["above_best"] < 0.1]
    claims = [r["claimed"] for r in rows if r.get("claimed")]
    # Above by more than 0.1 and by more than what is claimed explains.
    above = [
        r
        for r in rows
        if r.get("above_best") is None or r["above_best"] > max(0.1, 3 * (r["claimed"] or 0))
    ]
    told = sum(
        r["status"] not in ("converged", "at boundary") or r["other_maxima_warned"] for r in above
    )
    return (
        f"| {name} | {n} | {share(lambda r: r['status'] == 'converged')} "
        f"| {share(lambda r: r['status'] == 'at boundary')} | {len(above)} | {told} "
        f"| {np.mean(np.square(near)) if near else float('nan'):.2f} "
        f"| {100 * np.mean(np.abs(near) <= 3) if near else float('nan'):.1f} % "
        f"| {np.median(claims) if claims else float('nan'):.2g} "
        f"| {np.mean([r['starts'] for r in rows]):.1f} "
        f"| {np.median([r['seconds'] for r in rows]):.2g} |"
    )


def write(rows, out, commit):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "ends.csv", "w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow({k: f"{v:.8g}" if isinstance(v, float) else v for k, v in row.items()})
    head = ["design", "n", "converged", "at boundary", "above best", "of these told"]
    head += ["mean (Δ/claimed)²", "within 3", "median claimed", "starts", "median s"]
    lines = [f"popmix of commit {commit}, default settings.", "", "| " + " | ".join(head) + " |"]
    lines.append("|" + "---|" * len(head))
    designs = list(dict.fromkeys(r["design"] for r in rows))
    lines += [line(d, [r for r in rows if r["design"] == d]) for d in designs]
    for name, test in [("p ≤ 2", lambda r: r["p"] <= 2), ("p ≥ 3", lambda r: r["p"] > 2)]:
        some = [r for r in rows if test(r)]
        if some:
            lines.append(line(name, some))
    lines += [line("all", rows), "", "Sets that ended elsewhere:", ""]
    for r in rows:
        if r.get("above_best") is None:
            lines.append(f"- {r['design']}-{r['seed']:02} ({r['start']}) {r['status']}")
        elif r["above_best"] > max(0.1, 3 * (r["claimed"] or 0)):
            lines.append(
                f"- {r['design']}-{r['seed']:02} ({r['start']}) {r['status']}: "
                f"{r['above_best']:.2f} above {r['best']:.2f}; {r['starts']} starts"
                + (", other maxima warned of" if r["other_maxima_warned"] else "")
            )
    (out / "ends.md").write_text("\n".join(lines) + "\n")
    return out / "ends.md"
