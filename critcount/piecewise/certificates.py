"""Layers of two before another one: which slopes cannot alternate, with exact certificates.

A network 1-2-n has, up to an affine change of its input, the first layer max(x, 0), max(1 - x, 0)
when all three pieces of it matter. A neuron of the second layer with two zeros p < q then has
weights α, β of one sign: it is active outside [p, q] (both positive) or inside (both negative).
The order of the zeros and of 0 and 1 on the line, which neurons are active inside, and the signs
of their read-outs are the *type* of a network. For one type the slope s_j of the read-out on every
piece is linear in the products of weights: whether the slopes can have given signs is a question
of linear inequalities, and a combination of them that is zero shows that they cannot.

Where the slopes can alternate the values may not. Let l_j be the lengths of the pieces. A neuron's
argument has slopes e_ij between its two zeros, and Σ_j e_ij l_j = 0. The values of the read-out at
the knots, with weights κ that are as large where it must be positive as where it must be negative,
add up to Σ_j K_j s_j l_j, K_j the signed weights of the knots to the right. If for some μ_i every
K_j s_j + Σ_i μ_i e_ij is negative or zero whenever the slopes alternate, which again is a
question of linear inequalities, the sum is not positive, as it would have to be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flint import fmpq

__all__ = [
    "Type",
    "alternating",
    "certificate",
    "excluded_by_values",
    "inequalities",
    "is_certificate",
    "known_types",
    "plausible_types",
    "types",
    "without_certificate",
]

#: A knot of the first layer, at 0 and at 1, in an order.
OLD = -1
Inequality = tuple[int, ...]

#: The types of four neurons whose slopes can alternate: order ("|" for 0 and 1), which neurons are
#: active inside, signs, and the numbers κ and μ that exclude them by their values.
FOUR = (
    ("0|1203|312", "ooio", "---+", "0011100001", "0-+-"),
    ("0|1203|312", "ioio", "+--+", "0011100001", "0-+-"),
    ("01|23|0132", "oioi", "--++", "0111001110", "0-0-"),
    ("01|23|0132", "ioio", "++--", "1111100111", "+0+0"),
    ("01|23|0231", "oioi", "--++", "1111001100", "-0-0"),
    ("01|23|3102", "iooo", "+++-", "1000000001", "+---"),
    ("01|23|3102", "ioio", "++--", "1000000001", "+-+-"),
    ("012|03|321", "oioo", "---+", "1000000001", "-+--"),
    ("012|03|321", "iioo", "+--+", "1000000001", "++--"),
    ("012|23|103", "iooo", "++-+", "1000000001", "+---"),
    ("012|23|103", "iooi", "++--", "1000000001", "+--+"),
    ("012|2301|3", "iooo", "++-+", "1000011100", "+--0"),
    ("012|2301|3", "iooi", "++--", "1000011100", "+--0"),
    ("0123|10|23", "oiio", "--++", "0111001110", "0--0"),
    ("0123|10|23", "iooi", "++--", "1110011111", "+00+"),
    ("0123|12|03", "iioo", "+--+", "0011001111", "00--"),
    ("0123|30|21", "oioo", "---+", "1000000001", "-+--"),
    ("0123|30|21", "iioo", "+--+", "1000000001", "++--"),
)


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


def _orders(
    n: int,
    active: tuple[bool, ...] = (),
    possible: Callable[[Sequence[bool], int, int], bool] = lambda active, olds, piece: True,
) -> Iterator[tuple[int, ...]]:
    """Yield the orders of the knots of which every piece is possible."""

    def extend(
        order: tuple[int, ...], active: tuple[bool, ...], places: tuple[int, ...], olds: int
    ) -> Iterator[tuple[int, ...]]:
        if not possible(active, olds, len(order)):
            return
        if len(order) == 2 * n + 2:
            yield order
            return
        if olds < 2:
            yield from extend((*order, OLD), active, places, olds + 1)
        for neuron in range(min(len(places) + 1, n)):
            switched = tuple(on != (i == neuron) for i, on in enumerate(active))
            if neuron == len(places):
                yield from extend((*order, neuron), switched, (*places, olds), olds)
            elif order.count(neuron) == 1 and places[neuron] != olds:
                yield from extend((*order, neuron), switched, places, olds)

    yield from extend((), active or (False,) * n, (), 0)


def alternating(n: int) -> tuple[int, ...]:
    """Return slopes that rise and fall in turn on all 2n + 3 pieces.

    >>> alternating(1)
    (1, -1, 1, -1, 1)
    """
    return tuple(1 - 2 * (j % 2) for j in range(2 * n + 3))


def plausible_types(n: int, slopes: Sequence[int]) -> Iterator[Type]:
    """Yield the types for which each slope has a term of the sign that it is to have.

    The others have the certificate of one inequality without a positive coefficient.

    >>> sum(1 for _ in plausible_types(3, alternating(3)))
    52
    """
    for inside in itertools.product((False, True), repeat=n):
        for signs in itertools.product((1, -1), repeat=n):

            def possible(
                active: Sequence[bool], olds: int, piece: int, g: tuple[int, ...] = signs
            ) -> bool:
                wanted = slopes[piece] * (olds - 1)  # of the sign of a neuron; 0 for any
                return not slopes[piece] or any(
                    on and wanted in (0, sign) for on, sign in zip(active, g, strict=True)
                )

            for order in _orders(n, tuple(not x for x in inside), possible):
                yield Type(order, inside, signs)


def _pieces(kind: Type) -> Iterator[tuple[int, list[bool], list[bool]]]:
    """Yield for every piece the old knots on its left, who is active, who is between its zeros."""
    active = [not inside for inside in kind.inside]
    between = [False] * len(active)
    olds = 0
    for knot in (*kind.order, None):
        yield olds, list(active), list(between)
        if knot == OLD:
            olds += 1
        elif knot is not None:
            active[knot] = not active[knot]
            between[knot] = not between[knot]


def _slope(kind: Type, neuron: int, olds: int) -> list[int]:
    """The slope of one neuron's part of the read-out, by the magnitudes of all products."""
    row = [0] * (2 * len(kind.signs))
    row[2 * neuron] = kind.signs[neuron] * (olds > 0)
    row[2 * neuron + 1] = -kind.signs[neuron] * (olds < 2)
    return row


def _total(rows: Sequence[Sequence[int]], length: int) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)] if rows else [0] * length


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
    for sign, (olds, active, _) in zip(slopes, _pieces(kind), strict=True):
        if sign:
            parts = [_slope(kind, i, olds) for i in range(n) if active[i]]
            rows.append(tuple(sign * x for x in _total(parts, 2 * n)))
    where: list[list[int]] = [[] for _ in range(n)]
    olds = 0
    for knot in kind.order:
        if knot == OLD:
            olds += 1
        else:
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
    common = math.lcm(*(int(x.q) for x in solution))
    return tuple(int(x * common) for x in solution)


def excluded_by_values(
    kind: Type, slopes: Sequence[int], weights: Sequence[int], shifts: Sequence[int]
) -> bool:
    """Tell whether weights κ of the knots and shifts μ of the neurons exclude a type.

    That is, crossings on all pieces; every claim of the module's text is checked in integers.
    """
    signed = [w * s for w, s in zip(weights, slopes, strict=False)]
    if min(weights) < 0 or not any(weights) or sum(signed) != 0:
        return False
    n = len(kind.signs)
    rows = inequalities(kind, slopes)
    for piece, (olds, active, between) in enumerate(_pieces(kind)):
        if 0 < piece < len(slopes) - 1:
            right = sum(signed[piece:])
            parts = [[right * x for x in _slope(kind, i, olds)] for i in range(n) if active[i]]
            parts += [
                [shifts[i] * x for x in _slope(kind, i, olds)] for i in range(n) if between[i]
            ]
            total = _total(parts, 2 * n)
            if any(total):
                question = [tuple(total), *rows]
                answer = certificate(question)
                if answer is None or not is_certificate(question, answer):
                    return False
    return True


def known_types() -> dict[Type, tuple[list[int], list[int]]]:
    """Return the types of `FOUR` with their numbers κ and μ."""
    return {
        Type(
            tuple(OLD if x == "|" else int(x) for x in order),
            tuple(x == "i" for x in inside),
            tuple(1 if x == "+" else -1 for x in signs),
        ): ([int(x) for x in weights], ["-0+".index(x) - 1 for x in shifts])
        for order, inside, signs, weights, shifts in FOUR
    }


def without_certificate(n: int) -> tuple[int, int]:
    """Count the types of n neurons, n <= 4, and those that nothing shown here excludes.

    Returns
    -------
    tuple of int
        The plausible types for 2n + 3 crossings, and how many of them are left. When none is, a
        functional of the layers 2, n has at most 2n + 2 crossings.

    Examples
    --------
    >>> without_certificate(3)
    (52, 0)
    """
    known = known_types()
    slopes = alternating(n)
    number = left = 0
    for kind in plausible_types(n, slopes):
        number += 1
        rows = inequalities(kind, slopes)
        factors = certificate(rows)
        if factors is None:
            left += kind not in known or not excluded_by_values(kind, slopes, *known[kind])
        else:
            left += not is_certificate(rows, factors)
    return number, left


def _solve(matrix: Sequence[Sequence[int]]) -> list[fmpq] | None:
    """Return y >= 0 with M y = 0 and Σ y = 1, or None."""
    m, n = len(matrix) + 1, len(matrix[0])
    table = [[*map(fmpq, row), fmpq(0)] for row in matrix]
    table.append([fmpq(1)] * (n + 1))
    basis: list[int] = [-1] * m  # artificial
    cost = [sum(column, fmpq(0)) for column in zip(*table, strict=True)]
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
    result = [fmpq(0)] * n
    for i, j in enumerate(basis):
        if j >= 0:
            result[j] = table[i][n]
    return result
