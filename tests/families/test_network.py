"""Expansions of a network: layers in mixed radix, dimensions, orbits."""

import itertools

import pytest

from critcount import (
    Architecture,
    Configuration,
    NetworkExpansions,
)
from critcount.families import NetworkConfiguration
from tests.families.cases import network_cases
from tests.oracles import families_brute_force as brute


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
