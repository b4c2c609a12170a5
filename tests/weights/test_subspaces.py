"""Affine subspaces against the conditions written out one by one and solved densely."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount import Configuration, CriticalSubspaces, Expansions
from critcount.families import NetworkConfiguration
from critcount.weights.network import Network
from critcount.weights.subspaces import AffineSubspace, embed
from tests.oracles.weights_linear_algebra import (
    conditions,
    flat,
    nearest,
    null_dimension,
)

PROPERTY = settings(max_examples=150, deadline=None, derandomize=True)


def flatten(network):
    return flat(network.weights, network.biases)


def random_network(rng, widths, biased=None):
    biased = biased or [False] * (len(widths) - 1)
    return Network(
        [rng.normal(size=(b, a)) for a, b in itertools.pairwise(widths)],
        [rng.normal(size=b) if has else None for b, has in zip(widths[1:], biased, strict=True)],
    )


@st.composite
def pairs(draw):
    """A minimal network and two configurations of it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hidden = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    extra = draw(st.lists(st.integers(0, 3), min_size=len(hidden), max_size=len(hidden)))
    biased = draw(st.lists(st.booleans(), min_size=len(hidden) + 1, max_size=len(hidden) + 1))
    widths = [draw(st.integers(1, 3)), *hidden, draw(st.integers(1, 3))]
    network = random_network(rng, widths, biased)
    families = [Expansions(r, r + h) for r, h in zip(hidden, extra, strict=True)]
    a, b = (
        [f.unrank(draw(st.integers(0, f.cardinality() - 1))) for f in families] for _ in range(2)
    )
    if draw(st.booleans()):  # most pairs do not meet: merge a block, and they do
        b = [
            c.merge(draw(st.integers(0, len(c.zero_blocks) - 1)), draw(st.integers(0, c.r - 1)))
            if c.zero_blocks
            else c
            for c in a
        ]
    return rng, network, a, b


def system(network, configurations):
    return conditions(network.weights, network.biases, [c.word for c in configurations])


@PROPERTY
@given(pairs())
def test_against_dense_linear_algebra(case):
    rng, network, a, b = case
    subspace, other = AffineSubspace(network, a), AffineSubspace(network, b)
    matrix, values = system(network, a)
    assert subspace.dimension == null_dimension(matrix)
    point = other.random(rng, 2.0)
    np.testing.assert_allclose(
        flatten(subspace.project(point)), nearest(matrix, values, flatten(point)), atol=1e-12
    )
    zero = nearest(matrix, values, np.zeros(matrix.shape[1]))
    np.testing.assert_allclose(flatten(subspace.origin), zero, atol=1e-12)
    mine = subspace.random(rng, 3.0)
    np.testing.assert_allclose(matrix @ flatten(mine), values, atol=1e-12)
    assert subspace.contains(mine, 1e-12)
    assert subspace.contains(point, 1e-9) == np.allclose(matrix @ flatten(point), values)
    basis = subspace.basis
    assert basis.shape == (matrix.shape[1], subspace.dimension)
    assert set(basis.data) <= {1.0, -1.0}
    np.testing.assert_array_equal(matrix @ basis.toarray(), 0)
    assert null_dimension(basis.toarray()) == 0


@PROPERTY
@given(pairs())
def test_intersections_against_dense_linear_algebra(case):
    rng, network, a, b = case
    subspace, other = AffineSubspace(network, a), AffineSubspace(network, b)
    systems = [system(network, a), system(network, b)]
    matrix = np.vstack([m for m, _ in systems])
    values = np.concatenate([v for _, v in systems])
    point = other.random(rng)
    expected = nearest(matrix, values, flatten(point))
    both = subspace.intersection(other)
    if expected is None:
        assert both is None
        return
    assert both.dimension == null_dimension(matrix)
    np.testing.assert_allclose(flatten(both.project(point)), expected, atol=1e-10)
    np.testing.assert_allclose(
        flatten(both.origin), nearest(matrix, values, np.zeros(matrix.shape[1])), atol=1e-10
    )
    there = both.random(rng, 2.0)
    assert subspace.contains(there, 1e-12)
    assert other.contains(there, 1e-12)
    basis = both.basis
    assert basis.shape == (matrix.shape[1], both.dimension)
    np.testing.assert_array_equal(matrix @ basis.toarray(), 0)
    assert null_dimension(basis.toarray()) == 0
    assert both.configurations == (tuple(a), tuple(b))


@PROPERTY
@given(pairs())
def test_the_dimension_is_that_of_the_counts(case):
    _, network, a, _ = case
    extra = sum(len(c.zero_blocks) for k, c in enumerate(a) if network.biases[k] is not None)
    configuration = NetworkConfiguration(a)
    expected = configuration.dimension(network.widths[0], network.widths[-1])
    assert AffineSubspace(network, configuration).dimension == expected + extra


@pytest.mark.parametrize(("r", "m"), [(2, 4), (3, 5)])
def test_points_of_every_subspace_compute_the_function_and_others_do_not(r, m):
    rng = np.random.default_rng(r)
    network = random_network(rng, [2, r, 2])
    x = rng.normal(size=(8, 2))
    expected = network(x, "generic")
    size = np.abs(expected).max()
    for configuration in Expansions(r, m):
        subspace = AffineSubspace(network, [configuration])
        assert subspace.dimension == configuration.dimension(2, 2)
        point = subspace.random(rng)
        assert np.abs(point(x, "generic") - expected).max() < 1e-12 * size
        outside = Network([w + 0.1 * rng.normal(size=w.shape) for w in point.weights])
        assert np.abs(outside(x, "generic") - expected).max() > 1e-3 * size
        assert not subspace.contains(outside, 1e-3)


def test_random_points_are_isotropic():
    network = random_network(np.random.default_rng(0), [2, 1, 1])
    subspace = AffineSubspace(network, Configuration.from_word([0, 1, 1], 1))
    basis, _ = np.linalg.qr(subspace.basis.toarray())
    rng = np.random.default_rng(1)
    origin = flatten(subspace.origin)
    steps = np.array(
        [basis.T @ (flatten(subspace.random(rng, 2.0)) - origin) for _ in range(4000)]
    )
    np.testing.assert_allclose(np.cov(steps.T), 4 * np.eye(3), atol=0.35)
    np.testing.assert_allclose(steps.mean(axis=0), 0, atol=0.15)


@pytest.mark.parametrize("hidden", [[(2, 4)], [(3, 4)], [(2, 3), (2, 4)]])
def test_critical_subspaces(hidden):
    rng = np.random.default_rng(3)
    network = random_network(rng, [2, *(r for r, _ in hidden), 3], [True] * (len(hidden) + 1))
    families = [CriticalSubspaces(r, m) for r, m in hidden]
    for configurations in itertools.islice(itertools.product(*families), 60):
        subspace = AffineSubspace(network, configurations, critical=True)
        wide = AffineSubspace(network, configurations)
        assert subspace.dimension == sum(m - r for r, m in hidden)
        point = subspace.random(rng)
        assert wide.contains(point, 1e-12)
        assert subspace.contains(point, 1e-12)
        assert not subspace.contains(wide.random(rng), 1e-3)
        basis = subspace.basis.toarray()
        assert basis.shape[1] == subspace.dimension
        origin = flatten(subspace.origin)
        step = flatten(point) - origin
        np.testing.assert_allclose(
            basis @ np.linalg.lstsq(basis, step, rcond=None)[0], step, atol=1e-10
        )
        # the nearest point: the rest is orthogonal to the directions
        other = embed(network, configurations, rng)
        np.testing.assert_allclose(
            basis.T @ (flatten(other) - flatten(subspace.project(other))), 0, atol=1e-10
        )
        assert np.abs(basis.T @ origin).max() < 1e-10


def loss_gradient(network, target, x):
    """The gradient of the squared loss by central differences."""
    theta = flatten(network)

    def loss(vector):
        weights, start = [], 0
        for weight in network.weights:
            weights.append(vector[start : start + weight.size].reshape(weight.shape))
            start += weight.size
        return np.square(Network(weights)(x, "tanh") - target).sum()

    step = 1e-5 * np.eye(len(theta))
    return np.array([(loss(theta + s) - loss(theta - s)) / 2e-5 for s in step])


def test_only_the_critical_subspace_is_critical():
    """A critical point of one neuron, doubled: β splits keep the gradient 0, others do not."""
    from scipy.optimize import least_squares

    rng = np.random.default_rng(4)
    x, target = rng.normal(size=(12, 2)), rng.normal(size=(12, 2))

    def network(theta):
        return Network([theta[:2].reshape(1, 2), theta[2:].reshape(2, 1)])

    fit = least_squares(
        lambda t: (network(t)(x, "tanh") - target).ravel(),
        rng.normal(size=4),
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )
    small = network(fit.x)
    assert np.abs(loss_gradient(small, target, x)).max() < 1e-6
    c = Configuration.from_word([0, 0], 1)
    critical = AffineSubspace(small, c, critical=True).random(rng, 2.0)
    assert np.abs(loss_gradient(critical, target, x)).max() < 1e-6
    split = AffineSubspace(small, c).random(rng, 2.0)
    assert np.abs(loss_gradient(split, target, x)).max() > 1e-2


TEACHER = Network([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 3.0]]])


def test_bad_arguments():
    c = Configuration.from_word([0, 1, 2], 2)
    for call, error, part in (
        (lambda: AffineSubspace([1], [c]), TypeError, "network must be a Network"),
        (lambda: AffineSubspace(TEACHER, b"01"), TypeError, "must be a sequence"),
        (lambda: AffineSubspace(TEACHER, "01x"), ValueError, "one letter a neuron"),
        (lambda: AffineSubspace(TEACHER, "01/01"), ValueError, "letters of 1 layers"),
        (lambda: AffineSubspace(TEACHER, [[0, 1]]), TypeError, "must be a Configuration"),
        (lambda: AffineSubspace(TEACHER, []), ValueError, "one for each of the 1 hidden"),
        (lambda: AffineSubspace(TEACHER, [c, c]), ValueError, "one for each of the 1 hidden"),
        (
            lambda: AffineSubspace(TEACHER, Configuration.from_word([0, 1], 1)),
            ValueError,
            "must have r = 2 replication blocks",
        ),
        (lambda: AffineSubspace(TEACHER, c, critical=True), ValueError, "no zero-type blocks"),
        (lambda: AffineSubspace(TEACHER, c).project(TEACHER), ValueError, "networks 2-3-1, the"),
        (lambda: AffineSubspace(TEACHER, c).contains(TEACHER, 2), ValueError, "tolerance"),
        (lambda: AffineSubspace(TEACHER, c).random(None), TypeError, "rng must be"),
        (lambda: AffineSubspace(TEACHER, c).intersection(c), TypeError, "other must be"),
        (lambda: embed(TEACHER, c, 0, scale=-1), ValueError, "scale must be"),
        (lambda: embed(TEACHER, c, 0, scale=np.inf), ValueError, "scale must be"),
    ):
        with pytest.raises(error, match=part):
            call()
    biased = Network([np.ones((3, 2)), np.ones((1, 3))], [np.ones(3), None])
    with pytest.raises(ValueError, match="biases in the same layers"):
        AffineSubspace(TEACHER, c).project(biased)
    other = Network([2 * w for w in TEACHER.weights])
    mine, its = AffineSubspace(TEACHER, c), AffineSubspace(other, c)
    with pytest.raises(ValueError, match="same network"):
        mine.intersection(its)
    with pytest.raises(ValueError, match="intersections themselves"):
        mine.intersection(mine).intersection(mine)


def test_degenerate_cases():
    point = AffineSubspace(TEACHER, Configuration.from_word([1, 0], 2))
    assert point.dimension == 0
    assert point.basis.shape == (6, 0)
    np.testing.assert_array_equal(point.origin.weights[0], TEACHER.weights[0][[1, 0]])
    assert point.intersection(AffineSubspace(TEACHER, Configuration.from_word([0, 1], 2))) is None
    nothing = Network([np.ones((0, 2)), np.ones((1, 0))])
    subspace = AffineSubspace(nothing, Configuration.from_word([0, 0, 1], 0))
    assert subspace.dimension == 2 * 2 + 1
    assert embed(nothing, Configuration.from_word([0, 0, 1], 0), 0)([1.0, 2.0], np.tanh) == (
        pytest.approx(0, abs=1e-15)
    )
