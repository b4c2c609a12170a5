"""Activation and linear regions of a deep network in a box, counted and listed exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

from critcount._support import checks, markup
from critcount._support.checks import show
from critcount._support.errors import SizeLimitError
from critcount.piecewise.arrangements import number
from critcount.piecewise.bounds import most_regions
from critcount.piecewise.cells import Box, Cell, cells, large_box, volume
from critcount.piecewise.knots import require_relu
from critcount.piecewise.rational import RationalNetwork, as_rational, integer_layers
from critcount.weights.network import Network

__all__ = [
    "MAX_INPUTS",
    "REGION_KINDS",
    "Region",
    "box_of",
    "count_regions",
    "counted_cells",
    "enumerable",
    "find_regions",
    "linear_classes",
]

RegionKind: TypeAlias = Literal["activation", "linear"]
REGION_KINDS: tuple[RegionKind, ...] = get_args(RegionKind)
#: Regions are enumerated in spaces of at most this dimension.
MAX_INPUTS = 4
#: The most regions by default.
MOST_REGIONS = 10**5

Number: TypeAlias = int | float | Fraction
#: Two numbers for all inputs, or a pair for each.
BoxLike: TypeAlias = Sequence[Number] | Sequence[Sequence[Number]]


@dataclass(frozen=True)
class Region:
    """An activation region in a box.

    Attributes
    ----------
    pattern : tuple of tuple of int
        For every hidden layer 1 where a neuron is active inside the region, 0 where it is not.
    vertices : tuple of tuple of Fraction
        Its corners; the region is their convex hull.
    weights, biases : tuple
        The affine map of the network on it, x → weights x + biases, as fractions.
    volume : Fraction
    """

    pattern: tuple[tuple[int, ...], ...]
    vertices: tuple[tuple[Fraction, ...], ...]
    weights: tuple[tuple[Fraction, ...], ...]
    biases: tuple[Fraction, ...]
    volume: Fraction

    def _repr_html_(self) -> str:
        return markup.record(self)


def find_regions(
    network: Network | RationalNetwork,
    box: BoxLike,
    *,
    activation: str = "relu",
    limit: int = MOST_REGIONS,
) -> Iterator[Region]:
    """List the activation regions of a network in a box.

    Parameters
    ----------
    network : Network or RationalNetwork
        With at most four inputs. Floats are the rationals that they are.
    box : sequence
        (low, high) for all inputs, or a pair for each; finite numbers.
    activation : str
        "relu"; no other is piecewise linear here.
    limit : int
        The most regions.

    Yields
    ------
    Region
        Depth first, the memory being that of a few regions.

    Raises
    ------
    TypeError, ValueError
        More than four inputs, another activation, a box that is empty or not finite.
    SizeLimitError
        After `limit` regions.

    Notes
    -----
    *Derived.* About regions × neurons × vertices operations on integers, whose length grows
    linearly with the depth and the dimension.

    Examples
    --------
    >>> network = Network([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]])
    >>> for region in find_regions(network, (-1, 1)):
    ...     print(region.pattern, region.weights, region.volume)
    ((1, 1),) ((Fraction(1, 1), Fraction(1, 1)),) 1
    ((1, 0),) ((Fraction(1, 1), Fraction(0, 1)),) 1
    ((0, 1),) ((Fraction(0, 1), Fraction(1, 1)),) 1
    ((0, 0),) ((Fraction(0, 1), Fraction(0, 1)),) 1
    """
    rational = enumerable(network, activation)
    inside = box_of(box, rational.widths[0])
    limit = checks.integer("limit", limit, minimum=0)
    return _regions(rational, inside, limit)


def count_regions(
    network: Network | RationalNetwork,
    box: BoxLike | None = None,
    kind: RegionKind = "activation",
    *,
    activation: str = "relu",
    limit: int = MOST_REGIONS,
) -> int:
    """Count the regions of a network in a box, or in the whole space.

    Parameters
    ----------
    network : Network or RationalNetwork
        With at most four inputs. Floats are the rationals that they are.
    box : sequence, optional
        (low, high) for all inputs, or a pair for each. By default the whole space.
    kind : {"activation", "linear"}
        Sets with an interior on which every neuron keeps its state; or the largest connected
        unions of them, across facets, on which the output is one affine function.
    activation : str
        "relu"; no other is piecewise linear here.
    limit : int
        The most activation regions.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        More than four inputs, another activation, a box that is empty or not finite.
    SizeLimitError
        When there are more than `limit` activation regions.

    Notes
    -----
    *Derived.* The whole space is a box so large that every region and every facet meets it. Equal
    neurons, neurons that never switch and hyperplanes in special position need no care: a cut is
    made where the signs of integers differ.

    Examples
    --------
    Two neurons whose kinks cancel:

    >>> network = Network([[[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0]], [[1.0, -1.0, 1.0]]])
    >>> count_regions(network), count_regions(network, kind="linear")
    (4, 2)
    >>> count_regions(network, [(1, 2), (-0.5, 1)])
    1
    """
    rational = enumerable(network, activation)
    checks.choice("kind", kind, REGION_KINDS)
    limit = checks.integer("limit", limit, minimum=0)
    d = rational.widths[0]
    inside = large_box(integer_layers(rational), d) if box is None else box_of(box, d)
    found = counted_cells(rational, inside, limit)
    if kind == "activation":
        return sum(1 for _ in found)
    return len(set(linear_classes(list(found))))


def enumerable(network: Network | RationalNetwork, activation: str) -> RationalNetwork:
    """Return a network whose regions can be listed, with rational weights."""
    rational = as_rational(network)
    require_relu(activation)
    if rational.widths[0] > MAX_INPUTS:
        raise ValueError(
            f"network must have at most {MAX_INPUTS} inputs for its regions to be listed, not "
            f"{rational.widths[0]:,}; it has at most {most_regions(rational.widths)}"
        )
    return rational


def box_of(box: BoxLike, inputs: int) -> Box:
    """Return a box as integers: (numerator, denominator) of the ends of every axis."""
    if isinstance(box, str) or not hasattr(box, "__iter__") or not len(box):
        raise TypeError(f"box must be (low, high) or such a pair for each input, not {show(box)}")
    pairs: list[Any] = list(box)
    if not any(hasattr(pair, "__len__") for pair in pairs):
        pairs = [pairs] * inputs
    if len(pairs) != inputs:
        raise ValueError(
            f"box must have one pair for each of the {inputs} inputs, not {len(pairs)}"
        )
    result = []
    for k, pair in enumerate(pairs):
        ends = [number(f"box[{k}][{i}]", x) for i, x in enumerate(pair)]
        if len(ends) != 2 or ends[0] >= ends[1]:
            raise ValueError(f"box[{k}] must be (low, high) with low < high, not {show(pair)}")
        result.append((ends[0].as_integer_ratio(), ends[1].as_integer_ratio()))
    return result


def counted_cells(network: RationalNetwork, box: Box, limit: int) -> Iterator[Cell]:
    """Yield the cells of a network and refuse to go past a limit."""
    for done, cell in enumerate(cells(integer_layers(network), box)):
        if done >= limit:
            most = most_regions(network.widths)
            raise SizeLimitError(
                f"the network has more than {limit:,} regions, the limit; at most {most}: raise "
                "limit"
            )
        yield cell


def linear_classes(found: Sequence[Cell]) -> list[int]:
    """Return for every cell the first cell of its linear region.

    Cells with the same map that share a facet belong together. Facets are told by their corners:
    the cells on both sides cut a common facet in the same way, because the network is continuous.
    """
    parent = list(range(len(found)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    waiting: dict[frozenset[tuple[int, ...]], int] = {}
    for i, cell in enumerate(found):
        for corners in _inner_facets(cell):
            other = waiting.pop(corners, None)
            if other is None:
                waiting[corners] = i
            elif found[other].rows == cell.rows:
                a, b = sorted((root(i), root(other)))
                parent[b] = a
    return [root(i) for i in range(len(found))]


def _inner_facets(cell: Cell) -> Iterator[frozenset[tuple[int, ...]]]:
    """Yield the corners of every facet that is not one of the box."""
    d = len(cell.vertices[0]) - 1
    corners: dict[int, list[tuple[int, ...]]] = {}
    for vertex, mask in zip(cell.vertices, cell.masks, strict=True):
        mask >>= 2 * d
        while mask:
            bit = mask & -mask
            corners.setdefault(bit, []).append(vertex)
            mask ^= bit
    yield from map(frozenset, corners.values())


def _regions(network: RationalNetwork, box: Box, limit: int) -> Iterator[Region]:
    scale = 1
    for layer in integer_layers(network):
        scale *= layer.denominator
    for cell in counted_cells(network, box, limit):
        yield Region(
            by_layer(cell.pattern, network.widths[1:-1]),
            tuple(tuple(Fraction(p, v[-1]) for p in v[:-1]) for v in cell.vertices),
            tuple(tuple(Fraction(a, scale) for a in row[:-1]) for row in cell.rows),
            tuple(Fraction(row[-1], scale) for row in cell.rows),
            volume(cell),
        )


def by_layer(pattern: Sequence[int], hidden: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return a pattern of all neurons layer by layer.

    >>> by_layer((1, 0, 1), (2, 1))
    ((1, 0), (1,))
    """
    result, start = [], 0
    for n in hidden:
        result.append(tuple(pattern[start : start + n]))
        start += n
    return tuple(result)
