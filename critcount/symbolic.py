"""The formulas as sympy expressions with free r and m, and the identities between them.

The functions `T`, `G`, `S` (Stirling numbers of the second kind) and `B` (Bell numbers) stay as
they are while their arguments are symbols and become numbers when these are integers. An
`Identity` can be printed as LaTeX and checked against the exact counts.

[B19] is Brea, Şimşek, Illing, Gerstner 2019, arXiv 1907.02911; [S21] is Şimşek, Ged, Jacot,
Spadaro, Hongler, Gerstner, Brea 2021, arXiv 2105.12221.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import fmpz

from critcount import checks, counts
from critcount.architecture import Architecture

r, m, j, k, u, i = sp.symbols("r m j k u i", integer=True, nonnegative=True)
x = sp.Symbol("x")


class _Number(sp.Function):  # type: ignore[misc] # sympy has no types
    """A function of two integers that is evaluated as soon as both are known."""

    nargs = 2

    @classmethod
    def eval(cls, *arguments: Any) -> Any:
        """Return the number, or None while an argument is a symbol."""
        if not all(a.is_Integer for a in arguments):
            return None
        if any(a < 0 for a in arguments):
            return sp.Integer(0)
        return sp.Integer(cls.number(*map(int, arguments)))

    @staticmethod
    def number(a: int, b: int) -> int:
        """Return the value at two non-negative integers."""
        raise NotImplementedError


class T(_Number):
    """T(r, m), the number of expansions.

    >>> T(2, 4), T(r, m)
    (62, T(r, m))
    """

    @staticmethod
    def number(a: int, b: int) -> int:
        """Return T(a, b)."""
        return counts.T(a, b)


class G(_Number):
    """G(r, m), the number of critical subspaces.

    >>> G(2, 4)
    14
    """

    @staticmethod
    def number(a: int, b: int) -> int:
        """Return G(a, b)."""
        return counts.G(a, b)


class S(_Number):
    """S(n, k), the Stirling numbers of the second kind.

    >>> S(4, 2)
    7
    """

    @staticmethod
    def number(a: int, b: int) -> int:
        """Return S(a, b)."""
        return int(fmpz.stirling_s2(a, b))

    def _latex(self, printer: Any) -> str:
        upper, lower = map(printer.doprint, self.args)
        return rf"\genfrac{{\{{}}{{\}}}}{{0pt}}{{}}{{{upper}}}{{{lower}}}"


#: Exponential generating functions in m, for a fixed r.
egf_T = (sp.exp(x) - 1) ** r * sp.exp(sp.exp(x) - 1)
egf_G = (sp.exp(x) - 1) ** r

#: N_j(r, m), the expansions with j zero-type blocks.
zero_block_term = sp.factorial(r + j) / sp.factorial(j) * S(m, r + j)


@dataclass(frozen=True)
class Identity:
    """An equation between the counts, for all integers of its domain.

    Attributes
    ----------
    name : str
    equation : sympy.Eq
    domain : sympy boolean
        A condition on the free symbols, all of them non-negative integers.
    source : str
        The paper, or "derived".
    """

    name: str
    equation: sp.Eq
    domain: Any
    source: str

    def latex(self) -> str:
        r"""Return the equation as it would stand in a paper.

        >>> print(IDENTITIES["special value r"].latex())
        T{\left(r,r \right)} = r!
        """
        return str(sp.latex(self.equation))


def _identity(name: str, left: Any, right: Any, source: str, domain: Any = sp.true) -> Identity:
    return Identity(name, sp.Eq(left, right, evaluate=False), domain, source)


#: Every identity by its name.
IDENTITIES: dict[str, Identity] = {
    identity.name: identity
    for identity in (
        _identity("T as a sum", T(r, m), sp.Sum(zero_block_term, (j, 0, m - r)), "[S21]", m >= r),
        _identity(
            "T through G",
            T(r, m),
            G(r, m) + sp.Sum(sp.binomial(m, u) * G(r, m - u) * sp.bell(u), (u, 1, m - r)),
            "[S21]",
            m >= r,
        ),
        _identity(
            "T through factorial moments",
            T(r, m),
            sp.Sum(S(m, k) * sp.ff(k, r), (k, 0, m)),
            "derived",
        ),
        _identity(
            "recurrence of T",
            T(r, m + 1),
            r * T(r - 1, m) + (r + 1) * T(r, m) + T(r + 1, m),
            "derived",
        ),
        _identity("Bell numbers", T(0, m), sp.bell(m), "[S21]"),
        _identity("special value r", T(r, r), sp.factorial(r), "[S21]"),
        _identity(
            "special value r + 1", T(r, r + 1), sp.factorial(r + 1) * (r + 2) / 2, "derived"
        ),
        _identity("G through S", G(r, m), sp.factorial(r) * S(m, r), "[S21]"),
        _identity(
            "G as an alternating sum",
            G(r, m),
            sp.Sum((-1) ** (r - i) * sp.binomial(r, i) * i**m, (i, 0, r)),
            "[S21]",
        ),
        _identity(
            "recurrence of G",
            G(r, m),
            r * (G(r, m - 1) + G(r - 1, m - 1)),
            "derived",
            sp.And(r >= 1, m >= 1),
        ),
    )
}


def check(identity: Identity, up_to: int) -> int:
    """Compare both sides of an identity for all integers up to a bound.

    Parameters
    ----------
    identity : Identity
    up_to : int
        Every free symbol runs from 0 to this, where the domain allows.

    Returns
    -------
    int
        How many cases were compared.

    Raises
    ------
    ArithmeticError
        At the first case in which the sides differ, naming it.

    Examples
    --------
    >>> check(IDENTITIES["recurrence of T"], 5)
    36
    """
    up_to = checks.integer("up_to", up_to, minimum=0)
    symbols = sorted(identity.equation.free_symbols, key=str)
    compared = 0
    for values in _cases(len(symbols), up_to):
        case = dict(zip(symbols, values, strict=True))
        if not identity.domain.subs(case):
            continue
        left, right = (side.subs(case).doit() for side in identity.equation.args)
        if left != right:
            where = ", ".join(f"{symbol} = {value}" for symbol, value in case.items())
            raise ArithmeticError(f"{identity.name}: {left} is not {right} at {where}")
        compared += 1
    return compared


def _cases(symbols: int, up_to: int) -> Iterator[tuple[int, ...]]:
    return itertools.product(range(up_to + 1), repeat=symbols)


def series_numbers(egf: sp.Expr, up_to: int) -> list[int]:
    """Return m! times the coefficient of x^m for m = 0 … up_to.

    Parameters
    ----------
    egf : sympy expression
        In x alone: `egf_T` or `egf_G` with a number for r.
    up_to : int

    Returns
    -------
    list of int

    Examples
    --------
    >>> series_numbers(egf_T.subs(r, 2), 5)
    [0, 0, 2, 12, 62, 320]
    """
    up_to = checks.integer("up_to", up_to, minimum=0)
    series = sp.series(egf, x, 0, up_to + 1).removeO()
    return [int(sp.factorial(d) * series.coeff(x, d)) for d in range(up_to + 1)]


def factor_polynomial(architecture: Architecture, spread: str = "network") -> sp.Poly:
    """Return the generating polynomial of the permutation-point factors by order.

    Parameters
    ----------
    architecture : Architecture
    spread : {"layer", "network", "any"}
        As in `critcount.permutation_point_factor`. For "layer" the constant term, order 0, is
        the number of hidden layers; for the others it is 1.

    Returns
    -------
    sympy.Poly
        In x; the coefficient of x^K is the factor of order K: Σ_k or Π_k over the hidden layers
        of Σ_i C(n_k-i, i) (x/2)^i, and for "any" of Σ_i S(n_k, n_k-i) (n_k-i)!/n_k! x^i.

    Raises
    ------
    ValueError
        For an unknown spread.

    Examples
    --------
    >>> factor_polynomial(Architecture.parse("2-4-1"))
    Poly(1/4*x**2 + 3/2*x + 1, x, domain='QQ')
    """
    checks.choice("spread", spread, ("layer", "network", "any"))
    layers = [_layer_polynomial(width, spread) for width in architecture.hidden]
    combined = sum(layers) if spread == "layer" else sp.prod(layers)
    return sp.Poly(combined, x, domain="QQ")


def _layer_polynomial(width: int, spread: str) -> sp.Expr:
    if spread == "any":
        terms = [
            S(width, width - i) * sp.factorial(width - i) / sp.factorial(width) * x**i
            for i in range(width)
        ]
    else:
        terms = [sp.binomial(width - i, i) * (x / 2) ** i for i in range(width // 2 + 1)]
    return sp.Add(*terms)


#: ρ solves this; b is the second logarithmic derivative of egf_T there.
rho = sp.Symbol("rho", positive=True)
saddle_equation = sp.Eq(rho * (r * sp.exp(rho) / (sp.exp(rho) - 1) + sp.exp(rho)), m)
spread_at_saddle = rho * sp.diff(saddle_equation.lhs, rho)

#: T(r, m) as m - r → ∞, ρ the solution of `saddle_equation`.
asymptotic_T = (
    sp.factorial(m) * egf_T.subs(x, rho) / (rho**m * sp.sqrt(2 * sp.pi * spread_at_saddle))
)
