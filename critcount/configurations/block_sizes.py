"""The sizes of the blocks of a configuration, which are what permutations leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from critcount._support import checks, markup

__all__ = ["Shape"]


class Shape(NamedTuple):
    """The block sizes of a configuration: what is left when neurons are indistinguishable.

    Two configurations for the same (r, m) have the same shape exactly when a permutation of
    the neurons takes one to the other.

    Attributes
    ----------
    replication : tuple of int
        The sizes of K_0, …, K_{r-1}, in the order of the labels.
    zero : tuple of int
        The sizes of the zero-type blocks, ascending.
    """

    replication: tuple[int, ...]
    zero: tuple[int, ...]

    @classmethod
    def of(cls, name: str, value: object) -> Shape:
        """Return a pair of size lists as a shape, validated; the zero-type sizes are sorted.

        Parameters
        ----------
        name : str
            The argument's name, for the message.
        value : pair of sequences of int
            Sizes of the replication blocks by label, sizes of the zero-type blocks in any
            order; all positive.

        Returns
        -------
        Shape

        Raises
        ------
        TypeError
            When it is no pair of sequences of integers.
        ValueError
            When it has not two parts or a size is not positive.

        Examples
        --------
        >>> Shape.of("shape", ([1, 2], [3, 1]))
        Shape(replication=(1, 2), zero=(1, 3))
        """
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise TypeError(
                f"{name} must be a pair of sequences of block sizes, not {checks.show(value)} "
                f"({type(value).__name__})"
            )
        if len(value) != 2:
            raise ValueError(
                f"{name} must have two parts, the sizes of the replication blocks and those of "
                f"the zero-type blocks, not {len(value)}"
            )
        return cls(
            checks.integers(f"{name}[0]", value[0], minimum=1),
            tuple(sorted(checks.integers(f"{name}[1]", value[1], minimum=1))),
        )

    def _repr_html_(self) -> str:
        return markup.record(self)
