"""Tangent sensitivity: how the gradient of the parameters changes with the input, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from critcount._support import checks, markup
from critcount._support.columns import frame
from critcount.piecewise.arrangements import number
from critcount.piecewise.cells import volume
from critcount.piecewise.knots import require_relu
from critcount.piecewise.rational import (
    IntegerLayer,
    RationalNetwork,
    as_rational,
    integer_layers,
)
from critcount.piecewise.regions import (
    MOST_REGIONS,
    BoxLike,
    box_of,
    by_layer,
    counted_cells,
    enumerable,
)
from critcount.weights.network import Network

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SensitivityBounds",
    "sensitivity_by_region",
    "tangent_sensitivity",
    "tangent_sensitivity_bounds",
]


def tangent_sensitivity(
    network: Network | RationalNetwork,
    *,
    at: Sequence[int | float | Fraction] | None = None,
    box: BoxLike | None = None,
    activation: str = "relu",
    limit: int = MOST_REGIONS,
) -> Fraction:
    """Return the tangent sensitivity at a point, or its mean over a box.

    S(x) is the sum of the squares of all second derivatives ∂²f/∂θ∂x of the outputs, by one
    parameter and one input: how fast the tangent features turn with the input.

    Parameters
    ----------
    network : Network or RationalNetwork
        Floats are the rationals that they are.
    at : sequence of numbers
        A point inside an activation region, of any dimension.
    box : sequence
        Instead of a point: (low, high) for all inputs, at most four, or a pair for each.
    activation : str
        "relu"; no other is piecewise linear here.
    limit : int
        The most regions in the box.

    Returns
    -------
    Fraction

    Raises
    ------
    TypeError, ValueError
        Neither or both of `at` and `box`; a point where a neuron switches, at which there is no
        derivative; another activation; a box that is empty or not finite, or of more than four
        dimensions.
    SizeLimitError
        When there are more than `limit` regions in the box.

    Notes
    -----
    *Derived*; the notion is that of Daróczy 2020 (arXiv 2006.06780). On an activation region
    S = Σ_l |B_l|² |J_(l-1)|², with B_l = ∂f/∂z_l, J_l = ∂h_l/∂x, Frobenius norms: a constant. The
    mean is the sum of these constants times the volumes of the regions.

    Examples
    --------
    >>> network = Network([[[1.0, 2.0]], [[3.0]]], [[0.5], None])
    >>> tangent_sensitivity(network, at=(1, 1)), tangent_sensitivity(network, at=(-1, -1))
    (Fraction(23, 1), Fraction(0, 1))
    >>> tangent_sensitivity(network, box=(-1, 1))
    Fraction(115, 8)
    """
    if at is not None and box is None:
        rational = as_rational(network)
        require_relu(activation)
        layers = integer_layers(rational)
        return _constant(layers, _pattern_at(rational, at), rational.widths[0])
    if box is None or at is not None:
        raise ValueError("name a point by at, or a box by box, and not both")
    total = covered = Fraction(0)
    for _, size, value in _by_region(network, box, activation, limit):
        total += size * value
        covered += size
    return total / covered


def sensitivity_by_region(
    network: Network | RationalNetwork,
    box: BoxLike,
    *,
    activation: str = "relu",
    limit: int = MOST_REGIONS,
) -> pd.DataFrame:
    """Return how the tangent sensitivity spreads over the regions of a box.

    Parameters
    ----------
    network, box, activation, limit
        As in `tangent_sensitivity`.

    Returns
    -------
    pandas.DataFrame
        A row for every activation region, the largest sensitivity first: pattern ("10-011", a
        digit for every neuron), share (of the volume of the box) and sensitivity, both Fractions.
        The sum of share × sensitivity is the mean.

    Examples
    --------
    >>> network = Network([[[1.0, 2.0]], [[3.0]]], [[0.5], None])
    >>> sensitivity_by_region(network, (-1, 1))
      pattern share sensitivity
    0       1   5/8          23
    1       0   3/8           0
    """
    found = list(_by_region(network, box, activation, limit))
    whole = sum((size for _, size, _ in found), Fraction(0))
    found.sort(key=lambda row: row[2], reverse=True)
    rows = [
        ("-".join("".join(map(str, layer)) for layer in pattern), size / whole, sensitivity)
        for pattern, size, sensitivity in found
    ]
    return frame(("pattern", "share", "sensitivity"), rows)


class SensitivityBounds(NamedTuple):
    """Upper bounds of the tangent sensitivity, for all inputs.

    Attributes
    ----------
    paths : Fraction
        With every weight by its magnitude and every neuron active.
    norms : Fraction
        From products of Frobenius norms and bounds of the spectral norms of the layers,
        |W|₂² <= min(|W|_F², |W|_1 |W|_∞).
    """

    paths: Fraction
    norms: Fraction

    def _repr_html_(self) -> str:
        return markup.record(self)


def tangent_sensitivity_bounds(network: Network | RationalNetwork) -> SensitivityBounds:
    """Return upper bounds of the tangent sensitivity of a ReLU network, for all inputs.

    Parameters
    ----------
    network : Network or RationalNetwork

    Returns
    -------
    SensitivityBounds

    Notes
    -----
    *Derived.* No entry of B_l or J_l is larger than the same sum over paths with magnitudes; and
    |B_l|_F <= |W_(L+1)|_F Π |W_k|₂, |J_l|_F <= |W_1|_F Π |W_k|₂ (1-Lipschitz activation).

    Examples
    --------
    >>> tangent_sensitivity_bounds(Network([[[1.0, -2.0]], [[3.0]]]))
    SensitivityBounds(paths=Fraction(23, 1), norms=Fraction(23, 1))
    """
    rational = as_rational(network)
    layers = integer_layers(rational)
    positive = [
        IntegerLayer(
            tuple(tuple(map(abs, row)) for row in layer.rows), layer.bias, layer.denominator
        )
        for layer in layers
    ]
    everyone = tuple((1,) * n for n in rational.widths[1:-1])
    paths = _constant(positive, everyone, rational.widths[0])
    return SensitivityBounds(paths, _norms(layers, rational.widths[0]))


def sensitivities(
    network: RationalNetwork, patterns: Sequence[Sequence[Sequence[int]]]
) -> list[Fraction]:
    """Return the tangent sensitivity of regions by the patterns of their active neurons."""
    layers = integer_layers(network)
    return [_constant(layers, pattern, network.widths[0]) for pattern in patterns]


def _norms(layers: Sequence[IntegerLayer], inputs: int) -> Fraction:
    frobenius = [Fraction(_square(layer.rows), layer.denominator**2) for layer in layers]
    spectral = [
        min(size, Fraction(_row_sum(layer.rows) * _column_sum(layer.rows), layer.denominator**2))
        for size, layer in zip(frobenius, layers, strict=True)
    ]
    outputs = len(layers[-1].rows)
    total = Fraction(0)
    for k in range(len(layers)):
        # |J_0|² = d; the first of the factors of J and the last of those of B are Frobenius norms
        inner = Fraction(inputs) if k == 0 else frobenius[0]
        for i in range(1, k):
            inner *= spectral[i]
        outer = Fraction(outputs) if k == len(layers) - 1 else frobenius[-1]
        for i in range(k + 1, len(layers) - 1):
            outer *= spectral[i]
        total += inner * outer
    return total


def _row_sum(rows: Sequence[Sequence[int]]) -> int:
    return max((sum(map(abs, row)) for row in rows), default=0)


def _column_sum(rows: Sequence[Sequence[int]]) -> int:
    return max((sum(map(abs, column)) for column in zip(*rows, strict=True)), default=0)


def _square(rows: Sequence[Sequence[int]]) -> int:
    return sum(x * x for row in rows for x in row)


def _by_region(
    network: Network | RationalNetwork, box: BoxLike, activation: str, limit: int
) -> list[tuple[tuple[tuple[int, ...], ...], Fraction, Fraction]]:
    """Return the pattern, volume and sensitivity of every region in a box."""
    rational = enumerable(network, activation)
    inside = box_of(box, rational.widths[0])
    limit = checks.integer("limit", limit, minimum=0)
    layers = integer_layers(rational)
    found = []
    for cell in counted_cells(rational, inside, limit):
        pattern = by_layer(cell.pattern, rational.widths[1:-1])
        found.append((pattern, volume(cell), _constant(layers, pattern, rational.widths[0])))
    return found


def _constant(
    layers: Sequence[IntegerLayer], pattern: Sequence[Sequence[int]], inputs: int
) -> Fraction:
    """Return Σ_l |B_l|² |J_(l-1)|² for a pattern of active neurons."""
    active = [[j for j, on in enumerate(layer) if on] for layer in pattern]
    columns = [[int(i == k) for i in range(inputs)] for k in range(inputs)]  # J, by inputs
    inner = [inputs]
    for layer, on in zip(layers, active, strict=False):
        columns = [[sum(map(mul, layer.rows[j], column)) for j in on] for column in columns]
        inner.append(_square(columns))
        full = len(layer.rows)
        columns = [_spread(column, on, full) for column in columns]
    outputs = len(layers[-1].rows)
    rows = [[int(i == k) for i in range(outputs)] for k in range(outputs)]  # B, by outputs
    outer = [outputs]
    for layer, on in zip(reversed(layers[1:]), reversed(active), strict=True):
        transposed = list(zip(*layer.rows, strict=True))
        rows = [[sum(map(mul, transposed[j], row)) for j in on] for row in rows]
        outer.append(_square(rows))
        full = len(transposed)
        rows = [_spread(row, on, full) for row in rows]
    outer.reverse()
    total = Fraction(0)
    whole = math.prod(layer.denominator for layer in layers)
    for a, b, layer in zip(inner, outer, layers, strict=True):
        total += Fraction(a * b, (whole // layer.denominator) ** 2)
    return total


def _spread(values: Sequence[int], places: Sequence[int], length: int) -> list[int]:
    result = [0] * length
    for place, value in zip(places, values, strict=True):
        result[place] = value
    return result


def _pattern_at(
    network: RationalNetwork, at: Sequence[int | float | Fraction]
) -> list[tuple[int, ...]]:
    """Return which neurons are active at a point, which must lie inside a region."""
    if isinstance(at, str) or not hasattr(at, "__len__"):
        raise TypeError(f"at must be a sequence of numbers, not {checks.show(at)}")
    h = [number(f"at[{i}]", x) for i, x in enumerate(at)]
    if len(h) != network.widths[0]:
        raise ValueError(f"at must have {network.widths[0]} entries, not {len(h)}")
    slopes = [[Fraction(int(i == k)) for i in range(len(h))] for k in range(len(h))]
    pattern = []
    for k, (matrix, bias) in enumerate(
        zip(network.weights[:-1], network.biases[:-1], strict=True)
    ):
        z = [sum(map(mul, row, h), b) for row, b in zip(matrix, bias, strict=True)]
        turned = [[sum(map(mul, row, slope), Fraction(0)) for row in matrix] for slope in slopes]
        for i, value in enumerate(z):
            if value == 0 and any(slope[i] for slope in turned):
                raise ValueError(
                    f"at must lie inside an activation region, but neuron {i} of hidden layer "
                    f"{k} switches there"
                )
        on = tuple(int(value > 0) for value in z)
        pattern.append(on)
        h = [value * o for value, o in zip(z, on, strict=True)]
        slopes = [[s * o for s, o in zip(slope, on, strict=True)] for slope in turned]
    return pattern
