"""The permutation points of a layer, as configurations with pairs."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from flint import fmpz

from critcount._support import checks
from critcount._support.numerals import factorial
from critcount._support.types import Words
from critcount.configurations.block_sizes import Shape
from critcount.counting import limits
from critcount.families import sampling
from critcount.families.single_layer import SingleLayer

__all__ = ["PermutationPoints"]


class PermutationPoints(SingleLayer):
    """The permutation points of order K of a layer of n neurons.

    Where K disjoint pairs of neurons collide: the configurations for (n - K, n) without
    zero-type blocks in which K replication blocks have two neurons and the rest one. At the
    point itself the two neurons of a pair share the outgoing weights in equal parts
    (Brea et al. 2019, arXiv 1907.02911).

    Parameters
    ----------
    n : int
        Width of the layer, at least 0.
    order : int
        K, at least 0. The family is empty for n < 2 K.
    shape : pair of sequences of int, optional
        Only the points with these block sizes: of the replication blocks by label, each 1 or
        2, and of the zero-type blocks, which is empty here.

    Raises
    ------
    TypeError
        When an argument is no integer, or the shape no pair of sequences of integers.
    ValueError
        When an argument is negative, or the shape is none of a point of this order.

    See Also
    --------
    critcount.count_permutation_points : how many a network has, at any size.
    critcount.permutation_point_factor : how many there are for each minimum.
    critcount.connectivity.ValleyGraph.pair_nodes : those of first order as nodes of a graph.
    critcount.landscape.permutation_point :
        one of a trained network, found by descent, with its Hessian.

    Examples
    --------
    >>> [c.word for c in PermutationPoints(3, 1)]
    [(0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0)]
    >>> PermutationPoints(10, 2).cardinality()
    25401600
    """

    def __init__(
        self, n: int, order: int, *, shape: Sequence[Sequence[int]] | None = None
    ) -> None:
        n = checks.integer("n", n, minimum=0)
        self._order = checks.integer("order", order, minimum=0)
        super().__init__(max(0, n - self._order), n, shape)

    @property
    def n(self) -> int:
        """Width of the layer."""
        return self._m

    @property
    def order(self) -> int:
        """Number of pairs, K."""
        return self._order

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name."""
        return {"n": self._m, "order": self._order, "shape": self._shape}

    def _count(self) -> int:
        n, order = self._m, self._order
        if n < 2 * order:
            return 0
        digits = limits.factorial_digits(n)
        advice = "the points of so wide a layer are more than can be counted"
        checks.size(
            "the number of words of this family", digits, limits.MAX_DIGITS, "digits", advice
        )
        return int(fmpz.bin_uiui(n - order, order) * (factorial(n) >> order))

    def _least(self) -> int:
        return 2 * self._order

    def _admits(self, shape: Shape) -> bool:
        # n - K blocks of n neurons, K of them pairs: the others have one neuron each
        return (
            not shape.zero
            and len(shape.replication) == self._m - self._order
            and shape.replication.count(2) == self._order
        )

    def _shapes(self) -> Iterator[Shape]:
        if self._m < 2 * self._order:
            return
        for pairs in itertools.combinations(range(self._r), self._order):
            sizes = [1] * self._r
            for label in pairs:
                sizes[label] = 2
            yield Shape(tuple(sizes), ())

    def _sample(self, rng: np.random.Generator, size: int) -> Words:
        return sampling.paired_words(self._m, self._order, rng, size)

    def _reader(self) -> _Pairs:
        return _Pairs(self._m, self._order)


# the labels not seen yet and those seen once, as sets of bits
PairedState: TypeAlias = tuple[int, int]


class _Pairs:
    """The words in which every letter comes once or twice, `order` of them twice."""

    def __init__(self, n: int, order: int) -> None:
        self.length = n
        self.alphabet = max(0, n - order)
        self.start: PairedState = ((1 << self.alphabet) - 1, 0)

    def moves(
        self, state: PairedState, left: int, above: int = -1
    ) -> list[tuple[int, PairedState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        unseen, once = state
        pairs = left > unseen.bit_count()
        moves = []
        for letter in range(above + 1, self.alphabet):
            bit = 1 << letter
            if unseen & bit:
                moves.append((letter, (unseen ^ bit, once | bit)))
            elif pairs and once & bit:
                moves.append((letter, (unseen, once ^ bit)))
        return moves

    def count(self, state: PairedState, left: int) -> int:
        """Return the number of completions."""
        unseen, once = state
        return int(_pair_completions(unseen.bit_count(), once.bit_count(), left))

    def cursor(self) -> _PairCursor:
        """Return a cursor before the first letter."""
        return _PairCursor(self)


class _PairCursor:
    """A place in such a word."""

    def __init__(self, automaton: _Pairs) -> None:
        self._seen = [0] * automaton.alphabet
        self._unseen = automaton.alphabet
        self._once = 0
        self._left = automaton.length

    def runs(self) -> Iterator[tuple[int, int, fmpz]]:
        """Yield (first letter, number of letters, completions of each)."""
        a, b, left = self._unseen, self._once, self._left - 1
        opening = _pair_completions(a - 1, b + 1, left) if a else fmpz(0)
        closing = _pair_completions(a, b - 1, left) if b else fmpz(0)
        for letter, times in enumerate(self._seen):
            if times < 2:
                yield letter, 1, closing if times else opening

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""
        if self._seen[letter]:
            self._once -= 1
        else:
            self._unseen -= 1
            self._once += 1
        self._seen[letter] += 1
        self._left -= 1


@functools.lru_cache(maxsize=1 << 14)
def _pair_completions(unseen: int, once: int, left: int) -> fmpz:
    """Return the number of words of `left` letters that see every unseen letter.

    Each unseen letter once or twice, each letter seen once at most once more. Of the
    ``left - unseen`` letters beyond the first ones, i go to letters seen once, and each of the
    others makes a pair: Σ_i C(once, i) C(unseen, q - i) left!/2^(q - i), q = left - unseen.
    """
    q = left - unseen
    total = fmpz(0)
    for i in range(max(0, q - unseen), min(once, q) + 1):
        total += fmpz.bin_uiui(once, i) * fmpz.bin_uiui(unseen, q - i) << i
    return total * factorial(left) >> q if q >= 0 else fmpz(0)
