"""Types with signs: every shape with its number, and what is refused."""

from collections import Counter

import pytest

from critcount import SignedCriticalSubspaces, SignedExpansion, SignedExpansions


def test_a_type_is_found_where_it_is():
    element = SignedExpansion.from_parts([1, 0, 2, 2, -1, 0], [-1, 1, 1, -1, 1, -1], 2)
    family = SignedExpansions(2, 6, "silu", d_in=2)
    assert element in family
    assert family.unrank(family.rank(element)) == element
    assert SignedExpansion(element.word[:5], 2) not in family
    assert element not in SignedExpansions(2, 6, "silu", d_in=2, flips=False)


def test_shapes_have_the_numbers_that_they_say():
    counts = Counter(e.shape for e in SignedExpansions(2, 5, "gelu", d_in=2))
    assert all(number == shape.number(2, 5) for shape, number in counts.items())
    wide = SignedExpansions(4, 16, "gelu", d_in=4)
    assert all(wide.unrank(wide.rank(e)) == e for e in wide.random(0, 3))


def test_without_flips_the_shapes_are_plain():
    every = SignedExpansions(2, 4, "gelu", d_in=2)
    plain = [e for e in every if e.shape.plain]
    assert list(SignedExpansions(2, 4, "gelu", d_in=2, flips=False)) == plain
    assert 0 < len(plain) < len(every)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SignedExpansions(1, 3, "relu6"), ValueError, "not worked out"),
        (lambda: SignedCriticalSubspaces(1, 3, "sin"), ValueError, "not worked out"),
        (lambda: SignedExpansions(1, 3, "gelu").from_word([0, 0, 2]), ValueError, "is not in"),
        (lambda: SignedExpansions(1, 3, flips=0), TypeError, "flips must be True or False, not 0"),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
