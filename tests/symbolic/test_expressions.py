"""The expressions against the exact counts."""

import math

import pytest
import sympy as sp

from critcount import symbolic
from critcount.counting import layer as exact


def test_the_limits_are_those_that_are_measured():
    from critcount import regimes

    at = {symbolic.m: 53, symbolic.h: 3, symbolic.l: 2}
    measured = regimes.mild_limit(50, 3, 2).log10_limit
    assert float(sp.log(symbolic.mild_limit.subs(at), 10)) == pytest.approx(float(measured.mid()))
    at = {symbolic.m: 40, symbolic.r: 3}
    for formula, measure in (
        (symbolic.vast_limit_T, regimes.vast_limit_T),
        (symbolic.vast_limit_G, regimes.vast_limit_G),
    ):
        value = float(sp.log(formula.subs(at).doit(), 10))
        assert value == pytest.approx(float(measure(3, 40).log10_limit.mid()))
    assert symbolic.factor_term.subs({symbolic.n: 300, symbolic.K: 1}) == sp.Rational(299, 2)


@pytest.mark.parametrize("value", [0, 1, 2, 5])
def test_generating_functions(value):
    for egf, number in ((symbolic.egf_T, exact.T), (symbolic.egf_G, exact.G)):
        series = symbolic.series_numbers(egf.subs(symbolic.r, value), 9)
        assert series == [number(value, m) for m in range(10)]


def test_zero_block_term():
    numbers = exact.expansions_by_zero_blocks(3, 8)
    for j, number in enumerate(numbers):
        at = {symbolic.r: 3, symbolic.m: 8, symbolic.j: j}
        assert symbolic.zero_block_term.subs(at) == number


def test_asymptotics_close_in_on_the_exact_number():
    errors = []
    for m in (10, 40, 160):
        at = {symbolic.r: 3, symbolic.m: m}
        equation = symbolic.saddle_equation.subs(at)
        rho = sp.nsolve(equation.lhs - equation.rhs, symbolic.rho, math.log(m) / 2, prec=30)
        value = symbolic.asymptotic_T.subs(at).subs(symbolic.rho, rho)
        errors.append(abs(float(sp.N(value / exact.T(3, m), 25)) - 1))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01
