"""Nodes in z about the modes, with log weights: log integral = logsumexp(h + log weight)."""

from itertools import product

import numpy as np
from scipy.special import gammaincinv, gammaln, ndtri
from scipy.stats import qmc

NU = 5


class GaussHermite:
    """The product rule of one order about the mode."""

    def __init__(self, p, order):
        x, w = np.polynomial.hermite_e.hermegauss(order)
        w = w / w.sum()
        self.x = np.array(list(product(x, repeat=p)))
        log_w = np.array([sum(t) for t in product(np.log(w), repeat=p)])
        keep = log_w > log_w.max() - (60 if p < 4 else 25)
        self.x, log_w = self.x[keep], log_w[keep]
        self.log_w = log_w + 0.5 * (self.x**2).sum(1)

    def nodes(self, rows, place):
        z = place.z[:, None, :] + np.einsum("nij,lj->nli", place.C, self.x)
        return z, self.log_w[None] + np.log(np.abs(np.linalg.det(place.C)))[:, None]


class Mixture:
    """Sobol' points of a mixture: t about the mode, t about the second mode or the moments, and a
    share of the prior.

    The points are the same for every psi, and shifted by another amount for every subject.
    """

    def __init__(self, p, n, size, seed):
        self.counts = [size // 2, size // 4, size // 4]
        rng = np.random.default_rng(seed)
        self.x = []
        for c, count in enumerate(self.counts):
            u = qmc.Sobol(p + 1, seed=int(rng.integers(2**31))).random(count)
            u = (u[None] + rng.random((n, 1, p + 1))) % 1
            x = ndtri(np.clip(u[:, :, :p], 1e-12, 1 - 1e-12))
            if c < 2:  # divided by the root of chi2/nu, by the quantile of a gamma
                chi = 2 * gammaincinv(NU / 2, np.clip(u[:, :, p], 1e-9, 1 - 1e-9))
                x = x * np.sqrt(NU / chi)[:, :, None]
            else:
                x = 1.2 * x
            self.x.append(x)

    def nodes(self, rows, place):
        p = place.z.shape[1]
        centres = [(place.z, place.C), (place.z2, place.C2)]
        z = [
            m[:, None, :] + np.einsum("nij,nlj->nli", C, x[rows])
            for (m, C), x in zip(centres, self.x)
        ]
        z = np.concatenate([*z, self.x[2][rows]], axis=1)
        log_q = []
        constant = gammaln((NU + p) / 2) - gammaln(NU / 2) - 0.5 * p * np.log(NU * np.pi)
        for m, C in centres:
            r = np.einsum("nij,nlj->nli", np.linalg.inv(C), z - m[:, None, :])
            log_det = np.log(np.abs(np.linalg.det(C)))[:, None]
            log_q.append(constant - log_det - 0.5 * (NU + p) * np.log1p((r**2).sum(2) / NU))
        log_q.append(-0.5 * (z**2).sum(2) / 1.44 - p * np.log(1.2) - 0.5 * p * np.log(2 * np.pi))
        total = np.full(log_q[0].shape, -np.inf)
        for count, q in zip(self.counts, log_q):
            total = np.logaddexp(total, np.log(count) + q)
        return z, -total - 0.5 * p * np.log(2 * np.pi)
