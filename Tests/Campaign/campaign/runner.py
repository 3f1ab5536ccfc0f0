"""Runs `popmix fit` in a copy of a data set's folder and reads what it says."""

import json
import os
import resource
import shutil
import subprocess
from pathlib import Path


def fit(binary, folder, work, job=None, limit=120):
    """Status, -2 log L, claimed error, estimates by name, warnings, exit code, seconds of the
    processor, of which there may be no more than `limit`.

    `job` in place of job.yaml.
    """
    work = Path(work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    shutil.copy(Path(folder) / "data.csv", work)
    (work / "job.yaml").write_text(job or (Path(folder) / "job.yaml").read_text())
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    used = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    before = used()
    bound = lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    run = subprocess.run(
        [binary, "fit", "job.yaml"],
        cwd=work,
        capture_output=True,
        text=True,
        env=environment,
        preexec_fn=bound,
    )
    result = dict(
        exit=run.returncode,
        seconds=round(used() - before, 2),
        status="no result",
        message=run.stderr[-600:],
    )
    if result["seconds"] > limit - 1:
        return result | dict(status="no end", message=f"no end after {limit} s of the processor")
    path = work / "results" / "fit.json"
    if not path.exists():
        return result
    set_ = json.loads(path.read_text())["data_sets"][0]
    result.update(status=set_["status"], reason=set_.get("reason"))
    fit = set_.get("fit")
    if fit and not isinstance(fit["minus_two_log_likelihood"], float):  # "Infinity" or "NaN"
        result.update(
            message=f"-2 log L is {fit['minus_two_log_likelihood']}; {fit.get('warnings')}"
        )
    elif fit:
        error = fit.get("sampling_error") or {}
        result.update(
            minus_two_log_likelihood=fit["minus_two_log_likelihood"],
            sampling_error=error,
            estimates={p["name"]: p["estimate"] for p in fit["parameters"]},
            warnings=fit.get("warnings", []),
            maxima_warnings=set_.get("maxima_warnings", []),
            iterations=len(fit["iterations"]),
        )
        result.pop("message")
    return result
