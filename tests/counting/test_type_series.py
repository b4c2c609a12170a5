"""Generating functions of types against sums over their shapes."""

import pytest
from flint import fmpq, fmpq_poly

from critcount.counting import _type_series, layer
from critcount.counting.setting import TypeShape


def number(r, m, admits):
    """The types without idle neurons whose shape is admitted."""
    shapes = (
        TypeShape(flipped, mixed, zero, pairs, 0)
        for flipped in range(r + 1)
        for mixed in range(r - flipped + 1)
        for zero in range(m + 1)
        for pairs in range(m // 2 + 1)
    )
    return sum(shape.number(r, m) for shape in shapes if admits(shape))


@pytest.mark.parametrize("r", range(4))
def test_plain_and_signed(r):
    plain, signed = _type_series.plain_series(r, 8), _type_series.signed_series(r, 8)
    for m in range(8):
        assert _type_series.coefficient(plain, m) == layer.T(r, m)
        assert _type_series.coefficient(plain, m) == number(r, m, lambda shape: shape.plain)
        assert _type_series.coefficient(signed, m) == number(r, m, lambda shape: True)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_exponentials(power):
    """By their differential equation."""
    found = _type_series.exponential(12, power)
    assert found[0] == 1
    assert found.derivative() == fmpq_poly([0] * (power - 1) + [1]).mul_low(found, 11)


def test_what_is_no_number_of_types_is_seen():
    with pytest.raises(ArithmeticError, match="fraction 1/3"):
        _type_series.coefficient(fmpq_poly([0, fmpq(1, 3)]), 1)
