"""Types on a bounded domain: which there are, and what is refused."""

import pytest

from critcount import DomainExpansions, SignedExpansions


@pytest.mark.parametrize("name", ["tanh", "gelu", "generic"])
def test_analytic_activations_have_the_types_of_the_whole_line(name):
    """In other letters: three of them stand alone, and blocks have three."""
    there = DomainExpansions(2, 4, name, d_in=2)
    line = SignedExpansions(2, 4, name, d_in=2)
    assert {(e.blocks, e.signs) for e in there} == {(e.blocks, e.signs) for e in line}
    assert not {"above", "below", "exponential"} & {p for e in there for p in e.smooth_parts}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: DomainExpansions(2, 3, "relu", biases="none"), ValueError, "biases everywhere"),
        (lambda: DomainExpansions(1, 2, "relu", d_out=2), ValueError, "for one output, not for 2"),
        (lambda: DomainExpansions(1, 2, "relu").from_word([0, 4]), ValueError, "is not in"),
        (lambda: DomainExpansions(1, 2, "elu").from_word([3, 4]), ValueError, "is not in"),
        (lambda: DomainExpansions(1, 2, "elu").from_word([3, 2]), ValueError, "is not in"),
        (lambda: DomainExpansions(1, 2, "leaky_relu").from_word([3, 0]), ValueError, "is not in"),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
