"""A type of zero-loss networks: which neuron copies which, with which sign, and which are idle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from critcount._support import checks
from critcount.configurations._signed_word import SignedWord
from critcount.configurations.configuration import Configuration
from critcount.counting.setting import TypeShape

__all__ = ["SignedExpansion"]


@dataclass(frozen=True, order=True, repr=False)
class SignedExpansion(SignedWord):
    """An expansion with signs and idle neurons; immutable, ordered by its word.

    Attributes
    ----------
    word : tuple of int
        One letter a neuron: 0 for an idle one, 2b + 1 and 2b + 2 for one of block b of positive
        and of negative sign. Block t < r is the replication block of minimal neuron t, the
        others are zero-type blocks by first appearance, whose first neuron is positive.
    r : int
        Minimal width.

    Examples
    --------
    >>> element = SignedExpansion.from_parts([0, 0, 1, 1, -1], [1, -1, 1, 1, 1], r=1)
    >>> element
    SignedExpansion(K0={+0, -1}, Z0={+2, +3}, idle={4})
    >>> element.word, element.shape
    ((1, 2, 3, 3, 0), TypeShape(flipped=0, mixed=1, zero=1, mixed_zero=0, idle=1))
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        r = self.r
        opened = r
        for place, letter in enumerate(self.word):
            block = (letter - 1) // 2
            if letter and block >= opened:
                if letter != 2 * opened + 1:
                    raise ValueError(
                        f"word[{place}] must open the zero-type block {opened} with a positive "
                        f"sign, by the letter {2 * opened + 1}, not {checks.show(letter)}"
                    )
                opened += 1
        self._require_labels(self.blocks)

    @classmethod
    def from_parts(cls, blocks: Iterable[int], signs: Iterable[int], r: int) -> Self:
        """Return the expansion with these blocks, -1 for idle neurons, and signs."""
        numbers = checks.integers("blocks", blocks, minimum=-1)
        each = checks.integers("signs", signs)
        if len(each) != len(numbers) or not set(each) <= {1, -1}:
            raise ValueError("signs must be 1 or -1 for each of the blocks")
        pairs = zip(numbers, each, strict=True)
        return cls(tuple(0 if b < 0 else 2 * b + 1 + (s < 0) for b, s in pairs), r)

    @property
    def blocks(self) -> tuple[int, ...]:
        """The block of every neuron, -1 for idle ones."""
        return tuple((letter - 1) // 2 if letter else -1 for letter in self.word)

    @property
    def signs(self) -> tuple[int, ...]:
        """1 or -1 for every neuron, 1 for idle ones."""
        return tuple(-1 if letter and letter % 2 == 0 else 1 for letter in self.word)

    @property
    def shape(self) -> TypeShape:
        """How many blocks of each sort there are."""
        found: dict[int, set[int]] = {}
        for block, sign in zip(self.blocks, self.signs, strict=True):
            found.setdefault(block, set()).add(sign)
        idle = self.blocks.count(-1)
        copies = [found[t] for t in range(self.r)]
        others = [both for block, both in found.items() if block >= self.r]
        return TypeShape(
            sum(both == {-1} for both in copies),
            sum(len(both) == 2 for both in copies),
            sum(len(both) == 1 for both in others),
            sum(len(both) == 2 for both in others),
            idle,
        )

    def configuration(self) -> Configuration:
        """Return the expansion without signs, idle neurons as zero-type blocks of their own."""
        fresh = max(self.blocks, default=-1) + 1 + self.r
        letters = [b if b >= 0 else fresh + i for i, b in enumerate(self.blocks)]
        return Configuration.from_word(_renumbered(letters, self.r), self.r)

    def __repr__(self) -> str:
        if self.m > 40:
            return f"<SignedExpansion r={self.r} m={self.m}>"
        parts: dict[int, list[str]] = {}
        for i, (block, sign) in enumerate(zip(self.blocks, self.signs, strict=True)):
            parts.setdefault(block, []).append(f"{'+' if sign > 0 else '-'}{i}")
        idle = [text[1:] for text in parts.pop(-1, [])]
        named = [
            f"{f'K{b}' if b < self.r else f'Z{b - self.r}'}={{{', '.join(parts[b])}}}"
            for b in sorted(parts)
        ]
        if idle:
            named.append(f"idle={{{', '.join(idle)}}}")
        return f"SignedExpansion({', '.join(named)})"


def _renumbered(letters: Iterable[int], r: int) -> list[int]:
    numbers: dict[int, int] = {}
    return [b if b < r else numbers.setdefault(b, r + len(numbers)) for b in letters]
