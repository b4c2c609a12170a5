"""A type on a bounded domain: which neuron has its kink inside, and what the others are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

from critcount._support import checks
from critcount.configurations._signed_word import SignedWord
from critcount.counting.domains import DomainShape

__all__ = ["DomainExpansion", "SmoothPart"]

# what a neuron is on the domain
SmoothPart: TypeAlias = Literal["constant", "above", "below", "kink", "exponential"]
ALONE: tuple[SmoothPart, ...] = ("constant", "above", "below")
OF_PLUS, OF_MINUS, EXPONENTIAL = range(3)


@dataclass(frozen=True, order=True, repr=False)
class DomainExpansion(SignedWord):
    """What every neuron of a student is on a bounded domain; immutable, ordered by its word.

    Attributes
    ----------
    word : tuple of int
        One letter a neuron: 0 for a constant one (dead or idle), 1 and 2 for one that is linear
        since its argument is above or below the kink on all of the domain; 3b + 3, 3b + 4 and
        3b + 5 for one of block b that has its kink inside, with a positive sign, with a negative
        sign, or that is exponential, below the kink on all of the domain. Block t < r is the
        replication block of minimal neuron t, the others are zero-type blocks by first
        appearance; their first neuron is positive or they are exponential throughout.
    r : int
        Minimal width.

    Examples
    --------
    >>> element = DomainExpansion((3, 4, 1, 0, 6), 1)
    >>> element
    DomainExpansion(K0={+0, -1}, Z0={+4}, constant={3}, above={2})
    >>> element.smooth_parts
    ('kink', 'kink', 'above', 'constant', 'kink')
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        r = self.r
        seen: dict[int, set[int]] = {}
        for place, letter in enumerate(self.word):
            if letter < len(ALONE):
                continue
            block, aspect = divmod(letter - len(ALONE), 3)
            opened = r + sum(b >= r for b in seen)
            if block > opened or (block == opened and aspect == OF_MINUS):
                raise ValueError(
                    f"word[{place}] must open the zero-type block {opened} by the letter "
                    f"{3 * opened + 3} for a positive sign or {3 * opened + 5} for an exponential "
                    f"one, not {checks.show(letter)}"
                )
            if block < r and aspect == EXPONENTIAL:
                raise ValueError(
                    f"word[{place}] must be no exponential neuron of the replication block "
                    f"{block}: the teacher's kinks are inside the domain"
                )
            aspects = seen.setdefault(block, set())
            if aspects and (aspect == EXPONENTIAL) != (EXPONENTIAL in aspects):
                raise ValueError(
                    f"word[{place}] must be of the sort of its block {block}: with the kink "
                    "inside, or exponential"
                )
            aspects.add(aspect)
        self._require_labels(seen)

    @classmethod
    def from_parts(
        cls,
        blocks: Iterable[int],
        signs: Iterable[int],
        smooth_parts: Iterable[SmoothPart],
        r: int,
    ) -> Self:
        """Return the type of these blocks, signs and parts; block and sign count with a kink.

        >>> DomainExpansion.from_parts([0, 0, -1], [1, -1, 1], ["kink", "kink", "above"], 1).word
        (3, 4, 1)
        """
        numbers = checks.integers("blocks", blocks, minimum=-1)
        each, sorts = checks.integers("signs", signs), tuple(smooth_parts)
        if not len(numbers) == len(each) == len(sorts) or not set(each) <= {1, -1}:
            raise ValueError(
                "signs must be 1 or -1, and smooth_parts given, for each of the blocks"
            )
        word = []
        for block, sign, part in zip(numbers, each, sorts, strict=True):
            checks.choice("smooth_parts", part, (*ALONE, "kink", "exponential"))
            if part in ALONE:
                word.append(ALONE.index(part))
            elif block < 0:
                raise ValueError(f"blocks must say the block of a neuron of the part {part!r}")
            else:
                aspect = EXPONENTIAL if part == "exponential" else int(sign < 0)
                word.append(len(ALONE) + 3 * block + aspect)
        return cls(tuple(word), r)

    @property
    def blocks(self) -> tuple[int, ...]:
        """The block of every neuron, -1 for one that stands alone."""
        return tuple((letter - 3) // 3 if letter >= 3 else -1 for letter in self.word)

    @property
    def signs(self) -> tuple[int, ...]:
        """1 or -1 for every neuron, 1 where there is no kink inside."""
        return tuple(-1 if letter >= 3 and letter % 3 == OF_MINUS else 1 for letter in self.word)

    @property
    def smooth_parts(self) -> tuple[SmoothPart, ...]:
        """What every neuron is on the domain.

        "kink" when it has its kink inside, "constant", "above" or "below" when it is linear, or
        "exponential".
        """
        return tuple(
            ALONE[letter]
            if letter < len(ALONE)
            else "exponential"
            if letter % 3 == EXPONENTIAL
            else "kink"
            for letter in self.word
        )

    @property
    def shape(self) -> DomainShape:
        """How many blocks and lone neurons of each sort there are."""
        found: dict[int, set[int]] = {}
        for letter in self.word:
            if letter >= len(ALONE):
                found.setdefault((letter - 3) // 3, set()).add(letter % 3)
        copies = [found[t] for t in range(self.r)]
        others = [aspects for block, aspects in found.items() if block >= self.r]
        return DomainShape(
            sum(aspects == {OF_MINUS} for aspects in copies),
            sum(len(aspects) == 2 for aspects in copies),
            sum(aspects == {OF_PLUS} for aspects in others),
            sum(len(aspects) == 2 for aspects in others),
            sum(aspects == {EXPONENTIAL} for aspects in others),
            *(self.word.count(letter) for letter in range(len(ALONE))),
        )

    def __repr__(self) -> str:
        if self.m > 40:
            return f"<DomainExpansion r={self.r} m={self.m}>"
        parts: dict[str, list[str]] = {}
        order = sorted(range(self.m), key=lambda i: (self.blocks[i] < 0, self.blocks[i]))
        for i in order:
            block, part = self.blocks[i], self.smooth_parts[i]
            sign = ("+" if self.signs[i] > 0 else "-") if part == "kink" else ""
            name = part if block < 0 else f"K{block}" if block < self.r else f"Z{block - self.r}"
            if part == "exponential":
                name = f"E{block - self.r}"
            parts.setdefault(name, []).append(f"{sign}{i}")
        alone = [name for name in ALONE if name in parts]
        names = [name for name in parts if name not in alone] + list(alone)
        inside = ", ".join(f"{name}={{{', '.join(parts[name])}}}" for name in names)
        return f"DomainExpansion({inside})"

    def _names(self) -> tuple[SmoothPart, ...]:
        return self.smooth_parts
