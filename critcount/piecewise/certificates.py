"""Layers of two before another one: which slopes cannot alternate, with exact certificates.

A network 1-2-n has, up to an affine change of its input, the first layer max(x, 0), max(1 - x, 0)
when all three pieces of it matter. A neuron of the second layer with two zeros p < q then has
weights α, β of one sign: it is active outside [p, q] (both positive) or inside (both negative).
The order of the zeros and of 0 and 1 on the line, which neurons are active inside, and the signs
of their read-outs are the *type* of a network. For one type the slope of the read-out on every
piece is linear in the products of weights: whether the slopes can have given signs is a question
of linear inequalities, and a combination of them that is zero shows that they cannot.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Type", "certificate", "inequalities", "is_certificate", "types"]

#: A knot of the first layer, at 0 and at 1, in an order.
OLD = -1
Inequality = tuple[int, ...]


@dataclass(frozen=True)
class Type:
    """A combinatorial type of networks 1-2-n.

    Attributes
    ----------
    order : tuple of int
        The knots from left to right: a neuron of the second layer for each of its two zeros, OLD
        for the two knots of the first layer. Neurons are numbered by their first zero.
    inside : tuple of bool
        Whether a neuron is active between its zeros.
    signs : tuple of int
        The sign of its read-out's slopes on the right: +1 or -1.
    """

    order: tuple[int, ...]
    inside: tuple[bool, ...]
    signs: tuple[int, ...]


def types(n: int) -> Iterator[Type]:
    """Yield every type of n neurons with two zeros each.

    No neuron has both zeros between the same neighbours among the two old knots, where it is
    affine.

    >>> sum(1 for _ in types(1)), sum(1 for _ in types(2))
    (12, 192)
    """
    for order in _orders(n):
        for inside in itertools.product((False, True), repeat=n):
            for signs in itertools.product((1, -1), repeat=n):
                yield Type(order, inside, signs)


def _orders(n: int) -> Iterator[tuple[int, ...]]:
    def extend(
        order: tuple[int, ...], places: tuple[int, ...], opened: int, olds: int
    ) -> Iterator[tuple[int, ...]]:
        if len(order) == 2 * n + 2:
            yield order
            return
        if olds < 2:
            yield from extend((*order, OLD), places, opened, olds + 1)
        if opened < n:
            yield from extend((*order, opened), (*places, olds), opened + 1, olds)
        for neuron in range(opened):
            if order.count(neuron) == 1 and places[neuron] != olds:
                yield from extend((*order, neuron), places, opened, olds)

    yield from extend((), (), 0, 0)


def inequalities(kind: Type, slopes: Sequence[int]) -> list[Inequality]:
    """Return rows r with r · v > 0 for the positive magnitudes v = (|α_i|, |β_i|, …) of a type.

    Parameters
    ----------
    kind : Type
    slopes : sequence of int
        For every piece +1, -1, or 0 where the slope may be anything.

    Returns
    -------
    list of tuple of int
        That the slopes have these signs, and that every neuron has its zeros where the type says:
        a zero between 0 and 1 tells which of |α|, |β| is larger. Last that v is positive.
    """
    n = len(kind.signs)
    rows: list[Inequality] = []
    active = [not inside for inside in kind.inside]
    olds = 0
    where: list[list[int]] = [[] for _ in range(n)]
    for piece in range(len(kind.order) + 1):
        if sign := slopes[piece]:
            row = [0] * (2 * n)
            for i in range(n):
                if active[i]:
                    row[2 * i] = sign * kind.signs[i] * (olds > 0)
                    row[2 * i + 1] = -sign * kind.signs[i] * (olds < 2)
            rows.append(tuple(row))
        if piece < len(kind.order):
            knot = kind.order[piece]
            if knot == OLD:
                olds += 1
            else:
                active[knot] = not active[knot]
                where[knot].append(olds)
    for i, (first, last) in enumerate(where):
        if 1 in (first, last):
            row = [0] * (2 * n)
            # falling to its second zero, or rising from its first, between 0 and 1
            row[2 * i], row[2 * i + 1] = (1, -1) if last == 1 else (-1, 1)
            rows.append(tuple(row))
    return rows + [tuple(int(i == k) for i in range(2 * n)) for k in range(2 * n)]


def is_certificate(rows: Sequence[Inequality], factors: Sequence[int]) -> bool:
    """Tell whether factors show that no v has r · v > 0 for all rows: not negative, a zero sum."""
    return (
        len(factors) == len(rows)
        and all(f >= 0 for f in factors)
        and any(factors)
        and all(
            sum(f * x for f, x in zip(factors, column, strict=True)) == 0
            for column in zip(*rows, strict=True)
        )
    )


def certificate(rows: Sequence[Inequality]) -> tuple[int, ...] | None:
    """Return factors that show that the rows cannot all be positive, or None where they can.

    Gordan's alternative, decided by a simplex method in fractions with Bland's rule.

    >>> certificate([(1, -1), (-1, 1)])
    (1, 1)
    >>> certificate([(1, -1), (0, 1)]) is None
    True
    """
    for i, row in enumerate(rows):  # a row without a positive entry: it and the units
        if max(row) <= 0:
            units = len(rows) - len(row)
            factors = [0] * len(rows)
            factors[i] = 1
            for k, x in enumerate(row):
                factors[units + k] += -x
            if is_certificate(rows, factors):
                return tuple(factors)
    solution = _solve([list(column) for column in zip(*rows, strict=True)])
    if solution is None:
        return None
    common = math.lcm(*(x.denominator for x in solution))
    return tuple(int(x * common) for x in solution)


def _solve(matrix: Sequence[Sequence[int]]) -> list[Fraction] | None:
    """Return y >= 0 with M y = 0 and Σ y = 1, or None."""
    m, n = len(matrix) + 1, len(matrix[0])
    table = [[*map(Fraction, row), Fraction(0)] for row in matrix]
    table.append([Fraction(1)] * (n + 1))
    basis: list[int] = [-1] * m  # artificial
    cost = [sum(column) for column in zip(*table, strict=True)]
    while True:
        entering = next((j for j in range(n) if cost[j] > 0), None)
        if entering is None:
            break
        ratio, leaving = None, -1
        for i in range(m):
            if table[i][entering] > 0:
                here = (table[i][n] / table[i][entering], basis[i])
                if ratio is None or here < ratio:
                    ratio, leaving = here, i
        if ratio is None:
            break
        pivot = table[leaving][entering]
        table[leaving] = [x / pivot for x in table[leaving]]
        for i in range(m):
            if i != leaving and table[i][entering]:
                factor = table[i][entering]
                table[i] = [x - factor * y for x, y in zip(table[i], table[leaving], strict=True)]
        factor = cost[entering]
        cost = [x - factor * y for x, y in zip(cost, table[leaving], strict=True)]
        basis[leaving] = entering
    if cost[n] != 0:
        return None
    result = [Fraction(0)] * n
    for i, j in enumerate(basis):
        if j >= 0:
            result[j] = table[i][n]
    return result
