"""A type with signs and idle neurons is what its parts say."""

import pickle

import pytest

from critcount import Configuration, SignedExpansion


def test_parts_and_word_say_the_same():
    element = SignedExpansion.from_parts([1, 0, 2, 2, -1, 0], [-1, 1, 1, -1, 1, -1], 2)
    assert element.shape == (1, 1, 0, 1, 1)
    assert element.configuration() == Configuration.from_word([1, 0, 2, 2, 3, 0], 2)
    assert SignedExpansion(element.word, 2) == element
    assert (element.m, str(element)) == (6, "4,1,5,6,0,2")
    assert repr(element) == "SignedExpansion(K0={+1, -5}, K1={-0}, Z0={+2, -3}, idle={4})"
    assert pickle.loads(pickle.dumps(element)) == element


def test_order_is_that_of_the_words():
    words = [(0, 1), (1, 0), (1, 1), (1, 3), (2, 1)]
    assert sorted(SignedExpansion(word, 1) for word in reversed(words)) == [
        SignedExpansion(word, 1) for word in words
    ]
    assert SignedExpansion((1,), 1) != SignedExpansion((1,), 0)


def test_wide_ones_are_not_drawn():
    assert SignedExpansion((1,) * 60, 1)._repr_svg_() is not None
    assert SignedExpansion((1,) * 61, 1)._repr_svg_() is None
    assert repr(SignedExpansion((1,) * 61, 1)) == "<SignedExpansion r=1 m=61>"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SignedExpansion((2,), 0), ValueError, "must open the zero-type block 0"),
        (lambda: SignedExpansion((1, 5), 1), ValueError, "zero-type block 1 with a positive"),
        (lambda: SignedExpansion((0, 3), 2), ValueError, "must have a neuron of block 0"),
        (lambda: SignedExpansion((0, -3), 0), ValueError, "at least 0"),
        (lambda: SignedExpansion.from_parts([0], [2], 1), ValueError, "signs must be 1 or -1"),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
