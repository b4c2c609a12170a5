"""The identities between the counts, with free r and m.

The functions (`critcount.symbolic.functions`) stay as they are while their arguments are symbols
and become numbers, the counts by `critcount.counting.layer`, when these are
integers. An `Identity` can be printed as LaTeX and checked against the exact counts
(`critcount.symbolic.check_identity`): one of them is its left side.

[B19] is Brea, Şimşek, Illing, Gerstner 2019, arXiv 1907.02911; [S21] is Şimşek, Ged, Jacot,
Spadaro, Hongler, Gerstner, Brea 2021, arXiv 2105.12221.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from critcount.symbolic.expressions import (
    K,
    d,
    egf_balanced,
    egf_domain,
    egf_flips,
    egf_G,
    egf_plateau_regions,
    egf_plateaus,
    egf_signed_G,
    egf_signed_T,
    egf_T,
    i,
    j,
    k,
    m,
    n,
    n_1,
    n_2,
    p,
    q,
    r,
    s,
    u,
    x,
    zero_block_term,
)
from critcount.symbolic.functions import (
    Balanced,
    Charlier,
    DomainFlips,
    DomainT,
    FactorAny,
    FactorLayer,
    FactorNetwork,
    Flips,
    G,
    IdleSignedT,
    IdleT,
    N,
    Pairings,
    PlateauCount,
    PlateauRegions,
    Points,
    S,
    SignedG,
    SignedT,
    Sorted,
    T,
    Touchard,
)

__all__ = ["IDENTITIES", "Assignment", "Identity"]

Assignment = Mapping[sp.Symbol, int]

N_ = sp.Symbol("N", integer=True, nonnegative=True)


def _egf(number: type[sp.Function], *arguments: sp.Symbol) -> sp.Sum:
    return sp.Sum(number(*(arguments or (r,)), m) * x**m / sp.factorial(m), (m, 0, sp.oo))


@dataclass(frozen=True)
class Identity:
    """An equation or inequality of the counts, for all integers of its domain.

    Attributes
    ----------
    name : str
    equation : sympy relational
        An equation, or ≥. Where it holds x, both sides are power series in x.
    domain : sympy boolean
        A condition on the free symbols other than x, all of them non-negative integers.
    source : str
        The paper, or "derived".
    right : callable, optional
        The exact value of the right side in a case, where sympy cannot find it.
    """

    name: str
    equation: sp.Rel
    domain: Any
    source: str
    right: Callable[[Assignment], Any] | None = None

    def latex(self) -> str:
        r"""Return the equation as it would stand in a paper, for the package amsmath.

        >>> print(IDENTITIES["special value r"].latex())
        T(r, r) = r!
        """
        return str(sp.latex(self.equation, fold_func_brackets=False))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _identity(
    name: str,
    left: Any,
    right: Any,
    source: str,
    domain: Any = sp.true,
    value: Callable[[Assignment], Any] | None = None,
) -> Identity:
    return Identity(name, sp.Eq(left, right, evaluate=False), domain, source, value)


def _at_least(name: str, left: Any, right: Any, source: str, domain: Any) -> Identity:
    return Identity(name, sp.Ge(left, right, evaluate=False), domain, source)


def _dobinski_value(case: Assignment) -> sp.Expr:
    """(1/e) Σ_N p(N)/N!, p(N) = N^m C_r(N), exactly.

    Since Σ_N N(N-1)…(N-k+1)/N! = e, this is the sum of p's coefficients in falling factorials,
    which are Δ^k p(0)/k!.
    """
    degree, power = case[r], case[m]
    differences = [N_**power * Charlier(degree, N_) for N_ in range(degree + power + 1)]
    total = sp.Integer(0)
    for order in range(degree + power + 1):
        total += differences[0] / sp.factorial(order)
        differences = [b - a for a, b in itertools.pairwise(differences)]
    return total


def _touchard_value(case: Assignment) -> sp.Expr:
    return sp.diff(Touchard(case[m], x), x, case[r]).subs(x, 1)


_positive = sp.And(n_1 >= 1, n_2 >= 1, K >= 1)
_stirling_sum = sp.Sum(zero_block_term, (j, 0, m - r))

# what balances the flipped neurons of a sigmoid, and of softplus with one input
_unbalanced = (2**r - 1) * T(r, m) + r * T(r + 1, m) + T(r + 2, m) / 2
_of_kinds = (
    _identity("generating function of signed T", _egf(SignedT), egf_signed_T, "derived"),
    _identity("generating function of signed G", _egf(SignedG), egf_signed_G, "derived"),
    _identity("generating function with idle neurons", _egf(IdleT), sp.exp(x) * egf_T, "derived"),
    _identity(
        "generating function with signs and idle neurons",
        _egf(IdleSignedT),
        sp.exp(x) * egf_signed_T,
        "derived",
    ),
    _identity("generating function of flips", _egf(Flips, d, r), egf_flips, "derived", d >= r + 1),
    _identity("generating function of balanced flips", _egf(Balanced), egf_balanced, "derived"),
    _identity("idle neurons through T", IdleT(r, m), T(r, m) + T(r + 1, m), "derived"),
    _identity("idle neurons of the function zero", IdleT(0, m), sp.bell(m + 1), "derived"),
    _identity(
        "signed T through N_j",
        SignedT(r, m),
        sp.Sum(2 ** (m - j) * N(j, r, m), (j, 0, m - r)),
        "derived",
        m >= r,
    ),
    _identity("signed G through G", SignedG(r, m), 2**m * G(r, m), "derived"),
    _identity("special value of signed T", SignedT(r, r), 2**r * sp.factorial(r), "derived"),
    _identity(
        "signs and idle neurons",
        IdleSignedT(r, m),
        sp.Sum(sp.binomial(m, i) * SignedT(r, m - i), (i, 0, m)),
        "derived",
    ),
    _identity(
        "balanced flips through signed T",
        Balanced(r, m),
        IdleSignedT(r, m) - _unbalanced - m * T(r, m - 1),
        "derived",
        m >= 1,
    ),
    _identity("flips of one input", Flips(1, r, m), SignedT(r, m) - _unbalanced, "derived"),
    _identity(
        "flips through signed T",
        Flips(d, r, m),
        SignedT(r, m)
        - sp.Sum(sp.binomial(r, k) * 2 ** (r - k) * T(r + k, m), (k, 0, r))
        + T(r, m)
        - T(r + 2, m) / 2,
        "derived",
        sp.And(d >= r, d >= 1),
    ),
    _identity("generating function of ELU on a domain", _egf(DomainT), egf_domain, "derived"),
    _identity(
        "generating function of ReLU on a domain",
        _egf(DomainFlips, d, r),
        sp.exp(x) * (egf_flips + (sp.exp(x) - 1) * egf_signed_T),
        "derived",
        d >= r + 1,
    ),
    _identity(
        "ELU on a domain through idle neurons",
        DomainT(r, m),
        sp.Sum(sp.binomial(m, i) * sp.bell(i + 1) * IdleT(r, m - i), (i, 0, m)),
        "derived",
    ),
    _identity(
        "ReLU on a domain through flips",
        DomainFlips(d, r, m),
        sp.Sum(sp.binomial(m, i) * (Flips(d, r, m - i) + IdleSignedT(r, m - i)), (i, 0, m))
        - IdleSignedT(r, m),
        "derived",
        d >= 1,
    ),
    _identity(
        "one spare neuron is not flipped", Flips(d, r, r + 1), T(r, r + 1), "derived", d >= 2
    ),
)

#: Every identity by its name.
IDENTITIES: dict[str, Identity] = {
    identity.name: identity
    for identity in (
        _identity("T as a sum", T(r, m), _stirling_sum, "[S21]", m >= r),
        _identity("T over the sizes of the blocks", T(r, m), Sorted(r, m), "[S21]", m >= r),
        _identity("N_j", N(j, r, m), zero_block_term, "[S21]", m >= r),
        _identity("T through N_j", T(r, m), sp.Sum(N(j, r, m), (j, 0, m - r)), "[S21]", m >= r),
        _identity("G as N_0", G(r, m), N(0, r, m), "[S21]", m >= r),
        _identity(
            "T through G",
            T(r, m),
            G(r, m) + sp.Sum(sp.binomial(m, u) * G(r, m - u) * sp.bell(u), (u, 1, m - r)),
            "[S21]",
            m >= r,
        ),
        _identity("generating function of T", _egf(T), egf_T, "[S21]"),
        _identity(
            "recurrence of T",
            T(r, m + 1),
            r * T(r - 1, m) + (r + 1) * T(r, m) + T(r + 1, m),
            "derived",
        ),
        _identity("Bell numbers", T(0, m), sp.bell(m), "[S21]"),
        _identity("no expansions", T(r, m), sp.Integer(0), "[S21]", m < r),
        _identity(
            "T through factorial moments",
            T(r, m),
            sp.Sum(S(m, k) * sp.ff(k, r), (k, 0, m)),
            "derived",
        ),
        _identity(
            "T as a derivative of the Touchard polynomial",
            T(r, m),
            sp.Subs(sp.Derivative(Touchard(m, x), (x, r)), x, 1),
            "derived",
            value=_touchard_value,
        ),
        _identity(
            "A049020",
            T(r, m),
            sp.factorial(r) * sp.Sum(S(m, k) * sp.binomial(k, r), (k, r, m)),
            "derived",
            m >= r,
        ),
        _identity("special value r", T(r, r), sp.factorial(r), "[S21]"),
        _identity(
            "special value r + 1", T(r, r + 1), sp.factorial(r + 1) * (r + 2) / 2, "derived"
        ),
        _identity(
            "Dobinski form",
            T(r, m),
            sp.Sum(N_**m * Charlier(r, N_) / sp.factorial(N_), (N_, 0, sp.oo)) / sp.E,
            "derived",
            value=_dobinski_value,
        ),
        _identity(
            "symmetry of the Charlier polynomials",
            Charlier(r, k),
            (-1) ** (r + k) * Charlier(k, r),
            "derived",
        ),
        _identity("G through S", G(r, m), sp.factorial(r) * S(m, r), "[S21]"),
        _identity(
            "G as an alternating sum",
            G(r, m),
            sp.Sum((-1) ** (r + i) * sp.binomial(r, i) * i**m, (i, 0, r)),
            "[S21]",
        ),
        _identity("G without a neuron to copy", G(0, m), sp.KroneckerDelta(0, m), "[S21]"),
        _identity(
            "recurrence of G",
            G(r, m),
            r * (G(r, m - 1) + G(r - 1, m - 1)),
            "derived",
            sp.And(r >= 1, m >= 1),
        ),
        _identity("generating function of G", _egf(G), egf_G, "[S21]"),
        _identity(
            "plateaus through G",
            PlateauCount(p, s, m),
            sp.binomial(m, s) * sp.factorial(s) * G(p, m - s),
            "derived",
            m >= s,
        ),
        _identity(
            "generating function of plateaus", _egf(PlateauCount, p, s), egf_plateaus, "derived"
        ),
        _identity(
            "generating function of regions",
            _egf(PlateauRegions, p, q, s),
            egf_plateau_regions,
            "derived",
        ),
        _identity(
            "regions without negative neurons",
            PlateauRegions(p, 0, s, m),
            PlateauCount(p, s, m),
            "derived",
        ),
        _at_least(
            "regions are no fewer",
            PlateauRegions(p, q, s, m),
            PlateauCount(p + q, s, m),
            "derived",
            sp.true,
        ),
        _identity(
            "permutation points of a layer",
            Points(n, K),
            Pairings(n, K) * sp.factorial(n) / 2**K,
            "[B19]",
            sp.And(n >= 1, K >= 1),
        ),
        _identity(
            "factor, pairs in one layer",
            FactorLayer(n_1, n_2, K),
            Pairings(n_1, K) / 2**K + Pairings(n_2, K) / 2**K,
            "[B19]",
            _positive,
        ),
        _identity(
            "factor, pairs in any layers",
            FactorNetwork(n_1, n_2, K),
            sp.Sum(Pairings(n_1, i) * Pairings(n_2, K - i), (i, 0, K)) / 2**K,
            "derived",
            _positive,
        ),
        _identity(
            "factor, blocks of any size",
            FactorAny(n_1, n_2, K),
            sp.Sum(
                G(n_1 - i, n_1) / sp.factorial(n_1) * G(n_2 - K + i, n_2) / sp.factorial(n_2),
                (i, 0, K),
            ),
            "derived",
            _positive,
        ),
        _at_least(
            "pairs in any layers are no fewer",
            FactorNetwork(n_1, n_2, K),
            FactorLayer(n_1, n_2, K),
            "derived",
            _positive,
        ),
        _at_least(
            "blocks of any size are no fewer",
            FactorAny(n_1, n_2, K),
            FactorNetwork(n_1, n_2, K),
            "derived",
            _positive,
        ),
        *_of_kinds,
    )
}
