"""The identities against the exact counts, and the formulas with numbers put in."""

import contextlib
import itertools
import math
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp
from sympy.core.cache import clear_cache

from critcount import Architecture, permutation_point_factor, symbolic
from critcount.counting import activations, domains, network, plateaus, signed
from critcount.counting import layer as exact

#: up to which integers, by the number of free symbols
REACH = {1: 12, 2: 10, 3: 6, 4: 4}
#: the same for identities of power series
REACH_OF_SERIES = {1: 5, 2: 4, 3: 2}


@pytest.mark.parametrize("name", symbolic.IDENTITIES)
def test_identities(name):
    identity = symbolic.IDENTITIES[name]
    series = symbolic.x in identity.equation.free_symbols
    free = identity.equation.free_symbols - {symbolic.x}
    reach = (REACH_OF_SERIES if series else REACH)[len(free)]
    assert symbolic.check_identity(identity, reach) >= min(reach, 13)


COUNTED = {
    "T": (exact, "T"),
    "G": (exact, "G"),
    "N": (exact, "expansions_by_zero_blocks"),
    "Points": (network, "count_permutation_points"),
    "PlateauCount": (plateaus, "count_plateaus"),
    "PlateauRegions": (plateaus, "count_plateau_regions"),
    "SignedT": (signed, "signed_T"),
    "SignedG": (signed, "signed_G"),
    "IdleT": (activations, "count_types"),
    "IdleSignedT": (signed, "signed_T"),
    "Balanced": (activations, "count_types"),
    "Flips": (activations, "count_types"),
    "DomainT": (domains, "count_types_on_domain"),
    "DomainFlips": (domains, "count_types_on_domain"),
    "FactorLayer": (network, "permutation_point_factor"),
    "FactorNetwork": (network, "permutation_point_factor"),
    "FactorAny": (network, "permutation_point_factor"),
}


@pytest.mark.parametrize("name", symbolic.IDENTITIES)
def test_identities_fail_when_a_count_is_wrong(name, monkeypatch):
    """What stands on the left is what the library counts, and not only another formula."""
    identity = symbolic.IDENTITIES[name]
    if name == "symmetry of the Charlier polynomials":
        return
    left = identity.equation.lhs
    names = {type(f).__name__ for f in left.atoms(sp.Function)} & COUNTED.keys()
    assert names
    module, function = COUNTED[names.pop()]
    true = getattr(module, function)

    def wrong(*arguments, **options):
        value = true(*arguments, **options)
        if isinstance(value, list):
            return [number - 1000 for number in value]
        return value - 1000

    if name == "blocks of any size are no fewer":
        monkeypatch.setattr(
            network,
            function,
            lambda a, k, spread: true(a, k, spread) - (1000 if spread == "any" else 0),
        )
    elif name == "pairs in any layers are no fewer":
        monkeypatch.setattr(
            network,
            function,
            lambda a, k, spread: true(a, k, spread) - (1000 if spread == "network" else 0),
        )
    else:
        monkeypatch.setattr(module, function, wrong)
    with no_cache(), pytest.raises(ArithmeticError, match="is not"):
        symbolic.check_identity(identity, 3)


@contextlib.contextmanager
def no_cache():
    """Let sympy forget the numbers it has seen, before and after."""
    clear_cache()
    try:
        yield
    finally:
        clear_cache()


@pytest.mark.parametrize(("r", "m"), [(0, 0), (1, 4), (3, 7), (6, 9)])
def test_dobinski_between_bounds(r, m):
    """The series itself, a partial sum with a bound of the rest, not its algebra."""
    terms = [Fraction(N**m * symbolic.Charlier.number(r, N), math.factorial(N)) for N in range(80)]
    low = sum(terms)
    assert all(2 * abs(b) < abs(a) for a, b in itertools.pairwise(terms[50:]))
    rest = 2 * abs(terms[-1])  # the terms more than halve from there on
    e = sum(Fraction(1, math.factorial(k)) for k in range(60))
    value = exact.T(r, m)
    assert abs(low - value * e) <= rest + value * Fraction(3, math.factorial(60))
    assert rest < 10**-9


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


def test_functions_wait_for_numbers():
    expression = symbolic.T(symbolic.r, 5) + symbolic.S(symbolic.m, 2)
    assert expression.subs({symbolic.r: 2, symbolic.m: 4}) == exact.T(2, 5) + 7
    assert symbolic.G(symbolic.r, symbolic.m).free_symbols == {symbolic.r, symbolic.m}
    assert symbolic.T(-1, 5) == 0


def test_a_wrong_identity_is_named_with_its_first_case():
    good = symbolic.IDENTITIES["special value r + 1"]
    wrong = replace(good, equation=sp.Eq(good.equation.lhs, good.equation.rhs + 1, evaluate=False))
    with pytest.raises(ArithmeticError, match=r"special value r \+ 1: 1 is not 2 at r = 0"):
        symbolic.check_identity(wrong, 3)


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
        plain = latex.replace(r"\{", "").replace(r"\}", "")
        assert plain.count("{") == plain.count("}")
        assert "=" in latex or r"\geq" in latex
    shown = {name: identity.latex() for name, identity in symbolic.IDENTITIES.items()}
    assert r"\left\{\begin{matrix} m \\ r \end{matrix}\right\}" in shown["G through S"]
    assert shown["recurrence of G"] == (r"G(r, m) = r \left(G(r, m - 1) + G(r - 1, m - 1)\right)")
    assert r"\binom{n - K}{K}" in shown["permutation points of a layer"]
    assert (
        r"\frac{d^{r}}{d x^{r}} B_{m}(x)"
        in (shown["T as a derivative of the Touchard polynomial"])
    )


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_compiles(tmp_path):
    lines = [rf"\[ {identity.latex()} \]" for identity in symbolic.IDENTITIES.values()]
    document = [r"\documentclass{article}", r"\usepackage{amsmath}", r"\begin{document}"]
    (tmp_path / "identities.tex").write_text("\n".join([*document, *lines, r"\end{document}"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "identities.tex"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.search(r"Output written on identities.pdf \([1-9] page", done.stdout)


def test_bad_arguments():
    with pytest.raises(ValueError, match="up_to must be at least 0"):
        symbolic.check_identity(symbolic.IDENTITIES["Bell numbers"], -1)
    with pytest.raises(ValueError, match="spread must be one of"):
        symbolic.factor_polynomial(Architecture.parse("2-4-1"), "all")
