"""Fifteen designs.

Each gives, for a seed, the spec of a model, its true parameters and what is observed. Within a
design the seed turns through error models, shares below the limit and kinds of starts; all numbers
are drawn from `rng`, so that a data set is a function of its design and seed alone.
"""

import numpy as np

ALL_ERRORS = ["proportional", "additive", "combined", "power", "lognormal"]
STARTS = ["data", "30 % off", "ten times off"]


def effect(name, membership="mixture", distribution="lognormal", **more):
    return dict(name=name, membership=membership, distribution=distribution, **more)


def around(rng, **typical):
    """True typical values within 30 % of these."""
    return {name: x * np.exp(rng.uniform(-0.3, 0.3)) for name, x in typical.items()}


def design(structure, typical, effects, variances, n, times, error, **more):
    d = dict(
        structure=structure,
        typical=typical,
        effects=effects,
        variances=variances,
        n=n,
        times=times,
        error=error,
        fixed=[
            dict(name=f, distribution=more.pop("fixed_distribution", {}).get(f, "lognormal"))
            for f in typical
            if f not in [e["name"] for e in effects]
        ],
        components=1,
        covariance="diagonal",
        equal=False,
        dose={},
        blq=0.0,
        size=0.12,
        correlation=0.0,
    )
    d.update(more)
    return d


def one_effect(rng, s):
    return design(
        "one-compartment bolus",
        around(rng, V=20, k=0.3),
        [effect("k")],
        {"k": 0.09},
        30,
        [0.5, 1, 2, 4, 6, 9],
        ALL_ERRORS[s % 5],
    )


def sparse(rng, s):
    return design(
        "one-compartment",
        around(rng, CL=4, V=25),
        [effect("CL"), effect("V")],
        {"CL": 0.09, "V": 0.04},
        50,
        [0.5, 2, 4, 8, 12],
        ALL_ERRORS[(s + 1) % 5],
        sample=(2, 3),
        covariance="full",
        correlation=0.4,
    )


def below_limit(rng, s):
    return design(
        "one-compartment bolus",
        around(rng, CL=5, V=20),
        [effect("CL"), effect("V")],
        {"CL": 0.09, "V": 0.04},
        40,
        [1, 3, 6, 10, 14, 20],
        ["combined", "additive"][s % 2],
        blq=[0.1, 0.2, 0.35, 0.5, 0.6][s % 5],
    )


def below_limit_relative(rng, s):
    return design(
        "one-compartment bolus",
        around(rng, V=20, k=0.25),
        [effect("V"), effect("k")],
        {"V": 0.04, "k": 0.09},
        40,
        [1, 3, 6, 10, 14, 20],
        ["lognormal", "proportional", "power"][s % 3],
        blq=[0.1, 0.2, 0.35, 0.5, 0.6][s % 5],
    )


def oral(rng, s):
    return design(
        "one-compartment oral",
        around(rng, ka=1.2, CL=4, V=30),
        [effect("CL"), effect("V")],
        {"CL": 0.09, "V": 0.06},
        40,
        [0.5, 1, 2, 4, 8, 12, 24],
        ALL_ERRORS[(s + 2) % 5],
    )


def oral_lag(rng, s):
    return design(
        "one-compartment oral",
        around(rng, ka=1.2, CL=4, V=30, tlag=0.6),
        [effect("ka"), effect("CL"), effect("V")],
        {"ka": 0.16, "CL": 0.09, "V": 0.04},
        40,
        [0.3, 0.8, 1.3, 2, 3.5, 6, 10, 16],
        ["combined", "additive"][s % 2],
        size=0.1,
    )


def two_compartments(rng, s):
    return design(
        "two-compartment",
        around(rng, CL=5, V1=20, Q=8, V2=50),
        [effect("CL"), effect("V1")],
        {"CL": 0.09, "V1": 0.06},
        40,
        [0.5, 1, 2, 4, 8, 12, 24],
        ALL_ERRORS[(s + 3) % 5],
        dose=dict(duration=1.0),
    )


def two_compartments_oral(rng, s):
    return design(
        "two-compartment oral",
        around(rng, ka=1.5, CL=5, V1=20, Q=6, V2=40),
        [effect("ka"), effect("CL"), effect("V1"), effect("V2")],
        {"ka": 0.16, "CL": 0.09, "V1": 0.06, "V2": 0.06},
        30,
        [0.25, 0.75, 1.5, 3, 5, 8, 12, 24, 36],
        ["combined", "lognormal", "proportional"][s % 3],
        size=0.1,
    )


def three_compartments(rng, s):
    return design(
        "three-compartment",
        around(rng, CL=4, V1=8, Q2=10, V2=15, Q3=2, V3=60),
        [effect("CL"), effect("V1")],
        {"CL": 0.09, "V1": 0.06},
        40,
        [0.1, 0.3, 0.7, 1.5, 3, 6, 12, 24, 48],
        ["proportional", "lognormal"][s % 2],
        size=0.1,
    )


def steady_state(rng, s):
    covariates = [dict(name="WT", scale="log", centre=70)]
    sex = [dict(name="SEX", category=1)]
    return design(
        "one-compartment oral",
        around(rng, ka=1.0, CL=3, V=35),
        [
            effect("ka"),
            effect("CL", covariates=covariates + sex),
            effect("V", covariates=covariates),
        ],
        {"ka": 0.16, "CL": 0.09, "V": 0.04},
        50,
        [0.5, 1.5, 3, 6, 9, 12],
        ALL_ERRORS[(s + 4) % 5],
        dose=dict(interval=12.0),
        beta={"CL.WT": 0.75, "CL.SEX.1": -0.2, "V.WT": 1.0},
        sample=(3, 6),
    )


def mixture_of_two(rng, s):
    separation = 2 + 3 * (s % 7) / 6
    return design(
        "one-compartment bolus",
        around(rng, V=20, k=0.2),
        [effect("V", "shared"), effect("k")],
        {"V": 0.02, "k": 0.04},
        80,
        [1, 2, 4, 6, 9],
        ALL_ERRORS[s % 5],
        components=2,
        weights=[0.65, 0.35],
        shift=("k", separation),
        blq=[0, 0, 0.2][s % 3] if s % 5 != 4 else 0,
        equal=bool(s % 2),
    )


def mixture_of_three(rng, s):
    separation = 3 + 2 * (s % 5) / 4
    return design(
        "one-compartment",
        around(rng, CL=2, V=25),
        [effect("CL"), effect("V", "shared")],
        {"CL": 0.03, "V": 0.03},
        120,
        [1, 4, 8, 12, 18],
        ["additive", "proportional", "combined"][s % 3],
        components=3,
        weights=[0.4, 0.35, 0.25],
        shift=("CL", separation),
        equal=bool(s % 2),
    )


def no_variance(rng, s):
    return design(
        "one-compartment",
        around(rng, CL=4, V=25),
        [effect("CL"), effect("V")],
        {"CL": 0.09, "V": 0.0},
        40,
        [0.5, 2, 4, 8, 12],
        ALL_ERRORS[s % 5],
        sample=(3, 4),
    )


def five_effects(rng, s):
    return design(
        "two-compartment oral",
        around(rng, ka=1.5, CL=5, V1=20, Q=6, V2=40),
        [effect(n) for n in ("ka", "CL", "V1", "Q", "V2")],
        {"ka": 0.16, "CL": 0.09, "V1": 0.06, "Q": 0.06, "V2": 0.06},
        24,
        [0.25, 0.75, 1.5, 2.5, 4, 6, 9, 14, 24, 36],
        ["proportional", "lognormal"][s % 2],
        size=0.08,
    )


def random_lag(rng, s):
    return design(
        "one-compartment oral",
        around(rng, ka=1.2, CL=4, V=30, tlag=0.5),
        [effect("CL"), effect("V"), effect("tlag")],
        {"CL": 0.09, "V": 0.04, "tlag": 0.06},
        40,
        [0.25, 0.75, 1.25, 2, 4, 8, 12],
        ["additive", "combined"][s % 2],
        blq=[0, 0.2][s % 2],
        size=0.1,
    )


ALL = [
    one_effect,
    sparse,
    below_limit,
    below_limit_relative,
    mixture_of_two,
    no_variance,
    two_compartments,
    oral,
    three_compartments,
    mixture_of_three,
    oral_lag,
    steady_state,
    random_lag,
    two_compartments_oral,
    five_effects,
]
NAMES = [d.__name__.replace("_", "-") for d in ALL]
