"""The configurations of one shape, and the shapes of a family.

Fix the size of every replication block and the sizes b_1, b_2, … of the zero-type blocks. A
prefix of a word leaves, to each label, the number of letters still to come, and it has opened
zero-type blocks with c_1, …, c_p letters so far, each of which is to grow to one of the sizes.
With n letters to come, a_t of them of label t, the number of completions is (derived)

    n! · S · Π_c n_c! / (Π_t a_t! · Π_i b_i! · Π_b k_b!),
    S = [Π_c y_c^{n_c}] Π_i (1 + Σ_c b_i(b_i - 1)…(b_i - c + 1) y_c),

n_c the number of open blocks of c letters, k_b the number of zero-type blocks of size b: for
every way to give the open blocks their sizes a multinomial coefficient, the common factors
collected. S is a coefficient of a polynomial in as many variables as the open blocks have
different sizes; it takes Π_c (n_c + 1) terms at most. That is few where the sizes are few, but
not polynomial in m. Its last 2^12 values are kept.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from flint import fmpz

from critcount._support.numerals import factorial
from critcount.configurations.block_sizes import Shape

__all__ = ["FixedShape", "cardinality"]

# the letters of each label still to come, and the letters of each open zero-type block so far
ShapedState: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


def cardinality(shape: Shape) -> int:
    """Return the number of configurations of a shape: m!/(Π a_t! Π b_i! Π k_b!).

    Examples
    --------
    >>> cardinality(Shape((2,), (1, 1)))
    6
    """
    return int(_completions(shape.replication, (), tuple(shape.zero)))


class FixedShape:
    """The words of the configurations of one shape."""

    def __init__(self, shape: Shape) -> None:
        self.r = len(shape.replication)
        self.sizes = tuple(sorted(shape.zero, reverse=True))
        self.length = sum(shape.replication) + sum(shape.zero)
        self.alphabet = self.r + len(shape.zero)
        self.start: ShapedState = (shape.replication, ())

    def moves(
        self, state: ShapedState, left: int, above: int = -1
    ) -> list[tuple[int, ShapedState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        labels, opened = state
        moves = [
            (letter, (_changed(labels, letter, -1), opened))
            for letter in range(above + 1, self.r)
            if labels[letter]
        ]
        for number in range(max(0, above + 1 - self.r), len(opened)):
            grown = _changed(opened, number, 1)
            if self._can_end(grown):
                moves.append((self.r + number, (labels, grown)))
        if above < self.r + len(opened) < self.alphabet:
            moves.append((self.r + len(opened), (labels, (*opened, 1))))
        return moves

    def count(self, state: ShapedState, left: int) -> int:
        """Return the number of completions."""
        labels, opened = state
        return int(_completions(labels, tuple(sorted(opened)), self.sizes))

    def cursor(self) -> _ShapeCursor:
        """Return a cursor before the first letter."""
        return _ShapeCursor(self)

    def _can_end(self, opened: tuple[int, ...]) -> bool:
        """Tell whether each open block can still be given a size of its own."""
        largest = sorted(opened, reverse=True)
        return all(c <= b for c, b in zip(largest, self.sizes, strict=False))


class _ShapeCursor:
    """A place in the word of a configuration of one shape."""

    def __init__(self, automaton: FixedShape) -> None:
        self._automaton = automaton
        self._state = automaton.start
        self._left = automaton.length

    def runs(self) -> Iterator[tuple[int, int, fmpz]]:
        """Yield (first letter, number of letters, completions of each)."""
        labels, opened = self._state
        sizes = self._automaton.sizes
        now = _completions(labels, tuple(sorted(opened)), sizes)
        by_label = {a: now * a // self._left for a in set(labels)}
        by_open = {
            c: _completions(labels, tuple(sorted(_changed(opened, opened.index(c), 1))), sizes)
            for c in set(opened)
        }
        for label, a in enumerate(labels):
            yield label, 1, by_label[a]
        for number, c in enumerate(opened, start=len(labels)):
            yield number, 1, by_open[c]
        if len(opened) < len(sizes):
            fresh = tuple(sorted((*opened, 1)))
            yield self._automaton.r + len(opened), 1, _completions(labels, fresh, sizes)

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""
        _, self._state = self._automaton.moves(self._state, self._left, letter - 1)[0]
        self._left -= 1


def _changed(numbers: tuple[int, ...], place: int, by: int) -> tuple[int, ...]:
    return (*numbers[:place], numbers[place] + by, *numbers[place + 1 :])


@functools.lru_cache(maxsize=1 << 12)
def _completions(labels: tuple[int, ...], opened: tuple[int, ...], sizes: tuple[int, ...]) -> fmpz:
    """Return the number of completions: see the module's formula."""
    left = sum(labels) + sum(sizes) - sum(opened)
    numerator = factorial(left) * _matchings(opened, sizes)
    for number in Counter(opened).values():
        numerator *= factorial(number)
    denominator = fmpz(1)
    for number in itertools.chain(labels, sizes, Counter(sizes).values()):
        denominator *= factorial(number)
    return numerator // denominator


@functools.lru_cache(maxsize=1 << 12)
def _matchings(opened: tuple[int, ...], sizes: tuple[int, ...]) -> fmpz:
    """Return S, the coefficient of Π_c y_c^{n_c}, by one factor after the other."""
    classes = sorted(Counter(opened).items(), reverse=True)
    target = tuple(number for _, number in classes)
    # how many of the open blocks of each class have their size, and the coefficient
    terms: dict[tuple[int, ...], fmpz] = {(0,) * len(classes): fmpz(1)}
    slots = sorted(sizes, reverse=True)
    for place, b in enumerate(slots):
        after = len(slots) - place - 1
        following = slots[place + 1] if after else 0
        new: dict[tuple[int, ...], fmpz] = {}
        for done, coefficient in terms.items():
            options = [(done, coefficient)]
            for i, (c, number) in enumerate(classes):
                if c <= b and done[i] < number:
                    options.append(
                        (_changed(done, i, 1), coefficient * (fmpz(b - c + 1).rising(c)))
                    )
            for key, value in options:
                missing = len(opened) - sum(key)
                # a block that is too long for the sizes to come is lost
                if missing <= after and all(
                    key[i] == number or c <= following for i, (c, number) in enumerate(classes)
                ):
                    new[key] = new.get(key, fmpz(0)) + value
        terms = new
    return terms.get(target, fmpz(0))
