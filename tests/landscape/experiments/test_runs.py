"""Runs that are kept and go on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from critcount import Network
from critcount.landscape.experiments.runs import Run

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


def test_numbers_of_numpy_are_parameters(tmp_path):
    parameters = {"seeds": np.int64(3), "step": np.float32(0.5), "widths": [np.int8(4)]}
    Run(tmp_path, "toy", parameters)
    kept = json.loads((tmp_path / "run.json").read_text())["parameters"]
    assert kept == {"seeds": 3, "step": 0.5, "widths": [4]}
    Run(tmp_path, "toy", kept)
    with pytest.raises(TypeError, match="a number, a text or a list, not 1j"):
        Run(tmp_path / "other", "toy", {"seed": 1j})


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
