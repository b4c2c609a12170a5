"""Types that many rooms share, and the type of the letters of a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Advance", "Array", "EntryFunction", "Indices", "Words", "letter_dtype"]

#: told how many more units are done, or which part of one, by a function that takes long
Advance: TypeAlias = Callable[[float], object]
#: real numbers: weights, inputs, losses
Array: TypeAlias = npt.NDArray[np.float64]
#: a function of every entry of an array
EntryFunction: TypeAlias = Callable[[Array], Array]
#: places, or the numbers of blocks or groups
Indices: TypeAlias = npt.NDArray[np.intp]
#: words as rows, in the narrowest unsigned type
Words: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]


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
