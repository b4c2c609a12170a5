"""Gates: their outputs by hand, and networks that tend to them and back."""

import numpy as np
import pytest

from critcount import Network
from critcount.landscape import (
    Problem,
    find_channels,
    follow_channel,
    minimise_limit,
    tied_point,
)
from critcount.landscape.gates import Gate, GatedNetwork, limit_network
from tests.landscape.test_channels import X, gated, spread


def test_the_outputs_by_hand():
    network = gated(3, biases=True)
    (gate,) = network.gates
    z = X @ network.base.weights[0].T + network.base.biases[0]
    plain = np.logaddexp(0, z) @ network.base.weights[1].T + network.base.biases[1]
    slope = 1 / (1 + np.exp(-z[:, 0]))
    s = X @ gate.direction[:2] + gate.direction[2]
    np.testing.assert_allclose(
        network(X, "softplus"), plain + (s * slope)[:, None] * gate.outgoing[0], rtol=1e-13
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


def near_group(rng, d, n, t, bend=0.5):
    """Rows and columns of neurons at nodes t of a curve, and the derivatives there at 0."""
    w, u, k = rng.normal(size=(3, d))
    rows = w + t[:, None] * u + bend * t[:, None] ** 2 * k / 2
    moments = rng.normal(size=(len(t), n))
    return rows, spread(rows, t, moments).T, (w, u, bend * k), moments


@pytest.mark.parametrize("bias", [False, True])
def test_three_neurons_tend_to_second_derivatives(bias):
    """The limit by hand: a_0 σ + a_1 s σ' + a_2 (s² σ'' + κ·h σ')."""
    rng = np.random.default_rng(8)
    t = 1e-4 * np.array([1.0, 0.3, -1.3])
    rows, columns, (w, u, k), moments = near_group(rng, 2 + bias, 1, t)
    biases = [rows[:, 2], np.zeros(1)] if bias else None
    network = Network([rows[:, :2], columns], biases)
    found = limit_network(network, [(0, 0, 1, 2)])
    fed = np.column_stack([X, np.ones(len(X))]) if bias else X
    z, s = np.tanh(fed @ w), fed @ u
    first, second = 1 - z**2, -2 * z * (1 - z**2)
    expected = np.column_stack([z, s * first, s**2 * second + (fed @ k) * first]) @ moments
    np.testing.assert_allclose(found(X, "tanh"), expected, atol=1e-3)
    np.testing.assert_allclose(
        found.network(0.02)(X, "tanh") - found(X, "tanh"),
        4 * (found.network(0.01)(X, "tanh") - found(X, "tanh")),
        rtol=0.05,
        atol=1e-6,
    )
    (gate,) = found.gates
    assert gate.order == 3
    assert gate.bends[0] @ gate.direction == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_back_from_the_limit(order):
    """The gated network made finite and read off again is itself."""
    rng = np.random.default_rng(order)
    d, n = 3, 2
    direction = rng.normal(size=d)
    direction /= np.linalg.norm(direction)
    bends = rng.normal(size=(order - 2, d))
    bends -= np.outer(bends @ direction, direction)
    base = Network([rng.normal(size=(2, d)), rng.normal(size=(n, 2))])
    gate = Gate(0, 1, direction, rng.normal(size=(order - 1, n)), bends)
    wide = GatedNetwork(base, (gate,)).network(0.1)
    assert wide.widths == (d, order + 1, n)
    found = limit_network(wide, [(0, *range(1, order + 1))])
    np.testing.assert_allclose(found.vector, GatedNetwork(base, (gate,)).vector, atol=1e-9)


def test_gates_in_neighbouring_layers():
    """There and back, and the finite network tends to the gated one."""
    rng = np.random.default_rng(11)
    base = Network([rng.normal(size=s) for s in ((2, 2), (2, 2), (1, 2))])
    one = Gate(0, 0, np.array([0.6, 0.8]), rng.normal(size=(1, 2)), np.zeros((0, 2)))
    # fed by two neurons and by the derivative of the gate below
    u = rng.normal(size=3)
    two = Gate(1, 1, u / np.linalg.norm(u), rng.normal(size=(1, 1)), np.zeros((0, 3)))
    gates = GatedNetwork(base, (one, two))
    wide = gates.network(0.01)
    assert wide.widths == (2, 3, 3, 1)
    again = limit_network(wide, [(1, 1, 2), (0, 0, 2)])
    np.testing.assert_allclose(again.vector, gates.vector, atol=1e-9)
    errors = [np.abs(gates.network(e)(X, "tanh") - gates(X, "tanh")).max() for e in (0.02, 0.01)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=1e-2)
    z = X @ base.weights[0].T
    h = np.tanh(z)
    derivative = (X @ one.direction) * (1 - h[:, 0] ** 2)
    z = h @ base.weights[1].T + derivative[:, None] * one.outgoing[0]
    s = np.column_stack([h, derivative]) @ two.direction
    h = np.tanh(z)
    by_hand = h @ base.weights[2].T + (s * (1 - h[:, 1] ** 2))[:, None] * two.outgoing[0]
    np.testing.assert_allclose(gates(X, "tanh"), by_hand, rtol=1e-12)


def test_channels_are_groups_too_and_what_is_none_is_refused():
    network = Network([[[1.0, 2.0], [1.001, 2.0], [-1.0, 0.5]], [[158.6, -157.6, 1.0]]])
    found = find_channels(network)
    given, named = limit_network(network, found), limit_network(network, [(0, 0, 1)])
    np.testing.assert_array_equal(given.vector, named.vector)
    for groups in (found[0], None):
        with pytest.raises(TypeError, match="groups must be a list of channels or groups, not"):
            limit_network(network, groups)
    with pytest.raises(ValueError, match="nope"):
        limit_network(network, found, activation="nope")
    with pytest.raises(ValueError, match="nope"):
        find_channels(network, activation="nope")
    problem = Problem(np.ones((3, 2)), np.ones((3, 1)))
    with pytest.raises(TypeError, match=r"gated must be a GatedNetwork, not .*limit_network"):
        minimise_limit(problem, network)
    for epsilons in (0.1, "0.1"):
        with pytest.raises(TypeError, match="epsilons must be a list of numbers"):
            follow_channel(problem, given, epsilons)
    for pairs, message in (
        (5, "pairs must be a list of pairs"),
        ([0, 1], r"pairs\[0\] must be two neurons, not 0"),
        ([(0, 1, 2)], r"pairs\[0\] must be two neurons"),
        (["01"], r"pairs\[0\] must be two neurons"),
    ):
        with pytest.raises(TypeError, match=message):
            tied_point(problem, network, 0, pairs)
