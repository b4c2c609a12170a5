from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from critcount import Network, SizeLimitError
from critcount.piecewise import (
    RationalNetwork,
    count_knots,
    find_knots,
    knot_profile,
    most_knots_network,
)
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import ONE_INPUT, layers, random_network


@pytest.mark.parametrize("name", ONE_INPUT)
def test_degenerate_networks(name):
    network, expected = ONE_INPUT[name]
    assert list(find_knots(network)) == expected
    assert oracle.knots_from_values(layers(network)) == expected
    assert count_knots(network) == len(expected)
    assert knot_profile(network)[-1] == len(expected)


@pytest.mark.parametrize("widths", [(1, 4, 1), (1, 3, 4, 2), (1, 3, 3, 3, 1), (1, 2, 2, 2, 2, 1)])
@pytest.mark.parametrize("whole", [1, 2, None])
def test_against_values(widths, whole):
    for seed in range(12):
        network = random_network(widths, seed, whole=whole)
        assert list(find_knots(network)) == oracle.knots_from_values(layers(network))


def test_the_profile_is_that_of_the_layers():
    network = random_network((1, 4, 3, 5, 2), 3)
    *profile, output = knot_profile(network)
    assert output == count_knots(network)
    for depth, number in enumerate(profile, start=1):
        # a read-out that cancels nothing: powers of a large number
        n = network.widths[depth]
        last = [[Fraction(10**9) ** k for k in range(n)]]
        rational = RationalNetwork.of(network)
        cut = RationalNetwork([*rational.weights[:depth], last], [*rational.biases[:depth], [0]])
        assert number == count_knots(cut)


def test_floats_are_the_rationals_that_they_are():
    network = Network([[[1.0], [1.0]], [[1.0, 1.0]]], [[-0.1, -0.2], None])
    assert find_knots(network) == (Fraction(0.1), Fraction(0.2))
    assert find_knots(network) != (Fraction(1, 10), Fraction(1, 5))
    # nearer than floats can tell: 1 + 2^-60 and 1
    near = RationalNetwork([[[1], [1]], [[1, 1]]], [[-1, -1 - Fraction(1, 2**60)], [0]])
    assert count_knots(near) == 2


def test_an_interval_is_closed():
    hat = ONE_INPUT["hat"][0]
    assert find_knots(hat, (0, 1)) == (0, 1)
    assert find_knots(hat, (Fraction(1, 2), 1.5)) == (1,)
    assert find_knots(hat, (5, 6)) == ()


@pytest.mark.parametrize(
    "interval", [(1, 1), (2, 1), (0, math.inf), (math.nan, 1), (1,), 3, ("a", "b"), (0, 1, 2)]
)
def test_bad_intervals(interval):
    with pytest.raises(ValueError, match="interval must"):
        find_knots(ONE_INPUT["hat"][0], interval)


def test_bad_networks():
    with pytest.raises(ValueError, match="network must have one input, not 2"):
        find_knots(random_network((2, 3, 1), 0))
    with pytest.raises(TypeError, match="must be a Network or a RationalNetwork"):
        count_knots([[1.0]])
    with pytest.raises(ValueError, match="activation must be 'relu'"):
        find_knots(ONE_INPUT["hat"][0], activation="tanh")
    with pytest.raises(TypeError, match="activation must be 'relu'"):
        find_knots(ONE_INPUT["hat"][0], activation=np.tanh)
    with pytest.raises(ValueError, match="at least one input, one neuron"):
        find_knots(Network([np.ones((0, 1)), np.ones((1, 0))]))


def test_past_the_limit():
    network = most_knots_network("1-3-3-3-1")
    assert len(find_knots(network, limit=63)) == 63
    with pytest.raises(SizeLimitError, match=r"more than 62 points.* at most 63: raise limit"):
        find_knots(network, limit=62)


@pytest.mark.parametrize(
    ("weights", "biases", "message"),
    [
        ([[[1]]], [[0]], "two or more matrices"),
        ([[[1]], [[1]]], [[0]], "two or more matrices"),
        ([[[1]], [[1, 2]]], [[0], [0]], r"weights\[1\]\[0\] must have 1 entries"),
        ([[[1], [1, 2]], [[1, 2]]], [[0, 0], [0]], r"weights\[0\]\[1\] must have 1 entries"),
        ([[[1]], [[1]]], [[0, 0], [0]], r"biases\[0\] must have one entry"),
    ],
)
def test_bad_rational_networks(weights, biases, message):
    with pytest.raises(ValueError, match=message):
        RationalNetwork(weights, biases)


@pytest.mark.parametrize("entry", [0.5, "1", True, None])
def test_a_rational_network_takes_no_floats(entry):
    with pytest.raises(TypeError, match=r"weights\[0\]\[0\]\[0\] must be"):
        RationalNetwork([[[entry]], [[1]]], [[0], [0]])


def test_rational_networks_as_floats():
    network = random_network((2, 3, 2), 0)
    back = RationalNetwork.of(network).network()
    assert all(np.array_equal(a, b) for a, b in zip(back.weights, network.weights, strict=True))
    x = [Fraction(1, 3), Fraction(-2, 7)]
    assert list(RationalNetwork.of(network)(x)) == oracle.evaluate(layers(network), x)
    for value in (Fraction(1, 3), 2**53 + 1, 10**400):
        with pytest.raises(ValueError, match="float64 does not hold"):
            RationalNetwork([[[value]], [[1]]], [[0], [0]]).network()
