"""Types for an activation: with signs, mixed blocks and idle neurons.

`SignedExpansions` are those of zero-loss networks, `SignedCriticalSubspaces` those of the critical
subspaces that a narrower network's critical point gives.
"""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from critcount._support import checks
from critcount._support.types import Words
from critcount.activations import Activation
from critcount.configurations._words import letters_of
from critcount.configurations.signed import SignedExpansion
from critcount.counting.activations import count_critical_types, count_types
from critcount.counting.setting import Biases, Setting, TypeShape
from critcount.families import sampling
from critcount.families._kernel import Automaton, Cursor, MovesCursor, NoWords
from critcount.families.protocol import Family, generator

__all__ = ["SignedCriticalSubspaces", "SignedExpansions"]

#: Numbers of completions are kept for some m^5 states.
MOST_NEURONS = 40
#: One idle neuron may be another case than several, more are none.
ENOUGH = 2


class _Types(Family[SignedExpansion]):
    """Types (r, m) in a setting."""

    def __init__(
        self,
        r: int,
        m: int,
        activation: str | Activation = "tanh",
        d_in: int | None = None,
        d_out: int = 1,
        biases: Biases = "all",
        skip: bool = False,
    ) -> None:
        number = checks.integer("r", r, minimum=0)
        inputs = max(number, 1) if d_in is None else d_in
        self._setting = Setting(activation, inputs, d_out, biases, skip)  # type: ignore[arg-type]
        self._r, self._m = self._setting.require(number, m)
        self._has(TypeShape(0, 0, 0, 0, 0))  # what is not worked out is refused at once

    @abc.abstractmethod
    def _has(self, shape: TypeShape) -> bool:
        """Tell whether the types of a shape belong to the family."""

    @property
    def r(self) -> int:
        """The minimal width."""
        return self._r

    @property
    def m(self) -> int:
        """Number of neurons."""
        return self._m

    @property
    def setting(self) -> Setting:
        """Activation, inputs and outputs, biases."""
        return self._setting

    def parameters(self) -> dict[str, Any]:
        """Return the arguments that make this family, by name."""
        setting = self._setting
        named = setting.activation.name
        known = setting.activation == _known(named)
        return {
            "r": self._r,
            "m": self._m,
            "activation": named if known else setting.activation,
            "d_in": setting.d_in,
            "d_out": setting.d_out,
            "biases": setting.biases,
            "skip": setting.skip,
        }

    def __contains__(self, element: object) -> bool:
        return (
            isinstance(element, SignedExpansion)
            and (element.r, element.m) == (self._r, self._m)
            and self._has(element.shape)
        )

    def from_word(self, word: str | Iterable[int]) -> SignedExpansion:
        """Return the type of the family that has this word; ValueError if there is none."""
        element = SignedExpansion(tuple(letters_of(word)), self._r)
        self._require(element)
        return element

    def random_words(self, rng: np.random.Generator | int, size: int) -> Words:
        """Return `size` independent words, exactly uniform, as an array of shape (size, m)."""
        source = generator(rng)
        size = checks.integer("size", size, minimum=0)
        self._reading()
        total = self.cardinality()
        if not total:
            raise ValueError(f"there is no type to draw for r = {self._r}, m = {self._m}")
        drawn = [self.unrank(sampling.below(total, source)).word for _ in range(size)]
        return np.array(drawn, self._dtype()).reshape(size, self._m)

    def _reading(self) -> Automaton[Any]:
        checks.size(
            f"a word of {self!r}",
            self._m,
            MOST_NEURONS,
            "letters",
            "families as wide as this can be counted, but not enumerated, ranked or sampled",
        )
        return super()._reading()

    def _automaton(self) -> Automaton[Any]:
        return _automaton_of(self) if self.cardinality() else NoWords(self._m)

    def _elements(self, block: Words) -> Iterator[SignedExpansion]:
        return (SignedExpansion(tuple(row), self._r) for row in block.tolist())

    def _word(self, element: SignedExpansion) -> list[int]:
        return list(element.word)


class SignedExpansions(_Types):
    """The types (r, m) of an activation whose closures are the components of the zero-loss set.

    Parameters
    ----------
    r : int
        Minimal width, at least 0.
    m : int
        Width, at least 0; words of more than 40 letters are counted only.
    activation : str or Activation
        As `critcount.Setting` takes it.
    d_in : int, optional
        Inputs; by default as many as the minimal width, at least 1, from where on the numbers
        do not change.
    d_out : int
        Outputs.
    biases : {"all", "hidden", "output", "none"}
        Which layers have biases.
    skip : bool
        Whether the inputs also go to the outputs linearly.

    Raises
    ------
    TypeError, ValueError
        As `critcount.Setting`.

    Examples
    --------
    >>> family = SignedExpansions(1, 2, "gelu")
    >>> family.cardinality()
    5
    >>> for element in family:
    ...     print(element)
    0,1
    1,0
    1,1
    1,3
    3,1
    >>> SignedExpansions(2, 4, "softplus", d_in=2).unrank(100)
    SignedExpansion(K0={+2}, K1={+0}, Z0={+1}, idle={3})
    """

    def cardinality(self) -> int:
        """Return the exact number of types, `critcount.counting.activations.count_types`."""
        return count_types(self._r, self._m, self._setting)

    def _has(self, shape: TypeShape) -> bool:
        return self._setting.has(shape)


class SignedCriticalSubspaces(_Types):
    """The critical subspaces (r, m) that an irreducible critical point of width r gives.

    Copies of its neurons, where they are critical also flipped ones and idle neurons; no
    zero-type blocks.

    Parameters
    ----------
    r : int
        Reduced width, at least 0.
    m : int
        Width, at least 0; words of more than 40 letters are counted only.
    activation, d_in, d_out, biases, skip
        As `SignedExpansions` takes them.

    Raises
    ------
    TypeError, ValueError
        As `critcount.Setting`, and where critical points are not worked out.

    See Also
    --------
    critcount.CriticalSubspaces : without signs and idle neurons, at any width.

    Examples
    --------
    >>> family = SignedCriticalSubspaces(1, 2, "gelu")
    >>> family.cardinality(), [str(element) for element in family]
    (3, ['0,1', '1,0', '1,1'])
    >>> SignedCriticalSubspaces(1, 2, "gelu", skip=True).cardinality()
    8
    """

    def cardinality(self) -> int:
        """Return their number, `critcount.counting.activations.count_critical_types`."""
        return count_critical_types(self._r, self._m, self._setting)

    def _has(self, shape: TypeShape) -> bool:
        signed, idle = self._setting.critical()
        copies = shape.zero == shape.mixed_zero == 0
        return (
            copies and (signed or shape.flipped == shape.mixed == 0) and (idle or shape.idle == 0)
        )


@functools.lru_cache(maxsize=2)
def _automaton_of(family: _Types) -> _Signed:
    """Return the automaton of a family; its numbers of completions are kept with it."""
    return _Signed(family.r, family.m, family._has)


def _known(name: str) -> Activation | None:
    from critcount.activations import activation_of

    try:
        return activation_of("activation", name)
    except ValueError:
        return None


# of every replication block 0 for none yet, else the signs seen, 1 for +, 2 for -, 3 for both;
# of every zero-type block 1 or 3; the number of idle neurons
TypeState: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], int]
#: How many replication blocks are missing, positive, negative, mixed; zero-type blocks of one
#: sign, and of both; idle neurons; letters to come.
Tally: TypeAlias = tuple[int, int, int, int, int, int, int, int]


class _Signed:
    """The words of the types whose shapes belong to a family."""

    def __init__(self, r: int, m: int, has: Callable[[TypeShape], bool]) -> None:
        self.length, self.alphabet = m, 2 * m + 1
        self.start: TypeState = ((0,) * r, (), 0)
        self._has = has
        self._counts: dict[Tally, int] = {}

    def moves(self, state: TypeState, left: int, above: int = -1) -> list[tuple[int, TypeState]]:
        """Return (letter, next state) for the letters greater than `above`."""
        labels, zeros, idle = state
        found: list[tuple[int, TypeState]] = [(0, (labels, zeros, idle + 1))]
        for block, signs in enumerate((*labels, *zeros, 0)):
            for sign in (1, 2):
                letter = 2 * block + sign
                if block < len(labels):
                    after = (*labels[:block], signs | sign, *labels[block + 1 :])
                    found.append((letter, (after, zeros, idle)))
                elif signs or sign == 1:
                    place = block - len(labels)
                    rest = (*zeros[:place], signs | sign, *zeros[place + 1 :])
                    found.append((letter, (labels, rest, idle)))
        return [
            (letter, after)
            for letter, after in found
            if letter > above and self.count(after, left - 1)
        ]

    def count(self, state: TypeState, left: int) -> int:
        """Return the number of completions."""
        labels, zeros, idle = state
        tally = [labels.count(signs) for signs in range(4)]
        pairs = zeros.count(3)
        return self._number((*tally, len(zeros) - pairs, pairs, min(idle, ENOUGH), left))  # type: ignore[arg-type]

    def _number(self, tally: Tally) -> int:
        if tally in self._counts:
            return self._counts[tally]
        missing, plus, minus, mixed, zero, pairs, idle, left = tally
        if left < missing:
            return 0
        if left == 0:
            return int(self._has(TypeShape(minus, mixed, zero, pairs, idle)))
        n = self._number
        rest = left - 1
        total = n((missing, plus, minus, mixed, zero, pairs, min(idle + 1, ENOUGH), rest))
        total += n((missing, plus, minus, mixed, zero + 1, pairs, idle, rest))
        staying = plus + minus + 2 * mixed + zero + 2 * pairs
        if staying:
            total += staying * n((missing, plus, minus, mixed, zero, pairs, idle, rest))
        if missing:
            total += missing * (
                n((missing - 1, plus + 1, minus, mixed, zero, pairs, idle, rest))
                + n((missing - 1, plus, minus + 1, mixed, zero, pairs, idle, rest))
            )
        if plus:
            total += plus * n((missing, plus - 1, minus, mixed + 1, zero, pairs, idle, rest))
        if minus:
            total += minus * n((missing, plus, minus - 1, mixed + 1, zero, pairs, idle, rest))
        if zero:
            total += zero * n((missing, plus, minus, mixed, zero - 1, pairs + 1, idle, rest))
        self._counts[tally] = total
        return total

    def cursor(self) -> Cursor:
        """Return a cursor before the first letter."""
        return MovesCursor(self)
