"""What the types of one hidden layer have in common: a word, blocks and signs."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from critcount._support import checks
from critcount.configurations import _drawing

__all__ = ["SignedWord"]


@dataclass(frozen=True, order=True, repr=False)
class SignedWord(abc.ABC):
    """A word of letters for neurons, r of whose blocks are replication blocks."""

    word: tuple[int, ...]
    r: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", checks.integers("word", self.word, minimum=0))
        object.__setattr__(self, "r", checks.integer("r", self.r, minimum=0))

    @property
    def m(self) -> int:
        """Number of neurons."""
        return len(self.word)

    @property
    @abc.abstractmethod
    def blocks(self) -> tuple[int, ...]:
        """The block of every neuron, -1 for one outside all blocks."""

    @property
    @abc.abstractmethod
    def signs(self) -> tuple[int, ...]:
        """1 or -1 for every neuron."""

    def __str__(self) -> str:
        """Return the word as the command line writes it, for instance ``1,2,3,0``."""
        return ",".join(map(str, self.word))

    def _repr_svg_(self) -> str | None:
        if self.m > _drawing.MOST_CIRCLES:
            return None
        return _drawing.drawing([self.blocks], self.r, signs=[self.signs], alone=self._names())

    def _names(self) -> Sequence[str]:
        """Return what every neuron is that is in no block; idle where nothing is said."""
        return ()

    def _require_labels(self, blocks: Iterable[int]) -> None:
        """Raise ValueError unless every replication block is among these."""
        missing = set(range(self.r)).difference(blocks)
        if missing:
            raise ValueError(
                f"word must have a neuron of block {min(missing)}, below r = {self.r}"
            )
