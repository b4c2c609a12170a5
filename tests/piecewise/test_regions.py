from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from critcount import Network, SizeLimitError
from critcount.piecewise import (
    RationalNetwork,
    characteristic_polynomial,
    count_arrangement,
    count_knots,
    count_regions,
    find_regions,
    region_bounds,
)
from critcount.piecewise.bounds import bound_rows, generic_regions, serra_bound
from critcount.piecewise.cells import box_cell, cells, simplices, volume
from critcount.piecewise.rational import integer_layers
from critcount.piecewise.regions import _inner_facets, box_of
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import layers, random_network


def one_layer(weights, biases):
    return RationalNetwork([weights, [[1] * len(weights)]], [biases, [0]])


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


#: name → (network, activation regions, linear regions)
DEGENERATE = {
    "dead neuron": (RationalNetwork([[[0, 0]], [[1]]], [[1], [0]]), 1, 1),
    "equal neurons": (RationalNetwork([[[1, 0], [2, 0]], [[1, 1]]], [[0, 0], [0]]), 2, 2),
    "equal neurons that cancel": (
        RationalNetwork([[[1, 0], [2, 0]], [[2, -1]]], [[0, 0], [0]]),
        2,
        1,
    ),
    "opposite neurons": (RationalNetwork([[[1, 1], [-1, -1]], [[1, -1]]], [[0, 0], [0]]), 2, 1),
    "parallel": (RationalNetwork([[[1, 0], [1, 0]], [[1, 1]]], [[0, 1], [0]]), 3, 3),
    "all through one point": (
        RationalNetwork([[[1, 0], [0, 1], [1, 1], [1, -1]], [[1, 1, 1, 1]]], [[0] * 4, [0]]),
        8,
        8,
    ),
    "zero output": (RationalNetwork([[[1, 0], [0, 1]], [[0, 0]]], [[0, 0], [0]]), 4, 1),
    "second layer dead": (
        RationalNetwork([[[1, 0], [0, 1]], [[-1, -1]], [[1]]], [[0, 0], [0], [0]]),
        4,
        1,
    ),
    "second layer touches": (
        RationalNetwork([[[1, 0], [0, 1]], [[1, 1]], [[1]]], [[0, 0], [0], [0]]),
        4,
        4,
    ),
    "second layer repeats the first": (
        RationalNetwork([[[1, 0], [0, 1]], [[1, 0], [0, 1]], [[1, 1]]], [[0, 0], [0, 0], [0]]),
        4,
        4,
    ),
    "equal maps apart": (
        # max(x, 0) + max(y, 0) - max(x + y, 0) is 0 on two quadrants that meet in a point
        RationalNetwork([[[1, 0], [0, 1], [1, 1]], [[1, 1, -1]]], [[0] * 3, [0]]),
        6,
        6,
    ),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_networks(name):
    network, activation, linear = DEGENERATE[name]
    assert count_regions(network) == activation
    assert count_regions(network, kind="linear") == linear
    assert count_regions(network, (-2, 2)) == activation
    box = [(-2, 2)] * network.widths[0]
    # where a neuron is zero on an open set its state is off: samples cannot tell, cells do
    sampled = oracle.patterns_of_samples(layers(network), box, 8)
    assert len(sampled) <= activation


def test_patterns_are_those_of_dense_samples():
    box = [(-3, 3), (-3, 3)]
    for widths, seed in itertools.product([(2, 3, 1), (2, 2, 2, 1), (2, 3, 2, 2)], range(3)):
        network = random_network(widths, seed)
        found = {tuple(map(bool, sum(r.pattern, ()))) for r in find_regions(network, (-3, 3))}
        sampled = oracle.patterns_of_samples(layers(network), box, 24)
        assert sampled <= found
        # what the grid misses is a region smaller than some cells of it
        for region in find_regions(network, (-3, 3)):
            center = [sum(c) / len(region.vertices) for c in zip(*region.vertices, strict=True)]
            assert oracle.pattern(layers(network), center) == tuple(
                map(bool, sum(region.pattern, ()))
            )


@pytest.mark.parametrize("widths", [(1, 4, 3, 2), (2, 4, 3, 1), (3, 3, 3, 2), (4, 4, 2, 1)])
@pytest.mark.parametrize("whole", [1, 2, None])
def test_regions_fill_the_box_and_are_what_they_say(widths, whole):
    d = widths[0]
    for seed in range(3):
        network = random_network(widths, seed, whole=whole)
        rational = RationalNetwork.of(network)
        found = list(find_regions(network, [(-1, 2)] * d))
        assert sum(region.volume for region in found) == 3**d
        assert len({region.pattern for region in found}) == len(found)
        assert all(region.volume > 0 for region in found)
        for region in found:
            for x in region.vertices:
                value = [
                    sum((w * c for w, c in zip(row, x, strict=True)), b)
                    for row, b in zip(region.weights, region.biases, strict=True)
                ]
                assert tuple(value) == rational(x)


@pytest.mark.parametrize("widths", [(2, 4, 3, 2), (3, 3, 3, 2), (4, 4, 2, 1)])
@pytest.mark.parametrize("whole", [1, 2, None])
def test_the_cells_form_a_complex(widths, whole):
    """Every inner facet is a facet of just two cells, with d corners or more."""
    for seed in range(3):
        network = RationalNetwork.of(random_network(widths, seed, whole=whole))
        box = box_of((-1, 2), widths[0])
        seen = {}
        for cell in cells(integer_layers(network), box):
            for corners in _inner_facets(cell):
                assert len(corners) >= widths[0]
                seen[corners] = seen.get(corners, 0) + 1
        assert set(seen.values()) <= {2}


def test_linear_regions_on_a_line_are_knots_and_one():
    for seed in range(30):
        network = random_network((1, 4, 4, 2), seed, whole=2 if seed % 2 else None)
        assert count_regions(network, kind="linear") == count_knots(network) + 1


def test_the_whole_space_is_a_box_that_is_large_enough():
    for seed in range(6):
        network = random_network((2, 4, 4, 1), seed)
        whole = count_regions(network)
        assert whole == count_regions(network, (-(10**9), 10**9))
        assert whole >= count_regions(network, (-1, 1))
    far = RationalNetwork([[[1, 0], [0, 1]], [[1, 1]]], [[-(10**30), 10**30], [0]])
    assert count_regions(far) == 4
    assert count_regions(far, (-(10**29), 10**29)) == 1


def test_a_box_with_a_pair_for_each_input():
    network = one_layer([[1, 0], [0, 1]], [0, 0])
    assert count_regions(network, [(0, 1), (-1, 1)]) == 2
    assert count_regions(network, np.array([[0.5, 1], [0.5, 1]])) == 1


@pytest.mark.parametrize(
    ("box", "error"),
    [
        ((1, 1), ValueError),
        ((1, -1), ValueError),
        ((0, math.inf), ValueError),
        ((math.nan, 1), ValueError),
        ([(0, 1)], ValueError),
        ([(0, 1), (1, 0)], ValueError),
        ([(0, 1), (0, 1, 2)], ValueError),
        ((0, 1, 2), ValueError),
        ("01", TypeError),
        (5, TypeError),
        ((), TypeError),
        (("a", "b"), TypeError),
    ],
)
def test_bad_boxes(box, error):
    network = random_network((2, 3, 1), 0)
    for call in (count_regions, find_regions):
        with pytest.raises(error, match="box"):
            call(network, box)


def test_bad_networks():
    with pytest.raises(ValueError, match=r"at most 4 inputs .* not 5; it has at most 26"):
        count_regions(random_network((5, 3, 2, 1), 0))
    with pytest.raises(ValueError, match="activation must be 'relu'"):
        find_regions(random_network((2, 3, 1), 0), (-1, 1), activation="gelu")
    with pytest.raises(ValueError, match="kind must be one of"):
        count_regions(random_network((2, 3, 1), 0), kind="both")
    with pytest.raises(TypeError, match="network must be"):
        count_regions("net.npz")


def test_past_the_limit():
    network = one_layer([[1, 0], [0, 1], [1, 1]], [0, 0, 1])
    assert count_regions(network, limit=7) == 7
    with pytest.raises(SizeLimitError, match="more than 6 regions, the limit; at most 7"):
        count_regions(network, limit=6)


def test_a_hidden_layer_without_neurons():
    network = Network([np.ones((2, 2)), np.ones((0, 2)), np.ones((1, 0))])
    assert count_regions(network) == 2
    assert count_regions(network, kind="linear") == 1


def test_simplices_of_a_cube():
    for d in (1, 2, 3, 4):
        cell = box_cell(box_of((0, Fraction(3, 2)), d))
        parts = list(simplices(cell))
        assert len(parts) == math.factorial(d)
        assert volume(cell) == Fraction(3, 2) ** d


BOUNDS = {"2-2-2-1": 11, "2-3-3-1": 40, "2-4-4-1": 121, "2-2-2-2-1": 30, "2-4-3-2-1": 275}


def test_serra_in_three_ways():
    for widths in [(d, *h, 1) for d in (1, 2, 3) for k in (1, 2, 3) for h in shapes(k)]:
        assert serra_bound(widths) == oracle.serra_sum(widths) == oracle.hinz_matrices(widths)
    for text, value in BOUNDS.items():
        assert region_bounds(text)["value"].iloc[-1] == value


def shapes(depth):
    return itertools.product((1, 2, 4), repeat=depth)


def test_bounds_are_ordered():
    for d in (1, 2, 3, 4):
        for depth in (1, 2, 3):
            for hidden in itertools.product(range(1, 5), repeat=depth):
                rows = bound_rows((d, *hidden, 1))
                uppers = [r.value for r in rows if r.side == "upper" and r.name != "knots, linear"]
                lowers = [row.value for row in rows if row.side == "lower"]
                assert uppers == sorted(uppers, reverse=True)
                assert not lowers or max(lowers) <= uppers[-1]
                if d == 1:
                    knots = next(row for row in rows if row.name == "knots, linear")
                    assert knots.value <= uppers[-1]


def test_no_network_has_more_than_the_bound():
    for widths in ((2, 2, 2, 1), (2, 3, 3, 1), (3, 3, 2, 1)):
        for seed in range(8):
            network = random_network(widths, seed)
            linear = count_regions(network, kind="linear")
            assert linear <= count_regions(network) <= serra_bound(widths)


def test_bounds_of_large_networks():
    rows = {row.name: row.value for row in bound_rows("784-300-100-10")}
    assert rows["patterns"] == 2**400
    assert 10**120 < rows["Serra 2018, Hinz 2019"] < 10**121
    with pytest.raises(SizeLimitError, match="raise limit"):
        region_bounds("100000-100000-100000-1")
    with pytest.raises(SizeLimitError, match="binary digits"):
        region_bounds([1, 10**18, 1])
