"""Units chosen by their values, written in the operations of a `Program`.

A tensor of places of shape S, what a top-k gives, is written as the tensor ``(*S, E)`` that it
stands for: for each unit 1 where it is the one named, 0 elsewhere. `ranking` makes one of scores,
the others say what is done with it. Where places and units do not fit, NotImplementedError.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from critcount.models.program import Program
from critcount.models.space import OTHER

__all__ = ["chosen_entries", "indicators", "pinned_places", "ranking", "reshaped", "spread_out"]


def ranking(p: Program, x: int, axis: int, places: Sequence[int]) -> tuple[int, int]:
    """Return the best scores along an axis, and which units they belong to.

    `places`: the shape of the places, without the axis or with another length along it.
    """
    shape = p.shapes[x]
    axis %= len(shape)
    rest = [a for a in range(len(shape)) if a != axis]
    one = p.permute(p.normalise(x, [axis], OTHER), [*rest, axis])
    values = p.permute(x, [*rest, axis])
    wide = [shape[a] for a in rest]
    if len(places) == len(shape):  # the place in the order, which is fixed
        wide.insert(axis, 1)
        fixed = [1] * len(shape)
        fixed[axis] = places[axis]
        one = p.reshape(one, (*wide, shape[axis]))
        one = p.combine([one, p.constant(None, (*fixed, 1))], "rank")
        values = p.reshape(values, (*wide, shape[axis]))
    return p.reduce(p.combine([one, values], "best"), [-1], OTHER), one


def reshaped(p: Program, one: int, shape: Sequence[int]) -> int:
    """Return places in another shape, or repeated to it."""
    old, units = p.shapes[one][:-1], p.shapes[one][-1]
    if np.prod(shape, dtype=int) == np.prod(old, dtype=int):
        return p.reshape(one, (*shape, units))
    return p.expand(one, (*shape, units))


def indicators(p: Program, one: int, classes: int) -> int:
    """Return places as one-hot vectors of a length."""
    shape = p.shapes[one]
    more = classes - shape[-1]
    if more < 0:
        raise NotImplementedError
    if not more:
        return one
    zeros = p.expand(p.constant(np.zeros(())), (*shape[:-1], more))
    return p.concatenate([one, zeros], -1)


def _beside(p: Program, x: int, axis: int, one: int) -> int:
    """Return a tensor with the axis of units last, beside the axis of places."""
    shape = p.shapes[x]
    if shape[axis] != p.shapes[one][-1]:
        raise NotImplementedError
    rest = [a for a in range(len(shape)) if a != axis]
    wide = [shape[a] for a in rest]
    if wide != [n for a, n in enumerate(p.shapes[one][:-1]) if a != axis]:
        raise NotImplementedError
    wide.insert(axis, 1)
    return p.reshape(p.permute(x, [*rest, axis]), (*wide, shape[axis]))


def chosen_entries(p: Program, x: int, axis: int, one: int) -> int:
    """Return the entries of a tensor along an axis at the places."""
    axis %= len(p.shapes[x])
    return p.reduce(p.combine([one, _beside(p, x, axis, one)], "gather"), [-1], OTHER)


def spread_out(p: Program, base: int, axis: int, one: int, source: int | None) -> int:
    """Return a tensor with entries along an axis, at the places, replaced or added to.

    `source`: what is written there, of the shape of the places; None where it is one number.
    """
    rank = len(p.shapes[base])
    axis %= rank
    wide = _beside(p, base, axis, one)
    parts = [one]
    if source is not None:
        if p.shapes[source] != p.shapes[one][:-1]:
            raise NotImplementedError
        parts.append(p.reshape(source, (*p.shapes[source], 1)))
    spread = p.reduce(p.combine(parts, "scatter"), [axis], OTHER, keepdims=True)
    both = p.combine([wide, spread], "scatter")
    units = p.reshape(both, [n for a, n in enumerate(p.shapes[both]) if a != axis])
    back = [*range(rank - 1)]
    back.insert(axis, rank - 1)
    return p.permute(units, back)


def pinned_places(p: Program, one: int) -> int:
    """Return places as plain numbers: the units that they name are pinned, which is a gap."""
    return p.reduce(p.order(one, [-1], chosen=True), [-1], OTHER)
