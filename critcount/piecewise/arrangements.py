"""Arrangements of hyperplanes: the regions that one hidden layer cuts, in any position."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from flint import fmpz_mat

from critcount._support import checks
from critcount._support.checks import show

__all__ = ["characteristic_polynomial", "count_arrangement", "hyperplanes"]

#: Integers (a_1, …, a_d, c) of a hyperplane a x + c = 0: primitive, the first a that is not 0
#: positive.
Plane: TypeAlias = tuple[int, ...]

#: The most intersections of hyperplanes that are gone through.
MOST_INTERSECTIONS = 10**6


def characteristic_polynomial(
    weights: object, biases: object = None, *, limit: int = MOST_INTERSECTIONS
) -> tuple[int, ...]:
    """Return the characteristic polynomial of the arrangement of a layer's hyperplanes.

    Parameters
    ----------
    weights : array_like
        Of shape (n, d): a row for every neuron, of int, Fraction or float (the rational that it
        is). A row of zeros is no hyperplane; equal hyperplanes count once.
    biases : array_like, optional
        Of n numbers; zeros by default: all hyperplanes through the origin.
    limit : int
        The most intersections of up to d of the n hyperplanes.

    Returns
    -------
    tuple of int
        The d + 1 coefficients of χ(t) = Σ_F μ(F) t^(dim F) over the intersections F, that of t^d
        first.

    Raises
    ------
    TypeError, ValueError
        Shapes that do not fit, numbers that are not finite.
    SizeLimitError
        When there might be more than `limit` intersections.

    Notes
    -----
    χ of an arrangement is that without a hyperplane less that of the others' traces on it
    (deletion and restriction; Zaslavsky 1975). O(n^d) restrictions.

    Examples
    --------
    The braid arrangement x_i = x_j in four dimensions:

    >>> braid = [[1, -1, 0, 0], [1, 0, -1, 0], [1, 0, 0, -1], [0, 1, -1, 0], [0, 1, 0, -1],
    ...          [0, 0, 1, -1]]
    >>> characteristic_polynomial(braid)
    (1, -6, 11, -6, 0)
    """
    planes, d = hyperplanes(weights, biases)
    _refuse(len(planes), d, limit)
    return tuple(_polynomial(planes, d))


def count_arrangement(
    weights: object,
    biases: object = None,
    *,
    bounded: bool = False,
    limit: int = MOST_INTERSECTIONS,
) -> int:
    """Return the number of regions that the hyperplanes of a layer cut the space into.

    Parameters
    ----------
    weights, biases, limit
        As in `characteristic_polynomial`.
    bounded : bool
        Only those that are bounded.

    Returns
    -------
    int
        |χ(-1)|; of bounded ones |χ(1)| when the normals span the space, and otherwise 0.

    Examples
    --------
    >>> triangle = [[1, 0], [0, 1], [1, 1]], [0, 0, -1]
    >>> count_arrangement(*triangle), count_arrangement(*triangle, bounded=True)
    (7, 1)
    >>> count_arrangement([[1, 0], [2, 0], [0, 0], [1, 0]], [0, 0, 1, 1])   # two parallel lines
    3
    """
    planes, d = hyperplanes(weights, biases)
    _refuse(len(planes), d, limit)
    if not bounded:
        return abs(_value(_polynomial(planes, d), -1))
    if not planes or fmpz_mat([list(plane[:-1]) for plane in planes]).rank() < d:
        return 0
    return abs(_value(_polynomial(planes, d), 1))


def hyperplanes(weights: object, biases: object = None) -> tuple[list[Plane], int]:
    """Return the different hyperplanes of a layer, and the dimension of the space."""
    rows = [list(_numbers(f"weights[{i}]", row)) for i, row in enumerate(_rows(weights))]
    if not rows:
        raise ValueError("weights must have at least one row")
    d = len(rows[0])
    if d == 0 or any(len(row) != d for row in rows):
        raise ValueError("weights must have rows of one length, at least 1")
    offsets = [Fraction(0)] * len(rows) if biases is None else list(_numbers("biases", biases))
    if len(offsets) != len(rows):
        raise ValueError(
            f"biases must have one entry for each of the {len(rows):,} rows of weights, not "
            f"{len(offsets):,}"
        )
    planes: dict[Plane, None] = {}
    for row, offset in zip(rows, offsets, strict=True):
        if any(row):
            common = math.lcm(*(x.denominator for x in (*row, offset)))
            planes[_primitive([int(x * common) for x in (*row, offset)])] = None
    return list(planes), d


def _rows(weights: object) -> Iterable[Any]:
    if isinstance(weights, str | bytes) or not isinstance(weights, Iterable):
        raise TypeError(f"weights must be a matrix of numbers, not {show(weights)}")
    return weights


def _numbers(name: str, values: object) -> Iterable[Fraction]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a sequence of numbers, not {show(values)}")
    for k, value in enumerate(values):
        yield number(f"{name}[{k}]", value)


def number(name: str, value: Any) -> Fraction:
    """Return an int, Fraction or finite float as the rational that it is."""
    if isinstance(value, bool | str | bytes):
        raise TypeError(f"{name} must be a number, not {show(value)} ({type(value).__name__})")
    if hasattr(value, "item"):
        value = value.item()
    try:
        return Fraction(value)
    except TypeError:
        raise TypeError(
            f"{name} must be an int, a Fraction or a float, not {show(value)} "
            f"({type(value).__name__})"
        ) from None
    except (ValueError, OverflowError):
        raise ValueError(f"{name} must be finite, not {show(value)}") from None


def _refuse(n: int, d: int, limit: int) -> None:
    flats = sum(math.comb(n, k) for k in range(min(n, d) + 1))
    checks.size("the arrangement", flats, limit, "intersections", "raise limit")


def _primitive(row: Sequence[int]) -> Plane:
    divisor = math.gcd(*row)
    if next(x for x in row if x) < 0:
        divisor = -divisor
    return tuple([x // divisor for x in row])


def _polynomial(planes: Sequence[Plane], d: int) -> list[int]:
    """χ, the coefficient of t^d first: t^d less that of the traces of the first k on the next."""
    if d == 1:
        return [1, -len(planes)]
    total = [1] + [0] * d
    for k, plane in enumerate(planes):
        traces = _traces(planes[:k], plane)
        for power, coefficient in enumerate(_polynomial(traces, d - 1), start=1):
            total[power] -= coefficient
    return total


def _traces(planes: Sequence[Plane], on: Plane) -> list[Plane]:
    """Return the different intersections of hyperplanes with another one, one variable fewer."""
    pivot = next(i for i, x in enumerate(on) if x)
    rest = [i for i in range(len(on)) if i != pivot]
    found: dict[Plane, None] = {}
    for plane in planes:
        row = [on[pivot] * plane[i] - plane[pivot] * on[i] for i in rest]
        if any(row[:-1]):
            found[_primitive(row)] = None
    return list(found)


def _value(polynomial: Sequence[int], t: int) -> int:
    total = 0
    for coefficient in polynomial:
        total = total * t + coefficient
    return total
