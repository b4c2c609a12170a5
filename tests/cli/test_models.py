"""`critcount symmetry` and `critcount count` of a model."""

from __future__ import annotations

import json
import pathlib
import re
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from critcount.counting.layer import G, T
from critcount.models import Symmetry

FILES = pathlib.Path(__file__).parents[1] / "fixtures" / "models"
LLAMA = str(FILES / "llama.onnx")
MLP = str(FILES / "mlp.onnx")


def test_text_tells_order_and_families(run):
    code, out, err = run("symmetry", LLAMA)
    assert (code, err) == (0, "")
    assert "8! 6! 4!^2 2!^3" in out
    assert "S_2 wr (S_4 x S_2)" in out
    assert re.search("not looked for +rotations under rotary embeddings", out)


def test_json_is_exact_and_proved(run):
    code, out, _ = run("symmetry", LLAMA, "--format", "json", "--prove")
    document = json.loads(out)
    assert code == 0
    assert document["order"] == str(40320 * 720 * 8 * 24**2)
    assert document["factors"] == {"2!": 3, "4!": 2, "6!": 1, "8!": 1}
    assert document["proof"]["holds"] is True
    assert len(document["continuous_not_looked_for"]) == 2
    assert document["proof"]["moved"] == 1
    assert {"name": "model.model.embed_tokens.weight", "axes": [1]} in next(
        f for f in document["families"] if f["units"] == 8
    )["parameters"]


@pytest.mark.parametrize("format_", ["csv", "latex", "markdown"])
def test_the_families_as_a_table(run, format_):
    code, out, _ = run("symmetry", str(FILES / "mlp.onnx"), "--format", format_)
    assert code == 0
    assert out.count("S_5") + out.count(r"S\_5") == 1


def test_a_proof_that_fails_exits_with_1(run, monkeypatch):
    monkeypatch.setattr("critcount.models.proofs.PROOF_TOLERANCE", 0.0)
    monkeypatch.setattr("critcount.models.proofs.Proof.holds", property(lambda proof: False))
    assert run("symmetry", LLAMA, "--prove")[0] == 1


def test_a_drawn_element_is_written(run, tmp_path):
    path = tmp_path / "moved.safetensors"
    assert run("symmetry", LLAMA, "--write-drawn", str(path), "--seed", "4")[0] == 0
    moved = load_file(path)
    symmetry = Symmetry.from_onnx(LLAMA)
    inputs = symmetry.run.inputs()
    before = symmetry.run({k: v.astype(float) for k, v in symmetry.weights.items()}, inputs)
    after = symmetry.run({k: v.astype(float) for k, v in moved.items()}, inputs)
    assert any((moved[k] != v).any() for k, v in symmetry.weights.items())
    assert np.allclose(before[0], after[0], rtol=0, atol=1e-12)


def test_count_of_a_model(run):
    code, out, _ = run("count", str(FILES / "mlp.onnx"), "--max-order", "2")
    assert code == 0
    assert "5! 4!" in out
    assert "permutation points of order 2 per minimum" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["symmetry", "no.onnx"], "there is no file"),
        (["symmetry", LLAMA, "--input", "x"], "name=1,3,64,64"),
        (["symmetry", LLAMA, "--input", "x=1,2"], "has no input 'x'"),
        (["symmetry", LLAMA, "--seed", "-1"], "seed"),
        (["symmetry", LLAMA, "--max-order", "-1"], "--max-order"),
        (["count", LLAMA, "--minimal", "2"], "go with widths"),
    ],
)
def test_bad_input_is_one_line(run, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_json_file_that_is_no_configuration(run, tmp_path):
    (tmp_path / "c.json").write_text("[1]")
    code, _, err = run("symmetry", str(tmp_path / "c.json"))
    assert code == 2
    assert "no configuration of a model" in err


def test_what_a_configuration_needs_is_told(run, tmp_path, monkeypatch):
    (tmp_path / "c.json").write_text('{"model_type": "llama"}')
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, out, err = run("symmetry", str(tmp_path / "c.json"))
    assert (code, out) == (2, "")
    assert err.endswith("pip install transformers torch\n")


def test_align_finds_an_equal_checkpoint(run, tmp_path):
    symmetry = Symmetry.from_onnx(LLAMA)
    rng = np.random.default_rng(1)
    paths = [str(tmp_path / name) for name in ("a.safetensors", "b.safetensors", "c.safetensors")]
    save_file({k: np.ascontiguousarray(v) for k, v in symmetry.weights.items()}, paths[0])
    moved = symmetry.random(rng).apply(symmetry.weights)
    save_file({k: np.ascontiguousarray(v) for k, v in moved.items()}, paths[1])
    code, out, _ = run("symmetry-align", LLAMA, paths[0], paths[1], "--write-aligned", paths[2])
    assert code == 0
    assert re.search("equal up to the symmetry +yes", out)
    before, after = map(float, re.findall(r"barrier \w+ +(\S+)", out))
    assert before > 0
    assert after == 0
    back = load_file(paths[2])
    assert all((back[k] == v).all() for k, v in symmetry.weights.items())


def test_align_of_what_is_no_checkpoint(run, tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"x")
    code, _, err = run("symmetry-align", LLAMA, str(tmp_path / "a.safetensors"), "none")
    assert code == 2
    assert "no .safetensors file" in err


def families(run, *arguments):
    """The families of the fully connected model."""
    code, out, _ = run("symmetry", MLP, *arguments, "--format", "json")
    assert code == 0
    return json.loads(out)["families"]


def test_counts_where_units_are_more_than_needed(run):
    """T(r, n) and G(r, n) of each family whose units can be duplicated, in every format."""
    assert {f["units"]: (f["T"], f["G"]) for f in families(run, "--extra", "1")} == {
        n: (str(T(n - 1, n)), str(G(n - 1, n))) for n in (5, 4)
    }
    assert [f["T"] for f in families(run, "--extra", "5")] == [None, None]
    assert "T" not in families(run)[0]
    for format_ in ("csv", "latex", "text"):
        assert str(T(3, 4)) in run("symmetry", MLP, "--extra", "1", "--format", format_)[1]
    assert run("symmetry", MLP, "--extra", "-1")[0] == 2


def test_a_fixed_parameter_stays(run):
    names = [f["parameters"][0]["name"] for f in families(run)]
    assert len(families(run, "--fixed", names[0])) < len(names)
    code, _, err = run("symmetry", MLP, "--fixed", "no such")
    assert code == 2
    assert "no such" in err
