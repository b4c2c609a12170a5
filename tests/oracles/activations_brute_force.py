"""Types of zero-loss students by brute force: all signed words, their equations solved by number.

Nothing of the package is imported. Every neuron is a signed copy of a minimal neuron, a signed
copy of a free vector, or idle; the words come from `signed_subspaces`. For each the equations
that the activation's identity leaves are solved from random starts, and the word counts when a
solution is found in which no part of a block of two signs sums to zero, no idle neuron's
weight vanishes, and no free vector does: otherwise it lies in the closure of a larger one.
"""

from __future__ import annotations

import functools
from collections import Counter

import numpy as np
from scipy.optimize import least_squares

from tests.oracles.signed_brute_force import signed_subspaces

FAR = 0.01
STARTS = 25


def _softplus(z):
    return np.logaddexp(0, z)


#: σ, what it leaves beside the classes (the constant κ, the slope λ), and whether classes have
#: signs
SIGMAS = {
    "mish": (lambda z: z * np.tanh(_softplus(z)), 0.0, 0.0, False),
    "generic": (lambda z: 1 / (1 + np.exp(-4 * z)) + _softplus(z), 0.0, 0.0, False),
    "tanh": (np.tanh, 0.0, 0.0, True),
    "gaussian": (lambda z: np.exp(-z * z), 0.0, 0.0, True),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), 0.5, 0.0, True),
    "softplus": (_softplus, 0.0, 0.5, True),
    "silu": (lambda z: z / (1 + np.exp(-z)), 0.0, 0.5, True),
}


def shape_of(key, r):
    """Return (flipped, mixed, zero, mixed zero, idle) of a signed word."""
    signs, idle = {}, 0
    for vector, sign in key:
        if vector == 0:
            idle += 1
        else:
            signs.setdefault(vector, set()).add(sign)
    flipped = sum(signs[t] == {-1} for t in range(1, r + 1))
    mixed = sum(len(signs[t]) == 2 for t in range(1, r + 1))
    pairs = sum(len(s) == 2 for v, s in signs.items() if v > r)
    return flipped, mixed, len(signs) - r - pairs, pairs, idle


def number(name, r, m, d, hidden, output, q=1):
    """Return how many signed words have a solution of their own, with q outputs."""
    signed = SIGMAS[name][3]
    words = signed_subspaces(r, m, idle=True)
    if not signed:
        words = [word for word in words if all(sign == 1 for _, sign in word)]
    shapes = Counter(shape_of(word, r) for word in words)
    return sum(n for s, n in shapes.items() if solvable(name, s, r, d, hidden, output, q))


@functools.cache
def solvable(name, shape, r, d, hidden, output, q):
    sigma, kappa, slope, _ = SIGMAS[name]
    flipped, mixed, _, pairs, idle = shape
    rng = np.random.default_rng([r, d, hidden, output, *shape])
    rows = d + hidden
    theta = rng.standard_normal((r, rows))
    a = rng.choice([-1, 1], (r, q)) * rng.uniform(0.5, 2, (r, q))
    turned = theta[flipped : flipped + mixed]
    ends = np.cumsum([mixed * q, pairs * q, pairs * rows, idle * q])

    def parts(x):
        s, p, v, weights, offsets = np.split(x, ends)
        offsets = offsets if hidden else np.zeros(idle)
        return (
            s.reshape(-1, q),
            p.reshape(-1, q),
            v.reshape(-1, rows),
            weights.reshape(-1, q),
            offsets,
        )

    def residual(x):
        s, p, v, weights, offsets = parts(x)
        constant = weights.T @ sigma(offsets)
        constant += 2 * kappa * (a[:flipped].sum(axis=0) + s.sum(axis=0) + p.sum(axis=0))
        linear = 2 * slope * (a[:flipped].T @ theta[:flipped] + s.T @ turned + p.T @ v)
        if hidden:
            constant += linear[:, -1]
        return np.append(linear[:, :d].ravel(), np.zeros(q) if output else constant)

    size = ends[-1] + idle * hidden
    for _ in range(STARTS):
        x = 2 * rng.standard_normal(size)
        if size:
            x = least_squares(residual, x, xtol=1e-15, ftol=1e-15, gtol=1e-15).x
        s, p, v, weights, offsets = parts(x)
        own = [*s, *(a[flipped : flipped + mixed] - s), *p, *v[:, :d], *weights]
        if idle and not hidden and not output and sigma(np.zeros(1))[0]:
            own.append(weights.sum(axis=0))  # equal neurons that cancel are a zero-type block
        # an offset far out is a zero of σ at infinity
        apart = all(np.linalg.norm(part) > FAR for part in own) and (np.abs(offsets) < 4).all()
        if apart and np.abs(residual(x)).max() < 1e-9:
            return True
    return False
