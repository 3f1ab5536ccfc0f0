"""Modes of the posterior of every subject, in coordinates z of the prior N(0, I): phi = mu + L z."""

import numpy as np
from scipy.stats import qmc
from scipy.special import ndtri

STEP = 1e-4


def slopes(h, z):
    """Value, gradient and Hessian of h by central differences; it takes [subject, point, p]."""
    n, p = z.shape
    offsets = [np.zeros(p)]
    for j in range(p):
        offsets += [STEP * np.eye(p)[j], -STEP * np.eye(p)[j]]
    pairs = [(i, j) for i in range(p) for j in range(i)]
    for i, j in pairs:
        e, f = STEP * np.eye(p)[i], STEP * np.eye(p)[j]
        offsets += [e + f, e - f, f - e, -e - f]
    v = h(z[:, None, :] + np.array(offsets)[None])
    up, down = v[:, 1 : 2 * p + 1 : 2], v[:, 2 : 2 * p + 2 : 2]
    g = (up - down) / (2 * STEP)
    H = np.zeros((n, p, p))
    H[:, range(p), range(p)] = (up + down - 2 * v[:, :1]) / STEP**2
    for c, (i, j) in enumerate(pairs):
        a = v[:, 2 * p + 1 + 4 * c : 2 * p + 5 + 4 * c]
        H[:, i, j] = H[:, j, i] = (a[:, 0] - a[:, 1] - a[:, 2] + a[:, 3]) / (4 * STEP**2)
    return v[:, 0], g, H


def newton(v):
    """Value, gradient, positive definite information and Newton's direction, from the values of
    `slopes`."""
    value, g, H = v
    lam, U = np.linalg.eigh(-np.clip(np.nan_to_num(H), -1e8, 1e8))
    lam = np.maximum(np.abs(lam), 0.3)
    g = np.clip(np.nan_to_num(g), -1e6, 1e6)
    direction = np.einsum("nij,nj->ni", U, np.einsum("nji,nj->ni", U, g) / lam)
    size = np.linalg.norm(direction, axis=1, keepdims=True)
    direction *= np.minimum(1, 3 / np.maximum(size, 1e-300))
    return (
        value,
        np.einsum("nij,nj,nkj->nik", U, lam, U),
        direction,
        np.einsum("ni,ni->n", direction, g),
    )


def climb(h, z, steps=30):
    """Newton's method with a line search, each subject for itself until it is there.

    Gives z, h there and the information -Hessian; `h` takes z and the numbers of the subjects.
    """
    lengths = np.array([1, 0.5, 0.2, 0.05, 0.01, 0.001, 0.0])
    z, active = z.copy(), np.arange(len(z))
    value, information = np.zeros(len(z)), np.zeros((len(z), z.shape[1], z.shape[1]))
    for step in range(steps):
        value[active], information[active], direction, rise = newton(
            slopes(lambda x: h(x, active), z[active])
        )
        going = rise > 1e-9
        active, direction = active[going], direction[going]
        if len(active) == 0:
            return z, value, information
        full = z[active] + direction
        better = h(full[:, None, :], active)[:, 0] >= value[active]
        z[active[better]] = full[better]
        rest, direction = active[~better], direction[~better]
        if len(rest):
            tried = h(z[rest][:, None, :] + lengths[None, :, None] * direction[:, None, :], rest)
            best = tried.argmax(1)
            z[rest] += lengths[best][:, None] * direction
            stuck = rest[best == len(lengths) - 1]
            active = np.setdiff1d(active, stuck)
    if len(active):
        value[active], information[active], _, _ = newton(slopes(lambda x: h(x, active), z[active]))
    return z, value, information


def factor(information):
    """C with C C' the inverse of the information."""
    return np.linalg.inv(np.linalg.cholesky(information)).transpose(0, 2, 1)


def search(h, n, p, warm=(), seed=0):
    """The mode with the largest mass, and the next one, if there is another within 12 of it in log
    mass.

    From the mean, from the two best of 256 points of a wide prior, and from `warm`. Gives z,
    information; and of the second mode z, information and where there is one.
    """
    wide = 1.6 * ndtri(np.clip(qmc.Sobol(p, seed=seed).random(256), 1e-12, 1 - 1e-12))
    value = h(np.broadcast_to(wide, (n, 256, p)), np.arange(n))
    first = value.argmax(1)
    far = np.linalg.norm(wide[None] - wide[first][:, None], axis=2) > 1
    second = np.where(far, value, -np.inf).argmax(1)
    starts = [np.zeros((n, p)), wide[first], wide[second], *warm]
    ends = [climb(h, z) for z in starts]
    mass = np.array([v - 0.5 * np.linalg.slogdet(H)[1] for _, v, H in ends])
    z, H = np.array([e[0] for e in ends]), np.array([e[2] for e in ends])
    best, rows = mass.argmax(0), np.arange(n)
    z0, H0 = z[best, rows], H[best, rows]
    distance = np.einsum("sni,nij,snj->sn", z - z0, H0, z - z0)
    other = np.where((distance > 4) & (mass > mass[best, rows] - 12), mass, -np.inf)
    next_best = other.argmax(0)
    return z0, H0, z[next_best, rows], H[next_best, rows], np.isfinite(other[next_best, rows])
