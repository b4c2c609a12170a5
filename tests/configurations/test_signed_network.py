"""Types of several layers are their layers."""

import itertools

import pytest

from critcount import SignedExpansion, SignedNetworkExpansion, SignedNetworkExpansions
from tests.families.cases import all_cases


def test_elements_are_their_parts():
    for family, _ in all_cases():
        if isinstance(family, SignedNetworkExpansions):
            for e in family:
                assert e.word == tuple(itertools.chain(*(part.word for part in e.layers)))
                assert e.shape == tuple(part.shape for part in e.layers)
                assert family.from_word(str(e)) == e == family.from_word(e.word)


def test_every_layer_is_drawn_or_none():
    small, wide = SignedExpansion((1, 2), 1), SignedExpansion((1,) * 61, 1)
    text = SignedNetworkExpansion([small, small])._repr_svg_()
    assert text.count("<circle") == 4
    assert "layer 1" in text
    assert SignedNetworkExpansion([small, wide])._repr_svg_() is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SignedNetworkExpansion([]), TypeError, "one or more signed expansions"),
        (lambda: SignedNetworkExpansion([(1,)]), TypeError, "one or more signed expansions"),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
