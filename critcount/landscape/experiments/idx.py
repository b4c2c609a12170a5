"""The idx files in which MNIST comes: a reader that believes nothing."""

from __future__ import annotations

import gzip
import io
import math
import os
import zlib
from typing import IO

import numpy as np
import numpy.typing as npt

from critcount._support import checks

__all__ = ["read_idx"]

MAX_BYTES = 2**28  # MNIST's largest file, unpacked, is a sixth of this
GZIP = b"\x1f\x8b"
UBYTE = 0x08


def read_idx(
    path: str | os.PathLike[str], dimensions: int, *, limit: int = MAX_BYTES
) -> npt.NDArray[np.uint8]:
    """Return the array of unsigned bytes in an idx file, compressed with gzip or not.

    Parameters
    ----------
    path : path
    dimensions : int
        Of the array expected: 3 for images (number, rows, columns), 1 for labels.
    limit : int
        The most bytes to read, unpacked.

    Returns
    -------
    numpy.ndarray
        uint8, of the shape that the header announces.

    Raises
    ------
    OSError
        When the file is missing, a folder or unreadable.
    SizeLimitError
        When the header announces more bytes than `limit`; no data has been read then.
    ValueError
        When it is no idx file of unsigned bytes, has another number of dimensions, is truncated,
        or holds more than its header announces.

    Notes
    -----
    The format: two bytes 0, one for the type (8 stands for unsigned bytes), one for the number of
    dimensions, each of these as four bytes, most significant first, then the data in C order.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "labels")
    >>> with open(path, "wb") as stream:
    ...     _ = stream.write(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    >>> read_idx(path, 1)
    array([7, 2, 1], dtype=uint8)
    """
    dimensions = checks.integer("dimensions", dimensions, minimum=1, maximum=255)
    limit = checks.integer("limit", limit, minimum=0)
    name = os.fspath(path)
    with open(name, "rb") as raw:
        packed = raw.read(2) == GZIP
        raw.seek(0)
        try:
            if not packed:
                return _read(raw, name, dimensions, limit)
            with gzip.open(raw) as stream:
                return _read(io.BufferedReader(stream), name, dimensions, limit)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{name}: is damaged: {error}") from error


def _read(stream: IO[bytes], name: str, dimensions: int, limit: int) -> npt.NDArray[np.uint8]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise ValueError(f"{name}: is no idx file: it begins with {magic.hex(' ') or 'nothing'}")
    if magic[2] != UBYTE:
        raise ValueError(f"{name}: must hold unsigned bytes (type 08), not type {magic[2]:02x}")
    if magic[3] != dimensions:
        raise ValueError(f"{name}: must have {dimensions} dimensions, not {magic[3]}")
    header = stream.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise ValueError(f"{name}: ends within its header")
    shape = tuple(int(size) for size in np.frombuffer(header, dtype=">u4"))
    amount = math.prod(shape)
    checks.size(f"the data of {name}", amount, limit, "bytes", "raise limit")
    data = stream.read(amount + 1)
    if len(data) != amount:
        has = "more" if len(data) > amount else f"only {len(data):,}"
        raise ValueError(f"{name}: announces {amount:,} bytes of data and has {has}")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)
