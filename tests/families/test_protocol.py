"""One contract for every family, every small case exhaustively, against a brute force."""

import itertools
import pickle
from collections import Counter

import numpy as np
import pytest

from critcount import (
    Architecture,
    Configuration,
    CriticalSubspaces,
    DomainExpansions,
    Expansions,
    NetworkExpansions,
    PermutationPoints,
    SignedCriticalSubspaces,
    SignedExpansions,
    SignedNetworkExpansions,
    SizeLimitError,
    families,
)
from critcount.configurations.block_sizes import Shape
from critcount.families import NetworkConfiguration
from critcount.families.single_layer import SingleLayer
from tests.families.cases import all_cases
from tests.oracles import families_brute_force as brute


def single():
    return [(family, words) for family, words in all_cases() if isinstance(family, SingleLayer)]


def test_there_are_cases_of_every_kind():
    kinds = Counter(type(family).__name__ for family, _ in all_cases())
    assert set(kinds) == {
        "Expansions",
        "CriticalSubspaces",
        "PermutationPoints",
        "Plateaus",
        "NetworkExpansions",
        "SignedCriticalSubspaces",
        "SignedExpansions",
        "DomainExpansions",
        "SignedNetworkExpansions",
    }
    assert len(all_cases()) > 300
    assert sum(not words for _, words in all_cases()) > 50


def test_iteration_is_the_brute_force_in_its_order():
    for family, words in all_cases():
        elements = list(family)
        assert [c.word for c in elements] == words, family
        assert all(a < b for a, b in itertools.pairwise(elements))


def test_cardinality_is_the_length():
    for family, words in all_cases():
        assert family.cardinality() == len(words) == len(family), family
        assert type(family.cardinality()) is int
        assert bool(family) == bool(words)


@pytest.mark.parametrize("most", [40, pytest.param(10**9, marks=pytest.mark.exhaustive)])
def test_rank_and_unrank_are_inverse(most):
    for family, words in all_cases():
        step = 1 + len(words) // most
        for index, c in itertools.islice(enumerate(family), 0, None, step):
            assert family.rank(c) == index, family
            assert family.unrank(index) == c, family
        for index in (-1, len(words), len(words) + 5):
            with pytest.raises(IndexError, match=f"not {index}|is empty"):
                family.unrank(index)


def test_arrays_hold_the_words():
    for family, words in all_cases():
        expected = np.array(words, np.uint8).reshape(len(words), family.m)
        for order in ("F", "C"):
            block = family.words(order=order)
            assert block.dtype == np.uint8
            assert block.flags[f"{order}_CONTIGUOUS"]
            assert np.array_equal(block, expected), family
            for rows in (1, 3, 1000):
                blocks = list(family.batches(rows, order=order))
                assert all(len(b) == rows for b in blocks[:-1])
                assert np.array_equal(np.concatenate([expected[:0], *blocks]), expected), family
        start, stop = len(words) // 3, len(words) - len(words) // 4
        assert np.array_equal(family.words(start, stop), expected[start:stop])
        blocks = list(family.batches(2, start=start, stop=stop))
        assert np.array_equal(np.concatenate([expected[:0], *blocks]), expected[start:stop])
        frame = family.to_frame()
        assert np.array_equal(frame.to_numpy(), expected)
        assert list(frame.columns) == [f"neuron_{i}" for i in range(family.m)]


def test_samples_belong_and_come_from_the_seed():
    for family, words in all_cases():
        if not words:
            with pytest.raises(ValueError, match="there is no"):
                family.random(0)
            continue
        known = set(words)
        samples = family.random(np.random.default_rng(1), 20)
        assert len(samples) == 20
        assert all(c in family and c.word in known for c in samples), family
        assert family.random(1, 20) == samples
        assert [c.word for c in samples] == [tuple(w) for w in family.random_words(1, 20).tolist()]
        assert family.random(5) in family
        assert family.random(5, 0) == []
        assert family.random_words(5, 0).shape == (0, family.m)


def test_membership_is_that_of_the_brute_force():
    everything = [
        Configuration.from_word(word, r)
        for m in range(6)
        for r in range(m + 1)
        for word in brute.configurations(r, m)
    ]
    for family, words in single():
        members = {c.word for c in everything if c in family}
        if family.m <= 5:
            assert members == set(words), family
        else:
            assert not members
            assert all(Configuration.from_word(word, family.r) in family for word in words)
        for c in everything:
            if c not in family:
                with pytest.raises(ValueError, match="is not in"):
                    family.rank(c)
                break


def test_what_is_no_configuration_is_no_member():
    family = Expansions(1, 2)
    for other in ((0, 1), [0, 1], "0,1", np.array([0, 1]), None, 0):
        assert other not in family
        with pytest.raises(ValueError, match=r"is not in Expansions\(1, 2\)"):
            family.rank(other)
    network = NetworkExpansions(Architecture.parse("2-3-1"), 2)
    c = Configuration.from_word([0, 1, 2], 2)
    assert c not in network
    assert NetworkConfiguration([c]) in network
    assert NetworkConfiguration([c, c]) not in network
    assert NetworkConfiguration([Configuration.from_word([0, 1], 2)]) not in network


@pytest.mark.parametrize(
    "family",
    [
        SignedExpansions(2, 12, "tanh"),
        SignedExpansions(3, 11, "sigmoid", biases="hidden"),
        SignedExpansions(2, 12, "softplus", 1, biases="hidden"),
        SignedExpansions(3, 12, "relu", 3, biases="none"),
        SignedExpansions(3, 12, "gelu", 3, 3),
        SignedCriticalSubspaces(3, 12, "tanh"),
        SignedCriticalSubspaces(3, 12, "gelu"),
        DomainExpansions(2, 12, "relu", 1),
        DomainExpansions(3, 12, "leaky_relu"),
        DomainExpansions(2, 12, "selu"),
    ],
    ids=repr,
)
def test_the_completions_of_a_prefix_are_those_of_all_its_moves(family):
    """At every prefix of a word, and from the first: their number is the cardinality."""
    automaton = family._automaton()
    assert automaton.count(automaton.start, family.m) == family.cardinality()
    for element in family.random(2, 2):
        state = automaton.start
        for place, letter in enumerate(element.word):
            left = family.m - place
            moves = automaton.moves(state, left)
            assert automaton.count(state, left) == sum(
                automaton.count(after, left - 1) for _, after in moves
            )
            assert [each for each, _ in moves] == sorted({each for each, _ in moves})
            state = dict(moves)[letter]
        assert automaton.count(state, 0) == 1


def test_wide_types_are_ranked():
    for family in (
        SignedExpansions(3, 50, "gelu"),
        DomainExpansions(3, 45, "relu"),
        SignedNetworkExpansions("2-30-41-1", (2, 3), "tanh"),
    ):
        element = family.random(1)
        assert family.unrank(family.rank(element)) == element
    family = SignedExpansions(0, 130, "mish", flips=False)
    last = family.unrank(family.cardinality() - 1)
    assert last.word == tuple(range(1, 260, 2))  # more letters than a byte has
    assert family.rank(last) == family.cardinality() - 1


def test_orbits_are_the_classes_of_equal_shape():
    for family, words in single():
        classes = {}
        for word in words:
            classes.setdefault(brute.sizes(word, family.r), []).append(word)
        orbits = list(family.orbits())
        assert [(o.representative.word, o.size) for o in orbits] == sorted(
            (alike[0], len(alike)) for alike in classes.values()
        ), family
        assert sum(o.size for o in orbits) == family.cardinality()


def test_families_are_values():
    for family, _ in all_cases():
        again = pickle.loads(pickle.dumps(family))
        assert again == family
        assert hash(again) == hash(family)
        public = {name: getattr(families, name) for name in families.__all__}
        names = public | {"Architecture": Architecture, "Shape": Shape}
        assert eval(repr(family), names) == family  # the repr is the call
    assert Expansions(2, 4) != CriticalSubspaces(2, 4)
    assert Expansions(2, 4) != Expansions(2, 4, zero_blocks=1)
    assert Expansions(2, 4) != (2, 4)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Expansions(-1, 2), ValueError, "r must be at least 0, not -1"),
        (lambda: Expansions(1, -2), ValueError, "m must be at least 0, not -2"),
        (lambda: Expansions(1.0, 2), TypeError, "r must be an integer"),
        (lambda: Expansions(1, True), TypeError, "m must be an integer"),
        (lambda: Expansions(1, "2"), TypeError, "m must be an integer"),
        (lambda: Expansions(1, 3, zero_blocks=-1), ValueError, "zero_blocks must be at least 0"),
        (lambda: Expansions(1, 3, shape=7), TypeError, "shape must be a pair"),
        (lambda: Expansions(1, 3, shape=((1,), (1,))), ValueError, "3 neurons in all, not 2"),
        (lambda: Expansions(1, 3, shape=((1, 2), ())), ValueError, "1 replication blocks, not 2"),
        (
            lambda: Expansions(1, 3, shape=((1,), (2,)), zero_blocks=1),
            ValueError,
            "zero_blocks or shape, not both",
        ),
        (lambda: NetworkExpansions(231, 2), TypeError, "architecture must be"),
        (
            lambda: NetworkExpansions(Architecture.parse("2-3-1"), 4),
            ValueError,
            "wider than the hidden layer",
        ),
        (lambda: NetworkExpansions(Architecture.parse("2-3-3-1"), (2,)), ValueError, "one width"),
        (lambda: NetworkConfiguration([]), TypeError, "one or more configurations"),
        (lambda: NetworkConfiguration([(0, 1)]), TypeError, "one or more configurations"),
        (lambda: Expansions(1, 2).unrank(1.0), TypeError, "index must be an integer"),
        (lambda: Expansions(1, 2).words(-1), IndexError, "start must be from 0 to 3, not -1"),
        (lambda: Expansions(1, 2).words(0, 4), IndexError, "stop must be from 0 to 3, not 4"),
        (lambda: Expansions(1, 2).words(2, 1), IndexError, "start must be from 0 to 1, not 2"),
        (lambda: Expansions(1, 2).batches(0), ValueError, "rows must be at least 1"),
        (lambda: Expansions(1, 2).batches(order="A"), ValueError, "order must be one of"),
        (lambda: Expansions(1, 2).words(order="A"), ValueError, "order must be one of"),
        (lambda: Expansions(1, 2).random(None), TypeError, "rng must be a numpy.random.Generator"),
        (lambda: Expansions(1, 2).random(0.5), TypeError, "rng must be a numpy.random.Generator"),
        (lambda: Expansions(1, 2).random(-1), ValueError, "rng must be at least 0"),
        (lambda: Expansions(1, 2).random(1, -1), ValueError, "size must be at least 0"),
        (lambda: Expansions(1, 2).random(1, 1.5), TypeError, "size must be an integer"),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_requests_past_the_limit_are_refused_before_any_work():
    family = Expansions(50, 1000)
    with pytest.raises(SizeLimitError, match=r"array of some 10\^.* words") as refusal:
        family.words()
    assert "bytes, past the limit of 2,147,483,648: raise limit, or take batches()" in str(
        refusal.value
    )
    with pytest.raises(SizeLimitError, match="22,320 bytes, past the limit of 22,319"):
        Expansions(4, 6).to_frame(limit=22_319)
    assert Expansions(4, 6).words(limit=22_320).nbytes == 22_320
    assert Expansions(4, 6).words(0, 100, limit=600).shape == (100, 6)


@pytest.mark.parametrize(
    "family",
    [
        Expansions(2, 10_001),
        Expansions(5, 10**30),
        Expansions(10**30, 10**30 + 2),
        Expansions(1, 10_001, shape=((10_000,), (1,))),
        CriticalSubspaces(10**30, 10**30),
        PermutationPoints(10**30, 2),
        NetworkExpansions(Architecture([3, 6000, 6000, 1]), (2, 2)),
    ],
    ids=repr,
)
def test_words_too_long_to_walk_through_are_refused_at_once(family):
    c = Configuration.from_word([0], 1)
    for use in (
        lambda: next(iter(family)),
        lambda: family.rank(c),
        lambda: family.unrank(0),
        lambda: family.words(0, 1),
        lambda: family.batches(),
        lambda: family.to_frame(),
        lambda: family.random(1),
    ):
        with pytest.raises(SizeLimitError, match="letters, past the limit of 10,000: families as"):
            use()
    assert c not in family


def test_rank_and_unrank_of_large_families():
    rng = np.random.default_rng(7)
    for family in (
        Expansions(5, 200),
        Expansions(5, 200, zero_blocks=7),
        Expansions(300, 302),
        Expansions(0, 150),
        Expansions(3, 28, shape=((5, 1, 4), (1, 1, 2, 3, 3, 4, 4))),
        CriticalSubspaces(20, 150),
        PermutationPoints(120, 30),
        NetworkExpansions(Architecture.parse("9-40-30-20-3"), (30, 3, 20)),
    ):
        last = family.cardinality() - 1
        first = family.unrank(0)
        assert (family.rank(first), family.rank(family.unrank(last))) == (0, last)
        previous = (-1, first)
        for c in sorted(family.random(rng, 5)):
            index = family.rank(c)
            assert family.unrank(index) == c
            assert (index, c) >= previous
            previous = (index, c)
            # the neighbours by the kernel, which does not unrank
            start = max(0, index - 2)
            around = family.words(start, min(last + 1, index + 3)).tolist()
            assert tuple(around[index - start]) == c.word
            assert all(a < b for a, b in itertools.pairwise(around))
            assert [family.rank(e) for e in elements(family, around)] == list(
                range(start, start + len(around))
            )


def elements(family, words):
    for word in words:
        if isinstance(family, NetworkExpansions):
            word = iter(word)
            yield NetworkConfiguration(
                [
                    Configuration.from_word(itertools.islice(word, layer.m), layer.r)
                    for layer in family.layers
                ]
            )
        else:
            yield Configuration.from_word(word, family.r)


def test_walks_and_closed_forms_count_the_same_completions():
    for family in (
        Expansions(4, 12),
        Expansions(3, 12, zero_blocks=3),
        Expansions(2, 12, shape=((3, 1), (1, 2, 2, 3))),
        CriticalSubspaces(5, 12),
        PermutationPoints(12, 4),
        NetworkExpansions(Architecture.parse("2-5-1-6-1"), (3, 1, 2)),
    ):
        automaton = family._automaton()
        assert automaton.count(automaton.start, family.m) == family.cardinality()
        for c in family.random(11, 5):
            cursor, state = automaton.cursor(), automaton.start
            for place, letter in enumerate(c.word):
                left = family.m - place
                moves = dict(automaton.moves(state, left))
                runs = {
                    first + i: each
                    for first, number, each in cursor.runs()
                    for i in range(number)
                    if each
                }
                assert runs == {x: automaton.count(s, left - 1) for x, s in moves.items()}
                for above in range(-1, family.m):
                    later = {x: s for x, s in moves.items() if x > above}
                    assert dict(automaton.moves(state, left, above)) == later
                cursor.step(letter)
                state = moves[letter]


def test_attributes():
    assert (Expansions(2, 5, zero_blocks=1).zero_blocks, Expansions(2, 5).zero_blocks) == (1, None)
    assert Expansions(1, 3, shape=[[1], [1, 1]]).shape == ((1,), (1, 1))
    assert (PermutationPoints(7, 2).n, PermutationPoints(7, 2).order) == (7, 2)
    assert (PermutationPoints(7, 2).r, PermutationPoints(7, 2).m) == (5, 7)
    assert CriticalSubspaces(2, 7).dimension() == 5


HUGE = [10**10, 10**11, 10**5000]


@pytest.mark.parametrize("huge", HUGE, ids=["10^10", "10^11", "10^5000"])
def test_an_empty_family_is_empty_at_once(huge):
    """No table is made that grows with an argument nothing has."""
    for family in (
        Expansions(huge, 4),
        Expansions(2, 4, zero_blocks=huge),
        CriticalSubspaces(huge, 4),
        PermutationPoints(4, huge),
    ):
        assert family.cardinality() == 0
        assert not family
        assert list(family) == list(family.batches()) == []
        assert family.words().shape == (0, 4)
        assert family.to_frame().shape == (0, 4)
        with pytest.raises(IndexError, match="is empty"):
            family.unrank(0)
        with pytest.raises(ValueError, match="is not in"):
            family.rank(Configuration.from_word([0, 1, 2, 3], 4))
        with pytest.raises(ValueError, match="no"):
            family.random(0)


@pytest.mark.parametrize("huge", HUGE, ids=["10^10", "10^11", "10^5000"])
def test_what_cannot_be_counted_is_refused(huge):
    for count in (
        lambda: PermutationPoints(huge, 1).cardinality(),
        lambda: PermutationPoints(10**8, 1).cardinality(),
        lambda: Expansions(1, huge, shape=([huge], [])).cardinality(),
        lambda: list(Expansions(1, huge)),
        lambda: Expansions(1, huge).random(0),
    ):
        with pytest.raises(SizeLimitError, match="past the limit of"):
            count()
