"""Reading `.safetensors` files: shapes from the header alone, values tensor by tensor.

The header is parsed here and not by the library of the same name, which writes the files: at
reading it takes the last of two entries of one name without a word where the data fits it, and has
no bfloat16 for numpy (seen at 0.8.0).
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from typing import Any, NamedTuple

from critcount._support.checks import show
from critcount.weights._bytes import HeaderFile, Tensor, no_float, unpacked

__all__ = ["INDEX", "SafetensorsReader", "ShardsReader"]

INDEX = ".safetensors.index.json"  # how the index of a model in several files ends
MAX_SHARDS = 10_000

FLOATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
PRECISIONS = {"F64": 2.0**-52, "F32": 2.0**-23, "F16": 2.0**-10, "BF16": 2.0**-7}


class _Extent(NamedTuple):
    begin: int
    end: int
    shape: tuple[int, ...]
    dtype: str


class SafetensorsReader:
    """An open file and its header."""

    def __init__(self, file: HeaderFile) -> None:
        self._file = file
        self._extents = _header(file)
        self._start = file.tell()
        self.shapes = {name: extent.shape for name, extent in self._extents.items()}

    def read(self, name: str) -> Tensor:
        """Return the values of a tensor."""
        extent = self._extents[name]
        if extent.dtype not in FLOATS:
            raise ValueError(no_float(name, extent.dtype))
        self._file.seek(self._start + extent.begin)
        decode = _bfloat16 if extent.dtype == "BF16" else None
        array = unpacked(extent.shape, FLOATS[extent.dtype], self._file.readinto, name, decode)
        return Tensor(array, PRECISIONS[extent.dtype])


class ShardsReader:
    """An index of tensors that several `.safetensors` files beside it hold."""

    def __init__(self, file: HeaderFile) -> None:
        index = json.loads(file.read().decode(), object_pairs_hook=_unique)
        places = index.get("weight_map") if isinstance(index, dict) else None
        if not isinstance(places, dict) or not all(isinstance(p, str) for p in places.values()):
            raise ValueError("it has no weight_map of names to files")
        names = sorted(set(places.values()))
        if len(names) > MAX_SHARDS:
            raise ValueError(f"it names {len(names):,} files, more than {MAX_SHARDS:,}")
        folder = os.path.dirname(os.fspath(file.name))
        self._paths: dict[str, str] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        for name in names:
            if os.path.basename(name) != name or not name.endswith(".safetensors"):
                raise ValueError(f"{show(name)} is no name of a .safetensors file beside it")
            path = os.path.join(folder, name)
            if not os.path.exists(path) or not stat.S_ISREG(os.stat(path).st_mode):
                raise ValueError(f"there is no file {show(name)} beside it")
            with HeaderFile(path) as shard:
                for tensor, shape in _in_shard(name, shard).shapes.items():
                    if places.get(tensor) == name:
                        self._paths[tensor] = path
                        shapes[tensor] = shape
        if absent := [tensor for tensor in places if tensor not in shapes]:
            where = places[absent[0]]
            raise ValueError(
                f"{show(where)} has no tensor {show(absent[0])}, which it should hold"
            )
        self.shapes = {tensor: shapes[tensor] for tensor in places}

    def read(self, name: str) -> Tensor:
        """Return the values of a tensor."""
        path = self._paths[name]
        with HeaderFile(path) as shard:
            return _in_shard(os.path.basename(path), shard).read(name)


def _in_shard(name: str, file: HeaderFile) -> SafetensorsReader:
    try:
        return SafetensorsReader(file)
    except ValueError as error:
        raise ValueError(f"{show(name)}: {error}") from error


def _bfloat16(codes: Any) -> Any:
    return (codes.astype("<u4") << 16).view("<f4")  # the upper half of a float32


def _header(file: HeaderFile) -> dict[str, _Extent]:
    length, rest = int.from_bytes(file.read(8), "little"), file.size() - 8
    if length > rest:
        raise ValueError(f"its header should have {length:,} bytes, but the file is shorter")
    text = file.read(length).decode()  # of a number, 20 digits are enough to refuse it
    header = json.loads(text, object_pairs_hook=_unique, parse_int=lambda n: int(n[:20]))
    if not isinstance(header, dict) or not isinstance(header.pop("__metadata__", {}), dict):
        raise ValueError("its header is not a JSON object, or the metadata in it is none")
    found = {name: _entry(name, entry) for name, entry in header.items()}
    position = 0
    for begin, end, name in sorted((e.begin, e.end, name) for name, e in found.items()):
        if begin != position:
            raise ValueError(f"the data of tensor {show(name)} overlaps or leaves a gap")
        position = end
    if position != rest - length:
        raise ValueError(f"it has {rest - length:,} bytes of data instead of {position:,}")
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(items := dict(pairs)) < len(pairs):
        raise ValueError("its header has a name twice")
    return items


def _entry(name: str, entry: object) -> _Extent:
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [begin, end]} if (
            len(shape) <= 64
            and all(type(n) is int and 0 <= n < 2**63 for n in (*shape, begin, end))
            and (bits := re.match("[A-Z]+([1-9][0-9]{0,2})", dtype.replace("BOOL", "U8")))
        ):  # a data type has the bits of an element in its name, as in BF16 and F8_E4M3
            if math.prod(shape) * int(bits[1]) == 8 * (end - begin):
                return _Extent(begin, end, tuple(shape), dtype)
    raise ValueError(f"tensor {show(name)} has no valid data type, shape and extent of data")
