"""The configurations without zero-type blocks: the critical subspaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from critcount._support import checks
from critcount._support.types import Words
from critcount.configurations.block_sizes import Shape
from critcount.counting import layer
from critcount.counting.partitions import compositions
from critcount.families import sampling
from critcount.families.labelled import FixedZeros
from critcount.families.single_layer import SingleLayer

__all__ = ["CriticalSubspaces"]


class CriticalSubspaces(SingleLayer):
    """The critical subspaces (r, m) of one irreducible critical point of width r.

    The configurations without zero-type blocks: every neuron copies one of the r neurons of
    the critical point, with outgoing weights in proportion to its own. Each irreducible
    critical point, up to the order of its neurons, makes G(r, m) such subspaces in width m
    (Şimşek et al. 2021, arXiv 2105.12221).

    Parameters
    ----------
    r : int
        Width of the critical point, at least 0.
    m : int
        Width, at least 0. The family is empty for m < r.
    shape : pair of sequences of int, optional
        Only the configurations with these block sizes: of the replication blocks by label,
        and of the zero-type blocks, which is empty here.

    Raises
    ------
    TypeError
        When an argument is no integer, or the shape no pair of sequences of integers.
    ValueError
        When an argument is negative, or the shape is none of a critical subspace (r, m).

    See Also
    --------
    critcount.G : their number for one hidden layer.
    critcount.count_critical_subspaces : their number for any number of hidden layers.
    critcount.Expansions : the subspaces of global minima.
    critcount.Plateaus : those of them that contain local minima.
    critcount.landscape.critical_subspace_inertia : the Hessian at a point of one of them.

    Examples
    --------
    >>> [c.word for c in CriticalSubspaces(2, 3)]
    [(0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0)]
    """

    def __init__(self, r: int, m: int, *, shape: Sequence[Sequence[int]] | None = None) -> None:
        r = checks.integer("r", r, minimum=0)
        super().__init__(r, checks.integer("m", m, minimum=0), shape)

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name."""
        return {"r": self._r, "m": self._m, "shape": self._shape}

    def dimension(self) -> int:
        """Return the dimension of every critical subspace, m - r, whatever the output width.

        Inside a block the outgoing weights are one vector in proportions that add up to 1
        (derived).

        Raises
        ------
        ValueError
            When the family is empty.
        """
        if self._m < self._r:
            raise ValueError(f"the family of r = {self._r}, m = {self._m} is empty")
        return self._m - self._r

    def _count(self) -> int:
        return layer.G(self._r, self._m)

    def _admits(self, shape: Shape) -> bool:
        return not shape.zero

    def _shapes(self) -> Iterator[Shape]:
        for sizes in compositions(self._m, self._r, None):
            yield Shape(sizes, ())

    def _sample(self, rng: np.random.Generator, size: int) -> Words:
        return sampling.labelled_words(self._r, self._m, 0, rng, size)

    def _reader(self) -> FixedZeros:
        return FixedZeros(self._r, self._m, 0)
