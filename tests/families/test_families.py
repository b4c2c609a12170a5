"""One contract for every family, every small case exhaustively, against a brute force."""

import itertools
import json
import pickle
import sys
from collections import Counter

import numpy as np
import pytest

from critcount import (
    Architecture,
    Configuration,
    CriticalSubspaces,
    DomainExpansion,
    DomainExpansions,
    Expansions,
    G,
    NetworkExpansions,
    PermutationPoints,
    Plateaus,
    Setting,
    SignedCriticalSubspaces,
    SignedExpansion,
    SignedExpansions,
    SignedNetworkExpansion,
    SignedNetworkExpansions,
    SizeLimitError,
    T,
    families,
)
from critcount.configurations.configuration import Shape
from critcount.families import NetworkConfiguration, writing
from critcount.families.single_layer import SingleLayer
from tests.oracles import domains_brute_force
from tests.oracles import families_brute_force as brute
from tests.oracles.signed_brute_force import signed_subspaces


def single_layer_cases():
    """Pairs of a family and the words that it should have."""
    for r, m in itertools.product(range(5), range(6)):
        words = brute.configurations(r, m)
        yield Expansions(r, m), words
        for j in range(m + 2):
            few = [w for w in words if len(brute.sizes(w, r)[1]) == j]
            yield Expansions(r, m, zero_blocks=j), few
        for shape in sorted({brute.sizes(w, r) for w in words}):
            alike = [w for w in words if brute.sizes(w, r) == shape]
            yield Expansions(r, m, shape=shape), alike
            if not shape[1]:
                yield CriticalSubspaces(r, m, shape=shape), alike
        yield CriticalSubspaces(r, m), brute.critical(r, m)
        for single in itertools.chain.from_iterable(
            itertools.combinations(range(r), size) for size in range(min(r, 2) + 1)
        ):
            once = [
                w for w in brute.critical(r, m) if all(w.count(letter) == 1 for letter in single)
            ]
            yield Plateaus(r, m, single=single), once
            for shape in sorted({brute.sizes(w, r) for w in once})[:2]:
                alike = [w for w in once if brute.sizes(w, r) == shape]
                yield Plateaus(r, m, single=single, shape=shape), alike
    for n, order in itertools.product(range(7), range(5)):
        words = brute.permutation_points(n, order)
        yield PermutationPoints(n, order), words
        for shape in sorted({brute.sizes(w, n - order) for w in words})[:3]:
            alike = [w for w in words if brute.sizes(w, n - order) == shape]
            yield PermutationPoints(n, order, shape=shape), alike


def network_cases():
    for widths, minimal in (
        ("2-3-1", 2),
        ("2-3-1", 0),
        ("1-2-3-1", (1, 2)),
        ("3-3-2-2", (2, 1)),
        ("2-2-1-3-1", (1, 1, 2)),
    ):
        family = NetworkExpansions(Architecture.parse(widths), minimal)
        pairs = zip(family.minimal, family.architecture.hidden, strict=True)
        layers = [brute.configurations(r, m) for r, m in pairs]
        words = [tuple(itertools.chain(*parts)) for parts in itertools.product(*layers)]
        yield family, words


def signed_cases():
    for r, m in itertools.product(range(3), range(4)):
        for idle in (False, True):
            words = sorted(
                tuple(0 if v == 0 else 2 * v - 1 + (sign < 0) for v, sign in key)
                for key in signed_subspaces(r, m, idle=idle)
            )
            name = "tanh" if idle else "gaussian"
            yield SignedExpansions(r, m, name, d_in=2, biases="none"), words
    # those of softplus are some of all: the equations are tested with the counts
    for biases, (r, m) in itertools.product(("all", "hidden"), ((0, 3), (1, 3), (2, 4), (3, 2))):
        setting = Setting("softplus", 2, 1, biases)
        everything = SignedExpansions(r, m, "tanh", d_in=2)
        words = [e.word for e in everything if setting.has(e.shape)]
        yield SignedExpansions(r, m, "softplus", d_in=2, biases=biases), words
    for options, (r, m) in itertools.product(
        (("generic", "none"), ("mish", "all"), ("sigmoid", "none"), ("sigmoid", "all")),
        ((0, 2), (1, 3), (2, 2), (2, 4)),
    ):
        name, biases = options
        signed, idle = biases == "all" and name == "sigmoid", biases == "all"
        words = sorted(
            tuple(0 if v == 0 else 2 * v - 1 + (sign < 0) for v, sign in key)
            for key in signed_subspaces(r, m, idle=idle, free=False)
            if signed or all(sign > 0 for _, sign in key)
        )
        yield SignedCriticalSubspaces(r, m, name, biases=biases), words
    for name, biases, d, q in (
        ("sigmoid", "none", 2, 1),
        ("sigmoid", "hidden", 2, 3),
        ("mish", "hidden", 1, 1),
        ("generic", "hidden", 1, 1),
        ("gaussian", "hidden", 1, 1),
        ("relu", "none", 2, 1),
        ("gelu", "all", 1, 1),
        ("gelu", "all", 2, 2),
        ("sin", "all", 1, 1),
    ):
        setting = Setting(name, d, q, biases)
        for r, m in ((1, 3), (2, 4)) if d > 1 else ((1, 3), (2, 3)):
            words = [e.word for e in SignedExpansions(r, m, "tanh") if setting.has(e.shape)]
            yield SignedExpansions(r, m, name, d, q, biases), words


def without_flips():
    for name, biases in (
        ("tanh", "none"),
        ("sigmoid", "hidden"),
        ("gelu", "all"),
        ("mish", "all"),
    ):
        family = SignedExpansions(1, 4, name, 2, biases=biases)
        words = [e.word for e in family if plain(e.word)]
        yield SignedExpansions(1, 4, name, 2, biases=biases, flips=False), words


def domain_cases():
    for name in domains_brute_force.REGIMES:
        for r, m in ((0, 2), (1, 1), (1, 3), (2, 3), (3, 2)):
            words = domains_brute_force.words(name, r, m, d=2)
            yield DomainExpansions(r, m, name, 2), sorted(map(domains_brute_force.letters, words))
    # an analytic activation has the same types in other letters
    for name, biases in (("gelu", "all"), ("softplus", "hidden"), ("sigmoid", "none")):
        words = [
            tuple(letter and 3 * ((letter - 1) // 2) + 4 - letter % 2 for letter in e.word)
            for e in SignedExpansions(1, 4, name, 2, biases=biases)
        ]
        yield DomainExpansions(1, 4, name, 2, biases=biases), words


def signed_network_cases():
    for widths, minimal, name, biases, flips in (
        ("2-3-1", 1, "gelu", "all", True),
        ("2-2-2-1", (1, 1), "tanh", "all", True),
        ("2-2-3-1", (2, 1), "sigmoid", "none", True),
        ("2-3-2-2", (1, 1), "sigmoid", "hidden", True),
        ("2-3-2-1", (1, 1), "relu", "all", False),
        ("2-3-1-2-1", (2, 1, 1), "softplus", "hidden", False),
    ):
        family = SignedNetworkExpansions(widths, minimal, name, biases, flips)
        settings = [layer.setting for layer in family.layers]
        pairs = zip(family.minimal, family.architecture.hidden, settings, strict=True)
        layers = [
            [e.word for e in SignedExpansions(r, m, "tanh", 2) if flips or plain(e.word)]
            for r, m, _ in pairs
        ]
        kept = [
            [word for word in words if setting.has(SignedExpansion(word, r).shape)]
            for words, r, setting in zip(layers, family.minimal, settings, strict=True)
        ]
        yield family, [tuple(itertools.chain(*parts)) for parts in itertools.product(*kept)]


def plain(word):
    return all(letter == 0 or letter % 2 for letter in word)


CASES = [
    *single_layer_cases(),
    *network_cases(),
    *signed_cases(),
    *without_flips(),
    *domain_cases(),
    *signed_network_cases(),
]
SINGLE = [(family, words) for family, words in CASES if isinstance(family, SingleLayer)]


def test_there_are_cases_of_every_kind():
    kinds = Counter(type(family).__name__ for family, _ in CASES)
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
    assert len(CASES) > 300
    assert sum(not words for _, words in CASES) > 50


def test_iteration_is_the_brute_force_in_its_order():
    for family, words in CASES:
        elements = list(family)
        assert [c.word for c in elements] == words, family
        assert all(a < b for a, b in itertools.pairwise(elements))


def test_cardinality_is_the_length():
    for family, words in CASES:
        assert family.cardinality() == len(words) == len(family), family
        assert type(family.cardinality()) is int
        assert bool(family) == bool(words)


def test_rank_and_unrank_are_inverse():
    for family, words in CASES:
        for index, c in enumerate(family):
            assert family.rank(c) == index, family
            assert family.unrank(index) == c, family
        for index in (-1, len(words), len(words) + 5):
            with pytest.raises(IndexError, match=f"not {index}|is empty"):
                family.unrank(index)


def test_arrays_hold_the_words():
    for family, words in CASES:
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
    for family, words in CASES:
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
    for family, words in SINGLE:
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


def test_elements_are_their_parts():
    for family, _ in CASES:
        if isinstance(family, DomainExpansions):
            for e in family:
                again = DomainExpansion.from_parts(e.blocks, e.signs, e.smooth_parts, e.r)
                assert again == e
                lone = [e.smooth_parts.count(name) for name in ("constant", "above", "below")]
                assert e.shape[5:] == tuple(lone)
                exponential = {
                    block
                    for block, part in zip(e.blocks, e.smooth_parts, strict=True)
                    if part == "exponential"
                }
                assert e.shape.exponential == len(exponential)
                assert eval_shape(e) == e.shape[:4]
        if isinstance(family, SignedNetworkExpansions):
            for e in family:
                assert e.word == tuple(itertools.chain(*(part.word for part in e.layers)))
                assert e.shape == tuple(part.shape for part in e.layers)
                assert family.from_word(str(e)) == e == family.from_word(e.word)


def eval_shape(element):
    """The shape of the neurons that have their kink inside, as a type of its own."""
    inside = [i for i, part in enumerate(element.smooth_parts) if part == "kink"]
    names = {t: t for t in range(element.r)}
    blocks = [names.setdefault(element.blocks[i], len(names)) for i in inside]
    signs = [element.signs[i] for i in inside]
    return SignedExpansion.from_parts(blocks, signs, element.r).shape[:4]


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
    for family, words in SINGLE:
        classes = {}
        for word in words:
            classes.setdefault(brute.sizes(word, family.r), []).append(word)
        orbits = list(family.orbits())
        assert [(o.representative.word, o.size) for o in orbits] == sorted(
            (alike[0], len(alike)) for alike in classes.values()
        ), family
        assert sum(o.size for o in orbits) == family.cardinality()


def test_orbits_of_networks():
    for family, words in network_cases():
        ends = list(itertools.accumulate(layer.m for layer in family.layers))
        classes = {}
        for word in words:
            shape = tuple(
                brute.sizes(word[end - layer.m : end], layer.r)
                for layer, end in zip(family.layers, ends, strict=True)
            )
            classes.setdefault(shape, []).append(word)
        orbits = [(o.representative.word, o.size) for o in family.orbits()]
        assert orbits == sorted((alike[0], len(alike)) for alike in classes.values())
        assert all(o.representative.shape in classes for o in family.orbits())


def test_families_are_values():
    for family, _ in CASES:
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
        (lambda: CriticalSubspaces(1, 3, shape=((1,), (2,))), ValueError, "one that the family"),
        (lambda: PermutationPoints(3, -1), ValueError, "order must be at least 0"),
        (lambda: PermutationPoints(-3, 1), ValueError, "n must be at least 0"),
        (lambda: PermutationPoints(4, 2, shape=((3, 1), ())), ValueError, "one that the family"),
        (lambda: NetworkExpansions(231, 2), TypeError, "architecture must be"),
        (
            lambda: NetworkExpansions(Architecture.parse("2-3-1"), 4),
            ValueError,
            "wider than the hidden layer",
        ),
        (lambda: NetworkExpansions(Architecture.parse("2-3-3-1"), (2,)), ValueError, "one width"),
        (lambda: SignedExpansion((2,), 0), ValueError, "must open the zero-type block 0"),
        (lambda: SignedExpansion((1, 5), 1), ValueError, "zero-type block 1 with a positive"),
        (lambda: SignedExpansion((0, 3), 2), ValueError, "must have a neuron of block 0"),
        (lambda: SignedExpansion((0, -3), 0), ValueError, "at least 0"),
        (lambda: SignedExpansion.from_parts([0], [2], 1), ValueError, "signs must be 1 or -1"),
        (lambda: SignedExpansions(1, 3, "relu6"), ValueError, "not worked out"),
        (lambda: SignedCriticalSubspaces(1, 3, "sin"), ValueError, "not worked out"),
        (lambda: SignedExpansions(1, 3, "gelu").from_word([0, 0, 2]), ValueError, "is not in"),
        (lambda: DomainExpansion((4,), 0), ValueError, "by the letter 3 for a positive sign or 5"),
        (lambda: DomainExpansion((6,), 0), ValueError, "zero-type block 0 by the letter 3"),
        (lambda: DomainExpansion((3, 0), 2), ValueError, "must have a neuron of block 1"),
        (lambda: DomainExpansion((5,), 1), ValueError, "no exponential neuron of the replication"),
        (lambda: DomainExpansion((3, 5), 0), ValueError, r"word\[1\] must be of the sort"),
        (lambda: DomainExpansion((5, 3), 0), ValueError, r"word\[1\] must be of the sort"),
        (lambda: DomainExpansion((-1,), 0), ValueError, "at least 0"),
        (lambda: DomainExpansion((3,), -1), ValueError, "r must be at least 0"),
        (
            lambda: DomainExpansion.from_parts([0], [1], ["inside"], 1),
            ValueError,
            "smooth_parts must be one of",
        ),
        (
            lambda: DomainExpansion.from_parts([0, 1], [1], ["kink"], 1),
            ValueError,
            "for each of the blocks",
        ),
        (lambda: DomainExpansion.from_parts([0], [2], ["kink"], 1), ValueError, "1 or -1"),
        (
            lambda: DomainExpansion.from_parts([-1], [1], ["kink"], 0),
            ValueError,
            "the block of a neuron of the part 'kink'",
        ),
        (lambda: DomainExpansions(2, 3, "relu", biases="none"), ValueError, "biases everywhere"),
        (lambda: DomainExpansions(1, 2, "relu", d_out=2), ValueError, "for one output, not for 2"),
        (lambda: DomainExpansions(1, 2, "relu").from_word([0, 4]), ValueError, "is not in"),
        (lambda: DomainExpansions(1, 2, "elu").from_word([3, 4]), ValueError, "is not in"),
        (lambda: DomainExpansions(1, 2, "elu").from_word([3, 2]), ValueError, "is not in"),
        (lambda: DomainExpansions(1, 2, "leaky_relu").from_word([3, 0]), ValueError, "is not in"),
        (lambda: SignedNetworkExpansion([]), TypeError, "one or more signed expansions"),
        (lambda: SignedNetworkExpansion([(1,)]), TypeError, "one or more signed expansions"),
        (
            lambda: SignedNetworkExpansions("2-3-3-1", (1, 1), "relu"),
            ValueError,
            "relu: how the linear parts of flipped neurons vanish together",
        ),
        (
            lambda: SignedNetworkExpansions("2-3-3-1", (1, 1), "tanh", flips=None),
            TypeError,
            "flips must be True or False, not None",
        ),
        (lambda: SignedExpansions(1, 3, flips=0), TypeError, "flips must be True or False, not 0"),
        (
            lambda: SignedNetworkExpansions("2-3-3-1", (1, 1)).from_word("1,1,0"),
            ValueError,
            "word must have 6 letters, not 3",
        ),
        (
            lambda: SignedNetworkExpansions("2-3-3-1", (1, 1)).from_word("1,1,0/1,1,0/1"),
            ValueError,
            "letters of 2 layers",
        ),
        (lambda: NetworkConfiguration([]), TypeError, "one or more configurations"),
        (lambda: NetworkConfiguration([(0, 1)]), TypeError, "one or more configurations"),
        (lambda: CriticalSubspaces(3, 2).dimension(), ValueError, "is empty"),
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


def test_signed_expansions_say_what_they_are():
    element = SignedExpansion.from_parts([1, 0, 2, 2, -1, 0], [-1, 1, 1, -1, 1, -1], 2)
    assert element.shape == (1, 1, 0, 1, 1)
    assert element.configuration() == Configuration.from_word([1, 0, 2, 2, 3, 0], 2)
    assert SignedExpansion(element.word, 2) == element
    assert str(element) == "4,1,5,6,0,2"
    family = SignedExpansions(2, 6, "silu", d_in=2)
    assert element in family
    assert family.unrank(family.rank(element)) == element
    counts = Counter(e.shape for e in SignedExpansions(2, 5, "gelu", d_in=2))
    assert all(number == shape.number(2, 5) for shape, number in counts.items())
    wide = SignedExpansions(4, 16, "gelu", d_in=4)
    assert all(wide.unrank(wide.rank(e)) == e for e in wide.random(0, 3))


def test_lengths_past_what_python_counts():
    family = Expansions(50, 1000)
    assert family
    with pytest.raises(OverflowError):
        len(family)
    assert next(iter(family)) == family.unrank(0)
    assert list(itertools.islice(family, 600))[599] == family.unrank(599)
    assert repr(Expansions(10**30, 10**45)) == (
        "Expansions(1000000000000000000000000000000, an integer of about 46 digits)"
    )


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


@pytest.mark.parametrize("family", [Expansions(50, 1000), CriticalSubspaces(50, 1000)])
def test_a_thousand_neurons_meet_no_recursion_limit(family):
    index = family.cardinality() * 2 // 7
    c = family.unrank(index)
    assert c in family
    assert family.rank(c) == index


def test_first_and_last_words():
    m, r = 1000, 50
    family = Expansions(r, m)
    assert family.unrank(0).word == (0,) * (m - r) + tuple(range(r))
    # the last word begins with new zero-type blocks for as long as the labels allow
    assert family.unrank(family.cardinality() - 1).word == (
        *range(r, r + m - r),
        *reversed(range(r)),
    )


def test_counts_behind_the_ranks_are_the_closed_forms():
    # neuron 0 is in K_0 before this word: alone there or not
    for r, m in ((3, 9), (7, 40), (12, 200)):
        c = Configuration.from_word([1, *[0] * (m - r + 1), *range(2, r)], r)
        assert Expansions(r, m).rank(c) == T(r, m - 1) + T(r - 1, m - 1)
        assert CriticalSubspaces(r, m).rank(c) == G(r, m - 1) + G(r - 1, m - 1)


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


def test_restrictions_have_closed_forms():
    for r, m in ((2, 30), (10, 60)):
        parts = [Expansions(r, m, zero_blocks=j).cardinality() for j in range(m + 1)]
        assert sum(parts) == T(r, m)
        assert parts[0] == G(r, m)
        assert parts[m - r + 1 :] == [0] * r
    assert sum(o.size for o in Expansions(2, 12).orbits()) == T(2, 12)
    assert (
        sum(o.size for o in Expansions(3, 14, zero_blocks=3).orbits())
        == Expansions(3, 14, zero_blocks=3).cardinality()
    )
    for orbit in itertools.islice(Expansions(4, 20).orbits(), 0, 2000, 40):
        family = Expansions(4, 20, shape=orbit.representative.shape)
        assert family.cardinality() == orbit.size
        assert family.unrank(0) == orbit.representative


def test_dimensions_of_a_network():
    family = NetworkExpansions(Architecture.parse("7-3-4-5-2"), (2, 2, 3))
    for c in itertools.islice(family, 0, family.cardinality(), 9973):
        (r1, m1), (r2, m2), (r3, m3) = zip(family.minimal, (3, 4, 5), strict=True)
        j1, j2, j3 = (len(layer.zero_blocks) for layer in c.layers)
        assert family.dimension(c) == (
            j1 * 7
            + m2 * (m1 - r1 - j1)
            + j2 * (r1 + j1)
            + m3 * (m2 - r2 - j2)
            + j3 * (r2 + j2)
            + 2 * (m3 - r3 - j3)
        )
    with pytest.raises(ValueError, match="is not in NetworkExpansions"):
        family.dimension(Configuration.from_word([0, 1], 2))


def test_mixed_radix():
    family = NetworkExpansions(Architecture.parse("2-4-5-3-1"), (2, 3, 1))
    radices = [layer.cardinality() for layer in family.layers]
    index = 271_828
    digits = []
    rest = index
    for radix in reversed(radices):
        rest, digit = divmod(rest, radix)
        digits.append(digit)
    layers = [f.unrank(d) for f, d in zip(family.layers, reversed(digits), strict=True)]
    assert family.unrank(index) == NetworkConfiguration(layers)


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


def test_json_lines_under_the_lowest_limit_on_digits():
    """Python spells integers of at least 640 digits, whatever the user's limit."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        words = np.array([[0, 1], [1, 0]], np.uint8)
        lines = writing.json_lines(words, 10**700).splitlines()
    finally:
        sys.set_int_max_str_digits(before)
    assert [json.loads(line)["rank"] for line in lines] == ["1" + 700 * "0", "1" + 699 * "0" + "1"]
