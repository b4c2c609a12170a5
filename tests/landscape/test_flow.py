"""Gradient flow against its own conserved quantity and against small steps."""

import numpy as np
import pytest

from critcount import Network, SizeLimitError
from critcount.landscape import Problem, descend, gradient_flow, train

X = np.linspace(-2, 2, 15)[:, None]
TASK = Problem(X, np.sin(X), "tanh")
START = Network([[[0.7], [-0.4]], [[0.5, 0.3]]])


def test_small_steps_lead_to_the_same_place():
    here = START
    for _ in range(2000):
        slope = TASK.gradient(here)
        first = here.weights[0] - 1e-3 * slope[:2].reshape(2, 1)
        here = Network([first, here.weights[1] - 1e-3 * slope[2:].reshape(1, 2)])
    found = gradient_flow(TASK, START, 2.0)
    for one, two in zip(found.weights, here.weights, strict=True):
        np.testing.assert_allclose(one, two, atol=2e-3)


def test_a_linear_network_stays_balanced():
    """aᵢ² - wᵢ² is conserved where the activation is linear: leaky ReLU on positive inputs."""
    task = Problem(np.abs(X) + 0.1, 2 * np.abs(X), "relu")
    start = Network([[[0.7], [0.4]], [[0.5, 0.3]]])
    found = gradient_flow(task, start, 5.0)
    before, after = (n.weights[1].ravel() ** 2 - n.weights[0].ravel() ** 2 for n in (start, found))
    np.testing.assert_allclose(after, before, atol=1e-4)
    assert task.loss(found) < task.loss(start) / 10


def test_it_ends_where_it_is_slow_and_where_weights_are_large():
    end = gradient_flow(TASK, START, 1e9, slow=1e-3)
    assert 1e-4 < np.linalg.norm(TASK.gradient(end)) < 1.1e-3
    assert gradient_flow(TASK, end, 1.0, slow=1.0) == end
    assert gradient_flow(TASK, START, 0.0) == START
    bounded = gradient_flow(TASK, START, 1e9, slow=1e-12, largest=0.75)
    assert max(np.abs(w).max() for w in bounded.weights) == pytest.approx(0.75, rel=1e-3)


def test_a_training_begins_with_the_flow():
    ((_, start),) = descend(TASK, 2, 3, steps=0)
    there = TASK.loss(gradient_flow(TASK, start, 100.0))
    assert there < TASK.loss(start)
    without = train(TASK, 2, 3, steps=0, iterations=1)
    assert train(TASK, 2, 3, steps=0, flow=100.0, iterations=1).loss <= there < without.loss


@pytest.mark.parametrize(
    ("time", "error", "message"),
    [
        (-1, ValueError, "time must be finite and not negative, not -1"),
        (np.inf, ValueError, "time must be finite"),
        (True, TypeError, "time must be a number"),
    ],
)
def test_bad_arguments(time, error, message):
    with pytest.raises(error, match=message):
        gradient_flow(TASK, START, time)
    with pytest.raises(error, match="flow"):
        train(TASK, 2, 0, flow=time)


def test_too_large():
    with pytest.raises(SizeLimitError, match="the flow"):
        gradient_flow(TASK, START, 1.0, limit=3)
