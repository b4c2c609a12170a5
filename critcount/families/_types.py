r"""The words of types: letters that stand alone, and blocks with signs.

A letter below `singles` says what one neuron is that belongs to no block: idle, or on a bounded
domain of another part of the activation. The others belong to a block in one of its *aspects*: of
positive sign, of negative sign, or exponential. Read a word letter by letter, and let after a
prefix a labels be missing, p replication blocks have neurons of positive sign only, n of negative
sign only, x of both, z zero-type blocks be of one sign, w of both, v exponential, and L letters be
to come. With u = e^x - 1 the numbers of completions are L! [x^L] of the coefficients of

    (1 + u)^(p+n+z+v+2x+2w) u^a (1 + f + g u)^a (1 + g u)^p (f + g u)^n g^x
        (1 + h u)^z h^w e^(u + h u²/2),

f, g, h for a flipped block, a mixed replication block and a mixed zero-type block, times e^u where
there are exponential blocks (derived: a block of one sign gets letters of that sign, 1 + u, or of
both, (1 + u) u). Which f, g, h there may be is the family's to say; a letter that stands alone
counts no more than up to a bound of its own, and gives e^x, x, 1 or what is left.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from flint import fmpq_poly, fmpz

from critcount._support.numerals import factorial
from critcount.configurations.on_domain import EXPONENTIAL, OF_MINUS, OF_PLUS
from critcount.counting import _type_series, layer
from critcount.families._kernel import Cursor, MovesCursor

__all__ = ["ENOUGH", "TypeEnds", "TypeLetters", "TypeWords"]

# one neuron that stands alone may be another case than several, more are none
ENOUGH = 2
# two mixed zero-type blocks may be another case than several
MORE_PAIRS = 3

#: Numbers of completions that are kept.
MOST_KEPT = 1 << 16

# of every replication block 0 for none yet, else the sum of 1 and 2 for its signs; of every
# zero-type block 1, 3 or, when it is exponential, 4; how often each letter that stands alone is
# there, up to its bound
TypeState: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
# powers of x and of e^x, and the factor of the product
Factors: TypeAlias = dict[tuple[int, int], int]


class TypeEnds(NamedTuple):
    """What a finished word must be for its family, as far as families ask.

    Attributes
    ----------
    flipped, mixed : int
        Replication blocks of negative sign only, and of both signs.
    pairs : int
        Zero-type blocks of both signs, up to the bound of the family.
    alone : tuple of int
        How often each letter that stands alone is there, up to its bound.
    """

    flipped: int
    mixed: int
    pairs: int
    alone: tuple[int, ...]


class TypeLetters(NamedTuple):
    """The letters of the words of a family.

    Attributes
    ----------
    bounds : tuple of int or None
        For each letter that stands alone from where on more of it change nothing, at most
        `ENOUGH`; None where there is none.
    aspects : tuple of int
        Those that blocks have.
    width : int
        Letters of a block, more than the greatest aspect.
    zeros : bool
        Whether there are zero-type blocks.
    """

    bounds: tuple[int | None, ...]
    aspects: tuple[int, ...] = (OF_PLUS, OF_MINUS)
    width: int = 2
    zeros: bool = True


class Tally(NamedTuple):
    """How many blocks there are of every sort; letters that stand alone, letters to come."""

    missing: int
    plus: int
    minus: int
    mixed: int
    zero: int
    pairs: int
    exponential: int
    alone: tuple[int, ...]
    left: int


class TypeWords:
    """The words of the types whose ends a family admits.

    Parameters
    ----------
    r, m : int
    admits : callable
        Takes `TypeEnds`.
    letters : TypeLetters
    d_out : int
        Outputs: from as many mixed zero-type blocks on more change nothing.
    """

    def __init__(
        self,
        r: int,
        m: int,
        admits: Callable[[TypeEnds], bool],
        letters: TypeLetters,
        d_out: int,
    ) -> None:
        self._bounds, self._aspects, self._width, self._zeros = letters
        self.length, self.alphabet = m, len(self._bounds) + self._width * m
        self.start: TypeState = ((0,) * r, (), (0,) * len(self._bounds))
        self._most_pairs = max(MORE_PAIRS, d_out)
        self._admits = functools.cache(admits)
        self._kept: dict[Tally, int] = {}

    def moves(self, state: TypeState, left: int, above: int = -1) -> list[tuple[int, TypeState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        return [
            (letter, after)
            for letter, after in self._letters(state)
            if letter > above and self.count(after, left - 1)
        ]

    def count(self, state: TypeState, left: int) -> int:
        """Return the number of completions."""
        labels, zeros, alone = state
        missing, plus, minus, mixed = (labels.count(signs) for signs in range(4))
        zero, pairs, exponential = (zeros.count(signs) for signs in (1, 3, 4))
        tally = Tally(missing, plus, minus, mixed, zero, pairs, exponential, alone, left)
        if tally not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[tally] = self._number(tally)
        return self._kept[tally]

    def cursor(self) -> Cursor:
        """Return a cursor before the first letter."""
        return MovesCursor(self)

    def _letters(self, state: TypeState) -> Iterator[tuple[int, TypeState]]:
        """Yield what can be read next, whether or not it leads to an end."""
        labels, zeros, alone = state
        for letter, bound in enumerate(self._bounds):
            if bound is not None:
                yield letter, (labels, zeros, _put(alone, letter, min(alone[letter] + 1, bound)))
        fresh = (0,) if self._zeros else ()
        for block, signs in enumerate((*labels, *zeros, *fresh)):
            label, place = block < len(labels), block - len(labels)
            for aspect in self._aspects:
                if label and aspect == EXPONENTIAL:
                    continue
                if not label and not signs and aspect == OF_MINUS:
                    continue
                if signs and (aspect == EXPONENTIAL) != (signs == 1 << EXPONENTIAL):
                    continue
                after = signs | 1 << aspect
                letter = len(self._bounds) + self._width * block + aspect
                if label:
                    yield letter, (_put(labels, block, after), zeros, alone)
                else:
                    yield letter, (labels, (*zeros[:place], after, *zeros[place + 1 :]), alone)

    def _number(self, tally: Tally) -> int:
        left = tally.left
        if left < tally.missing:
            return 0
        weights = {(0, 0): 1}
        ends: list[tuple[tuple[int, ...], Factors]] = [((), weights)]
        for now, bound in zip(tally.alone, self._bounds, strict=True):
            ends = [
                ((*alone, final), _product(weights, factor))
                for alone, weights in ends
                for final, factor in _alone(now, bound)
            ]
        # alike but for what stands alone: their weights are added
        alike: dict[tuple[tuple[fmpz, ...], ...], Factors] = {}
        for alone, weights in ends:
            parts = self._parts(tally, alone)
            together = alike.setdefault(parts, {})
            for powers, factor in weights.items():
                together[powers] = together.get(powers, 0) + factor
        by_shift: dict[int, fmpq_poly] = {}
        for parts, together in alike.items():
            inner = self._inner(tally, parts)
            for (shift, power), factor in together.items():
                if factor and shift <= left:
                    term = factor * fmpq_poly([1, 1]).pow_trunc(power, left + 1) * inner
                    by_shift[shift] = by_shift.get(shift, fmpq_poly()) + term
        staying = tally.plus + tally.minus + tally.zero + tally.exponential
        outer = fmpq_poly([1, 1]).pow_trunc(staying + 2 * (tally.mixed + tally.pairs), left + 1)
        if self._zeros:
            outer = outer.mul_low(_exponential(self.length, 1), left + 1)
        if EXPONENTIAL in self._aspects:
            outer = outer.mul_low(_exponential(self.length, 1), left + 1)
        total = 0
        for shift, series in by_shift.items():
            whole = outer.mul_low(series, left + 1).left_shift(tally.missing)
            total += math.perm(left, shift) * _coefficient(whole, left - shift)
        return total

    def _parts(self, tally: Tally, alone: tuple[int, ...]) -> tuple[tuple[fmpz, ...], ...]:
        """Return polynomials in u of the replication blocks, by the mixed zero-type blocks.

        Of as many of them as there are, one more, …, and of all beyond the bound.
        """
        first = min(tally.pairs, self._most_pairs)
        last = self._most_pairs if self._zeros and OF_MINUS in self._aspects else first
        return tuple(
            self._replication(tally, pairs, alone) for pairs in range(first, max(first, last) + 1)
        )

    def _replication(self, tally: Tally, pairs: int, alone: tuple[int, ...]) -> tuple[fmpz, ...]:
        """Return the coefficients of u^k, k the blocks that become mixed, of admitted ends."""
        missing, plus, minus = tally.missing, tally.plus, tally.minus
        signs = OF_MINUS in self._aspects
        found = [fmpz(0)] * (missing + plus + minus + 1 if signs else 1)
        for flipped in range(missing + minus + 1 if signs else 1):
            for k in range(len(found)):
                if not self._admits(TypeEnds(flipped, tally.mixed + k, pairs, alone)):
                    continue
                for i in range(max(0, flipped - minus), min(flipped, missing) + 1):
                    stay = minus - flipped + i
                    if k >= stay:
                        found[k] += (
                            math.comb(missing, i)
                            * math.comb(minus, flipped - i)
                            * math.comb(missing - i + plus, k - stay)
                        )
        return tuple(found)

    def _inner(self, tally: Tally, parts: tuple[tuple[fmpz, ...], ...]) -> fmpq_poly:
        """Return the polynomial of the blocks that become mixed, zero-type ones with it."""
        terms = tally.left + 1
        last = fmpq_poly(list(parts[-1]))
        if not self._zeros or OF_MINUS not in self._aspects:
            return last
        every = fmpq_poly([1, 1]).pow_trunc(tally.zero, terms)
        inner = last.mul_low(every.mul_low(_exponential(self.length, 2), terms), terms)
        for more, part in enumerate(parts[:-1]):
            if part != parts[-1]:
                # of the new pairs i are of the z blocks of one sign
                pairs = fmpq_poly()
                for i in range(min(more, tally.zero) + 1):
                    new = more - i
                    term = fmpq_poly([math.comb(tally.zero, i)], factorial(new) << new)
                    pairs += term.left_shift(i + 2 * new)
                inner += (fmpq_poly(list(part)) - last).mul_low(pairs, terms)
        return inner


def _put(numbers: tuple[int, ...], place: int, number: int) -> tuple[int, ...]:
    return (*numbers[:place], number, *numbers[place + 1 :])


def _alone(now: int, bound: int | None) -> Iterator[tuple[int, Factors]]:
    """Yield (number at the end, its generating function), for a letter that stands alone."""
    if bound is None:
        yield 0, {(0, 0): 1}
        return
    rest: Factors = {(0, 1): 1}
    for final in range(now, bound):
        yield final, {(final - now, 0): 1}
        rest[final - now, 0] = -1
    yield bound, rest


def _product(first: Factors, second: Factors) -> Factors:
    found: Factors = {}
    for (a, b), (c, d) in itertools.product(first, second):
        found[a + c, b + d] = found.get((a + c, b + d), 0) + first[a, b] * second[c, d]
    return found


@functools.lru_cache(maxsize=8)
def _exponential(length: int, power: int) -> fmpq_poly:
    return _type_series.exponential(length + 1, power)


@functools.lru_cache(maxsize=1 << 9)
def _maps(left: int) -> tuple[fmpz, ...]:
    """Return left! [x^left] u^b for b = 0, …, left: the maps onto b things."""
    return tuple(factorial(b) * n for b, n in enumerate(layer.stirling_row(left, left)))


def _coefficient(series: fmpq_poly, left: int) -> int:
    """Return left! [x^left] of a series in u."""
    numerator = series.numer()
    total = sum((numerator[b] * n for b, n in enumerate(_maps(left))), start=fmpz(0))
    return int(total // series.denom())
