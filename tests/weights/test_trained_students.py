"""Students that training made: the real input of `classify` and `zero_loss_path`."""

from __future__ import annotations

import itertools
import pathlib

import numpy as np
import pytest

from critcount import Network, classify, zero_loss_path
from critcount.landscape.experiments.datasets import deep_teacher_network, grid, teacher

FOLDER = pathlib.Path(__file__).parents[1] / "fixtures" / "students"
#: file → letters of the word, tolerance
SHALLOW = {
    "student-5-0000": "1+1+1+1, 1",
    "student-5-0002": "2+1+1+1, -",
    "student-10-0000": "3+2+1+1, 1+1+1",
    "student-10-0003": "2+1+1+1, 1+1+1+1+1",
}
TOLERANCE = 3e-7  # C (loss/scale)^(1/4), see critcount.landscape.experiments.tolerances


def load(name):
    return Network.load(FOLDER / f"{name}.npz")


def sizes(configuration):
    def joined(blocks):
        return "+".join(map(str, sorted(map(len, blocks), reverse=True))) or "-"

    return f"{joined(configuration.replication_blocks)}, {joined(configuration.zero_blocks)}"


def relative_loss(network, of, activation, x):
    y = of(x, activation)
    return ((network(x, activation) - y) ** 2).sum() / (y**2).sum()


@pytest.mark.parametrize("name", SHALLOW)
def test_a_trained_student_is_at_zero_loss(name):
    assert relative_loss(load(name), teacher(), "generic", grid()) < 1e-28


@pytest.mark.parametrize(("name", "expected"), SHALLOW.items())
def test_classify_finds_where_a_trained_student_landed(name, expected):
    student = load(name)
    found = classify(student, TOLERANCE, reference=teacher())
    assert sizes(found.configurations[0]) == expected
    assert found.changes == ()
    assert found.distance < 1e-6
    for weight, exact in zip(found.minimal.weights, teacher().weights, strict=True):
        np.testing.assert_allclose(weight, exact, atol=1e-6)
    x = np.random.default_rng(0).normal(size=(100, 2))
    np.testing.assert_allclose(found.projection(x, "generic"), teacher()(x, "generic"), rtol=1e-6)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pair
        for pair in itertools.combinations(SHALLOW, 2)
        if pair[0].split("-")[1] == pair[1].split("-")[1]
    ],
)
def test_two_trained_students_are_joined_at_zero_loss(first, second):
    a, b = load(first), load(second)
    path = zero_loss_path(a, b, TOLERANCE)
    x = grid(step=0.5)
    losses = [relative_loss(network, teacher(), "generic", x) for network in path.sample(200)]
    assert max(losses) < 1e-12
    # straight from one to the other it is not
    straight = Network([(u + v) / 2 for u, v in zip(a.weights, b.weights, strict=True)], None)
    assert relative_loss(straight, teacher(), "generic", x) > 1e-4


def test_a_tolerance_far_below_the_accuracy_finds_no_copies():
    """The copies of student 2 are apart by what the fourth root of the loss allows."""
    student = load("student-5-0002")
    rows = student.weights[0]
    gaps = [np.linalg.norm(rows[i] - rows[j]) for i, j in itertools.combinations(range(5), 2)]
    assert 1e-9 < min(gaps) < 3e-7
    with pytest.raises(ValueError, match="the network reduces to 2-5-1"):
        classify(student, 1e-10, reference=teacher())


def test_a_deep_student_lies_on_a_subspace_up_to_signs():
    student, exact = load("student-5-5-5-0007"), deep_teacher_network()
    x = grid(step=0.5)
    assert relative_loss(student, exact, "tanh", x) < 1e-28
    found = classify(student, 5e-6, reference=exact, activation="tanh")
    assert [sizes(c) for c in found.configurations] == ["2+1+1+1, -", "2+1+1+1, -", "1+1+1+1, 1"]
    assert sum(map(len, found.flips)) > 0
    assert found.distance < 1e-9
    for weight, known in zip(found.minimal.weights, exact.weights, strict=True):
        np.testing.assert_allclose(weight, known, atol=1e-8)
    with pytest.raises(ValueError, match="hidden layer"):
        classify(student, 5e-6, reference=exact)


def test_the_deep_student_is_joined_to_the_teacher_with_other_neurons():
    """Embedded in the same widths with other copies; all segments keep the function."""
    from critcount import Configuration, embed

    exact = deep_teacher_network()
    student = classify(
        load("student-5-5-5-0007"), 5e-6, reference=exact, activation="tanh"
    ).equivalent
    words = ([3, 2, 1, 0, 4], [1, 1, 0, 2, 3], [4, 0, 1, 2, 3])
    other = embed(exact, [Configuration.from_word(word, 4) for word in words], rng=0)
    path = zero_loss_path(student, other, 5e-6)
    x = grid(step=0.5)
    losses = [relative_loss(network, exact, "tanh", x) for network in path.sample(100)]
    assert max(losses) < 1e-15
