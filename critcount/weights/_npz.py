"""Reading `.npz` files: shapes from the headers of the arrays, values array by array."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from typing import Any, NamedTuple

from critcount._support.checks import show
from critcount.weights._bytes import HeaderFile, Tensor, no_float, unpacked

__all__ = ["MAX_TENSORS", "NpzReader"]

MAX_TENSORS = 2**16  # arrays in a file, each with a header of its own
MAX_NPY_HEADER = 10_000  # characters, the bound up to which numpy holds parsing one safe


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran: bool
    dtype: Any
    length: int


class NpzReader:
    """An open file and the headers of its arrays."""

    def __init__(self, file: HeaderFile) -> None:
        self._archive = zipfile.ZipFile(file)
        members = [m for m in self._archive.infolist() if m.filename.endswith(".npy")]
        if not 0 < len(members) <= MAX_TENSORS:
            raise ValueError(f"it has {len(members):,} arrays, not 1 to {MAX_TENSORS:,}")
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._headers: dict[str, _Header] = {}
        known: dict[bytes, tuple[Any, ...]] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of numpy and ast, about the text of odd headers
            for member in members:
                if (name := member.filename.removesuffix(".npy")) in self._members:
                    raise ValueError(f"it has array {show(name)} twice")
                if member.flag_bits & 1 or member.compress_type not in (0, zipfile.ZIP_DEFLATED):
                    # encrypted, or by a method that unpacks without a bound
                    raise ValueError(
                        f"array {show(name)} is packed in a way that numpy never uses"
                    )
                self._members[name] = member
                with self._archive.open(member) as stream:
                    self._headers[name] = _header(name, stream, member.file_size, known)
        self.shapes = {name: header.shape for name, header in self._headers.items()}

    def read(self, name: str) -> Tensor:
        """Return the values of an array."""
        import numpy as np

        shape, fortran, dtype, length = self._headers[name]
        if dtype.kind != "f" or dtype.itemsize > 8:
            raise ValueError(no_float(name, str(dtype)))
        with self._archive.open(self._members[name]) as stream:
            stream.read(length)

            def readinto(view: memoryview) -> int:
                return stream.readinto(view)  # type: ignore[attr-defined, no-any-return]

            array = unpacked(shape[::-1] if fortran else shape, dtype.str, readinto, name)
            if stream.read(1):  # the checksum is compared at the end
                raise ValueError(f"array {show(name)} goes on after its data")
        return Tensor(array.T if fortran else array, float(np.finfo(dtype).eps))


def _header(name: str, stream: Any, size: int, known: dict[bytes, tuple[Any, ...]]) -> _Header:
    from numpy.lib import format as npy

    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    content = stream.read(MAX_NPY_HEADER + 12)
    start = io.BytesIO(content)
    if (version := npy.read_magic(start)) not in readers:
        raise ValueError(f"array {show(name)} has a header of version {version}")
    text = content[: 10 + int.from_bytes(content[8:10], "little")] if version == (1, 0) else b""
    if text and text in known:  # as in a file of many arrays of one shape
        shape, fortran, dtype = known[text]
        length = len(text)
    else:
        shape, fortran, dtype = readers[version](start)
        length = start.tell()
        if text:
            known[text] = shape, fortran, dtype
    if dtype.hasobject:
        raise ValueError(f"array {show(name)} holds Python objects, which are never loaded")
    if (
        not all(0 <= n < 2**63 for n in shape)
        or math.prod(shape) * dtype.itemsize != size - length
    ):
        raise ValueError(f"array {show(name)} has a shape that does not fit its data")
    return _Header(tuple(map(int, shape)), bool(fortran), dtype, length)
