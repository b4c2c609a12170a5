"""The critical subspaces that contain local minima."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from flint import fmpz

from critcount._support import checks
from critcount._support.numerals import factorial
from critcount._support.types import Words
from critcount.configurations.block_sizes import Shape
from critcount.counting import plateaus
from critcount.counting.partitions import compositions
from critcount.families import sampling
from critcount.families._kernel import Cursor, MovesCursor
from critcount.families.single_layer import SingleLayer

__all__ = ["Plateaus"]


class Plateaus(SingleLayer):
    """The critical subspaces (r, m) in which some neurons of the critical point have no copy.

    Above a local minimum with one output those are the subspaces with local minima, when the
    neurons without a copy are the ones whose matrix S has both signs (derived; see
    `critcount.counting.plateaus`).

    Parameters
    ----------
    r : int
        Width of the critical point, at least 0.
    m : int
        Width, at least 0.
    single : iterable of int
        The neurons without a copy, from 0.
    shape : pair of sequences of int, optional
        Only the configurations with these block sizes; the zero-type blocks are none.

    Raises
    ------
    TypeError
        When an argument is no integer, or the shape no pair of sequences of integers.
    ValueError
        When an argument is negative, there is no such neuron, or the shape is none of the family.

    See Also
    --------
    critcount.count_plateaus : their number, from the neurons' signs.
    critcount.landscape.critical_subspace_inertia : the Hessian at a point of one of them.
    critcount.count_plateau_regions : in how many connected regions the minima lie.
    critcount.CriticalSubspaces : all critical subspaces, with local minima or without.
    critcount.landscape.along_critical_line : the loss across one of them.

    Examples
    --------
    >>> [c.word for c in Plateaus(2, 3, single=[1])]
    [(0, 0, 1), (0, 1, 0), (1, 0, 0)]
    >>> Plateaus(3, 100, single=[0]).cardinality() == plateaus.count_plateaus(2, 1, 100)
    True
    """

    def __init__(
        self,
        r: int,
        m: int,
        *,
        single: Iterable[int] = (),
        shape: Sequence[Sequence[int]] | None = None,
    ) -> None:
        r = checks.integer("r", r, minimum=0)
        numbers = checks.integers("single", single, minimum=0)
        for number in numbers:
            if number >= r:
                raise ValueError(
                    f"single must be neurons below r = {checks.show(r)}, not {checks.show(number)}"
                )
        self._single = tuple(sorted(set(numbers)))
        super().__init__(r, checks.integer("m", m, minimum=0), shape)

    @property
    def single(self) -> tuple[int, ...]:
        """The neurons without a copy."""
        return self._single

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name."""
        return {"r": self._r, "m": self._m, "single": self._single, "shape": self._shape}

    def _count(self) -> int:
        s = len(self._single)
        return plateaus.count_plateaus(self._r - s, s, self._m)

    def _admits(self, shape: Shape) -> bool:
        return not shape.zero and all(shape.replication[t] == 1 for t in self._single)

    def _shapes(self) -> Iterator[Shape]:
        s = len(self._single)
        if self._m < s:
            return
        for sizes in compositions(self._m - s, self._r - s, None):
            rest = iter(sizes)
            yield Shape(tuple(1 if t in self._single else next(rest) for t in range(self._r)), ())

    def _sample(self, rng: np.random.Generator, size: int) -> Words:
        s = len(self._single)
        if not self._count():
            raise ValueError(f"there is no plateau to draw for r = {self._r}, m = {self._m}")
        copied = [t for t in range(self._r) if t not in self._single]
        inner = sampling.labelled_words(len(copied), self._m - s, 0, rng, size)
        order = rng.permuted(np.tile(np.arange(self._m), (size, 1)), axis=1)
        rest = np.sort(order[:, s:], axis=1)
        words = np.empty((size, self._m), self._dtype())
        np.put_along_axis(words, rest, np.asarray(copied, self._dtype())[inner], axis=1)
        np.put_along_axis(words, order[:, :s], np.asarray(self._single, self._dtype()), axis=1)
        return words

    def _reader(self) -> _Once:
        return _Once(self._r, self._m, self._single)


# the letters not seen yet that come once, and those that may come again, as sets of bits
PlateauState: TypeAlias = tuple[int, int]


class _Once:
    """The words with all letters below r in which some letters come once."""

    def __init__(self, r: int, m: int, single: Iterable[int]) -> None:
        self.length = m
        self.alphabet = r
        self._once = sum(1 << t for t in single)
        self.copied = r - self._once.bit_count()
        self.start: PlateauState = (self._once, ((1 << r) - 1) ^ self._once)

    def moves(
        self, state: PlateauState, left: int, above: int = -1
    ) -> list[tuple[int, PlateauState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        found = []
        for letter in range(above + 1, self.alphabet):
            after = self._after(state, letter)
            if after is not None and self.count(after, left - 1):
                found.append((letter, after))
        return found

    def count(self, state: PlateauState, left: int) -> int:
        """Return the number of completions."""
        once, missing = state
        return int(_completions(once.bit_count(), missing.bit_count(), self.copied, left))

    def cursor(self) -> Cursor:
        """Return a cursor before the first letter."""
        return MovesCursor(self)

    def _after(self, state: PlateauState, letter: int) -> PlateauState | None:
        once, missing = state
        bit = 1 << letter
        if self._once & bit:
            return (once ^ bit, missing) if once & bit else None
        return once, missing & ~bit


@functools.lru_cache(maxsize=1 << 14)
def _completions(once: int, missing: int, copied: int, left: int) -> fmpz:
    """Return how many words of `left` letters have the letters that are to come.

    Those that come once in any places, then words over the `copied` letters with all the missing
    ones: left!/(left - once)! Σ_i (-1)^i C(missing, i) (copied - i)^(left - once).
    """
    free = left - once
    if free < missing:
        return fmpz(0)
    total = fmpz(0)
    for i in range(missing + 1):
        total += fmpz(-1) ** i * fmpz.bin_uiui(missing, i) * fmpz(copied - i) ** free
    return total * factorial(left) // factorial(free)
