""""""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from critcount import Network, SizeLimitError
from critcount.piecewise import (
    RationalNetwork,
    count_knots,
    count_regions,
    find_regions,
)
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import layers, one_layer, random_network

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
