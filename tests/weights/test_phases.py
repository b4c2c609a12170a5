"""Sines of one frequency and different phases: added up, and paths between their networks."""

import itertools

import numpy as np
import pytest

from critcount import Configuration, Network, classify, embed
from critcount.weights.classification import difference
from critcount.weights.paths import NoPathError, zero_loss_path
from critcount.weights.phases import Rotation

W = np.array([[1.1, -0.4], [0.5, 0.9]])
B, A = np.array([0.3, -0.7]), np.array([[1.3, -0.8]])
TEACHER = Network([W, A], [B, [0.25]])
X = np.random.default_rng(0).standard_normal((40, 2))


def split(name, phases, rng, t=0, signs=None, half=0):
    """Neurons of the frequency ±w_t with given phases that add up to neuron t."""
    n = len(phases)
    signs = rng.choice([-1.0, 1.0], n) if signs is None else np.array(signs)
    waves = np.stack([np.cos(phases), np.sin(phases)])
    shares = rng.standard_normal(n)
    shares += np.linalg.lstsq(
        waves, A[0, t] * np.array([np.cos(B[t]), np.sin(B[t])]) - waves @ shares
    )[0]
    out = shares * (signs if name == "sin" else 1.0)
    return signs[:, None] * W[t], signs * phases + 2 * np.pi * half, out


def network(*parts, constant=0.25):
    rows, biases, out = (np.concatenate(items) for items in zip(*parts, strict=True))
    return Network([rows, out[None]], [biases, [constant]])


def student(name, rng, turns=0):
    """Both neurons split in two, one of zero type, one idle."""
    idle = (np.zeros((1, 2)), np.array([0.4]), np.array([0.6]))
    value = float(np.sin(0.4) if name == "sin" else np.cos(0.4))
    lone = (rng.standard_normal((1, 2)), np.array([1.7]), np.array([0.0]))
    parts = [split(name, rng.uniform(-3, 3, n), rng, t, half=turns) for t, n in ((0, 3), (1, 2))]
    return network(*parts, lone, idle, constant=0.25 - 0.6 * value)


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_phases_of_one_frequency_are_added(name):
    rng = np.random.default_rng(1)
    exact = TEACHER
    if name == "cos":
        exact = Network([W, A], [B, [0.25]])
    one = student(name, rng)
    np.testing.assert_allclose(one(X, name), exact(X, name), atol=1e-12)
    found = classify(one, 1e-9, exact, name)
    assert found.configurations[0].replication_blocks == ((0, 1, 2), (3, 4))
    assert found.minimal.widths == (2, 2, 1)
    assert found.notes == ()
    assert found.width_bounds == (2, 2)
    for item in (found.minimal, found.equivalent, found.projection, found.form):
        value = item(X) if item is found.form else item(X, name)
        np.testing.assert_allclose(value, exact(X, name), atol=1e-12)
    assert difference(one, exact, 1e-9, name) is None
    other = network(split(name, np.array([0.1, 1.0]), rng), split(name, np.array([2.0]), rng, 1))
    assert difference(other, exact, 1e-9, name) is not None


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_amplitudes_that_cancel_are_of_zero_type(name):
    rng = np.random.default_rng(2)
    phases = np.array([0.2, 1.4, 2.5])
    shares = np.linalg.svd(np.stack([np.cos(phases), np.sin(phases)]))[2][-1]
    v = rng.standard_normal(2)
    one = network((W, B, A[0]), (np.tile(v, (3, 1)), phases, shares))
    found = classify(one, 1e-9, TEACHER, name)
    assert found.configurations[0].zero_blocks == ((2, 3, 4),)
    np.testing.assert_allclose(found.minimal(X, name), TEACHER(X, name), atol=1e-12)


def test_amplitudes_of_several_phases_at_two_outputs_stay_apart():
    rows = np.tile(W[0], (2, 1))
    two = Network([rows, [[1.0, 0.0], [0.0, 1.0]]], [[0.2, 1.3], [0.0, 0.0]])
    found = classify(two, 1e-9, activation="sin")
    assert found.minimal.widths == (2, 2, 2)
    assert "several outputs" in found.notes[0]
    # proportional amplitudes are one neuron
    one = Network([rows, [[1.0, 2.0], [2.0, 4.0]]], [[0.2, 1.3], [0.0, 0.0]])
    assert classify(one, 1e-9, activation="sin").minimal.widths == (2, 1, 2)


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("seed", range(4))
def test_paths_between_sines(name, seed):
    rng = np.random.default_rng(seed)
    a, b = student(name, rng), student(name, rng, turns=seed % 3)
    path = zero_loss_path(a, b, 1e-9, name)
    vertices = list(path)
    assert len(vertices) == len(path)
    assert (vertices[0], vertices[-1]) == (a, b)
    assert path.deviation(X, name, 300).overall < 1e-11
    pieces = [piece for piece, _ in path._route.pieces()]
    for one, two in itertools.pairwise(pieces):
        end, start = one.at(1.0), two.at(0.0)
        for u, v in zip((*end.weights, *end.biases), (*start.weights, *start.biases), strict=True):
            np.testing.assert_allclose(u, v, atol=1e-11)
    assert any(isinstance(getattr(piece, "piece", None), Rotation) for piece in pieces)


def test_half_turns_take_a_spare_neuron():
    turned = Network([W, -A], [B + np.pi, [0.25]])
    np.testing.assert_allclose(turned(X, "sin"), TEACHER(X, "sin"), atol=1e-14)
    with pytest.raises(NoPathError, match=r"network_b has the neurons \{0, 1\} .* half turns off"):
        zero_loss_path(TEACHER, turned, 1e-9, "sin")
    assert zero_loss_path(turned, turned, 1e-9, "sin").deviation(X, "sin").overall < 1e-13
    wound = Network([W, A], [B + 2 * np.pi, [0.25]])
    with pytest.raises(NoPathError, match="neuron 0 has the phases"):
        zero_loss_path(turned, wound, 1e-9, "sin")
    spare = (np.array([[0.3, 0.1]]), np.array([1.0]), np.array([0.0]))
    a, b = network((W, B, A[0]), spare), network((W, B + np.pi, -A[0]), spare)
    path = zero_loss_path(a, b, 1e-9, "sin")
    assert path.deviation(X, "sin").overall < 1e-13


def test_several_hidden_layers_of_sines():
    rng = np.random.default_rng(3)
    deep = Network(
        [rng.standard_normal(s) for s in ((2, 2), (2, 2), (1, 2))],
        [rng.uniform(-0.3, 0.5, n) for n in (2, 2, 1)],
    )
    assert zero_loss_path(deep, deep, 1e-9, "sin").deviation(X, "sin").overall < 1e-12
    weights, biases = list(deep.weights), list(deep.biases)
    turned = Network([weights[0], -weights[1], weights[2]], [biases[0] + np.pi, *biases[1:]])
    np.testing.assert_allclose(turned(X, "sin"), deep(X, "sin"), atol=1e-13)
    with pytest.raises(NotImplementedError, match="hidden layer 0 has no neuron to spare"):
        zero_loss_path(deep, turned, 1e-9, "sin")


def half_turned(network, rng, name):
    """The same function with neurons of all hidden layers half turns off or flipped."""
    weights, biases = [np.array(w) for w in network.weights], [np.array(b) for b in network.biases]
    for k in range(len(weights) - 1):
        turns = rng.integers(-2, 3, len(biases[k]))
        biases[k] = biases[k] + np.pi * turns
        weights[k + 1] *= np.where(turns % 2 == 0, 1, -1)
        sign = rng.choice([-1, 1], len(biases[k]))
        weights[k], biases[k] = weights[k] * sign[:, None], biases[k] * sign
        weights[k + 1] = weights[k + 1] * (sign if name == "sin" else 1)
    return Network(weights, biases)


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("spare", [1, 3])
def test_half_turns_in_several_hidden_layers(name, spare):
    rng = np.random.default_rng(spare)
    deep = Network(
        [rng.standard_normal(s) for s in ((2, 2), (3, 2), (1, 3))],
        [rng.uniform(-0.3, 0.5, n) for n in (2, 3, 1)],
    )
    ends = []
    for _ in range(2):
        words = [
            Configuration.from_word([*range(r), r - 1, r, r][: r + spare], r).permute(
                rng.permutation(r + spare)
            )
            for r in (2, 3)
        ]
        ends.append(half_turned(embed(deep, words, rng), rng, name))
        np.testing.assert_allclose(ends[-1](X, name), deep(X, name), atol=1e-12)
    path = zero_loss_path(*ends, 1e-9, name)
    assert path.deviation(X, name, 300).overall < 1e-12
    vertices = list(path)
    assert (vertices[0], vertices[-1]) == tuple(ends)
    pieces = [piece for piece, _ in path._route.pieces()]
    for one, two in itertools.pairwise(pieces):
        end, start = one.at(1.0), two.at(0.0)
        for u, v in zip((*end.weights, *end.biases), (*start.weights, *start.biases), strict=True):
            np.testing.assert_allclose(u, v, atol=1e-11)


@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("phase", [np.pi / 2, 1.5, 1.63, -1.6])
def test_opposite_neurons_with_phases_at_the_cut(name, phase):
    """In the first layer, in the second, and of two networks with several outputs."""
    sign = -1.0 if name == "sin" else 1.0
    first = ([[1.0, 0.5], [-1.0, -0.5], [0.3, 0.9]], [phase, -phase, 0.2])
    end = ([[1.0, sign * 2.0, 0.7]], [0.1])
    second = ([[0.6, sign * 0.4, 0.7], [-0.3, sign * -0.7, -0.7]], [phase, -phase])
    deep = Network([first[0], second[0], [[1.0, sign]]], [first[1], second[1], [0.3]])
    found = classify(deep, 1e-9, activation=name)
    assert found.minimal.widths == (2, 2, 1, 1)
    np.testing.assert_allclose(found.minimal(X, name), deep(X, name), atol=1e-12)
    assert classify(Network([first[0], end[0]], [first[1], end[1]]), 1e-9, activation=name
                    ).minimal.widths == (2, 2, 1)  # fmt: skip
    one = Network([[[0.7, 0.2]], [[1.0], [2.0]]], [[phase], [0.0, 0.0]])
    two = Network([[[-0.7, -0.2]], [[sign], [2 * sign]]], [[-phase], [0.0, 0.0]])
    assert difference(one, two, 1e-9, name) is None


@pytest.mark.parametrize("name", ["sin", "cos", "exp"])
def test_constants_from_below_are_part_of_a_bias(name):
    """Two networks of one function: an idle neuron adds 1.9 times its constant to each bias."""
    value = {"sin": np.sin, "cos": np.cos, "exp": np.exp}[name](0.4)
    own, above, end = [[0.5, -0.3], [-0.2, 0.4]], [[0.3, -0.5], [0.4, 0.2]], [[1.0, 0.7]]

    def deep(row, bias, out):
        return Network(
            [[*own, row], np.column_stack([above, out]), end],
            [[0.3, -0.2, bias], np.array([1.2, -0.9]) - np.array(out) * idle(row, bias), [0.1]],
        )

    def idle(row, bias):
        return value if not any(row) else 0.0

    one, two = deep([0.0, 0.0], 0.4, [1.9, 1.9]), deep([0.5, 0.1], 0.6, [0.0, 0.0])
    np.testing.assert_allclose(one(X, name), two(X, name), atol=1e-12)
    assert difference(one, two, 1e-9, name) is None
    assert zero_loss_path(one, two, 1e-9, name).deviation(X, name).overall < 1e-12


def test_an_idle_neuron_half_turns_off_in_several_hidden_layers():
    zero = np.zeros((2, 2))
    network = Network(
        [[*zero, [0.5, -0.3], [0.5, -0.3]], [[0.2, 0.0, 0.4, 0.9]], [[1.3]]],
        [[-1.92, -1.92, 0.3, 0.3], [0.1], [0.4]],
    )
    path = zero_loss_path(network, network, 1e-9, "sin")
    assert path.deviation(X, "sin", 300).overall < 1e-12
