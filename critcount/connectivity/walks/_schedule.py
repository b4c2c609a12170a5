"""A timetable of which label sits on which neuron when, and the check that it is a walk.

Time runs over the vertices 0, 1, …, d of a walk, of which the first and the last are given. A
timetable is a list of *stays* (label, neuron, first vertex, last vertex); a neuron is zero-type at
the vertices of no stay. At the vertices 1, …, d - 1 every zero-type neuron is a block of its own,
except those that are *together*, in pairs (vertex, neuron, neuron).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from critcount.configurations.meeting import Join

__all__ = ["Schedule", "Stay", "Together", "complete", "is_walk", "reverse"]


class Stay(NamedTuple):
    """A label sits on a neuron from one vertex to another, both included."""

    label: int
    neuron: int
    first: int
    last: int


class Together(NamedTuple):
    """Two zero-type neurons are in one block at a vertex."""

    vertex: int
    one: int
    two: int


class Schedule(NamedTuple):
    """A walk of `length` steps: the stays, and the pairs at the vertices between its ends."""

    length: int
    stays: list[Stay]
    pairs: list[Together]


def reverse(schedule: Schedule) -> Schedule:
    """Return the walk back."""
    d = schedule.length
    stays = [Stay(s.label, s.neuron, d - s.last, d - s.first) for s in schedule.stays]
    return Schedule(d, stays, [Together(d - p.vertex, p.one, p.two) for p in schedule.pairs])


def complete(schedule: Schedule, a: Sequence[int], b: Sequence[int], r: int) -> list[Stay]:
    """Return the stays of a schedule together with those that it leaves unsaid.

    A neuron without a stay at an end where it is labelled has one at that vertex alone; a neuron
    of no stay and no pair that carries the same label at both ends keeps it.
    """
    d = schedule.length
    stays = list(schedule.stays)
    begun = {s.neuron for s in stays if s.first == 0}
    ended = {s.neuron for s in stays if s.last == d}
    busy = {s.neuron for s in stays}
    busy.update(neuron for _, *pair in schedule.pairs for neuron in pair)
    for i, (s, t) in enumerate(zip(a, b, strict=True)):
        if s == t < r and i not in busy:
            stays.append(Stay(t, i, 0, d))
        else:
            if s < r and i not in begun:
                stays.append(Stay(s, i, 0, 0))
            if t < r and i not in ended:
                stays.append(Stay(t, i, d, d))
    return stays


def is_walk(schedule: Schedule, a: Sequence[int], b: Sequence[int], r: int) -> bool:
    """Tell whether the configurations of a schedule form a walk from `a` to `b`.

    For every step: no block of the join of its two partitions holds two labels, and all neurons
    of a label, before and after, are in one block of it. Only the steps where that is in doubt
    are looked at: the first, the last, those beside a pair, and those where a label keeps no
    neuron. O(m + stays + pairs), apart from sorting.
    """
    d = schedule.length
    stays = complete(schedule, a, b, r)
    if any(stay.last < stay.first for stay in stays):
        return False  # a label comes home before it has stepped aside
    on: dict[int, list[Stay]] = defaultdict(list)
    of: dict[int, list[Stay]] = defaultdict(list)
    for stay in sorted(stays, key=lambda s: s.first):
        on[stay.neuron].append(stay)
        of[stay.label].append(stay)
    for queue in on.values():
        for before, after in itertools.pairwise(queue):
            if after.first <= before.last + (before.label != after.label):
                return False  # two labels at once, or one straight after the other
    if any(queue[0].first for queue in of.values()) or len(of) < r:
        return False
    doubtful: dict[int, set[int]] = {1: set(), d: set()}  # step → labels that keep no neuron
    for label, queue in of.items():
        kept = 0  # the label keeps a neuron in all steps up to this
        for stay in queue:
            if stay.first > kept + 1:
                return False
            if stay.first == kept + 1:
                doubtful.setdefault(stay.first, set()).add(label)
            kept = max(kept, stay.last)
        if kept < d:
            return False
    together: dict[int, list[Together]] = defaultdict(list)
    for pair in schedule.pairs:
        together[pair.vertex].append(pair)
        doubtful.setdefault(pair.vertex, set())
        doubtful.setdefault(pair.vertex + 1, set())
        for neuron in (pair.one, pair.two):
            if any(s.first <= pair.vertex <= s.last for s in on[neuron]):
                return False
    return all(
        _meets(step, d, a, b, r, on, [s for label in labels for s in of[label]], together)
        for step, labels in doubtful.items()
    )


def _meets(
    step: int,
    d: int,
    a: Sequence[int],
    b: Sequence[int],
    r: int,
    on: dict[int, list[Stay]],
    moved: list[Stay],
    together: dict[int, list[Together]],
) -> bool:
    """Tell whether the vertices step - 1 and step meet; `moved`: stays of labels in doubt."""
    blocks = Join()
    neurons: set[int] = {s.neuron for s in moved if s.first <= step and s.last >= step - 1}
    for vertex in (step - 1, step):
        for _, one, two in together.get(vertex, ()):
            neurons.update((one, two))
            blocks.join(one, two)
    if step == 1 or step == d:
        neurons.update(range(len(a)))
        for end, word in ((0, a), (d, b)):
            if end in (step - 1, step):
                for i, letter in enumerate(word):
                    if letter >= r:
                        blocks.join(i, (end, letter))
    for neuron in neurons:
        for stay in on.get(neuron, ()):
            if (
                stay.first <= step
                and stay.last >= step - 1
                and not blocks.give(neuron, stay.label)
            ):
                return False
    for stay in moved:  # the neurons of a label are one block, before and after
        for vertex in (step - 1, step):
            if stay.first <= vertex <= stay.last:
                blocks.join(stay.neuron, (vertex, -1 - stay.label))
    return all(
        blocks.find((step - 1, -1 - label)) == blocks.find((step, -1 - label))
        for label in {stay.label for stay in moved}
    )
