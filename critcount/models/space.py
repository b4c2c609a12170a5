"""The rules: how each operation on tensors passes labels on, and what it asks a symmetry to keep."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from critcount.models.labels import LabelGraph, Labels
from critcount.models.states import (
    State,
    View,
    along,
    axes_of,
    blocks,
    simplify,
)

Value = State | View

#: Kinds of a sum: what decides whether a unit can be split in two.
LINEAR, BILINEAR, NORM, SOFTMAX, OTHER = "linear", "bilinear", "norm", "softmax", "other"

#: A gap: what was not understood, where.
Gap = tuple[str, str]


@dataclass(slots=True)
class Space:
    """The label graph of a model, with the structure found for its parameters.

    Attributes
    ----------
    graph : LabelGraph
    structure : dict
        For each parameter the views that were used, each with its state.
    gaps : list of (operation, reason)
        Where labels were pinned because an operation was not understood.
    """

    graph: LabelGraph = field(default_factory=LabelGraph)
    structure: dict[str, list[tuple[View, State]]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    place: str = ""
    _projected: dict[tuple[object, ...], Labels] = field(default_factory=dict)
    _related: set[tuple[object, ...]] = field(default_factory=set)

    def gap(self, reason: str) -> None:
        """Note that something here was not understood."""
        if (self.place, reason) not in self.gaps:
            self.gaps.append((self.place, reason))

    # ---- slots -------------------------------------------------------------------------------

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
        pairs, counts = np.unique(
            np.stack([unique.ravel(), block]), axis=1, return_counts=True
        )
        self._relate_counted(pairs[0], pairs[1], counts)
        shape = [n if a in kept else 1 for a, n in enumerate(slot.shape)]
        result = names[inverse.ravel()].reshape(shape)
        self._projected[key] = result
        return result

    def _relate_counted(self, left: Labels, right: Labels, counts: Labels) -> None:
        for count in np.unique(counts):
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
        pairs = np.unique(np.stack([slot.ravel(), places]), axis=1)
        if len(np.unique(pairs[0])) == pairs.shape[1]:
            self.graph.colour(pairs[0], pairs[1])
        else:
            pins = self.graph.fresh(math.prod(shape), pinned=True)
            self.graph.relate(pairs[0], pins[pairs[1]])

    def _tie(self, a: Labels, b: Labels) -> tuple[bool, bool, Labels | None]:
        """Keep which labels of two slots over the same axes occur together.

        Returns whether the first decides the second, the converse, and labels of the pairs when
        neither does.
        """
        a, b = np.broadcast_arrays(a, b)
        if np.array_equal(a, b):
            return True, True, None
        pairs, inverse = np.unique(
            np.stack([a.ravel(), b.ravel()]), axis=1, return_inverse=True
        )
        n = pairs.shape[1]
        forth = len(np.unique(pairs[0])) == n
        back = len(np.unique(pairs[1])) == n
        key = ("tie", pairs.shape, pairs.tobytes())
        if forth or back:
            if key not in self._related:
                self._related.add(key)
                self.graph.relate(pairs[0], pairs[1])
            return forth, back, None
        if key in self._projected:
            names = self._projected[key]
        else:
            names = self.graph.fresh(n)
            self.graph.relate(names, pairs[0])
            self.graph.relate(names, pairs[1])
            self._projected[key] = names
        return False, False, names[inverse.ravel()].reshape(a.shape)

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

    # ---- parameters --------------------------------------------------------------------------

    def known(self, value: Value) -> State:
        """Return the state of a value; an unused parameter gets free labels on each axis."""
        if isinstance(value, State):
            return value
        return self.commit(value, (), frozenset(), frozenset())

    def commit(
        self,
        view: View,
        slots: Sequence[Labels],
        pinned: frozenset[int],
        reduced: frozenset[int],
    ) -> State:
        """Return the state of a part of a parameter, given what it is combined with.

        `slots` and `pinned` describe the others, aligned to the view's axes. An axis that they
        say nothing of gets labels of its own: one set for each position of the axes that stay.
        """
        if not view.injective():
            inner = [a for a, s in enumerate(view.strides) if s != 0 or view.shape[a] == 1]
            shape = tuple(n if a in inner else 1 for a, n in enumerate(view.shape))
            core = View(view.base, view.offset, shape, view.strides)
            state = self.commit(core, slots, pinned, reduced)
            return State(view.shape, state.slots, state.pinned)
        canonical, axes = view.canonical()
        found = self._find(canonical)
        if found is not None:
            return self._spread(found, view.shape, axes)
        if self._overlaps(canonical):
            pieces = self.structure[view.base]
            if (converted := self._convert(canonical)) is not None:
                return self._spread(converted, view.shape, axes)
            self.gap("parts of one parameter overlap in a way that was not followed")
            for _, state in pieces:
                self.freeze(state)
            still = State(canonical.shape, (), frozenset(range(len(axes))))
            pieces.append((canonical, still))
            return State(view.shape, (), frozenset(axes))
        state = self._structure(view.shape, slots, pinned, reduced)
        self.structure.setdefault(view.base, []).append((canonical, _restrict(state, axes)))
        return state

    def _find(self, canonical: View) -> State | None:
        for other, state in self.structure.get(canonical.base, ()):
            if other == canonical:
                return state
        return None

    def _overlaps(self, canonical: View) -> bool:
        low, high = canonical.span()
        for other, _ in self.structure.get(canonical.base, ()):
            first, last = other.span()
            if first <= high and low <= last:
                if math.prod(other.shape) * math.prod(canonical.shape) > 10**13:
                    return True
                mine, theirs = canonical.offsets().ravel(), other.offsets().ravel()
                if np.isin(mine, theirs).any():
                    return True
        return False

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

    @staticmethod
    def _spread(state: State, shape: tuple[int, ...], axes: tuple[int, ...]) -> State:
        """Return a state on canonical axes as one of the view's shape."""
        slots = []
        for slot in state.slots:
            lengths = [1] * len(shape)
            order = np.argsort(axes)
            for k, axis in enumerate(axes):
                lengths[axis] = slot.shape[k]
            slots.append(slot.transpose(tuple(order)).reshape(lengths))
        return State(shape, tuple(slots), frozenset(axes[a] for a in state.pinned))

    def _structure(
        self,
        shape: tuple[int, ...],
        slots: Sequence[Labels],
        pinned: frozenset[int],
        reduced: frozenset[int],
    ) -> State:
        rank = len(shape)
        own = {a for a, n in enumerate(shape) if n > 1}
        pins = frozenset(pinned & own)
        mine = [
            self.project(s, axes_of(s) & own) for s in slots if axes_of(s) & own
        ]
        covered = pins.union(*(axes_of(s) for s in mine)) if mine else pins
        extra: list[Labels] = []
        kept = sorted(covered - reduced)
        for axis in sorted(own - covered):
            dims = [axis] if axis in reduced else sorted([*kept, axis])
            lengths = [n if a in dims else 1 for a, n in enumerate(shape)]
            extra.append(self.graph.fresh(math.prod(lengths)).reshape(lengths))
        for group in _groups(mine):
            inside = [s for s in mine if axes_of(s) <= group]
            lengths = [n if a in group else 1 for a, n in enumerate(shape)]
            count = math.prod(lengths)
            names = [np.broadcast_to(s, lengths).ravel() for s in inside]
            for axis in sorted(group & pins):
                place = along(np.arange(shape[axis], dtype=np.int64), axis, rank)
                names.append(np.broadcast_to(place, lengths).ravel())
            if np.unique(np.stack(names), axis=1).shape[1] < count:
                extra.append(self.graph.fresh(count).reshape(lengths))
        return State(shape, self.join([*extra, *mine], pins), pins)

    def freeze(self, value: Value) -> None:
        """Pin every label of a value."""
        for slot in self.known(value).slots:
            self.graph.pin(slot)

    # ---- the operations ----------------------------------------------------------------------

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

    def combine(
        self, values: Sequence[Value], reduced: Iterable[int] = ()
    ) -> State | View:
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
            names, counts = np.unique(slot, return_counts=True)
            if len(np.unique(counts)) > 1:
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
        return self.reduce(self.combine([left, right], reduced=gone), gone, kind)

    def normalise(self, value: Value, axes: Iterable[int], kind: str = NORM) -> Value:
        """Return what a norm or softmax over some axes makes of its input."""
        state = self.known(value)
        return self.combine([state, self.reduce(state, axes, kind, keepdims=True)])

    def order(self, value: Value, axes: Iterable[int], lengths: dict[int, int]) -> State:
        """Return the result of an operation in which the order along some axes matters.

        Convolution, pooling, padding, sorting, cumulative sums: positions along these axes are
        pinned, and the axes may get another length.
        """
        state = self.known(value)
        rank = len(state.shape)
        pinned = {a % rank for a in axes}
        slots = []
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
                if len(np.unique(slot)) == slot.size:
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
            kept = np.unique(part)
            if len(kept) < len(np.unique(slot)):
                self._mark(kept)
            taken.append(simplify(part))
        pinned = frozenset(a for a in value.pinned if shape[a] > 1)
        if count > 1 and len(np.unique(index)) == 1:
            pinned -= {axis}
        return self._settle(State(shape, (*rest, *taken), pinned))

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
            return State(
                tuple(shape), self.join(rest, pinned | {axis}), pinned | {axis}
            )
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
        sets = [np.unique(p) for p in parts]
        merged = np.concatenate(wide, axis=axis)
        _, counts = np.unique(np.concatenate(sets), return_counts=True)
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
        slots += [
            s.reshape((1,) * axis + s.shape + (1,) * (rank - axis - 1)) for s in where.slots
        ]
        pinned = {a if a < axis else a + more - 1 for a in state.pinned if a != axis}
        pinned |= {a + axis for a in where.pinned}
        return State(shape, self.join(slots, pinned), frozenset(pinned))

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


def _restrict(state: State, axes: tuple[int, ...]) -> State:
    """Return a state on the canonical axes of its view."""
    rest = tuple(a for a in range(len(state.shape)) if a not in axes)
    slots = tuple(
        s.transpose(axes + rest).reshape([s.shape[a] for a in axes]) for s in state.slots
    )
    shape = tuple(state.shape[a] for a in axes)
    return State(shape, slots, frozenset(k for k, a in enumerate(axes) if a in state.pinned))


def _squeeze(state: State, keep: Sequence[int]) -> State:
    slots = tuple(s.reshape([s.shape[a] for a in keep]) for s in state.slots)
    pinned = frozenset(k for k, a in enumerate(keep) if a in state.pinned)
    return State(tuple(state.shape[a] for a in keep), slots, pinned)


def _stays(state: State, axis: int) -> bool:
    """Tell whether positions along an axis never move."""
    touching = any(s.shape[axis] > 1 for s in state.slots)
    return not touching and (axis in state.pinned or state.shape[axis] == 1)


def _groups(slots: Sequence[Labels]) -> list[frozenset[int]]:
    """Return the finest sets of axes so that no slot crosses two."""
    groups: list[frozenset[int]] = []
    for slot in slots:
        group = axes_of(slot)
        apart = []
        for other in groups:
            if other & group:
                group |= other
            else:
                apart.append(other)
        groups = [*apart, group]
    return groups


def _equal_rows(rows: np.ndarray) -> Labels | None:
    """Return the class of each row, equal rows in one class; None when there are too many."""
    found: dict[bytes, int] = {}
    rows = np.ascontiguousarray(rows)
    return np.array([found.setdefault(r.tobytes(), len(found)) for r in rows], np.int64)
