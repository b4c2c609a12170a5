"""Permutation points with ties: critical without the tie, their index against all eigenvalues."""

import itertools

import numpy as np
import pytest

from critcount import Network
from critcount.landscape import Problem, to_vector
from critcount.landscape.spectra import lowest_eigenvalues
from critcount.landscape.ties import tied_point

DECAY = 1e-2


def task(widths, seed, loss, biases):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, size=(50, widths[0]))
    targets = (
        rng.integers(0, widths[-1], 50)
        if loss == "cross-entropy"
        else rng.normal(size=(50, widths[-1]))
    )
    if loss == "cross-entropy":
        targets[: widths[-1]] = np.arange(widths[-1])
    start = Network(
        [rng.normal(size=(n, d)) for d, n in itertools.pairwise(widths)],
        [np.zeros(n) for n in widths[1:]] if biases else None,
    )
    return Problem(x, targets, "tanh", loss, biases, DECAY), start


@pytest.mark.parametrize(
    ("widths", "loss", "biases", "layer", "pairs"),
    [
        ((2, 3, 2), "mse", False, 0, [(0, 2)]),
        ((2, 3, 3), "cross-entropy", True, 0, [(1, 2)]),
        ((2, 2, 3, 2), "cross-entropy", False, 1, [(0, 1)]),
        *(
            pytest.param(*case, marks=pytest.mark.exhaustive)
            for case in [
                ((2, 4, 2), "mse", True, 0, [(0, 1), (2, 3)]),
                ((2, 3, 2, 2), "mse", False, 0, [(0, 1)]),
            ]
        ),
    ],
)
def test_index_against_all_eigenvalues(widths, loss, biases, layer, pairs):
    for seed in range(3):
        problem, start = task(widths, seed, loss, biases)
        point = tied_point(problem, start, layer, pairs)
        assert point.converged
        assert point.gradient_norm < 1e-8
        assert point.order == len(pairs)
        for i, j in pairs:
            rows, columns = point.network.weights[layer], point.network.weights[layer + 1]
            assert np.array_equal(rows[i], rows[j])
            assert np.array_equal(columns[:, i], columns[:, j])
        eigenvalues = np.linalg.eigvalsh(problem.hessian(point.network))
        assert point.index == (eigenvalues < -1e-9).sum()
        # the spectrum is that of the tied problem and of the blocks
        for found in point.antisymmetric:
            nearest = [np.abs(eigenvalues - e).min() for e in found.eigenvalues]
            assert max(nearest) < 1e-9
        assert np.abs(eigenvalues - point.lowest[0]).min() < 1e-6


def test_some_points_are_saddles():
    for seed in range(6):
        problem, start = task((2, 3, 2), seed, "mse", False)
        problem = Problem(problem.inputs, problem.targets, "tanh", weight_decay=1e-4)
        index = tied_point(problem, start, 0, [(0, 1)]).index
        if index is not None and index >= 1:
            return
    raise AssertionError("none of 6")


def test_lanczos():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(200, 200))
    matrix += matrix.T
    exact = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(lowest_eigenvalues(lambda v: matrix @ v, 200, 4), exact[:4])
    small = matrix[:5, :5]
    np.testing.assert_allclose(
        lowest_eigenvalues(lambda v: small @ v, 5, 9), np.linalg.eigvalsh(small)
    )
    assert len(lowest_eigenvalues(lambda v: v, 0, 3)) == 0


@pytest.mark.parametrize(
    ("pairs", "error", "message"),
    [
        ([], ValueError, "pairs must be one or more, and disjoint"),
        ([(0, 1), (1, 2)], ValueError, "pairs must be one or more, and disjoint"),
        ([(0, 0)], ValueError, "i and j must be two neurons"),
        ([(0, 3)], IndexError, "j must be one of the neurons"),
    ],
)
def test_bad_pairs(pairs, error, message):
    problem, start = task((2, 3, 2), 0, "mse", False)
    with pytest.raises(error, match=message):
        tied_point(problem, start, 0, pairs)


def test_decay_is_a_part_of_the_loss():
    plain, start = task((2, 3, 2), 0, "mse", True)
    without = Problem(plain.inputs, plain.targets, "tanh", "mse", True)
    vector = to_vector(start)
    assert plain.loss(start) == pytest.approx(without.loss(start) + DECAY / 2 * vector @ vector)
    np.testing.assert_allclose(
        plain.hessian(start), without.hessian(start) + DECAY * np.eye(len(vector)), atol=1e-13
    )
    assert "weight decay 0.01" in repr(plain)
    for bad, error in ((-1, ValueError), (True, TypeError), (float("nan"), ValueError)):
        with pytest.raises(error, match="weight_decay must be"):
            Problem(plain.inputs, plain.targets, weight_decay=bad)
