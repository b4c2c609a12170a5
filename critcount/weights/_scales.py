"""The best order and scales of the neurons of a homogeneous activation, one layer at a time.

A neuron of b with incoming weights v and outgoing weights y is as well (c v, y/c) for every c > 0.
Its squared distance from the neuron (u, x) of a is, up to what c does not change, |v||y| times
t² - 2pt - 2q/t + 1/t², where t = c √(|v|/|y|), p = u·v/(|v|√(|v||y|)), q = x·y/(|y|√(|v||y|)).
It is least at a positive root of t⁴ - pt³ + qt - 1, of which there are one or three (*derived*).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from critcount._support.types import Array, Indices
from critcount.weights.network import Network

__all__ = ["least", "refitted", "scaled"]

QUARTICS_AT_ONCE = 50_000  # quartics, 128 bytes each
SCALE_SWEEPS = 1000
GAIN = 1e-9  # of the squared distance; what a sweep must gain for another one


def scaled(network: Network, factors: Sequence[Array]) -> Network:
    """Return the network with incoming weights multiplied and outgoing ones divided."""
    weights, biases = list(network.weights), list(network.biases)
    for k, factor in enumerate(factors):
        if (factor == 1).all():
            continue
        weights[k] = weights[k] * factor[:, None]
        bias = biases[k]
        biases[k] = None if bias is None else bias * factor
        weights[k + 1] = weights[k + 1] / factor
    return Network._trusted(weights, biases, network.precision, network.activation)


def least(p: Array, q: Array) -> tuple[Array, Array]:
    """Return the least values of t² - 2pt - 2q/t + 1/t² over t > 0, and where they are.

    >>> value, t = least(np.array([0.0, 2.0]), np.array([0.0, 2.0]))
    >>> value.round(12).tolist(), t.round(12).tolist()
    ([2.0, -6.0], [1.0, 1.0])
    """
    values, places = np.empty(len(p)), np.empty(len(p))
    for start in range(0, len(p), QUARTICS_AT_ONCE):
        part = slice(start, start + QUARTICS_AT_ONCE)
        values[part], places[part] = _least(p[part, None], q[part, None])
    return values, places


def _least(p: Array, q: Array) -> tuple[Array, Array]:
    companion = np.zeros((len(p), 4, 4))
    companion[:, 1:, :3] = np.eye(3)
    companion[:, 0, 0], companion[:, 0, 2], companion[:, 0, 3] = p[:, 0], -q[:, 0], 1.0
    roots = np.linalg.eigvals(companion)
    # complex ones are tried as well: a double root may come as two of them
    tried = _newton(np.where(roots.real > 0, np.abs(roots), 1.0), p, q)
    best = (tried * tried - 2 * p * tried - 2 * q / tried + 1 / (tried * tried)).argmin(axis=1)
    t = _newton(np.take_along_axis(tried, best[:, None], axis=1), p, q)
    return (t * t - 2 * p * t - 2 * q / t + 1 / (t * t))[:, 0], t[:, 0]


def _newton(t: Array, p: Array, q: Array) -> Array:
    """Return t after a few steps towards a root, which leave t > 0."""
    for _ in range(3):
        slope = t * t * (4 * t - 3 * p) + q
        step = np.divide(t**3 * (t - p) + q * t - 1, slope, out=np.zeros_like(t), where=slope != 0)
        t = np.where(t - step > 0, t - step, t)
    return t


def refitted(
    a: Network, b: Network, places: list[Indices], scales: list[Array]
) -> tuple[Network, list[Indices], list[Array]]:
    """Return b nearer to a by other orders and scales, layer by layer until none gains.

    Parameters
    ----------
    a, b : Network
    places, scales : list
        What b's neurons are already; the new ones are returned.
    """
    before = _squared(a, b)
    for _ in range(SCALE_SWEEPS):
        for k in range(len(places)):
            order, factor = _best(a, b, k)
            b = _changed(b, k, order, factor)
            places[k], scales[k] = places[k][order], scales[k][order] * factor
        after = _squared(a, b)
        if before - after <= GAIN * before:
            break
        before = after
    return b, places, scales


def _best(a: Network, b: Network, k: int) -> tuple[Indices, Array]:
    """Return the best order and scales of a layer, the others as they are."""
    from scipy.optimize import linear_sum_assignment

    u, v = (_incoming(network, k) for network in (a, b))
    x, y = (network.weights[k + 1].T for network in (a, b))
    into, out = np.linalg.norm(v, axis=1), np.linalg.norm(y, axis=1)
    both = (into > 0) & (out > 0)
    one, two = np.where(both, into, 1.0), np.where(both, out, 1.0)
    root = np.sqrt(one * two)
    p, q = (u @ v.T) / (one * root), (x @ y.T) / (two * root)
    values, t = (found.reshape(p.shape) for found in least(p.ravel(), q.ravel()))
    costs, factors = values * one * two, t * np.sqrt(two / one)
    for j in np.flatnonzero(~both):  # one side is 0: the other is left as it is
        costs[:, j] = into[j] ** 2 + out[j] ** 2 - 2 * (u @ v[j] + x @ y[j])
        factors[:, j] = 1.0
    rows, order = linear_sum_assignment(costs)
    return order.astype(np.intp), factors[rows, order]


def _incoming(network: Network, k: int) -> Array:
    bias = network.biases[k]
    rows = network.weights[k]
    return rows if bias is None else np.column_stack([rows, bias])


def _changed(network: Network, k: int, order: Indices, factor: Array) -> Network:
    weights, biases = list(network.weights), list(network.biases)
    weights[k], weights[k + 1] = weights[k][order], weights[k + 1][:, order]
    bias = biases[k]
    biases[k] = None if bias is None else bias[order]
    moved = Network._trusted(weights, biases, network.precision, network.activation)
    ones = [np.ones(m) for m in network.widths[1:-1]]
    ones[k] = factor
    return scaled(moved, ones)


def _squared(a: Network, b: Network) -> float:
    pairs = [*zip(a.weights, b.weights, strict=True), *zip(a.biases, b.biases, strict=True)]
    return sum(float(np.sum((x - y) ** 2)) for x, y in pairs if x is not None and y is not None)
