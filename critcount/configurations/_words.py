"""A word as it is received, and as it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from critcount._support import checks
from critcount._support.types import letter_dtype

__all__ = ["key_of", "letters_of"]


def letters_of(word: Any) -> list[int]:
    """Return the letters of a word as a list of non-negative Python ints."""
    if isinstance(word, np.ndarray) and word.ndim == 1 and word.dtype.kind in "iu":
        if word.dtype.kind == "i" and word.size and word.min() < 0:
            i = int(np.argmax(word < 0))
            raise ValueError(f"word[{i}] must be at least 0, not {int(word[i])}")
        return word.tolist()  # type: ignore[no-any-return]
    return list(checks.integers("word", word, minimum=0))


def key_of(letters: Sequence[int]) -> bytes:
    """Return the letters of a canonical word as big-endian bytes."""
    dtype = letter_dtype(len(letters))
    if dtype.itemsize == 1:
        return bytes(letters)
    return np.array(letters, dtype.newbyteorder(">")).tobytes()
