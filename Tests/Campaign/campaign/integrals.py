"""Log L of every subject and its score, by nodes about the modes that belong to each psi."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from . import modes

CHUNK = 1_500_000  # predictions at a time


@dataclass
class Place:
    """Where the nodes of each subject go, for one component: a mode, and a second place."""

    z: np.ndarray
    C: np.ndarray
    z2: np.ndarray
    C2: np.ndarray
    second: np.ndarray  # whether the second place is a mode of its own


class Integrals:
    def __init__(self, model, data):
        self.model, self.data = model, data
        self.n, self.m = data.times.shape
        self.warm = None  # [component] of Place, as of the last `refresh`

    def _h(self, state, k):
        """Log p(y | z) + log of the prior of z but for its constant, of z [subject, node, p] and
        numbers of subjects."""
        means, L, _, residual = state

        def h(z, rows):
            data = self.data if len(rows) == self.n else self.data.part(rows)
            phi = self._phi(means[k][rows], L[k], z)
            return self.model.log_likelihood_of(phi, residual, data) - 0.5 * (z**2).sum(2)

        return h

    def _phi(self, means, L, z):
        phi = np.repeat(means[:, None, :], z.shape[1], axis=1)
        phi[:, :, : self.model.p] += z @ L.T
        return phi

    def refresh(self, psi):
        """Looks for all modes anew, and for the moments about them."""
        state, p = self.model.state(psi, self.data), self.model.p
        places = []
        for k in range(self.model.K):
            h = self._h(state, k)
            warm = [self.warm[k].z] if self.warm else []
            z, H, z2, H2, second = modes.search(h, self.n, p, warm)
            C, C2 = modes.factor(H), modes.factor(H2)
            z2 = np.where(second[:, None], z2, z)
            C2 = np.where(second[:, None, None], C2, 1.5 * C)
            places.append(Place(z, C, z2, C2, second))
        self.warm = places
        if p > 2:
            self._moments(state)
        return places

    def _moments(self, state):
        from .rules import Mixture

        rule = Mixture(self.model.p, self.n, 1024, 7)
        for k, place in enumerate(self.warm):
            z, log_w = rule.nodes(np.arange(self.n), place)
            a = self._h(state, k)(z, np.arange(self.n)) + log_w
            w = np.exp(a - logsumexp(a, axis=1, keepdims=True))
            mean = np.einsum("nl,nli->ni", w, z)
            r = z - mean[:, None, :]
            cov = np.einsum("nl,nli,nlj->nij", w, r, r) + 0.1 * place.C @ place.C.transpose(0, 2, 1)
            C2 = 1.1 * np.linalg.cholesky(cov)
            place.z2 = np.where(place.second[:, None], place.z2, mean)
            place.C2 = np.where(place.second[:, None, None], place.C2, C2)

    def _follow(self, state, k):
        """The places at another psi than that of `refresh`, from there by Newton's method."""
        old, h = self.warm[k], self._h(state, k)
        z, _, H = modes.climb(h, old.z, steps=12)
        C = modes.factor(H)
        move = np.einsum("nij,njk->nik", C, np.linalg.inv(old.C))
        z2 = z + np.einsum("nij,nj->ni", move, old.z2 - old.z)
        C2 = np.einsum("nij,njk->nik", move, old.C2)
        if old.second.any():
            rows = np.flatnonzero(old.second)
            y, _, G = modes.climb(lambda x, some: h(x, rows[some]), old.z2[rows], steps=12)
            z2[rows], C2[rows] = y, modes.factor(G)
        return Place(z, C, z2, C2, old.second)

    def evaluate(self, psi, rule, scores=False):
        """Log p(y_i) [subject]; with `scores` also their derivatives by psi [subject,
        parameter]."""
        if self.warm is None:
            self.refresh(psi)
        model, p = self.model, self.model.p
        means, L, log_weights, residual = state = model.state(psi, self.data)
        total = p + len(model.fixed)
        log_I = np.zeros((self.n, model.K))
        G, M = np.zeros((self.n, model.K, total)), np.zeros((self.n, model.K, p, p))
        R = np.zeros((self.n, model.K, len(residual)))
        effects = model.effects + model.fixed
        for k in range(model.K):
            place = self._follow(state, k)
            for rows in self._chunks(rule, place):
                data = self.data.part(rows)
                part = Place(
                    place.z[rows], place.C[rows], place.z2[rows], place.C2[rows], place.second[rows]
                )
                z, log_w = rule.nodes(rows, part)
                phi = self._phi(means[k][rows], L[k], z)
                f = model.predictions(phi, data)
                a = model.log_density(f, residual, data) - 0.5 * (z**2).sum(2) + log_w
                log_I[rows, k] = logsumexp(a, axis=1)
                if not scores:
                    continue
                w = np.exp(a - log_I[rows, k][:, None])
                for j in range(total):
                    plain = effects[j]["distribution"] == "normal"
                    step = 1e-5 * (np.abs(means[k][rows, j]).max() + 1e-3 if plain else 1.0)
                    phi[:, :, j] += step
                    up = model.log_likelihood_of(phi, residual, data)
                    phi[:, :, j] -= 2 * step
                    down = model.log_likelihood_of(phi, residual, data)
                    phi[:, :, j] += step
                    d = w * np.clip((up - down) / (2 * step), -1e8, 1e8)
                    G[rows, k, j] = d.sum(1)
                    if j < p:
                        M[rows, k, j] = np.einsum("nl,nlm->nm", d, z)
                for r in range(len(residual)):
                    step = 1e-5 * (abs(residual[r]) + 1e-6)
                    change = list(residual)
                    change[r] += step
                    up = model.log_density(f, change, data)
                    change[r] -= 2 * step
                    R[rows, k, r] = (w * (up - model.log_density(f, change, data))).sum(1) / (
                        2 * step
                    )
        joint = log_I + log_weights[None]
        log_p = logsumexp(joint, axis=1)
        if not scores:
            return log_p
        tau = np.exp(joint - log_p[:, None])
        return log_p, self._chain(tau, np.exp(log_weights), G, M, R, residual)

    def _chain(self, tau, weights, G, M, R, residual):
        S, r = np.zeros((self.n, len(self.model.names))), 0
        for n, kind in enumerate(self.model.kinds):
            ks = slice(None)
            if kind[0] == "mu":
                ks = slice(None) if kind[2] is None else slice(kind[2], kind[2] + 1)
                S[:, n] = (tau[:, ks] * G[:, ks, kind[1]]).sum(1)
            elif kind[0] == "beta":
                S[:, n] = (tau * G[:, :, kind[1]]).sum(1) * self.model._covariate(
                    kind[2], self.data
                )
            elif kind[0] == "omega":
                ks = slice(None) if kind[3] is None else slice(kind[3], kind[3] + 1)
                S[:, n] = (tau[:, ks] * M[:, ks, kind[1], kind[2]]).sum(1)
            elif kind[0] == "w":
                S[:, n] = tau[:, kind[1]] - weights[kind[1]]
            else:
                slope = residual[r] if kind[0] == "sigma2" and not kind[1] else 1.0
                S[:, n] = (tau * R[:, :, r]).sum(1) * slope
                r += 1
        return S

    def _chunks(self, rule, place):
        size = len(rule.x) if not isinstance(rule.x, list) else sum(rule.counts)
        step = max(1, CHUNK // (size * self.m))
        return [np.arange(i, min(i + step, self.n)) for i in range(0, self.n, step)]
