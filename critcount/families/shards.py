"""A family as a Parquet data set: partitions that many machines write, and that can be checked.

A data set is a folder with ``_manifest.json`` and one Parquet file for every partition. Partition
k of N holds the words of the ranks ⌊(k-1)C/N⌋, …, ⌊kC/N⌋ - 1, C the cardinality; it is opened by
unranking, so that no partition waits for another. The file names and the manifest are such that
``pandas.read_parquet(folder)`` and ``dask.dataframe.read_parquet(folder)`` read the data set.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from critcount._support import checks, files, numerals
from critcount._support.cluster import each_on_cluster
from critcount._support.extras import optional, pyarrow
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.families import writing
from critcount.families.protocol import Family
from critcount.families.registry import family_class, name_of

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["check_partitions", "partition_range", "to_parquet", "write_partition"]

DATA_MANIFEST = "_manifest.json"
MANIFEST_VERSION = 1
MOST_BYTES_OF_A_MANIFEST = 1 << 30
MOST_DATA_BYTES = 1 << 40
MOST_PARTITIONS = 10**5
GROUP_ROWS, GROUP_BYTES = 1 << 18, 1 << 25


class Partition(NamedTuple):
    """One partition of a data set: its file and its range of ranks."""

    file: str
    start: int
    stop: int


def to_parquet(
    family: Family[Any],
    folder: str | os.PathLike[str],
    partitions: int,
    client: Client | None = None,
    *,
    limit: int = MOST_DATA_BYTES,
    advance: Advance = silent,
) -> list[str]:
    """Write a family as a Parquet data set, or what is missing of it.

    Parameters
    ----------
    family : Family
        What to write.
    folder : path
        Where; made when it is missing. When it holds partitions of the same data set these are
        kept, and those that are missing or damaged are written.
    partitions : int
        Number of files.
    client : distributed.Client, optional
        The cluster that writes; its workers must see the folder. Threads of this machine by
        default.
    limit : int
        Most bytes of the letters, before compression; 1 TiB by default.
    advance : callable, optional
        Called with the number of rows whenever a partition is there.

    Returns
    -------
    list of str
        The names of the files that were written; the others were there already.

    Raises
    ------
    ValueError
        When the folder holds another data set, or the family has no neurons.
    SizeLimitError
        When the data set would be larger than the limit; nothing has been done then.
    OSError
        When a file cannot be written, or another process writes into the folder.
    ImportError
        When pyarrow or dask is not installed.

    Notes
    -----
    A partition appears under its name when it is complete. A run that is interrupted leaves
    whole files only, one that is killed also hidden ``*.part`` files, which the next run
    removes. What is kept is compared with its words first, as by `check_partitions`, and written
    anew where it differs. Only one run at a time writes into a folder; another is refused.
    Memory: a few tens of megabytes for every partition that is being written.
    """
    partitions = checks.integer("partitions", partitions, minimum=1, maximum=MOST_PARTITIONS)
    _refuse(family, limit)
    os.makedirs(folder, exist_ok=True)
    folder = os.path.abspath(folder)
    everything = _partitions(family, partitions)
    with files.alone(folder):
        _start(family, folder, everything)
        files.remove_leftovers(folder)
        jobs = [(family, folder, partition) for partition in everything]
        kept = set()
        there = [job for job in jobs if os.path.exists(os.path.join(folder, job[2].file))]
        for partition, difference in _each(_compare, there, client):
            if not difference:
                kept.add(partition)
                advance(partition.stop - partition.start)
        missing = [job for job in jobs if job[2] not in kept]
        for rows in _each(_write, missing, client):
            advance(rows)
        files.remove_leftovers(folder)  # of workers that were killed
    return [partition.file for _, _, partition in missing]


def write_partition(
    family: Family[Any],
    folder: str | os.PathLike[str],
    number: int,
    partitions: int,
    *,
    limit: int = MOST_DATA_BYTES,
    advance: Advance = silent,
) -> str:
    """Write one partition of the data set that `to_parquet` writes, for a batch queue.

    Parameters
    ----------
    family, folder, partitions
        As in `to_parquet`, the same for all partitions.
    number : int
        Which partition, from 1 to `partitions`.
    limit : int
        Most bytes of the letters of this partition.
    advance : callable, optional
        Called with numbers of rows as they are written.

    Returns
    -------
    str
        The name of the file, which is written anew when it is there.

    Raises
    ------
    ValueError, SizeLimitError, OSError, ImportError
        As `to_parquet`.
    """
    start, stop = partition_range(family, number, partitions)
    _refuse(family, limit, stop - start)
    os.makedirs(folder, exist_ok=True)
    folder = os.path.abspath(folder)
    everything = _partitions(family, partitions)
    with files.alone(folder, among_others=True):
        _start(family, folder, everything)
        files.remove_leftovers(folder)
        _write(family, folder, everything[number - 1], advance=advance)
    return everything[number - 1].file


def partition_range(family: Family[Any], number: int, partitions: int) -> tuple[int, int]:
    """Return the first rank of a partition, and the first rank after it.

    Parameters
    ----------
    family : Family
        What is cut.
    number, partitions : int
        Partition `number` of `partitions`, counted from 1.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> from critcount.families import Expansions
    >>> [partition_range(Expansions(2, 3), k, 5) for k in (1, 2, 5)]
    [(0, 2), (2, 4), (9, 12)]
    """
    partitions = checks.integer("partitions", partitions, minimum=1, maximum=MOST_PARTITIONS)
    number = checks.integer("number", number, minimum=1, maximum=partitions)
    count = family.cardinality()
    return (number - 1) * count // partitions, number * count // partitions


def check_partitions(
    folder: str | os.PathLike[str],
    client: Client | None = None,
    *,
    advance: Advance = silent,
) -> list[str]:
    """Return one line for everything that keeps a data set from being complete.

    The ranges of the manifest must follow one another from rank 0 to the cardinality, there
    must be one file for each and no other, and every file must hold exactly the words of its
    ranks, in order: they are generated anew and compared. So a data set without a difference
    has every element once and nothing else.

    Parameters
    ----------
    folder : path
        A folder that `to_parquet` or `write_partition` wrote.
    client : distributed.Client, optional
        The cluster that compares; threads of this machine by default.
    advance : callable, optional
        Called with the number of rows of every partition when it has been compared.

    Returns
    -------
    list of str
        Empty when the data set is complete.

    Raises
    ------
    OSError, ValueError
        When there is no manifest, or it is not one.
    ImportError
        When pyarrow or dask is not installed.
    """
    pyarrow()
    folder = os.path.abspath(folder)
    family, partitions = _read_manifest(folder)
    differences = []
    end = 0
    for partition in partitions:
        if partition.start != end or partition.stop < partition.start:
            differences.append(
                f"{partition.file}: begins at rank {checks.show(partition.start)}, "
                f"the one before ends at {checks.show(end)}"
            )
        end = partition.stop
    if end != family.cardinality():
        differences.append(
            f"{DATA_MANIFEST}: the ranges end at {checks.show(end)}, "
            f"the family has {checks.show(family.cardinality())}"
        )
    expected = [partition.file for partition in partitions]
    if len(set(expected)) != len(expected):
        differences.append(f"{DATA_MANIFEST}: names a file twice")
    found = {name for name in os.listdir(folder) if name.endswith(".parquet")}
    differences += [f"{name}: is no partition" for name in sorted(found - set(expected))]
    if not differences:
        jobs = [(family, folder, partition) for partition in partitions]
        for partition, difference in _each(_compare, jobs, client):
            advance(partition.stop - partition.start)
            if difference:
                differences.append(difference)
    return sorted(differences)


class _StoppedError(Exception):
    """The run is over: this thread writes for nobody."""


def _write(
    family: Family[Any],
    folder: str,
    partition: Partition,
    stopped: threading.Event | None = None,
    advance: Advance = silent,
) -> int:
    """Write a partition and return its number of rows."""

    def go_on(rows: float) -> None:
        if stopped is not None and stopped.is_set():
            raise _StoppedError
        advance(rows)

    blocks = family.batches(_group_rows(family), start=partition.start, stop=partition.stop)
    path = os.path.join(folder, partition.file)
    with files.whole_file(path, binary=True, sweeping=False) as stream:
        writing.write_parquet(family, blocks, stream, go_on)
    return partition.stop - partition.start


def _compare(
    family: Family[Any], folder: str, partition: Partition, stopped: threading.Event | None = None
) -> tuple[Partition, str]:
    """Return a partition and how its file differs, if it does."""
    arrow = pyarrow()
    try:
        with arrow.parquet.ParquetFile(os.path.join(folder, partition.file)) as file:
            difference = _difference(family, partition, file, stopped)
    except FileNotFoundError:
        difference = "is missing"
    except (OSError, arrow.ArrowException) as error:
        difference = f"cannot be read: {error}"
    return partition, difference and f"{partition.file}: {difference}"


def _difference(
    family: Family[Any], partition: Partition, file: Any, stopped: threading.Event | None
) -> str:
    if not file.schema_arrow.equals(writing.schema(family)):
        return "has other columns"
    found, rows = file.metadata.num_rows, partition.stop - partition.start
    if found != rows:
        return f"has {found:,} rows instead of {rows:,}"
    rank = partition.start
    for batch in file.iter_batches(_group_rows(family)):
        if stopped is not None and stopped.is_set():
            raise _StoppedError
        expected = family.words(rank, rank + batch.num_rows)
        for i, column in enumerate(batch.columns):
            if column.null_count or not np.array_equal(np.asarray(column), expected[:, i]):
                return "does not hold the words of its ranks"
        rank += batch.num_rows
    return ""


def _each(
    work: Callable[..., Any], jobs: list[tuple[Any, ...]], client: Client | None
) -> Iterator[Any]:
    """Yield the results of a function for every tuple of arguments, as they come."""
    if not jobs:
        return
    if client is None:
        yield from _each_on_threads(work, jobs)
        return
    yield from each_on_cluster(work, jobs, client)


def _each_on_threads(work: Callable[..., Any], jobs: list[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield the results that Dask's scheduler for the threads of this machine finds."""
    dask, stopped = optional("dask", "scale", "this needs dask"), threading.Event()
    width = 4 * (os.cpu_count() or 1)
    try:
        for begin in range(0, len(jobs), width):
            tasks = [
                dask.delayed(work, traverse=False)(*job, stopped)
                for job in jobs[begin : begin + width]
            ]
            yield from dask.compute(*tasks, scheduler="threads")
    finally:
        # threads that still work when this one is interrupted give up
        stopped.set()


def _group_rows(family: Family[Any]) -> int:
    width = family.m * family._dtype().itemsize
    return max(1, min(GROUP_ROWS, GROUP_BYTES // width))


def _refuse(family: Family[Any], limit: int, rows: int | None = None) -> None:
    """Refuse a family without columns, and one that is too large."""
    writing.schema(family)
    if rows is None:
        rows = family.cardinality()
    checks.size(
        f"the data set of {checks.show(rows) if rows >= 10**40 else f'{rows:,}'} words",
        rows * family.m * family._dtype().itemsize,
        checks.integer("limit", limit, minimum=0),
        "bytes before compression",
        "raise limit, restrict the family, or draw samples",
    )


def _partitions(family: Family[Any], partitions: int) -> list[Partition]:
    count = family.cardinality()
    ends = [k * count // partitions for k in range(partitions + 1)]
    return [
        Partition(f"part-{k:06d}-of-{partitions:06d}.parquet", ends[k - 1], ends[k])
        for k in range(1, partitions + 1)
    ]


def _start(family: Family[Any], folder: str, partitions: list[Partition]) -> None:
    """Write the manifest, or see that the one that is there says the same."""
    document = {
        "schema_version": MANIFEST_VERSION,
        "family": name_of(family),
        "parameters": family.parameters(),
        "cardinality": numerals.digits(family.cardinality()),
        "partitions": [
            {
                "file": partition.file,
                "start": numerals.digits(partition.start),
                "stop": numerals.digits(partition.stop),
                "rows": numerals.digits(partition.stop - partition.start),
            }
            for partition in partitions
        ],
    }
    text = json.dumps(document, indent=1) + "\n"
    path = os.path.join(folder, DATA_MANIFEST)
    try:
        found = files.read_text(path, MOST_BYTES_OF_A_MANIFEST)
    except FileNotFoundError:
        files.put(text, path)
        return
    if found != text:
        raise ValueError(
            f"{folder} holds another data set than this family in {len(partitions)} partitions; "
            "see its _manifest.json"
        )


def _read_manifest(folder: str) -> tuple[Family[Any], list[Partition]]:
    path = os.path.join(folder, DATA_MANIFEST)
    text = files.read_text(path, MOST_BYTES_OF_A_MANIFEST)
    try:
        document = json.loads(text)
        if document["schema_version"] != MANIFEST_VERSION:
            raise ValueError(f"its schema version is not {MANIFEST_VERSION}")
        family = family_class(document["family"]).from_parameters(document["parameters"])
        if numerals.parse(document["cardinality"]) != family.cardinality():
            raise ValueError("its cardinality is not that of the family")
        partitions = [_read_partition(entry) for entry in document["partitions"]]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: is no manifest of a data set: {error}") from error
    return family, partitions


def _read_partition(entry: dict[str, str]) -> Partition:
    start, stop, rows = (_integer(entry[name]) for name in ("start", "stop", "rows"))
    if rows != stop - start:
        raise ValueError(f"{entry['file']}: its rows are not those of its range")
    if os.path.basename(entry["file"]) != entry["file"]:
        raise ValueError(f"{entry['file']}: is outside of the folder")
    return Partition(entry["file"], start, stop)


def _integer(text: str) -> int:
    return checks.integer("an entry", numerals.parse(text), minimum=0)
