"""What the families of configurations of one hidden layer have in common."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from critcount._support import checks, markup
from critcount._support.types import Words
from critcount.configurations.block_sizes import Shape
from critcount.configurations.configuration import Configuration
from critcount.counting import limits
from critcount.families import sampling, shaped
from critcount.families._kernel import Automaton, NoWords
from critcount.families.protocol import Family, generator

__all__ = ["Orbit", "SingleLayer"]


class Orbit(NamedTuple):
    """The configurations that permutations of the neurons make of one another.

    Attributes
    ----------
    representative : Configuration
        The first of them, in the order of the words.
    size : int
        How many they are.
    """

    representative: Configuration
    size: int

    def _repr_html_(self) -> str:
        return markup.record(self)


class SingleLayer(Family[Configuration]):
    """A family of configurations with r labels and m neurons, or those of one shape in it."""

    def __init__(self, r: int, m: int, shape: Sequence[Sequence[int]] | None) -> None:
        self._r, self._m = r, m
        self._shape = None if shape is None else self._fitting(Shape.of("shape", shape))

    @property
    def r(self) -> int:
        """Number of replication blocks: the minimal width."""
        return self._r

    @property
    def m(self) -> int:
        """Number of neurons."""
        return self._m

    @property
    def shape(self) -> Shape | None:
        """The shape, when it is fixed."""
        return self._shape

    def cardinality(self) -> int:
        """Return the exact number of configurations, in closed form."""
        if self._shape is None:
            return self._count()
        digits = limits.factorial_digits(self._m)
        advice = "configurations of so many neurons are more than can be counted"
        checks.size(
            "the number of words of this family", digits, limits.MAX_DIGITS, "digits", advice
        )
        return shaped.cardinality(self._shape)

    def orbits(self) -> Iterator[Orbit]:
        """Return an iterator over the orbits under the permutations of the neurons.

        There is one orbit for every shape. The sizes add up to the cardinality.

        Returns
        -------
        iterator of Orbit
            Ascending by representative.
        """
        shapes = self._shapes() if self._shape is None else iter([self._shape])
        return map(_orbit, shapes)

    def random_words(self, rng: np.random.Generator | int, size: int) -> Words:
        """Return `size` independent words, exactly uniform, as an array.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            The generator, or a seed for one.
        size : int
            How many, at least 0.

        Returns
        -------
        numpy.ndarray
            Shape (size, m).

        Raises
        ------
        ValueError
            When the family is empty.
        SizeLimitError
            When a word has more than 10,000 letters.
        """
        self._reading()
        if self._shape is None:
            return self._sample(generator(rng), size)
        return sampling.shaped_words(self._shape, generator(rng), size)

    def __contains__(self, element: object) -> bool:
        return (
            isinstance(element, Configuration)
            and element.m == self._m
            and element.r == self._r
            and self._admits(element.shape)
            and self._shape in (None, element.shape)
        )

    def from_word(self, word: str | Iterable[int]) -> Configuration:
        """Return the configuration of the family that has this word; ValueError if none."""
        configuration = Configuration.from_word(word, self._r)
        self._require(configuration)
        return configuration

    def _automaton(self) -> Automaton[Any]:
        if self._m < self._least():
            return NoWords(self._m)
        return self._reader() if self._shape is None else shaped.FixedShape(self._shape)

    def _elements(self, block: Words) -> Iterator[Configuration]:
        return Configuration._from_rows(block, self._r)

    def _word(self, element: Configuration) -> list[int]:
        return list(element.word)

    def _fitting(self, shape: Shape) -> Shape:
        """Return the shape of a configuration of the family, or raise ValueError."""
        if len(shape.replication) != self._r:
            raise ValueError(
                f"shape must have {self._r} replication blocks, not {len(shape.replication)}"
            )
        neurons = sum(shape.replication) + sum(shape.zero)
        if neurons != self._m:
            raise ValueError(
                f"shape must have {self._m} neurons in all, not {checks.show(neurons)}"
            )
        if not self._admits(shape):
            raise ValueError(f"shape must be one that the family has, not {checks.show(shape)}")
        return shape

    def _least(self) -> int:
        """Return the number of neurons below which the family is empty."""
        return self._r

    @abc.abstractmethod
    def _count(self) -> int:
        """Return the cardinality when the shape is free."""

    @abc.abstractmethod
    def _admits(self, shape: Shape) -> bool:
        """Tell whether the family has the configurations of a shape for (r, m)."""

    @abc.abstractmethod
    def _shapes(self) -> Iterator[Shape]:
        """Yield the shapes, ascending by the first configuration."""

    @abc.abstractmethod
    def _sample(self, rng: np.random.Generator, size: int) -> Words:
        """Return uniform words when the shape is free."""

    @abc.abstractmethod
    def _reader(self) -> Automaton[Any]:
        """Return the automaton when the shape is free."""


def _orbit(shape: Shape) -> Orbit:
    sizes = (*shape.replication, *reversed(shape.zero))
    word = np.repeat(np.arange(len(sizes)), sizes).tolist()
    return Orbit(Configuration.from_word(word, len(shape.replication)), shaped.cardinality(shape))
