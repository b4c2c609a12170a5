"""Blocks of words as numpy arrays: their letters' type, and the kernel that enumerates them.

A family of words of one length is described by an `Automaton`: what may follow a prefix depends
on a state only, and the state says how many completions there are. The words are written by
*suffix tables*: all completions of a state, in order, are kept as one small array, and copied
behind every prefix that ends in that state. A prefix letter is written once for the whole run
of rows that share it. So nearly all the time goes into copying long contiguous columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from flint import fmpz

from critcount._support.types import Words, letter_dtype

__all__ = ["Automaton", "Cursor", "Order", "blocks", "find"]

Order = Literal["C", "F"]

# a suffix table: at most so many rows, so many letters a row, so many letters in all
TABLE_ROWS = 1 << 16
TABLE_DEPTH = 256
TABLE_LETTERS = 1 << 20
CACHE_BYTES = 1 << 26
PIECE_BYTES = 1 << 23
# what a table takes beside its letters
ARRAY_BYTES = 500
# letters that are added at once where the memory order is by rows
ROW_LETTERS = 1 << 12

AutomatonState = TypeVar("AutomatonState", bound=Hashable)


class Cursor(Protocol):
    """A place in one word, with the number of completions of every next letter."""

    def runs(self) -> Iterable[tuple[int, int, fmpz]]:
        """Yield (first letter, number of letters, completions of each), letters ascending.

        Letters that no run covers have no completion.
        """

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""


class Automaton(Protocol[AutomatonState]):
    """The words of one length, read letter by letter.

    Attributes
    ----------
    length : int
        Letters in a word.
    alphabet : int
        All letters are below it.
    start : AutomatonState
        The state before the first letter.
    """

    length: int
    alphabet: int
    start: AutomatonState

    def moves(
        self, state: AutomatonState, left: int, above: int = -1
    ) -> list[tuple[int, AutomatonState]]:
        """Return (letter, next state) for the letters greater than `above`, ascending.

        Only the letters that begin a completion of the state by `left` letters; the state has
        one.
        """

    def count(self, state: AutomatonState, left: int) -> int:
        """Return the number of completions of the state by `left` more letters."""

    def cursor(self) -> Cursor:
        """Return a cursor that stands before the first letter."""


class MovesCursor(Generic[AutomatonState]):
    """A place in a word of an automaton, by its moves and counts alone."""

    def __init__(self, automaton: Automaton[AutomatonState]) -> None:
        self._automaton, self._state = automaton, automaton.start
        self._left = automaton.length

    def runs(self) -> Iterator[tuple[int, int, fmpz]]:
        """Yield (first letter, number of letters, completions of each)."""
        for letter, state in self._automaton.moves(self._state, self._left):
            yield letter, 1, fmpz(self._automaton.count(state, self._left - 1))

    def step(self, letter: int) -> None:
        """Go on by a letter that has completions."""
        _, self._state = self._automaton.moves(self._state, self._left, letter - 1)[0]
        self._left -= 1


class NoWords:
    """The automaton of a family without words, which needs no table of any size."""

    alphabet = 0
    start = ()

    def __init__(self, length: int) -> None:
        self.length = length

    def moves(self, state: tuple[()], left: int, above: int = -1) -> list[tuple[int, tuple[()]]]:
        """Return no move."""
        return []

    def count(self, state: tuple[()], left: int) -> int:
        """Return 0."""
        return 0

    def cursor(self) -> Cursor:
        """Refuse: there is no word to read."""
        raise ValueError("the family is empty")


def blocks(
    automaton: Automaton[AutomatonState], start: int, stop: int, rows: int, order: Order = "F"
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
    Memory: the block, and beside it suffix tables of about 64 MB at most.
    """
    if start < stop:
        writer = _by_columns if order == "F" else _by_rows
        yield from writer(automaton, start, stop, rows)


def _by_columns(
    automaton: Automaton[AutomatonState], start: int, stop: int, rows: int
) -> Iterator[Words]:
    """Yield blocks in column order: suffixes copied, prefix letters written run by run."""
    length, dtype = automaton.length, letter_dtype(automaton.alphabet)
    out: Words = np.empty((min(rows, stop - start), length), dtype, "F")
    filled = 0
    # prefix column c holds letters[c] from row since[c] on; it is written when that run ends
    letters: list[int] = []
    since: list[int] = []
    tables = _SuffixTables(automaton, stop - start)
    for changed, prefix, table in _chunks(automaton, start, stop, tables.table):
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
                _write_runs(out, letters, since, 0, filled)
                yield out
                start += filled
                out = np.empty((min(rows, stop - start), length), dtype, "F")
                filled = 0
                since = [0] * depth


def _write_runs(out: Words, letters: list[int], since: list[int], first: int, end: int) -> None:
    """Write the runs of the prefix columns from `first` on, as far as row `end`."""
    for column in range(first, len(letters)):
        if since[column] < end:
            out[since[column] : end, column] = letters[column]


def _by_rows(
    automaton: Automaton[AutomatonState], start: int, stop: int, rows: int
) -> Iterator[Words]:
    """Yield blocks in row order: suffixes padded with zeros in front, the prefix added."""
    length, dtype = automaton.length, letter_dtype(automaton.alphabet)
    out: Words = np.empty((min(rows, stop - start), length), dtype)
    filled = 0
    tables = _SuffixTables(automaton, stop - start)
    for _, prefix, table in _chunks(automaton, start, stop, tables.padded):
        row = np.zeros(length, dtype)
        row[: len(prefix)] = prefix
        done = 0
        while done < len(table):
            take = min(len(table) - done, len(out) - filled)
            _add_row(table[done : done + take], row, out[filled : filled + take])
            done += take
            filled += take
            if filled == len(out):
                yield out
                start += filled
                out = np.empty((min(rows, stop - start), length), dtype)
                filled = 0


def _add_row(table: Words, row: Words, out: Words) -> None:
    """Write table + row to out, all in row order, several rows of the table at once."""
    period = max(1, ROW_LETTERS // max(1, len(row)))
    whole = len(table) // period
    if whole > 1:
        end = whole * period
        np.add(
            table[:end].reshape(whole, -1), np.tile(row, period), out=out[:end].reshape(whole, -1)
        )
        table, out = table[end:], out[end:]
    np.add(table, row, out=out)


def _chunks(
    automaton: Automaton[AutomatonState],
    start: int,
    stop: int,
    completions: Callable[[AutomatonState, int], Words],
) -> Iterator[tuple[int, list[int], Words]]:
    """Yield (first changed place, prefix, table of completions), from rank start to stop.

    The prefix is one list, changed between the chunks; together the chunks have stop - start
    rows.
    """
    prefix: list[int] = []
    rank = start
    while rank < stop:
        before = prefix.copy()
        prefix.clear()
        frames: list[Iterator[tuple[int, AutomatonState]]] = []
        state, left, rest = automaton.start, automaton.length, fmpz(rank)
        cursor = automaton.cursor()
        fits = not left
        while not fits:
            letter, size, rest = find(cursor, rest)
            cursor.step(letter)
            if left <= TABLE_DEPTH:
                frames.append(iter(automaton.moves(state, left, letter)))
            _, state = automaton.moves(state, left, letter - 1)[0]
            prefix.append(letter)
            left -= 1
            fits = _fits(int(size), left, stop - start)
        skip = int(rest) if left else 0
        changed = next(
            (i for i, (a, b) in enumerate(zip(before, prefix, strict=False)) if a != b),
            min(len(before), len(prefix)),
        )
        first_frame = len(prefix) - len(frames)
        while True:
            table = completions(state, left)[skip : skip + stop - rank]
            skip = 0
            yield changed, prefix, table
            rank += len(table)
            changed = len(prefix)
            # on to the next prefix; above the frames, find the way anew
            while frames:
                place = first_frame + len(frames) - 1
                left = automaton.length - 1 - place
                del prefix[place:]
                move = next(frames[-1], None)
                if move is None:
                    frames.pop()
                    continue
                letter, state = move
                prefix.append(letter)
                changed = min(changed, place)
                if _fits(automaton.count(state, left), left, stop - start):
                    break
                frames.append(iter(automaton.moves(state, left)))
            if not frames or rank == stop:
                break


def _fits(size: int, left: int, wanted: int) -> bool:
    """Tell whether `size` completions by `left` letters are worth a table."""
    return (
        left <= TABLE_DEPTH
        and size <= max(64, min(TABLE_ROWS, wanted))
        and size * left <= TABLE_LETTERS
    )


def find(cursor: Cursor, index: fmpz) -> tuple[int, fmpz, fmpz]:
    """Return the next letter of the word of rank `index` among the completions.

    Returns
    -------
    letter : int
        The letter.
    completions, rest : flint.fmpz
        The number of completions behind it, and the rank among these.
    """
    for first, number, each in cursor.runs():
        together = number * each
        if index < together:
            return first + int(index // each), each, index % each
        index -= together
    raise IndexError("no completion has this rank")


class _SuffixTables(Generic[AutomatonState]):
    """All completions of a state, as arrays.

    They lie in a few large pieces of memory, which the system hands out faster than many small
    ones. When together they are too large, all are dropped.
    """

    def __init__(self, automaton: Automaton[AutomatonState], wanted: int) -> None:
        self._automaton = automaton
        self._dtype = letter_dtype(automaton.alphabet)
        self._piece = min(PIECE_BYTES, 8 * wanted * automaton.length * self._dtype.itemsize)
        # by letters to come and state
        self._tables: defaultdict[int, dict[AutomatonState, Words]] = defaultdict(dict)
        self._padded: defaultdict[int, dict[AutomatonState, Words]] = defaultdict(dict)
        self._memory: npt.NDArray[np.uint8] = np.empty(0, np.uint8)
        self._taken = 0
        self._bytes = 0

    def table(self, state: AutomatonState, left: int) -> Words:
        """Return the completions of `state` by `left` letters, shape (count, left)."""
        table = self._tables[left].get(state)
        if table is None:
            self._make_room()
            self._build(state, left)
            table = self._tables[left][state]
        return table

    def padded(self, state: AutomatonState, left: int) -> Words:
        """Return the completions in row order, zeros in front to the length of a word."""
        rows = self._padded[left].get(state)
        if rows is None:
            self._make_room()
            table = self.table(state, left)
            depth = self._automaton.length - left
            rows = self._array(len(table), self._automaton.length, "C")
            rows[:, :depth] = 0
            rows[:, depth:] = table
            self._padded[left][state] = rows
        return rows

    def _build(self, state: AutomatonState, left: int) -> None:
        """Make the tables of the states that can be reached, the shortest first."""
        if left == 0:
            self._tables[0][state] = self._array(1, 0, "F")
            return
        moves = []
        states = {state}
        for k in range(left, 0, -1):
            known = self._tables[k]
            level = {s: self._automaton.moves(s, k) for s in states if s not in known}
            moves.append(level)
            states = {after for following in level.values() for _, after in following}
        for k, level in enumerate(reversed(moves), start=1):
            tables, shorter = self._tables[k], self._tables[k - 1]
            for each, following in level.items():
                letters, states_after = zip(*following, strict=True)
                first: Words = np.array(letters, self._dtype)
                if k == 1:
                    tables[each] = first.reshape(-1, 1)
                else:
                    tables[each] = self._joined(first, [shorter[s] for s in states_after], k)

    def _joined(self, first: Words, parts: list[Words], left: int) -> Words:
        """Return the table of a state from its first letters and the tables after each."""
        sizes = list(map(len, parts))
        out = self._array(sum(sizes), left, "F")
        out[:, 0] = first.repeat(sizes)
        np.concatenate(parts, out=out[:, 1:])
        return out

    def _array(self, rows: int, columns: int, order: Order) -> Words:
        """Return a new array, from the memory in stock."""
        size = rows * columns * self._dtype.itemsize
        if self._taken + size > len(self._memory):
            self._memory = np.empty(max(size, self._piece), np.uint8)
            self._taken = 0
            self._bytes += len(self._memory)
        array: Words = np.ndarray(
            (rows, columns), self._dtype, self._memory, self._taken, order=order
        )
        self._taken += size
        return array

    def _make_room(self) -> None:
        """Drop all tables when they are too large."""
        number = sum(map(len, self._tables.values()))
        if self._bytes + ARRAY_BYTES * number > CACHE_BYTES:
            self._tables.clear()
            self._padded.clear()
            self._memory = np.empty(0, np.uint8)
            self._taken = self._bytes = 0
