"""The one reader of weight files: the shapes that a file holds and the network that they form.

Only headers are read, and no pickle is ever loaded. Whatever the bytes of a file, they give its
shapes or a `ValueError` of one line that names it, in time and memory bounded by the limits below.
"""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import stat
from collections.abc import Iterable, Mapping
from itertools import groupby, islice, pairwise, takewhile
from typing import Any

from critcount.checks import show

MAX_HEADER = 2**23  # bytes of a header or a zip directory; parsed they take some 25 times that
MAX_TENSORS = 2**16  # arrays in a zip file, each with a header of its own
MAX_NPY_HEADER = 10_000  # characters, the bound up to which numpy holds parsing one safe
PICKLED = (".pt", ".pth", ".bin", ".ckpt")
LISTED = 12
NUMBER = re.compile("[0-9]+")
PICK = (
    "name the matrices of one multilayer perceptron, first layer first, in tensors=[...] "
    "(--tensor NAME, once for each), "
    "with '.T' appended to the name of each that is stored as (in, out)"
)


def is_weight_file(path: str | os.PathLike[str]) -> bool:
    """Return whether an argument is meant as a weights file, pickled ones included, by its suffix.

    >>> [is_weight_file(p) for p in ("784-300-100-10", "net.npz", "a/B.SafeTensors", "net.pt")]
    [False, True, True, True]
    """
    return os.path.splitext(path)[1].lower() in (*_READERS, *PICKLED)


def shapes(path: str | os.PathLike[str]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor in a `.safetensors` or `.npz` file, in file order.

    The headers are checked against the size of the data that they announce; the data is not
    read. The usual writer of `.safetensors` files sorts tensors by data type, then by name.

    Parameters
    ----------
    path : str or os.PathLike
        The suffix says which format it is.

    Returns
    -------
    dict of str to tuple of int

    Raises
    ------
    TypeError
        `path` is no path.
    FileNotFoundError, IsADirectoryError, PermissionError
        As for `open`.
    ValueError
        Another suffix (pickles such as `.pt` among them), or a file that is empty, truncated,
        inconsistent, past the limits of this module, or holds arrays of Python objects.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(name := os.fspath(path), bytes):
        raise TypeError(f"path must be a string or a path, not {show(path)}")
    suffix = os.path.splitext(name)[1].lower()
    if os.path.isdir(name):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if suffix in PICKLED:
        raise ValueError(
            f"{name!r} is taken for a pickle, which can run any code and is never loaded: convert "
            "it where the model is at hand by safetensors.torch.save_file(model.state_dict(), "
            f"{name[: -len(suffix)] + '.safetensors'!r})"
        )
    if suffix not in _READERS:
        raise ValueError(f"a weights file must be .safetensors or .npz, not {name!r}")
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):  # a named pipe would wait for its writer
            raise ValueError("it is not a regular file")
    except ValueError as error:  # or a character that no file name has
        raise ValueError(f"{name!r} cannot be read: {error}") from None
    with _HeaderFile(name) as file:
        try:
            return _READERS[suffix](file)
        except Exception as error:  # zipfile, numpy and json have many ways to refuse bytes
            reason = (str(error) or type(error).__name__) if file.size() else "it is empty"
    reason = "".join(c if c.isprintable() else " " for c in reason[:300])
    raise ValueError(f"{name!r} is not a readable {suffix} file: {reason}")


def chain(
    shapes: Mapping[str, tuple[int, ...]], tensors: Iterable[str] | None = None
) -> tuple[int, ...]:
    """Return the layer widths of the one multilayer perceptron that the matrices form.

    A matrix of shape (out, in), as PyTorch has them, is a layer, and each takes as many inputs
    as the one before gives. Tensors of fewer dimensions (biases, norms, counters) do not count.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        As the function `shapes` returns them.
    tensors : iterable of str, optional
        The names of the matrices, first layer first. A matrix stored as (in, out), as in Keras,
        Flax and the Conv1D layers of GPT-2, is named with `.T` appended. By default all
        matrices in the order of `shapes`, but names that differ only in their numbers in the
        order of the numbers (`layers.2` before `layers.10`).

    Returns
    -------
    tuple of int
        Inputs, hidden widths, outputs: one more than there are matrices.

    Raises
    ------
    TypeError
        `tensors` is no iterable of strings.
    ValueError
        The matrices do not chain, a name is not there or is no matrix's, or a bias (`x.bias` for
        `x.weight` or `x.kernel`, `b1` for `W1`) has one entry per column and not per row. Without
        `tensors` also when any tensor has more than two dimensions, and when a width comes back
        later under names not numbered alike, as another order may chain, too.

    Notes
    -----
    A chain of (in, out) matrices can be one of (out, in) matrices as well: those of GPT-2's
    feed-forward block, (768, 3072) and (3072, 768), read as 3072-768-3072. The bias tells the two
    apart; where there is none, nothing does, so append `.T` for files of that layout.

    Examples
    --------
    >>> chain({"0.weight": (300, 784), "0.bias": (300,), "2.weight": (10, 300)})
    (784, 300, 10)
    >>> block = {"h.0.mlp.c_fc.weight": (768, 3072), "h.0.mlp.c_proj.weight": (3072, 768)}
    >>> chain(block, ["h.0.mlp.c_fc.weight.T", "h.0.mlp.c_proj.weight.T"])
    (768, 3072, 768)
    """
    if isinstance(tensors, str | bytes) or not isinstance(tensors, Iterable | None):
        raise TypeError(f"tensors must be a sequence of names, not {show(tensors)}")
    matrices = [name for name, shape in shapes.items() if len(shape) == 2]
    names = _in_order(matrices) if tensors is None else list(tensors)
    layers = {name: _layer(name, shapes) for name in names}
    advice = f"{PICK}; matrices: {_listed(layers)}"
    larger = {name: shape for name, shape in shapes.items() if len(shape) > 2}
    if not names or (larger and tensors is None):
        what = "there must be matrices and nothing of more dimensions"
        raise ValueError(f"{what} ({_listed(larger) or 'none'} here): {advice}")
    for name, (rows, columns) in layers.items():
        if rows != columns == _bias(name, shapes):
            what = f"by its bias of {columns} entries {show(name)} is stored as (in, out)"
            raise ValueError(f"{what}: {advice}")
    for before, name in pairwise(names):
        if (given := layers[before][0]) != (taken := layers[name][1]):
            other = all(layers[a][1] == layers[b][0] for a, b in pairwise(names))
            hint = " (they do when all are taken as stored as (in, out))" if other else ""
            what = f"{show(name)} takes {taken} inputs, {show(before)} gives {given}"
            raise ValueError(f"the matrices do not form one chain{hint}, as {what}: {advice}")
    widths = (layers[names[0]][1], *(layers[name][0] for name in names))
    runs = [width for width, _ in groupby(widths)]
    templates = {NUMBER.sub("0", name) for name in names}
    if tensors is None and len(templates) > 1 and len(set(runs)) < len(runs):
        what = "the names do not tell the order of the matrices and a width comes back later"
        raise ValueError(f"{what}, so there may be more chains than one: {advice}")
    return widths


class _HeaderFile(io.FileIO):
    """A file that refuses to read more at once than a header may have."""

    def size(self) -> int:
        return os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = max(0, self.size() - self.tell())
        if size > MAX_HEADER:
            raise ValueError(f"its header of {size:,} bytes is past the limit of {MAX_HEADER:,}")
        return super().read(size) or b""


def _safetensors(file: _HeaderFile) -> dict[str, tuple[int, ...]]:
    length, rest = int.from_bytes(file.read(8), "little"), file.size() - 8
    if length > rest:
        raise ValueError(f"its header should have {length:,} bytes, but the file is shorter")
    text = file.read(length).decode()  # of a number, 20 digits are enough to refuse it
    header = json.loads(text, object_pairs_hook=_unique, parse_int=lambda n: int(n[:20]))
    if not isinstance(header, dict) or not isinstance(header.pop("__metadata__", {}), dict):
        raise ValueError("its header is not a JSON object, or the metadata in it is none")
    found = {name: _safetensors_entry(name, entry) for name, entry in header.items()}
    position = 0
    for begin, end, name in sorted((begin, end, name) for name, (begin, end, _) in found.items()):
        if begin != position:
            raise ValueError(f"the data of tensor {show(name)} overlaps or leaves a gap")
        position = end
    if position != rest - length:
        raise ValueError(f"it has {rest - length:,} bytes of data instead of {position:,}")
    return {name: shape for name, (_, _, shape) in found.items()}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(items := dict(pairs)) < len(pairs):
        raise ValueError("its header has a name twice")
    return items


def _safetensors_entry(name: str, entry: Any) -> tuple[int, int, tuple[int, ...]]:
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [begin, end]} if (
            len(shape) <= 64
            and all(type(n) is int and 0 <= n < 2**63 for n in (*shape, begin, end))
            and (bits := re.match("[A-Z]+([1-9][0-9]{0,2})", dtype.replace("BOOL", "U8")))
        ):  # a data type has the bits of an element in its name, as in BF16 and F8_E4M3
            if math.prod(shape) * int(bits[1]) == 8 * (end - begin):
                return begin, end, tuple(shape)
    raise ValueError(f"tensor {show(name)} has no valid data type, shape and extent of data")


def _npz(file: _HeaderFile) -> dict[str, tuple[int, ...]]:
    import warnings
    import zipfile

    found: dict[str, tuple[int, ...]] = {}
    with warnings.catch_warnings(), zipfile.ZipFile(file) as archive:
        warnings.simplefilter("ignore")  # of numpy and ast, about the text of odd headers
        members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        if not 0 < len(members) <= MAX_TENSORS:
            raise ValueError(f"it has {len(members):,} arrays, not 1 to {MAX_TENSORS:,}")
        for member in members:
            if (name := member.filename.removesuffix(".npy")) in found:
                raise ValueError(f"it has array {show(name)} twice")
            if member.flag_bits & 1 or member.compress_type not in (0, zipfile.ZIP_DEFLATED):
                # encrypted, or by a method that unpacks without a bound
                raise ValueError(f"array {show(name)} is packed in a way that numpy never uses")
            with archive.open(member) as stream:
                start = stream.read(MAX_NPY_HEADER + 12)
            found[name] = _npy_shape(name, start, member.file_size)
    return found


def _npy_shape(name: str, start: bytes, size: int) -> tuple[int, ...]:
    from numpy.lib import format as npy

    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    stream = io.BytesIO(start)
    if (version := npy.read_magic(stream)) not in readers:
        raise ValueError(f"array {show(name)} has a header of version {version}")
    shape, _, dtype = readers[version](stream)
    if dtype.hasobject:
        raise ValueError(f"array {show(name)} holds Python objects, which are never loaded")
    size -= stream.tell()
    if not all(0 <= n < 2**63 for n in shape) or math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"array {show(name)} has a shape that does not fit its data")
    return tuple(map(int, shape))


_READERS = {".safetensors": _safetensors, ".npz": _npz}


def _listed(found: Mapping[str, tuple[int, ...]]) -> str:
    items = ", ".join(f"{show(name)} {show(n)}" for name, n in islice(found.items(), LISTED))
    return items + (f" and {len(found) - LISTED:,} more" if len(found) > LISTED else "")


def _layer(name: object, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, int]:
    """Return the outputs and inputs of the matrix that a name, maybe with `.T`, stands for."""
    if not isinstance(name, str):
        raise TypeError(f"tensors must be names, not {show(name)} ({type(name).__name__})")
    stored = name if name in shapes else name.removesuffix(".T")
    shape = shapes.get(stored)
    if shape is None:
        end = stored[::-1]
        near = sorted(shapes, key=lambda n: -sum(takewhile(bool, map(str.__eq__, n[::-1], end))))
        listing = _listed({other: shapes[other] for other in near if len(shapes[other]) == 2})
        raise ValueError(f"there is no tensor {show(stored)}: {PICK}; matrices: {listing}")
    if len(shape) != 2:
        raise ValueError(f"{_listed({stored: shape})} is no matrix: {PICK}")
    return shape if stored == name else (shape[1], shape[0])


def _bias(name: str, shapes: Mapping[str, tuple[int, ...]]) -> int | None:
    """Return the length of the bias that belongs to a matrix by its name, if there is one."""
    for matrix, bias in (("weight", "bias"), ("kernel", "bias"), ("W", "b"), ("w", "b")):
        head, found, tail = name.rpartition(matrix)
        if found and len(shape := shapes.get(head + bias + tail, ())) == 1:
            return shape[0]
    return None


def _in_order(names: list[str]) -> list[str]:
    """Return the names with those that differ only in numbers sorted, in the places they have."""
    numbers = {name: [n.lstrip("0") for n in NUMBER.findall(name)] for name in names}
    groups: dict[str, list[str]] = {}  # longer numbers are larger: int() refuses 4300 digits
    for name in sorted(names, key=lambda name: [(len(n), n) for n in numbers[name]], reverse=True):
        groups.setdefault(NUMBER.sub("0", name), []).append(name)
    return [groups[NUMBER.sub("0", name)].pop() for name in names]
