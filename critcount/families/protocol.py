"""The enumeration protocol: what every family of configurations can do.

A family is a finite set of words of one length, in lexicographic order. It is described by an
automaton (`critcount.families._kernel.Automaton`), and everything here works on that
alone: rank and unrank read one word, iteration and arrays come from the kernel in
`critcount.families._kernel`.

Words of more than 10,000 letters are refused: their ranks would take hours and gigabytes.
"""

from __future__ import annotations

import abc
import itertools
import operator
from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Self, SupportsIndex, TypeVar, overload

import numpy as np
from flint import fmpz

from critcount._support import checks, markup, numerals
from critcount._support.types import Words, letter_dtype
from critcount.families import _kernel
from critcount.families._kernel import Automaton, Order

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Family", "generator"]

Element = TypeVar("Element", bound=Hashable)

MOST_WORD_BYTES = 1 << 31
MOST_LETTERS = 10**4
FIRST_ROWS, MOST_ROWS = 1 << 8, 1 << 13
BATCH_ROWS, BATCH_BYTES = 1 << 17, 1 << 22


class Family(abc.ABC, Generic[Element]):
    """A finite set of words of one length, in lexicographic order.

    Subclasses give the automaton, the way from words to elements and back, the cardinality in
    closed form, and an exactly uniform sampler.
    """

    @property
    @abc.abstractmethod
    def m(self) -> int:
        """Number of letters in a word."""

    @abc.abstractmethod
    def cardinality(self) -> int:
        """Return the exact number of elements, in closed form."""

    @abc.abstractmethod
    def parameters(self) -> dict[str, object]:
        """Return the arguments that make this family, by name; what JSON can hold."""

    @classmethod
    def from_parameters(cls, parameters: dict[str, Any]) -> Self:
        """Return the family that has these `parameters`."""
        return cls(**parameters)

    @abc.abstractmethod
    def __contains__(self, element: object) -> bool: ...

    @abc.abstractmethod
    def random_words(self, rng: np.random.Generator | int, size: int) -> Words:
        """Return `size` independent, exactly uniform words, shape (size, m)."""

    @abc.abstractmethod
    def _automaton(self) -> Automaton[Any]:
        """Return the automaton of the words."""

    @abc.abstractmethod
    def _elements(self, block: Words) -> Iterator[Element]:
        """Yield the elements of a block of words."""

    @abc.abstractmethod
    def from_word(self, word: str | Iterable[int]) -> Element:
        """Return the element of the family that has this word.

        Parameters
        ----------
        word : str or iterable of int
            A canonical word of m letters; as a text ``"0,1,10,2"``, or ``"012"`` where every
            letter has one digit.

        Returns
        -------
        Element

        Raises
        ------
        TypeError
            When a letter is no integer.
        ValueError
            When there is no such element.
        """

    @abc.abstractmethod
    def _word(self, element: Element) -> list[int]:
        """Return the word of an element of the family."""

    def __len__(self) -> int:
        """Return the cardinality; past `sys.maxsize` Python raises OverflowError."""
        return self.cardinality()

    def __bool__(self) -> bool:
        return self.cardinality() > 0

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.parameters() == other.parameters()

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __repr__(self) -> str:
        arguments = ", ".join(
            checks.show(value) if place < 2 else f"{name}={checks.show(value)}"
            for place, (name, value) in enumerate(self.parameters().items())
            if value is not None
        )
        return f"{type(self).__name__}({arguments})"

    def _repr_html_(self) -> str:
        first = [(index, str(element)) for index, element in enumerate(itertools.islice(self, 5))]
        number = self.cardinality()
        rows: list[tuple[object, str]] = [*first, ("…", "")] if number > len(first) else [*first]
        caption = f"{self!r}: {numerals.readable(number)} elements"
        return markup.html_table(("rank", "word"), rows, caption)

    def __iter__(self) -> Iterator[Element]:
        automaton, count = self._reading(), self.cardinality()
        # a short first block, so that the first elements come at once
        first = min(FIRST_ROWS, count)
        for start, stop in ((0, first), (first, count)):
            for block in _kernel.blocks(automaton, start, stop, MOST_ROWS):
                yield from self._elements(block)

    def rank(self, element: Element) -> int:
        """Return the number of elements before this one.

        Parameters
        ----------
        element : Element
            An element of the family.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            When it is not in the family.

        Notes
        -----
        One reading of the word, in time polynomial in its length (for a fixed shape, see
        `critcount.families.shaped`). What is kept between calls is bounded: see
        `critcount.families.labelled`; at (50, 1000) it is 1 MB.
        """
        automaton = self._reading()
        self._require(element)
        cursor, rank = automaton.cursor(), fmpz(0)
        for letter in self._word(element):
            for first, number, each in cursor.runs():
                if letter < first + number:
                    rank += (letter - first) * each
                    break
                rank += number * each
            cursor.step(letter)
        return int(rank)

    def unrank(self, index: SupportsIndex) -> Element:
        """Return the element of this rank.

        The same as ``next(itertools.islice(family, index, None))``, without iteration.

        Parameters
        ----------
        index : int
            At least 0 and below the cardinality; no counting from the end.

        Returns
        -------
        Element

        Raises
        ------
        TypeError
            When the index is no integer.
        IndexError
            When there is no such rank.
        """
        automaton = self._reading()
        rest = fmpz(self._index("index", index, self.cardinality() - 1))
        cursor = automaton.cursor()
        word = np.empty((1, self.m), letter_dtype(automaton.alphabet))
        for place in range(self.m):
            letter, _, rest = _kernel.find(cursor, rest)
            cursor.step(letter)
            word[0, place] = letter
        return next(self._elements(word))

    @overload
    def random(self, rng: np.random.Generator | int, size: None = None) -> Element: ...
    @overload
    def random(self, rng: np.random.Generator | int, size: int) -> list[Element]: ...
    def random(
        self, rng: np.random.Generator | int, size: int | None = None
    ) -> Element | list[Element]:
        """Return one element, or a list of `size` independent ones, exactly uniform.

        Only integers are compared, so that every element has exactly the same probability,
        given uniform bits of the generator.

        Parameters
        ----------
        rng : numpy.random.Generator or int
            The generator, or a seed for one.
        size : int, optional
            How many; without it one element, not in a list.

        Returns
        -------
        Element or list of Element

        Raises
        ------
        ValueError
            When the family is empty.
        """
        if size is None:
            return next(self._elements(self.random_words(rng, 1)))
        return list(self._elements(self.random_words(rng, size)))

    def words(
        self,
        start: SupportsIndex = 0,
        stop: SupportsIndex | None = None,
        *,
        order: Order = "F",
        limit: int = MOST_WORD_BYTES,
    ) -> Words:
        """Return the words of the ranks start, …, stop - 1 as one array.

        Parameters
        ----------
        start, stop : int
            Ranks, 0 ≤ start ≤ stop ≤ cardinality; all by default.
        order : {"F", "C"}
            Memory order: by columns, which is the faster, or by rows.
        limit : int
            Most bytes of the array; 2 GiB by default.

        Returns
        -------
        numpy.ndarray
            Shape (stop - start, m), uint8, or wider when there are more than 256 letters.

        Raises
        ------
        IndexError
            When the ranks are out of range.
        SizeLimitError
            When the array would be larger than the limit; nothing has been done then.
        """
        checks.choice("order", order, ("F", "C"))
        automaton = self._reading()
        begin, end = self._range(start, stop)
        rows, dtype = end - begin, self._dtype()
        checks.size(
            f"the array of {checks.many(rows)} words",
            rows * self.m * dtype.itemsize,
            checks.integer("limit", limit, minimum=0),
            "bytes",
            "raise limit, or take batches()",
        )
        if not rows:
            return np.empty((0, self.m), dtype, order)
        return next(_kernel.blocks(automaton, begin, end, rows, order))

    def batches(
        self,
        rows: int | None = None,
        *,
        start: SupportsIndex = 0,
        stop: SupportsIndex | None = None,
        order: Order = "F",
    ) -> Iterator[Words]:
        """Return an iterator over the words in arrays of at most `rows` rows.

        Parameters
        ----------
        rows : int, optional
            Rows of an array, at least 1; the last may be shorter. By default 131,072, or as many
            as 4 MB hold if that is less.
        start, stop : int
            Ranks, 0 ≤ start ≤ stop ≤ cardinality; all by default.
        order : {"F", "C"}
            Memory order: by columns, which is the faster, or by rows.

        Returns
        -------
        iterator of numpy.ndarray
            Arrays as of `words`, each with memory of its own.

        Notes
        -----
        The memory in use is one array and suffix tables of at most 64 MB, whatever the
        cardinality.
        """
        automaton = self._reading()
        if rows is None:
            width = max(1, self.m * self._dtype().itemsize)
            rows = max(1, min(BATCH_ROWS, BATCH_BYTES // width))
        rows = checks.integer("rows", rows, minimum=1)
        begin, end = self._range(start, stop)
        checks.choice("order", order, ("F", "C"))
        return _kernel.blocks(automaton, begin, end, rows, order)

    def to_frame(
        self,
        start: SupportsIndex = 0,
        stop: SupportsIndex | None = None,
        *,
        limit: int = MOST_WORD_BYTES,
    ) -> pd.DataFrame:
        """Return the words of the ranks start, …, stop - 1 as a frame, one column a neuron.

        Parameters
        ----------
        start, stop : int
            Ranks, 0 ≤ start ≤ stop ≤ cardinality; all by default.
        limit : int
            Most bytes of the letters; 2 GiB by default.

        Returns
        -------
        pandas.DataFrame
            Columns ``neuron_0``, …, unsigned letters; rows in the order of the ranks.

        Raises
        ------
        IndexError
            When the ranks are out of range.
        SizeLimitError
            When the frame would be larger than the limit; nothing has been done then.
        """
        import pandas as pd

        block = self.words(start, stop, limit=limit)
        return pd.DataFrame(block, columns=columns(self.m), copy=False)

    def _dtype(self) -> np.dtype[np.unsignedinteger[Any]]:
        """Return the type of the letters in arrays."""
        return letter_dtype(self._reading().alphabet)

    def _reading(self) -> Automaton[Any]:
        """Return the automaton, or refuse words that are too long to be read."""
        checks.size(
            "a word of this family",
            self.m,
            MOST_LETTERS,
            "letters",
            "families as wide as this can be counted, but not enumerated, ranked or sampled",
        )
        return self._automaton()

    def _require(self, element: Element) -> None:
        if element not in self:
            raise ValueError(f"{checks.show(element)} is not in {self!r}")

    def _index(self, name: str, value: SupportsIndex, most: int) -> int:
        """Return a rank, or raise IndexError."""
        index = checks.integer(name, value)
        if not 0 <= index <= most:
            raise IndexError(
                f"{name} must be from 0 to {checks.many(most)}, not {checks.show(index)}"
                if most >= 0
                else f"{name} must be that of a word, and this family is empty"
            )
        return index

    def _range(self, start: SupportsIndex, stop: SupportsIndex | None) -> tuple[int, int]:
        """Return a range of ranks, or raise IndexError."""
        end = self.cardinality()
        if stop is not None:
            end = self._index("stop", stop, end)
        return self._index("start", start, end), end


def columns(m: int) -> list[str]:
    """Return the column names of a frame of words.

    >>> columns(2)
    ['neuron_0', 'neuron_1']
    """
    return [f"neuron_{i}" for i in range(m)]


def generator(rng: np.random.Generator | int) -> np.random.Generator:
    """Return a generator as it is, and the generator of a seed.

    >>> generator(0).integers(100)
    np.int64(85)
    """
    if isinstance(rng, np.random.Generator):
        return rng
    try:
        seed = checks.integer("rng", operator.index(rng), minimum=0)
    except TypeError:
        raise TypeError(
            "rng must be a numpy.random.Generator or a seed, "
            f"not {checks.show(rng)} ({type(rng).__name__})"
        ) from None
    return np.random.default_rng(seed)
