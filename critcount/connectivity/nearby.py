"""The distance for a few neurons more than labels, at any width: a search from both ends.

Two configurations that meet differ in at most h = m - r neurons, taken or dropped, and in the
zero-type blocks. So a configuration at distance g from A lies on a walk to B of D steps only if
its costs to B (`critcount.connectivity.distances`) add up to at most h(D - g), and the search goes
on from such configurations alone.

**What cannot matter is left out.** Call a label idle when it has the same one neuron in A and
in B. The neurons of no idle label have all the changes that the costs count; a walk that touches
an idle label takes and drops it at least once, so it touches at most (hD - Σ cost)/2 of them. They
are all alike: all but so many can be left out, with their neurons. What is left has at most
h(D + 1) labels, whatever m is (*derived*; docs/connectivity.md has the proofs).
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from critcount._support import checks
from critcount._support.errors import SizeLimitError
from critcount.configurations.configuration import Configuration
from critcount.configurations.meeting import join
from critcount.connectivity.distances import Effort
from critcount.counting import layer

__all__ = ["kernel", "within"]

#: what a neuron costs when it is labelled t, and when it is zero-type; by its letter at the other
#: end: t, zero-type, another label
LABELLED, ZERO = (0, 1, 2), (1, 0, 1)
Word = tuple[int, ...]


class Kernel(NamedTuple):
    """Two words and their number of labels, after what cannot matter is left out."""

    one: Word
    two: Word
    r: int


class Parting(NamedTuple):
    """Parts of the neurons of a block of the join, the label's part 0, with their cost."""

    cost: int
    parts: tuple[int, ...]


class Joined(NamedTuple):
    """The neurons of a block of the join, with its label or -1, and what can be made of them."""

    label: int
    neurons: list[int]
    options: tuple[Parting, ...]

    @property
    def least(self) -> int:
        """The cost of the cheapest option."""
        return self.options[0].cost


def kernel(a: Configuration, b: Configuration, steps: int) -> Kernel:
    """Return two words and r with which d(A, B) ≤ steps is the same question.

    Parameters
    ----------
    a, b : Configuration
        For the same (r, m).
    steps : int

    Returns
    -------
    Kernel

    Notes
    -----
    Time O(m).

    Examples
    --------
    >>> a = Configuration.from_word([*range(100), 100, 101], 100)
    >>> b = Configuration.from_word([1, 0, *range(2, 100), 100, 101], 100)
    >>> kernel(a, b, 4)
    Kernel(one=(0, 1, 2, 3, 4, 5), two=(1, 0, 2, 3, 4, 5), r=4)
    """
    r, one, two = a.r, a.word, b.word
    sizes, others = Counter(one), Counter(two)
    idle = [
        i
        for i, (s, t) in enumerate(zip(one, two, strict=True))
        if s == t < r and sizes[s] == others[s] == 1
    ]
    out = set(idle[max(0, (a.m - r) * steps - _cost(one, two, r)) // 2 :])
    gone = {one[i] for i in out}
    left = [t for t in range(r) if t not in gone]
    name = {t: n for n, t in enumerate(left)} | {c: c - len(gone) for c in range(r, a.m)}
    first, second = (
        tuple(name[c] for i, c in enumerate(word) if i not in out) for word in (one, two)
    )
    return Kernel(first, second, len(left))


def _cost(one: Word, two: Word, r: int) -> int:
    """Return the sum of the costs of the neurons."""
    return sum((s < r) + (t < r) - 2 * (s == t < r) for s, t in zip(one, two, strict=True))


def within(a: Configuration, b: Configuration, steps: int, limit: int) -> bool:
    """Tell whether two configurations with m > r are at most so many steps apart.

    Parameters
    ----------
    a, b : Configuration
        For the same (r, m).
    steps : int
        At least 1.
    limit : int
        Most configurations that may be looked at.

    Returns
    -------
    bool

    Raises
    ------
    critcount.SizeLimitError
        When more would have to be looked at.

    Notes
    -----
    For every fixed h and number of steps in O(m): the search is in the kernel. The time grows
    with the r, m of the kernel like a power of h·steps.

    Examples
    --------
    >>> a = Configuration.from_word([*range(100), 100, 101], 100)
    >>> b = Configuration.from_word([1, 0, *range(2, 100), 100, 101], 100)
    >>> within(a, b, 3, 10_000), within(a, b, 4, 10_000)
    (False, True)
    """
    one, two, r = kernel(a, b, steps)
    h = len(one) - r
    checks.size(
        f"a search with {h} neurons more than labels",
        layer.T(1, h + 1),
        limit,
        f"partitions of {h + 1} neurons to go through",
        "raise limit",
    )
    budget = _Budget(limit)
    sides = [_Side(word, other, r) for word, other in ((one, two), (two, one))]
    if sides[0].start == sides[1].start:
        return True
    for _ in range(steps):
        side, other = sorted(sides, key=lambda s: len(s.front))
        if not side.front:
            return False
        # every step takes or drops h neurons at most
        if side.step(h * (steps - side.depth - 1), steps - side.depth - 1, other, budget):
            return True
    return False


class _Budget:
    """Configurations that may still be looked at."""

    def __init__(self, limit: int) -> None:
        self.limit, self.left = limit, limit

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise SizeLimitError(
                f"a search from both ends would look at more than {self.limit:,} "
                "configurations: raise limit"
            )


class _Side:
    """What is reached from one end, step by step, and can still reach the other."""

    def __init__(self, start: Word, target: Word, r: int) -> None:
        self.r, self.target = r, target
        self.start = _named(start, r)
        self.reached = {self.start}
        self.front = [self.start]
        self.depth = 0

    def step(self, most: int, left: int, other: _Side, budget: _Budget) -> bool:
        """Go one step on, to what costs `most`; tell whether the other side is met.

        `left`: steps that are left, after this one, from here to the other end.
        """
        found: list[Word] = []
        for word in self.front:
            for near in _neighbours(word, self.target, self.r, most, budget):
                if near in other.reached:
                    return True
                if near not in self.reached:
                    self.reached.add(near)
                    found.append(near)
        self.front = [word for word in found if self.may_arrive(word, left)]
        self.depth += 1
        return False

    def may_arrive(self, word: Word, steps: int) -> bool:
        """Tell whether the lower bound of the distance does not forbid it."""
        one, two = (Configuration._canonical(letters, self.r) for letters in (word, self.target))
        return one.meets(two) or Effort.of(one, two).lower <= steps


def _named(word: Sequence[int], r: int) -> Word:
    """Return the letters with every zero-type block named r + its smallest neuron."""
    first: dict[int, int] = {}
    return tuple(c if c < r else r + first.setdefault(c, i) for i, c in enumerate(word))


def _neighbours(word: Word, target: Word, r: int, most: int, budget: _Budget) -> Iterator[Word]:
    """Yield, each once, the words that meet a word and cost at most `most` to the target.

    They are made from the blocks of the join: every label has its own block and some zero-type
    blocks, other zero-type blocks are joined with one another, and in every block the neighbour
    is a partition that is connected with the word's.
    """
    blocks: dict[int, list[int]] = defaultdict(list)
    for i, letter in enumerate(word):
        blocks[letter].append(i)
    zeros = [block for letter, block in blocks.items() if letter >= r]

    def joined(label: int, some: tuple[int, ...]) -> Joined:
        """Return the block of the join that a label, or -1, and some zero-type blocks make."""
        parts = (
            [zeros[n] for n in some] if label < 0 else [blocks[label], *(zeros[n] for n in some)]
        )
        neurons = [i for part in parts for i in part]
        kinds = tuple(0 if target[i] == label else 1 if target[i] >= r else 2 for i in neurons)
        return Joined(label, neurons, _options(tuple(map(len, parts)), kinds, label >= 0))

    alone = [joined(t, ()) for t in range(r)]
    least = {}
    for t in range(r):  # what the neurons of a label cost at least, with any zero-type blocks
        kinds = [0 if target[i] == t else 1 if target[i] >= r else 2 for i in blocks[t]]
        least[t] = sum(min(LABELLED[kind], ZERO[kind]) for kind in kinds)

    Groups = list[tuple[int, tuple[int, ...]]]
    spare = most - sum(least.values())
    if spare < 0:
        return

    @functools.cache
    def owners(some: tuple[int, ...]) -> list[tuple[int, int]]:
        """Return the labels, or -1, that can have zero-type blocks, and at what waste."""
        budget.spend(1)
        wastes = [
            (label, joined(label, some).least - least.get(label, 0)) for label in range(-1, r)
        ]
        return [(label, waste) for label, waste in wastes if waste <= spare]

    def group(left: tuple[int, ...], labels: frozenset[int], room: int) -> Iterator[Groups]:
        """Yield how zero-type blocks are joined with labels and with one another."""
        if not left:
            yield []
            return
        first, *others = left
        for size in range(len(left)):
            for more in itertools.combinations(others, size):
                some = (first, *more)
                rest = tuple(n for n in others if n not in more)
                for label, waste in owners(some):
                    if waste <= room and label not in labels:
                        taken = labels | {label} if label >= 0 else labels
                        for groups in group(rest, taken, room - waste):
                            yield [(label, some), *groups]

    for groups in group(tuple(range(len(zeros))), frozenset(), spare):
        budget.spend(1)
        labels = {label for label, _ in groups}
        parts = [joined(label, some) for label, some in groups]
        parts += [alone[t] for t in range(r) if t not in labels]
        room = most - sum(part.least for part in parts)
        if room < 0:
            continue
        fixed = [part for part in parts if len(part.options) == 1]
        base = list(word)
        for part in fixed:
            _write(base, part.neurons, part.options[0].parts, part.label, r)
        free = [part for part in parts if len(part.options) > 1]
        for chosen in _choices([part.options for part in free], room):
            budget.spend(1)
            near = base.copy()
            for part, option in zip(free, chosen, strict=True):
                _write(near, part.neurons, option, part.label, r)
            yield tuple(near)


def _write(
    word: list[int], neurons: list[int], option: tuple[int, ...], label: int, r: int
) -> None:
    """Enter the parts of a block of the join into a word."""
    least: dict[int, int] = {}
    for i, part in zip(neurons, option, strict=True):
        least[part] = min(i, least.get(part, i))
    for i, part in zip(neurons, option, strict=True):
        word[i] = label if part == 0 else r + least[part]


def _choices(options: list[tuple[Parting, ...]], room: int) -> Iterator[list[tuple[int, ...]]]:
    """Yield one option of each that together cost at most `room` more than the cheapest."""
    if not options:
        yield []
        return
    first, *others = options
    for cost, option in first:
        more = cost - first[0].cost
        if more > room:
            break
        for rest in _choices(others, room - more):
            yield [option, *rest]


@functools.lru_cache(maxsize=1 << 16)
def _options(
    sizes: tuple[int, ...], kinds: tuple[int, ...], labelled: bool
) -> tuple[Parting, ...]:
    """Return the partitions that are connected with given blocks, the cheapest first.

    With a label one part, of number 0, has it; the others are zero-type, from 1 on.
    """
    found: list[Parting] = []
    for parts in _connected(sizes):
        for chosen in range(max(parts) + 1) if labelled else (-1,):
            option = tuple(0 if part == chosen else part + 1 for part in parts)
            cost = sum(
                (ZERO if part else LABELLED)[kind]
                for part, kind in zip(option, kinds, strict=True)
            )
            found.append(Parting(cost, option))
    found.sort()
    return tuple(found)


@functools.lru_cache(maxsize=256)
def _connected(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return the partitions of which the join with blocks of these sizes is one block."""
    n = sum(sizes)
    owner = np.repeat(np.arange(len(sizes)), sizes)

    def extend(parts: list[int], fresh: int) -> Iterator[tuple[int, ...]]:
        if len(parts) == n:
            if not any(join(owner, np.array(parts))):
                yield tuple(parts)
            return
        for part in range(fresh + 1):
            yield from extend([*parts, part], fresh + (part == fresh))

    return tuple(extend([], 0))
