"""The claims on split neurons, and that each check can fail."""

import numpy as np
import pytest

from critcount.claims import splits
from critcount.claims.claim import all_within
from critcount.landscape import Problem


def kind(cases):
    return all_within(cases).kind


@pytest.mark.exhaustive
def test_a_softmax_taken_for_a_squared_loss_is_noticed(monkeypatch):
    pytest.importorskip("jax")
    cases = splits.measure_softmax([1, 2, 3], [0])
    assert kind(cases) == "holds"
    assert splits.stated(3, 1) == 2
    monkeypatch.setattr(splits, "stated", lambda n, d: max(1, n - d) + (n == 2))
    assert kind(splits.measure_softmax([2, 2, 3], [0])) == "fails as stated"


def test_a_wrong_number_of_eigenvalues_alone_is_noticed(monkeypatch):
    pytest.importorskip("jax")
    monkeypatch.setattr(splits, "duplicate", lambda network, layer, neuron: network)
    assert kind(splits.measure_softmax([1, 2, 3], [0])) == "fails as stated"


def test_the_network_is_critical_and_not_at_other_targets():
    pytest.importorskip("jax")
    problem, network = splits.softmax_point((2, 2, 3), 1)
    assert np.linalg.norm(problem.gradient(network)) < 1e-15
    other = Problem(problem.inputs, problem.targets[::-1], "generic", "cross-entropy")
    assert np.linalg.norm(other.gradient(network)) > 1e-3
    assert np.asarray(problem.targets).min() > 0


def test_copies_drawn_apart_at_another_sum_or_distance_are_noticed(monkeypatch):
    assert kind(splits.measure_drawn([2, 2, 2, 1], [0, 1])) == "holds"
    split = splits.split

    def lopsided(network, layer, neuron, step):
        """What is sent on does not add up: a relative change of 10^-9."""
        point = split(network, layer, neuron, step)
        above = point.weights[layer + 1].copy()
        above[:, neuron] *= 1 + 1e-9
        return type(point)([*point.weights[: layer + 1], above, *point.weights[layer + 2 :]])

    def farther(network, layer, neuron, step):
        return split(network, layer, neuron, 1.01 * step)

    for wrong in (lopsided, farther):
        monkeypatch.setattr(splits, "split", wrong)
        assert kind(splits.measure_drawn([2, 2, 2, 1], [0, 1])) == "fails as stated"
