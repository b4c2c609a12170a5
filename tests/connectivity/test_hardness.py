"""Hamiltonian cycles and common neighbours, against all configurations of small instances."""

import itertools

import networkx as nx
import numpy as np
import pytest

from critcount import Configuration, Expansions
from critcount.configurations.meeting import meeting
from critcount.connectivity import distance, path
from critcount.connectivity.hardness import cycle_instance
from tests.oracles import connectivity_pairs as oracle


def graphs(n, most):
    """The bipartite graphs with n nodes a side and none alone, one for each order of the nodes."""
    seen = set()
    nodes = list(itertools.product(range(n), repeat=2))
    orders = list(itertools.permutations(range(n)))
    for size in range(n, most + 1):
        for edges in itertools.combinations(nodes, size):
            sides = [{edge[side] for edge in edges} for side in (0, 1)]
            if min(map(len, sides)) < n or edges in seen:
                continue
            for left, right in itertools.product(orders, repeat=2):
                for flip in (1, -1):
                    moved = ((left[u], right[v])[::flip] for u, v in edges)
                    seen.add(tuple(sorted(moved)))
            yield edges


def hamiltonian(edges, n):
    """Whether there is a Hamiltonian cycle, by all orders of the nodes."""
    for right in itertools.permutations(range(n)):
        for left in itertools.permutations(range(1, n)):
            order = [0, *left]
            steps = {(order[i], right[i]) for i in range(n)}
            steps |= {(order[i], right[(i + 1) % n]) for i in range(n)}
            if steps <= set(edges):
                return True
    return False


SMALL = [(n, edges) for n, most in ((2, 4), (3, 6)) for edges in graphs(n, most)]


@pytest.mark.parametrize(("n", "edges"), SMALL)
def test_a_common_neighbour_exactly_for_a_hamiltonian_cycle(n, edges):
    instance = cycle_instance(edges)
    words = Expansions(n, n + len(edges)).words()
    ends = [np.array(c.word) for c in (instance.first, instance.second)]
    common = words[oracle.meeting(words, ends[0], n)]
    common = common[oracle.meeting(common, ends[1], n)]
    assert (len(common) > 0) == hamiltonian(edges, n)
    for word in common[:: max(1, len(common) // 20)]:
        check_cycle(instance.cycle(Configuration.from_word(word, n)), edges, n)
    if len(edges) < 6:  # the package's kernel comes to the same
        assert meeting(np.array(ends), words, n).all(axis=0).sum() == len(common)


def check_cycle(cycle, edges, n):
    graph = nx.Graph([(("U", u), ("V", v)) for u, v in cycle])
    assert set(cycle) <= set(edges)
    assert len(cycle) == len(set(cycle)) == 2 * n
    assert nx.is_connected(graph)
    assert {degree for _, degree in graph.degree} == {2}
    assert len(graph) == 2 * n


def test_both_kinds_are_among_the_small_graphs():
    kinds = [hamiltonian(edges, n) for n, edges in SMALL]
    assert (kinds.count(True), kinds.count(False)) == (2, 11)


@pytest.mark.parametrize("n", [2, 3, 7, 40])
def test_there_and_back(n):
    rng = np.random.default_rng(n)
    left, right = rng.permutation(n).tolist(), rng.permutation(n).tolist()
    cycle = [
        edge for i in range(n) for edge in ((left[i], right[i]), (left[i], right[(i + 1) % n]))
    ]
    more = {(int(u), int(v)) for u, v in rng.integers(0, n, (3 * n, 2))}
    edges = sorted(more | set(cycle))
    instance = cycle_instance(edges)
    start = int(rng.integers(2 * n))
    for turned in (cycle, cycle[start:] + cycle[:start], cycle[::-1]):
        middle = instance.middle(turned)
        for end in (instance.first, instance.second):
            assert oracle.meet(middle.word, end.word, n)
            assert middle.meets(end)
        found = instance.cycle(middle)
        check_cycle(found, edges, n)
        assert set(found) == set(cycle)
    assert not oracle.meet(instance.first.word, instance.second.word, n)
    assert len(path(instance.first, instance.second)) >= 2


def test_without_a_cycle_the_distance_is_three_or_more():
    instance = cycle_instance([(0, 0), (0, 1), (1, 1)])
    assert distance(instance.first, instance.second) == 3


@pytest.mark.parametrize(
    ("edges", "error", "text"),
    [
        ([], ValueError, "at least 2"),
        ([(0, 0)], ValueError, "at least 2"),
        ([(0, 0), (1, 0)], ValueError, "not of 2 and 1"),
        ([(0, 0), (2, 1)], ValueError, r"nodes of U must be 0, …, 1"),
        ([(0, 0), (1, 1), (0, 0)], ValueError, "all be different"),
        ([(0, 0), (1, 1, 1)], ValueError, r"edges\[1\] must be a pair"),
        ([(0, -1), (1, 1)], ValueError, r"edges\[0\]\[1\] must be at least 0"),
        ([(0, 0.0), (1, 1)], TypeError, r"edges\[0\]\[1\] must be an integer"),
        ([3], TypeError, r"edges\[0\] must be a sequence"),
    ],
)
def test_bad_graphs(edges, error, text):
    with pytest.raises(error, match=text):
        cycle_instance(edges)


SQUARE = [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    "cycle",
    [[], SQUARE[:1], SQUARE[:3], SQUARE, [(0, 0), (0, 1)] * 2, [(0, 0), (0, 1), (1, 1), (2, 0)]],
)
def test_what_is_no_cycle(cycle):
    with pytest.raises(ValueError, match="cycle"):
        cycle_instance(SQUARE).middle(cycle)


def test_what_is_no_middle():
    square = cycle_instance(SQUARE)
    with pytest.raises(ValueError, match="must meet the second"):
        square.cycle(square.first)
    with pytest.raises(TypeError, match="middle must be a Configuration"):
        square.cycle((0, 1))
    with pytest.raises(ValueError, match=r"middle .* \(2, 6\), not \(2, 2\)"):
        square.cycle(Configuration.from_word([0, 1], 2))
