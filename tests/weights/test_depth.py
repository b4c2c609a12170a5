"""Several hidden layers with a linear part: forms, flips that turn back, linear neurons."""

import itertools

import numpy as np
import pytest

from critcount import Configuration, Network, classify, embed
from critcount.activations import activation_of
from critcount.weights.classification import difference
from critcount.weights.deep_turning import DeepTurns
from critcount.weights.depth import deep_form
from critcount.weights.paths import zero_loss_path

NAMES = ("softplus", "gelu", "relu", "leaky_relu:0.3")
X = np.random.default_rng(3).standard_normal((40, 2))


def teacher(widths=(2, 3, 3, 2), seed=0):
    rng = np.random.default_rng(seed)
    return Network(
        [rng.standard_normal((n, m)) for m, n in itertools.pairwise(widths)],
        [0.5 * rng.standard_normal(n) for n in widths[1:]],
    )


def flipped(network, k, name, rng):
    """The same function with the neurons 0 and 1 of layer k flipped, balanced by two pairs.

    What they leave over, -2λ Σ a_t θ_t, two pairs ±v_j of weights ±s_j make up for: any basis s
    of the span of the a_t, and the v that S V = Σ a_t θ_t has for it.
    """
    weights, biases = [np.array(w) for w in network.weights], [np.array(b) for b in network.biases]
    own = np.column_stack([weights[k], biases[k]])
    mixing = rng.standard_normal((2, 2))
    s, v = weights[k + 1][:, :2] @ mixing, np.linalg.solve(mixing, own[:2])
    own = np.concatenate([own, v, -v])
    own[:2] *= -1
    weights[k], biases[k] = own[:, :-1], own[:, -1]
    weights[k + 1] = np.column_stack([weights[k + 1], s, -s])
    out = Network(weights, biases)
    np.testing.assert_allclose(out(X, name), network(X, name), atol=1e-10)
    return out


def scaled(network, rng):
    weights, biases = [np.array(w) for w in network.weights], [np.array(b) for b in network.biases]
    for k in range(len(weights) - 1):
        factor = rng.uniform(0.3, 3, len(weights[k]))
        weights[k], biases[k] = weights[k] * factor[:, None], biases[k] * factor
        weights[k + 1] = weights[k + 1] / factor
    return Network(weights, biases)


def copied(network, rng):
    """With a copy of a neuron, and a zero-type one, in every hidden layer."""
    words = [
        Configuration.from_word([*range(r), 0, r, r], r).permute(rng.permutation(r + 3))
        for r in network.widths[1:-1]
    ]
    return embed(network, words, rng)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layers", [(0,), (1,), (1, 0)])
def test_flips_in_depth_are_turned_back(name, layers):
    rng, exact = np.random.default_rng(1), teacher()
    student = copied(exact, rng)
    for k in layers:
        student = flipped(student, k, name, rng)
    if "relu" in name:
        student = scaled(student, rng)
    found = classify(student, 1e-8, exact, name)
    assert [c.r for c in found.configurations] == [3, 3]
    assert [bool(flips) for flips in found.flips] == [k in layers for k in range(2)]
    for network in (found.minimal, found.equivalent, found.projection):
        np.testing.assert_allclose(network(X, name), exact(X, name), atol=1e-9)
    np.testing.assert_allclose(found.form(X), exact(X, name), atol=1e-9)
    assert found.distance < 1e-7
    assert {role.sign for role in found.roles if role.block >= 0} == {1, -1}
    assert "reduced, not canonical" in found.notes[0]
    assert found.width_bounds is None
    assert difference(student, exact, 1e-8, name) is None
    # without the reference the signs are found as well
    assert classify(student, 1e-8, activation=name).minimal.widths == exact.widths


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("layers", [(0,), (1,), (1, 0)])
def test_paths_turn_flips_in_depth(name, layers):
    exact, ends = teacher(), []
    for seed in (1, 7):
        rng = np.random.default_rng(seed)
        student = exact if seed == 1 else copied(exact, rng)
        for k in layers:
            student = flipped(student, k, name, rng)
        if seed == 1:
            student = copied(student, rng)
        ends.append(scaled(student, rng) if "relu" in name else student)
    path = zero_loss_path(*ends, 1e-8, name)
    assert path.deviation(X, name, 300).overall < 1e-11
    vertices = list(path)
    assert len(vertices) == len(path)
    assert (vertices[0], vertices[-1]) == tuple(ends)
    pieces = [piece for piece, _ in path._route.pieces()]
    for one, two in itertools.pairwise(pieces):
        end, start = one.at(1.0), two.at(0.0)
        for u, v in zip((*end.weights, *end.biases), (*start.weights, *start.biases), strict=True):
            np.testing.assert_allclose(u, v, atol=1e-10)
    # one neuron of a class and no opposite ones are left
    way = list(DeepTurns(activation_of("", name), 1e-8)(path._route._first.scaled))
    end = way[-1].at(1.0)
    form = deep_form(end, activation_of("", name), 1e-8)
    turns = form.turns(1e-8, [True] * 3)
    for k in layers:
        layer, live = form.layers[k], end.weights[k + 1].any(axis=0)
        assert sorted(layer.letters[live].tolist()) == [0, 1, 2]
        np.testing.assert_array_equal(layer.signs[live], turns[k][layer.letters[live]])


def test_what_of_flips_in_depth_is_refused():
    rng, exact = np.random.default_rng(1), teacher()
    student = flipped(exact, 1, "gelu", rng)  # two flips, two pairs and no neuron to spare
    with pytest.raises(NotImplementedError, match=r"hidden layer 1 has 0 neurons to spare .* \{"):
        zero_loss_path(student, student, 1e-8, "gelu")
    weights, biases = [np.array(w) for w in exact.weights], [np.array(b) for b in exact.biases]
    v, s = rng.standard_normal(3), rng.standard_normal((2, 1))
    weights[1] = np.concatenate([weights[1], [v, -v]])
    biases[1] = np.concatenate([biases[1], [0.3, -0.3]])
    weights[2] = np.column_stack([weights[2], s, -s])
    pair = Network(weights, biases)
    with pytest.raises(NotImplementedError, match="make a linear function that no signs"):
        list(DeepTurns(activation_of("", "gelu"), 1e-8)(pair))


@pytest.mark.parametrize("biases", [(True, True, False), (False, False, False)])
def test_flips_in_depth_without_biases(biases):
    """Where no bias takes a constant up the pairs of a layer balance it, too."""
    rng = np.random.default_rng(2)
    exact = teacher((3, 2, 2, 1))
    given = [b if there else None for b, there in zip(exact.biases, biases, strict=True)]
    exact = Network(exact.weights, given)
    inputs = rng.standard_normal((40, 3))
    ends = []
    for _ in range(2):
        student = copied(exact, rng)
        weights = [np.array(w) for w in student.weights]
        offsets = [None if b is None else np.array(b) for b in student.biases]
        own = weights[1] if offsets[1] is None else np.column_stack([weights[1], offsets[1]])
        # the neurons of the only output are flipped all, and one pair makes up for them
        v = (weights[2] @ own)[0]
        own = np.concatenate([-own, [v, -v]])
        weights[1] = own[:, : weights[1].shape[1]]
        offsets[1] = None if offsets[1] is None else own[:, -1]
        weights[2] = np.column_stack([weights[2], [[1.0, -1.0]]])
        ends.append(Network(weights, offsets))
        np.testing.assert_allclose(ends[-1](inputs, "gelu"), exact(inputs, "gelu"), atol=1e-12)
    path = zero_loss_path(*ends, 1e-8, "gelu")
    assert path.deviation(inputs, "gelu", 300).overall < 1e-11


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_is_made_by_linear_neurons(name):
    rng, exact = np.random.default_rng(2), teacher()
    weights, biases = [np.array(w) for w in exact.weights], [np.array(b) for b in exact.biases]
    # two pairs in the second layer that add up to a linear function of rank 1
    v, s = rng.standard_normal(3), rng.standard_normal((2, 1))
    own = np.stack([v, -v, 2 * v, -2 * v])
    weights[1] = np.concatenate([weights[1], own])
    biases[1] = np.concatenate([biases[1], [0.3, -0.3, 0.8, -0.8]])
    weights[2] = np.column_stack([weights[2], s, -s, 0.5 * s, -0.5 * s])
    network = Network(weights, biases)
    found = classify(network, 1e-9, activation=name)
    np.testing.assert_allclose(found.form(X), network(X, name), atol=1e-11)
    np.testing.assert_allclose(found.minimal(X, name), network(X, name), atol=1e-10)
    # of the layer below it is a function as the others are: there no pair is needed
    assert found.minimal.widths == (2, 3, 5, 2)
    assert found.form.network(1e-9, [True] * 3)[1] == (0, 1)
    assert "linear neurons" in found.notes[0]
    assert found.configurations[1].m == 7
    assert difference(network, found.minimal, 1e-8, name) is None
    assert "differ" in difference(network, exact, 1e-8, name)


def test_linear_neurons_in_two_layers():
    rng, exact = np.random.default_rng(8), teacher((2, 3, 3, 1))
    (first, second, third), biases = exact.weights, exact.biases
    u, t, v = rng.standard_normal(2), rng.standard_normal(4), rng.standard_normal(3)
    second = np.concatenate([second, [v, -v]])
    column = np.append(t, -t[3])[:, None]
    network = Network(
        [
            np.concatenate([first, [u, -u]]),
            np.column_stack([second, column, -column]),
            np.column_stack([third, [[0.7, -0.7]]]),
        ],
        [np.append(biases[0], [0.2, -0.2]), np.append(biases[1], [0.1, -0.1]), biases[2]],
    )
    form = deep_form(network, activation_of("", "silu"), 1e-9)
    built, pairs = form.network(1e-9, [True] * 3)
    assert (built.widths, pairs) == ((2, 5, 5, 1), (1, 1))
    np.testing.assert_allclose(built(X, "silu"), network(X, "silu"), atol=1e-11)
    assert difference(built, network, 1e-8, "silu") is None


def test_forms_of_other_functions_differ():
    exact = teacher()
    for change, message in (
        (lambda w, b: w[0].__setitem__((0, 0), 9.0), "hidden layer 0 has other classes"),
        (lambda w, b: w[1].__setitem__((0, 0), 9.0), "hidden layer 1 has other classes"),
        (lambda w, b: w[2].__setitem__((0, 0), 9.0), "outgoing weights or linear parts differ"),
        (lambda w, b: b[2].__setitem__(0, 99.0), "the constants differ"),
    ):
        weights, biases = [np.array(w) for w in exact.weights], [np.array(b) for b in exact.biases]
        change(weights, biases)
        assert message in difference(Network(weights, biases), exact, 1e-6, "gelu")
    assert "classes of neurons and" in difference(exact, teacher((2, 4, 3, 2)), 1e-6, "gelu")
    shallow = teacher((2, 3, 2))
    with pytest.raises(ValueError, match="has 2 hidden layers"):
        classify(exact, 1e-6, shallow, "gelu")


def test_the_order_of_the_neurons_does_not_matter():
    rng, exact = np.random.default_rng(4), teacher((2, 4, 3, 4, 1))
    weights, biases = [np.array(w) for w in exact.weights], [np.array(b) for b in exact.biases]
    for k in range(3):
        order = rng.permutation(len(weights[k]))
        weights[k], biases[k] = weights[k][order], biases[k][order]
        weights[k + 1] = weights[k + 1][:, order]
    for name in NAMES:
        assert difference(Network(weights, biases), exact, 1e-9, name) is None


def test_scales_of_copies_in_a_deep_layer():
    """Copies whose weights are spread otherwise over copies below have other norms."""
    rng, exact = np.random.default_rng(5), teacher()
    student = scaled(copied(exact, rng), rng)
    found = classify(student, 1e-8, exact, "relu")
    assert [len(c.zero_blocks) for c in found.configurations] == [1, 1]
    assert found.distance < 1e-8
    path = zero_loss_path(student, scaled(copied(exact, rng), rng), 1e-8, "relu")
    assert path.deviation(X, "relu", 20).overall < 1e-9


def test_layers_without_biases():
    rng = np.random.default_rng(6)
    network = Network([rng.standard_normal(s) for s in ((5, 2), (4, 5), (2, 4))])
    rows = np.array(network.weights[0])
    rows[4] = -rows[0]
    network = Network([rows, *network.weights[1:]])
    for name in ("gelu", "relu"):
        form = deep_form(network, activation_of("", name), 1e-9)
        np.testing.assert_allclose(form(X), network(X, name), atol=1e-12)
        found = classify(network, 1e-9, activation=name)
        np.testing.assert_allclose(found.minimal(X, name), network(X, name), atol=1e-10)
        assert found.form == form
        assert hash(found.form) == hash(form)
