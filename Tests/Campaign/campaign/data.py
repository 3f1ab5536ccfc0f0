"""A data set: the spec of its model, its records as arrays, and their NONMEM-style file."""

import csv
from dataclasses import dataclass

import numpy as np


@dataclass
class Dose:
    """One dose of every subject: its time and amount [subject], and for all subjects the same kind
    of it."""

    time: np.ndarray
    amount: np.ndarray
    duration: float | None = None  # of an infusion
    interval: float | None = None  # of a steady state


@dataclass
class Data:
    times: np.ndarray  # [subject, observation]
    values: np.ndarray  # the limit where the value is below it
    below: np.ndarray  # whether a value is known to lie below `values` only
    used: np.ndarray  # False where a subject has fewer observations than others
    doses: list
    covariates: dict  # name: [subject]

    def part(self, rows):
        doses = [Dose(d.time[rows], d.amount[rows], d.duration, d.interval) for d in self.doses]
        return Data(
            self.times[rows],
            self.values[rows],
            self.below[rows],
            self.used[rows],
            doses,
            {name: x[rows] for name, x in self.covariates.items()},
        )


def write_csv(path, data):
    names = list(data.covariates)
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["ID", "TIME", "AMT", "RATE", "II", "SS", "DV", "CENS", "EVID", "MDV"] + names)
        for i in range(len(data.times)):
            extra = [f"{data.covariates[n][i]:g}" for n in names]
            rows = []
            for d in data.doses:
                rate = f"{d.amount[i] / d.duration:g}" if d.duration else "."
                steady = (f"{d.interval:g}", 1) if d.interval else (".", ".")
                rows.append((d.time[i], 0, [f"{d.amount[i]:g}", rate, *steady, ".", 0, 1, 1]))
            for j in np.flatnonzero(data.used[i]):
                cells = [
                    ".",
                    ".",
                    ".",
                    ".",
                    f"{data.values[i, j]:.6g}",
                    int(data.below[i, j]),
                    0,
                    0,
                ]
                rows.append((data.times[i, j], 1, cells))
            for time, _, cells in sorted(rows, key=lambda row: row[:2]):
                out.writerow([i + 1, f"{time:g}"] + cells + extra)


def read_csv(path, covariates=()):
    """Reads what `write_csv` wrote, or another file with the same columns or fewer; every subject
    has as many doses."""
    subjects = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            subjects.setdefault(row["ID"], []).append(row)
    number = lambda row, name: float(row[name]) if row.get(name, ".") not in (".", "") else 0.0
    split = lambda rows, dose: [r for r in rows if (number(r, "AMT") > 0) == dose]
    doses = [split(rows, True) for rows in subjects.values()]
    observed = [split(rows, False) for rows in subjects.values()]
    n, m = len(observed), max(map(len, observed))
    times, values = np.zeros((n, m)), np.ones((n, m))
    below, used = np.zeros((n, m), bool), np.zeros((n, m), bool)
    for i, rows in enumerate(observed):
        for j, row in enumerate(rows):
            times[i, j], values[i, j] = number(row, "TIME"), number(row, "DV")
            below[i, j], used[i, j] = number(row, "CENS") == 1, True
    trains = []
    for d in range(len(doses[0])):
        first = doses[0][d]
        rate, interval = number(first, "RATE"), number(first, "II")
        trains.append(
            Dose(
                np.array([number(r[d], "TIME") for r in doses]),
                np.array([number(r[d], "AMT") for r in doses]),
                number(first, "AMT") / rate if rate > 0 else None,
                interval if number(first, "SS") else None,
            )
        )
    columns = {c: np.array([float(r[0][c]) for r in doses]) for c in covariates}
    return Data(times, values, below, used, trains, columns)
