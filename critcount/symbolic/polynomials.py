"""The factors of permutation points as polynomials, whose powers are the orders."""

from __future__ import annotations

import sympy as sp

from critcount._support import checks
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.counting.network import SPREADS, Spread
from critcount.symbolic.expressions import x
from critcount.symbolic.functions import S

__all__ = ["factor_polynomial"]


def factor_polynomial(architecture: ArchitectureLike, spread: Spread = "network") -> sp.Poly:
    """Return the generating polynomial of the permutation-point factors by order.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
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

    See Also
    --------
    critcount.permutation_point_factors : its coefficients, as fractions.

    Examples
    --------
    >>> factor_polynomial("2-4-1")
    Poly(1/4*x**2 + 3/2*x + 1, x, domain='QQ')
    """
    architecture = as_architecture(architecture)
    checks.choice("spread", spread, SPREADS)
    layers = [_layer_polynomial(width, spread) for width in architecture.hidden]
    combined = sum(layers) if spread == "layer" else sp.prod(layers)
    return sp.Poly(combined, x, domain="QQ")


def _layer_polynomial(width: int, spread: Spread) -> sp.Expr:
    if spread == "any":
        terms = [
            S(width, width - i) * sp.factorial(width - i) / sp.factorial(width) * x**i
            for i in range(width)
        ]
    else:
        terms = [sp.binomial(width - i, i) * (x / 2) ** i for i in range(width // 2 + 1)]
    return sp.Add(*terms)
