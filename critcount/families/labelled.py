"""Counting the completions of a word: labelled blocks, with zero-type blocks free or fixed.

Read a word letter by letter. After a prefix let s labels be missing, let u letters be in use
(labels and zero-type blocks alike) and n letters be to come. The number of completions is, with
the number of zero-type blocks free,

    W(s, u, n) = n! [x^n] (e^x - 1)^s e^{ux} exp(e^x - 1),

and with all k blocks fixed, p = k - u of them missing, z of these of zero type,

    V(p, n) / z!,   V(p, n) = n! [x^n] (e^x - 1)^p e^{(k-p)x}

(derived; W(r, 0, m) = T(r, m) and V(r, m) = G(r, m) at u = 0). Along a word only the columns of W
for (s, u) and (s - 1, u) are needed, and of V the one for p: they are carried along, and changed
when a block is opened, by

    W(s-1, u+1, n) = W(s, u, n) + W(s-1, u, n),
    W(s, u+1, n) = W(s, u, n+1) - u W(s, u, n) - s W(s-1, u+1, n),
    p V(p-1, n) = V(p, n+1) - (k-p) V(p, n).

The first is e^x = (e^x - 1) + 1, the others are the derivative of the generating function. As
W(s, u, n) = V(s, n) = 0 for n < s, a column is stored from n = s on, as a polynomial of FLINT
whose coefficient e belongs to n = s + e.

Reading a word with k blocks takes O(k (m - r)) operations on integers no longer than the
cardinality, and holds two columns of m - r of them. The columns at the start are kept for
the last four (r, m): some 2 (m - r) such integers each, 1 MB at (50, 1000). Single values, for
the kernel that enumerates, are kept for the last 2^14 arguments, of at most 256 letters to come.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_left
from collections.abc import Iterator
from typing import TypeAlias

from flint import fmpq_poly, fmpz, fmpz_poly

from critcount._support.numerals import factorial
from critcount.counting import layer

__all__ = ["FixedZeros", "FreeZeros"]

# the missing labels as a set of bits, and the zero-type blocks opened
LabelledState: TypeAlias = tuple[int, int]


class FreeZeros:
    """The words of all configurations for (r, m), m ≥ r."""

    def __init__(self, r: int, m: int) -> None:
        self.r = r
        self.length = self.alphabet = m
        self.start: LabelledState = ((1 << r) - 1, 0)

    def moves(
        self, state: LabelledState, left: int, above: int = -1
    ) -> list[tuple[int, LabelledState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        spare = left > state[0].bit_count()
        return _moves(state, self.r, spare, spare, above)

    def count(self, state: LabelledState, left: int) -> int:
        """Return W(s, u, left)."""
        missing, opened = state
        s = missing.bit_count()
        return _free_completions(s, self.r - s + opened, left)

    def cursor(self) -> _FreeCursor:
        """Return a cursor before the first letter."""
        return _FreeCursor(self.r, self.length)


class FixedZeros:
    """The words of the configurations for (r, m) with a given number of zero-type blocks.

    At least one exists.
    """

    def __init__(self, r: int, m: int, zeros: int) -> None:
        self.r = r
        self.zeros = zeros
        self.length = m
        self.alphabet = r + zeros
        self.start: LabelledState = ((1 << r) - 1, 0)

    def moves(
        self, state: LabelledState, left: int, above: int = -1
    ) -> list[tuple[int, LabelledState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        missing, opened = state
        z = self.zeros - opened
        return _moves(state, self.r, left > missing.bit_count() + z, z > 0, above)

    def count(self, state: LabelledState, left: int) -> int:
        """Return V(p, left)/z!."""
        missing, opened = state
        z = self.zeros - opened
        return _fixed_completions(missing.bit_count() + z, self.alphabet, z, left)

    def cursor(self) -> _FixedCursor:
        """Return a cursor before the first letter."""
        return _FixedCursor(self.r, self.length, self.zeros)


class _FreeCursor:
    """A place in a word, zero-type blocks free.

    `_high` is the column of W(s, u, ·), `_low` that of W(s - 1, u, ·), one coefficient longer.
    `_spare` is the number of letters to come that no missing label needs.
    """

    def __init__(self, r: int, m: int) -> None:
        self._r = r
        self._missing = list(range(r))
        self._opened = 0
        self._spare = m - r
        self._high, self._low = _free_columns(r, m - r)

    def runs(self) -> Iterator[tuple[int, int, fmpz]]:
        """Yield (first letter, number of letters, completions of each)."""
        s, spare = len(self._missing), self._spare
        used = self._high[spare - 1] if spare else fmpz(0)
        missing = used + self._low[spare]
        yield from _label_runs(self._missing, self._r + self._opened, used, missing)
        if spare:
            in_use = self._r - s + self._opened
            fresh = self._high[spare] - in_use * used - s * missing
            yield self._r + self._opened, 1, fresh

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""
        r, s, spare = self._r, len(self._missing), self._spare
        in_use = r - s + self._opened
        if letter == r + self._opened:
            high, low = self._high.truncate(spare + 1), self._low.truncate(spare + 1)
            self._high = high.right_shift(1) - (in_use + s) * high
            if s:
                self._high -= s * low.right_shift(1)
                self._low = high.left_shift(1) + low
            self._high = self._high.truncate(spare)
            self._opened += 1
            self._spare -= 1
            return
        place = bisect_left(self._missing, letter)
        if place == s or self._missing[place] != letter:
            self._spare -= 1
            return
        del self._missing[place]
        high = (self._high.left_shift(1) + self._low).truncate(spare + 1)
        if s > 1:
            low = self._low - in_use * self._low.left_shift(1) - high.left_shift(1)
            self._low = low.truncate(spare + 2) // (s - 1)
        else:
            self._low = fmpz_poly()
        self._high = high


class _FixedCursor:
    """A place in a word, the number of zero-type blocks fixed; `_column` is V(p, ·)/z!."""

    def __init__(self, r: int, m: int, zeros: int) -> None:
        self._r = r
        self._missing = list(range(r))
        self._blocks = r + zeros
        self._opened = 0
        self._zeros = zeros
        self._spare = m - r - zeros
        self._column = _fixed_column(r, zeros, self._spare)

    def runs(self) -> Iterator[tuple[int, int, fmpz]]:
        """Yield (first letter, number of letters, completions of each)."""
        spare, z = self._spare, self._zeros - self._opened
        p = len(self._missing) + z
        used = self._column[spare - 1] if spare else fmpz(0)
        # p V(p - 1, ·)/z!; divided by p it is a whole number only where a label can be opened
        opening = self._column[spare] - (self._blocks - p) * used
        label = opening // p if self._missing else fmpz(0)
        yield from _label_runs(self._missing, self._r + self._opened, used, label)
        if z:
            yield self._r + self._opened, 1, z * opening // p

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""
        z = self._zeros - self._opened
        p = len(self._missing) + z
        place = bisect_left(self._missing, letter)
        if letter == self._r + self._opened:
            self._opened += 1
            factor = z
        elif place < len(self._missing) and self._missing[place] == letter:
            del self._missing[place]
            factor = 1
        else:
            self._spare -= 1
            return
        column = self._column - (self._blocks - p) * self._column.left_shift(1)
        self._column = factor * column.truncate(self._spare + 1) // p


def _moves(
    state: LabelledState, r: int, spare: bool, fresh: bool, above: int
) -> list[tuple[int, LabelledState]]:
    """Return the moves to missing labels, and if there is a letter to spare to blocks in use.

    With `fresh`, the move to a new zero-type block too.
    """
    missing, opened = state
    end = r + opened
    if spare:
        moves = [
            (letter, (missing ^ (1 << letter), opened) if missing >> letter & 1 else state)
            for letter in range(above + 1, end)
        ]
    else:
        moves = [
            (letter, (missing ^ (1 << letter), opened))
            for letter in range(above + 1, r)
            if missing >> letter & 1
        ]
    if fresh and above < end:
        moves.append((end, (missing, opened + 1)))
    return moves


def _label_runs(
    missing: list[int], end: int, used: fmpz, opening: fmpz
) -> Iterator[tuple[int, int, fmpz]]:
    """Yield the runs of used and of missing letters below `end`."""
    begin = 0
    for label in missing:
        if label > begin:
            yield begin, label - begin, used
        yield label, 1, opening
        begin = label + 1
    if end > begin:
        yield begin, end - begin, used


@functools.lru_cache(maxsize=4)
def _free_columns(r: int, spare: int) -> tuple[fmpz_poly, fmpz_poly]:
    """Return T(r, r + e) for e ≤ spare, and T(r - 1, r - 1 + e) for e ≤ spare + 1."""
    terms = spare + 2
    high = _column(r, terms - 1, bell=True)
    return high, _column(r - 1, terms, bell=True) if r else fmpz_poly()


@functools.lru_cache(maxsize=4)
def _fixed_column(r: int, zeros: int, spare: int) -> fmpz_poly:
    """Return V(k, k + e)/zeros! for e ≤ spare, k = r + zeros."""
    return _column(r + zeros, spare + 1, bell=False) // factorial(zeros)


def _column(k: int, terms: int, bell: bool) -> fmpz_poly:
    """Return (k+e)! [x^e] ((e^x - 1)/x)^k, times exp(e^x - 1) if `bell`, for e < terms."""
    # terms!/e!, for e = 0, 1, …, terms
    falling = [fmpz(1)]
    for e in range(terms, 0, -1):
        falling.append(falling[-1] * e)
    falling.reverse()
    series = fmpq_poly(falling[1:], falling[0]).pow_trunc(k, terms)
    if bell:
        numbers = [b * falling[e] for e, b in enumerate(_bell_numbers(terms))]
        series = series.mul_low(fmpq_poly(numbers, falling[0]), terms)
    numerator, denominator = series.numer(), series.denom()
    scale = factorial(k)
    column = []
    for e in range(terms):
        column.append(numerator[e] * scale // denominator)
        scale *= k + e + 1
    return fmpz_poly(column)


def _bell_numbers(terms: int) -> list[fmpz]:
    """Return Bell(0), …, Bell(terms - 1), by the triangle of Aitken and Peirce."""
    numbers, row = [fmpz(1)], [fmpz(1)]
    while len(numbers) < terms:
        following = [row[-1]]
        for entry in row:
            following.append(following[-1] + entry)
        row = following
        numbers.append(row[0])
    return numbers


@functools.lru_cache(maxsize=1 << 14)
def _free_completions(s: int, u: int, n: int) -> int:
    """Return W(s, u, n) = Σ_i C(n, i) u^i T(s, n - i), by choosing where the used letters go."""
    total: int = sum(math.comb(n, i) * u**i * _T(s, n - i) for i in range(n - s + 1))
    return total


@functools.lru_cache(maxsize=1 << 14)
def _fixed_completions(p: int, k: int, z: int, n: int) -> int:
    """Return V(p, n)/z! = Σ_i C(n, i) (k - p)^i p! S(n - i, p)/z!."""
    maps: int = sum(math.comb(n, i) * (k - p) ** i * _G(p, n - i) for i in range(n - p + 1))
    return maps // math.factorial(z)


@functools.lru_cache(maxsize=1 << 14)
def _T(s: int, n: int) -> int:
    return layer.T(s, n)


@functools.lru_cache(maxsize=1 << 14)
def _G(p: int, n: int) -> int:
    return layer.G(p, n)
