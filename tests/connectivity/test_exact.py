"""Distances against breadth-first search in graphs that are built from the definition."""

import itertools
import math

import networkx as nx
import pytest

from critcount import SizeLimitError
from critcount.configurations import Configuration
from critcount.connectivity import path
from critcount.connectivity.exact import distance, distance_with_reason
from critcount.families import Expansions


def meet(a, b):
    """Whether two subspaces meet: no class of the join holds two labels, and a label's neurons
    of the two are in one class."""
    r, m = a.r, a.m
    graph = nx.Graph()
    graph.add_nodes_from(range(m))
    for word in (a.word, b.word):
        first = {}
        for i, letter in enumerate(word):
            graph.add_edge(first.setdefault(letter, i), i)
    home = {i: k for k, part in enumerate(nx.connected_components(graph)) for i in part}
    places = [
        {home[i] for word in (a.word, b.word) for i in range(m) if word[i] == label}
        for label in range(r)
    ]
    return all(len(p) == 1 for p in places) and len(set().union(*places)) == r


def graph_of(r, m):
    nodes = list(Expansions(r, m))
    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(pair for pair in itertools.combinations(nodes, 2) if meet(*pair))
    return graph


@pytest.mark.parametrize(
    ("r", "m"),
    [
        *[(1, 1), (1, 3), (2, 2), (2, 3), (3, 3), (3, 4)],
        *(pytest.param(*case, marks=pytest.mark.exhaustive) for case in [(2, 4), (3, 5)]),
    ],
)
def test_distances_are_those_of_a_search(r, m):
    graph = graph_of(r, m)
    nodes = list(graph)
    start = nodes[:: max(1, len(nodes) // 6)]
    for a in start:
        away = nx.single_source_shortest_path_length(graph, a)
        for b in nodes[:: max(1, len(nodes) // 40)]:
            assert distance(a, b) == distance(b, a) == away.get(b, math.inf)


def test_every_way_to_know_is_named():
    a = Configuration.from_word([0, 1, 2, 2], 2)
    ways = {
        a: (0, "theorem"),
        Configuration.from_word([0, 1, 1, 0], 2): (None, None),
        Configuration.from_word([1, 0, 2, 2], 2): (3, "bound"),
        Configuration.from_word([1, 0, 2, 3], 2): (4, "search"),
    }
    for b, (value, by) in ways.items():
        found = distance_with_reason(a, b)
        assert found.value == distance(a, b)
        if by:
            assert (found.value, found.by) == (value, by)


def test_without_more_neurons_than_labels_there_is_no_walk():
    a, b = (Configuration.from_word(word, 2) for word in ([0, 1], [1, 0]))
    assert distance(a, b) == math.inf
    assert distance(a, a) == 0


def test_a_search_from_both_ends_agrees_with_the_whole_graph():
    ends = [
        (Configuration.from_word(one, 2), Configuration.from_word(two, 2))
        for one, two in [([0, 1, 2, 2], [1, 0, 2, 3]), ([0, 1, 2, 3], [1, 0, 2, 3])]
    ]
    for a, b in ends:
        assert distance(a, b, limit=61) == distance(a, b, limit=62) <= len(path(a, b))


def test_a_search_beyond_the_limit_is_refused_with_what_is_known():
    a, b = (Configuration.from_word(word, 2) for word in ([0, 1, 2, 3], [1, 0, 2, 3]))
    with pytest.raises(SizeLimitError, match="the distance is between 3 and 4"):
        distance(a, b, limit=0)


@pytest.mark.parametrize("limit", [True, 1.0, "9"])
def test_limit_is_an_integer(limit):
    a = Configuration.from_word([0, 1], 2)
    with pytest.raises(TypeError, match="limit"):
        distance(a, a, limit=limit)


def test_configurations_of_different_graphs_have_no_distance():
    with pytest.raises(ValueError, match="r"):
        distance(Configuration.from_word([0, 1], 2), Configuration.from_word([0, 1, 1], 2))
