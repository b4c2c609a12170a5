"""What the readers of weight files share: bounded reading, and values in float64."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from critcount._support.checks import show

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["MAX_HEADER", "HeaderFile", "Tensor", "no_float", "unpacked"]

MAX_HEADER = 2**23  # bytes of a header or a zip directory; parsed they take some 25 times that
BYTES_AT_ONCE = 2**20  # bytes unpacked at a time


class Tensor(NamedTuple):
    """The values of a tensor.

    Attributes
    ----------
    values : numpy.ndarray of float64
    precision : float
        The spacing of the numbers next to 1 in the type that the file has: 2^-52 for 64 bits,
        2^-23 for 32, 2^-10 for 16, 2^-7 for bfloat16.
    """

    values: npt.NDArray[np.float64]
    precision: float


class HeaderFile(io.FileIO):
    """A file that refuses to read more at once than a header may have."""

    def size(self) -> int:
        """Return the number of bytes in the file."""
        return os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Return as many bytes, or all that follow, if they are no more than the limit."""
        if size is None or size < 0:
            size = max(0, self.size() - self.tell())
        if size > MAX_HEADER:
            raise ValueError(f"its header of {size:,} bytes is past the limit of {MAX_HEADER:,}")
        return super().read(size) or b""


def unpacked(
    shape: tuple[int, ...],
    dtype: str,
    readinto: Callable[[memoryview], int | None],
    name: str,
    decode: Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None = None,
) -> npt.NDArray[np.float64]:
    """Return an array of native float64 from the bytes of a stream, piece by piece.

    Beside the array itself it takes the memory of one piece. No conversion from a narrower
    floating-point type loses anything.
    """
    import numpy as np

    out = np.empty(shape)
    flat = out.reshape(-1)
    kind = np.dtype(dtype)
    piece = np.empty(min(BYTES_AT_ONCE // kind.itemsize, flat.size), kind)
    for start in range(0, flat.size, len(piece) or 1):
        part = piece[: flat.size - start]
        view = part.view("u1").data
        done = 0
        while done < len(view):
            if not (count := readinto(view[done:])):
                raise ValueError(f"the data of {show(name)} ends too early")
            done += count
        with np.errstate(invalid="ignore"):  # NaN is for others to refuse, with its place
            flat[start : start + len(part)] = part if decode is None else decode(part)
    return out


def no_float(name: str, dtype: str) -> str:
    """Return why a tensor of another data type is not read."""
    return (
        f"tensor {show(name)} has the data type {dtype}; weights must be floating-point numbers "
        "of 16, 32 or 64 bits (turn quantised or integer codes into weights first)"
    )
