""""""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from critcount import Network
from critcount.piecewise import (
    RationalNetwork,
    find_regions,
    sensitivity_by_region,
    tangent_sensitivity,
    tangent_sensitivity_bounds,
)
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import layers, random_network


def center(region):
    return [sum(c) / len(region.vertices) for c in zip(*region.vertices, strict=True)]


@pytest.mark.parametrize("widths", [(1, 2, 1), (2, 3, 2, 1), (3, 2, 2, 2)])
@pytest.mark.parametrize("whole", [1, None])
def test_is_the_square_of_the_mixed_differences(widths, whole):
    for seed in range(2):
        network = random_network(widths, seed, whole=whole)
        for region in find_regions(network, (-1, 1)):
            x = center(region)
            try:
                value = tangent_sensitivity(network, at=x)
            except ValueError:
                assert whole == 1  # a neuron that is zero on the region but switches off it
                continue
            if whole is None:
                assert value == oracle.mixed_differences(layers(network), x)


@pytest.mark.parametrize("widths", [(1, 4, 3, 1), (2, 3, 3, 1), (3, 3, 2, 2)])
def test_the_mean_is_that_of_the_regions(widths):
    network = random_network(widths, 1)
    found = list(find_regions(network, (-1, 1)))
    values = [tangent_sensitivity(network, at=center(region)) for region in found]
    mean = sum(v * r.volume for v, r in zip(values, found, strict=True)) / 2 ** widths[0]
    assert tangent_sensitivity(network, box=(-1, 1)) == mean
    frame = sensitivity_by_region(network, (-1, 1))
    assert sum(frame["share"]) == 1
    assert sum(frame["share"] * frame["sensitivity"]) == mean
    assert list(frame["sensitivity"]) == sorted(values, reverse=True)
    bounds = tangent_sensitivity_bounds(network)
    assert max(values) <= min(bounds)


def test_the_mean_is_that_of_samples():
    network = random_network((2, 6, 6, 1), 0)
    rng = np.random.default_rng(1)
    values = [float(tangent_sensitivity(network, at=x)) for x in rng.uniform(-1, 1, (600, 2))]
    error = np.std(values) / math.sqrt(len(values))
    assert abs(np.mean(values) - tangent_sensitivity(network, box=(-1, 1))) < 5 * error


def test_bounds_hold_for_many_networks_and_are_attained():
    for seed in range(20):
        network = random_network((2, 3, 3, 2), seed, whole=2)
        worst = sensitivity_by_region(network, (-1, 1))["sensitivity"].max()
        assert worst <= min(tangent_sensitivity_bounds(network))
    # all weights positive: every neuron is active far out, and the path bound is the value there
    network = RationalNetwork([[[1, 2], [3, 1]], [[1, 1]]], [[0, 0], [0]])
    assert tangent_sensitivity(network, at=(1, 1)) == tangent_sensitivity_bounds(network).paths


def test_degenerate_points():
    network = Network([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 1.0]]])
    assert tangent_sensitivity(network, at=(1, 0)) == 2 + 1
    assert tangent_sensitivity(network, at=(-1, 0)) == 0
    with pytest.raises(ValueError, match="neuron 0 of hidden layer 0 switches there"):
        tangent_sensitivity(network, at=(0, 5))


def test_of_one_linear_neuron():
    # f = v w x: the second derivatives by (w, x) and (v, x) are v and w
    network = RationalNetwork([[[Fraction(2)]], [[Fraction(3)]]], [[0], [0]])
    assert tangent_sensitivity(network, at=[1]) == 4 + 9
    assert tangent_sensitivity(network, box=(-1, 3)) == Fraction(3, 4) * 13


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "a point by at, or a box"),
        ({"at": (0, 1), "box": (0, 1)}, ValueError, "and not both"),
        ({"at": (0,)}, ValueError, "must have 2 entries"),
        ({"at": 3}, TypeError, "sequence of numbers"),
        ({"at": (0, math.nan)}, ValueError, "finite"),
        ({"box": (1, 0)}, ValueError, "low < high"),
        ({"box": (0, 1), "activation": "tanh"}, ValueError, "'relu'"),
        ({"at": (0, 1), "activation": "tanh"}, ValueError, "'relu'"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message):
        tangent_sensitivity(random_network((2, 3, 1), 0), **arguments)
