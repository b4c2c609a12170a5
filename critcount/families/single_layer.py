"""What the families of configurations of one hidden layer have in common."""

from __future__ import annotations

from collections.abc import Iterator

from critcount.configuration import Configuration
from critcount.families.protocol import Family
from critcount.words import Words

__all__ = ["SingleLayer"]


class SingleLayer(Family[Configuration]):
    """A family of configurations with r labels and m neurons."""

    _r: int
    _m: int

    @property
    def r(self) -> int:
        """Number of replication blocks: the minimal width."""
        return self._r

    @property
    def m(self) -> int:
        """Number of neurons."""
        return self._m

    def __contains__(self, element: object) -> bool:
        return (
            isinstance(element, Configuration)
            and element.m == self._m
            and element.r == self._r
            and self._admits(element)
        )

    def _admits(self, configuration: Configuration) -> bool:
        """Tell whether a configuration for (r, m) obeys the restrictions."""
        raise NotImplementedError

    def _elements(self, block: Words) -> Iterator[Configuration]:
        return Configuration._from_rows(block, self._r)

    def _word(self, element: Configuration) -> list[int]:
        return element.letters.tolist()
