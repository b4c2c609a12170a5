"""A family as a Parquet data set: complete after failures, and proved so."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest

from critcount import (
    Architecture,
    CriticalSubspaces,
    Expansions,
    NetworkExpansions,
    PermutationPoints,
    SizeLimitError,
)
from critcount.families import shards, writing

FAMILIES = [
    Expansions(2, 6),
    Expansions(3, 7, zero_blocks=2),
    Expansions(1, 6, shape=((2,), (1, 3))),
    CriticalSubspaces(2, 6),
    PermutationPoints(5, 2),
    NetworkExpansions(Architecture.parse("2-3-4-1"), (2, 3)),
    Expansions(3, 2),
]


def files(folder):
    return sorted(name for name in os.listdir(folder) if name.endswith(".parquet"))


@pytest.mark.parametrize("family", FAMILIES, ids=repr)
@pytest.mark.parametrize("partitions", [1, 5])
def test_the_data_set_is_the_family(tmp_path, family, partitions):
    folder = tmp_path / "set"
    rows = []
    written = shards.to_parquet(family, folder, partitions, advance=rows.append)
    assert written == files(folder)
    assert len(written) == partitions
    assert sum(rows) == family.cardinality()
    assert shards.check_partitions(folder) == []
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]
    pd.testing.assert_frame_equal(pd.read_parquet(folder), family.to_frame())


def test_the_manifest_says_what_there_is(tmp_path):
    family = Expansions(3, 7, zero_blocks=2)
    shards.to_parquet(family, tmp_path, 4)
    manifest = json.loads((tmp_path / "_manifest.json").read_text())
    assert manifest["family"] == "expansions"
    assert manifest["parameters"] == {"r": 3, "m": 7, "zero_blocks": 2, "shape": None}
    assert int(manifest["cardinality"]) == family.cardinality()
    ends = [0]
    for entry in manifest["partitions"]:
        assert int(entry["start"]) == ends[-1]
        ends.append(int(entry["stop"]))
        metadata = pyarrow.parquet.read_metadata(tmp_path / entry["file"])
        assert metadata.num_rows == int(entry["rows"]) == ends[-1] - ends[-2]
    assert ends[-1] == family.cardinality()


def test_a_second_run_writes_what_is_missing(tmp_path):
    family = Expansions(2, 6)
    everything = shards.to_parquet(family, tmp_path, 6)
    before = {name: os.stat(tmp_path / name).st_mtime_ns for name in everything}
    os.unlink(tmp_path / everything[2])
    (tmp_path / everything[4]).write_bytes(b"half a file")
    (tmp_path / ".critcount.1234abcd.part").write_bytes(b"left by a killed run")
    assert shards.check_partitions(tmp_path) == [
        f"{everything[2]}: is missing",
        f"{everything[4]}: cannot be read: Parquet magic bytes not found in footer. Either the "
        "file is corrupted or this is not a parquet file.",
    ]
    assert shards.to_parquet(family, tmp_path, 6) == [everything[2], everything[4]]
    assert shards.to_parquet(family, tmp_path, 6) == []
    for number in (0, 1, 3, 5):
        name = everything[number]
        assert os.stat(tmp_path / name).st_mtime_ns == before[name]
    assert shards.check_partitions(tmp_path) == []
    assert sorted(os.listdir(tmp_path)) == ["_manifest.json", *everything]


def test_partitions_one_by_one_make_the_same_data_set(tmp_path):
    family = PermutationPoints(6, 1)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    shards.to_parquet(family, whole, 3)
    for number in (3, 1, 2):
        if number == 2:
            assert shards.check_partitions(parts) == [f"{files(whole)[1]}: is missing"]
        rows = []
        name = shards.write_partition(family, parts, number, 3, advance=rows.append)
        start, stop = shards.partition_range(family, number, 3)
        assert sum(rows) == stop - start
        assert name == files(whole)[number - 1]
    for name in os.listdir(whole):
        assert (whole / name).read_bytes() == (parts / name).read_bytes()


def rewrite(folder, name, change):
    table = pyarrow.parquet.read_table(os.path.join(folder, name), partitioning=None)
    pyarrow.parquet.write_table(change(table), os.path.join(folder, name))


def swap_rows(table):
    order = np.arange(len(table))
    order[[4, 9]] = order[[9, 4]]
    return table.take(order)


def double_a_row(table):
    order = np.arange(len(table))
    order[4] = 5
    return table.take(order)


def set_null(table):
    column = [None, *table.column(0).to_pylist()[1:]]
    return table.set_column(0, table.field(0), pyarrow.array(column, table.field(0).type))


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (swap_rows, "does not hold the words of its ranks"),
        (double_a_row, "does not hold the words of its ranks"),
        (set_null, "does not hold the words of its ranks"),
        (lambda table: table.slice(1), "has 569 rows instead of 570"),
        (lambda table: table.drop_columns(["neuron_3"]), "has other columns"),
        (lambda table: table.cast(pyarrow.schema(
            [(name, pyarrow.int64()) for name in table.column_names])), "has other columns"),
    ],
)  # fmt: skip
def test_check_finds_what_is_wrong_in_a_file(tmp_path, change, difference):
    name = shards.to_parquet(Expansions(2, 6), tmp_path, 3)[0]
    rewrite(tmp_path, name, change)
    assert shards.check_partitions(tmp_path) == [f"{name}: {difference}"]


def test_check_finds_files_that_do_not_belong(tmp_path):
    first, *_ = shards.to_parquet(Expansions(2, 6), tmp_path, 3)
    (tmp_path / "copy.parquet").write_bytes((tmp_path / first).read_bytes())
    assert shards.check_partitions(tmp_path) == ["copy.parquet: is no partition"]


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda m: m["partitions"].pop(), "the ranges end at 1141, the family has 1712"),
        (lambda m: m["partitions"].pop(0), "begins at rank 570, the one before ends at 0"),
        (lambda m: m["partitions"].insert(1, m["partitions"][0]), "names a file twice"),
    ],
)
def test_check_finds_what_is_wrong_with_the_ranges(tmp_path, change, difference):
    shards.to_parquet(Expansions(2, 6), tmp_path, 3)
    path = tmp_path / "_manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    assert any(difference in line for line in shards.check_partitions(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.pop("family"), "'family'"),
        (lambda m: m.update(family="circles"), "'circles'"),
        (lambda m: m.update(schema_version=9), "its schema version is not 1"),
        (lambda m: m.update(cardinality="5"), "its cardinality is not that of the family"),
        (lambda m: m["parameters"].update(r=-1), "r must be at least 0"),
        (lambda m: m["parameters"].update(s=1), "unexpected keyword"),
        (lambda m: m["partitions"][0].update(rows="5"), "its rows are not those of its range"),
        (lambda m: m["partitions"][0].update(start="1/2"), "an entry must be an integer"),
        (lambda m: m["partitions"][0].update(file="../x"), "is outside of the folder"),
    ],
)
def test_what_is_no_manifest(tmp_path, change, message):
    shards.to_parquet(Expansions(2, 6), tmp_path, 3)
    path = tmp_path / "_manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=f"is no manifest of a data set: .*{message}"):
        shards.check_partitions(tmp_path)
    with pytest.raises(ValueError, match="holds another data set than"):
        shards.to_parquet(Expansions(2, 6), tmp_path, 3)


def test_bad_requests(tmp_path):
    with pytest.raises(FileNotFoundError):
        shards.check_partitions(tmp_path)
    for bad in (0, 10**5 + 1):
        with pytest.raises(ValueError, match="partitions must be at"):
            shards.to_parquet(Expansions(2, 6), tmp_path, bad)
    with pytest.raises(ValueError, match="number must be at most 3, not 4"):
        shards.write_partition(Expansions(2, 6), tmp_path, 4, 3)
    with pytest.raises(ValueError, match="has no neurons"):
        shards.to_parquet(Expansions(0, 0), tmp_path, 1)
    with pytest.raises(SizeLimitError, match="1,712 words would have 10,272 bytes before"):
        shards.to_parquet(Expansions(2, 6), tmp_path / "none", 3, limit=10_271)
    with pytest.raises(SizeLimitError, match="past the limit of 1,099,511,627,776"):
        shards.to_parquet(Expansions(50, 1000), tmp_path / "none", 3)
    assert os.listdir(tmp_path) == []
    shards.to_parquet(Expansions(2, 6), tmp_path, 3)
    for family, partitions in ((Expansions(2, 6), 4), (Expansions(2, 5), 3)):
        with pytest.raises(ValueError, match="holds another data set than"):
            shards.to_parquet(family, tmp_path, partitions)
        with pytest.raises(ValueError, match="holds another data set than"):
            shards.write_partition(family, tmp_path, 1, partitions)


def test_one_partition_of_an_immense_family(tmp_path):
    family = Expansions(6, 40, zero_blocks=3)
    parts = family.cardinality() // 1000
    start, stop = 17 * family.cardinality() // parts, 18 * family.cardinality() // parts
    with (tmp_path / "words.parquet").open("wb") as stream:
        writing.write_parquet(family, family.batches(start=start, stop=stop), stream)
    frame = pd.read_parquet(tmp_path / "words.parquet")
    assert tuple(frame.iloc[-1]) == family.unrank(stop - 1).word


def test_an_interrupted_run_leaves_whole_files_and_is_taken_up_again(tmp_path):
    script = f"""
from critcount import Expansions
from critcount.families import shards
try:
    say = lambda rows: print(rows, flush=True)
    shards.to_parquet(Expansions(3, 10), {str(tmp_path)!r}, 40, advance=say)
except KeyboardInterrupt:
    print("interrupted")
"""
    for how in (signal.SIGINT, signal.SIGKILL):
        run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        run.stdout.readline()
        run.send_signal(how)
        rest = run.stdout.read()
        run.stdout.close()
        assert run.wait(60) == (0 if how == signal.SIGINT else -signal.SIGKILL)
        if how == signal.SIGINT:
            assert rest.endswith("interrupted\n")
            assert not list(tmp_path.glob(".*.part"))
        there = files(tmp_path)
        assert 0 < len(there) < 40
        for name in there:
            assert pyarrow.parquet.read_metadata(tmp_path / name).num_rows in (191_886, 191_885)
        assert len(shards.check_partitions(tmp_path)) == 40 - len(there)
    assert shards.to_parquet(Expansions(3, 10), tmp_path, 40)
    assert shards.check_partitions(tmp_path) == []
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("where", [0.3, 0.6])
def test_a_second_run_writes_what_is_damaged(tmp_path, where):
    family = Expansions(3, 8)
    names = shards.to_parquet(family, tmp_path, 5)
    whole = (tmp_path / names[2]).read_bytes()
    damaged = bytearray(whole)
    damaged[int(where * len(whole))] ^= 0x10
    (tmp_path / names[2]).write_bytes(damaged)
    rows = []
    assert shards.to_parquet(family, tmp_path, 5, advance=rows.append) == [names[2]]
    assert sum(rows) == family.cardinality()
    assert (tmp_path / names[2]).read_bytes() == whole
    assert shards.to_parquet(family, tmp_path, 5) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no locks of this kind")
def test_of_two_runs_at_once_one_is_refused(tmp_path):
    script = f"""
import sys
from critcount import Expansions
from critcount.families import shards
def wait(rows):
    print("begun", flush=True)
    sys.stdin.read()
shards.to_parquet(Expansions(3, 7), {str(tmp_path)!r}, 3, advance=wait)
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe) as first:
        assert first.stdout.readline() == b"begun\n"
        for write in (
            lambda: shards.to_parquet(Expansions(3, 7), tmp_path, 3),
            lambda: shards.write_partition(Expansions(3, 7), tmp_path, 1, 3),
        ):
            with pytest.raises(OSError, match="another process is writing") as refused:
                write()
            assert refused.value.filename == str(tmp_path)
        first.communicate()
    assert first.returncode == 0
    assert shards.check_partitions(tmp_path) == []
    shards.write_partition(Expansions(3, 7), tmp_path, 1, 3)


def test_a_manifest_that_is_not_utf_8(tmp_path):
    shards.to_parquet(Expansions(2, 4), tmp_path, 1)
    path = tmp_path / "_manifest.json"
    path.write_bytes(path.read_bytes() + b"\xff")
    for read in (
        lambda: shards.check_partitions(tmp_path),
        lambda: shards.to_parquet(Expansions(2, 4), tmp_path, 1),
        lambda: shards.write_partition(Expansions(2, 4), tmp_path, 1, 1),
    ):
        with pytest.raises(ValueError, match=r"_manifest\.json: is not UTF-8 text"):
            read()


def test_a_cluster_loses_a_worker_and_nothing_else(tmp_path):
    from distributed import Client, LocalCluster

    family = Expansions(3, 10)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        assert len(set(pids)) == 2
        assert os.getpid() not in pids

        def kill_one():
            while len(files(tmp_path)) < 5:
                time.sleep(0.005)
            os.kill(pids[0], signal.SIGKILL)

        killer = threading.Thread(target=kill_one)
        killer.start()
        rows = []
        written = shards.to_parquet(family, tmp_path, 40, client, advance=rows.append)
        killer.join()
        assert pids[0] not in client.run(os.getpid).values()
        assert shards.check_partitions(tmp_path, client) == []
    assert written == files(tmp_path)
    assert sum(rows) == family.cardinality()
    assert shards.check_partitions(tmp_path) == []
    assert not list(tmp_path.glob(".*.part"))
    numbers = np.zeros(family.cardinality(), np.int64)
    frame = pd.read_parquet(tmp_path)
    for name in frame:
        numbers = 10 * numbers + frame[name].to_numpy()
    assert (numbers[1:] > numbers[:-1]).all()


def test_without_the_extras(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install 'critcount\[parquet\]'"):
        shards.to_parquet(Expansions(2, 6), tmp_path, 3)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ImportError, match=r"this needs dask: pip install 'critcount\[scale\]'"):
        shards.to_parquet(Expansions(2, 6), tmp_path, 3)
