"""Walks of a given length, by lanes: free neurons that serve one label after another.

Between its first and last vertex a walk has m - r neurons more than labels. A *lane* is one of
these, or two. In a lane of one, the hole takes a copy of a label in one step and the label's old
neuron, dropped in the next, is the new hole: two steps a hop. In a lane of two, a label hops at
once, connected by the second neuron, which is zero-type on both sides and shares a block with the
hole before and with the old neuron after: one step a hop. Both do half a hop a step and neuron.

A chain is served in order by the lane whose hole is the target of its first label. A cycle of n
labels takes n + 1 hops in any lane: its first label steps aside into the hole and comes home
last. So does a label in the middle of a chain that is cut in two, to be served by two lanes at
once, at the cost of one hop more.

In the first step the zero-type blocks are those of the start: each of them serves one label, and
a lane of two needs both its neurons in one block. Where a start fails these conditions a lane
begins a step later. At the end it is the same, seen backwards.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from critcount.connectivity.walks._moving import Moving

__all__ = [
    "ASIDE",
    "SOURCE",
    "SPARE",
    "TARGET",
    "Choices",
    "Lane",
    "Token",
    "Work",
    "find_ends",
    "holes",
    "label_of",
    "lay",
    "resolve",
]


class Choices(NamedTuple):
    """Choices that an attempt makes.

    Attributes
    ----------
    doubles : int
        The number of lanes of two neurons.
    single_hops, double_hops : int
        The most hops of a lane of one and of two.
    chains : int
        Of how many chains a lane of two takes the targets: 1, and a spare neuron, or 2, or 0.
    doubles_first : bool
        Lanes of two choose their neurons before the lanes of one.
    late : bool
        A lane of one that has to start early or end late ends late where it can.
    """

    doubles: int
    single_hops: int
    double_hops: int
    chains: int = 1
    doubles_first: bool = False
    late: bool = False


class Work:
    """The chains and cycles of a problem, sorted once for all plans.

    Attributes
    ----------
    chains : list of list of int
        The longest first; of the same length, those first that cannot start early or end late.
    jobs : list of list of int
        The hops of the cycles.
    hops : int
        Hops of all chains and cycles.
    h : int
        Neurons more than labels.
    """

    def __init__(self, a: Sequence[int], b: Sequence[int], r: int, moving: Moving) -> None:
        def ends_at_blocks(chain: list[int]) -> int:
            first, last = moving.targets[chain[0]][0], moving.sources[chain[-1]][0]
            return (a[first] >= r) + (b[last] >= r)

        self.h = len(a) - r
        self.chains = sorted(moving.chains, key=lambda c: (-len(c), ends_at_blocks(c)))
        self.jobs = [[*c, ~c[0]] for c in moving.cycles]
        self.hops = sum(map(len, self.chains)) + sum(map(len, self.jobs))
        self.spare = self.h - len(self.chains)
        self._lengths = np.array([len(c) for c in self.chains], np.int64)

    def plans(self, length: int) -> Iterator[Choices]:
        """Yield the plans of walks of `length` steps that have enough room, in order.

        The first has only lanes of one neuron that neither start early nor end late; it
        succeeds from the proved upper bound of the distance on.
        """
        rooms = [
            Choices(doubles, single_hops, double_hops)
            for double_hops in (length - 2, length - 1, length)
            for single_hops in dict.fromkeys((length // 2 - 1, (length - 1) // 2, length // 2))
            for doubles in self._doubles(single_hops, double_hops)
            if doubles or double_hops == length - 2
        ]
        rooms = [plan for plan in rooms if self._fits(plan)]
        for doubles_first, chains, late in itertools.product(
            (False, True), (1, 2, 0), (False, True)
        ):
            for plan in rooms:
                if plan.doubles or (chains == 1 and not doubles_first):
                    yield plan._replace(chains=chains, doubles_first=doubles_first, late=late)

    def _doubles(self, single_hops: int, double_hops: int) -> list[int]:
        """Return numbers of lanes of two that are worth a plan."""
        long = int((self._lengths > single_hops).sum())
        tails = np.maximum(0, self._lengths - double_hops)
        cuts = int((-(-tails // max(1, double_hops - 1))).sum())
        numbers = (0, self.spare, long, long + cuts, self.h // 2, 1, 2, 3, 4)
        return [n for n in dict.fromkeys(numbers) if 0 <= n <= self.h // 2]

    def _fits(self, plan: Choices) -> bool:
        """Tell whether all hops, and the least number of cuts, fit into the lanes."""
        if not plan.single_hops and 2 * plan.doubles < len(self.chains):
            return False
        room = plan.doubles * plan.double_hops + (self.h - 2 * plan.doubles) * plan.single_hops
        own = self._lengths[: plan.doubles]
        cuts = int((own > plan.double_hops).sum())
        cuts += int(
            (self._lengths[plan.doubles :] > max(plan.single_hops, plan.double_hops)).sum()
        )
        return self.hops + cuts <= room


# What a lane's neuron is: the target or the source of a label, or a spare neuron; or, until all
# lanes are laid, the neuron onto which a label hops first.
TARGET, SOURCE, SPARE, ASIDE = range(4)
Token = tuple[int, int]


class Lane:
    """One or two neurons, and the labels that hop through them.

    Attributes
    ----------
    tokens, end : list
        What the neurons are before and after all hops, the hole first.
    hops : list of int
        Labels in the order of their hops. A label that stepped aside and comes home from there
        is written as its complement ~label.
    second : int
        The number of hops before those of the chain whose target is tokens[1], or -1.
    start : int
        The vertex at which the first hop begins.
    """

    __slots__ = ("end", "hops", "second", "start", "tokens")

    def __init__(self, tokens: list[Token], *jobs: list[int]) -> None:
        self.tokens = tokens
        self.hops = [hop for job in jobs for hop in job]
        self.second = len(jobs[0]) if len(jobs) == 2 else -1
        self.end: list[Token] = []
        self.start = 1

    @property
    def of_two(self) -> bool:
        return len(self.tokens) == 2


def lay(work: Work, plan: Choices) -> list[Lane] | None:
    """Share the hops out among lanes, cutting chains and cycles where a lane is full."""
    chains = work.chains
    spares = work.spare
    lanes: list[Lane] = []
    head, tail = 0, len(chains)
    for _ in range(plan.doubles):
        own = []
        if plan.chains and head < tail:
            own.append(chains[head])
            head += 1
        tokens = [(TARGET, c[0]) for c in own]
        while len(tokens) < 2:
            if spares and not (plan.chains == 2 and own and head < tail):
                spares -= 1
                tokens.append((SPARE, spares))
            elif own and head < tail:
                tail -= 1
                own.append(chains[tail])
                tokens.append((TARGET, own[-1][0]))
            else:
                return None
        lanes.append(Lane(tokens, *own))
    lanes += [Lane([(TARGET, c[0])], c) for c in chains[head:tail]]
    if not _fill(lanes, list(work.jobs), spares, plan):
        return None
    find_ends(lanes)
    return lanes


def _fill(lanes: list[Lane], jobs: list[list[int]], spares: int, plan: Choices) -> bool:
    """Cut what is too long for its lane, and put the jobs where there is room.

    A job goes into the fullest lane that has room for it; where there is none, into the
    emptiest, and what is too much of it becomes a new job. Every cut fills a lane, and a lane
    has at most one hop to spare that no job can use; so with L lanes of c hops all is placed
    when there are at most L c - (L - 1) hops. Lanes of one spare neuron are made when needed.
    """
    room: dict[int, list[Lane]] = defaultdict(list)
    for lane in lanes:
        capacity = plan.double_hops if lane.of_two else plan.single_hops
        if len(lane.hops) > capacity:
            if capacity - 1 < max(lane.second, 0):
                return False
            jobs.append(lane.hops[capacity - 1 :])
            lane.hops[capacity - 1 :] = [~lane.hops[capacity - 1]]
        else:
            room[capacity - len(lane.hops)].append(lane)
    if spares:
        room[plan.single_hops]  # of which there are `spares` more
    rooms = sorted(room)
    queue = [(-len(job), number, job) for number, job in enumerate(jobs)]
    heapq.heapify(queue)
    number = len(queue)
    while queue:
        _, _, job = heapq.heappop(queue)
        place = bisect.bisect_left(rooms, len(job))
        if place == len(rooms):
            if not rooms or rooms[-1] < 2:
                return False
            place -= 1
        free = rooms[place]
        if room[free]:
            lane = room[free].pop()
        else:
            spares -= 1
            lane = Lane([(SPARE, spares)])
            lanes.append(lane)
        if not room[free] and not (spares and free == plan.single_hops):
            del rooms[place], room[free]
        if free < len(job):
            lane.hops += [*job[: free - 1], ~job[free - 1]]
            job = job[free - 1 :]
            heapq.heappush(queue, (-len(job), number, job))
            number += 1
            free = 0
        else:
            lane.hops += job
            free -= len(job)
        if free not in room:
            bisect.insort(rooms, free)
        room[free].append(lane)
    return True


def find_ends(lanes: list[Lane]) -> None:
    """Set what the neurons of every lane are after its last hop."""
    aside: dict[int, Token] = {}
    for lane in lanes:
        lane.end = lane.tokens
        for hole, helper, hop, freed in holes(lane):
            if hop >= 0:
                aside[hop] = hole
            lane.end = [freed] if helper is None else [freed, helper]
    for lane in lanes:
        lane.end = [resolve(token, aside) for token in lane.end]


def holes(lane: Lane) -> Iterator[tuple[Token, Token | None, int, Token]]:
    """Yield (hole, helper, hop, what the hop frees) for every hop of a lane."""
    hole, helper = lane.tokens[0], lane.tokens[1] if lane.of_two else None
    for number, hop in enumerate(lane.hops):
        if number == lane.second and helper is not None:
            hole, helper = helper, hole
        freed = (SOURCE, hop) if hop >= 0 else (ASIDE, ~hop)
        yield hole, helper, hop, freed
        hole = freed


def resolve(token: Token, aside: dict[int, Token]) -> Token:
    while token[0] == ASIDE:
        token = aside[token[1]]
    return token


def label_of(hop: int) -> int:
    """Return the label of a hop."""
    return hop if hop >= 0 else ~hop
