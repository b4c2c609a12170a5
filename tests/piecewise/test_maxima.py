""""""

from __future__ import annotations

import itertools
import math

import pytest

from critcount import Architecture, SizeLimitError
from critcount.piecewise import count_knots, max_knots, most_knots_network
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.test_constructions import shapes


def test_the_bound_of_all_products_is_attained_by_wide_layers_alone():
    """Every width but the last at least 3 and the last at least 2, or one layer."""
    for depth in (1, 2, 3, 4):
        for hidden in shapes(depth, 4):
            bounds = max_knots((1, *hidden, 1))
            product = math.prod(n + 1 for n in hidden) - 1
            wide = depth == 1 or (min(hidden[:-1]) >= 3 and hidden[-1] >= 2)
            assert (bounds.upper == product) == wide
            assert (bounds.exact == product) == wide


def test_formulas_of_the_theorems():
    for block in ((), (3,), (4,), (3, 3), (3, 4)):
        p = math.prod(n + 1 for n in block)
        if block:
            assert max_knots((1, *block, 1, 1)).exact == p + p // 2
        assert max_knots((1, *block, 2, 1, 1)).exact == 4 * p
        assert max_knots((1, *block, 2, 1, 1, 1)).exact == 5 * p
        assert max_knots((1, *block, 2, 2, 1, 1)).exact == 10 * p
        assert max_knots((1, *block, 2, 3, 1, 1)).exact == 13 * p
        for n in (2, 3, 4):
            assert max_knots((1, *block, n, 1)).exact == p * (n + 1) - 1
            assert max_knots((1, *block, 2, n, 1)).exact == 3 * p - 1 + 2 * p * n
            assert max_knots((1, *block, 2, 2, n, 1)).exact == 7 * p - 1 + 6 * p * n
            assert max_knots((1, *block, 2, 3, n, 1)).exact == 9 * p - 1 + 8 * p * n
            assert max_knots((1, *block, 2, 4, n, 1)).exact == 11 * p - 1 + 10 * p * n


TWO_LAYERS = [
    [2, 3, 4, 5, 6],
    [4, 6, 8, 10, 12],
    [6, 11, 15, 19, 23],
    [7, 14, 19, 24, 29],
    [9, 17, 23, 29, 35],
]


def test_two_layers():
    found = [[max_knots((1, a, b, 1)).exact for b in range(1, 6)] for a in range(1, 6)]
    assert found == TWO_LAYERS


@pytest.mark.parametrize("facing", [((1, 0), (1, -1)), ((1, 0), (-1, 1)), ((-1, 0), (1, -1))])
def test_no_network_of_a_grid_has_more(facing):
    """Every network 1-2-2 with first knots at 0 and 1 and second weights of a grid."""
    (a, b), (c, e) = facing
    grid = (-2, -1, 0, 1, 2)
    neurons = [n for n in itertools.product(grid, grid, (-3, -1, 0, 2)) if n[:2] != (0, 0)]
    best = {1: 0, 2: 0}
    counted = {}
    for neuron in neurons:
        network = [([[a], [c]], [b, e]), ([list(neuron[:2])], [neuron[2]]), ([[1]], [0])]
        found = oracle.knots_from_values(_fractions(network))
        best[1] = max(best[1], len(found))
        counted[neuron] = len(found)
    busy = [n for n in neurons if counted[n] > 1]
    for one, two in itertools.combinations(busy, 2):
        network = [
            ([[a], [c]], [b, e]),
            ([list(one[:2]), list(two[:2])], [one[2], two[2]]),
            ([[1, 10**6]], [0]),
        ]
        best[2] = max(best[2], len(oracle.knots_from_values(_fractions(network))))
    assert best[1] <= max_knots("1-2-1-1").exact
    assert best[2] <= max_knots("1-2-2-1").exact
    if facing == ((1, 0), (-1, 1)):
        assert best == {1: 4, 2: 6}


def _fractions(network):
    from fractions import Fraction

    return [
        ([list(map(Fraction, row)) for row in weights], list(map(Fraction, biases)))
        for weights, biases in network
    ]


def test_runs_of_single_neurons():
    for run in (2, 3, 7):
        for before, after in (((), ()), ((3,), ()), ((3,), (2,)), ((4, 3), (5, 2))):
            shape = (1, *before, *(1,) * run, *after, 1)
            assert max_knots(shape).upper == max_knots((1, *before, 1, 1, *after, 1)).upper
            assert count_knots(most_knots_network(shape)) == max_knots(shape).lower


def test_bad_input():
    for call in (max_knots, most_knots_network):
        with pytest.raises(ValueError, match="one input, not 2"):
            call("2-3-1")
        with pytest.raises(ValueError, match="one input"):
            call(Architecture([3, 2, 1]))
        with pytest.raises(ValueError, match="whole numbers joined by hyphens"):
            call("1-x-1")
        with pytest.raises(TypeError):
            call([1, 2.0, 1])
        with pytest.raises(ValueError, match="at least"):
            call([1, 0, 1])
    with pytest.raises(SizeLimitError, match="raise limit"):
        most_knots_network("1-10000-10000-1")
