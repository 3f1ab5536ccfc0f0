"""Draws the data sets in accepted/data: python3 simulate.py (needs numpy and scipy). Each set has a generator of its own, seeded by its name."""

import zlib
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

FOLDER = Path(__file__).parent / "accepted" / "data"


def generator(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def solve(derivatives, size, doses, times, initial=None):
    """Amounts at `times`; a dose is (time, compartment from 0, amount, rate or 0 for a bolus)."""
    amounts = np.array(initial if initial is not None else np.zeros(size), dtype=float)
    changes = []
    for time, compartment, amount, rate in doses:
        if rate == 0:
            changes.append((time, compartment, amount, 0.0))
        else:
            changes.append((time, compartment, 0.0, rate))
            changes.append((time + amount / rate, compartment, 0.0, -rate))
    changes.sort(key=lambda change: change[0])
    rates, now, result, index = np.zeros(size), 0.0, {}, 0
    for time in sorted(set(times) | {change[0] for change in changes}):
        if time > now:
            solution = solve_ivp(lambda t, a: derivatives(t, a) + rates, (now, time), amounts, "LSODA", rtol=1e-8, atol=1e-9)
            amounts, now = solution.y[:, -1], time
        while index < len(changes) and changes[index][0] <= time:
            _, compartment, amount, rate = changes[index]
            amounts[compartment] += amount
            rates[compartment] += rate
            index += 1
        result[time] = amounts.copy()
    return np.array([result[time] for time in times])


def one(CL, V):
    return lambda t, a: np.array([-CL / V * a[0]])


def oral(KA, CL, V):
    return lambda t, a: np.array([-KA * a[0], KA * a[0] - CL / V * a[1]])


def disposition(CL, V, peripheral, KA=None):
    """Central compartment with any number of peripheral ones (Q, V), and a depot if there is KA."""
    def derivatives(t, a):
        depot = 0 if KA is None else 1
        change = np.zeros(len(a))
        central = a[depot]
        change[depot] = -CL / V * central
        if depot:
            change[0] = -KA * a[0]
            change[1] += KA * a[0]
        for number, (Q, VP) in enumerate(peripheral, depot + 1):
            flow = Q / V * central - Q / VP * a[number]
            change[depot] -= flow
            change[number] += flow
        return change
    return derivatives


def text(value):
    if isinstance(value, str):
        return value
    return f"{value:.5g}"


def write(name, header, rows):
    lines = [",".join(header)] + [",".join(text(value) for value in row) for row in rows]
    (FOLDER / f"{name}.csv").write_text("\n".join(lines) + "\n")


def lognormal(random, median, sd):
    return median * np.exp(random.normal(0, sd))


def proportional(random, values, cv, sd=0.0):
    return values * (1 + random.normal(0, cv, len(values))) + random.normal(0, 1, len(values)) * sd


def bolus():
    """Boluses, with covariates; the same in two studies."""
    random, rows = generator("bolus"), []
    times = [0.5, 2, 4, 8, 12, 16]
    for subject in range(1, 37):
        weight, age = round(random.normal(72, 13)), round(random.uniform(20, 70))
        sex, race, study = int(random.integers(0, 2)), int(random.integers(1, 4)), 1 if subject <= 26 else 2
        factor = (weight / 70) ** 0.75 * (1 - 0.008 * (age - 40)) * (0.75 if sex else 1) * {1: 1, 2: 1.4, 3: 0.8}[race]
        CL, V = lognormal(random, 4 * factor, 0.25), lognormal(random, 30 * weight / 70, 0.2)
        cv = 0.1 if study == 1 else 0.2
        values = proportional(random, solve(one(CL, V), 1, [(0, 0, 100, 0)], times)[:, 0] / V, cv)
        covariates = [weight, age, sex, race, study]
        rows.append([subject, 0, 100, ".", 1, 1] + covariates)
        rows += [[subject, time, ".", value, 0, 0] + covariates for time, value in zip(times, values)]
    write("bolus", ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "WT", "AGE", "SEX", "RACE", "STUDY"], rows)


def commented():
    """Comment rows by a C in the first column, other names of columns, and neither EVID nor MDV."""
    random, rows = generator("commented"), []
    times = [1, 2, 4, 8, 12]
    for subject in range(1, 25):
        CL, V = lognormal(random, 3, 0.3), lognormal(random, 20, 0.2)
        values = proportional(random, solve(one(CL, V), 1, [(0, 0, 150, 0)], times)[:, 0] / V, 0.12)
        rows.append([".", subject, 0, 150, ".", "a", 70 + subject])
        for time, value in zip(times, values):
            doubtful = random.uniform() < 0.06
            rows.append(["C" if doubtful else ".", subject, time, ".", value * (10 if doubtful else 1), "b", 70 + subject])
    write("commented", ["C", "SUBJ", "HOURS", "DOSE", "CONC", "VISIT", "KG"], rows)


def absorbed():
    """One oral dose, in mg/L, in ug/L and as a logarithm."""
    random, rows, micrograms, logarithms = generator("absorbed"), [], [], []
    times = [0.5, 1, 2, 4, 6, 10, 16]
    for subject in range(1, 29):
        weight, sex = round(random.normal(70, 12)), int(random.integers(0, 2))
        KA, CL, V = lognormal(random, 1.1, 0.35), lognormal(random, 4 * (weight / 70) ** 0.75, 0.25), lognormal(random, 30 * weight / 70, 0.15)
        truth = solve(oral(KA, CL, V), 2, [(0, 0, 200, 0)], times)[:, 1] / V
        values = proportional(random, truth, 0.1, 0.08)
        logs = np.log(truth) + random.normal(0, 0.15, len(times))
        for table, amount, results in [(rows, 200, values), (micrograms, 200, values * 1000), (logarithms, 200, logs)]:
            table.append([subject, 0, amount, ".", 1, 1, 1, weight, sex])
            table += [[subject, time, ".", value, 0, 0, 2, weight, sex] for time, value in zip(times, results)]
    header = ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "CMT", "WT", "SEX"]
    write("absorbed", header, rows)
    write("absorbed-micrograms", header, micrograms)
    write("absorbed-logarithms", header, logarithms)


def lag():
    random, rows = generator("lag"), []
    times = [0.75, 1, 1.5, 2.5, 4, 8, 12]
    for subject in range(1, 25):
        KA, CL, V = lognormal(random, 1.3, 0.3), lognormal(random, 5, 0.3), lognormal(random, 40, 0.2)
        values = proportional(random, solve(oral(KA, CL, V), 2, [(0.5, 0, 300, 0)], times)[:, 1] / V, 0.08, 0.2)
        rows.append([subject, 0, 300, ".", 1, 1])
        rows += [[subject, time, ".", value, 0, 0] for time, value in zip(times, values)]
    write("lag", ["ID", "TIME", "AMT", "DV", "EVID", "MDV"], rows)


def regimens():
    """Additional doses, and steady states."""
    random, rows = generator("regimens"), []
    for subject in range(1, 25):
        KA, CL, V = lognormal(random, 1, 0.3), lognormal(random, 6, 0.3), lognormal(random, 60, 0.2)
        steady = subject % 2 == 0
        times = [1, 2, 4, 8, 12] if steady else [1, 4, 11, 61, 64, 70]
        before = 40 if steady else 0
        doses = [(12 * number, 0, 100, 0) for number in range(before + 1 if steady else 6)]
        shift = 12 * before if steady else 0
        amounts = solve(oral(KA, CL, V), 2, doses, [time + shift for time in times])
        values = proportional(random, amounts[:, 1] / V, 0.12)
        rows.append([subject, 0, 100, 0 if steady else 5, 12, 1 if steady else 0, ".", 1, 1])
        rows += [[subject, time, 0, 0, 0, 0, value, 0, 0] for time, value in zip(times, values)]
    write("regimens", ["ID", "TIME", "AMT", "ADDL", "II", "SS", "DV", "EVID", "MDV"], rows)


def two():
    random, rows = generator("two"), []
    times = [0.5, 1, 1.5, 3, 6, 12, 24]
    for subject in range(1, 25):
        CL, V, Q, VP = lognormal(random, 5, 0.3), lognormal(random, 20, 0.25), 8, 50
        values = proportional(random, solve(disposition(CL, V, [(Q, VP)]), 2, [(0, 0, 100, 100)], times)[:, 0] / V, 0.1)
        rows.append([subject, 0, 100, 100, ".", 1, 1])
        rows += [[subject, time, 0, 0, value, 0, 0] for time, value in zip(times, values)]
    write("two", ["ID", "TIME", "AMT", "RATE", "DV", "EVID", "MDV"], rows)


def two_oral():
    random, rows = generator("two-oral"), []
    times = [0.25, 0.5, 1, 2, 4, 8, 16, 24]
    for subject in range(1, 21):
        KA, CL, V, Q, VP = 1.5, lognormal(random, 5, 0.3), lognormal(random, 20, 0.25), 6, 45
        values = proportional(random, solve(disposition(CL, V, [(Q, VP)], KA), 3, [(0, 0, 100, 0)], times)[:, 1] / V, 0.1)
        rows.append([subject, 0, 100, ".", 1, 1])
        rows += [[subject, time, 0, value, 0, 0] for time, value in zip(times, values)]
    write("two-oral", ["ID", "TIME", "AMT", "DV", "EVID", "MDV"], rows)


def three():
    for name, KA in [("three", None), ("three-oral", 2.0)]:
        random, rows = generator(name), []
        times = [0.1, 0.3, 0.75, 2, 5, 12, 30, 72] if KA is None else [0.25, 0.75, 1.5, 3, 6, 12, 30, 72]
        for subject in range(1, 19):
            CL, V = lognormal(random, 5, 0.3), lognormal(random, 10, 0.25)
            system = disposition(CL, V, [(8, 20), (1.5, 60)], KA)
            amounts = solve(system, 3 if KA is None else 4, [(0, 0, 100, 0)], times)
            values = proportional(random, amounts[:, 0 if KA is None else 1] / V, 0.1)
            rows.append([subject, 0, 100, ".", 1, 1])
            rows += [[subject, time, 0, value, 0, 0] for time, value in zip(times, values)]
        write(name, ["ID", "TIME", "AMT", "DV", "EVID", "MDV"], rows)


def zero_order():
    """Infusions whose duration (RATE -2) or rate (RATE -1) belongs to the model."""
    for name, code in [("duration", -2), ("rate", -1)]:
        random, rows = generator(name), []
        times = [0.5, 1, 2, 3, 5, 8, 12]
        for subject in range(1, 25):
            CL, V, D = lognormal(random, 4, 0.3), lognormal(random, 30, 0.2), lognormal(random, 2.5, 0.3)
            values = proportional(random, solve(one(CL, V), 1, [(0, 0, 100, 100 / D)], times)[:, 0] / V, 0.1, 0.02)
            rows.append([subject, 0, 100, code, ".", 1, 1])
            rows += [[subject, time, 0, 0, value, 0, 0] for time, value in zip(times, values)]
        write(name, ["ID", "TIME", "AMT", "RATE", "DV", "EVID", "MDV"], rows)


def routes():
    """A dose by mouth (CMT 1) and later one into the vein (CMT 2)."""
    random, rows = generator("routes"), []
    times = [1, 2, 4, 8, 25, 28, 34]
    for subject in range(1, 25):
        KA, CL, V = 1, lognormal(random, 4, 0.25), lognormal(random, 30, 0.2)
        share = 1 / (1 + np.exp(-(np.log(0.6 / 0.4) + random.normal(0, 0.6))))
        amounts = solve(oral(KA, CL, V), 2, [(0, 0, 100 * share, 0), (24, 1, 100, 0)], times)
        values = proportional(random, amounts[:, 1] / V, 0.1)
        records = [[subject, 0, 100, 1, ".", 1, 1], [subject, 24, 100, 2, ".", 1, 1]]
        records += [[subject, time, 0, 2, value, 0, 0] for time, value in zip(times, values)]
        rows += sorted(records, key=lambda record: record[1])
    write("routes", ["ID", "TIME", "AMT", "CMT", "DV", "EVID", "MDV"], rows)


def occasions():
    random, rows = generator("occasions"), []
    times = [1, 3, 6, 10]
    for subject in range(1, 25):
        CL, V = lognormal(random, 4, 0.3), lognormal(random, 25, 0.2)
        for occasion in (1, 2):
            clearance = lognormal(random, CL, 0.2)
            values = proportional(random, solve(one(clearance, V), 1, [(0, 0, 100, 0)], times)[:, 0] / V, 0.1)
            start = 48 * (occasion - 1)
            flags = [occasion, int(occasion == 1), int(occasion == 2)]
            rows.append([subject, start, 100, ".", 4 if occasion == 2 else 1, 1] + flags)
            rows += [[subject, start + time, 0, value, 0, 0] + flags for time, value in zip(times, values)]
    write("occasions", ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "OCC", "OCC1", "OCC2"], rows)


def growing():
    """A weight that changes within subjects; clearance follows it."""
    random, rows = generator("growing"), []
    for subject in range(1, 25):
        CL, V, start = lognormal(random, 0.3, 0.25), lognormal(random, 4, 0.15), random.uniform(2, 5)
        weight = lambda time: round(start * (1 + 0.004 * time), 2)
        state, now, records = 0.0, 0.0, []
        events = sorted([(24 * number, "dose") for number in range(4)] + [(time, "sample") for time in (2, 26, 44, 74, 95)])
        for time, kind in events:
            factor = (weight(time) / 4) ** 0.75
            state *= np.exp(-CL * factor / V * (time - now))
            now = time
            if kind == "dose":
                state += 20
                records.append([subject, time, 20, ".", 1, 1, weight(time)])
            else:
                records.append([subject, time, 0, state / V * (1 + random.normal(0, 0.1)), 0, 0, weight(time)])
        rows += records
    write("growing", ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "WT"], rows)


def limit():
    """Values below 0.3 have BLQ 1 and the limit in DV."""
    random, rows = generator("limit"), []
    times = [1, 3, 6, 10, 15, 22]
    for subject in range(1, 33):
        CL, V = lognormal(random, 5, 0.25), lognormal(random, 25, 0.2)
        values = proportional(random, solve(one(CL, V), 1, [(0, 0, 100, 0)], times)[:, 0] / V, 0.12, 0.05)
        rows.append([subject, 0, 100, ".", 1, 1, 0])
        rows += [[subject, time, 0, max(value, 0.3), 0, 0, int(value < 0.3)] for time, value in zip(times, values)]
    write("limit", ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "BLQ"], rows)


def responses():
    """Concentrations (DVID 1) and a direct effect (DVID 2); another set with turnover, told apart by CMT."""
    random, rows = generator("direct"), []
    for subject in range(1, 25):
        CL, V, EC = lognormal(random, 3, 0.3), lognormal(random, 20, 0.2), lognormal(random, 2, 0.3)
        times = [1, 3, 6, 12]
        concentrations = solve(one(CL, V), 1, [(0, 0, 100, 0)], times)[:, 0] / V
        effects = 100 - 60 * concentrations / (EC + concentrations)
        rows.append([subject, 0, 100, ".", 0, 1, 1])
        for time, concentration, effect in zip(times, concentrations, effects):
            rows.append([subject, time, 0, concentration * (1 + random.normal(0, 0.1)), 1, 0, 0])
            rows.append([subject, time, 0, effect + random.normal(0, 3), 2, 0, 0])
    write("direct", ["ID", "TIME", "AMT", "DV", "DVID", "EVID", "MDV"], rows)

    random, rows = generator("turnover"), []
    for subject in range(1, 19):
        CL, V, KIN, KOUT, IC = lognormal(random, 3, 0.25), 20, lognormal(random, 10, 0.2), 0.2, 1.5
        times = [1, 4, 8, 16]

        def derivatives(t, a):
            concentration = a[0] / V
            return np.array([-CL / V * a[0], KIN * (1 - concentration / (IC + concentration)) - KOUT * a[1]])

        amounts = solve(derivatives, 2, [(0, 0, 100, 0)], times, [0, KIN / KOUT])
        rows.append([subject, 0, 100, 1, ".", 1, 1])
        for time, amount in zip(times, amounts):
            rows.append([subject, time, 0, 1, amount[0] / V * (1 + random.normal(0, 0.1)), 0, 0])
            rows.append([subject, time, 0, 2, amount[1] + random.normal(0, 2), 0, 0])
    write("turnover", ["ID", "TIME", "AMT", "CMT", "DV", "EVID", "MDV"], rows)


def saturable():
    random, rows = generator("saturable"), []
    times = [1, 3, 6, 10, 16, 24]
    for subject in range(1, 31):
        fast = random.uniform() < 0.6
        VM, KM, V = lognormal(random, 20 if fast else 8, 0.15), 4, lognormal(random, 30, 0.15)
        derivatives = lambda t, a: np.array([-VM * (a[0] / V) / (KM + a[0] / V)])
        values = proportional(random, solve(derivatives, 1, [(0, 0, 300, 0)], times)[:, 0] / V, 0.08, 0.15)
        rows.append([subject, 0, 300, ".", 1, 1])
        rows += [[subject, time, 0, value, 0, 0] for time, value in zip(times, values)]
    write("saturable", ["ID", "TIME", "AMT", "DV", "EVID", "MDV"], rows)


def metabolisers():
    """Two, and three, subpopulations of the clearance; two of the absorption."""
    for name, centres, shares, subjects in [("poor", [1.5, 5], [0.35, 0.65], 40), ("three-groups", [0.8, 3, 11], [0.3, 0.4, 0.3], 40)]:
        random, rows = generator(name), []
        times = [1, 3, 6, 10, 16]
        for subject in range(1, subjects + 1):
            race = int(random.integers(0, 2))
            odds = np.array(shares) * np.exp([1.2 * race if name == "poor" else 0] + [0] * (len(shares) - 1))
            CL, V = lognormal(random, centres[random.choice(len(centres), p=odds / odds.sum())], 0.2), lognormal(random, 30, 0.15)
            values = proportional(random, solve(one(CL, V), 1, [(0, 0, 100, 0)], times)[:, 0] / V, 0.1)
            rows.append([subject, 0, 100, ".", 1, 1, race])
            rows += [[subject, time, 0, value, 0, 0, race] for time, value in zip(times, values)]
        write(name, ["ID", "TIME", "AMT", "DV", "EVID", "MDV", "RACE"], rows)

    random, rows = generator("absorbers"), []
    times = [0.5, 1, 2, 4, 8, 12]
    for subject in range(1, 37):
        KA = 2.5 if random.uniform() < 0.6 else 0.4
        CL, V = lognormal(random, 4, 0.2), lognormal(random, 40, 0.15)
        values = proportional(random, solve(oral(KA, CL, V), 2, [(0, 0, 200, 0)], times)[:, 1] / V, 0.1)
        rows.append([subject, 0, 200, ".", 1, 1])
        rows += [[subject, time, 0, value, 0, 0] for time, value in zip(times, values)]
    write("absorbers", ["ID", "TIME", "AMT", "DV", "EVID", "MDV"], rows)


def predictions():
    """Without doses as events: a dose and its response, and the published example's design."""
    random, rows = generator("dose-response"), []
    for subject in range(1, 31):
        E0, EMAX, ED50 = random.normal(10, 1.5), lognormal(random, 80, 0.2), lognormal(random, 25, 0.3)
        for visit, dose in enumerate([0, 5, 20, 50, 150], 1):
            effect = E0 + EMAX * dose / (ED50 + dose)
            rows.append([subject, visit, dose, effect + random.normal(0, np.hypot(2, 0.07 * effect))])
    write("dose-response", ["ID", "TIME", "DOSE", "DV"], rows)

    random, rows = generator("mono-exponential"), []
    for subject in range(1, 41):
        V, k = random.normal(20, 2), random.normal(0.6 if random.uniform() < 0.3 else 0.3, 0.05)
        for time in [1.5, 2, 3, 4, 5.5]:
            rows.append([subject, time, 100 / V * np.exp(-k * time) * (1 + random.normal(0, 0.1))])
    write("mono-exponential", ["ID", "TIME", "DV"], rows)


def calendar():
    """Times of the day, on days that are numbers; columns of text."""
    random, rows = generator("calendar"), []
    for subject in range(1, 21):
        CL, V, first = lognormal(random, 2, 0.3), lognormal(random, 30, 0.2), 8 + subject % 3
        clock = lambda hours: (text(1 + int((first + hours) // 24)), f"{int((first + hours) % 24)}:{int(round((hours % 1) * 60)):02d}")
        times = [0.5, 2, 7.25, 24, 32]
        values = proportional(random, solve(one(CL, V), 1, [(0, 0, 100, 0)], times)[:, 0] / V, 0.1)
        rows.append([subject, *clock(0), 100, ".", 1, "first", "nurse-A"])
        rows += [[subject, *clock(time), ".", value, 0, "sample", "nurse-B"] for time, value in zip(times, values)]
    write("calendar", ["ID", "DATE", "TIME", "AMT", "DV", "MDV", "NOTE", "BY"], rows)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make in (bolus, commented, absorbed, lag, regimens, two, two_oral, three, zero_order, routes, occasions, growing, limit,
                 responses, saturable, metabolisers, predictions, calendar):
        make()
