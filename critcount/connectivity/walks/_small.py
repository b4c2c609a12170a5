"""Walks of four steps for two labels and at most seven neurons, through the whole graph.

Every I(2, m) with m ≥ 4 has the diameter 4, up to m = 7 by search (docs/connectivity.md); where no
plan finds such a walk, it is looked up.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from critcount._support.types import Words
from critcount.configurations.meeting import meeting
from critcount.connectivity.walks._schedule import Schedule, Stay, Together
from critcount.families import Expansions

__all__ = ["walk_by_search"]


def walk_by_search(a: Sequence[int], b: Sequence[int], r: int) -> Schedule:
    """Return a walk of four steps between two words; ValueError where there is none."""
    words = Expansions(r, len(a)).words()
    ends = np.array([a, b], words.dtype)
    near = meeting(ends, words, r)
    beyond = [meeting(words[reached], words, r).any(axis=0) for reached in near]
    middle = np.flatnonzero(beyond[0] & beyond[1])
    if not len(middle):
        raise ValueError("there is no walk of four steps")
    two = words[middle[0]]
    beside = meeting(two[None], words, r)[0]
    one, three = (words[np.flatnonzero(reached & beside)[0]] for reached in near)
    return _schedule([ends[0], one, two, three, ends[1]], r)


def _schedule(walk: Sequence[Words], r: int) -> Schedule:
    """Return the schedule of a list of words."""
    d = len(walk) - 1
    stays, pairs = [], []
    for i, letters in enumerate(np.array(walk).T.tolist()):
        vertex = 0
        for letter, run in itertools.groupby(letters):
            length = len(list(run))
            if letter < r:
                stays.append(Stay(letter, i, vertex, vertex + length - 1))
            vertex += length
    for vertex, word in enumerate(walk[1:-1], start=1):
        for letter in range(r, int(word.max()) + 1):
            block = np.flatnonzero(word == letter).tolist()
            pairs += [Together(vertex, x, y) for x, y in itertools.pairwise(block)]
    return Schedule(d, stays, pairs)
