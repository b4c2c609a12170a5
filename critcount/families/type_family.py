"""What the families of types of an activation have in common."""

from __future__ import annotations

import abc
import functools
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from critcount._support import checks
from critcount._support.types import Words
from critcount.activations import Activation, activation_of
from critcount.configurations._words import letters_of
from critcount.configurations.on_domain import DomainExpansion
from critcount.configurations.signed import SignedExpansion
from critcount.counting.setting import Biases, Setting
from critcount.families import sampling
from critcount.families._kernel import Automaton, NoWords
from critcount.families._types import TypeEnds, TypeLetters, TypeWords
from critcount.families.protocol import Family, generator

__all__ = ["MOST_NEURONS", "TypeFamily"]

# a rank takes some 10 s there
MOST_NEURONS = 300

Type = TypeVar("Type", SignedExpansion, DomainExpansion)


class TypeFamily(Family[Type]):
    """Types (r, m) in a setting."""

    # the class of the elements
    _type: type[Type]

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
        self._refuse()

    def _refuse(self) -> None:
        """Raise ValueError where the types of the setting are not worked out."""

    @abc.abstractmethod
    def _has(self, shape: Any) -> bool:
        """Tell whether the types of a shape belong to the family."""

    @abc.abstractmethod
    def _letters(self) -> TypeLetters:
        """Return the letters of the words."""

    @abc.abstractmethod
    def _shape(self, ends: TypeEnds) -> Any:
        """Return a shape of the types whose words have these ends."""

    def __contains__(self, element: object) -> bool:
        return (
            isinstance(element, self._type)
            and (element.r, element.m) == (self._r, self._m)
            and self._has(element.shape)
        )

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

    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name."""
        setting = self._setting
        return {
            "r": self._r,
            "m": self._m,
            "activation": named(setting.activation),
            "d_in": setting.d_in,
            "d_out": setting.d_out,
            "biases": setting.biases,
            "skip": setting.skip,
        }

    def from_word(self, word: str | Iterable[int]) -> Type:
        """Return the type of the family that has this word; ValueError if there is none."""
        element = self._element(letters_of(word))
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
            "a word of this family",
            self._m,
            MOST_NEURONS,
            "letters",
            "families as wide as this can be counted, but not enumerated, ranked or sampled",
        )
        return super()._reading()

    def _automaton(self) -> Automaton[Any]:
        return _automaton_of(self) if self.cardinality() else NoWords(self._m)

    def _element(self, word: Iterable[int]) -> Type:
        return self._type(tuple(word), self._r)

    def _elements(self, block: Words) -> Iterator[Type]:
        return map(self._element, block.tolist())

    def _word(self, element: Type) -> list[int]:
        return list(element.word)


def named(activation: Activation) -> str | Activation:
    """Return the name of an activation where it says all, else the activation.

    >>> named(activation_of("activation", "gelu"))
    'gelu'
    """
    try:
        known = activation_of("activation", activation.name) == activation
    except ValueError:
        known = False
    return activation.name if known else activation


@functools.lru_cache(maxsize=8)
def _automaton_of(family: TypeFamily[Any]) -> TypeWords:
    """Return the automaton of a family; its numbers of completions are kept with it."""

    def admits(ends: TypeEnds) -> bool:
        return family._has(family._shape(ends))

    return TypeWords(family.r, family.m, admits, family._letters(), family.setting.d_out)
