"""Families of networks with several hidden layers: one element of a family for each layer."""

from __future__ import annotations

import abc
import itertools
import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from flint import fmpz

from critcount._support.types import Words
from critcount.architecture import Architecture
from critcount.configurations._words import letters_of
from critcount.families._kernel import Automaton, Cursor
from critcount.families.expansions import Expansions
from critcount.families.protocol import Family, generator
from critcount.families.signed import SignedExpansions

__all__ = ["Layered"]


class InLayers(Hashable, Protocol):
    """An element with a part for every hidden layer."""

    @property
    def layers(self) -> Sequence[Any]:
        """The element of every hidden layer."""

    @property
    def word(self) -> tuple[int, ...]:
        """The words of the layers, one after the other."""


Element = TypeVar("Element", bound=InLayers)
Layer = TypeVar("Layer", Expansions, SignedExpansions)


class Layered(Family[Element], Generic[Element, Layer]):
    """All choices of an element of each layer's family, in the order of their words."""

    _architecture: Architecture
    _layers: tuple[Layer, ...]

    @classmethod
    @abc.abstractmethod
    def _joined(cls, layers: Sequence[Any]) -> Element:
        """Return the element of these layers."""

    @classmethod
    @abc.abstractmethod
    def _is_element(cls, element: object) -> bool:
        """Tell whether an object is of the elements' class."""

    @property
    def architecture(self) -> Architecture:
        """The widths of the network."""
        return self._architecture

    @property
    def minimal(self) -> tuple[int, ...]:
        """The minimal width of every hidden layer."""
        return tuple(layer.r for layer in self._layers)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The family of every hidden layer."""
        return self._layers

    @property
    def m(self) -> int:
        """Number of hidden neurons: letters in a word."""
        return sum(layer.m for layer in self._layers)

    def cardinality(self) -> int:
        """Return the product of the layers' cardinalities."""
        return int(math.prod((fmpz(layer.cardinality()) for layer in self._layers), start=fmpz(1)))

    def random_words(self, rng: np.random.Generator | int, size: int) -> Words:
        """Return `size` independent words, exactly uniform, as an array of shape (size, m)."""
        self._reading()
        rng = generator(rng)
        blocks = [layer.random_words(rng, size) for layer in self._layers]
        return np.concatenate(blocks, axis=1).astype(self._dtype(), copy=False)

    def from_word(self, word: str | Iterable[int]) -> Element:
        """Return the element that has this word, all layers one after the other.

        A text may have a slash between layers.
        """
        if isinstance(word, str) and "/" in word:
            words = word.split("/")
            if len(words) != len(self._layers):
                raise ValueError(
                    f"word must have letters of {len(self._layers)} layers, slashes between them, "
                    f"as many as there are minimal widths, not {len(words)}"
                )
            pairs = zip(self._layers, words, strict=True)
            return self._joined([layer.from_word(text) for layer, text in pairs])
        letters = letters_of(word)
        if len(letters) != self.m:
            raise ValueError(f"word must have {self.m} letters, not {len(letters)}")
        rest = iter(letters)
        return self._joined(
            [layer.from_word(tuple(itertools.islice(rest, layer.m))) for layer in self._layers]
        )

    def __contains__(self, element: object) -> bool:
        if not self._is_element(element):
            return False
        parts: Sequence[Any] = element.layers  # type: ignore[attr-defined]
        return len(parts) == len(self._layers) and all(
            part in layer for part, layer in zip(parts, self._layers, strict=True)
        )

    def _automaton(self) -> _Layers:
        return _Layers(
            tuple(layer._automaton() for layer in self._layers),
            tuple(layer.cardinality() for layer in self._layers),
        )

    def _elements(self, block: Words) -> Iterator[Element]:
        ends = np.cumsum([layer.m for layer in self._layers]).tolist()
        columns = [
            layer._elements(np.ascontiguousarray(block[:, end - layer.m : end]))
            for layer, end in zip(self._layers, ends, strict=True)
        ]
        return map(self._joined, zip(*columns, strict=True))

    def _word(self, element: Element) -> list[int]:
        return list(element.word)


# which layer is being read, and the state in it
NetworkState: TypeAlias = tuple[int, Any]


class _Layers:
    """The words of several automata, one after the other."""

    def __init__(self, layers: tuple[Automaton[Any], ...], counts: tuple[int, ...]) -> None:
        self.layers = layers
        self.length = sum(layer.length for layer in layers)
        self.alphabet = max(layer.alphabet for layer in layers)
        self.start: NetworkState = (0, layers[0].start)
        # by layer: the letters and the words of all layers after it
        self.letters_after = tuple(
            sum(layer.length for layer in layers[k + 1 :]) for k in range(len(layers))
        )
        self.words_after = tuple(math.prod(counts[k + 1 :]) for k in range(len(layers)))

    def moves(
        self, state: NetworkState, left: int, above: int = -1
    ) -> list[tuple[int, NetworkState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        k, inner = state
        here = left - self.letters_after[k]
        moves = self.layers[k].moves(inner, here, above)
        if here == 1 and k + 1 < len(self.layers):
            return [(letter, (k + 1, self.layers[k + 1].start)) for letter, _ in moves]
        return [(letter, (k, after)) for letter, after in moves]

    def count(self, state: NetworkState, left: int) -> int:
        """Return the number of completions."""
        k, inner = state
        here = self.layers[k].count(inner, left - self.letters_after[k])
        return here * self.words_after[k]

    def cursor(self) -> _LayersCursor:
        """Return a cursor before the first letter."""
        return _LayersCursor(self)


class _LayersCursor:
    """A place in such a word."""

    def __init__(self, automaton: _Layers) -> None:
        self._automaton = automaton
        self._layer = 0
        self._left = automaton.layers[0].length
        self._cursor: Cursor = automaton.layers[0].cursor()

    def runs(self) -> Iterator[tuple[int, int, fmpz]]:
        """Yield (first letter, number of letters, completions of each)."""
        words_after = self._automaton.words_after[self._layer]
        for first, number, each in self._cursor.runs():
            yield first, number, each * words_after

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""
        self._cursor.step(letter)
        self._left -= 1
        if not self._left and self._layer + 1 < len(self._automaton.layers):
            self._layer += 1
            layer = self._automaton.layers[self._layer]
            self._cursor, self._left = layer.cursor(), layer.length
