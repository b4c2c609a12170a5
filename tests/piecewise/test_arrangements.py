"""Arrangements of hyperplanes, counted in three ways."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from critcount import SizeLimitError
from critcount.piecewise import (
    characteristic_polynomial,
    count_arrangement,
    count_regions,
)
from critcount.piecewise.bounds import generic_regions
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import one_layer, random_network

#: name → (weights, biases, regions, bounded, χ)
ARRANGEMENTS = {
    "no hyperplane": ([[0, 0]], [1], 1, 0, (1, 0, 0)),
    "one": ([[1, 0]], [0], 2, 0, (1, -1, 0)),
    "the same twice": ([[1, 0], [-2, 0]], [1, -2], 2, 0, (1, -1, 0)),
    "parallel": ([[1, 0], [1, 0], [1, 0]], [0, 1, 2], 4, 0, (1, -3, 0)),
    "parallel and across": ([[1, 0], [1, 0], [0, 1]], [0, 1, 0], 6, 0, (1, -3, 2)),
    "central": ([[1, 0], [0, 1], [1, 1], [1, -1]], [0] * 4, 8, 0, (1, -4, 3)),
    "a tiny triangle": (
        [[1, 0], [0, 1], [1, 1]],
        [0, 0, Fraction(-1, 10**12)],
        7,
        1,
        (1, -3, 3),
    ),
    "points of a line": ([[1], [2], [3], [0]], [0, 1, 1, 1], 4, 2, (1, -3)),
    "coordinate planes": (np.eye(3), [0] * 3, 8, 0, (1, -3, 3, -1)),
    "a tetrahedron": (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]],
        [0, 0, 0, -1],
        15,
        1,
        (1, -4, 6, -4),
    ),
    "planes through an axis": (
        [[1, 0, 0], [0, 1, 0], [1, 1, 0]],
        [0, 0, 0],
        6,
        0,
        (1, -3, 2, 0),
    ),
}


@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_arrangements_in_any_position(name):
    weights, biases, number, bounded, polynomial = ARRANGEMENTS[name]
    assert characteristic_polynomial(weights, biases) == polynomial
    assert count_arrangement(weights, biases) == number
    assert count_arrangement(weights, biases, bounded=True) == bounded
    rows = [list(map(Fraction, row)) for row in np.asarray(weights, dtype=object).tolist()]
    assert count_regions(one_layer(rows, list(map(Fraction, biases)))) == number


@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("whole", [1, 3, None])
def test_arrangements_in_three_ways(d, whole):
    """Deletion and restriction, Whitney's sum over subsets, and the cells themselves."""
    for seed in range(6):
        n = 5 if d < 4 else 4
        network = random_network((d, n, 1), seed, whole=whole)
        weights, biases = network.weights[0], network.biases[0]
        planes = {}
        for row, bias in zip(weights, biases, strict=True):
            if row.any():
                scale = next(Fraction(x) for x in row if x)
                planes[tuple(Fraction(x) / scale for x in (*row, bias))] = None
        polynomial = characteristic_polynomial(weights, biases)
        assert polynomial == oracle.characteristic_polynomial(list(planes), d)
        assert count_arrangement(weights, biases) == count_regions(network)
        if whole is None:
            assert count_arrangement(weights, biases) == generic_regions(n, d)
            assert count_arrangement(weights, biases, bounded=True) == math.comb(n - 1, d)


@pytest.mark.parametrize(
    ("weights", "biases", "error", "message"),
    [
        ([], [], ValueError, "at least one row"),
        ([[]], [0], ValueError, "rows of one length"),
        ([[1, 2], [1]], [0, 0], ValueError, "rows of one length"),
        ([[1, 2]], [0, 0], ValueError, "one entry for each of the 1 rows"),
        ([[1, math.inf]], [0], ValueError, r"weights\[0\]\[1\] must be finite"),
        ([[1, math.nan]], [0], ValueError, "finite"),
        ([[1, "2"]], [0], TypeError, "must be a number"),
        ([[1, None]], [0], TypeError, "must be an int, a Fraction or a float"),
        ([[1, True]], [0], TypeError, "must be a number"),
        ("12", [0], TypeError, "must be a matrix"),
        ([1, 2], [0], TypeError, "must be a sequence of numbers"),
    ],
)
def test_bad_arrangements(weights, biases, error, message):
    for call in (characteristic_polynomial, count_arrangement):
        with pytest.raises(error, match=message):
            call(weights, biases)


def test_an_arrangement_past_the_limit():
    with pytest.raises(SizeLimitError, match="16 intersections, past the limit of 15"):
        count_arrangement(np.random.default_rng(0).normal(size=(5, 2)), limit=15)
