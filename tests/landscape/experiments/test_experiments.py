"""Experiments on real networks: data, idx files, runs that go on."""

from __future__ import annotations

import gzip
import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from critcount import Network
from critcount._support.errors import SizeLimitError
from critcount.landscape.experiments import datasets
from critcount.landscape.experiments.idx import read_idx
from critcount.landscape.experiments.runs import Run


def idx_bytes(array):
    array = np.asarray(array, dtype=np.uint8)
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


@pytest.fixture
def mnist_folder(tmp_path):
    """30 made-up images of 28×28 pixels, the images compressed, the labels not."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, 28, 28))
    images[:, :4] = 0  # as in MNIST, pixels at the border never change
    labels = rng.integers(0, 10, 30)
    folder = tmp_path / "mnist"
    folder.mkdir()
    with gzip.open(folder / "train-images-idx3-ubyte.gz", "wb") as stream:
        stream.write(idx_bytes(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    return folder, images, labels


# ---------------------------------------------------------------- idx


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (0,), (3, 0, 2)])
def test_idx_gives_back_what_was_written(tmp_path, shape, packed):
    array = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    path = tmp_path / "file"
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    found = read_idx(path, len(shape))
    assert found.dtype == np.uint8
    assert np.array_equal(found, array)
    assert found.shape == shape


GOOD = idx_bytes(np.arange(6).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no idx file: it begins with nothing"),
        (b"\0\0", "is no idx file"),
        (b"\x89PNG" + GOOD, "is no idx file: it begins with 89 50 4e 47"),
        (b"\0\0\x0d\x02" + GOOD[4:], "must hold unsigned bytes"),
        (b"\0\0\x08\x03" + GOOD[4:], "must have 2 dimensions, not 3"),
        (GOOD[:9], "ends within its header"),
        (GOOD[:-1], "announces 6 bytes of data and has only 5"),
        (GOOD + b"\0", "announces 6 bytes of data and has more"),
        (gzip.compress(GOOD, mtime=0)[:-9], "is damaged"),
        (gzip.compress(GOOD, mtime=0)[:12] + b"????????", "is damaged"),
        (gzip.compress(GOOD[:-1], mtime=0), "has only 5"),
    ],
)
def test_a_bad_idx_file_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="bad: ") as error:
        read_idx(path, 2)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_every_truncation_of_an_idx_file_is_noticed(tmp_path):
    for content in (GOOD, gzip.compress(GOOD, mtime=0)):
        for length in range(len(content)):
            (tmp_path / "cut").write_bytes(content[:length])
            with pytest.raises(ValueError, match="cut: "):
                read_idx(tmp_path / "cut", 2)


def test_a_header_that_announces_too_much_is_refused_before_reading(tmp_path):
    path = tmp_path / "huge"
    path.write_bytes(bytes([0, 0, 8, 3]) + b"\xff" * 12)
    with pytest.raises(SizeLimitError, match=r"huge.*raise limit"):
        read_idx(path, 3)
    path.write_bytes(GOOD)
    with pytest.raises(SizeLimitError, match="6 bytes"):
        read_idx(path, 2, limit=5)


# ---------------------------------------------------------------- data


def test_the_grid_of_the_teacher_student_task():
    points = datasets.grid()
    assert points.shape == (41 * 41, 2)
    assert len(np.unique(points, axis=0)) == len(points)
    assert set(points.ravel()) == {k / 4 for k in range(-20, 21)}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0, 1, 0.3, 1), ValueError),
        ((1, 0, 0.5, 1), ValueError),
        ((0, 1, 0, 1), ValueError),
        ((0, float("inf"), 1, 1), ValueError),
        ((0, 1, 0.5, 9), ValueError),
        ((0, 1, 0.5, True), TypeError),
        ((0, 1, 0.001, 4), SizeLimitError),
    ],
)
def test_what_is_no_grid_is_refused(arguments, error):
    with pytest.raises(error):
        datasets.grid(*arguments)


def test_the_teachers_are_irreducible_and_from_their_seed():
    from critcount.weights.irreducible import require_irreducible

    for network in (
        datasets.teacher(),
        datasets.deep_teacher_network(),
        datasets.deep_teacher_network(7),
    ):
        require_irreducible("teacher", network)
    first, again, other = (datasets.deep_teacher_network(s).weights[2] for s in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_mnist_files_that_do_not_fit_are_refused(mnist_folder, tmp_path):
    folder, _, labels = mnist_folder
    path = folder / "train-labels-idx1-ubyte"
    path.write_bytes(idx_bytes(labels[:-1]))
    with pytest.raises(ValueError, match="30 images and 29 labels"):
        datasets.mnist(folder)
    path.write_bytes(idx_bytes(np.full(30, 10)))
    with pytest.raises(ValueError, match="labels must be digits, not 10"):
        datasets.mnist(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="train-labels-idx1-ubyte"):
        datasets.mnist(folder)
    with pytest.raises(NotADirectoryError):
        datasets.mnist(tmp_path / "nowhere")
    path.write_bytes(idx_bytes(labels))
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((30, 27, 28))))
    with pytest.raises(ValueError, match="28×28"):
        datasets.mnist(folder)


# ---------------------------------------------------------------- runs


PARAMETERS = {"widths": (4, 5), "seed": 0, "loss": "mse"}


NETWORK = Network([np.random.default_rng(0).normal(size=(3, 2)), np.ones((1, 3))])


def test_a_run_keeps_its_units(tmp_path):
    run = Run(tmp_path / "run", "toy", PARAMETERS)
    facts = {"loss": 1 / 3, "losses": [0.1, 2e-300], "index": None}
    assert run.read("a") is None
    run.write("a", facts, NETWORK)
    again = Run(tmp_path / "run", "toy", PARAMETERS)
    assert again.read("a") == facts
    found = again.network("a")
    assert all(np.array_equal(u, v) for u, v in zip(found.weights, NETWORK.weights, strict=True))
    assert again.read("b") is None


def test_a_unit_whose_facts_are_missing_is_not_finished(tmp_path, monkeypatch):
    """The process dies between the two files: the unit is made again."""
    run = Run(tmp_path, "toy", PARAMETERS)

    def die(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("critcount._support.files.put", die)
    with pytest.raises(KeyboardInterrupt):
        run.write("a", {"loss": 1.0}, NETWORK)
    assert (tmp_path / "a.npz").exists()
    assert Run(tmp_path, "toy", PARAMETERS).read("a") is None


def test_facts_that_json_does_not_know_are_an_error(tmp_path):
    with pytest.raises(ValueError, match="Out of range"):
        Run(tmp_path, "toy", PARAMETERS).write("a", {"loss": float("nan")})
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_run_without_a_folder_keeps_nothing():
    run = Run(None, "toy", PARAMETERS)
    run.write("a", {"loss": 1.0})
    assert run.read("a") is None


@pytest.mark.parametrize(
    ("experiment", "parameters", "message"),
    [
        ("deep", PARAMETERS, "holds the experiment 'toy', not 'deep'"),
        ("toy", {**PARAMETERS, "seed": 1}, "begun with seed = 0, not 1"),
        ("toy", {**PARAMETERS, "more": 1}, "begun with more = nothing, not 1"),
        ("toy", {"widths": (4, 5), "seed": 0}, "begun with loss = 'mse', not nothing"),
        ("toy", {**PARAMETERS, "widths": (4, 6)}, r"begun with widths = \[4, 5\], not \[4, 6\]"),
    ],
)
def test_a_folder_of_another_run_is_refused(tmp_path, experiment, parameters, message):
    Run(tmp_path, "toy", PARAMETERS)
    with pytest.raises(ValueError, match=message):
        Run(tmp_path, experiment, parameters)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema_version": 9, "experiment": "toy"}']
)
def test_a_damaged_manifest_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=r"run\.json is no manifest"):
        Run(tmp_path, "toy", PARAMETERS)


def test_a_manifest_of_another_version_is_refused(tmp_path):
    Run(tmp_path, "toy", PARAMETERS)
    document = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**document, "schema_version": 9}))
    with pytest.raises(ValueError, match="schema version 9, not 2"):
        Run(tmp_path, "toy", PARAMETERS)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("dear to somebody")
    with pytest.raises(ValueError, match=r"holds 'thesis\.tex'"):
        Run(tmp_path, "toy", PARAMETERS)
    assert os.listdir(tmp_path) == ["thesis.tex"]


@pytest.mark.parametrize("text", ["", '{"loss": 1', "[1]"])
def test_a_damaged_unit_is_named(tmp_path, text):
    run = Run(tmp_path, "toy", PARAMETERS)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json is damaged: remove it"):
        run.read("a")


def test_a_damaged_network_says_what_to_remove(tmp_path):
    run = Run(tmp_path, "toy", PARAMETERS)
    run.write("a", {"loss": 0.5}, Network([[[1.0]], [[2.0]]]))
    assert run.network("a").widths == (1, 1, 1)
    for spoil in (lambda p: p.write_bytes(p.read_bytes()[:40]), Path.unlink):
        spoil(tmp_path / "a.npz")
        with pytest.raises(ValueError, match=r"a\.npz is missing or damaged: remove a\.json too"):
            run.network("a")


def test_saddles_with_all_pixels(mnist_folder, run, tmp_path):
    """From the command line; the index against all eigenvalues would take too long here."""
    from critcount.landscape.experiments.datasets import mnist

    folder, images, labels = mnist_folder
    inputs, found = mnist(folder, 20)
    assert np.array_equal(inputs, images[:20].reshape(20, -1) / 255)
    assert np.array_equal(found, labels[:20])
    with pytest.raises(ValueError, match="samples must be at most 30, the images of"):
        mnist(folder, 31)
    kept = tmp_path / "run"
    arguments = (
        "experiment", "mnist-saddles", "--mnist", folder, "--widths", "2", "--samples", 30,
        "--seeds", 1, "--weight-decay", "0.1", "--folder", kept, "--format", "csv",
    )  # fmt: skip
    code, out, err = run(*arguments)
    assert code == 0, err
    header, row = out.splitlines()
    assert header == "seed,layer,i,j,loss,gradient_norm,index,lowest,converged"
    assert row.startswith("0,0,0,1,")
    assert row.endswith(",True")
    assert run(*arguments)[1] == out
    assert (kept / "point-0000-0.npz").exists()


def test_descents_on_all_pixels(mnist_folder, run, tmp_path):
    folder, _, labels = mnist_folder
    kept = tmp_path / "run"
    arguments = (
        "experiment", "mnist-descents", "--mnist", folder, "--widths", "2,3", "--samples", 30,
        "--steps", 20, "--folder", kept, "--format", "csv", "--table", "descents",
    )  # fmt: skip
    code, out, err = run(*arguments)
    assert code == 0, err
    rows = [line.split(",") for line in out.splitlines()[1:]]
    assert [row[:3] for row in rows] == [[w, "0", s] for w in "23" for s in ("0", "10", "20")]
    for narrow in (rows[:3], rows[3:]):
        losses = [float(row[3]) for row in narrow]
        assert losses == sorted(losses, reverse=True)
    # loss and gradient at the end, again from the network that was kept
    images, _ = datasets.mnist(folder, 30)
    network = Network.load(kept / "descent-3-0000.npz")
    outputs = network(images, "softplus")
    shares = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    assert float(rows[-1][3]) == pytest.approx(-np.log(shares[np.arange(30), labels]).mean())
    assert run(*arguments)[1] == out
