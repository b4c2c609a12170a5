"""The polynomials of the factors against the factors."""

import pytest
import sympy as sp

from critcount import Architecture, permutation_point_factor, symbolic


@pytest.mark.parametrize("widths", ["2-4-1", "2-7-3-1", "3-1-3", "5-6-6-6-2"])
@pytest.mark.parametrize("spread", ["layer", "network", "any"])
def test_factor_polynomials(widths, spread):
    a = Architecture.parse(widths)
    polynomial = symbolic.factor_polynomial(a, spread)
    assert polynomial.coeff_monomial(1) == (len(a.hidden) if spread == "layer" else 1)
    for order in range(1, 20):
        factor = permutation_point_factor(a, order, spread)
        assert polynomial.coeff_monomial(symbolic.x**order) == sp.Rational(
            factor.numerator, factor.denominator
        )


def test_an_unknown_spread():
    with pytest.raises(ValueError, match="spread must be one of"):
        symbolic.factor_polynomial(Architecture.parse("2-4-1"), "all")
