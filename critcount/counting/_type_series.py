"""Generating functions of types as power series in u = e^x - 1, cut after so many terms."""

from __future__ import annotations

import math

from flint import fmpq, fmpq_poly, fmpz

from critcount._support.numerals import factorial
from critcount.counting import layer


def coefficient(series: fmpq_poly, m: int) -> int:
    """Return m! [x^m] of a function of u = e^x - 1 whose coefficients count something.

    >>> [coefficient(plain_series(2, 6), m) for m in range(6)]
    [0, 0, 2, 12, 62, 320]
    """
    total = fmpq(0)
    weight = fmpz(1)
    for b, number in enumerate(layer.stirling_row(m, m)):
        total += series[b] * weight * number
        weight *= b + 1
    if total.q != 1:
        raise ArithmeticError(f"a number of types came out as the fraction {total}")
    return int(total.p)


def exponential(terms: int, power: int = 1) -> fmpq_poly:
    """Return exp(u^power/power) up to u^(terms - 1)."""
    coefficients = [fmpq(0)] * terms
    value = fmpq(1)
    for k, place in enumerate(range(0, terms, power)):
        coefficients[place] = value
        value /= power * (k + 1)
    return fmpq_poly(coefficients)


def plain_series(r: int, terms: int) -> fmpq_poly:
    """Return u^r e^u: no neuron is flipped."""
    return exponential(max(terms - r, 0)).left_shift(r)


def signed_series(r: int, terms: int) -> fmpq_poly:
    """Return (2u + u²)^r e^(u + u²/2): all signs."""
    signs = fmpq_poly([2, 1]).pow_trunc(r, terms).left_shift(r)
    return signs.mul_low(exponential(terms), terms).mul_low(exponential(terms, 2), terms)


def linear_series(r: int, terms: int, d: int) -> fmpq_poly:
    """Return E_d: types without idle neurons whose linear parts cancel in R^d."""
    u = fmpq_poly([0, 1])
    pairs = exponential(terms, 2)
    half = u * u / 2
    signs = fmpq_poly([2, 1]).pow_trunc(r, terms).left_shift(r)
    one = fmpq_poly([0] * r + [1])
    inner = signs.mul_low(pairs - 1 - half, terms) + (signs - one) * half + one
    for k in range(min(d, r + 1), min(r, terms) + 1):
        choose = math.comb(r, k)
        if k > d:
            inner += fmpq_poly([0] * (r + k) + [choose])
        # k mixed blocks, of the others at least one flipped
        inner += fmpq_poly([0] * (r + k) + [choose * (2 ** (r - k) - 1)])
    return inner.mul_low(exponential(terms), terms)


def linear_series_of_outputs(r: int, terms: int, q: int) -> fmpq_poly:
    """Return the same for q outputs and r ≤ d: types that exist."""
    u = fmpq_poly([0, 1])
    half = u * u / 2
    signs = fmpq_poly([2, 1]).pow_trunc(r, terms).left_shift(r)
    one = fmpq_poly([0] * r + [1])
    inner = one * (1 - half) + signs.mul_low(exponential(terms, 2) - 1, terms)
    for p in range(1, min(q, terms)):
        for flipped in range(p + 1, r + 1):
            rest = fmpq_poly([1, 1]) ** (r - flipped)
            weight = fmpq(math.comb(r, flipped), factorial(p) << p)
            inner -= weight * rest.left_shift(r + 2 * p)
    return inner.mul_low(exponential(terms), terms)


def parallel_series(r: int, terms: int) -> fmpq_poly:
    """Return what has a pair and one other flip, or two pairs: they are then parallel."""
    flips = fmpq_poly([0] * (r + 2) + [fmpq(r, 2), fmpq(r, 2), fmpq(1, 8)])
    return flips.mul_low(exponential(terms), terms)
