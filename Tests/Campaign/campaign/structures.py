"""Concentrations of linear compartment models, as sums of exponentials, for all subjects at once.

A bolus of one unit into the central compartment leaves sum_j C_j exp(-l_j t) there, per volume.
Absorption, infusions and steady states follow from each exponential by itself. `selftest.py`
compares all of it with scipy's expm.
"""

import numpy as np

PARAMETERS = {
    "one-compartment bolus": ("V", "k"),
    "one-compartment": ("CL", "V"),
    "one-compartment oral": ("ka", "CL", "V"),
    "two-compartment": ("CL", "V1", "Q", "V2"),
    "two-compartment oral": ("ka", "CL", "V1", "Q", "V2"),
    "three-compartment": ("CL", "V1", "Q2", "V2", "Q3", "V3"),
}


def modes(structure, theta):
    """Rates l_j and factors C_j (sum 1/V) of the central compartment after a unit bolus."""
    if structure.startswith("one"):
        V = theta["V"]
        k = theta["k"] if "k" in theta else theta["CL"] / V
        return [k], [1 / V]
    V = theta["V1"]
    k = theta["CL"] / V
    if structure.startswith("two"):
        k12, k21 = theta["Q"] / V, theta["Q"] / theta["V2"]
        total, product = k + k12 + k21, k * k21
        fast = 0.5 * (total + np.sqrt(np.maximum(total * total - 4 * product, 0)))
        slow = product / fast
        gap = np.where(fast == slow, 1e-300, fast - slow)
        return [fast, slow], [(fast - k21) / gap / V, (k21 - slow) / gap / V]
    k12, k21 = theta["Q2"] / V, theta["Q2"] / theta["V2"]
    k13, k31 = theta["Q3"] / V, theta["Q3"] / theta["V3"]
    # The characteristic polynomial l^3 - a l^2 + b l - c has real roots: by the cosines of Vieta.
    a = k + k12 + k13 + k21 + k31
    b = k * (k21 + k31) + k12 * k31 + k13 * k21 + k21 * k31
    c = k * k21 * k31
    p, q = a * a / 3 - b, 2 * a**3 / 27 - a * b / 3 + c
    radius = 2 * np.sqrt(np.maximum(p, 1e-300) / 3)
    angle = np.arccos(np.clip(4 * q / radius**3, -1, 1)) / 3
    rates = [a / 3 + radius * np.cos(angle - 2 * np.pi * j / 3) for j in range(3)]
    factors = []
    for j in range(3):
        others = [rates[m] for m in range(3) if m != j]
        factors.append(
            (k21 - rates[j])
            * (k31 - rates[j])
            / ((others[0] - rates[j]) * (others[1] - rates[j]))
            / V
        )
    return rates, factors


def _exponential(rate, since, dose):
    """What exp(-rate t) becomes for a dose: single or in its steady state, bolus or infusion.

    Zero before it.
    """
    after = np.maximum(since, 0)
    if dose.duration is not None:
        left = np.maximum(after - dose.duration, 0)
        single = (np.exp(-rate * left) - np.exp(-rate * after)) / (rate * dose.duration)
        return np.where(since >= 0, single, 0)
    if dose.interval is None:
        return np.where(since >= 0, np.exp(-rate * after), 0)
    # A train of doses that began long ago; within the lag, the last came an interval earlier.
    age = np.where(since >= 0, since, since + dose.interval)
    return np.exp(-rate * age) / -np.expm1(-rate * dose.interval)


def concentrations(structure, theta, times, doses):
    """Predictions [subject, node, time] of `theta`, a dictionary of arrays [subject, node]; `times`
    [subject, time]."""
    theta = {name: value[:, :, None] for name, value in theta.items()}
    rates, factors = modes(structure, theta)
    oral = structure.endswith("oral")
    lag = theta.get("tlag", 0.0)
    total = 0.0
    for dose in doses:
        since = times[:, None, :] - dose.time[:, None, None] - lag
        amount = dose.amount[:, None, None]
        if not oral:
            for rate, factor in zip(rates, factors):
                total = total + amount * factor * _exponential(rate, since, dose)
            continue
        ka = theta["ka"]
        absorbed = None
        for rate, factor in zip(rates, factors):
            close = np.abs(ka - rate) < 1e-6 * rate
            kb = np.where(close, ka * (1 + 2e-6), ka)
            if absorbed is None or np.any(close):
                absorbed = _exponential(kb, since, dose)
            total = total + amount * factor * kb / (kb - rate) * (
                _exponential(rate, since, dose) - absorbed
            )
    return total
