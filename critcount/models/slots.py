"""Slots of labels: projected, tied, joined, so that together they name positions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from critcount.models.labels import LabelGraph, Labels
from critcount.models.sets import are_distinct, distinct, pairs
from critcount.models.states import axes_of, simplify

__all__ = ["Gap", "Slots"]

#: A gap: what was not understood, where.
Gap = tuple[str, str]


@dataclass(slots=True)
class Slots:
    """The label graph of a model, and the rules for single slots.

    Attributes
    ----------
    graph : LabelGraph
    gaps : list of (operation, reason)
        Where labels were pinned because an operation was not understood.
    place : str
        The operation at work.
    """

    graph: LabelGraph = field(default_factory=LabelGraph)
    gaps: list[Gap] = field(default_factory=list)
    place: str = ""
    _projected: dict[tuple[object, ...], Labels] = field(default_factory=dict)
    _related: set[tuple[object, ...]] = field(default_factory=set)

    def gap(self, reason: str) -> None:
        """Note that something here was not understood."""
        if (self.place, reason) not in self.gaps:
            self.gaps.append((self.place, reason))

    def project(self, slot: Labels, keep: Iterable[int]) -> Labels:
        """Return labels of the blocks of a slot along the axes kept: the partition is kept too."""
        keep = sorted(keep)
        drop = [a for a in range(slot.ndim) if a not in keep and slot.shape[a] > 1]
        if not drop:
            return slot
        key = (slot.shape, slot.tobytes(), tuple(keep))
        if key in self._projected:
            return self._projected[key]
        kept = [a for a in keep if slot.shape[a] > 1]
        rest = [a for a in range(slot.ndim) if a not in kept]
        rows = slot.transpose(kept + rest).reshape(math.prod(slot.shape[a] for a in kept), -1)
        ordered = np.sort(rows, axis=1)
        unique, inverse = np.unique(ordered, axis=0, return_inverse=True)
        names = self.graph.fresh(len(unique))
        block = np.repeat(names, unique.shape[1])
        left, right, place = pairs(unique, block)
        self._relate_counted(left, right, np.bincount(place, minlength=len(left)))
        shape = [n if a in kept else 1 for a, n in enumerate(slot.shape)]
        result = names[inverse.ravel()].reshape(shape)
        self._projected[key] = result
        return result

    def _relate_counted(self, left: Labels, right: Labels, counts: Labels) -> None:
        for count in distinct(counts):
            chosen = counts == count
            self.graph.relate(left[chosen], right[chosen])

    def pin_along(self, slot: Labels, axes: Iterable[int]) -> None:
        """Let the positions of a slot stay where they are along some axes."""
        axes = [a for a in axes if slot.shape[a] > 1]
        if not axes:
            return
        key = ("pin", slot.shape, slot.tobytes(), tuple(axes))
        if key in self._related:
            return
        self._related.add(key)
        if axes_of(slot) <= set(axes):
            self.graph.pin(slot)
            return
        shape = [n if a in axes else 1 for a, n in enumerate(slot.shape)]
        place = np.arange(math.prod(shape), dtype=np.int64).reshape(shape)
        places = np.broadcast_to(place, slot.shape).ravel()
        labels, at, _ = pairs(slot, places)
        if are_distinct(labels):
            self.graph.colour(labels, at)
        else:
            pins = self.graph.fresh(math.prod(shape), pinned=True)
            self.graph.relate(labels, pins[at])

    def _tie(self, a: Labels, b: Labels) -> tuple[bool, bool, Labels | None]:
        """Keep which labels of two slots over the same axes occur together.

        Returns whether the first decides the second, the converse, and labels of the pairs when
        neither does.
        """
        a, b = np.broadcast_arrays(a, b)
        if np.array_equal(a, b):
            return True, True, None
        left, right, place = pairs(a, b)
        forth, back = are_distinct(left), are_distinct(right)
        key = ("tie", left.tobytes(), right.tobytes())
        if forth or back:
            if key not in self._related:
                self._related.add(key)
                self.graph.relate(left, right)
            return forth, back, None
        if key in self._projected:
            names = self._projected[key]
        else:
            names = self.graph.fresh(len(left))
            self.graph.relate(names, left)
            self.graph.relate(names, right)
            self._projected[key] = names
        return False, False, names[place].reshape(a.shape)

    def join(self, slots: Iterable[Labels], pinned: Iterable[int]) -> tuple[Labels, ...]:
        """Return slots that say the same together, tied wherever two share axes."""
        pinned = frozenset(pinned)
        result: list[Labels] = []
        crossed: list[tuple[Labels, Labels]] = []
        pending = [simplify(s) for s in slots]
        while pending:
            slot = pending.pop(0)
            axes = axes_of(slot)
            if not axes:
                continue
            self.pin_along(slot, sorted(axes & pinned))
            if axes <= pinned:
                continue
            for k, other in enumerate(result):
                common = axes & axes_of(other)
                if not common or any(a is slot and b is other for a, b in crossed):
                    continue
                mine, theirs = self.project(slot, common), self.project(other, common)
                forth, back, pair = self._tie(theirs, mine)
                if pair is not None:
                    pending.insert(0, simplify(pair))
                    if axes_of(other) == common:
                        result.pop(k)
                    if axes != common:
                        pending.insert(1, slot)
                        crossed.append((slot, other))
                    break
                if forth and axes == common:
                    break
                if back and axes_of(other) == common:
                    result.pop(k)
                    pending.insert(0, slot)
                    break
            else:
                result.append(slot)
        return tuple(result)

    def _mark(self, labels: Labels) -> None:
        key = ("mark", labels.shape, labels.tobytes())
        if key not in self._related:
            self._related.add(key)
            self.graph.colour(labels, np.zeros(len(labels), np.int64))

    @staticmethod
    def _rectangular(slots: Sequence[Labels], axis: int, index: Labels) -> bool:
        """Tell whether the positions taken are told by one set for each slot."""
        lengths = np.broadcast_shapes(*(s.shape for s in slots))
        wide = [np.broadcast_to(s, lengths) for s in slots]
        inside = np.ones(lengths, np.bool_)
        for slot in wide:
            inside &= np.isin(slot, slot.take(index, axis))
        taken = np.zeros(lengths, np.bool_)
        selector = [slice(None)] * len(lengths)
        selector[axis] = index  # type: ignore[call-overload]
        taken[tuple(selector)] = True
        return bool(np.array_equal(inside, taken))

    def _paired(self, slots: Sequence[Labels]) -> list[Labels]:
        """Return one slot that names what several name together."""
        first = slots[0]
        for other in slots[1:]:
            lengths = np.broadcast_shapes(first.shape, other.shape)
            a, b = np.broadcast_to(first, lengths), np.broadcast_to(other, lengths)
            forth, back, pair = self._tie(a, b)
            first = pair if pair is not None else (a if forth or not back else b)
        return [first]
