"""Regions against relucent on the same weights, and knots against the same recursion in Fractions.

relucent 1.0.0 (PyPI) enumerates regions in doubles with linear programmes; where it is not
installed its rows are skipped.
"""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from critcount import Network
from critcount.piecewise import (
    count_knots,
    count_regions,
    find_knots,
    max_knots,
    most_knots_network,
)
from tests.benchmarks.side_by_side import compare, seconds
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import layers

pytestmark = pytest.mark.benchmark


def scaled(widths, seed=0):
    rng = np.random.default_rng(seed)
    pairs = list(itertools.pairwise(widths))
    weights = [rng.normal(size=(b, a)) * np.sqrt(2 / a) for a, b in pairs]
    return Network(weights, [rng.normal(size=b) for _, b in pairs])


def relucent_complex(relucent, network):
    from relucent.model.model import LinearLayer, ReLULayer, ReLUNetwork

    parts = {}
    for k, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        parts[f"fc{k}"] = LinearLayer(weight=np.array(weight), bias=np.array(bias))
        if k < len(network.weights) - 1:
            parts[f"relu{k}"] = ReLULayer()
    return relucent.Complex(ReLUNetwork(parts, input_shape=(network.widths[0],)))


@pytest.mark.parametrize("widths", [(2, 16, 16, 1), (2, 10, 10, 10, 1), (4, 6, 6, 1)])
def test_regions_against_relucent(benchmark, widths):
    relucent = pytest.importorskip("relucent")
    network = scaled(widths)
    number = count_regions(network)
    found = []

    def theirs():
        polyhedra = relucent_complex(relucent, network)
        polyhedra.bfs(nworkers=1, verify=False, verbose=0)
        found.append(len(polyhedra))

    compare(benchmark, lambda: count_regions(network), theirs, 1 / 30, rounds=1, more=1)
    assert set(found) == {number}
    print(f"{number} regions")


def test_knots_against_the_recursion_in_fractions(benchmark):
    network = scaled((1, 12, 12, 1))
    assert list(find_knots(network)) == oracle.knots_from_values(layers(network))
    compare(
        benchmark,
        lambda: find_knots(network),
        lambda: oracle.knots_from_values(layers(network)),
        1 / 10,
        rounds=3,
    )


def test_knots_of_large_networks():
    """A hundred neurons in two layers, and 9,999 knots: reported beside a product of matrices."""
    wide, deep = scaled((1, 100, 100, 1)), most_knots_network((1, 9, 9, 9, 9, 1))
    matrix = np.random.default_rng(0).normal(size=(1500, 1500))
    for network in (wide, deep):
        start = time.perf_counter()
        number = count_knots(network)
        taken = time.perf_counter() - start
        product = seconds(lambda: matrix @ matrix)
        print(f"{number} knots in {taken:.3f} s; a product of 1500 x 1500: {product:.3f} s")
    assert count_knots(deep) == max_knots((1, 9, 9, 9, 9, 1)).exact == 9999
