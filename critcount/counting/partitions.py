"""Partitions and compositions of an integer: the sizes that blocks can have."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["compositions", "partitions"]


def compositions(total: int, parts: int, rest: int | None) -> Iterator[tuple[int, ...]]:
    """Yield the sizes of `parts` replication blocks among `total` neurons, largest first.

    Parameters
    ----------
    total, parts : int
        Numbers of neurons and of blocks.
    rest : int or None
        None when the blocks hold all neurons, else the fewest neurons that are left over.

    Yields
    ------
    tuple of int
        Positive sizes, in descending lexicographic order.

    Examples
    --------
    >>> list(compositions(4, 2, None)), list(compositions(3, 2, 0))
    ([(3, 1), (2, 2), (1, 3)], [(2, 1), (1, 2), (1, 1)])
    """
    most = total - (rest or 0)
    if most < parts or (parts == 0 and rest is None and total):
        return
    if parts == 0:
        yield ()
        return
    sizes = [most - parts + 1] + [1] * (parts - 1)
    last = parts - 2 if rest is None else parts - 1
    while True:
        yield tuple(sizes)
        place = next((i for i in range(last, -1, -1) if sizes[i] > 1), None)
        if place is None:
            return
        sizes[place] -= 1
        if place + 1 < parts:
            sizes[place + 1] = most - sum(sizes[: place + 1]) - (parts - place - 2)
            sizes[place + 2 :] = [1] * (parts - place - 2)


def partitions(total: int, parts: int | None) -> Iterator[tuple[int, ...]]:
    """Yield the partitions of an integer, into `parts` parts when that is fixed.

    Yields
    ------
    tuple of int
        Descending parts, in descending lexicographic order.

    Examples
    --------
    >>> list(partitions(4, None)), list(partitions(6, 3))
    ([(4,), (3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1)], [(4, 1, 1), (3, 2, 1), (2, 2, 2)])
    """
    if total < (parts or 0) or (parts == 0 and total):
        return
    sizes = _largest_parts(total, total, parts)
    while True:
        yield tuple(sizes)
        for place in range(len(sizes) - 1, -1, -1):
            cap, rest = sizes[place] - 1, sum(sizes[place:])
            room = None if parts is None else parts - place
            if cap and (room is None or rest <= cap * room):
                sizes[place:] = _largest_parts(rest, cap, room)
                break
        else:
            return


def _largest_parts(total: int, cap: int, parts: int | None) -> list[int]:
    """Return the lexicographically largest partition with parts of at most `cap`."""
    sizes: list[int] = []
    while total:
        needed = 0 if parts is None else parts - len(sizes) - 1
        sizes.append(min(cap, total - needed))
        total -= sizes[-1]
    return sizes
