"""The statistical model: from the free parameters, named as popmix names them, to what the
integrals need.

Internally a vector psi without bounds: means and coefficients as they are, covariance blocks by
their Cholesky factors (of either sign, so that a variance of 0 is an inner point), weights by
softmax, residual standard deviations by their logarithm, or as they are where two share the
variance.
"""

import numpy as np
from scipy.special import log_ndtr

from .structures import concentrations

ERRORS = {
    "proportional": ["sigma2"],
    "additive": ["sigma2"],
    "lognormal": ["sigma2"],
    "combined": ["sigma2.additive", "sigma2.proportional"],
    "power": ["sigma2", "power"],
}


class Model:
    """`spec`: structure, effects [{name, distribution, membership, covariates}], fixed [{name,
    distribution}], error, components, covariance (diagonal or full), equal (whether components
    share the mixture's covariance)."""

    def __init__(self, spec):
        self.spec = spec
        self.effects, self.fixed = spec["effects"], spec.get("fixed", [])
        self.p, self.K = len(self.effects), spec["components"]
        self.error = spec["error"]
        self.names, self.kinds = [], []
        mixing = [e["membership"] == "mixture" for e in self.effects]
        per = lambda j: range(self.K) if mixing[j] and self.K > 1 else [None]
        label = lambda name, k: name if k is None else f"{name}.{k + 1}"
        for j, e in enumerate(self.effects):
            for k in per(j):
                self._add(label(f"mu.{e['name']}", k), ("mu", j, k))
        for f, e in enumerate(self.fixed):
            self._add(f"mu.{e['name']}", ("mu", self.p + f, None))
        for j, e in enumerate(self.effects):
            for c in e.get("covariates", []):
                suffix = c["name"] if "category" not in c else f"{c['name']}.{c['category']}"
                self._add(f"beta.{e['name']}.{suffix}", ("beta", j, c))
        for block in (True, False):
            members = [j for j in range(self.p) if mixing[j] == block]
            separate = block and self.K > 1 and not spec.get("equal")
            for k in range(self.K) if separate else [None]:
                for row in members:
                    for column in members:
                        if column == row or (column < row and spec.get("covariance") == "full"):
                            name = (
                                f"omega.{self.effects[row]['name']}.{self.effects[column]['name']}"
                            )
                            self._add(label(name, k), ("omega", row, column, k))
        for k in range(self.K - 1):
            self._add(f"w.{k + 1}", ("w", k))
        for name in ERRORS[self.error]:
            self._add(
                name,
                (
                    ("power",)
                    if name == "power"
                    else ("sigma2", len(ERRORS[self.error]) > 1 and self.error == "combined")
                ),
            )

    def _add(self, name, kind):
        self.names.append(name)
        self.kinds.append(kind)

    # Natural parameters and psi

    def pack(self, natural):
        psi = np.zeros(len(self.names))
        for k in range(self.K):
            L = self._cholesky(self.omega(natural, k))
            for n, kind in enumerate(self.kinds):
                if kind[0] == "omega" and kind[3] in (k, None):
                    psi[n] = L[kind[1], kind[2]]
        last = 1 - sum(natural[f"w.{k + 1}"] for k in range(self.K - 1))
        for n, (name, kind) in enumerate(zip(self.names, self.kinds)):
            x = natural[name]
            if kind[0] in ("mu", "beta", "power"):
                psi[n] = x
            elif kind[0] == "w":
                psi[n] = np.log(x / last)
            elif kind[0] == "sigma2":
                psi[n] = np.sqrt(x) if kind[1] else 0.5 * np.log(x)
        return psi

    def unpack(self, psi):
        natural, raised = {}, {}
        logits = np.array([psi[n] for n, kind in enumerate(self.kinds) if kind[0] == "w"] + [0.0])
        weights = np.exp(logits - logits.max())
        weights /= weights.sum()
        factors = [self._factor(psi, k) for k in range(self.K)]
        for n, (name, kind) in enumerate(zip(self.names, self.kinds)):
            if kind[0] in ("mu", "beta", "power"):
                natural[name] = float(psi[n])
            elif kind[0] == "w":
                natural[name] = float(weights[kind[1]])
            elif kind[0] == "sigma2":
                natural[name] = float(psi[n] ** 2 if kind[1] else np.exp(2 * psi[n]))
            else:
                L = factors[kind[3] or 0]
                natural[name] = float((L @ L.T)[kind[1], kind[2]])
        return natural

    def omega(self, natural, k):
        O = np.zeros((self.p, self.p))
        for name, kind in zip(self.names, self.kinds):
            if kind[0] == "omega" and kind[3] in (k, None):
                O[kind[1], kind[2]] = O[kind[2], kind[1]] = natural[name]
        return O

    @staticmethod
    def _cholesky(O):
        """Of a matrix that may be singular."""
        p, L = len(O), np.zeros_like(O)
        for j in range(p):
            L[j, j] = np.sqrt(max(O[j, j] - L[j, :j] @ L[j, :j], 1e-14))
            for i in range(j + 1, p):
                L[i, j] = (O[i, j] - L[i, :j] @ L[j, :j]) / L[j, j]
        return L

    def _factor(self, psi, k):
        L = np.zeros((self.p, self.p))
        for n, kind in enumerate(self.kinds):
            if kind[0] == "omega" and kind[3] in (k, None):
                L[kind[1], kind[2]] = psi[n]
        return L

    def scales(self, psi):
        """By how much a parameter may change, roughly."""
        s = np.ones(len(psi))
        for n, kind in enumerate(self.kinds):
            if kind[0] == "mu":
                e = (self.effects + self.fixed)[kind[1]]
                s[n] = max(abs(psi[n]), 1e-3) if e["distribution"] == "normal" else 1.0
            elif kind[0] == "omega":
                s[n] = max(abs(psi[n]), 0.05 * (abs(psi[n]) + self._size(psi, kind[1])))
            elif kind[0] == "sigma2" and kind[1]:
                s[n] = max(abs(psi[n]), 1e-3)
        return s

    def _size(self, psi, j):
        if self.effects[j]["distribution"] != "normal":
            return 1.0
        return max(
            abs(psi[n]) for n, kind in enumerate(self.kinds) if kind[0] == "mu" and kind[1] == j
        )

    # What the integrals need

    def state(self, psi, data):
        """Means [K][subject, p + fixed], factors L [K][p, p], logarithms of the weights [K],
        residual parameters."""
        n = len(data.times)
        means = np.zeros((self.K, n, self.p + len(self.fixed)))
        residual, logits = [], np.zeros(self.K)
        for x, kind in zip(psi, self.kinds):
            if kind[0] == "mu":
                means[slice(None) if kind[2] is None else kind[2], :, kind[1]] += x
            elif kind[0] == "beta":
                means[:, :, kind[1]] += x * self._covariate(kind[2], data)
            elif kind[0] == "w":
                logits[kind[1]] = x
            elif kind[0] == "sigma2":
                residual.append(x if kind[1] else np.exp(x))
            elif kind[0] == "power":
                residual.append(x)
        logits -= np.log(np.exp(logits - logits.max()).sum()) + logits.max()
        return means, np.array([self._factor(psi, k) for k in range(self.K)]), logits, residual

    @staticmethod
    def _covariate(c, data):
        x = data.covariates[c["name"]]
        if "category" in c:
            return (x == c["category"]).astype(float)
        return np.log(x / c["centre"]) if c["scale"] == "log" else x - c["centre"]

    def predictions(self, phi, data):
        """[subject, node, time] of phi [subject, node, p + fixed]."""
        theta = {}
        for j, e in enumerate(self.effects + self.fixed):
            x = phi[:, :, j]
            if e["distribution"] == "lognormal":
                x = np.exp(np.clip(x, -50, 50))
            elif e["distribution"] == "logit-normal":
                low, high = e["bounds"]
                x = low + (high - low) / (1 + np.exp(-x))
            theta[e["name"]] = x
        return concentrations(self.spec["structure"], theta, data.times, data.doses)

    def log_density(self, f, residual, data):
        """Log p(y | f) [subject, node]; values below the limit by the probability of lying
        there."""
        y = data.values[:, None, :]
        with np.errstate(all="ignore"):
            if self.error == "lognormal":
                location, sd, value = np.log(f), residual[0], np.log(y)
            else:
                location, value = f, y
                if self.error == "additive":
                    sd = abs(residual[0])
                elif self.error == "proportional":
                    sd = abs(residual[0] * f)
                elif self.error == "power":
                    sd = residual[0] * np.abs(f) ** residual[1]
                else:
                    sd = np.sqrt(residual[0] ** 2 + (residual[1] * f) ** 2)
            r = (value - location) / sd
            term = -0.5 * r * r - np.log(sd) - 0.5 * np.log(2 * np.pi)
            if self.error == "lognormal":
                term = term - value
            if data.below.any():
                rows = np.broadcast_to(data.below[:, None, :], r.shape)
                term = np.where(rows, 0.0, term)
                term[rows] = log_ndtr(r[rows])
            total = np.where(data.used[:, None, :], term, 0.0).sum(-1)
        return np.where(np.isfinite(total), total, -1e10)

    def log_likelihood_of(self, phi, residual, data):
        return self.log_density(self.predictions(phi, data), residual, data)
