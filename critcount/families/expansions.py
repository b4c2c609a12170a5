"""All configurations for (r, m): the subspaces of global minima."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from critcount._support import checks
from critcount._support.numerals import factorial
from critcount._support.types import Words
from critcount.configurations.block_sizes import Shape
from critcount.counting import layer
from critcount.counting.partitions import compositions, partitions
from critcount.families import sampling
from critcount.families.labelled import FixedZeros, FreeZeros
from critcount.families.single_layer import SingleLayer

__all__ = ["Expansions"]


class Expansions(SingleLayer):
    """The expansions (r, m): every way to expand an irreducible network from width r to m.

    The family of all configurations for (r, m), in the order of their words. Each stands for
    one affine subspace of global minima (Şimşek et al. 2021, arXiv 2105.12221).

    Parameters
    ----------
    r : int
        Minimal width, at least 0.
    m : int
        Width, at least 0. The family is empty for m < r.
    zero_blocks : int, optional
        Only the configurations with so many zero-type blocks.
    shape : pair of sequences of int, optional
        Only the configurations with these block sizes: of the replication blocks by label,
        and of the zero-type blocks. Rank and unrank then take time that grows faster than a
        power of m where the zero-type blocks have many different sizes.

    Raises
    ------
    TypeError
        When an argument is no integer, or the shape no pair of sequences of integers.
    ValueError
        When an argument is negative, the shape is none of a configuration for (r, m), or both
        restrictions are given.

    See Also
    --------
    critcount.T : their number for one hidden layer.
    critcount.NetworkExpansions : the same for several hidden layers.
    critcount.IntersectionGraph : which of them meet.
    critcount.embed : a network with weights on one of them.
    critcount.classify : on which of them a network lies.

    Examples
    --------
    >>> family = Expansions(1, 2)
    >>> list(family)
    [Configuration(K0={0, 1}), Configuration(K0={0}, Z0={1}), Configuration(K0={1}, Z0={0})]
    >>> Expansions(50, 1000).unrank(0).shape.replication[:3]
    (951, 1, 1)
    >>> Expansions(3, 8, zero_blocks=2).cardinality()
    63000
    >>> [(orbit.representative.word, orbit.size) for orbit in family.orbits()]
    [((0, 0), 1), ((0, 1), 2)]
    """

    def __init__(
        self,
        r: int,
        m: int,
        *,
        zero_blocks: int | None = None,
        shape: Sequence[Sequence[int]] | None = None,
    ) -> None:
        r = checks.integer("r", r, minimum=0)
        m = checks.integer("m", m, minimum=0)
        if zero_blocks is not None:
            zero_blocks = checks.integer("zero_blocks", zero_blocks, minimum=0)
            if shape is not None:
                raise ValueError("give zero_blocks or shape, not both")
        self._zero_blocks = zero_blocks
        super().__init__(r, m, shape)

    @property
    def zero_blocks(self) -> int | None:
        """The number of zero-type blocks, when it is fixed."""
        return self._zero_blocks

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name."""
        return {
            "r": self._r,
            "m": self._m,
            "zero_blocks": self._zero_blocks,
            "shape": self._shape,
        }

    def _count(self) -> int:
        j = self._zero_blocks
        if j is None:
            return layer.T(self._r, self._m)
        if self._m < self._r + j:
            return 0
        return int(layer.G(self._r + j, self._m) // factorial(j))

    def _least(self) -> int:
        return self._r + (self._zero_blocks or 0)

    def _admits(self, shape: Shape) -> bool:
        return self._zero_blocks in (None, len(shape.zero))

    def _shapes(self) -> Iterator[Shape]:
        j = self._zero_blocks
        for sizes in compositions(self._m, self._r, j or 0):
            for zero in partitions(self._m - sum(sizes), j):
                yield Shape(sizes, zero[::-1])

    def _sample(self, rng: np.random.Generator, size: int) -> Words:
        return sampling.labelled_words(self._r, self._m, self._zero_blocks, rng, size)

    def _reader(self) -> FreeZeros | FixedZeros:
        if self._zero_blocks is None:
            return FreeZeros(self._r, self._m)
        return FixedZeros(self._r, self._m, self._zero_blocks)
