"""Writes the tables of known answers beside it, with scipy and mpmath. Doubles are given by their bits in hexadecimal.

sobol.txt            point number, then its 32 coordinates as 32-bit integers (scipy.stats.qmc.Sobol, not scrambled)
gauss-hermite.txt    order, index, node, weight (roots of the Hermite polynomials by mpmath with 60 digits)
normal.txt           x, Phi(x) (mpmath with 60 digits)
generalized-pareto.txt  estimate without prior, estimate with prior, then the sample, ascending, with threshold 0

    python3 tables.py
"""

import random
import struct

import mpmath as mp
from scipy.stats import qmc

mp.mp.dps = 60


def bits(value):
    return format(struct.unpack("<Q", struct.pack("<d", float(value)))[0], "016x")


def sobol():
    with open("sobol.txt", "w") as file:
        for first in (0, 1_000_000):
            engine = qmc.Sobol(32, scramble=False, bits=32)
            if first:
                engine.fast_forward(first)
            for number, point in enumerate(engine.random(64), first):
                print(number, *(int(u * 2**32) for u in point), file=file)


def gauss_hermite():
    with open("gauss-hermite.txt", "w") as file:
        for order in range(1, 33):
            # He_n(x), then its roots by a sign scan and mpmath's own root finder.
            polynomials = [[mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]]
            for k in range(1, order):
                shifted = [mp.mpf(0)] + polynomials[k]
                lower = polynomials[k - 1] + [mp.mpf(0)] * (len(shifted) - k)
                polynomials.append([a - k * b for a, b in zip(shifted, lower)])
            descending = polynomials[order][::-1]
            f = lambda x: mp.polyval(descending, x)
            steps = 4001
            grid = [mp.mpf(-12) + mp.mpf(24) * i / steps for i in range(steps + 1)]
            values = [f(x) for x in grid]
            roots = [
                mp.findroot(f, (a, b), solver="anderson", tol=mp.mpf(10) ** -60)
                for a, b, fa, fb in zip(grid, grid[1:], values, values[1:])
                if fa * fb < 0
            ]
            assert len(roots) == order
            previous = polynomials[order - 1][::-1]
            for i, x in enumerate(roots):
                weight = mp.factorial(order) / (order * mp.polyval(previous, x)) ** 2
                print(order, i, bits(0 if abs(x) < 1e-40 else x), bits(weight), file=file)


def normal():
    generator = random.Random(1)
    points = [-38.5, -38.0, -37.5, -37.0, -20.0, -5.656854249492381, -5.65685424949238, -0.67448975, 0.0, 0.67448975]
    points += [-1e-300, 1e-300, 1e-17, 8.2, 8.3, 9.0, 39.0, -39.0]
    points += [generator.uniform(-37.5, 9) for _ in range(250)] + [generator.uniform(-6, 3) for _ in range(250)]
    with open("normal.txt", "w") as file:
        for x in points:
            print(bits(x), bits(mp.erfc(-mp.mpf(x) / mp.sqrt(2)) / 2), file=file)


def profile_shape(sample, b):
    """k that maximises the likelihood given b = k/sigma (heavy tails have k > 0)."""
    return sum(mp.log1p(b * x) for x in sample) / len(sample)


def zhang_stephens(sample):
    """Zhang & Stephens (2009), section 3, with their b = -theta and k = -shape turned round."""
    n = len(sample)
    m = 30 + int(n**0.5)
    x_quartile = mp.mpf(sample[int(n / 4 + 0.5) - 1])
    x_largest = mp.mpf(sample[-1])
    b = [-1 / x_largest - (1 - mp.sqrt(mp.mpf(m) / (j + mp.mpf(1) / 2))) / (3 * x_quartile) for j in range(m)]

    def log_likelihood(b_j):
        k = profile_shape(sample, b_j)
        sigma = k / b_j
        return -n * mp.log(sigma) - sum((1 + 1 / k) * mp.log1p(b_j * x) for x in sample)

    logs = [log_likelihood(b_j) for b_j in b]
    # Their form of the weights: 1 over the sum of likelihood ratios.
    weights = [1 / sum(mp.exp(other - own) for other in logs) for own in logs]
    return profile_shape(sample, sum(w * b_j for w, b_j in zip(weights, b)))


def generalized_pareto():
    mp.mp.dps = 40
    generator = random.Random(2)
    with open("generalized-pareto.txt", "w") as file:
        for k in (-0.4, 0.0, 0.3, 0.7, 1.0, 2.0):
            for n in (5, 20, 95):
                us = [generator.random() for _ in range(n)]
                sample = sorted(
                    float(-mp.log(u) if k == 0 else (mp.mpf(u) ** -k - 1) / k) for u in us
                )
                estimate = zhang_stephens([mp.mpf(x) for x in sample])
                print(bits(estimate), bits((n * estimate + 5) / (n + 10)), *map(bits, sample), file=file)


sobol()
gauss_hermite()
normal()
generalized_pareto()
