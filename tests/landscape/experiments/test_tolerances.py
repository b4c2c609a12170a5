"""Up to which tolerance a loss tells where a student is."""

from __future__ import annotations

import numpy as np
import pytest

from critcount import Configuration, Network, embed
from critcount.landscape.experiments import datasets
from critcount.landscape.experiments.tolerances import constant, separation, tolerances
from critcount.landscape.problem import Problem

EPSILON = np.finfo(float).eps


@pytest.fixture(scope="module")
def problem():
    inputs = datasets.grid()
    return Problem(inputs, datasets.teacher()(inputs, "generic"))


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
