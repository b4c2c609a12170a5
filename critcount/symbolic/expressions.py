"""The formulas as sympy expressions in the symbols r, m, …: generating functions, terms, limits.

[B19] is Brea, Şimşek, Illing, Gerstner 2019, arXiv 1907.02911; [S21] is Şimşek, Ged, Jacot,
Spadaro, Hongler, Gerstner, Brea 2021, arXiv 2105.12221.
"""

from __future__ import annotations

import sympy as sp

from critcount._support import checks
from critcount.symbolic.functions import Pairings, S
from critcount.symbolic.series import series_coefficients

__all__ = [
    "K",
    "asymptotic_T",
    "d",
    "egf_G",
    "egf_T",
    "egf_balanced",
    "egf_domain",
    "egf_flips",
    "egf_plateau_regions",
    "egf_plateaus",
    "egf_signed_G",
    "egf_signed_T",
    "factor_term",
    "h",
    "i",
    "j",
    "k",
    "l",
    "m",
    "mild_limit",
    "n",
    "n_1",
    "n_2",
    "p",
    "q",
    "r",
    "rho",
    "s",
    "saddle_equation",
    "series_numbers",
    "spread_at_saddle",
    "u",
    "vast_limit_G",
    "vast_limit_T",
    "x",
    "zero_block_term",
]

r, m, j, k, u, i = sp.symbols("r m j k u i", integer=True, nonnegative=True)
h, l, n, K = sp.symbols("h l n K", integer=True, nonnegative=True)  # noqa: E741
p, q, s = sp.symbols("p q s", integer=True, nonnegative=True)
n_1, n_2 = sp.symbols("n_1 n_2", integer=True, nonnegative=True)
d = sp.Symbol("d", integer=True, nonnegative=True)
x = sp.Symbol("x")

#: Exponential generating functions in m, for a fixed r.
egf_T = (sp.exp(x) - 1) ** r * sp.exp(sp.exp(x) - 1)
egf_G = (sp.exp(x) - 1) ** r
#: The same with p neurons that may be copied, then q with one positive share, and s that may not.
egf_plateaus = (sp.exp(x) - 1) ** p * x**s
egf_plateau_regions = (sp.exp(x) - 1) ** p * (x * sp.exp(x)) ** q * x**s

#: Of the types for an activation, U = e^x - 1; a factor e^x is for idle neurons.
_U = sp.exp(x) - 1
egf_signed_T = (2 * _U + _U**2) ** r * sp.exp(_U + _U**2 / 2)
egf_signed_G = (2 * _U + _U**2) ** r
#: Softplus, GELU, SiLU and ReLU without idle neurons, r ≤ d.
egf_flips = egf_signed_T - (egf_signed_G - _U**r * (1 - _U**2 / 2)) * sp.exp(_U)
#: ELU on a bounded domain: linear and idle neurons, and blocks of exponentials.
egf_domain = sp.exp(2 * x) * _U**r * sp.exp(2 * _U)
#: Sigmoid with hidden biases and without output bias.
egf_balanced = (
    sp.exp(x) * egf_signed_T
    - sp.exp(_U) * ((2**r - 1) * _U**r + r * _U ** (r + 1) + _U ** (r + 2) / 2)
    - x * _U**r * sp.exp(_U)
)

#: N_j(r, m), the expansions with j zero-type blocks.
zero_block_term = sp.factorial(r + j) / sp.factorial(j) * S(m, r + j)

#: Limits of G(r-l, r+h)/T(r, r+h) for r → ∞, and of T(r, m) and G(r, m) for m → ∞ [S21].
mild_limit = (m / 2) ** l * sp.factorial(h) / sp.factorial(l + h)
vast_limit_T = sp.bell(m) * (m / sp.LambertW(m)) ** r
vast_limit_G = r**m

#: The factor of order K of a single layer of n neurons [B19].
factor_term = Pairings(n, K) / 2**K

#: ρ solves this; b is the second logarithmic derivative of egf_T there.
rho = sp.Symbol("rho", positive=True)
saddle_equation = sp.Eq(rho * (r * sp.exp(rho) / (sp.exp(rho) - 1) + sp.exp(rho)), m)
spread_at_saddle = rho * sp.diff(saddle_equation.lhs, rho)

#: T(r, m) as m - r → ∞, ρ the solution of `saddle_equation`.
asymptotic_T = (
    sp.factorial(m) * egf_T.subs(x, rho) / (rho**m * sp.sqrt(2 * sp.pi * spread_at_saddle))
)


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
    found = series_coefficients(egf, x, up_to + 1)
    return [int(sp.factorial(degree) * value) for degree, value in enumerate(found)]
