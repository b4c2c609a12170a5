"""The one reader and writer of weight files: shapes, the network that they form, and values.

No pickle is ever loaded, and for the shapes only headers are read. Whatever the bytes of a file,
they give its shapes or values, or a `ValueError` of one line that names it, in time and memory
bounded by the limits below.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import stat
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from critcount._support import checks, files
from critcount._support.checks import show
from critcount.architecture import Architecture
from critcount.weights._bytes import HeaderFile, Tensor
from critcount.weights._chain import LISTED, Layout, chain
from critcount.weights._npz import MAX_TENSORS, NpzReader
from critcount.weights._safetensors import INDEX, SafetensorsReader, ShardsReader

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "MAX_TENSORS",
    "MAX_VALUES",
    "Opened",
    "is_weight_file",
    "load",
    "opened",
    "read_architecture",
    "save",
    "selected",
    "shapes",
]

MAX_VALUES = 2**27  # numbers read from one file by default: 1 GiB as float64
PICKLED = (".pt", ".pth", ".bin", ".ckpt")
_READERS: dict[str, Callable[[HeaderFile], SafetensorsReader | ShardsReader | NpzReader]] = {
    ".safetensors": SafetensorsReader,
    INDEX: ShardsReader,
    ".npz": NpzReader,
}

Result = TypeVar("Result")


def is_weight_file(path: str | os.PathLike[str]) -> bool:
    """Return whether an argument is meant as a weights file, pickled ones included, by its suffix.

    >>> [is_weight_file(p) for p in ("784-300-100-10", "net.npz", "a/B.SafeTensors", "net.pt")]
    [False, True, True, True]
    """
    return _suffix(os.fspath(path)) in (*_READERS, *PICKLED)


def _suffix(name: str) -> str:
    return INDEX if name.lower().endswith(INDEX) else os.path.splitext(name)[1].lower()


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
    with opened(path) as file:
        return file.shapes


def read_architecture(
    path: str | os.PathLike[str],
    tensors: Iterable[str] | None = None,
    *,
    layout: Layout | None = None,
    prefix: str = "",
    exclude: Iterable[str] = (),
) -> Architecture:
    """Return the architecture of the network in a weight file, reading only its shapes.

    Parameters
    ----------
    path : path
        A ``.safetensors`` or ``.npz`` file. Tensors that are no matrices are passed over.
    tensors, layout, prefix, exclude
        As `Network.load` takes them: which tensors are the layers, and how they are stored.

    Returns
    -------
    Architecture

    Raises
    ------
    OSError
        When the file is missing, a folder or unreadable.
    ValueError
        When it is no such file, is damaged, or its matrices do not form one chain, in one order;
        the message lists the candidates.

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
        return Architecture(chain(selected(found, prefix, exclude), tensors, layout))
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
    with opened(path) as file:
        wanted = list(file.shapes if names is None else names)
        file.require(wanted, limit)
        return {name: file.read(name) for name in wanted}


def selected(
    found: Mapping[str, Result], prefix: str = "", exclude: Iterable[str] = ()
) -> dict[str, Result]:
    """Return the tensors whose names begin with a prefix and fit none of the patterns.

    Parameters
    ----------
    found : mapping
        By name.
    prefix : str
        As it stands in the names; or, when no name begins so, a pattern as of the shell.
    exclude : iterable of str
        Patterns of names as of the shell, such as ``*.running_*``.

    Raises
    ------
    TypeError
        For what are no strings.
    ValueError
        When no tensor is left.

    Examples
    --------
    >>> list(selected({"a.w": 1, "a.m": 2, "b.w": 3}, "a.", ["*.m"]))
    ['a.w']
    """
    if not isinstance(prefix, str):
        raise TypeError(f"prefix must be a string, not {show(prefix)} ({type(prefix).__name__})")
    if isinstance(exclude, str | bytes) or not isinstance(exclude, Iterable):
        raise TypeError(f"exclude must be a sequence of patterns, not {show(exclude)}")
    patterns = list(exclude)
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f"exclude must hold patterns, not {show(pattern)}")
    if not prefix and not patterns:
        return dict(found)
    names = [name for name in found if name.startswith(prefix)]
    if not names:
        names = [name for name in found if fnmatchcase(name, prefix + "*")]
    names = [name for name in names if not any(fnmatchcase(name, p) for p in patterns)]
    if not names:
        which = f" that begins with {show(prefix)}" if prefix else ""
        besides = " and is not excluded" if patterns else ""
        raise ValueError(f"there is no tensor{which}{besides}; there are {listed_names(found)}")
    return {name: found[name] for name in names}


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
    if suffix not in (".safetensors", ".npz"):
        raise ValueError(f"a weights file must be .safetensors or .npz, not {os.fspath(path)!r}")
    if suffix == ".safetensors":
        from safetensors.numpy import save as to_bytes

        files.put(to_bytes(dict(tensors)), path)
        return
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


def listed_names(found: Collection[str]) -> str:
    """Return names for a message, no more than a few."""
    more = f" and {len(found) - LISTED:,} more" if len(found) > LISTED else ""
    return ", ".join(map(show, islice(found, LISTED))) + more


class Opened:
    """An open weight file: the shapes of its tensors, and their values when they are asked for.

    Attributes
    ----------
    shapes : dict of str to tuple of int
    """

    def __init__(self, name: str, file: HeaderFile, suffix: str) -> None:
        self._name, self._file, self._suffix = name, file, suffix
        self._reader = self._guarded(lambda: _READERS[suffix](file))
        self.shapes: dict[str, tuple[int, ...]] = self._reader.shapes

    def require(self, names: Iterable[str], limit: int) -> None:
        """Raise ValueError for a name that is not there, and for more numbers than the limit."""
        limit = checks.integer("limit", limit, minimum=0)
        wanted = dict.fromkeys(names)
        if absent := [name for name in wanted if name not in self.shapes]:
            listing = listed_names(self.shapes)
            raise ValueError(f"{self._name!r} has no tensor {show(absent[0])}: {listing}")
        amount = sum(math.prod(self.shapes[name]) for name in wanted)
        what = f"the tensors of {self._name!r}"
        checks.size(what, amount, limit, "numbers", "raise limit")

    def read(self, name: str) -> Tensor:
        """Return the values of a tensor."""
        return self._guarded(lambda: self._reader.read(name))

    def _guarded(self, work: Callable[[], Result]) -> Result:
        """Return work(); whatever goes wrong with the bytes is one line that names the file."""
        try:
            return work()
        except Exception as error:  # zipfile, numpy and json have many ways to refuse bytes
            reason = str(error) or type(error).__name__
        if not self._file.size():
            reason = "it is empty"
        reason = "".join(c if c.isprintable() else " " for c in reason[:300])
        raise ValueError(f"{self._name!r} is not a readable {self._suffix} file: {reason}")


@contextlib.contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Opened]:
    """Open a weight file, whose headers are read and checked.

    Raises
    ------
    TypeError, OSError, ValueError
        As `shapes`.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(name := os.fspath(path), bytes):
        raise TypeError(f"path must be a string or a path, not {show(path)}")
    suffix = _suffix(name)
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
    with HeaderFile(name) as file:
        yield Opened(name, file, suffix)
