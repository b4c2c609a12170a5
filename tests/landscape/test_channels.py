"""Channels: the limit, its laws, and what leads there."""

import numpy as np
import pytest

from critcount import Network
from critcount.landscape import Problem, minimise
from critcount.landscape.channels import (
    Gate,
    GatedNetwork,
    find_channels,
    follow_channel,
    limit_network,
    minimise_limit,
    named_end,
)

X = np.random.default_rng(0).uniform(-2, 2, size=(80, 2))


def gated(seed, biases=False):
    """2-2-1 with a gate at neuron 0."""
    rng = np.random.default_rng(seed)
    base = Network(
        [rng.normal(size=(2, 2)), rng.normal(size=(1, 2))],
        [rng.normal(size=2), rng.normal(size=1)] if biases else None,
    )
    direction = rng.normal(size=2 + biases)
    return GatedNetwork(
        base, (Gate(0, 0, direction / np.linalg.norm(direction), rng.normal(size=1)),)
    )


def noisy(seed, biases=False, noise=0.05):
    network = gated(seed, biases)
    targets = network(X, "softplus")
    targets = targets + noise * np.random.default_rng(seed + 100).normal(size=targets.shape)
    return Problem(X, targets, "softplus", biases=biases), network


@pytest.fixture(scope="module")
def stable():
    """A problem with a minimum at infinity, and its end."""
    for seed in range(20):
        problem, start = noisy(seed)
        end = minimise_limit(problem, start)
        if end.stable:
            return problem, end
    raise AssertionError("none of 20")


def test_the_outputs_by_hand():
    network = gated(3, biases=True)
    (gate,) = network.gates
    z = X @ network.base.weights[0].T + network.base.biases[0]
    plain = np.logaddexp(0, z) @ network.base.weights[1].T + network.base.biases[1]
    slope = 1 / (1 + np.exp(-z[:, 0]))
    s = X @ gate.direction[:2] + gate.direction[2]
    np.testing.assert_allclose(
        network(X, "softplus"), plain + (s * slope)[:, None] * gate.outgoing, rtol=1e-13
    )


@pytest.mark.parametrize("biases", [False, True])
def test_the_pair_tends_to_the_gate(biases):
    network = gated(1, biases)
    errors = [
        np.abs(network.network(e)(X, "softplus") - network(X, "softplus")).max()
        for e in (0.02, 0.01)
    ]
    assert errors[0] / errors[1] == pytest.approx(4, rel=1e-2)


@pytest.mark.parametrize("layer", [0, 1])
def test_there_and_back(layer):
    rng = np.random.default_rng(2)
    wide = Network([rng.normal(size=s) for s in ((3, 2), (4, 3), (2, 4))])
    found = limit_network(wide, [(layer, 0, 2)])
    (gate,) = found.gates
    again = found.network(np.linalg.norm(wide.weights[layer][0] - wide.weights[layer][2]) / 2)
    np.testing.assert_allclose(again(X, "tanh"), wide(X, "tanh"), atol=1e-12)
    assert gate.layer == layer
    assert np.linalg.norm(gate.direction) == pytest.approx(1)


def test_two_pairs_of_a_layer():
    rng = np.random.default_rng(2)
    wide = Network([rng.normal(size=(5, 2)), rng.normal(size=(2, 5))])
    rows = np.array(wide.weights[0])
    rows[3] = rows[1] + [0.2, 0.0]
    rows[2] = rows[4] + [0.0, 0.2]
    wide = Network([rows, wide.weights[1]])
    found = limit_network(wide, [(0, 1, 3), (0, 2, 4)])
    assert [gate.neuron for gate in found.gates] == [1, 2]
    again = found.network(0.1)
    np.testing.assert_allclose(again(X, "tanh"), wide(X, "tanh"), atol=1e-12)


def test_the_end_is_a_minimum_of_the_limit_loss(stable):
    problem, end = stable
    assert end.converged
    assert end.gradient_norm < 1e-12
    assert end.spectrum.eigenvalues[0] > 0
    rng = np.random.default_rng(0)
    for _ in range(50):
        near = end.gated.at(end.gated.vector + 1e-3 * rng.normal(size=len(end.gated.vector)))
        loss = np.mean((near(X, "softplus") - problem.targets) ** 2)
        assert loss > end.loss


def test_the_laws_along_a_channel(stable):
    problem, end = stable
    epsilons = [0.08, 0.04, 0.02, 0.01]
    points = follow_channel(problem, end.gated, epsilons)
    above = np.array([point.loss - end.loss for point in points])
    (h,) = end.rises
    np.testing.assert_allclose(above[-1] / (h * 0.01**2), 1, rtol=2e-2)
    np.testing.assert_allclose(above[:-1] / above[1:], 4, rtol=0.3)
    slopes = np.array([point.slope for point in points])
    np.testing.assert_allclose(slopes[1:-1] / slopes[2:], 8, rtol=0.3)
    curvatures = np.array([point.largest_eigenvalue for point in points])
    np.testing.assert_allclose(curvatures[2:] / curvatures[1:-1], 4, rtol=0.3)
    assert np.all(np.diff([point.loss for point in points]) < 0)


def test_training_in_a_channel_goes_on_towards_the_end(stable):
    problem, end = stable
    start = follow_channel(problem, end.gated, [0.05])[0]
    found = minimise(problem, start.network, iterations=30)
    assert end.loss < found.loss < start.loss
    assert find_channels(found.network)
    assert found.outcome == "channel"
    assert "in a channel to infinity, layer 0, neurons" in found.message


def test_h_by_differences():
    problem, network = noisy(5, biases=True)
    end = minimise_limit(problem, network, iterations=3)
    (h,) = end.rises
    e = 1e-2
    losses = [problem.loss(end.gated.network(step)) for step in (e, 2 * e)]
    # L = L_0 + ε² h + O(ε⁴), the fourth order taken away
    estimate = (16 * (losses[0] - end.loss) - (losses[1] - end.loss)) / (12 * e**2)
    assert estimate == pytest.approx(h, rel=1e-3)


def test_the_run_of_two_neurons_is_recognised():
    """Outgoing weights 158.595 and -157.563 with nearly equal incoming ones, as published."""
    rng = np.random.default_rng(0)
    rows, column = rng.normal(size=(4, 4)), rng.normal(size=(1, 4))
    rows[3] = rows[1] + 1e-3 * rng.normal(size=4)
    column[0, [1, 3]] = 158.595, -157.563
    [channel] = find_channels(Network([rows, column], [np.zeros(4), np.zeros(1)]))
    assert channel.neurons == (1, 3)
    assert channel.cancellation == pytest.approx(1.032 / 316.158)
    assert channel.size > 50


def test_the_end_is_named(stable):
    problem, end = stable
    text = named_end(problem, end.gated.network(1e-3))
    assert text.startswith("in a channel to infinity (layer 0, neurons 0, 2) with the limit loss")
    assert f"{end.loss:.6g}" in text
    assert text.endswith("a minimum at infinity")
    assert named_end(problem, end.gated.network(2.0)) == ""


def test_groups_and_what_is_none():
    rows = np.array([[1.0, 0.0], [1.001, 0.0], [0.999, 0.001], [0.0, 1.0], [0.0, 1.001]])
    three = Network([rows, [[100.0, -200.0, 100.5, 1.0, 1.0]]])
    assert [channel.neurons for channel in find_channels(three)] == [(0, 1, 2)]
    assert find_channels(Network([np.zeros((2, 2)), np.zeros((1, 2))])) == ()
    assert find_channels(Network([[[1.0], [-1.0]], [[5.0, -5.0]]])) == ()


def test_bad_arguments(stable):
    problem, end = stable
    network = Network([[[1.0, 0.0], [1.0, 0.0]], [[1.0, 2.0]]])
    with pytest.raises(ValueError, match="have the same incoming weights"):
        limit_network(network, [(0, 0, 1)])
    with pytest.raises(ValueError, match="pairs must be one or more"):
        limit_network(network, [])
    with pytest.raises(ValueError, match="epsilon must be positive"):
        end.gated.network(0)
    with pytest.raises(ValueError, match="epsilons must be positive"):
        follow_channel(problem, end.gated, [0.1, -1.0])
    decaying = Problem(problem.inputs, problem.targets, "softplus", weight_decay=1e-3)
    with pytest.raises(ValueError, match="problem must have no weight decay"):
        minimise_limit(decaying, end.gated)
    deep = Network([np.ones((2, 2)) + np.eye(2)] * 2 + [np.ones((1, 2))])
    with pytest.raises(ValueError, match="pairs must not be in neighbouring layers"):
        limit_network(deep, [(0, 0, 1), (1, 0, 1)])
