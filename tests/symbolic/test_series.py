"""Coefficients of series, against those of sympy."""

import pytest
import sympy as sp

from critcount.symbolic.series import series_coefficients

m, x = sp.symbols("m x")


@pytest.mark.parametrize(
    "expression",
    [
        sp.exp(sp.exp(x) - 1),
        (sp.exp(2 * x) - 1) ** 3 * sp.exp(sp.exp(x) - 1) * x / 2,
        sp.exp(x + 1) - 3,
        sp.cos(x) / (1 - x),
        sp.Integer(7),
        m * sp.exp(m * x),
    ],
)
def test_series_are_those_of_sympy(expression):
    series = sp.expand(sp.series(expression, x, 0, 6).removeO())
    found = series_coefficients(expression, x, 6)
    assert [sp.simplify(c - series.coeff(x, k)) for k, c in enumerate(found)] == [0] * 6
