"""Blocks of words as numpy arrays: their letters' type, and the kernel that enumerates them.

A family of words of one length is described by an `Automaton`: what may follow a prefix depends
on a state only, and the state says how many completions there are. The words are written by
*suffix tables*: all completions of a state, in order, are kept as one small array, and copied
behind every prefix that ends in that state. A prefix letter is written once for the whole run
of rows that share it. So nearly all the time goes into copying long contiguous columns.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Automaton", "Order", "Walk", "Words", "blocks", "find", "letter_dtype"]

Order = Literal["C", "F"]
Words = npt.NDArray[np.unsignedinteger[Any]]

# a suffix table: at most so many rows, so many letters a row, so many letters in all
TABLE_ROWS = 1 << 15
TABLE_DEPTH = 256
TABLE_LETTERS = 1 << 20
CACHE_BYTES = 1 << 26

State = TypeVar("State", bound=Hashable)


class Walk(Protocol):
    """A walk along one word, with the number of completions of every next letter."""

    def runs(self) -> Iterable[tuple[int, int, int]]:
        """Yield (first letter, number of letters, completions of each), letters ascending.

        Letters that no run covers have no completion.
        """

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""


class Automaton(Protocol[State]):
    """The words of one length, read letter by letter.

    Attributes
    ----------
    length : int
        Letters in a word.
    alphabet : int
        All letters are below it.
    start : State
        The state before the first letter.
    """

    length: int
    alphabet: int
    start: State

    def moves(self, state: State, above: int = -1) -> Iterable[tuple[int, State]]:
        """Yield (letter, next state) for the letters greater than `above`, ascending.

        Moves without a completion may be among them.
        """

    def count(self, state: State, left: int) -> int:
        """Return the number of completions of the state by `left` more letters."""

    def walk(self) -> Walk:
        """Return a walk that stands before the first letter."""


def letter_dtype(letters: int) -> np.dtype[np.unsignedinteger[Any]]:
    """Return the narrowest unsigned type for an alphabet 0, …, letters - 1.

    >>> letter_dtype(256), letter_dtype(257)
    (dtype('uint8'), dtype('uint16'))
    """
    if letters <= 1 << 8:
        return np.dtype(np.uint8)
    if letters <= 1 << 16:
        return np.dtype(np.uint16)
    return np.dtype(np.uint32)


def blocks(
    automaton: Automaton[State], start: int, stop: int, rows: int, order: Order = "F"
) -> Iterator[Words]:
    """Yield the words of the ranks start, …, stop - 1 as arrays of at most `rows` rows.

    Parameters
    ----------
    automaton : Automaton
        The words.
    start, stop : int
        Ranks, 0 ≤ start ≤ stop ≤ number of words.
    rows : int
        Rows of a block, at least 1; the last block may be shorter.
    order : {"F", "C"}
        Memory order of the arrays, by columns or by rows.

    Yields
    ------
    numpy.ndarray
        Shape (rows, automaton.length), the words in lexicographic order. Every block is an
        array of its own.

    Notes
    -----
    Memory: the block, and suffix tables of at most 64 MB beside it.
    """
    if start >= stop:
        return
    length, dtype = automaton.length, letter_dtype(automaton.alphabet)
    out: Words = np.empty((min(rows, stop - start), length), dtype, order)
    filled = 0
    # prefix column c holds one letter from row since[c] on, written when the run ends
    letters: list[int] = []
    since: list[int] = []
    for changed, prefix, table in _chunks(automaton, start, stop, order):
        _write_runs(out, letters, since, changed, filled)
        letters[changed:] = prefix[changed:]
        since[changed:] = [filled] * (len(prefix) - changed)
        depth, done = len(prefix), 0
        while done < len(table):
            take = min(len(table) - done, len(out) - filled)
            out[filled : filled + take, depth:] = table[done : done + take]
            done += take
            filled += take
            if filled == len(out):
                _write_runs(out, letters, since, 0, filled, keep=True)
                yield out
                start += filled
                if start == stop:
                    return
                out = np.empty((min(rows, stop - start), length), dtype, order)
                filled = 0
                since = [0] * depth


def _write_runs(
    out: Words, letters: list[int], since: list[int], first: int, end: int, keep: bool = False
) -> None:
    """Write the runs of the prefix columns from `first` on up to row `end`, and close them."""
    for column in range(first, len(letters)):
        if since[column] < end:
            out[since[column] : end, column] = letters[column]
    if not keep:
        del letters[first:], since[first:]


def _chunks(
    automaton: Automaton[State], start: int, stop: int, order: Order
) -> Iterator[tuple[int, list[int], Words]]:
    """Yield (first changed place, prefix, table of completions), from rank start to stop.

    The prefix is one list, changed between the chunks; together the chunks have stop - start
    rows.
    """
    tables = _SuffixTables(automaton, order)
    prefix: list[int] = []
    rank = start
    while rank < stop:
        before = prefix.copy()
        prefix.clear()
        frames: list[Iterator[tuple[int, State]]] = []
        state, left, skip = automaton.start, automaton.length, rank
        size = stop - start if not left else None
        walk = automaton.walk()
        while size is None or not _fits(size, left, stop - start):
            letter, size, skip = find(walk, skip)
            walk.step(letter)
            if left <= TABLE_DEPTH:
                frames.append(iter(automaton.moves(state, letter)))
            state = next(after for c, after in automaton.moves(state, letter - 1) if c == letter)
            prefix.append(letter)
            left -= 1
        changed = next(
            (i for i, (a, b) in enumerate(zip(before, prefix, strict=False)) if a != b),
            min(len(before), len(prefix)),
        )
        first_frame = len(prefix) - len(frames)
        while True:
            table = tables.table(state, left)[skip : skip + stop - rank]
            skip = 0
            yield changed, prefix, table
            rank += len(table)
            changed = len(prefix)
            # on to the next prefix; above the frames, find the way anew
            while frames:
                place = first_frame + len(frames) - 1
                left = automaton.length - 1 - place
                del prefix[place:]
                for letter, state in frames[-1]:
                    size = automaton.count(state, left)
                    if size:
                        break
                else:
                    frames.pop()
                    continue
                prefix.append(letter)
                changed = min(changed, place)
                if _fits(size, left, stop - start):
                    break
                frames.append(iter(automaton.moves(state)))
            if not frames or rank == stop:
                break


def _fits(size: int, left: int, wanted: int) -> bool:
    """Tell whether `size` completions by `left` letters are worth a table."""
    return (
        left <= TABLE_DEPTH
        and size <= max(64, min(TABLE_ROWS, wanted))
        and size * left <= TABLE_LETTERS
    )


def find(walk: Walk, index: int) -> tuple[int, int, int]:
    """Return the next letter of the word of rank `index` among the completions.

    Returns
    -------
    letter, completions, rest : int
        The letter, the number of completions behind it, and the rank among these.
    """
    for first, number, each in walk.runs():
        together = number * each
        if index < together:
            return first + int(index // each), each, index % each
        index -= together
    raise IndexError("no completion has this rank")


class _SuffixTables(Generic[State]):
    """All completions of a state, as arrays; the least recently used go when memory is short."""

    def __init__(self, automaton: Automaton[State], order: Order) -> None:
        self._automaton = automaton
        self._order: Order = order
        self._dtype = letter_dtype(automaton.alphabet)
        self._tables: OrderedDict[tuple[State, int], Words] = OrderedDict()
        self._bytes = 0

    def table(self, state: State, left: int) -> Words:
        """Return the completions of `state` by `left` letters, shape (count, left)."""
        found = self._tables.get((state, left))
        if found is None:
            found = self._build(state, left)
            while self._bytes > CACHE_BYTES and len(self._tables) > 1:
                self._bytes -= self._tables.popitem(last=False)[1].nbytes
        self._tables.move_to_end((state, left))
        return found

    def _build(self, state: State, left: int) -> Words:
        """Make the tables of the states that can be reached, the shortest first."""
        levels = [{state}]
        for k in range(left, 1, -1):
            levels.append(
                {
                    after
                    for before in levels[-1]
                    if (before, k) not in self._tables
                    for _, after in self._live_moves(before, k)
                }
            )
        for k, states in enumerate(reversed(levels), start=1 if left else 0):
            for each in states:
                if (each, k) not in self._tables:
                    table = self._joined(each, k)
                    self._tables[each, k] = table
                    self._bytes += table.nbytes
        return self._tables[state, left]

    def _joined(self, state: State, left: int) -> Words:
        """Return the table of a state from the tables of the states after it."""
        if left == 0:
            return np.empty((1, 0), self._dtype, self._order)
        moves = list(self._live_moves(state, left))
        if left == 1:
            return np.array([letter for letter, _ in moves], self._dtype).reshape(-1, 1)
        parts = [self._tables[after, left - 1] for _, after in moves]
        out: Words = np.empty((sum(map(len, parts)), left), self._dtype, self._order)
        end = 0
        for (letter, _), part in zip(moves, parts, strict=True):
            begin, end = end, end + len(part)
            out[begin:end, 0] = letter
            out[begin:end, 1:] = part
        return out

    def _live_moves(self, state: State, left: int) -> Iterator[tuple[int, State]]:
        """Yield the moves that have completions."""
        for letter, after in self._automaton.moves(state):
            if self._automaton.count(after, left - 1):
                yield letter, after
