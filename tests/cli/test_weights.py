"""classify, embed and path on the command line."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from critcount import Network, export
from tests.conftest import one_line


@pytest.fixture
def teacher(tmp_path):
    rng = np.random.default_rng(0)
    network = Network(
        [rng.normal(size=(3, 2)), rng.normal(size=(1, 3))], [rng.normal(size=3), None]
    )
    network.save(tmp_path / "teacher.npz")
    return tmp_path / "teacher.npz"


@pytest.fixture
def student(run, teacher, tmp_path):
    code, out, err = run(
        "embed",
        teacher,
        "--word",
        "2,0,1,3,0,3",
        "--seed",
        1,
        "-o",
        tmp_path / "student.safetensors",
    )
    assert (code, out, err) == (0, "2,0,1,3,0,3\n", "")
    return tmp_path / "student.safetensors"


def refused(result, part):
    code, out, err = result
    assert (code, out) == (2, "")
    assert one_line(err)
    assert part in err


def test_classify_reads_well(run, teacher, student):
    code, out, err = run("classify", student, "--tolerance", "1e-9", "--reference", teacher)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["minimal", "network", "2-3-1"] in lines
    assert ["zero-type", "blocks", "layer", "0", "1"] in lines
    blocks = {line[1]: line[6:] for line in lines if line and line[0] == "0"}
    assert blocks == {
        "K0": ["{1,", "4}"],
        "K1": ["{2}"],
        "K2": ["{0}"],
        "Z0": ["{3,", "5}"],
    }


def test_classify_on_a_domain(run, tmp_path):
    rows, square = [[1.0, 0.0], [0.5, 0.2], [1.0, 0.4]], [[-1.0, -1], [1, -1], [-1, 1], [1, 1]]
    folder = tmp_path / "students"
    folder.mkdir()
    Network([rows, [[1.0, 2.0, -1.0]]], [[0.1, 9.0, 30.0], [12.0]]).save(folder / "a.npz")
    np.savez(tmp_path / "inputs.npz", x=np.array(square))
    np.savez(tmp_path / "two.npz", x=np.array(square), y=np.array(square))
    options = ("--tolerance", "1e-9", "--activation", "elu", "--domain")
    code, out, _ = run("classify", folder / "a.npz", *options, tmp_path / "inputs.npz",
                       "--format", "json")  # fmt: skip
    found = json.loads(out)
    assert (code, found["minimal"]) == (0, "2-1-1")
    assert [role["role"] for role in found["roles"]] == ["copy", "linear", "linear"]
    code, out, _ = run("classify", folder, *options, tmp_path / "inputs.npz", "--format", "csv")
    (row,) = csv.DictReader(line for line in io.StringIO(out) if not line.startswith("#"))
    assert row["minimal"] == "2-1-1"
    refused(run("classify", folder / "a.npz", *options, tmp_path / "two.npz"), "2 arrays")
    refused(run("classify", folder / "a.npz", "--tolerance", "1e-9", "--activation", "tanh",
                "--domain", tmp_path / "inputs.npz"), "have no kink")  # fmt: skip


@pytest.mark.parametrize("name", ["relu6", "hardswish", "hardtanh", "gelu_tanh", "nothing"])
def test_refused_activations(run, teacher, name):
    for command in (("classify", teacher), ("path", teacher, teacher)):
        refused(run(*command, "--activation", name), name)


def test_classify_as_json(run, student):
    code, out, _ = run("classify", student, "--tolerance", "1e-9", "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert document["words"] == [[0, 1, 2, 3, 1, 3]]
    assert document["minimal"] == "2-3-1"
    assert document["dimension"] == "5"
    assert document["blocks"][1]["neurons"] == [1, 4]
    assert document["changes"] == document["constant_neurons"] == []


@pytest.mark.parametrize("format_", ["csv", "markdown", "latex"])
def test_classify_in_other_formats(run, student, tmp_path, format_):
    code, out, _ = run("classify", student, "--tolerance", "1e-9", "--format", format_)
    assert code == 0
    assert "{1, 4}" in out.replace("\\", "")
    path = tmp_path / "blocks.csv"
    assert run("classify", student, "--tolerance", "1e-9", "-o", path)[:2] == (0, "")
    frame = export.read_frame(path)
    assert frame["block"].tolist() == ["K0", "K1", "K2", "Z0"]
    assert len(list(csv.reader(io.StringIO(path.read_text())))) == 5


def test_what_another_tolerance_would_change(run, tmp_path):
    Network([[[1.0], [1.0015], [3.0]], [[1.0, 2.0, 3.0]]]).save(tmp_path / "a.npz")
    code, out, _ = run("classify", tmp_path / "a.npz", "--tolerance", "3e-4")
    assert code == 0
    assert "at another tolerance" in out
    assert "layer 0: replication {0} replication {1} would be replication {0, 1}" in out


def test_constants_and_signs(run, tmp_path):
    w = np.array([[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0]])
    Network([w, [[1.0, 2.0, 3.0]]], [[0.5, -0.5, 1.0], [0.25]]).save(tmp_path / "a.npz")
    command = ("classify", tmp_path / "a.npz", "--tolerance", "1e-9")
    refused(run(*command), "as --activation tanh")
    code, out, _ = run(
        *command, "--activation", "tanh", "--format", "json", "--write-minimal", tmp_path / "m.npz"
    )
    document = json.loads(out)
    assert code == 0
    assert document["flips"] == [[1]]
    assert [c["neuron"] for c in document["constant_neurons"]] == [2]
    minimal = Network.load(tmp_path / "m.npz")
    np.testing.assert_allclose(minimal.weights[1], [[-1.0]])
    np.testing.assert_allclose(minimal.biases[1], 0.25 + 3 * np.tanh(1.0))


def test_coarse_weights_are_noted(run, tmp_path):
    w = np.ones((2, 2), dtype=np.float16)
    np.savez(tmp_path / "a.npz", **{"0.weight": w, "1.weight": w})
    code, out, err = run("classify", tmp_path / "a.npz", "--tolerance", "1e-6")
    assert code == 0
    assert "2-1-2" in out
    assert err.startswith("critcount: note: ")
    assert "precise to 9.8e-04" in err
    assert run("classify", tmp_path / "a.npz", "--tolerance", "1e-2")[2] == ""


def test_embed_at_random(run, teacher, tmp_path):
    code, first, _ = run("embed", teacher, "--widths", 7, "--seed", 3, "-o", tmp_path / "a.npz")
    assert code == 0
    assert run("embed", teacher, "--widths", 7, "--seed", 3, "-o", tmp_path / "b.npz")[1] == first
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    x = [[0.3, -2.0]]
    a, b = Network.load(tmp_path / "a.npz"), Network.load(teacher)
    np.testing.assert_allclose(a(x, "generic"), b(x, "generic"), rtol=1e-12)
    found = run(
        "classify",
        tmp_path / "a.npz",
        "--tolerance",
        "1e-9",
        "--reference",
        teacher,
        "--format",
        "json",
    )[1]
    assert ",".join(map(str, json.loads(found)["words"][0])) == first.strip()


def test_embed_with_signs(run, teacher, tmp_path):
    student = tmp_path / "a.npz"
    for options, word in (
        (("--word", "1,3,6,2,7,0", "--activation", "tanh"), "1,3,6,2,7,0"),
        (("--word", "1356", "--activation", "tanh"), "1,3,5,6"),
        (("--widths", 5, "--activation", "gelu"), None),
    ):
        code, out, err = run("embed", teacher, *options, "-o", student)
        assert (code, err) == (0, "")
        assert word is None or out == f"{word}\n"
        x = [[0.3, -2.0], [1.5, 0.2]]
        a, b = Network.load(student), Network.load(teacher)
        np.testing.assert_allclose(a(x, options[-1]), b(x, options[-1]), rtol=1e-10)
    for options, message in (
        (("--widths", 2, "--activation", "gelu"), "3 neurons cannot be embedded in 2"),
        (("--word", "1,3,4", "--activation", "tanh"), "must have a neuron of block 2"),
        (("--word", "1,3,x", "--activation", "tanh"), "--word: "),
        (("--widths", 4, "--activation", "tamh"), "--activation must be one of"),
        (("--word", "1,3,5", "--widths", 4), "or the widths by --widths"),
    ):
        refused(run("embed", teacher, *options, "-o", student), message)


def test_path(run, teacher, student, tmp_path):
    other, file = tmp_path / "other.npz", tmp_path / "path.npz"
    run("embed", teacher, "--word", "0,1,2,1,1,0", "--seed", 2, "-o", other)
    code, out, err = run(
        "path", student, other, "--tolerance", "1e-9", "--write-vertices", file, "--samples", 50
    )
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert ["minimal", "network", "2-3-1"] in rows
    assert "deviation" in out
    document = json.loads(
        run("path", student, other, "--tolerance", "1e-9", "--format", "json")[1]
    )
    assert document["deviation"]["between"] < 1e-12
    last = document["segments"] + 2
    np.testing.assert_array_equal(
        Network.load(file, [f"{last}/0.weight", f"{last}/1.weight"]).weights[0],
        Network.load(other).weights[0],
    )
    for format_ in ("csv", "markdown", "latex"):
        assert run("path", student, other, "--tolerance", "1e-9", "--format", format_)[0] == 0


def test_refusals(run, teacher, student, tmp_path):
    refused(run("classify", tmp_path / "no.npz", "--tolerance", "1e-3"), "no.npz")
    refused(run("classify", tmp_path / "net.pt", "--tolerance", "1e-3"), "never loaded")
    refused(run("classify", student, "--tolerance", "x"), "--tolerance")
    refused(run("classify", student, "--tolerance", "nan"), "must be a number such as 0.5")
    refused(run("classify", student, "--tolerance", "0.1", "--tensor", "x"), "no tensor 'x'")
    refused(run("classify", student, "--tolerance", "1e-9", "--reference", student), "irreducible")
    out = ("--seed", "1", "-o", tmp_path / "out.npz")
    refused(run("embed", teacher, *out), "--word, or the widths by --widths")
    refused(
        run("embed", teacher, "--word", "0,1,2", "--widths", "3", *out), "--word, or the widths"
    )
    refused(
        run("embed", teacher, "--word", "0,1,1,0", *out),
        "--word must contain every label below r = 3, and 2 is missing",
    )
    refused(
        run("embed", teacher, "--word", "0,a", *out),
        "--word: a word must have one letter a neuron",
    )
    refused(
        run("embed", teacher, "--word", "0,1,2,3", "--word", "0", *out),
        "each hidden layer, 1, not 2",
    )
    refused(run("embed", teacher, "--widths", "2", *out), "3 neurons cannot be embedded in 2")
    refused(run("embed", student, "--widths", "8", *out), "must be irreducible")
    refused(run("path", student, teacher, "--tolerance", "1e-9"), "of the same widths")
    refused(
        run(
            "path", teacher, teacher, "--tolerance", "1e-9", "--write-vertices", tmp_path / "p.txt"
        ),
        ".npz",
    )
    assert not (tmp_path / "out.npz").exists()


def test_names_of_tensors(run, teacher, student, tmp_path):
    weights = {"a": Network.load(student).weights, "b": Network.load(teacher).weights}
    biases = {"a": Network.load(student).biases[0], "b": Network.load(teacher).biases[0]}
    arrays = {f"{k}{i}": w for k, pair in weights.items() for i, w in enumerate(pair)}
    np.savez(tmp_path / "all.npz", **arrays, ca=biases["a"], cb=biases["b"])
    names = [x for name in ("a0", "ca", "a1") for x in ("--tensor", name)]
    others = [x for name in ("b0", "cb", "b1") for x in ("--reference-tensor", name)]
    command = ("classify", tmp_path / "all.npz", "--tolerance", "1e-9", *names)
    code, out, _ = run(*command, "--reference", tmp_path / "all.npz", *others, "--format", "json")
    assert code == 0
    assert json.loads(out)["words"] == [[2, 0, 1, 3, 0, 3]]
    refused(run(*command, *others), "--reference-tensor goes with --reference")


def test_no_path(run, teacher, tmp_path):
    network = Network.load(teacher)
    order = [1, 2, 0]
    Network(
        [network.weights[0][order], network.weights[1][:, order]], [network.biases[0][order], None]
    ).save(tmp_path / "b.npz")
    refused(run("path", teacher, tmp_path / "b.npz", "--tolerance", "1e-9"), "isolated points")


@pytest.mark.parametrize("command", ["classify", "embed", "path"])
def test_help(run, command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "network" in out


# how a file is read


def test_options_of_reading(run, tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "a.npz"
    first, second = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    tensors = {"model.0": first, "model.1": second, "ema.0": first, "ema.1": second}
    np.savez(path, **tensors)
    code, out, err = run("count", path)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert "--prefix" in err
    for options in (("--prefix", "model."), ("--prefix", "m*."), ("--exclude", "ema.*")):
        code, out, _ = run("classify", path, "--tolerance", "1e-9", *options)
        assert code == 0
        assert "3-2-3" in out
        code, out, _ = run("classify", path, "--tolerance", "1e-9", "--layout", "in-out", *options)
        assert code == 0
        assert "2-3-2" in out
    code, out, _ = run("count", path, "--prefix", "ema.", "--layout", "in-out", "--format", "json")
    assert code == 0
    assert "2-3-2" in out


def test_a_file_past_the_limit(run, teacher, tmp_path):
    options = {
        "classify": [teacher, "--tolerance", "1e-9"],
        "embed": [teacher, "--widths", "4", "--seed", "0", "-o", tmp_path / "b.npz"],
        "path": [teacher, teacher, "--tolerance", "1e-9"],
    }
    for command, arguments in options.items():
        code, out, err = run(command, *arguments, "--max-numbers", "11")
        assert (code, out) == (3, "")
        assert one_line(err)
        assert "12 numbers, past the limit of 11" in err
        assert run(command, *arguments, "--max-numbers", "12")[0] == 0


def test_options_of_reading_go_with_a_file(run):
    for option in ("--tensor", "--prefix", "--exclude", "--layout"):
        code, out, err = run("count", "2-5-1", option, "in-out")
        assert (code, out) == (2, "")
        assert one_line(err)
        assert f"{option} goes with the path of a weights file" in err
