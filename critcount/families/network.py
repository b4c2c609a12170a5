"""Expansions of a network with several hidden layers: one configuration per layer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from critcount._support import checks, markup
from critcount.architecture import Architecture, ArchitectureLike, as_architecture
from critcount.configurations import _drawing
from critcount.configurations.block_sizes import Shape
from critcount.configurations.configuration import Configuration
from critcount.counting.network import dimension, layer_pairs
from critcount.families.expansions import Expansions
from critcount.families.layered import Layered

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
                f"word must have letters of {len(widths)} layers, slashes between them, as many "
                f"as there are minimal widths, not {len(words)}"
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


class NetworkExpansions(Layered[NetworkConfiguration, Expansions]):
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
    critcount.connectivity.NetworkGraph : which of them meet.

    Examples
    --------
    >>> family = NetworkExpansions(Architecture.parse("2-3-3-1"), (2, 2))
    >>> family.cardinality()
    144
    >>> family.unrank(13).word
    (0, 1, 0, 0, 1, 0)
    >>> family.dimension(family.unrank(13))
    4
    >>> family.from_word("010/012") == family.from_word("0,1,0,0,1,2")
    True
    """

    def __init__(self, architecture: ArchitectureLike, minimal: int | Sequence[int]) -> None:
        architecture = as_architecture(architecture)
        self._layers = tuple(
            Expansions(r, m) for r, m in layer_pairs(architecture, minimal, "minimal")
        )
        self._architecture = architecture

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name; the architecture as a text."""
        return {"architecture": str(self._architecture), "minimal": self.minimal}

    @classmethod
    def from_parameters(cls, parameters: dict[str, Any]) -> NetworkExpansions:
        """Return the family that has these `parameters`."""
        return cls(Architecture.parse(parameters["architecture"]), parameters["minimal"])

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

    def __repr__(self) -> str:
        return f"NetworkExpansions({self._architecture!r}, {self.minimal})"

    @classmethod
    def _joined(cls, layers: Sequence[Configuration]) -> NetworkConfiguration:
        return NetworkConfiguration(layers)

    @classmethod
    def _is_element(cls, element: object) -> bool:
        return isinstance(element, NetworkConfiguration)


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
