"""Parameters: which labels name the positions of a part of one, found when it is first used."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from critcount.models.labels import Labels
from critcount.models.slots import Slots
from critcount.models.states import State, View, along, axes_of

__all__ = ["Parameters", "Value"]

Value = State | View


@dataclass(slots=True)
class Parameters(Slots):
    """The structure found for the parameters of a model.

    Attributes
    ----------
    structure : dict
        For each parameter the views that were used, each with its state.
    """

    structure: dict[str, list[tuple[View, State]]] = field(default_factory=dict)

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
            for slot in found.slots:
                self.graph.use("fn:shared", slot)
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
        raise NotImplementedError

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
        mine = [self.project(s, axes_of(s) & own) for s in slots if axes_of(s) & own]
        covered = pins.union(*(axes_of(s) for s in mine)) if mine else pins
        extra: list[Labels] = []
        kept = sorted(covered - reduced)
        free = own - covered
        # axes that nothing is known of are named together: what tells them apart comes later
        for new in [free - reduced, *({axis} for axis in sorted(free & reduced))]:
            if not new:
                continue
            dims = new if new <= reduced else {*kept, *new}
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


def _restrict(state: State, axes: tuple[int, ...]) -> State:
    """Return a state on the canonical axes of its view."""
    rest = tuple(a for a in range(len(state.shape)) if a not in axes)
    slots = tuple(
        s.transpose(axes + rest).reshape([s.shape[a] for a in axes]) for s in state.slots
    )
    shape = tuple(state.shape[a] for a in axes)
    return State(shape, slots, frozenset(k for k, a in enumerate(axes) if a in state.pinned))


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
