"""The knots of a given network from R to R^p, exactly.

A point p/q of the line is the integer pair (p, q), the two ends are (-1, 0) and (1, 0). At such a
pair a layer is a vector of integers, q L h(p/q) with one L for the whole layer (at an end the
growth of h per unit). Between two neighbouring pairs everything is linear, so that the zero of a
neuron and all values there are one combination of the two, without a division.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from flint import fmpq, fmpz, fmpz_mat

from critcount._support import checks
from critcount._support.checks import show
from critcount._support.errors import SizeLimitError
from critcount.piecewise.maxima import max_knots
from critcount.piecewise.rational import (
    IntegerLayer,
    RationalNetwork,
    as_rational,
    integer_layers,
)
from critcount.weights.network import Network

__all__ = ["count_knots", "find_knots", "knot_profile", "require_relu"]

#: A point (p, q) and the integers that belong to it.
Column: TypeAlias = tuple[fmpz, fmpz, list[fmpz]]

#: The most points at which some neuron of some layer changes its state.
MOST_SWITCHES = 10**6


def find_knots(
    network: Network | RationalNetwork,
    interval: tuple[int | float | Fraction, int | float | Fraction] | None = None,
    *,
    activation: str = "relu",
    limit: int = MOST_SWITCHES,
) -> tuple[Fraction, ...]:
    """Return the points at which the output of a network changes its slope, in ascending order.

    Parameters
    ----------
    network : Network or RationalNetwork
        With one input. Floats are the rationals that they are.
    interval : pair of numbers, optional
        Only those of this closed interval.
    activation : str
        "relu"; no other is piecewise linear here.
    limit : int
        The most points at which a neuron may switch.

    Returns
    -------
    tuple of Fraction

    Raises
    ------
    TypeError, ValueError
        More than one input, another activation, an interval that is empty or not finite.
    SizeLimitError
        When more than `limit` points are found.

    Notes
    -----
    *Derived.* For K points a layer costs a product of integer matrices, n_l by n_(l-1) by K, and
    O(n_l K) comparisons; the integers grow linearly with the depth.

    Examples
    --------
    >>> hat = Network([[[1.0], [1.0], [1.0]], [[1.0, -2.0, 1.0]]], [[0.0, -0.1, -0.2], None])
    >>> find_knots(hat) == (0, Fraction(0.1), Fraction(0.2))
    True
    >>> find_knots(hat, (0.05, 0.15)) == (Fraction(0.1),)
    True
    """
    rational = _with_one_input(network, activation)
    low_high = None if interval is None else _interval(interval)
    limit = checks.integer("limit", limit, minimum=0)
    *_, columns = _layers(rational, limit)
    found = tuple(Fraction(int(p), int(q)) for p, q in _kinks(columns))
    if low_high is None:
        return found
    return tuple(x for x in found if low_high[0] <= x <= low_high[1])


def count_knots(
    network: Network | RationalNetwork, *, activation: str = "relu", limit: int = MOST_SWITCHES
) -> int:
    """Return the number of points at which the output changes its slope.

    The same as ``len(find_knots(network))``.

    Parameters and errors are those of `find_knots`.

    Examples
    --------
    >>> equal = Network([[[1.0], [1.0]], [[1.0, -1.0]]], [[0.0, 0.0], None])
    >>> count_knots(equal)
    0
    """
    return len(find_knots(network, activation=activation, limit=limit))


def knot_profile(
    network: Network | RationalNetwork, *, activation: str = "relu", limit: int = MOST_SWITCHES
) -> tuple[int, ...]:
    """Return the number of knots of every hidden layer's vector, and of the output.

    Parameters and errors are those of `find_knots`.

    Examples
    --------
    >>> from critcount.piecewise import most_knots_network
    >>> knot_profile(most_knots_network("1-3-3-3-1"))
    (3, 15, 63, 63)
    """
    rational = _with_one_input(network, activation)
    limit = checks.integer("limit", limit, minimum=0)
    return tuple(sum(1 for _ in _kinks(columns)) for columns in _layers(rational, limit))


def require_relu(activation: str) -> None:
    """Refuse an activation that is not ReLU."""
    if not isinstance(activation, str):
        raise TypeError(f"activation must be 'relu', not {show(activation)}")
    if activation != "relu":
        raise ValueError(
            f"activation must be 'relu', for which a network is piecewise linear, "
            f"not {show(activation)}"
        )


def _with_one_input(network: Network | RationalNetwork, activation: str) -> RationalNetwork:
    rational = as_rational(network)
    require_relu(activation)
    if rational.widths[0] != 1:
        raise ValueError(f"network must have one input, not {rational.widths[0]:,}")
    return rational


def _interval(interval: Sequence[int | float | Fraction]) -> tuple[Fraction, Fraction]:
    try:
        low, high = interval
        ends = Fraction(low), Fraction(high)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"interval must be two finite numbers, not {show(interval)}") from None
    if ends[0] >= ends[1]:
        raise ValueError(f"interval must have its lower end first, not {show(interval)}")
    return ends


def _layers(network: RationalNetwork, limit: int) -> Iterator[list[Column]]:
    """Yield the columns of every hidden layer, after its activation, and of the output."""
    zero, one = fmpz(0), fmpz(1)
    columns: list[Column] = [(-one, zero, [-one]), (zero, one, [zero]), (one, zero, [one])]
    *hidden, output = integer_layers(network)
    scale = 1
    for layer in hidden:
        columns = _cut(_affine(columns, layer, scale), limit, network)
        columns = [(p, q, [z if z > 0 else zero for z in values]) for p, q, values in columns]
        scale *= layer.denominator
        yield columns
    yield _affine(columns, output, scale)


def _affine(columns: list[Column], layer: IntegerLayer, scale: int) -> list[Column]:
    _, _, first = columns[0]
    inputs = len(first)
    rows = [[*row, bias * scale] for row, bias in zip(layer.rows, layer.bias, strict=True)]
    if not rows:
        return [(p, q, []) for p, q, _ in columns]
    vectors = fmpz_mat(
        len(columns), inputs + 1, [v for _, q, values in columns for v in (*values, q)]
    )
    product = (vectors * fmpz_mat(rows).transpose()).entries()
    width = len(rows)
    return [(p, q, product[k * width : (k + 1) * width]) for k, (p, q, _) in enumerate(columns)]


def _cut(columns: list[Column], limit: int, network: RationalNetwork) -> list[Column]:
    """Insert a column wherever a value changes its sign between two neighbours."""
    result = columns[:1]
    for left, right in pairwise(columns):
        result.extend(_between(left, right))
        result.append(right)
        if len(result) > limit + 3:
            most = max_knots(network.widths).upper
            raise SizeLimitError(
                f"the neurons of the network switch at more than {limit:,} points, the limit; "
                f"knots of this architecture: at most {checks.many(most)}: raise limit"
            )
    return result


def _between(left: Column, right: Column) -> Iterator[Column]:
    p0, q0, values0 = left
    p1, q1, values1 = right
    new: dict[fmpq, Column] = {}
    for a, b in zip(values0, values1, strict=True):
        if (a < 0 < b) or (b < 0 < a):
            u, v = abs(b), abs(a)
            p, q = u * p0 + v * p1, u * q0 + v * q1
            place = fmpq(p, q)
            if place not in new:
                common = p.gcd(q)
                new[place] = (
                    p // common,
                    q // common,
                    [(u * x + v * y) // common for x, y in zip(values0, values1, strict=True)],
                )
    for place in sorted(new):
        yield new[place]


def _kinks(columns: list[Column]) -> Iterator[tuple[fmpz, fmpz]]:
    """Yield the points whose vector is not the combination of the neighbours' that they are."""
    for (p0, q0, left), (p1, q1, here), (p2, q2, right) in zip(
        columns, columns[1:], columns[2:], strict=False
    ):
        u, v, w = p1 * q2 - p2 * q1, p0 * q2 - p2 * q0, p0 * q1 - p1 * q0
        if any(u * a - v * b + w * c for a, b, c in zip(left, here, right, strict=True)):
            yield p1, q1
