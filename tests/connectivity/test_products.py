"""The graphs of several layers, against products of networkx and the definition."""

import io
import itertools
import math
from xml.etree import ElementTree

import networkx as nx
import pytest

from critcount import IntersectionGraph, RefinementGraph, SizeLimitError
from critcount.connectivity import NetworkGraph, connected_with_reason

CASES = [
    ("2-3-3-1", (2, 2)),
    ("2-2-4-1", (1, 2)),
    ("1-2-2-2-1", (1, 1, 1)),
    ("1-2-3-1", (2, 1)),
    ("2-3-1", (2,)),
    ("2-2-1", (2,)),
]
PRODUCTS = {"intersection": nx.strong_product, "refinement": nx.cartesian_product}


def peer(architecture, minimal, kind):
    """The product by networkx, a node a text."""
    chosen = IntersectionGraph if kind == "intersection" else RefinementGraph
    widths = list(map(int, architecture.split("-")))[1:-1]
    layers = [
        nx.relabel_nodes(chosen(r, m).to_networkx(), str)
        for r, m in zip(minimal, widths, strict=True)
    ]
    found = layers[0]
    for layer in layers[1:]:
        found = nx.relabel_nodes(PRODUCTS[kind](found, layer), "/".join)
    return found


@pytest.mark.parametrize("kind", PRODUCTS)
@pytest.mark.parametrize(("architecture", "minimal"), CASES)
def test_against_networkx(architecture, minimal, kind):
    graph, expected = NetworkGraph(architecture, minimal, kind), peer(architecture, minimal, kind)
    assert graph.number_of_nodes() == expected.number_of_nodes()
    assert graph.number_of_edges() == expected.number_of_edges()
    assert graph.number_of_components() == nx.number_connected_components(expected)
    if nx.is_connected(expected):
        reached = nx.eccentricity(expected)
        assert graph.diameter() == max(reached.values())
        assert graph.radius() == min(reached.values())
    else:
        assert graph.diameter() == graph.radius() == math.inf
    assert graph.number_of_components() == 1 or not connected_with_reason(architecture, minimal)
    found = nx.relabel_nodes(graph.to_networkx(), str)
    assert list(found) == list(map(str, graph.family))
    assert set(map(frozenset, found.edges)) == set(map(frozenset, expected.edges))


def test_an_edge_is_where_every_layer_meets():
    graph = NetworkGraph("2-2-3-1", (1, 2)).to_networkx(d_in=2)
    for a, b in itertools.combinations(graph, 2):
        meet = all(x == y or x.meets(y) for x, y in zip(a.layers, b.layers, strict=True))
        assert graph.has_edge(a, b) == meet
    assert all(graph.nodes[c]["dimension"] == c.dimension(2, 1) for c in graph)


def test_it_is_written_like_a_graph_of_one_layer():
    graph = NetworkGraph("2-2-3-1", (1, 2))
    texts = {}
    for format_ in ("csv", "dot", "graphml"):
        stream = io.StringIO()
        graph.export(stream, format_)
        texts[format_] = stream.getvalue()
    assert texts["csv"].count("\n") == graph.number_of_edges() + 1
    assert texts["dot"].startswith("graph I_1_2_2_3 {")
    assert ElementTree.fromstring(texts["graphml"]) is not None
    assert '"0,0/0,0,1"' in texts["csv"]


def test_too_large_is_refused_with_its_size():
    graph = NetworkGraph("2-9-9-1", (3, 3))
    with pytest.raises(SizeLimitError, match=r"1,100,044,368,900 nodes, 28,914,705,375"):
        graph.to_scipy()
    with pytest.raises(SizeLimitError, match="raise limit"):
        graph.refuse()
    with pytest.raises(ValueError, match="kind must be one of"):
        NetworkGraph("2-3-1", 2, "strong")
