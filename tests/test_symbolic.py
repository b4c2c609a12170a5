"""The identities against the exact counts, and the formulas with numbers put in."""

import math
from dataclasses import replace

import pytest
import sympy as sp

from critcount import Architecture, permutation_point_factor, symbolic
from critcount import counts as exact


@pytest.mark.parametrize("name", symbolic.IDENTITIES)
def test_identities(name):
    assert symbolic.check(symbolic.IDENTITIES[name], 12) >= 13


def test_functions_wait_for_numbers():
    expression = symbolic.T(symbolic.r, 5) + symbolic.S(symbolic.m, 2)
    assert expression.subs({symbolic.r: 2, symbolic.m: 4}) == exact.T(2, 5) + 7
    assert symbolic.G(symbolic.r, symbolic.m).free_symbols == {symbolic.r, symbolic.m}
    assert symbolic.T(-1, 5) == 0


def test_a_wrong_identity_is_named_with_its_first_case():
    good = symbolic.IDENTITIES["special value r + 1"]
    wrong = replace(good, equation=sp.Eq(good.equation.lhs, good.equation.rhs + 1, evaluate=False))
    with pytest.raises(ArithmeticError, match=r"special value r \+ 1: 1 is not 2 at r = 0"):
        symbolic.check(wrong, 3)


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


def test_latex():
    for identity in symbolic.IDENTITIES.values():
        latex = identity.latex()
        assert latex.count("{") == latex.count("}")
        assert "=" in latex
    assert r"\genfrac{\{}{\}}{0pt}{}{m}{r}" in symbolic.IDENTITIES["G through S"].latex()


def test_bad_arguments():
    with pytest.raises(ValueError, match="up_to must be at least 0"):
        symbolic.check(symbolic.IDENTITIES["Bell numbers"], -1)
    with pytest.raises(ValueError, match="spread must be one of"):
        symbolic.factor_polynomial(Architecture.parse("2-4-1"), "all")
