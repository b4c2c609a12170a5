"""Connectedness by theorem against graphs that were built and searched."""

import itertools
import math

import networkx as nx
import pytest

from critcount import Architecture, Expansions, SizeLimitError, T, count_components
from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph
from critcount.connectivity.theorems import connected_with_reason, is_connected

FITTING = [(r, m) for m in range(1, 9) for r in range(m + 1) if T(r, m) <= 4000]


def network(*widths):
    return Architecture((2, *widths, 1))


@pytest.mark.parametrize(("r", "m"), FITTING)
def test_one_layer(r, m):
    number = count_components(network(m), r)
    connected = is_connected(network(m), r)
    kinds = (RefinementGraph, IntersectionGraph) if T(r, m) <= 700 else (RefinementGraph,)
    for kind in kinds:
        assert kind(r, m).components().max() + 1 == number
    assert connected is (number == 1)
    answer = connected_with_reason(network(m), r)
    assert (answer.value, answer.by) == (connected, "theorem")


LAYERS = [(1, 1), (2, 2), (1, 2), (2, 3), (3, 3)]


@pytest.mark.parametrize("pairs", list(itertools.product(LAYERS, repeat=2)))
def test_two_layers(pairs):
    graphs = []
    for r, m in pairs:
        graph = nx.Graph()
        graph.add_nodes_from(Expansions(r, m))
        graph.add_edges_from(
            (a, b) for a, b in itertools.combinations(Expansions(r, m), 2) if a.meets(b)
        )
        graphs.append(graph)
    product = nx.Graph()  # an edge where all layers meet
    product.add_nodes_from(itertools.product(*graphs))
    product.add_edges_from(
        (one, two)
        for one, two in itertools.combinations(product, 2)
        if all(a.meets(b) for a, b in zip(one, two, strict=True))
    )
    found = nx.number_connected_components(product)
    architecture, minimal = network(*[m for _, m in pairs]), [r for r, _ in pairs]
    assert count_components(architecture, minimal) == found
    assert is_connected(architecture, minimal) is (found == 1)


def test_at_any_width():
    wide = network(10**15, 5, 10**15)
    assert count_components(wide, (10**14, 5, 10**15 - 1)) == math.factorial(5)
    assert "hidden layer 2 " in connected_with_reason(wide, (10**14, 5, 10**15 - 1)).because
    tight = network(10**15, 10**15)
    assert is_connected(tight, (10**15, 10**15)) is False
    with pytest.raises(SizeLimitError):
        count_components(tight, (10**15, 10**15))
    assert len(connected_with_reason(network(*[2] * 1000), [2] * 1000).because) < 300


@pytest.mark.parametrize(
    ("architecture", "minimal", "error"),
    [
        (None, 3, TypeError),
        (network(4), 5, ValueError),
        (network(4), -1, ValueError),
        (network(4), (2, 2), ValueError),
        (network(4), 2.0, TypeError),
        (network(4, 4), (0, 2), ValueError),
    ],
)
def test_bad_arguments(architecture, minimal, error):
    for question in (is_connected, connected_with_reason, count_components):
        with pytest.raises(error):
            question(architecture, minimal)
