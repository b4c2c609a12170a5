"""The regions of a ReLU network as polytopes, cut neuron by neuron in integers.

A vertex x = p/q is the primitive integer vector (p_1, …, p_d, q), q > 0. On a cell every neuron of
the next layer is an affine function, an integer row of d + 1 entries over one scale for the whole
layer: its sign at a vertex is that of a product of integers. A cut adds a vertex on every edge
whose ends have opposite signs; two vertices are the ends of an edge when no third one lies on all
the facets that they share.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import TypeAlias

from flint import fmpq, fmpz_mat

from critcount._support import markup
from critcount.piecewise.rational import IntegerLayer

__all__ = ["Box", "Cell", "box_cell", "cells", "large_box", "simplices", "volume"]

IntegerRow: TypeAlias = tuple[int, ...]
#: The lower and the upper ends of a box: (numerator, denominator) for every axis.
Box: TypeAlias = Sequence[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A region, or a part of one while it is being cut.

    Attributes
    ----------
    vertices : list of IntegerRow
        Primitive, the denominator last.
    masks : list of int
        For every vertex the set of facets on which it lies, as bits: the two of every axis of the
        box first, then one for each neuron in turn.
    pattern : tuple of int
        Of every neuron so far: 1 where it is active inside the cell, 0 where it is not.
    rows : tuple of IntegerRow
        The affine map of the last layer that was computed, over the scale of that layer.
    """

    vertices: list[IntegerRow]
    masks: list[int]
    pattern: tuple[int, ...]
    rows: tuple[IntegerRow, ...]

    def _repr_html_(self) -> str:
        return markup.record(self)


def box_cell(box: Box) -> Cell:
    """Return a box as a cell: 2^d vertices, no neuron yet, the identity as its map.

    >>> box_cell([((0, 1), (1, 2))])
    Cell(vertices=[(0, 1), (1, 2)], masks=[1, 2], pattern=(), rows=((1, 0),))
    """
    d = len(box)
    vertices, masks = [], []
    for corner in range(2**d):
        ends = [box[k][corner >> k & 1] for k in range(d)]
        q = math.lcm(*(denominator for _, denominator in ends))
        vertices.append((*[p * (q // b) for p, b in ends], q))
        masks.append(sum(1 << (2 * k + (corner >> k & 1)) for k in range(d)))
    identity = tuple(tuple(int(i == j) for j in range(d + 1)) for i in range(d))
    return Cell(vertices, masks, (), identity)


def large_box(layers: Sequence[IntegerLayer], inputs: int) -> Box:
    """Return a box that every region of the whole space meets, in its interior.

    A region is a polyhedron whose inequalities have integer coefficients of some greatest size B.
    On one of its smallest faces lies a solution of at most d of the equations with the other
    coordinates 0: by Cramer's rule none of its coordinates is larger than d! B^d. A box that is
    larger by 1 holds points of the interior next to it; the same goes for a facet.
    """
    bounds = [1] * inputs
    scale, largest = 1, 1
    for layer in layers:
        bounds = [
            sum(map(mul, map(abs, row), bounds)) + abs(bias) * scale
            for row, bias in zip(layer.rows, layer.bias, strict=True)
        ]
        scale *= layer.denominator
        largest = max(largest, *bounds) if bounds else largest
    end = math.factorial(inputs) * largest**inputs + 1
    return [((-end, 1), (end, 1))] * inputs


def cells(layers: Sequence[IntegerLayer], box: Box) -> Iterator[Cell]:
    """Yield the regions of the hidden layers inside a box, with the affine map of the output.

    Parameters
    ----------
    layers : sequence of IntegerLayer
        All layers, the output last.
    box : Box

    Yields
    ------
    Cell
        One for every pattern that some open set has. Depth first: the memory is that of one
        region for every layer.
    """
    scale = 1
    prepared: list[tuple[Sequence[IntegerRow], list[int]]] = []
    for layer in layers:
        prepared.append((layer.rows, [bias * scale for bias in layer.bias]))
        scale *= layer.denominator

    def deeper(cell: Cell, depth: int) -> Iterator[Cell]:
        rows = _compose(*prepared[depth], cell.rows, len(box))
        if depth == len(layers) - 1:
            yield Cell(cell.vertices, cell.masks, cell.pattern, rows)
            return
        for part in _cut_by_layer(cell, rows):
            yield from deeper(part, depth + 1)

    yield from deeper(box_cell(box), 0)


def _compose(
    weights: Sequence[IntegerRow], biases: Sequence[int], rows: Sequence[IntegerRow], inputs: int
) -> tuple[IntegerRow, ...]:
    """Return the layer after an affine map; its biases are on the scale of the map."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * (inputs + 1)
    constants = columns.pop()
    return tuple(
        (*[sum(map(mul, row, column)) for column in columns], sum(map(mul, row, constants), bias))
        for row, bias in zip(weights, biases, strict=True)
    )


def _cut_by_layer(cell: Cell, rows: tuple[IntegerRow, ...]) -> Iterator[Cell]:
    """Yield the parts of a cell on which every neuron of a layer keeps its sign."""
    d = len(cell.vertices[0]) - 1
    first = 2 * d + len(cell.pattern)
    values = {v: [sum(map(mul, row, v)) for row in rows] for v in cell.vertices}
    pending: list[tuple[list[IntegerRow], list[int], tuple[int, ...]]]
    pending = [(cell.vertices, cell.masks, ())]
    edges: dict[tuple[int, int, int], IntegerRow] = {}  # parts share most edges that are cut
    zero = (0,) * (d + 1)
    while pending:
        vertices, masks, signs = pending.pop()
        while len(signs) < len(rows):
            i = len(signs)
            here = [values[v][i] for v in vertices]
            if max(here) <= 0:
                signs = (*signs, 0)
            elif min(here) >= 0:
                signs = (*signs, 1)
            else:
                above, below = _split(vertices, masks, here, first + i, d, edges)
                for v in above[0]:
                    if v not in values:
                        values[v] = [sum(map(mul, row, v)) for row in rows]
                pending.append((*below, (*signs, 0)))
                vertices, masks, signs = *above, (*signs, 1)
        yield Cell(
            vertices,
            masks,
            (*cell.pattern, *signs),
            tuple(row if sign else zero for row, sign in zip(rows, signs, strict=True)),
        )


def _split(
    vertices: list[IntegerRow],
    masks: list[int],
    here: list[int],
    neuron: int,
    d: int,
    edges: dict[tuple[int, int, int], IntegerRow],
) -> tuple[tuple[list[IntegerRow], list[int]], tuple[list[IntegerRow], list[int]]]:
    """Return the parts of a polytope where a function is >= 0 and <= 0, as vertices and masks."""
    facet = 1 << neuron
    above: list[tuple[IntegerRow, int, int]] = []
    below: list[tuple[IntegerRow, int, int]] = []
    on: list[tuple[IntegerRow, int]] = []
    facets_above = facets_below = 0
    for v, mask, value in zip(vertices, masks, here, strict=True):
        if value > 0:
            above.append((v, mask, value))
            facets_above |= mask
        elif value < 0:
            below.append((v, mask, -value))
            facets_below |= mask
        else:
            on.append((v, mask))
    for v, mask, value in above:
        simple = mask.bit_count() == d
        for w, other, size in below:
            common = mask & other
            shared = common.bit_count()
            if shared < d - 1:
                continue
            if not (
                (shared == d - 1 and (simple or other.bit_count() == d)) or _is_edge(masks, common)
            ):
                continue
            key = (id(v), id(w), neuron)  # the vertices live as long as the cell that is cut
            if key not in edges:
                edges[key] = _primitive([size * a + value * b for a, b in zip(v, w, strict=True)])
            on.append((edges[key], common))
    return (
        (
            [v for v, _, _ in above] + [v for v, _ in on],
            [mask for _, mask, _ in above] + [mask & facets_above | facet for _, mask in on],
        ),
        (
            [v for v, _, _ in below] + [v for v, _ in on],
            [mask for _, mask, _ in below] + [mask & facets_below | facet for _, mask in on],
        ),
    )


def _primitive(point: list[int]) -> IntegerRow:
    divisor = math.gcd(*point)
    return tuple([entry // divisor for entry in point])


def _is_edge(masks: list[int], common: int) -> bool:
    """Tell whether just two vertices lie on all facets of a set."""
    return sum(mask & common == common for mask in masks) == 2


def simplices(cell: Cell) -> Iterator[list[IntegerRow]]:
    """Yield the vertices of simplices that fill a cell and do not overlap.

    From one vertex to the facets that do not hold it, and so on in every facet.
    """
    facets = 0
    for mask in cell.masks:
        facets |= mask
    bits = [1 << k for k in range(facets.bit_length()) if facets >> k & 1]
    sets = [frozenset(i for i, mask in enumerate(cell.masks) if mask & bit) for bit in bits]

    def fill(face: frozenset[int], dimension: int) -> Iterator[list[int]]:
        apex = min(face)
        if len(face) == dimension + 1:
            yield sorted(face)
            return
        parts = {face & other for other in sets} - {face}
        for part in parts:
            if (
                apex not in part
                and len(part) >= dimension
                and not any(part < other for other in parts)
            ):
                for simplex in fill(part, dimension - 1):
                    yield [apex, *simplex]

    d = len(cell.vertices[0]) - 1
    for simplex in fill(frozenset(range(len(cell.vertices))), d):
        yield [cell.vertices[i] for i in simplex]


def volume(cell: Cell) -> Fraction:
    """Return the volume of a cell."""
    d = len(cell.vertices[0]) - 1
    total = fmpq(0)
    for simplex in simplices(cell):
        denominators = math.prod(v[-1] for v in simplex)
        total += fmpq(abs(fmpz_mat([list(v) for v in simplex]).det()), denominators)
    total /= math.factorial(d)
    return Fraction(int(total.p), int(total.q))
