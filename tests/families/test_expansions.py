"""Expansions of one layer: restrictions in closed form, first and last words, huge sizes."""

import itertools

import pytest

from critcount import (
    Configuration,
    CriticalSubspaces,
    Expansions,
    G,
    T,
)


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
