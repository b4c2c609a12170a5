"""The identities against the exact counts, and the formulas with numbers put in."""

import contextlib
import itertools
import math
import re
import shutil
import subprocess
from fractions import Fraction

import pytest
import sympy as sp
from sympy.core.cache import clear_cache

from critcount import symbolic
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
