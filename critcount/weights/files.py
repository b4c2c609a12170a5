"""The one reader and writer of weight files: shapes, the network that they form, and values.

No pickle is ever loaded, and for the shapes only headers are read. Whatever the bytes of a file,
they give its shapes or values, or a `ValueError` of one line that names it, in time and memory
bounded by the limits below.
"""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby, islice, pairwise, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from critcount._support import checks, files
from critcount._support.checks import show
from critcount.architecture import Architecture

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_HEADER = 2**23  # bytes of a header or a zip directory; parsed they take some 25 times that
MAX_TENSORS = 2**16  # arrays in a zip file, each with a header of its own
MAX_NPY_HEADER = 10_000  # characters, the bound up to which numpy holds parsing one safe
MAX_VALUES = 2**29  # numbers read from one file by default: 4 GiB as float64
CHUNK = 2**20  # bytes unpacked at a time
FLOATS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}  # of .safetensors
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
    found: dict[str, tuple[int, ...]] = _reading(path, lambda file, suffix: _READERS[suffix](file))
    return found


def read_architecture(
    path: str | os.PathLike[str], tensors: Iterable[str] | None = None
) -> Architecture:
    """Return the architecture of the network in a weight file, reading only its shapes.

    Parameters
    ----------
    path : path
        A ``.safetensors`` or ``.npz`` file. Weight matrices have shape (outputs, inputs),
        as PyTorch stores them; vectors are biases and are passed over.
    tensors : iterable of str, optional
        The names of the weight matrices of one multilayer perceptron, first layer first:
        for a model that holds other tensors too. A name that ends in ``.T`` is read
        transposed, for files that store (inputs, outputs).

    Returns
    -------
    Architecture

    Raises
    ------
    OSError
        When the file is missing, a folder or unreadable.
    ValueError
        When it is no such file, is damaged, or its matrices do not form one chain; the
        message lists the candidates.

    Examples
    --------
    >>> import numpy as np, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "student.npz")
    >>> np.savez(path, **{"0.weight": np.ones((5, 2)), "2.weight": np.ones((1, 5))})
    >>> read_architecture(path)
    Architecture.parse('2-5-1')
    """
    found = shapes(path)
    try:
        return Architecture(chain(found, tensors))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def load(
    path: str | os.PathLike[str], names: Iterable[str] | None = None, *, limit: int = MAX_VALUES
) -> dict[str, Tensor]:
    """Return tensors of a `.safetensors` or `.npz` file, as float64.

    Parameters
    ----------
    path : str or os.PathLike
        The suffix says which format it is.
    names : iterable of str, optional
        The tensors to read, each as `shapes` names it; all by default.
    limit : int
        The most numbers to read.

    Returns
    -------
    dict of str to Tensor
        In the order of `names`.

    Raises
    ------
    OSError
        As `shapes`.
    SizeLimitError
        The tensors hold more numbers than `limit`; nothing has been read then.
    ValueError
        As `shapes`; a name that is not there; a data type other than floating point of 16 (bfloat
        too), 32 or 64 bits: integers in a weights file are codes, whose scale stands elsewhere.
    """
    limit = checks.integer("limit", limit, minimum=0)
    found = shapes(path)
    wanted = list(found) if names is None else list(names)
    if absent := [name for name in wanted if name not in found]:
        raise ValueError(f"{os.fspath(path)!r} has no tensor {show(absent[0])}: {_listed(found)}")
    amount = sum(math.prod(found[name]) for name in set(wanted))
    checks.size(f"the tensors of {os.fspath(path)!r}", amount, limit, "numbers", "raise limit")
    tensors = _reading(path, lambda file, suffix: _VALUES[suffix](file, wanted))
    return {name: tensors[name] for name in wanted}


def save(
    path: str | os.PathLike[str], tensors: Iterable[tuple[str, npt.NDArray[np.float64]]]
) -> None:
    """Write named arrays of float64 to a `.safetensors` or `.npz` file, whole or not at all.

    An `.npz` file is written array by array as they come, so that an iterator's arrays need not
    be in memory together. It is not compressed.

    Raises
    ------
    OSError
        When the file cannot be written.
    ValueError
        For another suffix.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in _READERS:
        raise ValueError(f"a weights file must be .safetensors or .npz, not {os.fspath(path)!r}")
    if suffix == ".safetensors":
        from safetensors.numpy import save as to_bytes

        files.put(to_bytes(dict(tensors)), path)
        return
    import zipfile

    from numpy.lib import format as npy

    with (
        files.whole_file(path, binary=True) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, array in tensors:
            # a fixed date, so that the same arrays give the same bytes
            member = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            with archive.open(member, "w", force_zip64=True) as file:
                npy.write_array(file, array, version=(1, 0), allow_pickle=False)


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
        bias = _bias(name, shapes)
        if bias is not None and rows != columns == shapes[bias][0]:
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


def layers(
    shapes: Mapping[str, tuple[int, ...]], tensors: Iterable[str] | None = None
) -> list[tuple[str, str | None]]:
    """Return the names of the matrix and the bias of every layer, first layer first.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        As the function `shapes` returns them.
    tensors : iterable of str, optional
        As in `chain`; a vector named after a matrix is its bias. Where no vector is named,
        biases are found by name.

    Returns
    -------
    list of (str, str or None)
        Names as in `tensors`, those of matrices maybe with ``.T``.

    Raises
    ------
    TypeError, ValueError
        As `chain`; also when a bias does not fit its matrix and, without `tensors`, when a
        tensor is neither matrix nor bias. The vectors of an array file without names (`arr_0`,
        `arr_1`, …) are the biases in order when there is one for every matrix.

    Examples
    --------
    >>> layers({"0.weight": (5, 2), "0.bias": (5,), "2.weight": (1, 5)})
    [('0.weight', '0.bias'), ('2.weight', None)]
    >>> layers({"arr_0": (5, 2), "arr_1": (5,), "arr_2": (1, 5), "arr_3": (1,)})
    [('arr_0', 'arr_1'), ('arr_2', 'arr_3')]
    """
    if tensors is not None and not isinstance(tensors, str | bytes | Iterable):
        chain(shapes, tensors)  # refuses it
    given = None if tensors is None or isinstance(tensors, str | bytes) else list(tensors)
    named: dict[str, str] = {}
    matrices: list[str] = []
    if given is None:
        chain(shapes, tensors)
        matrices = _in_order([name for name, shape in shapes.items() if len(shape) == 2])
    else:
        for name in given:
            if isinstance(name, str) and len(shapes.get(name, ())) == 1:
                if not matrices or matrices[-1] in named:
                    raise ValueError(f"the vector {show(name)} does not follow a matrix: {PICK}")
                named[matrices[-1]] = name
            else:
                matrices.append(name)
        chain(shapes, matrices)
    found = [(name, named.get(name) if named else _bias(name, shapes)) for name in matrices]
    if given is None:
        used = {name for pair in found for name in pair}
        rest = [name for name in shapes if name not in used]
        if rest and all(re.fullmatch("arr_[0-9]+", name) for name in shapes):
            vectors = _in_order([name for name in rest if len(shapes[name]) == 1])
            if len(vectors) == len(rest) == len(matrices):
                found, rest = list(zip(matrices, vectors, strict=True)), []
        if rest:
            listing = _listed({name: shapes[name] for name in rest})
            raise ValueError(
                f"{listing} is neither a weight matrix nor a bias (a normalisation changes the "
                f"function: fold it into the weights next to it): {PICK}, each matrix's bias "
                "after it if it has one"
            )
    for name, bias in found:
        rows = _layer(name, shapes)[0]
        if bias is not None and (length := shapes[bias][0]) != rows:
            what = f"the bias {show(bias)} has {length} entries"
            raise ValueError(f"{what}, the matrix {show(name)} gives {rows} outputs: {PICK}")
    return found


def _reading(path: str | os.PathLike[str], work: Callable[[_HeaderFile, str], Any]) -> Any:
    """Return work(file, suffix); whatever goes wrong with the bytes is one line that names it."""
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
            return work(file, suffix)
        except Exception as error:  # zipfile, numpy and json have many ways to refuse bytes
            reason = (str(error) or type(error).__name__) if file.size() else "it is empty"
    reason = "".join(c if c.isprintable() else " " for c in reason[:300])
    raise ValueError(f"{name!r} is not a readable {suffix} file: {reason}")


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


class _Extent(NamedTuple):
    begin: int
    end: int
    shape: tuple[int, ...]
    dtype: str


def _safetensors(file: _HeaderFile) -> dict[str, tuple[int, ...]]:
    return {name: extent.shape for name, extent in _safetensors_header(file).items()}


def _safetensors_header(file: _HeaderFile) -> dict[str, _Extent]:
    length, rest = int.from_bytes(file.read(8), "little"), file.size() - 8
    if length > rest:
        raise ValueError(f"its header should have {length:,} bytes, but the file is shorter")
    text = file.read(length).decode()  # of a number, 20 digits are enough to refuse it
    header = json.loads(text, object_pairs_hook=_unique, parse_int=lambda n: int(n[:20]))
    if not isinstance(header, dict) or not isinstance(header.pop("__metadata__", {}), dict):
        raise ValueError("its header is not a JSON object, or the metadata in it is none")
    found = {name: _safetensors_entry(name, entry) for name, entry in header.items()}
    position = 0
    for begin, end, name in sorted((e.begin, e.end, name) for name, e in found.items()):
        if begin != position:
            raise ValueError(f"the data of tensor {show(name)} overlaps or leaves a gap")
        position = end
    if position != rest - length:
        raise ValueError(f"it has {rest - length:,} bytes of data instead of {position:,}")
    return found


def _safetensors_values(file: _HeaderFile, names: list[str]) -> dict[str, Tensor]:
    import numpy as np

    header = _safetensors_header(file)
    start, values = file.tell(), {}
    for name in names:
        extent = header[name]
        if extent.dtype not in FLOATS:
            raise ValueError(_no_float(name, extent.dtype))
        raw = np.empty(extent.shape, FLOATS[extent.dtype])
        file.seek(start + extent.begin)
        _fill(raw, file.readinto, name)
        if extent.dtype == "BF16":  # the upper half of a float32
            raw = (raw.astype("<u4") << 16).view("<f4")
        precision = 2.0**-7 if extent.dtype == "BF16" else float(np.finfo(raw.dtype).eps)
        values[name] = Tensor(_as_float64(raw), precision)
    return values


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(items := dict(pairs)) < len(pairs):
        raise ValueError("its header has a name twice")
    return items


def _safetensors_entry(name: str, entry: Any) -> _Extent:
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [begin, end]} if (
            len(shape) <= 64
            and all(type(n) is int and 0 <= n < 2**63 for n in (*shape, begin, end))
            and (bits := re.match("[A-Z]+([1-9][0-9]{0,2})", dtype.replace("BOOL", "U8")))
        ):  # a data type has the bits of an element in its name, as in BF16 and F8_E4M3
            if math.prod(shape) * int(bits[1]) == 8 * (end - begin):
                return _Extent(begin, end, tuple(shape), dtype)
    raise ValueError(f"tensor {show(name)} has no valid data type, shape and extent of data")


def _npz(file: _HeaderFile) -> dict[str, tuple[int, ...]]:
    return _npz_members(file, lambda name, stream, size: _npy_header(name, stream, size)[0])


def _npz_values(file: _HeaderFile, names: list[str]) -> dict[str, Tensor]:
    wanted = set(names)
    return _npz_members(file, _npy_values, wanted)


def _npz_members(
    file: _HeaderFile, work: Callable[[str, Any, int], Any], wanted: set[str] | None = None
) -> dict[str, Any]:
    """Return work(name, stream, size) for every array, or for those that are wanted."""
    import warnings
    import zipfile

    found: dict[str, Any] = {}
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
            if wanted is None or name in wanted:
                with archive.open(member) as stream:
                    found[name] = work(name, stream, member.file_size)
    return found


def _npy_header(name: str, stream: Any, size: int) -> tuple[tuple[int, ...], bool, Any, bytes]:
    """Return shape, Fortran order, data type, and the bytes that were read past the header."""
    from numpy.lib import format as npy

    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    start = io.BytesIO(stream.read(MAX_NPY_HEADER + 12))
    if (version := npy.read_magic(start)) not in readers:
        raise ValueError(f"array {show(name)} has a header of version {version}")
    shape, fortran, dtype = readers[version](start)
    if dtype.hasobject:
        raise ValueError(f"array {show(name)} holds Python objects, which are never loaded")
    size -= start.tell()
    if not all(0 <= n < 2**63 for n in shape) or math.prod(shape) * dtype.itemsize != size:
        raise ValueError(f"array {show(name)} has a shape that does not fit its data")
    return tuple(map(int, shape)), fortran, dtype, start.read()


def _npy_values(name: str, stream: Any, size: int) -> Tensor:
    import numpy as np

    shape, fortran, dtype, rest = _npy_header(name, stream, size)
    if dtype.kind != "f" or dtype.itemsize > 8:
        raise ValueError(_no_float(name, str(dtype)))
    raw = np.empty(shape[::-1] if fortran else shape, dtype)
    before = io.BytesIO(rest)

    def readinto(view: memoryview) -> int:
        return before.readinto(view) or stream.readinto(view)

    _fill(raw, readinto, name)
    if stream.read(1):  # the checksum is compared at the end
        raise ValueError(f"array {show(name)} goes on after its data")
    return Tensor(_as_float64(raw.T if fortran else raw), float(np.finfo(dtype).eps))


def _fill(
    array: npt.NDArray[Any], readinto: Callable[[memoryview], int | None], name: str
) -> None:
    """Fill an array with the bytes of a stream, piece by piece."""
    if not array.size:
        return
    view = array.reshape(-1).view("u1").data
    done = 0
    while done < len(view):
        count = readinto(view[done : done + CHUNK])
        if not count:
            raise ValueError(f"the data of {show(name)} ends too early")
        done += count


def _as_float64(array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the values in native float64; lossless from any narrower floating-point type."""
    import numpy as np

    with np.errstate(invalid="ignore"):  # NaN is for others to refuse, with its place
        return np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)


def _no_float(name: str, dtype: str) -> str:
    return (
        f"tensor {show(name)} has the data type {dtype}; weights must be floating-point numbers "
        "of 16, 32 or 64 bits (turn quantised or integer codes into weights first)"
    )


_READERS = {".safetensors": _safetensors, ".npz": _npz}
_VALUES = {".safetensors": _safetensors_values, ".npz": _npz_values}


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


def _bias(name: str, shapes: Mapping[str, tuple[int, ...]]) -> str | None:
    """Return the name of the vector that is a matrix's bias by its name, if there is one."""
    for matrix, bias in (("weight", "bias"), ("kernel", "bias"), ("W", "b"), ("w", "b")):
        head, found, tail = name.rpartition(matrix)
        if found and len(shapes.get(head + bias + tail, ())) == 1:
            return head + bias + tail
    return None


def _in_order(names: list[str]) -> list[str]:
    """Return the names with those that differ only in numbers sorted, in the places they have."""
    numbers = {name: [n.lstrip("0") for n in NUMBER.findall(name)] for name in names}
    groups: dict[str, list[str]] = {}  # longer numbers are larger: int() refuses 4300 digits
    for name in sorted(names, key=lambda name: [(len(n), n) for n in numbers[name]], reverse=True):
        groups.setdefault(NUMBER.sub("0", name), []).append(name)
    return [groups[NUMBER.sub("0", name)].pop() for name in names]
