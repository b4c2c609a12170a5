"""count, table and cite: what they print, write and refuse."""

import json
import os

import numpy as np
import pytest

import critcount
from critcount import Architecture, T, digits, export, tables
from tests.conftest import one_line

COUNT = ["count", "2-6-1", "--minimal", "4", "--reduced", "3"]


def test_count_reads_well(run):
    code, out, err = run(*COUNT, "--all-widths")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert ["minima", "720"] in rows
    assert ["permutation", "points", "1", "1800"] in rows
    assert ["expansions", "4", "3720"] in rows
    assert ["ratio", "4", "201/1240"] in rows
    assert ["regime", "4", "vast"] in rows
    assert ["critical", "subspaces", "3", "540"] in rows


def test_count_as_json(run):
    code, out, _ = run(*COUNT, "--format", "json")
    document = json.loads(out)
    assert code == 0
    keys = "schema_version architecture minimal minima permutation_points expansions"
    assert set(f"{keys} critical_subspaces ratio connected components".split()) <= set(document)
    assert document["schema_version"] == 2
    assert (document["architecture"], document["minimal"]) == ("2-6-1", "4")
    assert document["permutation_points"][0] == {"order": "1", "factor": "5/2", "points": "1800"}
    assert document["expansions"] == str(T(4, 6)) == "3720"
    assert document["critical_subspaces"] == "540"
    assert document["ratio"] == "201/1240"
    assert document["connected"] is True
    assert document["components"] == "1"


def test_count_for_an_activation(run):
    command = ("count", "2-4-1", "--minimal", "2", "--activation", "gelu")
    code, out, err = run(*command)
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert ["components", "4", "158"] in rows
    assert ["connected", "pieces", "with", "2", "spare", "4", "25"] in rows
    assert ["affine", "4", "no"] in rows
    code, out, _ = run(*command, "--biases", "none", "--format", "json")
    document = json.loads(out)
    assert (document["biases"], document["components"]) == ("none", "158")
    assert [step["connected_pieces"] for step in document["steps"]] == ["2", "1", "25", "1"]
    assert document["group"] == {"name": "S_2", "order": "2", "dimension": "0"}
    code, out, _ = run(*command[:-1], "leaky_relu:0.2", "--format", "csv")
    assert "dimension_of_the_group,2,2" in out
    assert "bounded_domain" not in out
    for name, number in (("leaky_relu", 866), ("relu", 590), ("elu", 326), ("gelu", 158)):
        code, out, _ = run(*command[:-1], name, "--domain", "--format", "csv")
        assert f"types_on_a_bounded_domain,4,{number}\n" in out
        assert "change_by_a_bounded_domain,," in out


def test_count_for_an_activation_and_several_layers(run):
    command = ("count", "2-3-3-1", "--minimal", "2-2", "--reduced", "1-2", "--activation")
    code, out, err = run(*command, "tanh", "--format", "csv")
    assert (code, err) == (0, "")
    assert "types_of_the_layers,3-3,9216\n" in out
    assert out.count("identity,") == 1
    assert "critical_subspaces_of_reduced,1-2,1872\n" in out
    code, out, _ = run(*command, "gelu", "--format", "json")
    document = json.loads(out)
    assert (document["types"], document["plain_types"]) == (None, "324")
    assert (document["minimal"], document["reduced"]) == ("2-2", "1-2")
    assert document["critical_subspaces_of_reduced"] == "84"
    assert document["group"]["name"] == "S_2 × S_2"
    assert "not known" in document["reason"]
    code, out, _ = run("count", "2-3-1", "--reduced", "2", "--activation", "gelu", "--skip")
    assert out.splitlines()[-1].split() == ["critical", "subspaces", "of", "reduced", "2", "72"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2-4-1", "--activation", "gelu"), "--activation goes with --minimal, --reduced or"),
        (("2-4-1", "--minimal", "2", "--domain"), "go with --activation"),
        (("2-4-1", "--reduced", "2", "--domain", "--activation", "relu"), "--domain goes with"),
        (("2-4-4-1", "--minimal", "2-2", "--activation", "elu", "--domain"), "one hidden layer"),
        (("2-4-1", "--minimal", "2", "--activation", "hardtanh", "--domain"), "two ReLUs"),
        (("2-4-1", "--minimal", "2-2", "--activation", "elu"), "one width"),
        (("2-4-4-1", "--minimal", "2-2", "--activation", "sin"), "hidden layer 1 of 2: sin"),
        (("2-4-4-1", "--minimal", "2-2", "--activation", "elu", "--skip"), "one hidden layer"),
        (("2-4-1", "--minimal", "2", "--biases", "all"), "go with --activation"),
        (("2-4-1", "--minimal", "2", "--skip"), "go with --activation"),
        (("2-4-1", "--minimal", "2", "--activation", "relu6"), "relations that are not worked"),
        (("2-4-1", "--minimal", "2", "--activation", "swish"), "activation must be one of"),
        (("2-4-1", "--minimal", "2", "--activation", "exp"), "e^b exp(z)"),
    ],
)
def test_count_for_an_activation_refused(run, arguments, message):
    code, out, err = run("count", *arguments)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert message in err


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_lossless_output_reads_back(run, tmp_path, format_):
    path = tmp_path / f"count.{format_}"
    code, out, _ = run("count", "2-4096-1", "--format", format_, "-o", path)
    assert (code, out) == (0, "")
    back = export.read_frame(path)
    assert (
        back["value"].tolist()
        == tables.count_table(Architecture.parse("2-4096-1"))["value"].tolist()
    )


def test_long_numbers(run):
    factorial = digits(critcount.count_minima(Architecture.parse("2-2000-1")))
    assert factorial not in run("count", "2-2000-1")[1]
    assert "(5,736 digits)" in run("count", "2-2000-1")[1]
    assert "3.31627509e5735" in run("count", "2-2000-1", "--digits", "9")[1]
    assert factorial in run("count", "2-2000-1", "--digits", "full")[1]
    assert factorial in run("count", "2-2000-1", "--format", "json")[1]
    assert r"\num{3.316e5735}" in run("count", "2-2000-1", "--format", "latex")[1]


def test_count_of_a_weights_file(run, tmp_path):
    path = tmp_path / "student.npz"
    np.savez(
        path, **{"0.weight": np.ones((6, 2)), "2.weight": np.ones((1, 6)), "x": np.ones((7, 7))}
    )
    assert run("count", path)[0] == 2
    code, out, _ = run("count", path, "--tensor", "0.weight", "--tensor", "2.weight")
    assert code == 0
    assert "2-6-1" in out
    code, _, err = run("count", "2-6-1", "--tensor", "0.weight")
    assert code == 2
    assert one_line(err)


@pytest.mark.parametrize("kind", ["permutation-points", "subspaces", "regimes", "architectures"])
@pytest.mark.parametrize("format_", ["text", "json", "csv", "latex", "markdown", "parquet"])
def test_tables(run, tmp_path, kind, format_):
    networks = tmp_path / "networks.toml"
    networks.write_text('[[network]]\nname = "a"\narchitecture = "2-5-1"\nminimal = "4"\n')
    inputs = {"permutation-points": ["2-4-1"], "architectures": [networks], "regimes": ["4"]}
    path = tmp_path / f"out.{format_}"
    code, out, err = run("table", kind, *inputs.get(kind, []), "--format", format_, "-o", path)
    assert (code, out, err) == (0, "", "")
    if format_ in export.LOSSLESS:
        assert len(export.read_frame(path)) > 0
    else:
        assert "24" in path.read_text()
    if format_ == "latex":
        assert path.read_text().startswith(f"% critcount table {kind}")


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.csv", "quantity,of,value"), ("a.json", "{"), ("a.tex", "% critcount"), ("a.MD", "| ")],
)
def test_the_suffix_of_the_output_says_the_format(run, tmp_path, name, start):
    assert run(*COUNT, "-o", tmp_path / name)[0] == 0
    assert (tmp_path / name).read_text().startswith(start)
    assert run(*COUNT, "-o", tmp_path / name, "--format", "text")[0] == 0
    assert (tmp_path / name).read_text().startswith("quantity ")
    assert run(*COUNT, "-o", tmp_path / "a.bmp", "--format", "text")[0] == 0
    assert run(*COUNT, "-o", tmp_path / "plain")[0] == 0
    assert (tmp_path / "plain").read_text() == (tmp_path / name).read_text()


def test_latex_says_the_whole_command(run):
    command = ["count", "2-6-1", "--minimal", "4", "--all-widths", "--max-order", "2"]
    out = run(*command, "--format", "latex")[1]
    assert out.startswith("% critcount " + " ".join(command) + " --format latex\n")


def test_digits_of_tables(run):
    assert (
        "8.1667e29 (30 digits)" in run("table", "permutation-points", "2-27-1", "--digits", "5")[1]
    )


def test_options_of_tables(run):
    assert run("table", "subspaces", "--max-m", "2")[1].count("\n") == 7
    assert run("table", "permutation-points", "2-9-1", "--max-order", "1")[1].count("\n") == 2
    assert run("table", "regimes", "4", "5", "--max-extra", "0")[1].count("\n") == 3
    assert "intersection" in run("table", "connectivity", "--max-nodes", "12")[1]


@pytest.mark.exhaustive
def test_publish(run, tmp_path):
    (tmp_path / "architectures.toml").write_text(
        '[[network]]\nname = "a"\narchitecture = "2-5-1"\n'
    )
    assert run("publish", tmp_path, "--check")[0] == 1
    assert run("publish", tmp_path)[0] == 0
    assert run("publish", tmp_path, "--check") == (0, "", "")
    (tmp_path / "subspaces.csv").write_text("")
    code, out, err = run("publish", tmp_path, "--check")
    assert code == 1
    assert "subspaces.csv" in out
    assert one_line(err)


@pytest.mark.parametrize(
    "arguments",
    [
        ["count", "2-1000000000-1"],
        ["count", "2-1000000-1", "--minimal", "4"],
        ["count", "2-300-1", "--max-digits", "100"],
        ["table", "subspaces", "--max-m", "100000"],
        ["table", "regimes", "10000000"],
        ["table", "regimes", "99999"],
        ["table", "regimes", "4", "--max-extra", "1000000"],
        ["table", "regimes", "4", "--max-digits", "2"],
        ["table", "subspaces", "--max-m", "1000"],
        ["table", "permutation-points", "2-3000-1", "--max-order", "90000"],
        ["count", "2-100000-1", "--max-order", "20000"],
        ["count", "2-100000-1", "--minimal", "4"],
        ["count", "2-20000-1", "--minimal", "15000", "--all-widths"],
        ["table", "permutation-points", "2-1000000000-1"],
    ],
)
def test_what_would_not_fit_is_exit_3_with_its_size(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (3, "")
    assert one_line(err)
    assert "past the limit of" in err


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.npz"),
        (b"", "a.safetensors"),
        (b"PK\x03\x04 truncated", "a.npz"),
        (b"\xff" * 100, "a.safetensors"),
        ((2**60).to_bytes(8, "little") + b"{}", "a.safetensors"),
        (b'"\x00\x00\x00\x00\x00\x00\x00{}', "a.safetensors"),
        (b"", "a\nb.npz"),
    ],
)
def test_hostile_weights_files(run, tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    code, out, err = run("count", path)
    assert (code, out) == (2, "")
    assert one_line(err), err


def test_bad_output_paths(run, tmp_path):
    for path in (tmp_path, tmp_path / "no" / "a.txt", "/dev/full"):
        code, out, err = run(*COUNT, "-o", path)
        assert (code, out) == (2, "")
        assert one_line(err)
        assert str(path) in err
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_an_unwritable_folder(run, tmp_path):
    tmp_path.chmod(0o500)
    code, _, err = run(*COUNT, "-o", tmp_path / "a.txt")
    assert code == 2
    assert one_line(err)
