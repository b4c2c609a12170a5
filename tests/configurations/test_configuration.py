"""Configuration: words and blocks, errors, order, and what permutations and mergers do."""

import itertools
import pickle

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from critcount import Configuration
from tests.oracles import families_brute_force as brute

SMALL = [
    (r, m, word) for m in range(6) for r in range(m + 1) for word in brute.configurations(r, m)
]


@st.composite
def configurations(draw, most=12):
    m = draw(st.integers(0, most))
    letters = draw(st.lists(st.integers(0, most), min_size=m, max_size=m))
    number = {}
    blocks = [number.setdefault(letter, len(number)) for letter in letters]
    r = draw(st.integers(0, len(number)))
    labels = draw(st.permutations(range(len(number))))[:r]
    groups = [[i for i in range(m) if blocks[i] == b] for b in range(len(number))]
    return Configuration.from_blocks(
        [groups[b] for b in labels], [groups[b] for b in range(len(number)) if b not in labels]
    )


def test_words_and_blocks_give_the_same_configuration():
    for r, m, word in SMALL:
        c = Configuration.from_word(word, r)
        assert (c.word, c.r, c.m) == (word, r, m)
        blocks = [[i for i in range(m) if word[i] == t] for t in range(max((r - 1, *word)) + 1)]
        assert c.replication_blocks == tuple(map(tuple, blocks[:r]))
        assert c.zero_blocks == tuple(map(tuple, blocks[r:]))
        assert c.shape == brute.sizes(word, r)
        assert Configuration.from_blocks(blocks[:r], reversed(blocks[r:])) == c


def test_exactly_the_canonical_words_are_accepted():
    for m in range(5):
        for word in itertools.product(range(m + 1), repeat=m):
            for r in range(m + 2):
                if brute.is_configuration(word, r):
                    assert Configuration.from_word(word, r).word == word
                else:
                    with pytest.raises(ValueError, match=r"^word"):
                        Configuration.from_word(word, r)


@pytest.mark.parametrize(
    ("word", "r", "error", "message"),
    [
        ([0, 1], -1, ValueError, "r must be at least 0, not -1"),
        ([0, 1], True, TypeError, "r must be an integer, not True"),
        ([0, 1], 1.0, TypeError, "r must be an integer"),
        ([0, -1], 1, ValueError, r"word\[1\] must be at least 0, not -1"),
        (np.array([0, -1]), 1, ValueError, r"word\[1\] must be at least 0, not -1"),
        ([0, 1.0], 1, TypeError, r"word\[1\] must be an integer"),
        (np.array([0.0]), 1, TypeError, r"word\[0\] must be an integer"),
        ("0,x", 1, ValueError, "a word must have one letter a neuron"),
        ("0,,1", 1, ValueError, "a word must have one letter a neuron"),
        ("0,-1", 1, ValueError, "a word must have one letter a neuron"),
        ("³", 1, ValueError, "a word must have one letter a neuron"),
        (b"01", 1, TypeError, "word must be a sequence of integers"),
        (7, 1, TypeError, "word must be a sequence of integers"),
        ([0, 3], 1, ValueError, "must be at most 1, not 3: zero-type blocks are numbered"),
        ([0, 0], 2, ValueError, "every label below r = 2, and 1 is missing"),
        ([], 1, ValueError, "every label below r = 1"),
    ],
)
def test_bad_words(word, r, error, message):
    with pytest.raises(error, match=message):
        Configuration.from_word(word, r)


@pytest.mark.parametrize(
    ("replication", "zero", "error", "message"),
    [
        ([[0], []], [], ValueError, r"replication_blocks\[1\] must not be empty"),
        ([[0]], [[]], ValueError, r"zero_blocks\[0\] must not be empty"),
        ([[0, 1]], [[1]], ValueError, r"0, …, 2 once: zero_blocks\[0\] holds 1 again"),
        ([[0, 0]], [], ValueError, r"replication_blocks\[0\] holds 0 again"),
        ([[0]], [[2]], ValueError, r"zero_blocks\[0\] holds 2$"),
        ([[-1, 0]], [], ValueError, r"replication_blocks\[0\]\[0\] must be at least 0"),
        ([["0"]], [], TypeError, "must be an integer"),
        ([0], [], TypeError, r"replication_blocks\[0\] must be a sequence of integers"),
    ],
)
def test_bad_blocks(replication, zero, error, message):
    with pytest.raises(error, match=message):
        Configuration.from_blocks(replication, zero)


def test_integers_too_long_to_print():
    with pytest.raises(ValueError, match="an integer of about 5,001 digits: zero-type"):
        Configuration.from_word([0, 10**5000], 1)
    with pytest.raises(ValueError, match="an integer of about 5,001 digits, and it has 1 letter"):
        Configuration.from_word([0], 10**5000)
    with pytest.raises(ValueError, match="holds an integer of about 5,001 digits"):
        Configuration.from_blocks([], [[10**5000]])


def test_the_empty_configuration():
    c = Configuration.from_word([], 0)
    assert (c.word, c.m, c.replication_blocks, c.zero_blocks, c.shape) == ((), 0, (), (), ((), ()))
    assert c == Configuration.from_blocks([])
    assert c.dimension(1, 1) == 0
    assert len(c.to_graph()) == 0
    assert (repr(c), str(c), c.latex()) == ("Configuration()", "", "")
    assert c.permute([]) == c


def test_the_constructor_is_not_for_use():
    with pytest.raises(TypeError, match="from_word"):
        Configuration()


def test_configurations_are_immutable():
    c = Configuration.from_word([0, 1, 2], 2)
    with pytest.raises(AttributeError, match="immutable"):
        c.r = 3
    with pytest.raises(AttributeError, match="immutable"):
        c.colour = "red"
    with pytest.raises(AttributeError, match="immutable"):
        del c._key
    with pytest.raises(ValueError, match="read-only"):
        c.letters[0] = 1
    assert not hasattr(c, "__dict__")


def test_order_is_that_of_the_words():
    everything = [Configuration.from_word(word, r) for r, _, word in SMALL]
    expected = sorted(everything, key=lambda c: (c.word, c.r))
    assert sorted(everything) == expected
    for a, b in itertools.pairwise(expected):
        assert a < b
        assert a <= b
        assert b > a
        assert a != b
    with pytest.raises(TypeError):
        assert expected[0] < (0, 1)


@pytest.mark.parametrize("m", [256, 257, 65536, 65537])
def test_order_does_not_depend_on_the_width_of_the_letters(m):
    first = Configuration.from_word(range(m), 1)
    second = Configuration.from_word([*range(m - 2), m - 3, m - 2], 1)
    assert second < first
    assert first.word == tuple(range(m))
    assert first.letters.dtype.itemsize == (1 if m == 256 else 2 if m <= 65536 else 4)
    assert Configuration.from_word(np.arange(m), 1) == first


def test_equal_configurations_hash_alike_and_survive_pickling():
    for r, _, word in SMALL:
        c = Configuration.from_word(list(word), r)
        again = pickle.loads(pickle.dumps(c))
        assert again == c
        assert hash(again) == hash(c)
        assert again.zero_blocks == c.zero_blocks
    assert Configuration.from_word([0, 1], 0) != Configuration.from_word([0, 1], 1)
    assert Configuration.from_word([0], 1) != (0,)
    assert len({Configuration.from_word(word, r) for r, _, word in SMALL}) == len(SMALL)


def test_dimension_counts_free_weights():
    for r, _, word in SMALL:
        c = Configuration.from_word(word, r)
        for d_in, d_out in ((1, 1), (3, 1), (2, 5)):
            outgoing = sum((len(b) - 1) * d_out for b in c.replication_blocks + c.zero_blocks)
            assert c.dimension(d_in, d_out) == outgoing + len(c.zero_blocks) * d_in
    for bad in (0, -1):
        with pytest.raises(ValueError, match="d_in must be at least 1"):
            c.dimension(bad, 1)
        with pytest.raises(ValueError, match="d_out must be at least 1"):
            c.dimension(1, bad)


@given(configurations(), st.data())
def test_permutations_act(c, data):
    p = data.draw(st.permutations(range(c.m)))
    q = data.draw(st.permutations(range(c.m)))
    moved = c.permute(p)
    assert moved.replication_blocks == tuple(
        tuple(sorted(p[i] for i in block)) for block in c.replication_blocks
    )
    assert set(moved.zero_blocks) == {tuple(sorted(p[i] for i in b)) for b in c.zero_blocks}
    assert moved.shape == c.shape
    assert moved.permute(q) == c.permute([q[p[i]] for i in range(c.m)])
    assert c.permute(range(c.m)) == c


def test_bad_permutations():
    c = Configuration.from_word([0, 1, 2], 2)
    for p in ([0, 1], [0, 1, 1], [1, 2, 3], [0, 1, 2, 3]):
        with pytest.raises(ValueError, match="p must be a permutation of the neurons 0, …, 2"):
            c.permute(p)


@given(configurations(), st.data())
def test_mergers_unite_two_blocks(c, data):
    if not c.zero_blocks or c.r + len(c.zero_blocks) < 2:
        return
    number = data.draw(st.integers(0, len(c.zero_blocks) - 1))
    letters = [x for x in range(c.r + len(c.zero_blocks)) if x != c.r + number]
    into = data.draw(st.sampled_from(letters))
    replication, zero = map(list, c.replication_blocks), list(c.zero_blocks)
    replication = list(replication)
    if into < c.r:
        replication[into] = [*replication[into], *zero[number]]
    else:
        zero[into - c.r] = zero[into - c.r] + zero[number]
    del zero[number]
    assert c.merge(number, into) == Configuration.from_blocks(replication, zero)


def test_bad_mergers():
    c = Configuration.from_word([0, 1, 2, 3], 2)
    with pytest.raises(ValueError, match=r"zero_block must be below the number .* 2, not 2"):
        c.merge(2, 0)
    with pytest.raises(ValueError, match="into must be at most 3, not 4"):
        c.merge(0, 4)
    with pytest.raises(ValueError, match="into must be another block than Z_1, not 3"):
        c.merge(1, 3)
    with pytest.raises(ValueError, match="below the number of zero-type blocks, 0, not 0"):
        Configuration.from_word([0], 1).merge(0, 0)


@given(configurations(8))
def test_components_of_the_graph_are_the_blocks(c):
    graph = c.to_graph()
    assert sorted(graph) == list(range(c.m))
    components = {tuple(sorted(component)) for component in nx.connected_components(graph)}
    assert components == {*c.replication_blocks, *c.zero_blocks}
    for i, k in itertools.combinations(range(c.m), 2):
        assert graph.has_edge(i, k) == (c.word[i] == c.word[k])
    for i, letter in enumerate(c.word):
        kind = "replication" if letter < c.r else "zero"
        label = letter if letter < c.r else letter - c.r
        assert graph.nodes[i] == {"kind": kind, "label": label}


def test_text_forms():
    c = Configuration.from_word([0, 1, 3, 2], 3)
    assert repr(c) == "Configuration(K0={0}, K1={1}, K2={3}, Z0={2})"
    assert str(c) == "0,1,3,2"
    assert c._repr_latex_() == (
        r"$K_{0} = \{0\},\; K_{1} = \{1\},\; K_{2} = \{3\},\; Z_{0} = \{2\}$"
    )
    large = Configuration.from_word([0] * 999 + [1], 1)
    assert repr(large) == "<Configuration r=1 m=1000 zero-type blocks=1>"


def test_a_hundred_thousand_neurons():
    m = 10**5
    c = Configuration.from_word(np.arange(m) % 70_000, 50_000)
    assert c.letters.dtype == np.uint32
    assert len(c.zero_blocks) == 20_000
    assert c.shape.zero == (1,) * 20_000
    assert c.permute(range(m)[::-1]).permute(range(m)[::-1]) == c
