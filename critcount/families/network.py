"""Expansions of a network with several hidden layers: one configuration per layer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from flint import fmpz

from critcount._support import checks, markup
from critcount._support.types import Words
from critcount.architecture import Architecture, ArchitectureLike, as_architecture
from critcount.configurations import _drawing
from critcount.configurations._words import letters_of
from critcount.configurations.configuration import Configuration, Shape
from critcount.counting.network import dimension, layer_pairs
from critcount.families._kernel import Automaton, Cursor
from critcount.families.expansions import Expansions
from critcount.families.protocol import Family, generator

__all__ = ["NetworkConfiguration", "NetworkExpansions", "NetworkOrbit"]


@dataclass(frozen=True, order=True)
class NetworkConfiguration:
    """One configuration for every hidden layer of a network, first to last.

    Ordered by the word.

    Parameters
    ----------
    layers : sequence of Configuration
        At least one.

    Examples
    --------
    >>> c = NetworkConfiguration([Configuration.from_word([0, 1], 1)] * 2)
    >>> c.word
    (0, 1, 0, 1)
    >>> c.dimension(d_in=3, d_out=1)
    5
    """

    layers: tuple[Configuration, ...]

    def __init__(self, layers: Sequence[Configuration]) -> None:
        layers = tuple(layers)
        if not layers or not all(isinstance(c, Configuration) for c in layers):
            raise TypeError(
                f"layers must be one or more configurations, not {checks.show(layers)}"
            )
        object.__setattr__(self, "layers", layers)

    @classmethod
    def from_word(cls, word: str, minimal: int | Sequence[int]) -> NetworkConfiguration:
        """Return the configuration that a text spells.

        Parameters
        ----------
        word : str
            The word of every hidden layer, first to last, with a slash between them.
        minimal : int or sequence of int
            The minimal width of every layer; an int for a single one.

        Returns
        -------
        NetworkConfiguration

        Raises
        ------
        TypeError, ValueError
            When it is no text, when there are not as many minimal widths as words, or as
            `critcount.Configuration.from_word`.

        Examples
        --------
        >>> c = NetworkConfiguration.from_word("0,1,2/1,0", (2, 2))
        >>> c == NetworkConfiguration.from_word("012/10", (2, 2)), str(c)
        (True, '0,1,2/1,0')
        """
        if not isinstance(word, str):
            raise TypeError(
                f"word must be a text such as 012/102, not {checks.show(word)} "
                f"({type(word).__name__})"
            )
        words = word.split("/")
        given = [minimal] if isinstance(minimal, int) else minimal
        widths = checks.integers("minimal", given, minimum=0)
        if len(words) != len(widths):
            raise ValueError(
                f"word must have the letters of {len(widths)} hidden layers, as many as there are "
                f"minimal widths, not of {len(words)}, with a slash between them"
            )
        return cls([Configuration.from_word(w, r) for w, r in zip(words, widths, strict=True)])

    @property
    def word(self) -> tuple[int, ...]:
        """The words of the layers, one after the other."""
        return tuple(itertools.chain.from_iterable(c.word for c in self.layers))

    @property
    def shape(self) -> tuple[Shape, ...]:
        """The shape of every layer."""
        return tuple(c.shape for c in self.layers)

    def dimension(self, d_in: int, d_out: int) -> int:
        """Return the dimension of the affine subspace; see `critcount.dimension`.

        Parameters
        ----------
        d_in, d_out : int
            Incoming weights of a neuron of the first hidden layer, outgoing weights of a neuron
            of the last; at least 1.

        Returns
        -------
        int
        """
        architecture = Architecture([d_in, *(c.m for c in self.layers), d_out])
        return dimension(
            architecture,
            tuple(c.r for c in self.layers),
            tuple(len(c.zero_blocks) for c in self.layers),
        )

    def __str__(self) -> str:
        """Return the words of the layers, for instance ``0,1/1,0``."""
        return "/".join(map(str, self.layers))

    def _repr_svg_(self) -> str | None:
        if any(c.m > _drawing.MOST_CIRCLES for c in self.layers):
            return None
        names = [f"layer {k}" for k in range(len(self.layers))]
        return _drawing.drawing([c.word for c in self.layers], [c.r for c in self.layers], names)


class NetworkOrbit(NamedTuple):
    """The configurations that permutations inside the layers make of one another.

    Attributes
    ----------
    representative : NetworkConfiguration
        The first of them, in the order of the words.
    size : int
        How many they are.
    """

    representative: NetworkConfiguration
    size: int

    def _repr_html_(self) -> str:
        return markup.record(self)


class NetworkExpansions(Family[NetworkConfiguration]):
    """The expansions of a network: every way to expand each hidden layer.

    An element is one configuration per hidden layer, its word the words of the layers one
    after the other; so ranks are numbers in mixed radix, whose digits are the ranks of the
    layers, the first layer the most significant. For several layers the subspaces are derived
    layer by layer from those of Şimşek et al. 2021, arXiv 2105.12221.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        The widths of the network.
    minimal : int or sequence of int
        The minimal width of every hidden layer; an int for a single one. At least 1, or 0 for a
        single hidden layer.

    Raises
    ------
    TypeError, ValueError
        When a minimal width is missing, too many, or wider than its layer.

    See Also
    --------
    critcount.count_expansions : their number for any number of hidden layers.
    critcount.Expansions : the family of one hidden layer.
    critcount.embed : a network with weights on one of them.
    critcount.classify : on which of them a network lies.

    Examples
    --------
    >>> family = NetworkExpansions(Architecture.parse("2-3-3-1"), (2, 2))
    >>> family.cardinality()
    144
    >>> family.unrank(13).word
    (0, 1, 0, 0, 1, 0)
    >>> family.dimension(family.unrank(13))
    4
    """

    def __init__(self, architecture: ArchitectureLike, minimal: int | Sequence[int]) -> None:
        architecture = as_architecture(architecture)
        self._layers = tuple(
            Expansions(r, m) for r, m in layer_pairs(architecture, minimal, "minimal")
        )
        self._architecture = architecture

    @property
    def architecture(self) -> Architecture:
        """The widths of the network."""
        return self._architecture

    @property
    def minimal(self) -> tuple[int, ...]:
        """The minimal width of every hidden layer."""
        return tuple(layer.r for layer in self._layers)

    @property
    def layers(self) -> tuple[Expansions, ...]:
        """The family of every hidden layer."""
        return self._layers

    @property
    def m(self) -> int:
        """Number of hidden neurons: letters in a word."""
        return sum(layer.m for layer in self._layers)

    def parameters(self) -> dict[str, Any]:
        """Return the arguments that make this family, by name; the architecture as a text."""
        return {"architecture": str(self._architecture), "minimal": self.minimal}

    @classmethod
    def from_parameters(cls, parameters: dict[str, Any]) -> NetworkExpansions:
        """Return the family that has these `parameters`."""
        return cls(Architecture.parse(parameters["architecture"]), parameters["minimal"])

    def cardinality(self) -> int:
        """Return Π_k T(r_k, m_k)."""
        return math.prod(layer.cardinality() for layer in self._layers)

    def dimension(self, element: NetworkConfiguration) -> int:
        """Return the dimension of the affine subspace of an element.

        Parameters
        ----------
        element : NetworkConfiguration
            An element of the family.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            When it is not in the family.
        """
        self._require(element)
        return element.dimension(self._architecture.d_in, self._architecture.d_out)

    def orbits(self) -> Iterator[NetworkOrbit]:
        """Return an iterator over the orbits under the permutations inside every layer.

        There is one orbit for every choice of a shape in each layer. The sizes add up to the
        cardinality.

        Returns
        -------
        iterator of NetworkOrbit
            Ascending by representative.
        """
        return map(_orbit, _products([layer.orbits for layer in self._layers]))

    def random_words(self, rng: np.random.Generator | int, size: int) -> Words:
        """Return `size` independent words, exactly uniform, as an array of shape (size, m)."""
        self._reading()
        rng = generator(rng)
        blocks = [layer.random_words(rng, size) for layer in self._layers]
        return np.concatenate(blocks, axis=1).astype(self._dtype(), copy=False)

    def from_word(self, word: str | Iterable[int]) -> NetworkConfiguration:
        """Return the element that has this word, all layers one after the other.

        A text may have a slash between layers.

        >>> family = NetworkExpansions(Architecture.parse("2-2-2-1"), (1, 2))
        >>> family.from_word([0, 1, 1, 0]).layers
        (Configuration(K0={0}, Z0={1}), Configuration(K0={1}, K1={0}))
        >>> family.from_word("01/10") == family.from_word("0,1,1,0")
        True
        """
        if isinstance(word, str) and "/" in word:
            configuration = NetworkConfiguration.from_word(word, self.minimal)
            self._require(configuration)
            return configuration
        letters = letters_of(word)
        if len(letters) != self.m:
            raise ValueError(f"word must have {self.m} letters, not {len(letters)}")
        rest = iter(letters)
        return NetworkConfiguration(
            [layer.from_word(tuple(itertools.islice(rest, layer.m))) for layer in self._layers]
        )

    def __contains__(self, element: object) -> bool:
        return (
            isinstance(element, NetworkConfiguration)
            and len(element.layers) == len(self._layers)
            and all(c in layer for c, layer in zip(element.layers, self._layers, strict=True))
        )

    def __repr__(self) -> str:
        return f"NetworkExpansions({self._architecture!r}, {self.minimal})"

    def _automaton(self) -> _Layers:
        return _Layers(
            tuple(layer._automaton() for layer in self._layers),
            tuple(layer.cardinality() for layer in self._layers),
        )

    def _elements(self, block: Words) -> Iterator[NetworkConfiguration]:
        ends = np.cumsum([layer.m for layer in self._layers]).tolist()
        columns = [
            layer._elements(np.ascontiguousarray(block[:, end - layer.m : end]))
            for layer, end in zip(self._layers, ends, strict=True)
        ]
        return map(NetworkConfiguration, zip(*columns, strict=True))

    def _word(self, element: NetworkConfiguration) -> list[int]:
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


def _orbit(layers: tuple[Any, ...]) -> NetworkOrbit:
    return NetworkOrbit(
        NetworkConfiguration([orbit.representative for orbit in layers]),
        math.prod(orbit.size for orbit in layers),
    )


def _products(factors: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the tuples of `itertools.product`, calling every factor anew instead of keeping it."""
    chosen: list[Any] = []
    running = [factors[0]()]
    while running:
        del chosen[len(running) - 1 :]
        item = next(running[-1], None)
        if item is None:
            running.pop()
            continue
        chosen.append(item)
        if len(chosen) == len(factors):
            yield tuple(chosen)
        else:
            running.append(factors[len(chosen)]())
