"""A word as it is received, and as it is kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from critcount._support import checks
from critcount._support.types import letter_dtype

__all__ = ["key_of", "letters_of"]

#: digits of a letter that are read; a letter is smaller than the number of neurons
DIGITS = 18


def letters_of(word: object) -> list[int]:
    """Return the letters of a word as a list of non-negative Python ints.

    Written with commas, or without where every letter has one digit:

    >>> letters_of("0,1,10,2"), letters_of("012"), letters_of("")
    ([0, 1, 10, 2], [0, 1, 2], [])
    """
    if isinstance(word, str):
        return _spelled(word)
    if isinstance(word, np.ndarray) and word.ndim == 1 and word.dtype.kind in "iu":
        if word.dtype.kind == "i" and word.size and word.min() < 0:
            i = int(np.argmax(word < 0))
            raise ValueError(f"word[{i}] must be at least 0, not {int(word[i])}")
        return word.tolist()  # type: ignore[no-any-return]
    return list(checks.integers("word", word, minimum=0))


def _spelled(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")] if "," in text else list(text.strip())
    if not all(part.isascii() and part.isdigit() and len(part) <= DIGITS for part in parts):
        raise ValueError(
            "a word must have one letter a neuron, such as 0,1,10,2 or 012, "
            f"not {checks.show(text)}"
        )
    return list(map(int, parts))


def key_of(letters: Sequence[int]) -> bytes:
    """Return the letters of a canonical word as big-endian bytes."""
    dtype = letter_dtype(len(letters))
    if dtype.itemsize == 1:
        return bytes(letters)
    return np.array(letters, dtype.newbyteorder(">")).tobytes()
