"""Compares log L here with reference answers (folders of data.csv, model.txt, exact.json): python
-m campaign.validate FOLDER."""

import json
import sys
import time
from pathlib import Path

from . import exact, maximum
from .data import read_csv
from .model import Model

STRUCTURES = {
    "bolus_CLV": "one-compartment bolus",
    "bolus_Vk": "one-compartment bolus",
    "oral_kaCLV": "one-compartment oral",
}
ERRORS = {"prop": "proportional", "add": "additive", "comb": "combined"}


def spec_of(text):
    lines = dict(
        line.split(" = ", 1)
        for line in text.splitlines()
        if " = " in line and not line.startswith("#")
    )
    mixing = lines.get("mixing", "").split()
    effects = [
        dict(name=w.split(":")[0], distribution=w.split(":")[1], membership="shared")
        for w in lines["random"].split()
    ]
    for e in effects:
        e["membership"] = (
            "mixture" if e["name"] in mixing or int(lines["components"]) == 1 else "shared"
        )
    return dict(
        structure=STRUCTURES[lines["structural"]],
        effects=effects,
        error=ERRORS[lines["error"]],
        components=int(lines["components"]),
        covariance="full" if lines["covariance"] == "full" else "diagonal",
        equal=lines["sigma"] == "homo",
    )


def ours(name):
    return {"s2": "sigma2", "a2": "sigma2.additive", "b2": "sigma2.proportional"}.get(
        name, name.replace("Sigma", "omega")
    )


def main(folder):
    for case in sorted(Path(folder).iterdir()):
        answer = json.loads((case / "exact.json").read_text())
        model = Model(spec_of((case / "model.txt").read_text()))
        data = read_csv(case / "data.csv")
        natural = {ours(n): x for n, x in answer["estimates"].items()}
        psi = model.pack(natural)
        begin = time.time()
        value, error, each, _ = exact.log_likelihood(model, data, psi)
        worst = max(abs(a - b) for a, b in zip(each, answer["subjects"]["loglik"]))
        print(
            f"{case.name}: log L {value:.7f} ± {error:.1e}, "
            f"{value - answer['loglik']:+.1e} from the answer, "
            f"subjects {worst:.1e}, {time.time() - begin:.1f} s",
            flush=True,
        )
        truth = json.loads((case / "truth.json").read_text())
        begin = time.time()
        start = psi + 0.2 * model.scales(psi)
        end = maximum.maximise(model, data, {"moved": start})[0]
        print(
            f"  maximum {end[0]:.7f}, {end[0] - answer['loglik']:+.1e}, "
            f"decrement {end[3]:.1e}, {time.time() - begin:.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1])
