"""Signed expansions say what they are."""

from collections import Counter

from critcount import (
    Configuration,
    SignedExpansion,
    SignedExpansions,
)


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
