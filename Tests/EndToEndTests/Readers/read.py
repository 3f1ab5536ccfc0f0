"""Reads the files of a run with pharmpy and prints what it has found, as JSON.

    read.py ROOT THETAS ETAS SIGMAS [TABLE...]

pharmpy wants a control stream: one with so many parameters is made here, with the names of the tables.
"""

import json
import math
import sys
from pathlib import Path

from pharmpy.model import Model
from pharmpy.model.external.nonmem.table import NONMEMTableFile
from pharmpy.tools.external.nonmem.results import parse_modelfit_results
from pharmpy.tools.external.nonmem.results_file import NONMEMResultsFile

root = Path(sys.argv[1])
thetas, etas, sigmas = map(int, sys.argv[2:5])
tables = sys.argv[5:]


def control_stream():
    data = root.parent / "control-stream.csv"
    data.write_text("ID,TIME,AMT,DV\n1,0,10,0\n1,1,0,2\n")
    lines = ["$PROBLEM read", "$INPUT ID TIME AMT DV", f"$DATA {data} IGNORE=@", "$PRED"]
    lines += [f"P{i} = THETA({i})" for i in range(1, thetas + 1)]
    lines += [f"E{i} = ETA({i})" for i in range(1, etas + 1)]
    # A parameter that is not in the prediction does not exist to pharmpy.
    parts = [f"P{i}" for i in range(1, thetas + 1)] + [f"E{i}" for i in range(1, etas + 1)]
    errors = [f"EPS({i})" for i in range(1, sigmas + 1)]
    lines.append("Y = " + " + ".join(parts + errors))
    lines += ["$THETA 1"] * thetas
    for name, size in [("OMEGA", etas), ("SIGMA", sigmas)]:
        lines.append(f"${name} BLOCK({size})" if size > 1 else f"${name} 1")
        if size > 1:
            lines += [" ".join(["0.01"] * i + ["1"]) for i in range(size)]
    lines += ["$ESTIMATION METHOD=IMP INTERACTION", "$COVARIANCE"]
    return "\n".join(lines) + "\n"


def plain(value):
    """Numbers as JSON has them."""
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


ext = NONMEMTableFile(root.with_name(root.name + ".ext")).tables[0]
found = {
    "estimates": ext.final_parameter_estimates,
    "standard_errors": ext.standard_errors,
    "fixed": ext.fixed,
    "objective": ext.final_ofv,
    "condition_number": ext.condition_number,
    "deviations": ext.omega_sigma_stdcorr,
    "method": ext.method,
    "goal": ext.goal_function,
    "is_evaluation": ext.is_evaluation,
    "iterations": ext.iterations,
}
phi = NONMEMTableFile(root.with_name(root.name + ".phi")).tables[0]
found["individual_objectives"] = list(phi.iofv)
found["ids"] = list(phi.iofv.index)
found["phi"] = {name: list(column) for name, column in phi.etas.items()}
found["phc"] = [frame.values for frame in phi.etcs]
for ending in ["cov", "cor", "coi"]:
    frame = NONMEMTableFile(root.with_name(f"{root.name}.{ending}")).tables[0].data_frame
    found[ending] = {name: dict(row) for name, row in frame.iterrows()}
listing = NONMEMResultsFile(root.with_name(root.name + ".lst"))
status = listing.estimation_status(1)
found["listing"] = {
    "version": listing.nonmem_version,
    "objective": listing.ofv(1),
    "with_constant": status.ofv_with_constant,
    "is_successful": status.minimization_successful,
    "has_covariance": listing.covariance_status(1).covariance_step_ok,
    "seconds": listing.covariance_status(1).estimation_runtime,
}
found["tables"] = {}
for name in tables:
    frame = NONMEMTableFile(root.parent / name).tables[0].data_frame
    found["tables"][name] = {column: list(values) for column, values in frame.items()}

results = parse_modelfit_results(
    Model.parse_model_from_string(control_stream()),
    root.with_name(root.name + ".ctl"),
    lazy=True,
)
found["results"] = {
    "objective": results.ofv,
    "estimates": results.parameter_estimates,
    "standard_errors": results.standard_errors,
    "is_successful": results.minimization_successful,
    "has_covariance": results.covstep_successful,
    "individual_objectives": list(results.individual_ofv),
    "covariance": len(results.covariance_matrix),
    "runtime": results.estimation_runtime,
}
print(json.dumps(plain(found)))
