"""How each operation on tensors passes labels on, and what it asks a symmetry to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from critcount.models.labels import Labels
from critcount.models.parameters import Parameters, Value
from critcount.models.sets import are_distinct, counted, distinct
from critcount.models.states import State, View, along, axes_of, blocks, simplify

__all__ = ["Space"]

#: Kinds of a sum: what decides whether a unit can be split in two.
LINEAR, BILINEAR, SUM, NORM, SOFTMAX, OTHER = (
    "linear",
    "bilinear",
    "sum",
    "norm",
    "softmax",
    "other",
)


@dataclass(slots=True)
class Space(Parameters):
    """The label graph of a model, its parameters' structure, and the rules of the operations."""

    def constant(self, array: np.ndarray | None, shape: Sequence[int]) -> State:
        """Return the state of a constant: equal slices may change places, others not."""
        shape = tuple(shape)
        moving = [a for a, n in enumerate(shape) if n > 1]
        if array is None or array.size > 4_000_000 or array.size == 0:
            return State(shape, (), frozenset(moving))
        slots, pinned = [], []
        for axis in moving:
            rows = np.moveaxis(array, axis, 0).reshape(shape[axis], -1)
            if np.array_equal(rows, np.broadcast_to(rows[:1], rows.shape)):
                continue
            classes = _equal_rows(rows)
            if classes is None or len(np.unique(classes)) == shape[axis]:
                pinned.append(axis)
                continue
            names = self.graph.fresh(int(classes.max()) + 1, pinned=True)
            slots.append(along(names[classes], axis, len(shape)))
        return State(shape, tuple(slots), frozenset(pinned))

    @staticmethod
    def fixed(shape: Sequence[int]) -> State:
        """Return the state of an input: no position moves."""
        shape = tuple(shape)
        return State(shape, (), frozenset(a for a, n in enumerate(shape) if n > 1))

    def combine(self, values: Sequence[Value], reduced: Iterable[int] = ()) -> State | View:
        """Return what an elementwise operation with broadcasting makes of its inputs."""
        shape = np.broadcast_shapes(*(v.shape for v in values))
        rank = len(shape)
        known = [v for v in values if isinstance(v, State)]
        unused = [v for v in values if isinstance(v, View)]
        if len(unused) == 1 and all(not s.slots and not s.pinned for s in known):
            bare = unused[0].shape
            if (1,) * (rank - len(bare)) + bare == shape and not reduced:
                return View(
                    unused[0].base,
                    unused[0].offset,
                    shape,
                    (0,) * (rank - len(bare)) + unused[0].strides,
                )
        slots: list[Labels] = []
        pinned: set[int] = set()
        for state in known:
            lead = rank - len(state.shape)
            slots += [s.reshape((1,) * lead + s.shape) for s in state.slots]
            pinned |= {a + lead for a in state.pinned if state.shape[a] > 1}
        joined = self.join(slots, pinned)
        for view in unused:
            lead = rank - len(view.shape)
            wide = View(
                view.base, view.offset, (1,) * lead + view.shape, (0,) * lead + view.strides
            )
            state = self.commit(wide, joined, frozenset(pinned), frozenset(reduced))
            pinned |= state.pinned
            joined = self.join([*joined, *state.slots], pinned)
        return State(shape, joined, frozenset(a for a in pinned if shape[a] > 1))

    def reduce(
        self, value: Value, axes: Iterable[int], kind: str, keepdims: bool = False
    ) -> State:
        """Return what a sum, maximum or the like over some axes leaves."""
        state = self.known(value)
        rank = len(state.shape)
        gone = {a % rank for a in axes}
        keep = [a for a in range(rank) if a not in gone]
        slots = []
        for slot in state.slots:
            touched = axes_of(slot) & gone
            if not touched:
                slots.append(slot)
                continue
            self.graph.use(kind, slot, inner=bool(axes_of(slot) - gone))
            names, counts = counted(slot)
            if len(distinct(counts)) > 1:
                self.graph.colour(names, counts.astype(np.int64))
            if axes_of(slot) - gone:
                slots.append(self.project(slot, axes_of(slot) - gone))
        shape = tuple(1 if a in gone else n for a, n in enumerate(state.shape))
        result = State(shape, self.join(slots, state.pinned - gone), state.pinned - gone)
        if keepdims:
            return result
        return _squeeze(result, keep)

    def contract(
        self, left: Value, right: Value, axes: Iterable[int], kind: str | None = None
    ) -> State:
        """Return the sum over some axes of the product of two broadcast tensors."""
        if kind is None:
            kind = LINEAR if isinstance(left, View) or isinstance(right, View) else BILINEAR
        rank = max(len(left.shape), len(right.shape))
        gone = [a % rank for a in axes]
        self._multiplied(left, right, rank, frozenset(gone))
        return self.reduce(self.combine([left, right], reduced=gone), gone, kind)

    def _multiplied(self, left: Value, right: Value, rank: int, gone: frozenset[int]) -> None:
        """Note where a product mixes no units: one factor for each, or a tensor with itself."""
        both = [v for v in (left, right) if isinstance(v, State)]
        for value, other in ((left, right), (right, left)):
            if not isinstance(value, State):
                continue
            lead, more = rank - len(value.shape), rank - len(other.shape)
            for slot in value.slots:
                axes = {a + lead for a in axes_of(slot)}
                if not axes & gone and all(a >= more and other.shape[a - more] > 1 for a in axes):
                    factors = "product" if isinstance(other, State) else "grouped"
                    self.graph.use(f"fn:{factors}", slot)
        if len(both) == 2:
            for slot in both[0].slots:
                if any(np.array_equal(np.ravel(slot), np.ravel(s)) for s in both[1].slots):
                    self.graph.use("fn:product", slot)

    def normalise(self, value: Value, axes: Iterable[int], kind: str = NORM) -> Value:
        """Return what a norm or softmax over some axes makes of its input."""
        state = self.known(value)
        gone = {a % len(state.shape) for a in axes}
        for slot in state.slots:
            if not axes_of(slot) & gone:
                self.graph.use(f"fn:{kind}", slot)
        return self.combine([state, self.reduce(state, gone, kind, keepdims=True)])

    def order(
        self, value: Value, axes: Iterable[int], lengths: dict[int, int], chosen: bool = False
    ) -> State:
        """Return the result of an operation in which the order along some axes matters.

        Convolution, pooling, padding, sorting, cumulative sums: positions along these axes are
        pinned, and the axes may get another length.
        """
        state = self.known(value)
        rank = len(state.shape)
        pinned = {a % rank for a in axes}
        slots = []
        touched = [s.ravel() for s in state.slots if axes_of(s) & pinned]
        if chosen and any(not self.graph.are_pinned(s).all() for s in touched):
            self.gap("coordinates are chosen by their values: the units they belong to are pinned")
        for slot in state.slots:
            if not axes_of(slot) & pinned:
                slots.append(slot)
            elif axes_of(slot) <= pinned:
                self.graph.pin(slot)
            else:
                self.pin_along(slot, sorted(axes_of(slot) & pinned))
                changed = any(lengths.get(a, slot.shape[a]) != slot.shape[a] for a in pinned)
                if changed:
                    self.graph.pin(slot)
                slots.append(slot if not changed else self._first(slot, pinned))
        shape = tuple(lengths.get(a, n) for a, n in enumerate(state.shape))
        still = {a for a in state.pinned | pinned if shape[a] > 1}
        return State(shape, self.join(slots, still), frozenset(still))

    @staticmethod
    def _first(slot: Labels, axes: Iterable[int]) -> Labels:
        for axis in axes:
            slot = slot.take([0], axis)
        return slot

    def reshape(self, value: Value, shape: Sequence[int]) -> Value:
        """Return the tensor in another shape, row-major order kept."""
        shape = tuple(shape)
        if shape == value.shape:
            return value
        if isinstance(value, View):
            view = value.reshape(shape)
            if view is not None:
                return view
            value = self.known(value)
        slots = list(value.slots)
        rank = len(value.shape)
        pinned: set[int] = set()
        where: dict[int, tuple[list[int], list[int]]] = {}
        for old, new in blocks(value.shape, shape):
            large = [a for a in old if value.shape[a] > 1]
            for a in large:
                where[a] = (large, new)
            if large and all(a in value.pinned for a in large):
                pinned |= {a for a in new if shape[a] > 1}
                continue
            for a in large:
                if a in value.pinned:
                    pins = self.graph.fresh(value.shape[a], pinned=True)
                    slots.append(along(pins, a, rank))
        result = []
        for slot in slots:
            lengths_old, lengths_new = [1] * rank, [1] * len(shape)
            for axis in axes_of(slot):
                old, new = where[axis]
                for a in old:
                    lengths_old[a] = value.shape[a]
                for a in new:
                    lengths_new[a] = shape[a]
            wide = np.broadcast_to(slot, lengths_old).reshape(lengths_new)
            result.append(simplify(wide))
        return self._settle(State(shape, tuple(result), frozenset(pinned)))

    def _settle(self, state: State) -> State:
        """Turn slots of pins over one axis into a pinned axis."""
        slots, pinned = [], set(state.pinned)
        for slot in state.slots:
            axes = axes_of(slot)
            if len(axes) == 1 and self.graph.are_pinned(slot.ravel()).all():
                (axis,) = axes
                if are_distinct(slot):
                    pinned.add(axis)
                    continue
            slots.append(slot)
        if len(pinned) == len(state.pinned):
            return state
        return State(state.shape, self.join(slots, pinned), frozenset(pinned))

    def permute(self, value: Value, order: Sequence[int]) -> Value:
        """Return the tensor with its axes in another order."""
        rank = len(value.shape)
        order = [a % rank for a in order]
        if isinstance(value, View):
            return value.permute(order)
        return State(
            tuple(value.shape[a] for a in order),
            tuple(s.transpose(order) for s in value.slots),
            frozenset(order.index(a) for a in value.pinned),
        )

    def expand(self, value: Value, shape: Sequence[int]) -> Value:
        """Return the tensor repeated along new axes and axes of length 1."""
        shape = tuple(shape)
        if isinstance(value, View):
            return value.expand(shape)
        lead = len(shape) - len(value.shape)
        return State(
            shape,
            tuple(s.reshape((1,) * lead + s.shape) for s in value.slots),
            frozenset(a + lead for a in value.pinned),
        )

    def take(self, value: Value, axis: int, index: Labels) -> Value:
        """Return some coordinates of an axis, in a constant order."""
        axis %= len(value.shape)
        index = np.asarray(index, np.int64)
        n, count = value.shape[axis], len(index)
        if count == n and np.array_equal(index, np.arange(n)):
            return value
        if isinstance(value, View):
            steps = np.unique(np.diff(index)) if count > 1 else np.array([1])
            if len(steps) == 1 and steps[0] > 0:
                return value.take(axis, int(index[0]), int(steps[0]), count)
            here = frozenset([axis])
            value = self.commit(value, (), here, here)
        shape = tuple(count if a == axis else m for a, m in enumerate(value.shape))
        touching = [s for s in value.slots if s.shape[axis] > 1]
        rest = [s for s in value.slots if s.shape[axis] == 1]
        if len(touching) > 1 and not self._rectangular(touching, axis, index):
            touching = self._paired(touching)
        taken = []
        for slot in touching:
            part = slot.take(index, axis)
            kept = distinct(part)
            if len(kept) < len(distinct(slot)):
                self._mark(kept)
            taken.append(simplify(part))
        pinned = frozenset(a for a in value.pinned if shape[a] > 1)
        if count > 1 and len(np.unique(index)) == 1:
            pinned -= {axis}
        return self._settle(State(shape, (*rest, *taken), pinned))

    def concatenate(self, values: Sequence[Value], axis: int) -> State:
        """Return tensors side by side along an axis."""
        values = [v for v in values if v.shape != (0,)]
        axis %= len(values[0].shape)
        states = [self.known(v) for v in values if v.shape[axis] > 0]
        if len(states) == 1:
            return states[0]
        shape = list(states[0].shape)
        shape[axis] = sum(s.shape[axis] for s in states)
        rank = len(shape)
        pinned = frozenset().union(*(s.pinned - {axis} for s in states))
        rest = [s for state in states for s in state.slots if s.shape[axis] == 1]
        if all(_stays(s, axis) for s in states):
            return State(tuple(shape), self.join(rest, pinned | {axis}), pinned | {axis})
        parts = []
        for state in states:
            touching = [s for s in state.slots if s.shape[axis] > 1]
            length = state.shape[axis]
            if not touching:
                if axis in state.pinned:
                    pins = self.graph.fresh(length, pinned=True)
                else:
                    pins = np.repeat(self.graph.fresh(1, pinned=True), length)
                parts.append(along(pins, axis, rank))
                continue
            if axis in state.pinned:
                pins = along(self.graph.fresh(length, pinned=True), axis, rank)
                touching.append(pins)
            parts.append(self._paired(touching)[0])
        axes = frozenset().union(*(axes_of(p) for p in parts)) - {axis}
        wide = []
        for part, state in zip(parts, states, strict=True):
            lengths = [n if a in axes else 1 for a, n in enumerate(shape)]
            lengths[axis] = state.shape[axis]
            wide.append(np.broadcast_to(part, lengths))
        sets = [distinct(p) for p in parts]
        merged = np.concatenate(wide, axis=axis)
        _, counts = counted(np.concatenate(sets))
        slots = [*rest, merged]
        if (counts > 1).any():
            pins = self.graph.fresh(len(parts), pinned=True)
            number = np.repeat(pins, [s.shape[axis] for s in states])
            slots.append(along(number, axis, rank))
            merged_paired = self._paired([merged, slots.pop()])
            slots = [*rest, *merged_paired]
        else:
            for part in sets:
                self._mark(part)
        state = State(tuple(shape), self.join(slots, pinned), pinned)
        return self._settle(state)

    def look_up(self, table: Value, axis: int, index: Value) -> State:
        """Return entries of a table along an axis, at places that are data.

        The places of the table along the axis are pinned; the axes of `index` stand where it was.
        """
        axis %= len(table.shape)
        here = frozenset([axis])
        if isinstance(table, View):
            table = self.commit(table, (), here, here)
        state = self.order(table, here, {})
        where = self.known(index)
        rank, more = len(state.shape), len(where.shape)
        shape = state.shape[:axis] + where.shape + state.shape[axis + 1 :]
        slots = []
        for slot in state.slots:
            if slot.shape[axis] > 1:
                slot = self.project(slot, axes_of(slot) - here)
            slots.append(slot.reshape(slot.shape[:axis] + (1,) * more + slot.shape[axis + 1 :]))
        slots += [s.reshape((1,) * axis + s.shape + (1,) * (rank - axis - 1)) for s in where.slots]
        pinned = {a if a < axis else a + more - 1 for a in state.pinned if a != axis}
        pinned |= {a + axis for a in where.pinned}
        return State(shape, self.join(slots, pinned), frozenset(pinned))

    def _convert(self, canonical: View) -> State | None:
        """Return the state of a view that reads what one known view reads, or a part of it."""
        for other, state in self.structure.get(canonical.base, ()):
            if other.offset == canonical.offset:
                back = other.reshape(canonical.shape)
                if back == canonical:
                    return self._as_state(self.reshape(state, canonical.shape))
            if len(other.shape) == len(canonical.shape) and other.strides == canonical.strides:
                result: Value = state
                gone = canonical.offset - other.offset
                for axis, stride in enumerate(other.strides):
                    start, gone = divmod(gone, stride) if stride > 0 else (0, gone)
                    count = canonical.shape[axis]
                    if start < 0 or start + count > other.shape[axis]:
                        break
                    if count != other.shape[axis]:
                        result = self.take(result, axis, np.arange(start, start + count))
                else:
                    if gone == 0:
                        return self._as_state(result)
        return None

    @staticmethod
    def _as_state(value: Value) -> State:
        if isinstance(value, View):
            raise TypeError("a state was expected")
        return value

    def unknown(self, values: Sequence[Value], shapes: Sequence[Sequence[int]]) -> list[State]:
        """Pin everything that goes into an operation that is not understood."""
        moving = False
        for value in values:
            if isinstance(value, View):
                canonical, axes = value.canonical()
                if value.injective() and self._find(canonical) is None:
                    self.commit(value, (), frozenset(axes), frozenset())
                    moving = True
                else:
                    moving = True
                    self.freeze(value)
            elif value.slots:
                moving = True
                self.freeze(value)
        if moving:
            self.gap("operation not understood: its labels are pinned")
        return [self.fixed(s) for s in shapes]


def _squeeze(state: State, keep: Sequence[int]) -> State:
    slots = tuple(s.reshape([s.shape[a] for a in keep]) for s in state.slots)
    pinned = frozenset(k for k, a in enumerate(keep) if a in state.pinned)
    return State(tuple(state.shape[a] for a in keep), slots, pinned)


def _stays(state: State, axis: int) -> bool:
    """Tell whether positions along an axis never move."""
    touching = any(s.shape[axis] > 1 for s in state.slots)
    return not touching and (axis in state.pinned or state.shape[axis] == 1)


def _equal_rows(rows: np.ndarray) -> Labels | None:
    """Return the class of each row, equal rows in one class; None when there are too many."""
    found: dict[bytes, int] = {}
    rows = np.ascontiguousarray(rows)
    return np.array([found.setdefault(r.tobytes(), len(found)) for r in rows], np.int64)
