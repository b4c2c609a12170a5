"""Students of a teacher: tolerances, outcomes, tallies, runs that go on."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from critcount import Configuration, Network, classify, embed
from critcount.landscape.experiments import datasets, teaching
from critcount.landscape.experiments.students import Measure, Students, judge, loss_levels
from critcount.landscape.experiments.tolerances import constant, separation, tolerances
from critcount.landscape.problem import Problem
from critcount.landscape.training import Training

EPSILON = np.finfo(float).eps


@pytest.fixture(scope="module")
def problem():
    inputs = datasets.grid()
    return Problem(inputs, datasets.teacher()(inputs, "generic"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Students of width 4 and 5, three each, on a coarse grid; and their folder."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return teaching.teacher_student([4, 5], seeds=3, step=0.5, folder=folder), folder


# ---------------------------------------------------------------- tolerances


def logistic(z):
    return 1 / (1 + np.exp(-z))


def test_the_constant_of_the_tolerance_by_hand(problem):
    """σ'' worked out by hand, and what the tangent functions leave of it."""
    x, w = datasets.grid(), datasets.teacher().weights[0]
    z = x @ w.T
    s4, s1 = logistic(4 * z), logistic(z)
    sigma = s4 + np.logaddexp(0, z)
    first = 4 * s4 * (1 - s4) + s1
    second = 16 * s4 * (1 - s4) * (1 - 2 * s4) + s1 * (1 - s1)
    tangent = np.concatenate([sigma, *(first[:, [k]] * x for k in range(4))], axis=1)
    # what is left is orthogonal to the tangent functions, which are the same for all angles
    left, sizes, _ = np.linalg.svd(tangent, full_matrices=False)
    span = left[:, sizes > EPSILON * len(tangent) * sizes[0]]
    largest = np.linalg.norm(w, axis=1).max()
    least = np.inf
    for angle in np.linspace(0, np.pi, 181)[:-1]:
        u = largest * np.array([np.cos(angle), np.sin(angle)])
        # two copies at a distance 1, with half of a = 1 each: σ''/8 (u·x)²
        change = (x @ u)[:, None] ** 2 * second / 8
        rest = change - span @ (span.T @ change)
        least = min(least, (rest**2).mean(axis=0).min())
    expected = (least / (problem.targets**2).mean()) ** -0.25
    assert constant(problem, datasets.teacher()) == pytest.approx(expected, rel=1e-2)


def test_the_constant_is_what_a_student_shows(problem):
    """Two copies moved apart by a known distance, the rest minimised: the loss gives it back."""
    from critcount.landscape.training import minimise

    teacher = datasets.teacher()
    word = Configuration.from_word([0, 1, 2, 3, 0], 4)
    student = embed(teacher, word, rng=0, scale=0.0)
    rows, a = np.array(student.weights[0]), np.array(student.weights[1])
    a[0, [0, 4]] = 0.5
    rows[0] += [3e-3, 2e-3]
    rows[4] -= [3e-3, 2e-3]
    loss = problem.loss(Network([rows, a])) / (problem.targets**2).mean()
    (tolerance,) = tolerances(loss, constant(problem, teacher), 1, 1.0)
    apart = np.linalg.norm(rows[0] - rows[4]) / np.linalg.norm(rows, axis=1).max()
    assert apart < tolerance < 20 * apart
    assert minimise(problem, Network([rows, a])).loss < loss


def test_separation_sees_signs_and_outgoing_weights():
    network = Network([[[1.0, 0.0], [-0.9, 0.0], [0.0, 1.0]], [[1.0, 2.0, 2.0]]])
    assert separation(network, "generic") == 0.5
    assert separation(network, "odd") == pytest.approx(0.1)


def test_tolerances_grow_with_the_loss_and_stop_at_the_largest():
    assert tolerances(0.0, 1.0, 0, 1.0) == (EPSILON**0.5,)
    first, second = tolerances(1e-20, 2.0, 2, 1.0)
    assert first == pytest.approx(2e-5)
    assert second == pytest.approx(2 * 10 ** (-20 / 6))
    assert tolerances(1e-4, 2.0, 3, 0.1) == ()


# ---------------------------------------------------------------- outcomes

TEACHER = datasets.teacher()
MEASURE = Measure(TEACHER, "generic", 1.0, 10.0, 0.09)


def student(word, rng=0):
    return embed(TEACHER, Configuration.from_word(word, 4), rng=rng)


def ended(network, seed, loss, converged=True, message=""):
    """What a training says that ended at a network."""
    return Training(network, loss, 1e-15, converged, message, "minimum", seed)


def test_a_student_at_zero_loss_is_classified():
    found = judge(ended(student([0, 1, 2, 3, 0, 4, 4, 5]), 7, 1e-33), MEASURE)
    assert (found.width, found.seed, found.outcome) == (8, 7, "zero loss")
    assert (found.copies, found.zero_type) == ("2+1+1+1", "2+1")
    assert found.tolerance == pytest.approx(10 * EPSILON**0.5)


def test_a_student_that_lies_nowhere_is_reported_with_the_reason():
    rng = np.random.default_rng(0)
    network = Network([rng.normal(size=(5, 2)), rng.normal(size=(1, 5))])
    found = judge(ended(network, 0, 1e-30), MEASURE)
    assert found.outcome == "zero loss, no configuration"
    assert "the network reduces to 2-5-1, the reference is 2-4-1" in found.note
    assert found.copies is found.zero_type is found.found is None


def test_a_loss_that_tells_nothing_is_no_configuration():
    found = judge(ended(student([0, 1, 2, 3]), 0, 9e-14), MEASURE._replace(largest=1e-3))
    assert found.outcome == "zero loss, no configuration"
    assert "too large" in found.note


@pytest.mark.parametrize(
    ("loss", "converged", "outcome", "note"),
    [
        (1e-3, True, "positive loss", ""),
        (1e-3, False, "not converged", "a reason"),
        (1e-30, False, "not converged", "a reason"),
    ],
)
def test_other_students_are_not_classified(loss, converged, outcome, note):
    message = "" if converged else "a reason"
    found = judge(ended(student([0, 1, 2, 3]), 0, loss, converged, message), MEASURE)
    assert (found.outcome, found.note, found.found) == (outcome, note, None)


def test_the_tally_counts_levels_and_configurations():
    made = [
        judge(ended(network, seed, loss, converged), MEASURE)
        for seed, (network, loss, converged) in enumerate(
            [
                (student([0, 1, 2, 3, 4]), 1e-30, True),
                (student([4, 0, 1, 2, 3]), 3e-30, True),
                (student([0, 0, 1, 2, 3]), 2e-30, True),
                (student([0, 1, 2, 3, 4]), 0.25, True),
                (student([0, 1, 2, 3, 4]), 0.25 * (1 + 1e-9), True),
                (student([0, 1, 2, 3, 4]), 0.5, True),
                (student([0, 1, 2, 3, 4]), 0.7, False),
            ]
        )
    ]
    found = Students("teacher-student", TEACHER, "generic", MEASURE, tuple(made))
    rows = found.tally()[["outcome", "loss", "copies", "zero_type", "students"]]
    table = [tuple(None if x != x else x for x in row) for row in rows.itertuples(index=False)]
    assert table == [
        ("zero loss", 3e-30, "1+1+1+1", "1", 2),
        ("zero loss", 2e-30, "2+1+1+1", "-", 1),
        ("positive loss", 0.25, None, None, 2),
        ("positive loss", 0.5, None, None, 1),
        ("not converged", 0.7, None, None, 1),
    ]
    assert found.gap() == (3e-30, 0.25)


# ---------------------------------------------------------------- runs


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


def test_levels_are_cut_at_steps_not_at_distances():
    """Losses that rise by less than a millionth each are one level, however far they come."""
    rising = [1.0 + 9e-7 * i for i in range(6)]
    assert loss_levels([*rising[::-1], 1.1, 0.0]) == [[0.0], rising, [1.1]]
    assert loss_levels([1.0, 1.0 + 1.1e-6]) == [[1.0], [1.0 + 1.1e-6]]
    assert loss_levels([]) == []
