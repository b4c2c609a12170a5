"""Sets of labels and of pairs of labels, mostly without sorting.

Labels are small whole numbers that lie close together, so a table of flags over their range tells
which occur. Where the range is wide they are sorted, which is quick where they are in order.
"""

from __future__ import annotations

import numpy as np

from critcount.models.labels import Labels

__all__ = ["are_distinct", "counted", "distinct", "grouped", "pairs", "ranked"]

#: A table of flags may have so many entries for each value.
ROOM = 8


def ranked(values: Labels) -> tuple[Labels, Labels]:
    """Return the distinct values in order, and the place of each value among them, flat.

    >>> ranked(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 0, 1]))
    """
    values = values.ravel()
    if not values.size:
        return values.astype(np.int64), np.zeros(0, np.int64)
    low = int(values.min())
    width = int(values.max()) - low + 1
    if width <= ROOM * values.size:
        flags = np.zeros(width, np.bool_)
        flags[values - low] = True
        found = np.flatnonzero(flags)
        place = np.empty(width, np.int64)
        place[found] = np.arange(len(found))
        return (found + low).astype(np.int64), place[values - low]
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    rank = np.empty(values.size, np.int64)
    rank[order] = np.cumsum(new) - 1
    return ordered[new].astype(np.int64), rank


def distinct(values: Labels) -> Labels:
    """Return the distinct values in order.

    >>> distinct(np.array([7, 3, 7]))
    array([3, 7])
    """
    return ranked(values)[0]


def counted(values: Labels) -> tuple[Labels, Labels]:
    """Return the distinct values in order, and how often each occurs.

    >>> counted(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 2]))
    """
    found, rank = ranked(values)
    return found, np.bincount(rank, minlength=len(found)).astype(np.int64)


def grouped(values: Labels) -> tuple[Labels, list[Labels]]:
    """Return the distinct values in order, and for each the places where it stands.

    >>> grouped(np.array([7, 3, 7]))
    (array([3, 7]), [array([1]), array([0, 2])])
    """
    found, rank = ranked(values)
    if len(found) <= np.iinfo(np.uint16).max:
        rank = rank.astype(np.uint16)  # sorted by counting, not by comparing
    order = np.argsort(rank, kind="stable")
    ends = np.cumsum(np.bincount(rank, minlength=len(found)))
    return found, np.split(order, ends)[:-1]


def are_distinct(values: Labels) -> bool:
    """Tell whether no value occurs twice.

    >>> are_distinct(np.array([7, 3, 7]))
    False
    """
    return len(distinct(values)) == values.size


def pairs(left: Labels, right: Labels) -> tuple[Labels, Labels, Labels]:
    """Return the distinct pairs in order, as two arrays, and the place of each pair among them.

    >>> pairs(np.array([7, 3, 7]), np.array([0, 1, 0]))
    (array([3, 7]), array([1, 0]), array([1, 0, 1]))
    """
    firsts, a = ranked(left)
    seconds, b = ranked(right)
    width = max(len(seconds), 1)
    found, place = ranked(a * width + b)
    return firsts[found // width], seconds[found % width], place
