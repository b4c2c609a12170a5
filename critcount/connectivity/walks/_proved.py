"""Lanes as the proofs of the upper bounds fill them: nothing is tried, and nothing can fail.

A lane is one free neuron and makes one hop in every slot of two steps (`_lanes`).

**In order**, for any two configurations: k slots are enough for hk ≥ w + h - 1 hops. The lane that
is free first takes the next cycle. What is longer than k slots is cut: the label at the cut comes
home in slot k, and from it on the rest goes behind what shorter lanes have, lane after lane; a
room of a single slot is left empty.

**Extremal**: all labels move, with ⌊r/2⌋ cycles. They are of two labels, with one more label for
odd r, or one of three. k = 1 + ⌈(x-1)/h⌉ slots are enough, x = ⌊3r/2⌋ - 1: whole cycles of two
fill three slots each; where two are left in every lane the last cycles are cut between pairs of
lanes, two hops here and two there. For h = 2 that can be one hop short; then one lane starts in
the first step, ends in the last, and makes k + 1 hops.

docs/connectivity.md has the proofs.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence

from critcount.connectivity.walks import _placing
from critcount.connectivity.walks._lanes import (
    SOURCE,
    SPARE,
    TARGET,
    Choices,
    Lane,
    Token,
    Work,
    find_ends,
)
from critcount.connectivity.walks._moving import Moving, find_moves
from critcount.connectivity.walks._schedule import Schedule, reverse

__all__ = ["walk_of_proof"]


def walk_of_proof(
    a: Sequence[int], b: Sequence[int], r: int, moving: Moving, work: Work, length: int
) -> Schedule | None:
    """Return a walk of the length of a proved upper bound; None for shorter ones, perhaps."""
    hops = length // 2 - 1
    if length % 2 or hops < 1:
        return None
    if not any(moving.settled) and len(moving.cycles) == r // 2:
        found = _extremal(a, b, r, moving, hops)
        if found is None:
            back = _extremal(b, a, r, find_moves(b, a, r), hops)
            found = None if back is None else reverse(back)
        return found
    lanes = _in_order(work, hops)
    if lanes is None:
        return None
    return _placing.place(a, b, r, moving, lanes, length, Choices(0, hops, 0))


def _in_order(work: Work, hops: int) -> list[Lane] | None:
    """Return lanes of at most so many hops, or None where they are too few."""
    lanes = [Lane([(TARGET, chain[0])], chain) for chain in work.chains]
    lanes += [Lane([(SPARE, n)]) for n in range(work.spare)]
    queue = [(len(lane.hops), n) for n, lane in enumerate(lanes)]
    heapq.heapify(queue)
    for job in work.jobs:
        _, n = queue[0]
        lanes[n].hops += job
        heapq.heapreplace(queue, (len(lanes[n].hops), n))
    rooms = [lane for lane in lanes if len(lane.hops) < hops]
    for lane in lanes:
        rest = _cut(lane, [], hops)
        while rest:
            while rooms and hops - len(rooms[-1].hops) < 2:
                rooms.pop()
            if not rooms:
                return None
            rest = _cut(rooms[-1], rest, hops)
    find_ends(lanes)
    return lanes


def _cut(lane: Lane, job: list[int], hops: int) -> list[int]:
    """Put a job behind what a lane has; return what is too long for it, from the cut label on."""
    lane.hops += job
    rest = lane.hops[hops - 1 :]
    if len(rest) < 2:
        return []
    lane.hops[hops - 1 :] = [~rest[0]]
    return rest


def _extremal(
    a: Sequence[int], b: Sequence[int], r: int, moving: Moving, hops: int
) -> Schedule | None:
    """Return a walk of 2k + 2 steps, or None where only the walk back has one."""
    h = len(a) - r
    pairs = [cycle for cycle in moving.cycles if len(cycle) == 2]
    room, cut_from, short = [hops // 3] * h, 0, False
    ends: list[tuple[int, list[int]]] = []  # (lane, its last hops)
    lanes = [Lane([(SPARE, n)]) for n in range(h)]
    if moving.chains:
        lanes[0] = Lane([(TARGET, moving.chains[0][0])], moving.chains[0])
        short = h == 2 and hops % 3 == 2 and len(pairs) > 2 * room[0]
        cut_from = 0 if short else 1
        room[0] -= hops % 3 == 0
    elif len(pairs) < len(moving.cycles):
        x, y, z = next(cycle for cycle in moving.cycles if len(cycle) == 3)
        short = h == 2 and hops % 3 == 2 and len(pairs) == 2 * room[0]
        if hops % 3 == 0 or short:
            ends += [(0, [x, y, ~z]), (1, [z, ~x])]
            if not short:
                room[:2] = room[0] - 1, room[1] - 1
        elif hops % 3 == 2 and h > 2:
            ends += [(0, [x, ~y]), (1, [y, ~z]), (2, [z, ~x])]
            cut_from = 3
        else:
            ends.append((0, [x, y, z, ~x]))
            room[0] -= 1
    left = iter(pairs)
    for lane, number in zip(lanes, room, strict=True):
        for one, two in itertools.islice(left, number):
            lane.hops += [one, two, ~one]
    for n, (one, two) in enumerate(left):
        ends += [(cut_from + 2 * n, [one, ~two]), (cut_from + 2 * n + 1, [two, ~one])]
    if ends and max(n for n, _ in ends) >= h:
        return None
    for n, last in ends:
        lanes[n].hops += last
    find_ends(lanes)
    known = _known(a, moving) if short else {}
    if short and b[known[lanes[0].end[0]]] < r:
        return None
    return _placing.place(a, b, r, moving, lanes, 2 * hops + 2, Choices(0, hops, 0), known)


def _known(a: Sequence[int], moving: Moving) -> dict[Token, int]:
    """Return which neurons off the cycles are what, for h = 2 and a lane from end to end."""
    cyclic = {label for cycle in moving.cycles for label in cycle}
    known: dict[Token, int] = {}
    for [label] in moving.chains:
        known[SOURCE, label] = moving.sources[label][0]
        known[TARGET, label] = moving.targets[label][0]
    free = [i for i, t in enumerate(a) if t not in cyclic and i not in known.values()]
    return known | {(SPARE, n): i for n, i in enumerate(free, start=len(moving.chains))}
