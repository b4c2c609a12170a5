"""Ranges of tolerances at which the answer is the same, and the widest of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple, TypeVar

from critcount._support import markup

__all__ = ["HIGHEST_TOLERANCE", "LOWEST_TOLERANCE", "ToleranceRange", "common", "sweep", "widest"]

Key = TypeVar("Key", bound=Hashable)

STEPS = 8  # of a decade, to which the ends of a range are found
LOWEST_TOLERANCE = 1e-9  # exact constructions in float64 agree to this
HIGHEST_TOLERANCE = 0.1  # beyond it neurons are near that have nothing to do with one another


class ToleranceRange(NamedTuple):
    """A range of tolerances with one answer.

    Attributes
    ----------
    lowest, highest : float
        The smallest and the largest tolerance tried that give it.
    minimal : tuple of int
        The widths of the minimal network; empty where there is no answer.
    note : str
        Why there is none.
    """

    lowest: float
    highest: float
    minimal: tuple[int, ...]
    note: str = ""

    @property
    def decades(self) -> float:
        """How wide it is: the logarithm of `highest` to `lowest`, to the base 10."""
        return math.log10(self.highest / self.lowest)

    @property
    def middle(self) -> float:
        """The tolerance in its middle, on a logarithmic scale."""
        return math.sqrt(self.lowest * self.highest)

    def __str__(self) -> str:
        what = "-".join(map(str, self.minimal)) or "no answer"
        return f"{what} from {self.lowest:.0e} to {self.highest:.0e}"

    def _repr_html_(self) -> str:
        return markup.record(self)


def sweep(
    answer: Callable[[float], Key],
    lowest: float = LOWEST_TOLERANCE,
    highest: float = HIGHEST_TOLERANCE,
) -> list[tuple[float, float, Key]]:
    """Return the ranges of tolerances with one answer each, smallest first.

    Every decade is tried, and between two that differ the steps of an eighth of a decade
    that part them. An answer that comes and goes within a decade is not seen.

    Parameters
    ----------
    answer : callable
        Of a tolerance.
    lowest, highest : float
        Between which tolerances are tried.

    Returns
    -------
    list of (float, float, answer)

    Examples
    --------
    >>> [(f"{low:.0e}", f"{high:.0e}", key) for low, high, key in sweep(lambda t: t > 1e-4)]
    [('1e-09', '1e-04', False), ('1e-04', '1e-01', True)]
    """
    first, last = math.ceil(STEPS * math.log10(lowest)), math.floor(STEPS * math.log10(highest))
    known: dict[int, Key] = {}

    def at(place: int) -> Key:
        if place not in known:
            known[place] = answer(10.0 ** (place / STEPS))
        return known[place]

    def between(low: int, high: int) -> None:
        if high - low > 1 and at(low) != at(high):
            middle = (low + high) // 2
            at(middle)
            between(low, middle)
            between(middle, high)

    coarse = [*range(first, last, STEPS), max(first, last)]
    for place in coarse:
        at(place)
    for low, high in pairwise(coarse):
        between(low, high)
    found = []
    for key, run in groupby(sorted(known), key=known.__getitem__):
        places = list(run)
        found.append((10.0 ** (places[0] / STEPS), 10.0 ** (places[-1] / STEPS), key))
    return found


def widest(ranges: Sequence[ToleranceRange]) -> ToleranceRange | None:
    """Return the widest range that has an answer, of equal ones that of larger tolerances.

    >>> both = ToleranceRange(1e-9, 1e-7, (2, 4, 1)), ToleranceRange(1e-6, 1e-2, (2, 3, 1))
    >>> print(widest(both))
    2-3-1 from 1e-06 to 1e-02
    """
    answers = [found for found in ranges if found.minimal]
    return max(reversed(answers), key=lambda p: round(p.decades, 9), default=None)


def common(one: Sequence[ToleranceRange], two: Sequence[ToleranceRange]) -> list[ToleranceRange]:
    """Return where two networks have minimal networks of the same widths.

    >>> one = [ToleranceRange(1e-9, 1e-7, (2, 4, 1)), ToleranceRange(1e-6, 1e-2, (2, 3, 1))]
    >>> print(*common(one, [ToleranceRange(1e-5, 1e-1, (2, 3, 1))]))
    2-3-1 from 1e-05 to 1e-02
    """
    return [
        ToleranceRange(low, high, a.minimal)
        for a in one
        for b in two
        if a.minimal
        and a.minimal == b.minimal
        and (low := max(a.lowest, b.lowest)) <= (high := min(a.highest, b.highest))
    ]
