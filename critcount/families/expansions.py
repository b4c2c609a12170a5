"""All configurations for (r, m): the subspaces of global minima."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import fmpz

from critcount import checks, counts
from critcount.configuration import Configuration
from critcount.families import sampling
from critcount.families.labelled import FixedZeros, FreeZeros
from critcount.families.protocol import generator
from critcount.families.single_layer import SingleLayer
from critcount.words import Words

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

    Examples
    --------
    >>> family = Expansions(1, 2)
    >>> list(family)
    [Configuration(K0={0, 1}), Configuration(K0={0}, Z0={1}), Configuration(K0={1}, Z0={0})]
    >>> Expansions(50, 1000).unrank(0).shape.replication[:3]
    (950, 1, 1)
    >>> Expansions(3, 8, zero_blocks=2).cardinality()
    63000
    """

    def __init__(self, r: int, m: int, *, zero_blocks: int | None = None) -> None:
        self._r = checks.integer("r", r, minimum=0)
        self._m = checks.integer("m", m, minimum=0)
        self._zero_blocks = (
            None if zero_blocks is None else checks.integer("zero_blocks", zero_blocks, minimum=0)
        )

    @property
    def zero_blocks(self) -> int | None:
        """The number of zero-type blocks when it is fixed."""
        return self._zero_blocks

    def parameters(self) -> dict[str, Any]:
        """Return the arguments that make this family, by name."""
        return {"r": self._r, "m": self._m, "zero_blocks": self._zero_blocks}

    def cardinality(self) -> int:
        """Return T(r, m), or (r+j)!/j! · S(m, r+j) when there are j zero-type blocks."""
        j = self._zero_blocks
        if j is None:
            return counts.T(self._r, self._m)
        return _with_zero_blocks(self._r, self._m, j)

    def random_words(self, rng: np.random.Generator | int, size: int) -> Words:
        """Return `size` independent, exactly uniform words, shape (size, m)."""
        return sampling.labelled_words(
            self._r, self._m, self._zero_blocks, generator(rng), size
        )

    def _automaton(self) -> FreeZeros | FixedZeros:
        if self._zero_blocks is None:
            return FreeZeros(self._r, self._m)
        return FixedZeros(self._r, self._m, self._zero_blocks)

    def _admits(self, configuration: Configuration) -> bool:
        return self._zero_blocks in (None, len(configuration.shape.zero))


def _with_zero_blocks(r: int, m: int, j: int) -> int:
    if m < r + j:
        return 0
    return int(fmpz.fac_ui(r + j) // fmpz.fac_ui(j) * fmpz.stirling_s2(m, r + j))
