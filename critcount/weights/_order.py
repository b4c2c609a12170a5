"""The orders in which matrices form one chain, as their numbers and shapes leave them open.

Take the widths as nodes and every matrix as an arrow from the width that it takes to the one
that it gives: a chain of all matrices is an Eulerian trail, and shapes alone determine the order
exactly when there is one trail. Matrices whose names differ in one number only are passed in the
order of the number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import NamedTuple, TypeAlias

from critcount.weights._names import Numbered, NumberKey, numbered

__all__ = ["MatrixEnds", "Orders", "chains", "orders", "queues"]

BRANCHES = 8  # matrices tried at one place
WORK = 200_000  # steps, and nodes looked at, before the search is given up
MOST_ORDERS = 6  # orders found before it ends


class MatrixEnds(NamedTuple):
    """How many outputs a matrix has, and how many inputs."""

    outputs: int
    inputs: int


# by the names of the matrices
EndShapes: TypeAlias = Mapping[str, MatrixEnds]


class Orders(NamedTuple):
    """The orders that are possible.

    Attributes
    ----------
    found : list of list of str
        No more than a few.
    complete : bool
        Whether these are all.
    """

    found: list[list[str]]
    complete: bool


def queues(names: Iterable[str]) -> list[list[str]]:
    """Return the names in groups, those of each in the order that their numbers tell.

    A group has one template and differs in one number, or in several that tell the same order.

    >>> queues(["l.10", "head", "l.2", "a.0.1", "a.0.0", "a.1.0", "w1b1", "w2b2"])
    [['l.2', 'l.10'], ['head'], ['a.0.0', 'a.0.1'], ['a.1.0'], ['w1b1', 'w2b2']]
    """
    groups: dict[str, list[Numbered]] = {}
    for entry in numbered(names):
        groups.setdefault(entry.template, []).append(entry)
    return [queue for group in groups.values() for queue in _ordered(group)]


def _ordered(group: list[Numbered]) -> Iterator[list[str]]:
    group = sorted(group, key=lambda entry: entry.numbers)
    columns = list(zip(*(entry.numbers for entry in group), strict=True))
    varying = [k for k, column in enumerate(columns) if len(set(column)) > 1]
    if len(group) == 1 or (varying and all(_increasing(columns[k]) for k in varying)):
        yield [entry.name for entry in group]
        return
    if len(varying) < 2:  # the same numbers, with other zeros before them
        yield from ([entry.name] for entry in group)
        return
    last = varying[-1]
    parts: dict[tuple[NumberKey, ...], list[Numbered]] = {}
    for entry in group:
        key = (*entry.numbers[:last], *entry.numbers[last + 1 :])
        parts.setdefault(key, []).append(entry)
    for part in parts.values():
        if _increasing([entry.numbers[last] for entry in part]):
            yield [entry.name for entry in part]
        else:
            yield from ([entry.name] for entry in part)


def _increasing(values: Sequence[NumberKey]) -> bool:
    return all(a < b for a, b in pairwise(values))


def chains(names: Sequence[str], ends: EndShapes) -> bool:
    """Return whether each matrix takes what the one before gives.

    >>> chains(["a", "b"], {"a": MatrixEnds(5, 2), "b": MatrixEnds(1, 5)})
    True
    """
    return all(ends[a].outputs == ends[b].inputs for a, b in pairwise(names))


def orders(groups: Sequence[Sequence[str]], ends: EndShapes) -> Orders:
    """Return orders of all matrices that form one chain and keep the order within every group.

    >>> orders([["a"], ["b"]], {"a": MatrixEnds(4, 4), "b": MatrixEnds(4, 4)})
    Orders(found=[['a', 'b'], ['b', 'a']], complete=True)
    >>> ends = {"a": MatrixEnds(2, 5), "b": MatrixEnds(6, 4), "c": MatrixEnds(5, 6)}
    >>> orders([["a"], ["b"], ["c"]], ends)
    Orders(found=[['b', 'c', 'a']], complete=True)
    """
    if len(groups) == 1:
        names = list(groups[0])
        return Orders([names] if chains(names, ends) else [], True)
    balance: Counter[int] = Counter()
    for gives, takes in (ends[name] for group in groups for name in group):
        balance[takes] += 1
        balance[gives] -= 1
    uneven = [width for width, excess in balance.items() if excess]
    if not uneven:
        starts = dict.fromkeys(ends[group[0]].inputs for group in groups)
    elif sorted(balance[width] for width in uneven) == [-1, 1]:
        starts = {width: None for width in uneven if balance[width] == 1}
    else:
        return Orders([], True)
    search = _Search(groups, ends)
    found: list[list[str]] = []
    for start in starts:
        found += islice(search.trails(start), MOST_ORDERS - len(found))
        if len(found) >= MOST_ORDERS or search.given_up:
            break
    return Orders(found, not search.given_up and len(found) < MOST_ORDERS)


class _Search:
    """A search for trails with a bounded amount of work."""

    def __init__(self, groups: Sequence[Sequence[str]], ends: EndShapes) -> None:
        self.groups, self.ends = groups, ends
        self.total = sum(map(len, groups))
        self.work = WORK + 4 * self.total
        self.given_up = False
        self.place = [0] * len(groups)
        self.heads: dict[int, dict[int, None]] = {}  # width: the groups whose next takes it
        self.arrows: dict[int, Counter[int]] = {}  # width: how often it leads to which
        for i, group in enumerate(groups):
            self.heads.setdefault(ends[group[0]].inputs, {})[i] = None
            for name in group:
                gives, takes = ends[name]
                self.arrows.setdefault(takes, Counter())[gives] += 1

    def trails(self, start: int) -> Iterator[list[str]]:
        way: list[str] = []
        taken: list[int] = []
        branches = [self._branches(start)]
        while branches:
            i = next(branches[-1], None)
            self.work -= 1
            if self.work < 0:
                self.given_up = True
                return
            if i is None:
                branches.pop()
                if taken:
                    self._back(taken.pop())
                    way.pop()
                continue
            name = self._take(i)
            way.append(name)
            taken.append(i)
            if len(way) == self.total:
                yield list(way)
                branches.append(iter(()))
            else:
                branches.append(self._branches(self.ends[name].outputs))

    def _branches(self, width: int) -> Iterator[int]:
        """Return the groups whose next matrix may follow at a width."""
        there = list(islice(self.heads.get(width, {}), BRANCHES + 1))
        if len(there) > BRANCHES:
            self.given_up = True
            there.pop()
        if len(there) < 2:
            return iter(there)
        return (i for i in there if self._reaches(width, self._ends(i).outputs))

    def _reaches(self, width: int, gives: int) -> bool:
        """Return whether all arrows left can be reached after one from width to gives."""
        self.arrows[width][gives] -= 1
        seen, queue = {gives}, [gives]
        for node in queue:
            for other, number in self.arrows.get(node, {}).items():
                if number and other not in seen:
                    seen.add(other)
                    queue.append(other)
            self.work -= 1
        left = {node for node, arrows in self.arrows.items() if any(arrows.values())}
        self.work -= len(self.arrows)
        self.arrows[width][gives] += 1
        return left <= seen

    def _ends(self, i: int) -> MatrixEnds:
        return self.ends[self.groups[i][self.place[i]]]

    def _take(self, i: int) -> str:
        name = self.groups[i][self.place[i]]
        gives, takes = self.ends[name]
        self.arrows[takes][gives] -= 1
        del self.heads[takes][i]
        self.place[i] += 1
        if self.place[i] < len(self.groups[i]):
            self.heads.setdefault(self._ends(i).inputs, {})[i] = None
        return name

    def _back(self, i: int) -> None:
        if self.place[i] < len(self.groups[i]):
            del self.heads[self._ends(i).inputs][i]
        self.place[i] -= 1
        gives, takes = self._ends(i)
        self.arrows[takes][gives] += 1
        self.heads.setdefault(takes, {})[i] = None
