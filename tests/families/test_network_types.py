"""Types of several layers."""

import itertools

import pytest

from critcount import SignedExpansions, SignedNetworkExpansions


def test_elements_are_products_of_those_of_the_layers():
    family = SignedNetworkExpansions("2-3-2-1", (2, 1), "tanh")
    layers = [
        SignedExpansions(2, 3, "tanh", d_in=2, d_out=2),
        SignedExpansions(1, 2, "tanh", d_in=3, d_out=1),
    ]
    expected = [(*a.word, *b.word) for a, b in itertools.product(*layers)]
    assert [e.word for e in family] == expected
    assert family.activation.name == "tanh"
    assert family.biases == "all"
    again = SignedNetworkExpansions.from_parameters(family.parameters())
    assert again == family


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
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
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
