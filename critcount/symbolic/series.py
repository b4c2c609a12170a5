"""Coefficients of power series, for expressions made of powers, products and exponentials."""

from __future__ import annotations

from typing import Any

import sympy as sp

__all__ = ["series_coefficients"]


def series_coefficients(expression: Any, x: sp.Symbol, terms: int) -> list[Any]:
    """Return the coefficients of x^0 … x^(terms - 1) of an expression about 0.

    Parameters
    ----------
    expression : sympy expression
        Sums, products, non-negative powers and exponentials take some terms² multiplications
        each; of anything else `sympy.series` finds the coefficients, which takes longer.
    x : sympy.Symbol
    terms : int
        At least 1.

    Returns
    -------
    list of sympy expressions
        Free of x.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> series_coefficients(sp.exp(sp.exp(x) - 1), x, 5)
    [1, 1, 1, 5/6, 5/8]
    """
    expression = sp.sympify(expression)
    if not expression.has(x):
        return [expression, *[sp.Integer(0)] * (terms - 1)]
    if expression == x:
        return [sp.Integer(int(k == 1)) for k in range(terms)]
    if expression.is_Add:
        parts = [series_coefficients(part, x, terms) for part in expression.args]
        return [sp.Add(*column) for column in zip(*parts, strict=True)]
    if expression.is_Mul:
        first, *others = (series_coefficients(part, x, terms) for part in expression.args)
        for other in others:
            first = _times(first, other)
        return first
    if isinstance(expression, sp.exp):
        inner = series_coefficients(expression.exp, x, terms)
        found = [sp.exp(inner[0])]
        for n in range(1, terms):  # E' = S' E
            found.append(sum(k * inner[k] * found[n - k] for k in range(1, n + 1)) / n)
        return found
    if expression.is_Pow and expression.exp.is_Integer and expression.exp >= 0:
        base = series_coefficients(expression.base, x, terms)
        found = [sp.Integer(1), *[sp.Integer(0)] * (terms - 1)]
        for _ in range(int(expression.exp)):
            found = _times(found, base)
        return found
    series = sp.expand(sp.series(expression, x, 0, terms).removeO())
    return [series.coeff(x, k) for k in range(terms)]


def _times(first: list[Any], second: list[Any]) -> list[Any]:
    return [
        sp.Add(*(first[i] * second[k - i] for i in range(k + 1) if first[i] and second[k - i]))
        for k in range(len(first))
    ]
