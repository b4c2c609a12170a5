"""Networks with as many knots as the lower bound says."""

from __future__ import annotations

import itertools
import math

import pytest

from critcount.piecewise import count_knots, max_knots, most_knots_network
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import layers


def shapes(depth, most):
    return itertools.product(range(1, most + 1), repeat=depth)


@pytest.mark.parametrize(("depth", "most"), [(1, 6), (2, 6), (3, 5), (4, 3), (5, 2), (6, 2)])
def test_the_networks_have_the_knots_of_the_lower_bound(depth, most):
    for hidden in shapes(depth, most):
        bounds = max_knots((1, *hidden, 1))
        assert count_knots(most_knots_network((1, *hidden, 1))) == bounds.lower
        assert bounds.lower <= bounds.upper <= math.prod(n + 1 for n in hidden) - 1
        assert bounds.exact in (None, bounds.lower)


def test_another_algorithm_counts_the_same():
    for hidden in ((3, 3), (2, 2), (2, 2, 1), (1, 4), (2, 1, 1), (3, 1, 1), (2, 3, 1)):
        network = most_knots_network((1, *hidden, 1))
        assert len(oracle.knots_from_values(layers(network))) == max_knots((1, *hidden, 1)).lower


def test_any_size():
    assert max_knots((1, *(3,) * 1000, 1)).exact == 4**1000 - 1
    wide = max_knots((1, *(10**18,) * 3, 7))
    assert wide.exact == (10**18 + 1) ** 3 - 1
    mixed = max_knots((1, *(2, 1, 3, 4, 1, 1, 2, 2) * 20, 1))
    assert 10**45 < mixed.lower < mixed.upper


def test_outputs_do_not_matter_and_each_has_all_knots():
    network = most_knots_network("1-3-2-3")
    assert network.widths == (1, 3, 2, 3)
    assert max_knots("1-3-2-3") == max_knots("1-3-2-1")
    for k in range(3):
        one = type(network)(
            [*network.weights[:-1], [network.weights[-1][k]]],
            [*network.biases[:-1], [network.biases[-1][k]]],
        )
        assert count_knots(one) == 11


def test_constructions_are_integers_that_floats_hold():
    for shape in ("1-3-3-3-3-1", "1-2-2-2-2-3-1", "1-9-9-1", "1-50-50-2"):
        network = most_knots_network(shape)
        assert count_knots(network.network()) == max_knots(shape).lower
