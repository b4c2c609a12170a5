"""A folder of networks in, a table of their configurations out: in parallel, resumable."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.checks import show
from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount._support.units import Units
from critcount.activations import Activation, activation_of
from critcount.architecture import widths_text
from critcount.weights import files
from critcount.weights.classification import classify
from critcount.weights.network import Network

__all__ = ["FOLDER_COLUMNS", "FolderRow", "classify_folder"]


class FolderRow(NamedTuple):
    """What became of one file.

    Attributes
    ----------
    file : str
        Its name.
    network, minimal : str
        Widths; empty where there is no answer.
    tolerance : float or None
    lowest, highest : float or None
        The range of tolerances with this answer, where the tolerance was chosen.
    words : str
        The configurations of the hidden layers, from the first on, separated by semicolons.
    zero_blocks : int or None
        Zero-type blocks of all layers.
    constant_neurons, flipped_neurons : int or None
    distance : float or None
        From the subspace.
    note : str
        Why there is no answer.
    """

    file: str
    network: str = ""
    minimal: str = ""
    tolerance: float | None = None
    lowest: float | None = None
    highest: float | None = None
    words: str = ""
    zero_blocks: int | None = None
    constant_neurons: int | None = None
    flipped_neurons: int | None = None
    distance: float | None = None
    note: str = ""

    def _repr_html_(self) -> str:
        return markup.record(self)


FOLDER_COLUMNS = FolderRow._fields


class _Task(NamedTuple):
    """What is the same for all files; it goes to another process."""

    folder: str
    tolerance: float | Literal["auto"]
    reference: Network | None
    activation: str | Activation | None
    reading: dict[str, Any]
    domain: Array | None = None


def classify_folder(
    folder: str | os.PathLike[str],
    tolerance: float | Literal["auto"] = "auto",
    reference: Network | None = None,
    activation: str | Activation | None = None,
    *,
    domain: npt.ArrayLike | None = None,
    reading: Mapping[str, Any] | None = None,
    workers: int = 1,
    keep: str | os.PathLike[str] | None = None,
    advance: Advance = silent,
) -> Iterator[FolderRow]:
    """Return an iterator over the classifications of all networks in a folder.

    A file that cannot be read or classified makes a row with a note, and the others go on.

    Parameters
    ----------
    folder : path
        Of `.safetensors` and `.npz` files; what lies in folders in it is not read.
    tolerance, reference, activation, domain
        As `critcount.classify` takes them, for every file.
    reading : mapping, optional
        Keyword arguments of `Network.load`.
    workers : int
        Processes, each with its own interpreter, as `multiprocessing` starts them: a script that
        asks for more than one has to do so under ``if __name__ == "__main__":``.
    keep : path, optional
        A folder in which finished files are kept, so that another run with the same arguments
        goes on where this one was. A file is made again when its content has changed.
    advance : callable, optional
        Called with 1 after every file, for a progress bar.

    Yields
    ------
    FolderRow
        By the name of the file.

    Raises
    ------
    OSError
        When the folder is none or cannot be read.
    TypeError, ValueError
        For a bad argument; when there is no weights file in the folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for number in (1.0, 2.0):
    ...     student = Network([[[1.0], [number]], [[2.0, 3.0]]])
    ...     student.save(os.path.join(folder, f"{number}.npz"))
    >>> for row in classify_folder(folder):
    ...     print(row.file, row.network, row.minimal, row.words)
    1.0.npz 1-2-1 1-1-1 0,0
    2.0.npz 1-2-1 1-2-1 0,1
    """
    workers = checks.integer("workers", workers, minimum=1)
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder must be a path, not {show(folder)}")
    names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    names = [name for name in names if files.is_weight_file(name)]
    if not names:
        raise ValueError(f"there is no weights file in {os.fspath(folder)!r}")
    if activation is not None:
        activation_of("activation", activation)
    task = _Task(os.fspath(folder), tolerance, reference, activation, dict(reading or {}))
    if domain is not None:
        task = task._replace(domain=np.asarray(domain, dtype=np.float64))
    return _rows(task, names, workers, Units(keep), advance)


def _rows(
    task: _Task, names: list[str], workers: int, units: Units, advance: Advance
) -> Iterator[FolderRow]:
    keys = {name: "" if units.folder is None else _key(task, name) for name in names}
    kept = {name: found for name in names if (found := units.read(keys[name])) is not None}
    missing = [name for name in names if name not in kept]
    if workers == 1 or len(missing) < 2:
        yield from _finished(names, kept, keys, units, advance, (_row(task, n) for n in missing))
        return
    # new processes: those that are split off take no threads along, and may wait for them forever
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(missing)), mp_context=context) as pool:
        made = pool.map(_row, [task] * len(missing), missing)
        try:
            yield from _finished(names, kept, keys, units, advance, iter(made))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _finished(
    names: list[str],
    kept: dict[str, dict[str, Any]],
    keys: dict[str, str],
    units: Units,
    advance: Advance,
    made: Iterator[FolderRow],
) -> Iterator[FolderRow]:
    for name in names:
        if name in kept:
            row = FolderRow(**{**kept[name], "file": name})
        else:
            row = next(made)
            units.write(keys[name], row._asdict())
        advance(1)
        yield row


def _key(task: _Task, name: str) -> str:
    """Return what a file's answer depends on, as a name for it."""
    reference = None
    if task.reference is not None:
        content = hashlib.sha256()
        for array in (*task.reference.weights, *task.reference.biases):
            content.update(b"none" if array is None else repr(array.shape).encode())
            content.update(b"" if array is None else array.tobytes())
        reference = content.hexdigest()
    options = [task.tolerance, reference, repr(task.activation), task.reading]
    if task.domain is not None:
        options.append(hashlib.sha256(task.domain.tobytes()).hexdigest())
    digest = hashlib.sha256(json.dumps(options, default=str, sort_keys=True).encode())
    with open(os.path.join(task.folder, name), "rb") as stream:
        while block := stream.read(2**20):
            digest.update(block)
    return digest.hexdigest()[:32]


def _row(task: _Task, name: str) -> FolderRow:
    try:
        network = Network.load(os.path.join(task.folder, name), **task.reading)
    except (OSError, ValueError) as error:
        return FolderRow(name, note=str(error))
    widths = widths_text(network.widths)
    try:
        found = classify(
            network, task.tolerance, task.reference, task.activation, domain=task.domain
        )
    except ValueError as error:
        return FolderRow(name, widths, note=str(error))
    chosen = next(
        (one for one in found.tolerance_ranges if one.lowest <= found.tolerance <= one.highest),
        None,
    )
    return FolderRow(
        file=name,
        network=widths,
        minimal=widths_text(found.minimal.widths),
        tolerance=found.tolerance,
        lowest=chosen and chosen.lowest,
        highest=chosen and chosen.highest,
        words=";".join(map(str, found.configurations)),
        zero_blocks=sum(len(c.zero_blocks) for c in found.configurations),
        constant_neurons=len(found.constant_neurons),
        flipped_neurons=sum(map(len, found.flips)),
        distance=found.distance,
        note="; ".join(getattr(found, "notes", ())),
    )
