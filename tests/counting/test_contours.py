"""Cauchy's formula against the coefficients of the same functions by power series."""

import math

import pytest
from flint import arb, ctx, fmpq, fmpq_poly

from critcount.counting.contours import Contour, Growth


@pytest.fixture(autouse=True)
def generous_precision():
    before = ctx.prec
    ctx.prec = 200
    yield
    ctx.prec = before


def exponential(terms, weight):
    return fmpq_poly([fmpq(weight**k, math.factorial(k)) for k in range(terms)])


def coefficient(growth, m):
    """m! [x^m] of the function, by multiplying series."""
    terms = m + 1
    e = exponential(terms, 1)
    series = (
        (e - 1)
        .pow_trunc(growth.minus, terms)
        .mul_low((e + 1).pow_trunc(growth.plus, terms), terms)
    )
    series = series.mul_low(exponential(terms, growth.power), terms)
    for inner, times in ((e - 1, growth.once), ((e.mul_low(e, terms) - 1) / 2, growth.pairs)):
        for _ in range(times):
            total, power = fmpq_poly([1]), fmpq_poly([1])
            for k in range(1, terms):
                power = power.mul_low(inner, terms) / k
                total += power
            series = series.mul_low(total, terms)
    return series[m] * math.factorial(m)


@pytest.mark.parametrize(
    ("growth", "m"),
    [
        (Growth(2, 0, 0, 1, 0), 7),
        (Growth(3, 0, 0, 0, 0), 6),
        (Growth(1, 2, 0, 0, 1), 5),
        (Growth(0, 0, 2, 2, 0), 8),
        (Growth(2, 2, 1, 0, 0), 9),
    ],
)
def test_enclosures_contain_the_coefficients(growth, m):
    exact = coefficient(growth, m)
    assert exact.q == 1
    found = Contour(growth, m).log_number(60)
    assert found.contains(arb(exact.p).log())
    assert found.rad() < arb(2) ** -50
