"""Students that are trained: runs that are kept and go on."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from critcount import Network, classify
from critcount.landscape.experiments import datasets, teaching


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Students of width 4 and 5, three each, on a coarse grid; and their folder."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return teaching.teacher_student([4, 5], seeds=3, step=0.5, folder=folder), folder


TEACHER = datasets.teacher()


def test_students_learn_the_teacher(trained):
    found, _ = trained
    frame = found.to_frame()
    assert frame["width"].tolist() == [4, 4, 4, 5, 5, 5]
    assert frame["seed"].tolist() == [0, 1, 2, 0, 1, 2]
    assert (frame["outcome"] == "zero loss").sum() >= 4
    x = np.random.default_rng(0).normal(size=(50, 2))
    for one in found.students:
        if one.outcome == "zero loss":
            np.testing.assert_allclose(one.network(x, "generic"), TEACHER(x, "generic"), rtol=1e-6)
    assert found.tally()["students"].sum() == 6


def test_a_student_is_the_one_of_its_seed_whatever_else_is_trained(trained):
    found, _ = trained
    (alone,) = teaching.teacher_student([5], seeds=1, seed=2, step=0.5).students
    (same,) = [s for s in found.students if (s.width, s.seed) == (5, 2)]
    for a, b in zip(alone.network.weights, same.network.weights, strict=True):
        assert np.array_equal(a, b)


def test_a_run_goes_on_with_what_is_missing(trained, monkeypatch):
    found, folder = trained
    names = {f"student-{w}-{s:04d}.{kind}" for w in (4, 5) for s in range(3)
             for kind in ("npz", "json")}  # fmt: skip
    assert set(os.listdir(folder)) == {"run.json", *names}
    os.remove(folder / "student-5-0001.json")
    calls = []
    train = teaching.train

    def counted(problem, widths, seed, **options):
        calls.append((widths, seed))
        return train(problem, widths, seed, **options)

    monkeypatch.setattr(teaching, "train", counted)
    again = teaching.teacher_student([4, 5], seeds=3, step=0.5, folder=folder)
    assert calls == [([5], 1)]
    assert again.to_frame().equals(found.to_frame())


def test_an_interrupted_run_keeps_what_is_finished(tmp_path, monkeypatch):
    train = teaching.train

    def interrupted(problem, widths, seed, **options):
        if seed == 2:
            raise KeyboardInterrupt
        return train(problem, widths, seed, **options)

    monkeypatch.setattr(teaching, "train", interrupted)
    done = []
    with pytest.raises(KeyboardInterrupt):
        teaching.teacher_student([4], seeds=3, step=1.0, folder=tmp_path, advance=done.append)
    assert done == [1, 1]
    assert sorted(p for p in os.listdir(tmp_path) if p.endswith(".npz")) == [
        "student-4-0000.npz",
        "student-4-0001.npz",
    ]


def test_students_in_a_folder_are_weight_files(trained):
    found, folder = trained
    network = Network.load(folder / "student-5-0000.npz")
    (same,) = [s for s in found.students if (s.width, s.seed) == (5, 0)]
    assert np.array_equal(network.weights[0], same.network.weights[0])
    facts = json.loads((folder / "student-5-0000.json").read_text())
    assert facts["loss"] == same.loss
    assert classify(network, 1e-5, TEACHER).configurations == same.found.configurations


@pytest.mark.exhaustive
def test_the_deep_teacher_on_a_coarse_grid():
    """Too short a training to learn it: the outcome is stated, whatever it is."""
    found = teaching.deep_teacher([4], seeds=1, steps=50, step=2.5)
    (one,) = found.students
    assert one.network.widths == (2, 4, 4, 4, 1)
    assert found.measure.activation == "tanh"
    x = datasets.grid(step=2.5)
    loss = ((one.network(x, "tanh") - found.teacher(x, "tanh")) ** 2).mean()
    assert one.loss == pytest.approx(loss, rel=1e-6, abs=1e-25)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"widths": [3]}, r"widths\[0\] must be at least 4"),
        ({"widths": []}, "one or more different widths"),
        ({"widths": [4, 4]}, "one or more different widths"),
        ({"seeds": 0}, "seeds must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"steps": -1}, "steps must be at least 0"),
        ({"step": 0.3}, "high - low must be a multiple of step"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        teaching.teacher_student(**arguments)
