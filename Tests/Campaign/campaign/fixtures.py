"""Copies chosen data sets with their reference answers, small enough for the repository."""

import json
import shutil
from pathlib import Path


def write(sets, names, out):
    for name in names:
        source, target = Path(sets) / name, Path(out) / name
        target.mkdir(parents=True, exist_ok=True)
        for file in ("data.csv", "job.yaml"):
            shutil.copy(source / file, target)
        best = json.loads((source / "reference.json").read_text())
        about = json.loads((source / "model.json").read_text())
        best = {k: best[k] for k in ("minus_two_log_likelihood", "error", "estimates")}
        (target / "reference.json").write_text(
            json.dumps(
                dict(design=about["design"], seed=about["seed"], start=about["start"], **best),
                indent=1,
            )
            + "\n"
        )
