"""Short walks between few neurons, one label after another given the cheapest way that is left.

Prioritised planning, as for vehicles on a common timetable: a label's way is a path in the grid
of (vertex, neuron), from a neuron that carries the label at the start to one that does at the end.
Along the grid it stays on a neuron, at a vertex it takes another neuron as well, and between two
vertices it hops, with a helper that is zero-type before and after. Each way is a cheapest path
(Dijkstra) that the ways planned before it allow; a label that finds none moves to the front of
the order, and planning starts again, a few times. It finds ways that lanes do not have: around
blocks of the ends that serve several neurons, or with a helper that changes. It is no complete
search: no way found proves nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from critcount.configurations.meeting import Join
from critcount.connectivity.walks._moving import Moving
from critcount.connectivity.walks._schedule import Schedule, Stay, Together, is_walk

__all__ = ["Budget", "walk_by_plan"]

#: neurons beyond these are left out
NEURONS = 16
#: labels that move, at most
LABELS = 8
#: times that planning starts again
RESTARTS = 6


class Costs(NamedTuple):
    """Prices that a label pays for what others could need.

    Attributes
    ----------
    helper : float
        A zero-type neuron kept for a hop, at one vertex.
    block : float
        A neuron of the zero-type block of an end that becomes the label's.
    leaving, coming : float
        Sitting on a neuron that another moving label leaves (dear at the beginning), or comes
        to (dear at the end).
    """

    helper: float
    block: float
    leaving: float
    coming: float


#: tried in turn
COSTS = (
    Costs(0.6, 0.1, 3.0, 0.0),
    Costs(1.5, 0.1, 0.0, 3.0),
    Costs(1.0, 0.5, 0.0, 0.0),
    Costs(1.0, 0.5, 1.5, 0.0),
    Costs(2.0, 0.0, 3.0, 0.0),
    Costs(1.0, 0.0, 0.0, 3.0),
)


class Budget:
    """Work that may still be done, in edges of the grid that are looked at."""

    def __init__(self, edges: int) -> None:
        self.edges = edges


def walk_by_plan(
    a: Sequence[int], b: Sequence[int], r: int, moving: Moving, length: int, budget: Budget
) -> Schedule | None:
    """Return a walk of `length` steps, or None where none is found."""
    labels = [label for string in (*moving.cycles, *moving.chains) for label in string]
    if len(labels) > LABELS or length < 2:
        return None
    neurons = _neurons(a, b, r, moving)
    grid = _Ends(a, b, r, moving, neurons)
    for order in _orders(moving):
        for costs in COSTS:
            priority = order
            tried: set[tuple[int, ...]] = set()
            while tuple(priority) not in tried and len(tried) < RESTARTS and budget.edges > 0:
                tried.add(tuple(priority))
                timetable = _Timetable(grid, length, costs, budget)
                stuck = next((t for t in priority if not timetable.plan(t)), None)
                if stuck is None:
                    schedule = timetable.schedule()
                    if is_walk(schedule, a, b, r):
                        return schedule
                    break
                priority = [stuck, *(t for t in priority if t != stuck)]
    return None


def _orders(moving: Moving) -> Iterator[list[int]]:
    """Yield the labels in two orders: those that others wait for first, and last."""
    cycles = sorted(moving.cycles, key=len, reverse=True)
    chains = sorted(moving.chains, key=len, reverse=True)
    forward = [label for string in (*cycles, *chains) for label in string]
    yield forward
    backward = [label for string in (*cycles, *chains) for label in reversed(string)]
    if backward != forward:
        yield backward


def _neurons(a: Sequence[int], b: Sequence[int], r: int, moving: Moving) -> list[int]:
    """Return the neurons that may take part: those of moving labels first."""
    blocked = {n[0] for n in moving.settled if len(n) == 1}
    moves = [not n for n in moving.settled]

    def part(i: int) -> int:
        return -((a[i] < r and moves[a[i]]) + (b[i] < r and moves[b[i]]))

    free = [i for i in range(len(a)) if i not in blocked]
    if len(free) > NEURONS:
        free = sorted(free, key=lambda i: (part(i), i))[:NEURONS]
    return sorted(free)


class _End(NamedTuple):
    """One of the given configurations, on the neurons that take part.

    Of every neuron the letter, the size of its zero-type block, 0 where it has a label, and with
    how many it shares a label that moves, 0 where it has none.
    """

    letters: list[int]
    size: list[int]
    sharers: list[int]


class _Ends:
    """The two given configurations, on the neurons that take part, numbered 0, 1, ….

    `settled` is the label that a neuron carries at both ends, or -1.
    """

    def __init__(
        self, a: Sequence[int], b: Sequence[int], r: int, moving: Moving, neurons: list[int]
    ) -> None:
        self.r, self.neurons = r, neurons
        moves = [not n for n in moving.settled]

        def end(word: Sequence[int]) -> _End:
            row = [word[i] for i in neurons]
            return _End(
                row,
                [row.count(letter) if letter >= r else 0 for letter in row],
                [row.count(letter) if letter < r and moves[letter] else 0 for letter in row],
            )

        self.first, self.last = end(a), end(b)
        pairs = zip(self.first.letters, self.last.letters, strict=True)
        self.settled = [s if s == t < r else -1 for s, t in pairs]


class _Timetable:
    """The ways of the labels planned so far."""

    def __init__(self, ends: _Ends, length: int, costs: Costs, budget: Budget) -> None:
        self.ends, self.length, self.costs, self.budget = ends, length, costs, budget
        n = len(ends.neurons)
        self.range = range(n)
        # label on a neuron at a vertex, -1 where none, -2 where it is kept zero-type
        self.state = [[-1] * n for _ in range(length + 1)]
        self.joins = [Join() for _ in range(length + 2)]  # joins[k]: vertices k - 1 and k
        self.pairs: list[tuple[int, int, int]] = []
        for word, join in (
            (ends.first.letters, self.joins[1]),
            (ends.last.letters, self.joins[length]),
        ):
            first: dict[int, int] = {}
            for i, letter in enumerate(word):
                join.join(i, first.setdefault(letter, i))
                if letter < ends.r:
                    join.give(i, letter)
        for vertex, word in ((0, ends.first.letters), (length, ends.last.letters)):
            self.state[vertex] = [letter if letter < ends.r else -2 for letter in word]
        self.left = {t: ends.settled.count(t) for t in ends.settled if t >= 0}
        self.used = [False] * n

    def may_hold(self, vertex: int, i: int, label: int) -> bool:
        """Tell whether a label can sit on a neuron at a vertex."""
        state = self.state[vertex][i]
        if state != -1:
            return state == label
        return (
            self.joins[vertex].admits(i, label)
            and self.joins[vertex + 1].admits(i, label)
            and self.is_free(i)
        )

    def may_rest(self, vertex: int, i: int) -> bool:
        """Tell whether a neuron can be zero-type at a vertex."""
        return self.state[vertex][i] < 0 and self.is_free(i)

    def is_free(self, i: int) -> bool:
        """Tell whether a neuron need not stay with the label that it carries at both ends."""
        label = self.ends.settled[i]
        return label < 0 or self.used[i] or self.left[label] > 1

    def price(self, vertex: int, i: int, label: int) -> float:
        """Return what sitting on a neuron at a vertex costs."""
        d, ends, costs = self.length, self.ends, self.costs
        if vertex in (0, d):
            return 0.0
        price = 1.0
        if vertex == 1:
            price += costs.block * ends.first.size[i]
        if vertex == d - 1:
            price += costs.block * ends.last.size[i]
        if ends.first.letters[i] != label:
            if ends.first.sharers[i]:
                price += costs.leaving * (d - vertex) / d / ends.first.sharers[i]
            if ends.last.sharers[i]:
                price += costs.coming * vertex / d / ends.last.sharers[i]
        return price

    def plan(self, label: int) -> bool:
        """Plan the way of a label; False where there is none."""
        d = self.length
        best: dict[tuple[int, int], float] = {}
        via: dict[tuple[int, int], tuple[int, int, int]] = {}  # vertex, neuron, helper or -1
        queue: list[tuple[float, int, int]] = []
        for i in self.range:
            if self.ends.first.letters[i] == label:
                best[0, i] = 0.0
                queue.append((0.0, 0, i))

        def reach(
            cost: float, vertex: int, i: int, origin: tuple[int, int], helper: int = -1
        ) -> None:
            if cost < best.get((vertex, i), float("inf")) - 1e-9:
                best[vertex, i] = cost
                via[vertex, i] = (*origin, helper)
                heapq.heappush(queue, (cost, vertex, i))

        while queue:
            cost, vertex, i = heapq.heappop(queue)
            if cost > best[vertex, i]:
                continue
            if vertex == d:
                return self.commit(label, i, via)
            here = (vertex, i)
            if self.may_hold(vertex + 1, i, label):
                reach(cost + self.price(vertex + 1, i, label), vertex + 1, i, here)
            if vertex:
                for j in self.range:
                    if j != i and self.may_hold(vertex, j, label):
                        reach(cost + self.price(vertex, j, label), vertex, j, here)
            for j, helper, extra in self.hops(label, vertex, i):
                price = cost + extra + self.price(vertex + 1, j, label)
                reach(price, vertex + 1, j, here, helper)
        return False

    def hops(self, label: int, vertex: int, i: int) -> Iterator[tuple[int, int, float]]:
        """Yield (neuron, helper, price) for the hops of a label from a neuron."""
        d, before, after = self.length, self.ends.first.letters, self.ends.last.letters
        join = self.joins[vertex + 1]
        if vertex + 1 < d and not self.may_rest(vertex + 1, i):
            return
        if vertex + 1 == d and after[i] < self.ends.r:
            return
        helpers = [
            w
            for w in self.range
            if w != i
            and self.may_rest(vertex, w)
            and self.may_rest(vertex + 1, w)
            and join.admits(w, label)
            and (
                self.joins[vertex + 2].compatible(i, w) if vertex + 1 < d else after[w] == after[i]
            )
        ]
        self.budget.edges -= len(self.range) * (1 + len(helpers))
        for j in self.range:
            if j == i or not self.may_hold(vertex + 1, j, label):
                continue
            if not self.may_rest(vertex, j) or not join.admits(j, label):
                continue
            prices = [
                (self.helper_price(vertex, j, w), w)
                for w in helpers
                if w != j
                and (self.joins[vertex].compatible(j, w) if vertex else before[w] == before[j])
            ]
            if prices:
                price, helper = min(prices)
                yield j, helper, price

    def helper_price(self, vertex: int, j: int, helper: int) -> float:
        costs, d = self.costs, self.length
        price = costs.helper * ((vertex > 0) + (vertex + 1 < d))
        if vertex == 0:
            price += costs.block * self.ends.first.size[helper]
        elif self.joins[vertex].label(helper) is not None and self.joins[vertex].label(j) is None:
            price += 0.1
        if vertex + 1 == d:
            price += costs.block * self.ends.last.size[helper]
        return price

    def commit(
        self, label: int, last: int, via: dict[tuple[int, int], tuple[int, int, int]]
    ) -> bool:
        """Enter the way that ends on neuron `last`; False where it gets in its own way."""
        here = (self.length, last)
        way = [here]
        while here in via:
            vertex, i, helper = via[here]
            if helper >= 0:
                join = self.joins[vertex + 1]
                if not self.rest(vertex, here[1], helper) or not self.rest(vertex + 1, i, helper):
                    return False
                if not all(join.give(x, label) for x in (i, here[1], helper)):
                    return False
            here = (vertex, i)
            way.append(here)
        return all(self.hold(vertex, i, label) for vertex, i in way)

    def rest(self, vertex: int, one: int, two: int) -> bool:
        """Keep two neurons zero-type, in one block, at a vertex."""
        if not 0 < vertex < self.length:
            return True
        for i in (one, two):
            if self.state[vertex][i] >= 0:
                return False
            self.use(i)
            self.state[vertex][i] = -2
        self.pairs.append((vertex, one, two))
        return self.joins[vertex].join(one, two) and self.joins[vertex + 1].join(one, two)

    def hold(self, vertex: int, i: int, label: int) -> bool:
        """Put a label on a neuron at a vertex."""
        if not 0 < vertex < self.length:
            return True
        if self.state[vertex][i] not in (-1, label):
            return False
        self.use(i)
        self.state[vertex][i] = label
        return self.joins[vertex].give(i, label) and self.joins[vertex + 1].give(i, label)

    def use(self, i: int) -> None:
        if not self.used[i]:
            self.used[i] = True
            if self.ends.settled[i] >= 0:
                self.left[self.ends.settled[i]] -= 1

    def schedule(self) -> Schedule:
        """Return the stays and pairs of the ways planned."""
        stays = []
        neurons, d = self.ends.neurons, self.length
        for i in self.range:
            if not self.used[i]:
                continue
            first = 0
            row = [
                self.state[k][i] if 0 < k < d else max(self.state[k][i], -1) for k in range(d + 1)
            ]
            for vertex in range(1, d + 2):
                if vertex > d or row[vertex] != row[first]:
                    if row[first] >= 0:
                        stays.append(Stay(row[first], neurons[i], first, vertex - 1))
                    first = vertex
        pairs = [Together(vertex, neurons[x], neurons[y]) for vertex, x, y in self.pairs]
        return Schedule(d, stays, pairs)
