"""The generic rank of M = E[e σ'(w·x) xᵀ]: residuals that make a network critical, made directly.

Nothing of critcount computes here, but where it is asked whether the network is critical.
"""

import numpy as np
import pytest

from critcount import Network
from critcount.landscape import Problem

SAMPLES, NEURONS = 60, 2
SHAPES = [(n, d) for n in range(1, 7) for d in range(1, 4)]


def setting(n, d, seed):
    """Return generic inputs, incoming and outgoing weights, and σ, σ', σ'' at every sample."""
    rng = np.random.default_rng([n, d, seed])
    x = rng.uniform(-2, 2, (SAMPLES, d))
    incoming, outgoing = rng.normal(size=(NEURONS, d)), rng.normal(size=(n, NEURONS))
    value = np.tanh(x @ incoming.T)
    slope = 1 - value**2
    return x, incoming, outgoing, value, slope, -2 * value * slope


def residuals(n, d, seed, *, softmax=False, critical=True):
    """Return random e, (samples, n), with E[e_j σ_t] = 0 and a_tᵀ E[e σ'_t xᵀ] = 0."""
    x, _, outgoing, value, slope, _ = setting(n, d, seed)
    rows = []
    if critical:
        for t in range(NEURONS):
            rows += [np.outer(value[:, t], unit) for unit in np.eye(n)]
            rows += [np.outer(slope[:, t] * x[:, k], outgoing[:, t]) for k in range(d)]
    if softmax:
        rows += [np.outer(unit, np.ones(n)) for unit in np.eye(SAMPLES)]
    e = np.random.default_rng([n, d, seed, 1]).normal(size=(SAMPLES, n))
    if not rows:
        return e
    conditions = np.reshape(rows, (len(rows), -1))
    fitted = np.linalg.lstsq(conditions.T, e.ravel(), rcond=1e-12)[0]
    return e - (fitted @ conditions).reshape(SAMPLES, n)


def rank(matrix, terms):
    """Return the rank, where a gap beside the size of the terms shows it."""
    values = np.linalg.svd(matrix)[1] / terms
    large = values > 1e-8
    assert (values[~large] < 1e-11).all()
    return int(large.sum())


def ranks(n, d, seed, **options):
    """Return for every neuron rank M, and that of S on the kernel of M with its dimension."""
    x, _, outgoing, _, slope, bend = setting(n, d, seed)
    e = residuals(n, d, seed, **options)
    found = []
    for t in range(NEURONS):
        terms = np.linalg.norm(np.abs(e).T @ np.abs(slope[:, [t]] * x))
        moments = (e * slope[:, [t]]).T @ x
        number = rank(moments, terms)
        kernel = np.linalg.svd(moments)[2][number:].T
        curvature = (e @ outgoing[:, t] * bend[:, t])[:, None] * x
        terms = np.linalg.norm(np.abs(curvature).T @ np.abs(x))
        form = kernel.T @ (curvature.T @ x) @ kernel
        found.append((number, rank(form, terms) if form.size else 0, kernel.shape[1]))
    return found


@pytest.mark.parametrize(("n", "d"), SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_rank_of_a_critical_point(n, d, seed):
    expected = min(n - 1, d)
    assert ranks(n, d, seed) == [(expected, d - expected, d - expected)] * NEURONS


@pytest.mark.parametrize(("n", "d"), [(n, d) for n, d in SHAPES if n > 1])
@pytest.mark.parametrize("seed", range(3))
def test_rank_below_a_softmax(n, d, seed):
    expected = min(n - 2, d)
    assert ranks(n, d, seed, softmax=True) == [(expected, d - expected, d - expected)] * NEURONS


@pytest.mark.parametrize(("n", "d"), SHAPES)
def test_it_is_the_gradient_that_lowers_the_rank(n, d):
    """Residuals that make nothing critical have the full one; with the sum 0 one less."""
    assert [number for number, *_ in ranks(n, d, 0, critical=False)] == [min(n, d)] * NEURONS
    if n > 1:
        found = ranks(n, d, 0, critical=False, softmax=True)
        assert [number for number, *_ in found] == [min(n - 1, d)] * NEURONS


@pytest.mark.parametrize(("n", "d"), [(1, 1), (3, 2)])
def test_the_network_is_critical(n, d):
    x, incoming, outgoing, *_ = setting(n, d, 0)
    network = Network([incoming, outgoing])
    norms = [
        np.linalg.norm(Problem(x, network(x, "tanh") - e, "tanh").gradient(network))
        for e in (residuals(n, d, 0), residuals(n, d, 0, critical=False))
    ]
    assert norms[0] < 1e-13 < 1e-2 < norms[1]
