"""Small families of every kind, each with the words that a brute force gives it."""

import functools
import itertools

from critcount import (
    Architecture,
    CriticalSubspaces,
    DomainExpansions,
    Expansions,
    NetworkExpansions,
    PermutationPoints,
    Plateaus,
    Setting,
    SignedCriticalSubspaces,
    SignedExpansion,
    SignedExpansions,
    SignedNetworkExpansions,
)
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


@functools.cache
def all_cases():
    """Pairs of a family and the words that it should have, made once."""
    return [
        *single_layer_cases(),
        *network_cases(),
        *signed_cases(),
        *without_flips(),
        *domain_cases(),
        *signed_network_cases(),
    ]
