"""Answers that say by which way they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from critcount._support import markup

__all__ = ["Answer", "Bounds"]

Numeric = TypeVar("Numeric", bound=float)


@dataclass(frozen=True)
class Answer(Generic[Numeric]):
    """A value, and how it is known.

    Attributes
    ----------
    value : int, bool or float
        The answer; `math.inf` for the distance of configurations that no walk connects.
    by : {"theorem", "search", "bound"}
        A theorem that holds at this size; a search of the graph itself; or a lower bound that a
        walk attains.
    because : str
        One line: which theorem, what was searched, which bound.

    Examples
    --------
    >>> answer = Answer(True, "theorem", "m > r")
    >>> bool(answer), answer.by, str(answer)
    (True, 'theorem', 'True by theorem: m > r')
    """

    value: Numeric
    by: Literal["theorem", "search", "bound"]
    because: str

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __str__(self) -> str:
        return f"{self.value} by {self.by}: {self.because}"

    def _repr_html_(self) -> str:
        return markup.record(self)


class Bounds(NamedTuple):
    """A lower and an upper bound, both attained by what they bound where they are equal.

    `math.inf` where no walk exists.
    """

    lower: float
    upper: float

    def _repr_html_(self) -> str:
        return markup.record(self)
