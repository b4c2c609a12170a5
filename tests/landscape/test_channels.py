"""Channels: the limit, its laws, and what leads there."""

import numpy as np
import pytest

from critcount import Network
from critcount.landscape import Problem, minimise
from critcount.landscape.channels import (
    channel_end,
    find_channels,
    follow_channel,
    limit_loss,
    minimise_limit,
    named_end,
)
from critcount.landscape.experiments.endings import rosenbrock_data
from critcount.landscape.gates import Gate, GatedNetwork, limit_network

X = np.random.default_rng(0).uniform(-2, 2, size=(80, 2))


def gated(seed, biases=False):
    """2-2-1 with a gate at neuron 0."""
    rng = np.random.default_rng(seed)
    base = Network(
        [rng.normal(size=(2, 2)), rng.normal(size=(1, 2))],
        [rng.normal(size=2), rng.normal(size=1)] if biases else None,
    )
    direction = rng.normal(size=2 + biases)
    direction /= np.linalg.norm(direction)
    outgoing, bends = rng.normal(size=(1, 1)), np.zeros((0, len(direction)))
    return GatedNetwork(base, (Gate(0, 0, direction, outgoing, bends),))


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
    problem, network = noisy(5)
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


@pytest.mark.exhaustive
def test_a_training_of_four_inputs_ends_in_a_channel_of_two_neurons():
    """4-4-1 on the published function of four inputs; rounding leads the start out of the way."""
    problem = Problem(*rosenbrock_data(4, dimension=4), "generic", biases=True)
    rows = [
        [0, 0, -1.42, 0.54],
        [-0.03, 0.27, 0.12, -0.05],
        [0, -0.32, 0.18, -0.04],
        [0, 0, -1.38, 0.52],
    ]
    column, biases = [[-253.0, 4.45, 4.43, 259.71]], [[-2.22, -0.17, -0.13, -2.16], [-12.2]]
    start = Network([rows, column], biases)
    found = minimise(problem, start, iterations=20)
    assert problem.loss(start) > 0.9 > 0.364 > found.loss
    assert found.outcome == "channel"
    [channel] = find_channels(found.network)
    assert channel.neurons == (0, 3)
    end = channel_end(problem, found.network)
    assert end.stable
    assert found.loss > end.loss == pytest.approx(0.3636507, abs=1e-6)


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
    with pytest.raises(ValueError, match="neurons 0, 1 of hidden layer 0 have no curve"):
        limit_network(network, [(0, 0, 1)])
    with pytest.raises(ValueError, match="groups must be one or more"):
        limit_network(network, [])
    with pytest.raises(ValueError, match=r"groups\[0\] must be a layer and two neurons"):
        limit_network(network, [(0, 1)])
    with pytest.raises(IndexError, match=r"groups\[0\] must have neurons 0, …, 1 of hidden"):
        limit_network(network, [(0, 1, 2)])
    with pytest.raises(ValueError, match="groups must be one or more, and disjoint"):
        limit_network(network, [(0, 0, 1), (0, 1, 0)])
    with pytest.raises(ValueError, match="epsilon must be positive"):
        end.gated.network(0)
    with pytest.raises(ValueError, match="epsilons must be positive"):
        follow_channel(problem, end.gated, [0.1, -1.0])
    decaying = Problem(problem.inputs, problem.targets, "softplus", weight_decay=1e-3)
    with pytest.raises(ValueError, match="problem must have no weight decay"):
        minimise_limit(decaying, end.gated)


def spread(points, nodes, moments):
    """Outgoing weights with given moments, by least squares: an oracle for `mixing`."""
    powers = np.vander(nodes, len(nodes), increasing=True)
    factorials = np.cumprod([1.0, *range(1, len(nodes))])
    return np.linalg.lstsq((powers / factorials).T, moments, rcond=None)[0]


def test_neurons_above_a_channel_are_not_alike():
    """Large weights from a channel below make all incoming weights of a layer parallel."""
    rng = np.random.default_rng(4)
    base = Network([rng.normal(size=s) for s in ((2, 2), (3, 2), (1, 3))])
    gate = Gate(0, 0, np.array([0.6, 0.8]), np.ones((1, 3)), np.zeros((0, 2)))
    wide = GatedNetwork(base, (gate,)).network(1e-3)
    columns = np.array(wide.weights[2])
    columns[0] = 1.0, -1.0, 0.01
    wide = Network([*wide.weights[:2], columns])
    rows = wide.weights[1]
    alike = rows[0] @ rows[1] / np.linalg.norm(rows[0]) / np.linalg.norm(rows[1])
    assert alike > 1 - 1e-4
    assert [channel.layer for channel in find_channels(wide)] == [0]


MIRRORS = [("tanh", False), ("gaussian", False), ("sigmoid", True), ("sin", False), ("cos", True)]


@pytest.mark.parametrize(("activation", "biases"), MIRRORS)
def test_mirrored_pairs(activation, biases):
    """A neuron in a channel replaced by its mirror image computes the same, and is found."""
    plain = gated(1, biases)
    wide = plain.network(1e-3)
    rows, columns = (np.array(w) for w in wide.weights)
    shifts = [None if b is None else np.array(b) for b in wide.biases]
    rows[2] *= -1
    if biases:
        shifts[0][2] *= -1
    if activation == "sigmoid":
        shifts[1] += columns[:, 2]
    if activation not in ("gaussian", "cos"):
        columns[:, 2] *= -1
    mirrored = Network([rows, columns], shifts)
    np.testing.assert_allclose(mirrored(X, activation), wide(X, activation), rtol=1e-9, atol=1e-9)
    assert find_channels(mirrored) == ()
    [channel] = find_channels(mirrored, activation=activation)
    assert (channel.neurons, channel.mirrored) == ((0, 2), (2,))
    assert channel.name == "layer 0, neurons 0, 2, 2 mirrored"
    found = limit_network(mirrored, [(0, 0, 2)], activation=activation)
    np.testing.assert_allclose(found(X, activation), plain(X, activation), rtol=1e-9, atol=1e-9)


def test_the_sigmoid_has_mirror_images_only_below_a_bias():
    network = Network([[[1.0, 2.0], [-1.001, -2.0]], [[500.0, 500.0]]])
    assert find_channels(network, activation="sigmoid") == ()
    assert find_channels(network, activation="softplus") == ()
    assert len(find_channels(network, activation="tanh")) == 1


@pytest.fixture(scope="module")
def stable_three():
    """A problem with a minimum at infinity that three neurons run to."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        base = Network([rng.normal(size=(1, 2)), rng.normal(size=(1, 1))])
        u = np.array([0.6, 0.8])
        bends = rng.normal() * np.array([[-0.8, 0.6]])
        start = GatedNetwork(base, (Gate(0, 0, u, rng.normal(size=(2, 1)), bends),))
        targets = start(X, "softplus") + 0.1 * rng.normal(size=(len(X), 1))
        problem = Problem(X, targets, "softplus")
        end = minimise_limit(problem, start, iterations=100)
        if end.stable:
            return problem, end
    raise AssertionError("none of 40")


@pytest.mark.exhaustive
def test_the_laws_of_a_group_of_three(stable_three):
    problem, end = stable_three
    points = follow_channel(problem, end.gated, [0.08, 0.04, 0.02])
    (h,) = end.rises
    above = np.array([point.loss - end.loss for point in points])
    np.testing.assert_allclose(above[-1] / (h * 0.02**2), 1, rtol=5e-2)
    slopes = np.array([point.slope for point in points])
    np.testing.assert_allclose(slopes[1] / slopes[2], 16, rtol=0.3)
    curvatures = np.array([point.largest_eigenvalue for point in points])
    np.testing.assert_allclose(curvatures[2] / curvatures[1], 16, rtol=0.3)
    [channel] = find_channels(points[-1].network)
    assert len(channel.neurons) == 3
    text = named_end(problem, points[-1].network)
    assert f"with the limit loss {end.loss:.6g}, a minimum at infinity" in text


def test_the_rise_of_three_is_the_same_for_all_nodes(stable_three):
    """h from nodes that are not evenly spaced."""
    problem, end = stable_three
    (gate,) = end.gated.gates
    for nodes in ([1.0, 0.0, -1.0], [1.1, -0.2, -0.9], [0.8, 0.5, -1.3]):
        t = np.array(nodes)
        t *= 0.02 / np.sqrt(t @ t / 2)
        curve = np.vstack([end.gated.base.weights[0][0], gate.direction, gate.bends[0] / 2])
        rows = np.vander(t, 3, increasing=True) @ curve
        moments = np.vstack([end.gated.base.weights[1].T, gate.outgoing])
        network = Network([rows, spread(rows, t, moments).T])
        assert problem.loss(network) - end.loss == pytest.approx(end.rises[0] * 4e-4, rel=0.1)


@pytest.mark.parametrize("order", [2, 3])
def test_the_derivatives_of_the_limit_loss(order):
    rng = np.random.default_rng(1)
    width = 4 - order
    base = Network([rng.normal(size=(width, 2)), rng.normal(size=(1, width))])
    bends = 0.3 * np.array([[-0.8, 0.6]])[: order - 2]
    gate = Gate(0, 0, np.array([0.6, 0.8]), rng.normal(size=(order - 1, 1)), bends)
    start = GatedNetwork(base, (gate,))
    problem = Problem(X, rng.normal(size=(len(X), 1)), "softplus")
    loss = limit_loss(problem, start)
    x = start.vector
    assert loss.value(x) == pytest.approx(np.mean((start(X, "softplus") - problem.targets) ** 2))
    step = 1e-5
    ends = [[x + s * step * e for e in np.eye(len(x))] for s in (1, -1)]
    slopes = [(loss.value(a) - loss.value(b)) / (2 * step) for a, b in zip(*ends, strict=True)]
    np.testing.assert_allclose(loss.gradient(x), slopes, atol=1e-8)
    rows = [(loss.gradient(a) - loss.gradient(b)) / (2 * step) for a, b in zip(*ends, strict=True)]
    np.testing.assert_allclose(loss.hessian(x), rows, atol=1e-6)
    idle = start.idle()
    assert idle.shape == (order - 1, len(x))
    np.testing.assert_allclose(idle @ loss.gradient(x), 0, atol=1e-12)


def test_the_end_by_products(stable):
    """Beyond the limit no Hessian is made, and the same end is found."""
    problem, end = stable
    start = end.gated.at(end.gated.vector + 1e-2)
    found = minimise_limit(problem, start, limit=0)
    assert found.converged
    assert found.loss == pytest.approx(end.loss, rel=1e-9)
    assert found.stable
    assert found.spectrum.nullity == 0
    np.testing.assert_allclose(
        found.spectrum.eigenvalues[:3], end.spectrum.eigenvalues[:3], rtol=1e-3
    )
