"""A folder of students: the answers of one by one, in processes, and after an interruption."""

import json
import os

import numpy as np
import pytest

from critcount import Configuration, Network, classify, embed
from critcount.weights import folders
from critcount.weights.folders import FolderRow, classify_folder

RNG = np.random.default_rng(3)
TEACHER = Network([RNG.normal(size=(2, 2)), RNG.normal(size=(1, 2))])
WORDS = {"a.npz": [0, 1, 2, 2], "b.safetensors": [1, 0, 0, 2], "c.npz": [0, 1, 1, 0]}


@pytest.fixture
def students(tmp_path):
    folder = tmp_path / "students"
    folder.mkdir()
    for seed, (name, word) in enumerate(WORDS.items()):
        embed(TEACHER, Configuration.from_word(word, 2), seed).save(folder / name)
    (folder / "README.md").write_text("no network")
    (folder / "below").mkdir()
    return folder


def test_rows_are_those_of_classify(students):
    rows = list(classify_folder(students, reference=TEACHER))
    assert [row.file for row in rows] == sorted(WORDS)
    for row in rows:
        found = classify(Network.load(students / row.file), "auto", TEACHER)
        assert row.words == ",".join(map(str, WORDS[row.file]))
        assert (row.network, row.minimal) == ("2-4-1", "2-2-1")
        assert row.note == "; ".join(found.notes)
        assert (row.tolerance, row.distance) == (found.tolerance, found.distance)
        assert row.lowest <= row.tolerance <= row.highest
        assert row.zero_blocks == len(found.configurations[0].zero_blocks)
    fixed = list(classify_folder(students, 1e-9, TEACHER))
    assert [row.words for row in fixed] == [row.words for row in rows]
    assert {(row.lowest, row.highest) for row in fixed} == {(None, None)}


def test_what_cannot_be_read_or_classified_is_a_row(students):
    (students / "d.npz").write_bytes(b"nothing")
    (students / "e.pt").write_bytes(b"nothing")
    Network([np.zeros((2, 2)), np.ones((1, 2))]).save(students / "f.npz")
    rows = {row.file: row for row in classify_folder(students, reference=TEACHER)}
    assert "not a readable .npz" in rows["d.npz"].note
    assert "pickle" in rows["e.pt"].note
    assert rows["f.npz"].network == "2-2-1"
    assert rows["f.npz"].minimal == ""
    assert rows["f.npz"].note
    assert rows["a.npz"].minimal == "2-2-1"


def test_processes_give_the_same(students):
    ticks = []
    rows = list(classify_folder(students, workers=2, advance=ticks.append))
    assert rows == list(classify_folder(students))
    assert ticks == [1, 1, 1]


def test_a_run_goes_on_where_it_was(students, tmp_path, monkeypatch):
    keep = tmp_path / "kept"
    first = next(classify_folder(students, keep=keep))
    assert first.file == "a.npz"
    assert len(os.listdir(keep)) == 1
    made = []
    real = folders._row
    monkeypatch.setattr(folders, "_row", lambda task, name: made.append(name) or real(task, name))
    rows = list(classify_folder(students, keep=keep))
    assert made == ["b.safetensors", "c.npz"]
    assert rows == list(classify_folder(students))
    made.clear()
    assert list(classify_folder(students, keep=keep)) == rows
    assert made == []
    TEACHER.save(students / "b.safetensors")  # another content
    os.rename(students / "c.npz", students / "z.npz")
    changed = list(classify_folder(students, keep=keep))
    assert made == ["b.safetensors"]
    assert changed[1].network == "2-2-1"
    assert changed[2] == rows[2]._replace(file="z.npz")
    made.clear()
    for options in ({"tolerance": 1e-6}, {"reference": TEACHER}, {"activation": "tanh"}):
        list(classify_folder(students, keep=keep, **options))
    assert len(made) == 9


def test_a_damaged_unit_is_named(students, tmp_path):
    keep = tmp_path / "kept"
    list(classify_folder(students, keep=keep))
    unit = next(iter(keep.iterdir()))
    unit.write_text("{")
    with pytest.raises(ValueError, match="is damaged: remove it"):
        list(classify_folder(students, keep=keep))


def test_bad_arguments(students, tmp_path):
    with pytest.raises(FileNotFoundError):
        classify_folder(tmp_path / "none")
    with pytest.raises(ValueError, match="no weights file"):
        classify_folder(tmp_path)
    with pytest.raises(TypeError, match="folder must be a path"):
        classify_folder(3)
    with pytest.raises(ValueError, match="workers must be at least 1"):
        classify_folder(students, workers=0)
    with pytest.raises(ValueError, match="activation must be one of"):
        classify_folder(students, activation="nothing")


def test_a_folder_on_the_command_line(students, run, tmp_path):
    arguments = ("classify", students, "--workers", "1", "--keep", tmp_path / "kept")
    code, out, _ = run(*arguments, "--format", "csv")
    assert code == 0
    lines = [line for line in out.splitlines() if not line.startswith("#")]
    assert lines[0].split(",")[:3] == ["file", "network", "minimal"]
    assert [line.split(",")[0] for line in lines[1:]] == sorted(WORDS)
    for format_ in ("text", "json", "markdown", "latex", "csv"):
        assert run(*arguments, "--format", format_)[0] == 0
        assert run(*arguments, "--format", format_, "--activation", "generic")[0] == 0
    assert json.loads(run(*arguments, "--format", "json")[1])
    code, _, err = run("classify", students, "--write-minimal", tmp_path / "m.npz")
    assert code == 2
    assert "one file" in err
    code, _, err = run("classify", students / "a.npz", "--keep", tmp_path)
    assert code == 2
    assert "go with a folder" in err


def test_a_chosen_tolerance_on_the_command_line(students, run):
    code, out, err = run("classify", students / "a.npz")
    assert code == 0
    assert "tolerance range" in out
    assert "the middle of the widest of: 2-2-1 from 1e-09" in err
    code, out, err = run("classify", students / "a.npz", "--format", "json")
    found = json.loads(out)
    assert found["tolerance_ranges"][0]["minimal"] == "2-2-1"
    code, out, _ = run("path", students / "a.npz", students / "b.safetensors", "--format", "json")
    assert code == 0
    assert 1e-6 < json.loads(out)["tolerance"] < 1e-3
    code, _, err = run("classify", students / "a.npz", "--tolerance", "x")
    assert code == 2


def test_a_row_is_made_of_plain_values(students):
    row = next(classify_folder(students))
    assert FolderRow(**json.loads(json.dumps(row._asdict()))) == row
