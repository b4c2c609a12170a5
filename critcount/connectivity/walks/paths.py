"""A walk from one configuration to another, with no graph built.

In weight space, a walk A = A_0, A_1, …, A_d in the intersection graph is a path of zero loss: at
most d + 1 straight segments lead from any point of the first subspace to any point of the last.
"""

from __future__ import annotations

import contextlib
import gc
import math
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount.configurations import _drawing
from critcount.configurations.configuration import Configuration
from critcount.configurations.meeting import Join
from critcount.connectivity.answers import Bounds
from critcount.connectivity.distances import Ends, distance_bounds, pairs_of_layers
from critcount.connectivity.walks import _lanes, _placing, _planning, _proved, _small, _wide
from critcount.connectivity.walks._moving import find_moves
from critcount.connectivity.walks._schedule import Schedule, Stay, complete, is_walk
from critcount.families import NetworkConfiguration

__all__ = ["Step", "Walk", "path"]

#: Neurons × plans that are tried for a length before the next length is.
EFFORT = 400_000
#: Edges of the grid that planning may look at, for one walk.
EDGES = 200_000


class Step(NamedTuple):
    """What changes from one configuration of a walk to the next.

    Attributes
    ----------
    number : int
        The configuration reached, 1, …, length.
    dropped : tuple of (int, int)
        (neuron, label): neurons that were in K_label and become zero-type.
    taken : tuple of (int, int)
        (neuron, label): zero-type neurons that join K_label. None of them is dropped too.
    together : tuple of tuple of int
        The zero-type blocks of two neurons and more of the configuration reached; every other
        zero-type neuron is a block of its own.
    """

    number: int
    dropped: tuple[tuple[int, int], ...]
    taken: tuple[tuple[int, int], ...]
    together: tuple[tuple[int, ...], ...]

    def _repr_html_(self) -> str:
        return markup.record(self)


class Walk(Sequence[Step]):
    """A walk in the intersection graph: a sequence of steps, each made when it is asked for.

    Made by `path`. Two successive configurations meet. Memory: O(m + number of changes).

    Examples
    --------
    >>> a = Configuration.from_word([0, 1, 2], 2)
    >>> walk = path(a, Configuration.from_word([1, 0, 2], 2))
    >>> [c.word for c in walk.configurations()]
    [(0, 1, 2), (0, 1, 0), (2, 1, 0), (1, 1, 0), (1, 2, 0), (1, 0, 0), (1, 0, 2)]
    >>> walk[0]
    Step(number=1, dropped=(), taken=((2, 0),), together=())
    """

    def __init__(
        self, a: Configuration, b: Configuration, stays: Sequence[Stay], schedule: Schedule
    ) -> None:
        self._start, self._end = a, b
        self._length = schedule.length
        events = [(s.last + 1, s.neuron, s.label) for s in stays if s.last < schedule.length]
        self._dropped = _Events(events, 0)
        self._taken = _Events([(s.first, s.neuron, s.label) for s in stays if s.first], 1)
        self._together = _Events(list(schedule.pairs))
        self._bounds: Bounds | None = None

    def __len__(self) -> int:
        return self._length

    @property
    def start(self) -> Configuration:
        """The first configuration."""
        return self._start

    @property
    def end(self) -> Configuration:
        """The last configuration."""
        return self._end

    @property
    def bounds(self) -> Bounds:
        """Proved bounds of the distance of the ends, the length of this walk included."""
        if self._bounds is None:
            proved = distance_bounds(self._start, self._end)
            self._bounds = Bounds(proved.lower, min(proved.upper, self._length))
        return self._bounds

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        places = range(self._length)[index]
        if isinstance(places, range):
            return [self._step(k + 1) for k in places]
        return self._step(places + 1)

    def __iter__(self) -> Iterator[Step]:
        return (self._step(k) for k in range(1, self._length + 1))

    def _step(self, k: int) -> Step:
        if k == self._length:
            together = tuple(block for block in self._end.zero_blocks if len(block) > 1)
        else:
            together = _connected(self._together.at(k))
        return Step(k, self._dropped.at(k), self._taken.at(k), together)

    def configuration(self, index: int) -> Configuration:
        """Return the configuration that so many steps lead to, 0 ≤ index ≤ length.

        Time O(m + number of changes).

        Raises
        ------
        TypeError, ValueError
            When the index is no integer, or out of these bounds.
        """
        index = checks.integer("index", index, minimum=0, maximum=self._length)
        if index == 0:
            return self._start
        if index == self._length:
            return self._end
        letters = self._start.letters.astype(np.int64)
        letters[letters >= self._start.r] = -1
        # step by step a neuron is dropped before it is taken again
        changes = np.concatenate([self._dropped.until(index), self._taken.until(index)])
        changes = changes[np.argsort(changes[:, 0], kind="stable")]
        dropped = changes[:, 3] == 0
        letters[changes[:, 1]] = np.where(dropped, -1, changes[:, 2])
        return self._node(letters.tolist(), _connected(self._together.at(index)))

    def configurations(self) -> Iterator[Configuration]:
        """Yield the configurations from the first to the last, O(m) each."""
        yield self._start
        letters = [c if c < self._start.r else -1 for c in self._start.letters.tolist()]
        for step in self:
            if step.number == self._length:
                yield self._end
                break
            for neuron, _ in step.dropped:
                letters[neuron] = -1
            for neuron, label in step.taken:
                letters[neuron] = label
            yield self._node(letters, step.together)

    def _node(self, letters: list[int], together: tuple[tuple[int, ...], ...]) -> Configuration:
        """Return a configuration from its labels, -1 for zero-type neurons."""
        r, m = self._start.r, self._start.m
        word = [c if c >= 0 else r + i for i, c in enumerate(letters)]
        for block in together:
            for neuron in block:
                word[neuron] = r + m + block[0]
        return Configuration._canonical(word, r)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same ends and steps."""
        if not isinstance(other, Walk):
            return NotImplemented
        ends = (self._start, self._end, self._length)
        if ends != (other._start, other._end, other._length):
            return False
        return all(
            np.array_equal(a._table, b._table)
            for a, b in (
                (self._dropped, other._dropped),
                (self._taken, other._taken),
                (self._together, other._together),
            )
        )

    def __hash__(self) -> int:
        return hash((self._start, self._end, self._length))

    def _repr_svg_(self) -> str | None:
        if self._start.m > _drawing.MOST_CIRCLES or self._length > _drawing.MOST_CIRCLES:
            return None
        names = [f"step {number}" for number in range(self._length + 1)]
        return _drawing.drawing((c.word for c in self.configurations()), self._start.r, names)

    def __repr__(self) -> str:
        return f"<Walk of {self._length:,} steps, r={self._start.r} m={self._start.m}>"


class _Events:
    """(step, neuron, what) by step, in three arrays."""

    def __init__(self, events: Sequence[tuple[int, int, int]], kind: int = 0) -> None:
        table: npt.NDArray[np.int64] = np.array(events, np.int64).reshape(-1, 3)
        self._table = table[np.lexsort(table.T[::-1])]
        self._kind = kind

    def at(self, step: int) -> tuple[tuple[int, int], ...]:
        """Return (neuron, what) of one step."""
        low, high = np.searchsorted(self._table[:, 0], (step, step + 1))
        return tuple((x, y) for _, x, y in self._table[low:high].tolist())

    def until(self, step: int) -> npt.NDArray[np.int64]:
        """Return the rows (step, neuron, what, kind) as far as one step."""
        rows = self._table[: np.searchsorted(self._table[:, 0], step + 1)]
        return np.column_stack([rows, np.full(len(rows), self._kind, np.int64)])


def _connected(pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Return the blocks that pairs make, each ascending, by smallest neuron."""
    joined = Join()
    for x, y in pairs:
        joined.join(x, y)
    blocks: dict[Hashable, list[int]] = {}
    for neuron in sorted({x for pair in pairs for x in pair}):
        blocks.setdefault(joined.find(neuron), []).append(neuron)
    return tuple(map(tuple, blocks.values()))


@overload
def path(a: Configuration, b: Configuration) -> Walk: ...
@overload
def path(a: NetworkConfiguration, b: NetworkConfiguration) -> tuple[Walk, ...]: ...
def path(a: Ends, b: Ends) -> Walk | tuple[Walk, ...]:
    """Return a walk from one configuration to another in the intersection graph I(r, m).

    No graph is built, and nothing but the two configurations is looked at: from the proved
    lower bound of the distance on, a walk of each length is composed until that succeeds. See
    docs/connectivity.md for the construction, and for how long its walks are.

    Parameters
    ----------
    a, b : Configuration or NetworkConfiguration
        For the same (r, m).

    Returns
    -------
    Walk, or tuple of Walk
        Never longer than the proved upper bound of `distance_bounds`, and a shortest walk for
        m = r + 1. Its `bounds` tell when it is one elsewhere. Empty for a == b. For a network
        a walk for each hidden layer: all are walked at the same time, and those that have
        arrived stay, so their number of steps is the greatest.

    Raises
    ------
    TypeError, ValueError
        When a and b are no configurations for the same (r, m); when there is no walk: a ≠ b
        and m = r in a layer.

    See Also
    --------
    critcount.IntersectionGraph.shortest_path : a shortest walk, by search of the graph.
    critcount.connectivity.distance : how far they are apart.
    critcount.zero_loss_path : a way between two networks with weights.

    Notes
    -----
    Time nearly linear in m + number of changes: about 5 s for m = 10^5.

    Examples
    --------
    >>> a = Configuration.from_word([0, 1, 2, 2], 2)
    >>> walk = path(a, a.permute([1, 0, 2, 3]))
    >>> len(walk), walk.bounds
    (3, Bounds(lower=3, upper=3))
    >>> for step in walk:
    ...     print(step.number, step.dropped, step.taken, step.together)
    1 ((0, 0),) ((2, 0),) ((0, 3),)
    2 ((1, 1),) ((0, 1),) ((1, 3),)
    3 ((2, 0),) ((1, 0),) ((2, 3),)
    """
    ends = pairs_of_layers(a, b)
    if distance_bounds(a, b).lower == math.inf:
        raise ValueError(
            "there is no walk: for m = r every configuration is a component of its own"
        )
    walks = tuple(_walk(one, two) for one, two in ends)
    return walks if isinstance(a, NetworkConfiguration) else walks[0]


def _walk(a: Configuration, b: Configuration) -> Walk:
    proved = distance_bounds(a, b)
    one, two = a.letters.tolist(), b.letters.tolist()
    with _collector_paused():
        schedule = _schedule(one, two, a.r, int(proved.lower), int(proved.upper))
        return Walk(a, b, complete(schedule, one, two, a.r), schedule)


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cyclic collector from looking, again and again, through objects without cycles.

    It would take half the time for m = 10^5.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _schedule(a: Sequence[int], b: Sequence[int], r: int, lower: int, upper: int) -> Schedule:
    """Return the schedule of a walk whose length is between the bounds."""
    if upper < 2:
        return Schedule(upper, [], [])
    if r == 1:  # through the configuration without zero-type neurons
        ends = [
            Stay(0, i, min(s, 1), 2 - min(t, 1)) for i, (s, t) in enumerate(zip(a, b, strict=True))
        ]
        return Schedule(2, ends, [])
    moving = find_moves(a, b, r)
    work = _lanes.Work(a, b, r, moving)
    budget = _planning.Budget(EDGES)
    for length in range(lower, upper + 1):
        if length == 4:
            schedule = _wide.walk_by_triples(a, b, r, moving)
            if schedule is not None and is_walk(schedule, a, b, r):
                return schedule
        plans = work.plans(length)
        for _, plan in zip(range(max(2, EFFORT // len(a))), plans, strict=False):
            schedule = _placing.walk_by_placing(a, b, r, moving, work, length, plan)
            if schedule is not None:
                return schedule
        schedule = _planning.walk_by_plan(a, b, r, moving, length, budget)
        if schedule is not None:
            return schedule
    schedule = _proved.walk_of_proof(a, b, r, moving, work, upper)
    if schedule is None and r == 2 and upper == 4:
        schedule = _small.walk_by_search(a, b, r)
    if schedule is None:
        raise RuntimeError("no plan succeeded at the proved upper bound")
    return schedule
