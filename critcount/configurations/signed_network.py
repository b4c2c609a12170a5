"""A type for every hidden layer of a network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from critcount._support import checks
from critcount.configurations import _drawing
from critcount.configurations.signed import SignedExpansion
from critcount.counting.setting import TypeShape

__all__ = ["SignedNetworkExpansion"]


@dataclass(frozen=True, order=True)
class SignedNetworkExpansion:
    """One type with signs and idle neurons for every hidden layer, first to last.

    Ordered by the word.

    Parameters
    ----------
    layers : sequence of SignedExpansion
        At least one.

    Examples
    --------
    >>> element = SignedNetworkExpansion([SignedExpansion((1, 2), 1), SignedExpansion((0, 1), 1)])
    >>> element.word, str(element)
    ((1, 2, 0, 1), '1,2/0,1')
    """

    layers: tuple[SignedExpansion, ...]

    def __init__(self, layers: Sequence[SignedExpansion]) -> None:
        layers = tuple(layers)
        if not layers or not all(isinstance(part, SignedExpansion) for part in layers):
            raise TypeError(
                f"layers must be one or more signed expansions, not {checks.show(layers)}"
            )
        object.__setattr__(self, "layers", layers)

    @property
    def word(self) -> tuple[int, ...]:
        """The words of the layers, one after the other."""
        return tuple(itertools.chain.from_iterable(part.word for part in self.layers))

    @property
    def shape(self) -> tuple[TypeShape, ...]:
        """The shape of every layer."""
        return tuple(part.shape for part in self.layers)

    def __str__(self) -> str:
        """Return the words of the layers, for instance ``1,2/0,1``."""
        return "/".join(map(str, self.layers))

    def _repr_svg_(self) -> str | None:
        if any(part.m > _drawing.MOST_CIRCLES for part in self.layers):
            return None
        names = [f"layer {k}" for k in range(len(self.layers))]
        blocks, signs = zip(*((part.blocks, part.signs) for part in self.layers), strict=True)
        return _drawing.drawing(blocks, [part.r for part in self.layers], names, signs)
