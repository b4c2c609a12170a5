"""What is known of one tensor: which labels name its positions.

A `State` says of a tensor X and of every symmetry g: the transformed tensor has at position q the
value that X has at p, whenever g maps the labels of p to the labels of q and p and q agree in the
pinned axes. A `View` is (a part of) a parameter that no operation has used yet.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from critcount.models.labels import Labels

__all__ = ["State", "View", "along", "axes_of", "blocks", "contiguous", "simplify"]


@dataclass(frozen=True, slots=True)
class State:
    """Slots and pinned axes of a tensor.

    Attributes
    ----------
    shape : tuple of int
        The tensor's shape.
    slots : tuple of arrays of labels
        Each has the rank of the tensor, and length 1 along axes that its label ignores.
    pinned : frozenset of int
        Axes whose positions never move.
    """

    shape: tuple[int, ...]
    slots: tuple[Labels, ...] = ()
    pinned: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """A strided part of a parameter: entry (i, j, ...) is base[offset + i s0 + j s1 + ...]."""

    base: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def whole(cls, base: str, shape: Sequence[int]) -> View:
        """Return the view of all of a parameter."""
        shape = tuple(shape)
        return cls(base, 0, shape, contiguous(shape))

    def permute(self, order: Sequence[int]) -> View:
        """Return the view with its axes in another order."""
        return View(
            self.base,
            self.offset,
            tuple(self.shape[a] for a in order),
            tuple(self.strides[a] for a in order),
        )

    def take(self, axis: int, start: int, step: int, count: int) -> View:
        """Return the view of `count` coordinates of an axis."""
        shape, strides = list(self.shape), list(self.strides)
        offset = self.offset + start * strides[axis]
        shape[axis], strides[axis] = count, strides[axis] * step
        return View(self.base, offset, tuple(shape), tuple(strides))

    def expand(self, shape: Sequence[int]) -> View:
        """Return the view repeated along new axes and axes of length 1."""
        lead = len(shape) - len(self.shape)
        strides = [0] * lead + [
            s if n == m else 0
            for s, n, m in zip(self.strides, self.shape, shape[lead:], strict=True)
        ]
        return View(self.base, self.offset, tuple(shape), tuple(strides))

    def reshape(self, shape: Sequence[int]) -> View | None:
        """Return the view in another shape, or None when strides cannot say it."""
        shape = tuple(shape)
        if math.prod(shape) != math.prod(self.shape):
            return None
        strides = [0] * len(shape)
        for old, new in blocks(self.shape, shape):
            old = [a for a in old if self.shape[a] > 1]
            new = [a for a in new if shape[a] > 1]
            for a, b in itertools.pairwise(old):
                if self.strides[a] != self.strides[b] * self.shape[b]:
                    return None
            step = self.strides[old[-1]] if old else 0
            for a in reversed(new):
                strides[a] = step
                step *= shape[a]
        return View(self.base, self.offset, shape, tuple(strides))

    def injective(self) -> bool:
        """Tell whether no entry is repeated."""
        return all(s != 0 for s, n in zip(self.strides, self.shape, strict=True) if n > 1)

    def canonical(self) -> tuple[View, tuple[int, ...]]:
        """Return the view without axes of length 1, large strides first, and those axes."""
        axes = [a for a, n in enumerate(self.shape) if n > 1]
        axes.sort(key=lambda a: -abs(self.strides[a]))
        view = self.permute(axes) if axes else View(self.base, self.offset, (), ())
        return view, tuple(axes)

    def offsets(self) -> Labels:
        """Return the place in the parameter of every entry, in the view's shape."""
        result = np.full((1,) * len(self.shape), self.offset, np.int64)
        for axis, (n, s) in enumerate(zip(self.shape, self.strides, strict=True)):
            result = result + along(np.arange(n, dtype=np.int64) * s, axis, len(self.shape))
        return result

    def span(self) -> tuple[int, int]:
        """Return the first and the last place that the view touches."""
        reach = [(n - 1) * s for n, s in zip(self.shape, self.strides, strict=True)]
        return (
            self.offset + sum(r for r in reach if r < 0),
            self.offset + sum(r for r in reach if r > 0),
        )


def contiguous(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides, in entries, of an array in row-major order."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return tuple(reversed(strides))


def along(vector: Labels, axis: int, rank: int) -> Labels:
    """Return a vector as an array of a rank, along one axis."""
    shape = [1] * rank
    shape[axis] = len(vector)
    return vector.reshape(shape)


def axes_of(slot: Labels) -> frozenset[int]:
    """Return the axes that a slot depends on."""
    return frozenset(a for a, n in enumerate(slot.shape) if n > 1)


def blocks(old: Sequence[int], new: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Return the finest blocks of axes that a reshape keeps, as (old axes, new axes).

    >>> blocks((2, 6, 5), (2, 2, 3, 5))
    [([0], [0]), ([1], [1, 2]), ([2], [3])]
    """
    result: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        left: list[int] = []
        right: list[int] = []
        a = b = 1
        while True:
            if a == b and left and right:
                break
            if (a <= b or j >= len(new)) and i < len(old):
                a *= old[i]
                left.append(i)
                i += 1
            elif j < len(new):
                b *= new[j]
                right.append(j)
                j += 1
            else:
                break
        result.append((left, right))
    return result


def simplify(slot: Labels) -> Labels:
    """Return the slot with length 1 along every axis that its label ignores."""
    for axis, n in enumerate(slot.shape):
        if n > 1:
            first = slot.take([0], axis)
            if np.array_equal(np.broadcast_to(first, slot.shape), slot):
                slot = first
    return slot
