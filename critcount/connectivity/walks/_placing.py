"""Lanes are given neurons, and a time to start, such that the first and the last step allow it.

What lanes do at the vertices 1, …, d - 1 they can do with any neurons. The first step and the last
must do with the blocks that the two ends have: a lane of one that starts at vertex 0 needs a hole
in a zero-type block that serves no other label; a lane of two needs both its neurons in one such
block to start at vertex 0, and to start at vertex 1 two neurons whose blocks in the join of the
first step have no two labels. The lanes of one choose their blocks by a matching; the lanes of
two in turn, those with the most hops first.
"""

from __future__ import annotations

import itertools
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from critcount.configurations.meeting import Join
from critcount.connectivity.walks._lanes import (
    SOURCE,
    SPARE,
    TARGET,
    Choices,
    Lane,
    Token,
    Work,
    holes,
    label_of,
    lay,
    resolve,
)
from critcount.connectivity.walks._moving import Moving
from critcount.connectivity.walks._schedule import Schedule, Stay, Together, is_walk

__all__ = ["place", "walk_by_placing"]

#: candidates that are tried where one neuron is as good as another
WIDTH = 6


def walk_by_placing(
    a: Sequence[int],
    b: Sequence[int],
    r: int,
    moving: Moving,
    work: Work,
    length: int,
    plan: Choices,
) -> Schedule | None:
    """Return a walk of `length` steps that follows a plan, or None where the plan fails."""
    lanes = lay(work, plan)
    return None if lanes is None else place(a, b, r, moving, lanes, length, plan)


def place(
    a: Sequence[int],
    b: Sequence[int],
    r: int,
    moving: Moving,
    lanes: list[Lane],
    length: int,
    plan: Choices,
    known: Mapping[Token, int] = MappingProxyType({}),
) -> Schedule | None:
    """Return the walk of the lanes, or None where no neurons fit; `known`: some are decided."""
    attempt = _Attempt(a, b, r, moving, lanes, length, plan)
    for token, neuron in known.items():
        attempt.bind(token, neuron)
    schedule = attempt.run()
    return schedule if schedule is not None and is_walk(schedule, a, b, r) else None


class _Attempt:
    """Lanes are given neurons, and a time to start."""

    def __init__(
        self,
        a: Sequence[int],
        b: Sequence[int],
        r: int,
        moving: Moving,
        lanes: list[Lane],
        length: int,
        plan: Choices,
    ) -> None:
        self.a, self.b, self.r, self.length, self.plan = a, b, r, length, plan
        self.lanes = [lane for lane in lanes if lane.hops]
        self.neuron: dict[Token, int] = {}  # what is decided
        self.choices: dict[Token, list[int]] = {}  # what is not
        self.owner: dict[int, Token] = {}  # of the choices
        self.left: dict[Token, int] = {}  # choices that nobody has taken
        self.taken: set[int] = set()
        # blocks of the joins of the first and the last step
        self.first, self.last = Join(), Join()
        for kind, by_label in ((SOURCE, moving.sources), (TARGET, moving.targets)):
            for label, neurons in enumerate(by_label):
                if neurons:
                    self.offer((kind, label), neurons)
        for label, neurons in enumerate(moving.settled):
            if neurons:
                self.offer((SPARE, ~label), neurons)  # one of them stays where it is
        self.by_first: dict[int, deque[int]] = defaultdict(deque)
        self.by_last: dict[int, deque[int]] = defaultdict(deque)
        self.queue: dict[tuple[bool, bool], deque[int]] = defaultdict(deque)
        for i in range(len(a) - 1, -1, -1):
            if self.available(i):
                self.by_first[a[i]].append(i)
                self.by_last[b[i]].append(i)
                self.queue[a[i] >= r, b[i] >= r].append(i)

    def offer(self, token: Token, neurons: list[int]) -> None:
        """Enter the neurons among which a token is chosen."""
        if len(neurons) == 1:
            self.neuron[token] = neurons[0]
            self.taken.add(neurons[0])
        else:
            self.choices[token] = neurons
            self.left[token] = len(neurons)
            self.owner.update(dict.fromkeys(neurons, token))

    def available(self, i: int) -> bool:
        """Tell whether a neuron is free to serve as a spare."""
        if i in self.taken:
            return False
        owner = self.owner.get(i)
        return owner is None or owner in self.neuron or self.left[owner] > 1

    def bind(self, token: Token, i: int) -> None:
        """Decide which neuron a token is."""
        if token not in self.neuron:
            self.neuron[token] = i
            self.taken.add(i)
            owner = self.owner.get(i)
            if owner is not None:
                self.left[owner] -= 1

    def candidates(self, token: Token) -> list[int]:
        """Return the neurons that a target or a source can be."""
        if token in self.neuron:
            return [self.neuron[token]]
        return [i for i in self.choices.get(token, ()) if i not in self.taken]

    def run(self) -> Schedule | None:
        """Return the schedule, or None where no neurons fit."""
        order = [self.place_singles, self.place_doubles]
        if self.plan.doubles_first:
            order.reverse()
        if not all(place() for place in order) or not self.place_rest():
            return None
        return self.schedule()

    def place_singles(self) -> bool:
        """Decide the neurons of the lanes of one that start early or end late, or both."""
        a, b, r = self.a, self.b, self.r
        units: list[tuple[Lane, bool, bool]] = []  # early allowed, late allowed
        for lane in self.lanes:
            need = 2 * len(lane.hops) + 2 - self.length
            if lane.of_two or need <= 0:
                continue
            if need > 2:
                return False
            token = lane.tokens[0]
            if token[0] == SPARE and token not in self.neuron:
                kinds = [(True, True), (True, False), (False, True)]
                i = self.pop_spare(kinds[::-1] if need == 1 else kinds)
                if i is None:
                    return False
                self.bind(token, i)
            units += (
                [(lane, True, False), (lane, False, True)] if need == 2 else [(lane, True, True)]
            )
        options: list[dict[tuple[int, int], int]] = []
        for lane, early, late in units:
            begin = {
                (0, a[i]): i
                for i in self.candidates(lane.tokens[0])
                if early and a[i] >= r and self.first.admits(a[i], label_of(lane.hops[0]))
            }
            end = {
                (1, b[i]): i
                for i in self.candidates(lane.end[0])
                if late and b[i] >= r and self.last.admits(b[i], label_of(lane.hops[-1]))
            }
            options.append(end | begin if self.plan.late else begin | end)
        chosen = _match(options)
        if chosen is None:
            return False
        for (lane, _, _), option, (side, block) in zip(units, options, chosen, strict=True):
            neuron = option[side, block]
            if side == 0:
                lane.start = 0
                self.bind(lane.tokens[0], neuron)
                self.first.give(block, label_of(lane.hops[0]))
            else:
                self.bind(lane.end[0], neuron)
                self.last.give(block, label_of(lane.hops[-1]))
        return True

    def pop_spare(self, kinds: list[tuple[bool, bool]]) -> int | None:
        """Return a free neuron of one of the kinds (zero-type at the start, at the end)."""
        for kind in kinds:
            queue = self.queue[kind]
            while queue:
                i = queue.pop()
                if self.available(i):
                    return i
        return None

    def place_doubles(self) -> bool:
        """Decide the neurons and the start of the lanes of two."""
        doubles = sorted((lane for lane in self.lanes if lane.of_two), key=lambda x: -len(x.hops))
        return all(map(self.place_double, doubles))

    def place_double(self, lane: Lane) -> bool:
        d, hops = self.length, len(lane.hops)

        def constraints(start: int) -> int:
            return max(0, 2 - start) + max(0, start + hops - d + 2)

        starts = sorted({0, 1, 2, d - hops - 2, d - hops - 1, d - hops}, key=constraints)
        for start in starts:
            if not 0 <= start <= d - hops:
                continue
            for hole, helper in self.pairs_of(lane):
                if not self.begins(lane, start, hole, helper):
                    continue
                known = {lane.tokens[0]: hole, lane.tokens[1]: helper}
                ends = [[known[t]] if t in known else self.candidates(t)[:WIDTH] for t in lane.end]
                for last, by in itertools.product(*ends):
                    known.update(zip(lane.end, (last, by), strict=True))
                    if self.spares_all(known) and self.finishes(lane, start, last, by):
                        lane.start = start
                        for token, i in known.items():
                            self.bind(token, i)
                        self.join_ends(lane, hole, helper, last, by)
                        return True
                    for token in lane.end:
                        if token not in lane.tokens:
                            del known[token]
        return False

    def spares_all(self, known: dict[Token, int]) -> bool:
        """Tell whether tokens can be these neurons, and the other tokens still have a choice."""
        if len(set(known.values())) < len(known):
            return False
        taken: dict[Token, int] = defaultdict(int)
        for token, i in known.items():
            owner = self.owner.get(i)
            if token not in self.neuron and owner is not None and owner != token:
                taken[owner] += 1
        return all(
            owner in self.neuron or owner in known or self.left[owner] > n
            for owner, n in taken.items()
        )

    def pairs_of(self, lane: Lane) -> Iterator[tuple[int, int]]:
        """Yield pairs of neurons that the two tokens of a lane can be."""
        one, two = lane.tokens
        near = [self.b[i] for token in lane.end for i in self.candidates(token)[:WIDTH]]
        holes = self.candidates(one)[:WIDTH] if one[0] == TARGET else self.spares((), near)
        for hole in holes:
            helpers = (
                self.candidates(two)[:WIDTH]
                if two[0] == TARGET
                else self.spares((self.a[hole],), near)
            )
            for helper in helpers:
                if helper != hole:
                    yield hole, helper

    def spares(self, first: Sequence[int], last: Sequence[int]) -> list[int]:
        """Return a few free neurons, those with the given letters at the ends before others."""
        found: dict[int, None] = {}
        lists = [self.by_first[x] for x in first] + [self.by_last[x] for x in last]
        # the least useful first: those that are zero-type at no end
        lists += [self.queue[one, two] for one in (False, True) for two in (False, True)]
        for queue in lists:
            kept: list[int] = []
            while queue and len(kept) < WIDTH:
                i = queue.pop()
                if self.available(i):
                    kept.append(i)
            queue.extendleft(kept)  # so that the next lane sees others
            found.update(dict.fromkeys(kept))
        return list(found)

    def begins(self, lane: Lane, start: int, hole: int, helper: int) -> bool:
        """Tell whether the first step allows a lane of two to start with these neurons."""
        x, y = self.letter(self.first, self.a[hole]), self.letter(self.first, self.a[helper])
        if start == 0:
            return x == y >= self.r and self.first.admits(x, label_of(lane.hops[0]))
        return start > 1 or self.first.compatible(x, y)

    def finishes(self, lane: Lane, start: int, hole: int, helper: int) -> bool:
        """Tell whether the last step allows a lane of two to end with these neurons."""
        x, y = self.letter(self.last, self.b[hole]), self.letter(self.last, self.b[helper])
        end = start + len(lane.hops)
        if end == self.length:
            return x == y >= self.r and self.last.admits(x, label_of(lane.hops[-1]))
        return end < self.length - 1 or self.last.compatible(x, y)

    def letter(self, blocks: Join, letter: int) -> int:
        """Return a letter of an end, as a block that knows its label."""
        if letter < self.r:
            blocks.give(letter, letter)
        return letter

    def join_ends(self, lane: Lane, hole: int, helper: int, last: int, by: int) -> None:
        """Enter into the joins of the first and the last step what a lane of two joins."""
        if lane.start == 0:
            self.first.give(self.a[hole], label_of(lane.hops[0]))
        elif lane.start == 1:
            self.first.join(self.a[hole], self.a[helper])
        end = lane.start + len(lane.hops)
        if end == self.length:
            self.last.give(self.b[last], label_of(lane.hops[-1]))
        elif end == self.length - 1:
            self.last.join(self.b[last], self.b[by])

    def place_rest(self) -> bool:
        """Decide what is undecided: nothing depends on it."""
        for token in self.choices:
            if token not in self.neuron:
                i = next((i for i in self.choices[token] if i not in self.taken), None)
                if i is None:
                    return False
                self.bind(token, i)
        free = (i for i in range(len(self.a)) if self.available(i))
        for lane in self.lanes:
            for token in lane.tokens:
                if token not in self.neuron:
                    i = next(free, None)
                    if i is None:
                        return False
                    self.bind(token, i)
        return True

    def schedule(self) -> Schedule:
        """Return the stays and pairs that the lanes make."""
        d = self.length
        first: dict[int, tuple[Token, int, int]] = {}  # label → where to, arrival, departure
        second: dict[int, tuple[Token, int, int]] = {}
        helped: list[tuple[Token, Token, Token, int]] = []
        for lane in self.lanes:
            clock = lane.start
            for hole, helper, hop, freed in holes(lane):
                arrive = clock + 1
                clock += 1 if lane.of_two else 2
                (first if hop >= 0 else second)[label_of(hop)] = (hole, arrive, clock)
                if helper is not None:
                    helped.append((hole, helper, freed, arrive))
        aside = {label: hop[0] for label, hop in first.items()}

        def place(token: Token) -> int:
            return self.neuron[resolve(token, aside)]

        stays = []
        for label, (hole, arrive, leave) in first.items():
            stays.append(Stay(label, place((SOURCE, label)), 0, leave - 1))
            home = second.get(label)
            if home is not None:
                stays.append(Stay(label, place(hole), arrive, home[2] - 1))
                hole, arrive, leave = home
            stays.append(Stay(label, place(hole), arrive, d))
        for token, neuron in self.neuron.items():
            if token[0] == SPARE and token[1] < 0:
                label = ~token[1]
                stays.append(Stay(label, neuron, 0, d))
        pairs = []
        for hole, helper, freed, arrive in helped:
            if arrive > 1:
                pairs.append(Together(arrive - 1, place(hole), place(helper)))
            if arrive < d:
                pairs.append(Together(arrive, place(freed), place(helper)))
        return Schedule(d, stays, pairs)


def _match(options: list[dict[tuple[int, int], int]]) -> list[tuple[int, int]] | None:
    """Choose a different key for every dict, or return None where that is impossible."""
    if not options:
        return []
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    keys = {key: n for n, key in enumerate({key: None for option in options for key in option})}
    if not keys:
        return None
    columns = [keys[key] for option in options for key in option]
    ends = np.cumsum([0, *map(len, options)])
    matrix = csr_array(
        (np.ones(len(columns), np.int8), columns, ends), shape=(len(options), len(keys))
    )
    match = maximum_bipartite_matching(matrix, perm_type="column")
    if (match < 0).any():
        return None
    names = list(keys)
    return [names[n] for n in match]
