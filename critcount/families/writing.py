"""Words to text, CSV, JSON lines and Parquet, block by block."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

import numpy as np

from critcount._support import numerals
from critcount._support.extras import pyarrow
from critcount._support.progress import silent
from critcount._support.types import Advance, Words
from critcount.families.layered import Layered
from critcount.families.protocol import Family, columns

__all__ = [
    "csv_lines",
    "json_lines",
    "schema",
    "write_csv",
    "write_json_lines",
    "write_parquet",
    "write_text",
]


def write_text(
    family: Family[Any], blocks: Iterable[Words], stream: IO[str], advance: Advance = silent
) -> None:
    """Write words as the family reads them, one a line: ``0,1,10,2``, a slash between layers.

    Parameters
    ----------
    family : Family
        Whose words they are.
    blocks : iterable of numpy.ndarray
        Blocks of words.
    stream : text stream
        Where the lines go.
    advance : callable, optional
        Called with the number of words of every block that has been written.
    """
    layers = family.layers if isinstance(family, Layered) else ()
    ends = list(itertools.accumulate(layer.m for layer in layers))[:-1]
    _write(blocks, stream, lambda block: csv_lines(block, ends), advance)


def write_csv(
    family: Family[Any], blocks: Iterable[Words], stream: IO[str], advance: Advance = silent
) -> None:
    """Write words as CSV: a line of column names, then one word a line.

    Parameters
    ----------
    family : Family
        Whose words they are.
    blocks : iterable of numpy.ndarray
        Blocks of words.
    stream : text stream
        Where the lines go.
    advance : callable, optional
        Called with the number of words of every block that has been written.
    """
    stream.write(",".join(columns(family.m)) + "\n")
    _write(blocks, stream, csv_lines, advance)


def write_json_lines(
    blocks: Iterable[Words], stream: IO[str], start: int | None, advance: Advance = silent
) -> None:
    """Write words as JSON lines: an object with the word and, if `start` is given, the rank.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray
        Blocks of words.
    stream : text stream
        Where the lines go.
    start : int or None
        Rank of the first word; the others follow. Ranks are strings of digits.
    advance : callable, optional
        Called with the number of words of every block that has been written.
    """
    rows = 0

    def spelled(block: Words) -> str:
        nonlocal rows
        rows += len(block)
        return json_lines(block, None if start is None else start + rows - len(block))

    _write(blocks, stream, spelled, advance)


def _write(
    blocks: Iterable[Words], stream: IO[str], spelled: Callable[[Words], str], advance: Advance
) -> None:
    for block in blocks:
        stream.write(spelled(block))
        advance(len(block))


def write_parquet(
    family: Family[Any], blocks: Iterable[Words], stream: IO[bytes], advance: Advance = silent
) -> None:
    """Write words as one Parquet file, one column a neuron and one row group a block.

    Parameters
    ----------
    family : Family
        Whose words they are; with at least one neuron.
    blocks : iterable of numpy.ndarray
        Blocks of words, by columns for speed.
    stream : binary stream
        Where the bytes go.
    advance : callable, optional
        Called with the number of words of every block that has been written.

    Raises
    ------
    ImportError
        When pyarrow is not installed.
    ValueError
        When the family has no neurons.
    """
    arrow, names = pyarrow(), schema(family)
    with arrow.parquet.ParquetWriter(stream, names, compression="zstd") as writer:
        for block in blocks:
            arrays = [arrow.array(block[:, i]) for i in range(family.m)]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=names))
            advance(len(block))


def schema(family: Family[Any]) -> Any:
    """Return the columns of a family in Parquet, as a ``pyarrow.Schema``."""
    if not family.m:
        raise ValueError("this family has no neurons, so that there is no column to write")
    arrow = pyarrow()
    letter = arrow.from_numpy_dtype(family._dtype())
    return arrow.schema([arrow.field(name, letter) for name in columns(family.m)])


def csv_lines(block: Words, ends: Sequence[int] = ()) -> str:
    r"""Return words as text, one a line, letters separated by commas, or slashes at the ends.

    >>> csv_lines(np.array([[0, 1, 10, 2]], np.uint8))
    '0,1,10,2\n'
    >>> csv_lines(np.array([[0, 1, 10, 2]], np.uint8), [2])
    '0,1/10,2\n'
    """
    if not block.size:
        return len(block) * "\n"
    # the digits of every letter, padded with zero bytes that are dropped at the end
    most = int(block.max())
    width = len(str(most))
    numbers = np.arange(most + 1).astype(f"S{width}")
    spelled: Words = np.full((len(numbers), width + 1), ord(","), np.uint8)
    spelled[:, :width] = numbers.view(np.uint8).reshape(-1, width)
    text: Words = spelled[block]
    text[:, [end - 1 for end in ends], -1] = ord("/")
    text[:, -1, -1] = ord("\n")
    packed: bytes = text.tobytes().translate(None, b"\0")
    return packed.decode("ascii")


def json_lines(block: Words, start: int | None) -> str:
    r"""Return words as JSON objects, one a line.

    >>> json_lines(np.array([[0, 1], [1, 0]], np.uint8), 7)
    '{"rank": "7", "word": [0,1]}\n{"rank": "8", "word": [1,0]}\n'
    """
    words = csv_lines(block).split("\n")[:-1]
    if start is None:
        return "".join([f'{{"word": [{word}]}}\n' for word in words])
    # Python always spells integers of so many digits, whatever its limit is set to
    spelled = str if start < 10**600 else numerals.digits
    ranks = map(spelled, range(start, start + len(words)))
    return "".join(
        [
            f'{{"rank": "{rank}", "word": [{word}]}}\n'
            for rank, word in zip(ranks, words, strict=True)
        ]
    )
