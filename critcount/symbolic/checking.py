"""The check of an identity: both sides for all integers up to a bound."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import sympy as sp

from critcount._support import checks
from critcount.symbolic.expressions import x
from critcount.symbolic.identities import Assignment, Identity
from critcount.symbolic.series import series_coefficients

__all__ = ["check_identity"]


def check_identity(identity: Identity, up_to: int) -> int:
    """Compare both sides of an identity for all integers up to a bound.

    Parameters
    ----------
    identity : Identity
    up_to : int
        Every free symbol runs from 0 to this, where the domain allows; of power series the
        coefficients of x^0 … x^up_to are compared.

    Returns
    -------
    int
        How many cases were compared.

    Raises
    ------
    ArithmeticError
        At the first case in which the identity fails, naming it.

    Examples
    --------
    >>> from critcount.symbolic.identities import IDENTITIES
    >>> check_identity(IDENTITIES["recurrence of T"], 5)
    36
    >>> check_identity(IDENTITIES["generating function of T"], 5)
    6
    """
    up_to = checks.integer("up_to", up_to, minimum=0)
    symbols = sorted(identity.equation.free_symbols - {x}, key=str)
    compared = 0
    for values in _cases(len(symbols), up_to):
        case = dict(zip(symbols, values, strict=True))
        if not identity.domain.subs(case):
            continue
        left, right = _sides(identity, case, up_to)
        holds = left == right if isinstance(identity.equation, sp.Eq) else left >= right
        if holds is not sp.true and holds is not True:
            where = ", ".join(f"{symbol} = {value}" for symbol, value in case.items())
            raise ArithmeticError(f"{identity.name}: {left} is not {right} at {where}")
        compared += 1
    return compared


def _sides(identity: Identity, case: Assignment, up_to: int) -> tuple[Any, Any]:
    left, right = (side.subs(case) for side in identity.equation.args)
    if x in identity.equation.free_symbols:
        return _coefficients(left, up_to), _coefficients(right, up_to)
    return left.doit(), right.doit() if identity.right is None else identity.right(case)


def _coefficients(side: sp.Expr, up_to: int) -> list[sp.Expr]:
    """The coefficients of a power series in x, a sum over powers or a closed form."""
    if isinstance(side, sp.Sum):
        ((index, low, _),) = side.limits
        side = sp.Add(*(side.function.subs(index, e) for e in range(low, up_to + 1)))
    return series_coefficients(side, x, up_to + 1)


def _cases(symbols: int, up_to: int) -> Iterator[tuple[int, ...]]:
    return itertools.product(range(up_to + 1), repeat=symbols)
