"""The graphs against linear algebra, networkx and what is known of them."""

import csv
import io
import itertools
import math
import re
import xml.etree.ElementTree as ElementTree

import networkx as nx
import numpy as np
import pytest

from critcount import Configuration, Expansions, PermutationPoints, SizeLimitError
from critcount.configurations.meeting import meeting
from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph, valley_graph
from tests.oracles import weights_linear_algebra as oracle

KINDS = (IntersectionGraph, RefinementGraph)
SMALL = [(0, 0), (0, 1), (1, 1), (2, 2), (3, 3), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
SMALL += [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4), (0, 5), (1, 5)]


def minimal_network(widths, seed=0):
    rng = np.random.default_rng(seed)
    weights = [
        rng.normal(size=(above, below)) for below, above in itertools.pairwise((2, *widths, 1))
    ]
    return weights, [None] * len(weights)


def intersection(network, one, two):
    """The dimension in which the subspaces of two lists of words meet, None where they do not."""
    systems = [oracle.conditions(*network, words) for words in (one, two)]
    matrix = np.vstack([m for m, _ in systems])
    values = np.concatenate([v for _, v in systems])
    if oracle.nearest(matrix, values, np.zeros(matrix.shape[1])) is None:
        return None
    return oracle.null_dimension(matrix)


@pytest.mark.parametrize(("r", "m"), [(0, 1), (1, 1), (2, 2), (0, 3), (1, 3), (2, 3), (3, 3)])
def test_meeting_against_linear_algebra_all_pairs(r, m):
    network = minimal_network((r,))
    words = list(Expansions(r, m))
    met = meeting(Expansions(r, m).words(), Expansions(r, m).words(), r)
    for (i, a), (j, b) in itertools.combinations_with_replacement(enumerate(words), 2):
        dimension = intersection(network, [a.word], [b.word])
        assert (dimension is not None) == a.meets(b) == met[i, j] == met[j, i]
        assert dimension == a.intersection_dimension(b, 2, 1)


def near(rng, family, steps):
    """A configuration and one some mergers, splits and exchanges away, so that many pairs meet."""
    a = family.random(rng)
    b = list(a.word)
    for _ in range(steps):
        b[rng.integers(len(b))] = int(rng.integers(family.r + 2))
    if set(range(family.r)) - set(b):
        return near(rng, family, steps)
    return a, Configuration._canonical(b, family.r)


@pytest.mark.parametrize(("r", "m"), [(2, 4), (3, 4), (2, 6), (3, 7), (5, 9), (1, 8), (0, 7)])
def test_meeting_against_linear_algebra_random_pairs(r, m):
    rng = np.random.default_rng(r + m)
    network, family = minimal_network((r,)), Expansions(r, m)
    found = set()
    for _ in range(40):
        a, b = near(rng, family, int(rng.integers(1, 4)))
        dimension = intersection(network, [a.word], [b.word])
        found.add(dimension is None)
        assert dimension == a.intersection_dimension(b, 2, 1)
        assert (dimension is not None) == a.meets(b)
    assert found == ({False} if r == 0 else {True, False})


@pytest.mark.parametrize("pairs", [((1, 2), (1, 2)), ((2, 2), (1, 2)), ((1, 2), (2, 2))])
def test_meeting_in_two_layers_all_pairs(pairs):
    network = minimal_network([r for r, _ in pairs])
    both = list(itertools.product(*[Expansions(r, m) for r, m in pairs]))
    for one, two in itertools.combinations_with_replacement(both, 2):
        met = intersection(network, [c.word for c in one], [c.word for c in two]) is not None
        assert met == all(a.meets(b) for a, b in zip(one, two, strict=True))


def test_meeting_in_two_layers_random_pairs():
    rng = np.random.default_rng(1)
    network = minimal_network((3, 2))
    found = set()
    for _ in range(60):
        (a, b), (c, d) = near(rng, Expansions(3, 5), 1), near(rng, Expansions(2, 5), 1)
        met = intersection(network, [a.word, c.word], [b.word, d.word]) is not None
        found.add(met)
        assert met == (a.meets(b) and c.meets(d))
    assert found == {True, False}


def explicit(kind, r, m):
    """The graph by its definition, pair by pair or merger by merger."""
    graph = nx.Graph()
    nodes = list(Expansions(r, m))
    graph.add_nodes_from(nodes)
    if kind is IntersectionGraph:
        graph.add_edges_from((a, b) for a, b in itertools.combinations(nodes, 2) if a.meets(b))
    else:
        graph.add_edges_from(
            (c, c.merge(b, into))
            for c in nodes
            for b in range(len(c.zero_blocks))
            for into in range(r + len(c.zero_blocks))
            if into != r + b
        )
    return graph


@pytest.mark.parametrize(("r", "m"), SMALL)
@pytest.mark.parametrize("kind", KINDS)
def test_against_networkx(kind, r, m):
    graph, expected = kind(r, m), explicit(kind, r, m)
    assert graph.number_of_nodes() == len(expected)
    assert graph.number_of_edges() == expected.number_of_edges()
    assert graph.to_networkx().adj == expected.adj
    matrix = graph.to_scipy()
    np.testing.assert_array_equal(matrix.toarray(), nx.to_numpy_array(expected))
    assert all((np.diff(row) > 0).all() for row in np.split(matrix.indices, matrix.indptr[1:-1]))
    parts = list(nx.connected_components(expected))
    labels = graph.components()
    assert labels.max() + 1 == len(parts)
    for part in parts:
        assert len({labels[graph.family.rank(c)] for c in part}) == 1
    if len(parts) > 1:
        assert graph.diameter() == graph.radius() == math.inf
        return
    eccentricity = nx.eccentricity(expected)
    assert {c: graph.eccentricity(c) for c in expected} == eccentricity
    assert graph.diameter() == max(eccentricity.values())
    assert graph.radius() == min(eccentricity.values())
    nodes = list(expected)
    for a, b in zip(nodes, reversed(nodes), strict=True):
        walk = graph.shortest_path(a, b)
        assert (walk[0], walk[-1]) == (a, b)
        assert len(walk) - 1 == nx.shortest_path_length(expected, a, b)
        assert all(expected.has_edge(*step) for step in itertools.pairwise(walk))


@pytest.mark.parametrize(("r", "m"), [(3, 5), (2, 5), (4, 6), (0, 7)])
def test_the_refinement_graph_spans_the_intersection_graph(r, m):
    refined, met = RefinementGraph(r, m).to_scipy(), IntersectionGraph(r, m).to_scipy()
    assert (refined - refined.multiply(met)).nnz == 0
    assert (refined != refined.T).nnz == 0


def test_equal_fingerprints_are_drawn_anew(monkeypatch):
    expected = IntersectionGraph(2, 4).to_scipy()
    rng, drawn = np.random.default_rng(5), []

    class Poor:
        def integers(self, top, size):
            drawn.append(top)
            return rng.integers(2 if len(drawn) <= 2 else top, size=size)

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Poor())
    found = IntersectionGraph(2, 4).to_scipy()
    assert len(drawn) > 2
    np.testing.assert_array_equal(found.toarray(), expected.toarray())


# diameters and radii known from searches of every node
DIAMETERS = {(1, 4): 2, (2, 3): 6, (2, 4): 4, (2, 5): 4, (2, 6): 4, (3, 4): 8, (3, 5): 6}
DIAMETERS |= {(3, 6): 5, (4, 5): 12, (4, 6): 8, (5, 6): 14, (3, 7): 5, (4, 7): 6, (5, 7): 10}
RADII = {(1, 4): 1, (2, 3): 6, (2, 4): 4, (2, 5): 4, (2, 6): 3, (3, 4): 8, (3, 5): 5}
RADII |= {(3, 6): 4, (4, 5): 12, (4, 6): 7, (5, 6): 14, (3, 7): 4, (4, 7): 6, (5, 7): 8}


@pytest.mark.parametrize(
    ("r", "m"),
    [
        pytest.param(r, m, marks=[pytest.mark.exhaustive] if (r, m) in ((3, 7), (4, 7)) else [])
        for r, m in DIAMETERS
    ],
)
def test_known_diameters_and_radii(r, m):
    graph = IntersectionGraph(r, m)
    assert (graph.diameter(), graph.radius()) == (DIAMETERS[r, m], RADII[r, m])


@pytest.mark.parametrize("r", range(2, 7))
def test_the_diameter_one_neuron_wide_is_that_of_star_transpositions(r):
    assert IntersectionGraph(r, r + 1).diameter() == 2 * (3 * r // 2)


def test_one_wide_the_two_graphs_are_the_same():
    words = Expansions(3, 4).words()
    met = meeting(words, words, 3)
    np.fill_diagonal(met, False)
    np.testing.assert_array_equal(RefinementGraph(3, 4).to_scipy().toarray(), met)


@pytest.mark.parametrize("n", range(1, 7))
def test_the_valley_goes_through_the_permutation_points(n):
    valley = valley_graph(n)
    pairs = [
        c for c in Expansions(n - 1, n) if max(map(len, c.replication_blocks), default=0) == 2
    ]
    assert set(valley.pair_nodes()) == set(pairs) == set(PermutationPoints(n, 1))
    assert len(pairs) == (n - 1) * math.factorial(n) // 2
    assert valley.number_of_nodes() == len(pairs) + math.factorial(n)
    assert valley.components().max() == 0
    if n > 2:
        star = nx.Graph()  # star transpositions of the places of the neurons, subdivided
        for p in itertools.permutations(range(n)):
            for t in range(1, n):
                q = tuple({p[0]: p[t], p[t]: p[0]}.get(x, x) for x in p)
                star.add_edges_from([(p, frozenset((p, q))), (frozenset((p, q)), q)])
        assert nx.faster_could_be_isomorphic(star, valley.to_networkx())


@pytest.mark.parametrize("kind", KINDS)
def test_export(kind, tmp_path):
    graph = kind(2, 4)
    expected = {frozenset(map(str, e)) for e in graph.to_networkx().edges}
    graph.export(tmp_path / "edges.csv")
    with open(tmp_path / "edges.csv", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["source", "target"]
    assert len(rows) == len(expected)
    assert {frozenset(row) for row in rows} == expected
    assert rows == sorted(rows, key=lambda row: [tuple(map(int, w.split(","))) for w in row])
    graph.export(tmp_path / "graph.graphml")
    read = nx.read_graphml(tmp_path / "graph.graphml")
    word = nx.get_node_attributes(read, "word")
    assert list(word.values()) == list(map(str, graph.family))
    assert {frozenset((word[a], word[b])) for a, b in read.edges} == expected
    for i, node in enumerate(graph.family):
        sizes = [
            ",".join(str(len(b)) for b in x) for x in (node.replication_blocks, node.zero_blocks)
        ]
        carried = [read.nodes[f"n{i}"][name] for name in ("replication_blocks", "zero_blocks")]
        assert carried == sizes
        assert read.nodes[f"n{i}"]["dimension"] == node.dimension(1, 1)
        assert graph.to_networkx().nodes[node] == read.nodes[f"n{i}"]
    graph.export(tmp_path / "graph.dot", d_in=3, d_out=2)
    dot = (tmp_path / "graph.dot").read_text()
    assert dot.count(" -- ") == len(expected)
    found = re.findall(r'n\d+ \[label="([^"]+)".*dimension="(\d+)"\]', dot)
    assert found == [(str(node), str(node.dimension(3, 2))) for node in graph.family]
    stream = io.StringIO()
    graph.export(stream, "graphml")
    ElementTree.fromstring(stream.getvalue().encode())
    with pytest.raises(ValueError, match="suffix"):
        graph.export(tmp_path / "graph.txt")
    with pytest.raises(ValueError, match="format must be"):
        graph.export(tmp_path / "graph.txt", "gml")
    with pytest.raises(FileNotFoundError):
        graph.export(tmp_path / "none" / "graph.csv")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("r", "m"), [(3, 12), (20, 40), (50_000, 100_000), (10**9, 10**9), (10**6, 10**6 + 1)]
)
def test_too_large_is_refused_before_any_work(kind, r, m):
    graph = kind(r, m)
    for work in (graph.to_scipy, graph.components, graph.diameter, graph.radius, graph.build):
        with pytest.raises(SizeLimitError) as refusal:
            work()
        message = str(refusal.value)
        for words in ("nodes", "edges", "bytes", "a walk", "number of components", "limit"):
            assert words in message
        assert ("; the refinement graph has" in message) == (kind is IntersectionGraph)
        assert len(message) < 600


def test_the_refusal_says_the_size():
    graph = IntersectionGraph(3, 7, limit=10**6)
    assert graph.size()[:2] == (21_336, 2_863_980)
    with pytest.raises(SizeLimitError, match=r"21,336 nodes, 2,863,980 edges and 1\d\d,"):
        graph.to_scipy()
    with pytest.raises(SizeLimitError, match="limit of 1,000,000 bytes"):
        graph.to_networkx()
    with pytest.raises(SizeLimitError):
        valley_graph(100).pair_nodes()


def test_an_estimate_above_what_is_taken():
    graph = RefinementGraph(3, 7)
    matrix = graph.to_scipy()
    held = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert held < graph.size().bytes


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("r", "m", "error"),
    [
        (3, 2, ValueError),
        (-1, 2, ValueError),
        (True, 2, TypeError),
        (1, 2.0, TypeError),
        ("1", 2, TypeError),
    ],
)
def test_bad_widths(kind, r, m, error):
    with pytest.raises(error, match="must be"):
        kind(r, m)


def test_bad_arguments():
    graph, other = IntersectionGraph(2, 3), Expansions(2, 4).unrank(0)
    one, two = Expansions(2, 2)
    with pytest.raises(ValueError, match="is not in"):
        graph.eccentricity(other)
    with pytest.raises(ValueError, match="is not in"):
        graph.shortest_path(graph.family.unrank(0), other)
    with pytest.raises(ValueError, match="different components"):
        IntersectionGraph(2, 2).shortest_path(one, two)
    assert IntersectionGraph(2, 2).shortest_path(one, one) == [one]
    with pytest.raises(ValueError, match="n must be at least 1"):
        valley_graph(0)
    with pytest.raises(TypeError):
        IntersectionGraph(2, 3, limit=1.5)
