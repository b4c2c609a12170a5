"""Bounds of distances and the distance, against searches of explicit graphs."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from critcount import Architecture, Configuration, Expansions, SizeLimitError
from critcount.configurations.meeting import intersection, join, meet, meeting
from critcount.connectivity import (
    Answer,
    Bounds,
    diameter_bounds,
    distance,
    distance_bounds,
    distance_with_reason,
    network_diameter_bounds,
    path,
)
from critcount.families import NetworkConfiguration
from tests.oracles import connectivity_pairs as oracle
from tests.oracles import weights_linear_algebra as algebra

SMALL = [
    *[(0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3), (0, 4), (1, 4), (3, 4)],
    pytest.param(2, 4, marks=pytest.mark.exhaustive),
]


def configurations(r, m):
    return [Configuration.from_word(word, r) for word in oracle.words(r, m)]


def pairs(r, m):
    """(a, b, distance) of one pair of each orbit."""
    for one, two, steps, _ in oracle.pairs(r, m):
        yield Configuration.from_word(one, r), Configuration.from_word(two, r), steps


def by_linear_algebra(r, m, seed=3):
    """The intersection graph, each edge decided by solving for the weights of both subspaces."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(r, 2)), rng.normal(size=(1, r))]
    systems = [algebra.conditions(weights, [None, None], [c.word]) for c in configurations(r, m)]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(systems)))
    for (i, (a, s)), (j, (b, t)) in itertools.combinations(enumerate(systems), 2):
        both = np.vstack([a, b]), np.concatenate([s, t])
        if algebra.nearest(*both, np.zeros(a.shape[1])) is not None:
            graph.add_edge(i, j)
    return graph


@pytest.mark.parametrize(("r", "m"), SMALL)
def test_distance_and_bounds_in_the_graph_of_linear_algebra(r, m):
    nodes = configurations(r, m)
    for i, lengths in nx.all_pairs_shortest_path_length(by_linear_algebra(r, m)):
        for j, a in enumerate(nodes):
            expected = lengths.get(j, math.inf)
            answer = distance_with_reason(nodes[i], a)
            bounds = distance_bounds(nodes[i], a)
            assert answer.value == expected
            assert bounds.lower <= expected <= bounds.upper
            if m <= r + 1 or expected <= 1:
                assert bounds == (expected, expected)
                assert answer.by == "theorem"


@pytest.mark.parametrize(
    ("r", "m"),
    [
        *[(2, 5), (3, 5), (4, 5), (5, 6), (1, 5), (0, 5)],
        pytest.param(3, 6, marks=pytest.mark.exhaustive),
    ],
)
def test_bounds_hold_on_all_pairs_up_to_symmetry(r, m):
    ecc = 0
    for a, b, steps in pairs(r, m):
        assert distance_bounds(a, b).lower <= steps <= distance_bounds(a, b).upper
        assert distance_bounds(b, a) == distance_bounds(a, b)
        ecc = max(ecc, steps)
    bounds = diameter_bounds(r, m)
    assert bounds.lower <= ecc <= bounds.upper


def test_search_is_exact():
    rng = np.random.default_rng(0)
    cases = [pair for pair in pairs(2, 5) if rng.random() < 0.2]
    answers = [distance_with_reason(a, b) for a, b, _ in cases]
    assert [x.value for x in answers] == [steps for _, _, steps in cases]
    assert {x.by for x in answers} == {"theorem", "bound", "search"}


def test_search_finds_walks_shorter_than_path():
    a = Configuration.from_word([0, 0, 1, 2, 3], 2)
    b = Configuration.from_word([1, 2, 0, 3, 3], 2)
    graph = oracle.graph_of(2, 5)
    steps = graph.levels(graph.words.index(a.word))[graph.words.index(b.word)]
    answer = distance_with_reason(a, b)
    assert answer.value == steps == 3
    assert len(path(a, b)) >= 3
    assert answer.by in ("bound", "search")


DIAMETERS = {
    **{(2, 3): 6, (2, 4): 4, (2, 5): 4, (2, 6): 4, (2, 7): 4},
    **{(3, 4): 8, (3, 5): 6, (3, 6): 5, (3, 7): 5, (3, 8): 4},
    **{(4, 5): 12, (4, 6): 8, (4, 7): 6, (4, 8): 6, (5, 6): 14, (5, 7): 10, (5, 8): 8, (6, 8): 10},
    **{(0, 0): 0, (0, 1): 0, (0, 2): 1, (0, 9): 1, (1, 1): 0, (1, 2): 2, (1, 8): 2},
}


@pytest.mark.parametrize(("widths", "diameter"), DIAMETERS.items())
def test_diameter_bounds_of_known_diameters(widths, diameter):
    bounds = diameter_bounds(*widths)
    assert bounds.lower <= diameter <= bounds.upper
    if widths[1] == widths[0] + 1 or widths[0] <= 2:
        assert bounds == (diameter, diameter)


@pytest.mark.parametrize(("r", "m"), [(2, 4), (2, 5), (3, 5), (4, 6), (5, 7), (7, 12), (8, 30)])
def test_the_lower_bound_of_the_diameter_is_attained_by_the_pair_of_the_proof(r, m):
    # 2-cycles of labels with one neuron each; the rest is one label, or two that change places
    swaps = [t ^ 1 for t in range(r - 1 - (r + 1) % 2)]
    rest = m - len(swaps)
    if r % 2:
        a, b = [*range(r - 1), *[r - 1] * rest], [*swaps, *[r - 1] * rest]
    else:
        a = [*range(r - 2), r - 2, *[r - 1] * (rest - 1)]
        b = [*swaps, r - 1, *[r - 2] * (rest - 1)]
    bounds = distance_bounds(Configuration.from_word(a, r), Configuration.from_word(b, r))
    x, h = 3 * r // 2 - 1, m - r
    assert bounds.lower >= 2 - (-2 * x // h)


def test_no_walk():
    a, b = Configuration.from_word([0, 1], 2), Configuration.from_word([1, 0], 2)
    assert distance_with_reason(a, b) == Answer(math.inf, "theorem", "a and b differ, and m = r")
    assert distance(a, a) == 0
    assert distance_bounds(a, b) == (math.inf, math.inf) == diameter_bounds(2, 2)
    assert distance_bounds(a, a) == (0, 0)


def test_degenerate_sizes():
    empty = Configuration.from_word([], 0)
    assert distance(empty, empty) == 0
    assert distance_bounds(empty, empty) == (0, 0)
    assert len(path(empty, empty)) == 0
    one = Configuration.from_word([0], 1)
    assert distance(one, one) == 0


def test_layers_take_the_greatest():
    a, b = Configuration.from_word([0, 1, 2], 2), Configuration.from_word([1, 0, 2], 2)
    one, two = NetworkConfiguration([a, a, b]), NetworkConfiguration([a, b, b])
    assert distance(one, two) == 6
    assert distance(one, one) == 0
    assert distance_bounds(one, two) == (6, 6)
    stuck = Configuration.from_word([0, 1], 2), Configuration.from_word([1, 0], 2)
    one, two = NetworkConfiguration([a, stuck[0]]), NetworkConfiguration([b, stuck[1]])
    assert distance(one, two) == math.inf == distance_bounds(one, two).upper
    wide = Architecture.parse("2-3-8-1")
    assert network_diameter_bounds(wide, (2, 6)) == Bounds(10, 12)
    assert network_diameter_bounds(Architecture.parse("2-4-9-1"), (2, 2)) == (4, 4)
    assert network_diameter_bounds(wide, (3, 6)) == Bounds(math.inf, math.inf)


def test_strong_product_of_two_layers():
    rng = np.random.default_rng(5)
    layers = [(1, 2), (2, 3)]
    graphs = []
    for r, m in layers:
        words = Expansions(r, m).words()
        graphs.append(
            nx.from_numpy_array(meeting(words, words, r) & ~np.eye(len(words), dtype=bool))
        )
    product = nx.strong_product(*graphs)
    families = [Expansions(r, m) for r, m in layers]
    for _ in range(30):
        ranks = [[int(rng.integers(f.cardinality())) for f in families] for _ in range(2)]
        ends = [
            NetworkConfiguration([f.unrank(i) for f, i in zip(families, x, strict=True)])
            for x in ranks
        ]
        assert distance(*ends) == nx.shortest_path_length(product, *map(tuple, ranks))


@given(st.data())
def test_bounds_agree_with_a_walk_at_any_size(data):
    r = data.draw(st.integers(0, 12))
    m = data.draw(st.integers(max(r, 1), r + 8))
    rank = st.integers(0, Expansions(r, m).cardinality() - 1)
    a, b = (Expansions(r, m).unrank(data.draw(rank)) for _ in range(2))
    lower, upper = distance_bounds(a, b)
    assert lower <= upper
    if upper < math.inf:
        assert lower <= len(path(a, b)) <= upper


def test_bad_arguments():
    a = Configuration.from_word([0, 1, 2], 2)
    network = NetworkConfiguration([a])
    for question in (distance, distance_bounds, path):
        for other in ((0, 1, 2), None, network):
            with pytest.raises(TypeError, match="must be two Configurations"):
                question(a, other)
        with pytest.raises(ValueError, match=r"same \(r, m\), not for \(2, 3\) and \(3, 3\)"):
            question(a, Configuration.from_word([0, 1, 2], 3))
        with pytest.raises(ValueError, match="same"):
            question(network, NetworkConfiguration([a, a]))
    for question in (a.meets, a.join, lambda c: a.intersection_dimension(c, 1, 1)):
        with pytest.raises(TypeError, match="must be a Configuration"):
            question(3)
        with pytest.raises(ValueError, match=r"\(2, 3\), not \(3, 3\)"):
            question(Configuration.from_word([0, 1, 2], 3))
    with pytest.raises(ValueError, match="at least 1"):
        a.intersection_dimension(a, 0, 1)
    with pytest.raises(ValueError, match="at least 4"):
        diameter_bounds(4, 3)
    with pytest.raises(TypeError, match="integer"):
        diameter_bounds(2.0, 3)
    with pytest.raises(ValueError, match="limit"):
        distance(a, a, limit=-1)


def test_refusal_names_the_bounds():
    a = Configuration.from_word([0, 1, 2, 2], 2)
    b = Configuration.from_word([1, 0, 2, 3], 2)
    assert (
        str(distance_with_reason(a, b, limit=61))
        == "4 by search: from both ends, no walk of 3 steps"
    )
    with pytest.raises(SizeLimitError, match="limit of 3: raise limit; the distance is"):
        distance(a, b, limit=3)
    rng = np.random.default_rng(0)
    a, b = (Configuration.from_word(oracle.random_word(rng, 66, 70, 0.3), 66) for _ in range(2))
    with pytest.raises(SizeLimitError, match="the distance is between"):
        distance(a, b, limit=10_000)


def test_few_neurons_change_in_a_wide_layer():
    """Far beyond what a search of the whole graph could reach."""
    for r in (100, 3000):
        a = Configuration.from_word([*range(r), r, r + 1], r)
        b = Configuration.from_word([1, 0, *range(2, r), r, r + 1], r)
        assert str(distance_with_reason(a, b)) == "4 by search: from both ends, no walk of 3 steps"


@pytest.mark.parametrize("m", [5, 64, 65, 300])
def test_meeting_of_blocks_of_words(m):
    rng = np.random.default_rng(m)
    words = []
    for _ in range(40):
        word = [0, 1, *rng.integers(0, 4, m - 2)]
        words.append(oracle.canonical([int(c) for c in rng.permutation(word)], 2))
    words = np.array(words)
    met = meeting(words[:15], words, 2)
    assert met.shape == (15, 40)
    assert met[:, :15].diagonal().all()
    for i, j in itertools.product(range(15), range(40)):
        assert met[i, j] == meet(words[i], words[j], 2)
        a, b = (Configuration.from_word(w, 2) for w in (words[i], words[j]))
        assert (a.intersection_dimension(b, 2, 1) is not None) == a.meets(b) == met[i, j]
        assert intersection(words[i], words[j], 2, 2, 1) == a.intersection_dimension(b, 2, 1)


def test_meeting_of_empty_blocks():
    words = Expansions(2, 4).words()
    assert meeting(words[:0], words, 2).shape == (0, 62)
    assert meeting(words, words[:0], 2).shape == (62, 0)
    empty = np.zeros((1, 0), np.uint8)
    assert meeting(empty, empty, 0).all()
    assert join(empty[0], empty[0]) == []
