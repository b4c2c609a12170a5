"""The distance of two configurations, exactly, and by which way it is known."""

from __future__ import annotations

import math

import numpy as np

from critcount._support import checks
from critcount._support.errors import SizeLimitError
from critcount._support.types import Words
from critcount.configurations.configuration import Configuration
from critcount.configurations.meeting import meeting
from critcount.connectivity.answers import Answer
from critcount.connectivity.distances import Ends, distance_bounds, pairs_of_layers
from critcount.connectivity.nearby import within
from critcount.connectivity.walks.paths import path
from critcount.counting import layer
from critcount.families import Expansions

__all__ = ["distance", "distance_with_reason"]

#: widths up to which the number of nodes is worked out at all
COUNTED_WIDTH = 64
#: words against which others are decided at once
ROWS = 32


def distance(a: Ends, b: Ends, *, limit: int = 100_000) -> float:
    """Return the distance of two configurations in the intersection graph.

    Parameters
    ----------
    a, b : Configuration or NetworkConfiguration
        For the same (r, m). With several hidden layers: the greatest distance of a layer.
    limit : int
        Most nodes of a graph that may be searched; in a larger graph, most configurations near
        the two ends that may be looked at.

    Returns
    -------
    int or float
        An int, or `math.inf` where no walk exists.

    Raises
    ------
    TypeError, ValueError
        When a and b are no configurations for the same (r, m).
    critcount.SizeLimitError
        When both searches would look at more than `limit`. `distance_bounds` and `path` still
        answer.

    See Also
    --------
    critcount.connectivity.distance_with_reason : the same, and by which way it is known.
    critcount.connectivity.distance_bounds : bounds of it, at any size.
    critcount.connectivity.path : a walk between two configurations, with no graph built.

    Examples
    --------
    >>> a = Configuration.from_word([0, 1, 2, 2], 2)
    >>> distance(a, a.permute([1, 0, 2, 3]))
    3
    """
    return distance_with_reason(a, b, limit=limit).value


def distance_with_reason(a: Ends, b: Ends, *, limit: int = 100_000) -> Answer[float]:
    """Return the distance of two configurations, and by which way it is known.

    Parameters
    ----------
    a, b, limit
        As in `distance`.

    Returns
    -------
    Answer
        By theorem: for a == b, for neighbours, for m ≤ r + 1, for r ≤ 1. By bound: where the walk
        of `path` attains the lower bound of `distance_bounds`. By search otherwise: of the
        whole graph while it has at most `limit` nodes, else among the configurations that are
        near enough to both ends (`critcount.connectivity.nearby`): for few neurons more than
        labels and short distances, at any width.

    Raises
    ------
    TypeError, ValueError, critcount.SizeLimitError
        As `distance`.

    Examples
    --------
    >>> a = Configuration.from_word([0, 1, 2, 2], 2)
    >>> print(distance_with_reason(a, a.permute([1, 0, 2, 3])))
    3 by bound: a walk of 3 steps attains the lower bound
    >>> print(distance_with_reason(a, Configuration.from_word([1, 0, 2, 3], 2)))
    4 by search: no shorter walk among the 62 nodes of I(2, 4)
    >>> a = Configuration.from_word([*range(1000), 1000, 1001], 1000)
    >>> print(distance_with_reason(a, Configuration.from_word([1, 0, *a.word[2:]], 1000)))
    4 by search: from both ends, no walk of 3 steps
    """
    limit = checks.integer("limit", limit, minimum=0)
    known: list[Answer[float]] = []
    bounds = [(distance_bounds(*ends), ends) for ends in pairs_of_layers(a, b)]
    for (lower, upper), ends in sorted(bounds, key=lambda x: -x[0].lower):
        if known and upper <= max(answer.value for answer in known):
            continue  # another layer is at least as far
        if lower == math.inf:
            known.append(Answer(math.inf, "theorem", "a and b differ, and m = r"))
        else:
            known.append(_distance(*ends, limit))
    return max(known, key=lambda answer: answer.value)


def _distance(a: Configuration, b: Configuration, limit: int) -> Answer[float]:
    if a == b:
        return Answer(0, "theorem", "a and b are the same")
    lower, upper = distance_bounds(a, b)
    if upper == 1:
        return Answer(1, "theorem", "a and b meet")
    if a.m == a.r + 1:
        return Answer(upper, "theorem", "the formula for m = r + 1")
    if a.r == 1:
        return Answer(2, "theorem", "all meet the configuration without zero-type neurons")
    steps = len(path(a, b))
    if steps == lower:
        return Answer(steps, "bound", f"a walk of {steps:,} steps attains the lower bound")
    name = f"I({a.r}, {a.m})"
    nodes = layer.T(a.r, a.m) if a.m <= COUNTED_WIDTH else limit + 1
    if nodes > limit:
        return _from_both_ends(a, b, int(lower), steps, limit)
    found = _search(a, b, steps - 1)
    if found == steps:
        because = f"no shorter walk among the {nodes:,} nodes of {name}"
    else:
        because = f"a shortest walk among the {nodes:,} nodes of {name}"
    return Answer(found, "search", because)


def _from_both_ends(
    a: Configuration, b: Configuration, lower: int, steps: int, limit: int
) -> Answer[float]:
    """Return the distance, between the lower bound and the length of a walk."""
    for most in range(lower, steps):
        try:
            found = within(a, b, most, limit)
        except SizeLimitError as error:
            raise SizeLimitError(
                f"{error}; the distance is between {most:,} and {steps:,}, see distance_bounds "
                "and path"
            ) from None
        if found:
            return Answer(most, "search", f"a walk of {most:,} steps, found from both ends")
    because = f"from both ends, no walk of {steps - 1:,} steps"
    return Answer(steps, "search", because)


class _Side:
    """What is reached from one end, step by step."""

    def __init__(self, words: Words, r: int, start: int) -> None:
        self.words, self.r = words, r
        self.reached = np.zeros(len(words), bool)
        self.reached[start] = True
        self.front = np.array([start])

    def step(self) -> None:
        rest = np.flatnonzero(~self.reached)
        before = rest
        for i in range(0, len(self.front), ROWS):
            rows = self.words[self.front[i : i + ROWS]]
            met = meeting(rows, self.words[rest], self.r).any(axis=0)
            rest = rest[~met]
        self.front = np.setdiff1d(before, rest, assume_unique=True)
        self.reached[self.front] = True


def _search(a: Configuration, b: Configuration, most: int) -> int:
    """Return the distance of a and b, or most + 1 when it is greater than `most`."""
    family = Expansions(a.r, a.m)
    words = family.words()
    sides = [_Side(words, a.r, family.rank(c)) for c in (a, b)]
    for steps in range(1, most + 1):
        side = min(sides, key=lambda s: len(s.front))
        side.step()
        if (sides[0].reached & sides[1].reached).any():
            return steps
    return most + 1
