"""classify: the configuration that a network was made from comes back, and no other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount import Configuration, Expansions
from critcount.activations import Activation
from critcount.weights.classification import classify, difference
from critcount.weights.network import ACTIVATIONS, Network
from critcount.weights.subspaces import AffineSubspace, embed

PROPERTY = settings(max_examples=80, deadline=None, derandomize=True)
GENERIC = "generic"


def random_network(rng, widths, biased):
    """Irreducible, and not nearly anything else."""
    while True:
        weights = [rng.normal(size=(b, a)) for a, b in itertools.pairwise(widths)]
        biases = [
            rng.normal(size=b) if has else None for b, has in zip(widths[1:], biased, strict=True)
        ]
        apart = [
            np.linalg.norm(w[:, None] - w[None], axis=2) + 9 * np.eye(len(w)) for w in weights[:-1]
        ]
        sizes = [np.linalg.norm(w, axis=axis) for w in weights for axis in (0, 1)]
        if min(map(np.min, apart)) > 0.05 and min(map(np.min, sizes)) > 0.05:
            return Network(weights, biases)


@st.composite
def cases(draw, most=3):
    """A minimal network, an embedding of it with noise, and its configurations."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    depth = draw(st.integers(1, most))
    minimal = [draw(st.integers(1, 4)) for _ in range(depth)]
    extra = [draw(st.integers(0, 4)) for _ in range(depth)]
    widths = [draw(st.integers(1, 3)), *minimal, draw(st.integers(1, 3))]
    biased = draw(
        st.sampled_from([[False] * (depth + 1), [True] * (depth + 1)])
        | st.lists(st.booleans(), min_size=depth + 1, max_size=depth + 1)
    )
    network = random_network(rng, widths, biased)
    configurations = tuple(
        Expansions(r, r + h).random(rng) for r, h in zip(minimal, extra, strict=True)
    )
    return rng, network, configurations, embed(network, configurations, rng)


def noisy(rng, network, size=1e-9):
    return Network(
        [w + size * rng.normal(size=w.shape) for w in network.weights],
        [None if b is None else b + size * rng.normal(size=b.shape) for b in network.biases],
    )


def shuffled(rng, network, configurations):
    """Permute the neurons of every hidden layer; return the network and what it is now."""
    weights, biases = list(network.weights), list(network.biases)
    moved = []
    for k, configuration in enumerate(configurations):
        order = rng.permutation(configuration.m)
        weights[k] = weights[k][order]
        biases[k] = None if biases[k] is None else biases[k][order]
        weights[k + 1] = weights[k + 1][:, order]
        moved.append(configuration.permute(np.argsort(order)))
    return Network(weights, biases), tuple(moved)


def largest_difference(a, b):
    pairs = [*zip(a.weights, b.weights, strict=True), *zip(a.biases, b.biases, strict=True)]
    return max(float(np.abs(u - v).max(initial=0)) for u, v in pairs if u is not None)


@PROPERTY
@given(cases())
def test_round_trip_with_a_reference(case):
    rng, teacher, configurations, student = case
    student, configurations = shuffled(rng, student, configurations)
    student = noisy(rng, student)
    found = classify(student, 1e-6, reference=teacher)
    assert found.configurations == configurations
    assert largest_difference(found.minimal, teacher) < 1e-7
    subspace = AffineSubspace(teacher, configurations)
    assert found.distance < 1e-7
    assert largest_difference(subspace.project(student), student) < 1e-7
    assert largest_difference(found.projection, student) < 1e-7
    x = rng.normal(size=(4, teacher.widths[0]))
    expected = teacher(x, GENERIC)
    np.testing.assert_allclose(found.minimal(x, GENERIC), expected, rtol=0, atol=1e-6)
    assert all(max(block[4:6]) < 1e-6 for block in found.residual)
    assert found.changes == ()
    assert found.flips == ((),) * len(configurations)


@PROPERTY
@given(cases())
def test_labels_without_a_reference_follow_the_first_appearance(case):
    _, teacher, configurations, student = case
    found = classify(student, 1e-6)
    for mine, theirs in zip(found.configurations, configurations, strict=True):
        assert sorted(mine.replication_blocks) == sorted(theirs.replication_blocks)
        assert mine.zero_blocks == theirs.zero_blocks
        first = [block[0] for block in mine.replication_blocks]
        assert first == sorted(first)
    again = classify(found.minimal, 1e-6, reference=teacher)
    assert all(c.m == c.r for c in again.configurations)
    assert largest_difference(again.minimal, teacher) < 1e-9


@PROPERTY
@given(cases())
def test_a_minimal_network_is_its_own(case):
    _, teacher, _, student = case
    for network in (teacher, classify(student, 1e-6).minimal):
        found = classify(network, 1e-6)
        assert found.minimal.widths == network.widths
        assert largest_difference(found.minimal, network) == 0
        assert found.distance < 1e-14


@PROPERTY
@given(cases(most=2), st.sampled_from(["odd", "even"]), st.booleans())
def test_flipped_neurons(case, parity, with_reference):
    rng, teacher, configurations, student = case
    signs = [rng.choice([-1.0, 1.0], size=c.m) for c in configurations]
    weights, biases = list(student.weights), list(student.biases)
    for k, sign in enumerate(signs):
        weights[k] = weights[k] * sign[:, None]
        biases[k] = None if biases[k] is None else biases[k] * sign
        if parity == "odd":
            weights[k + 1] = weights[k + 1] * sign
    flipped = noisy(rng, Network(weights, biases))
    reference = teacher if with_reference else None
    sigma = Activation(parity, {"odd": np.tanh, "even": np.cosh}[parity], parity)
    found = classify(flipped, 1e-6, reference, sigma)
    for mine, theirs in zip(found.configurations, configurations, strict=True):
        assert sorted(mine.replication_blocks) == sorted(theirs.replication_blocks)
        assert mine.zero_blocks == theirs.zero_blocks
    x = 0.1 * rng.normal(size=(4, teacher.widths[0]))
    for network in (found.minimal, found.equivalent, found.projection):
        np.testing.assert_allclose(network(x, sigma), teacher(x, sigma), rtol=1e-5, atol=1e-5)
    if with_reference:
        assert found.configurations == configurations
        assert largest_difference(found.minimal, teacher) < 1e-7
        for flips, sign, configuration in zip(found.flips, signs, configurations, strict=True):
            for block in configuration.replication_blocks:
                assert {i for i in block if sign[i] < 0} == set(flips) & set(block)


def test_every_configuration_of_small_cases():
    rng = np.random.default_rng(5)
    for r, m in ((0, 3), (1, 3), (2, 4), (3, 5)):
        teacher = Network([rng.normal(size=(r, 2)), rng.normal(size=(2, r))])
        for configuration in Expansions(r, m):
            student = embed(teacher, [configuration], rng)
            if r:
                found = classify(student, 1e-7, reference=teacher)
                assert found.configurations == (configuration,)
            else:
                assert classify(student, 1e-7).configurations == (configuration,)
                assert classify(student, 1e-7).minimal.widths == (2, 0, 2)


# constants


def constant_network(rng, bias_after=True):
    """Two useful neurons and three constant ones, one of which has its bias twice."""
    w1 = np.vstack([rng.normal(size=(2, 3)), np.zeros((3, 3))])
    b1 = np.array([0.1, -0.4, 0.5, -1.0, 0.5])
    w2 = rng.normal(size=(2, 5))
    return Network([w1, w2], [b1, rng.normal(size=2) if bias_after else None])


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"exp"}))  # e^b is a factor there
def test_constants_are_folded_into_the_next_bias(name):
    network = constant_network(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"hidden layer 0: the neurons 2, 3, 4 .*activation="):
        classify(network, 1e-9)
    found = classify(network, 1e-9, activation=name)
    assert found.minimal.widths == (3, 2, 2)
    assert found.configurations == (Configuration.from_blocks([[0], [1]], [[2, 4], [3]]),)
    assert [(c.layer, c.neuron, c.bias, c.folded) for c in found.constant_neurons] == [
        (0, 2, 0.5, True),
        (0, 3, -1.0, True),
        (0, 4, 0.5, True),
    ]
    x = np.random.default_rng(1).normal(size=(6, 3))
    np.testing.assert_allclose(found.form(x), network(x, name), rtol=1e-12)
    whole = ACTIVATIONS[name].kind not in ("even_linear", "homogeneous")
    for other in (found.minimal, *((found.equivalent, found.projection) if whole else ())):
        np.testing.assert_allclose(other(x, name), network(x, name), rtol=1e-12)
    assert found.distance < 1e-14
    assert found.subspace.contains(found.equivalent, 1e-12)
    assert not found.subspace.contains(network, 1e-3)


def test_constants_beside_flipped_neurons():
    rng = np.random.default_rng(7)
    teacher = random_network(rng, [2, 2, 2], [True, True])
    w1 = np.vstack([-teacher.weights[0], np.zeros((1, 2)), teacher.weights[0][:1]])
    b1 = np.concatenate([-teacher.biases[0], [0.6], teacher.biases[0][:1]])
    w2 = np.column_stack([-teacher.weights[1], [2.0, -1.0], teacher.weights[1][:, 0]])
    w2[:, 0] *= 0.25
    w2[:, 3] *= 0.75
    student = Network([w1, w2], [b1, teacher.biases[1] - np.tanh(0.6) * np.array([2.0, -1.0])])
    found = classify(student, 1e-9, teacher, activation="tanh")
    assert found.configurations == (Configuration.from_word([0, 1, 2, 0], 2),)
    assert found.flips == ((0, 1),)
    assert largest_difference(found.minimal, teacher) < 1e-12
    assert found.distance < 1e-12
    x = rng.normal(size=(5, 2))
    np.testing.assert_allclose(found.equivalent(x, "tanh"), teacher(x, "tanh"), rtol=1e-10)


def test_constants_that_no_bias_takes_become_one_neuron():
    network = constant_network(np.random.default_rng(0), bias_after=False)
    found = classify(network, 1e-9, activation="tanh")
    assert found.minimal.widths == (3, 3, 2)
    assert sum(c.folded for c in found.constant_neurons) in (1, 2)
    x = np.random.default_rng(1).normal(size=(6, 3))
    for other in (found.minimal, found.equivalent, found.projection):
        np.testing.assert_allclose(other(x, "tanh"), network(x, "tanh"), rtol=1e-12)
    assert found.distance < 1e-14
    one = Network(
        [network.weights[0][:3], network.weights[1][:, :3]], [network.biases[0][:3], None]
    )
    alone = classify(one, 1e-9)
    assert alone.minimal.widths == (3, 3, 2)
    assert [c.folded for c in alone.constant_neurons] == [False]


def test_constants_that_cancel_are_zero_type():
    rng = np.random.default_rng(2)
    w1 = np.vstack([rng.normal(size=(2, 3)), np.zeros((2, 3))])
    half = rng.normal(size=(1, 3))
    within = Network([w1, np.column_stack([half, -half[:, 2]])], [[1, 2, 3, 3.0], [1.0]])
    found = classify(within, 1e-9)
    assert found.configurations == (Configuration.from_blocks([[0], [1]], [[2, 3]]),)
    assert [c.folded for c in found.constant_neurons] == [False, False]
    assert found.distance < 1e-14
    # σ(1) a + σ(2) b = 0 across blocks, with no bias to take it: no subspace of a configuration
    a, b = np.tanh([2.0, 1.0])
    across = Network([w1, [[1.0, 2.0, a, -b]]], [[0.5, 0.5, 1.0, 2.0], None])
    found = classify(across, 1e-9, activation="tanh")
    assert found.minimal.widths == (3, 2, 1)
    assert found.configurations == (Configuration.from_word([0, 1, 2, 3], 2),)
    assert any(c.folded for c in found.constant_neurons)


def test_constants_make_neurons_above_equal():
    """Two neurons of the second layer differ only in how they split a constant and a bias."""
    rng = np.random.default_rng(3)
    teacher = random_network(rng, [2, 2, 2, 1], [True, True, True])
    w1 = np.vstack([teacher.weights[0], np.zeros((1, 2))])
    b1 = np.append(teacher.biases[0], 0.7)
    w2 = teacher.weights[1][[0, 1, 1]]
    constant = np.array([0.3, -0.2, 0.9])
    b2 = teacher.biases[1][[0, 1, 1]] - constant * np.tanh(0.7)
    out = teacher.weights[2][0]
    w3 = np.array([[out[0], out[1] - 5.0, 5.0]])
    student = Network([w1, np.column_stack([w2, constant]), w3], [b1, b2, teacher.biases[2]])
    found = classify(student, 1e-9, reference=teacher, activation="tanh")
    assert found.configurations == (
        Configuration.from_word([0, 1, 2], 2),
        Configuration.from_word([0, 1, 1], 2),
    )
    assert found.distance < 1e-13


def test_a_layer_of_constants():
    for bias in (None, [0.5]):
        network = Network([np.zeros((3, 2)), [[1.0, 2.0, 3.0]]], [[1.0, 1.0, 2.0], bias])
        found = classify(network, 1e-9, activation="tanh")
        np.testing.assert_allclose(found.minimal([1, 1], "tanh"), network([1, 1], "tanh"))
        assert found.minimal.widths == (2, 1 if bias is None else 0, 1)
    deep = Network([np.ones((2, 2)), np.zeros((2, 2)), [[1.0, 2.0]]], [None, [1.0, 2.0], [0.0]])
    found = classify(deep, 1e-9, activation="tanh")
    assert found.minimal.widths == (2, 0, 0, 1)
    np.testing.assert_allclose(found.minimal([1, 1], "tanh"), deep([1, 1], "tanh"))


def test_neurons_of_zeros():
    network = Network([[[1.0, 2.0], [0, 0], [0, 0]], [[1.0, 0, 0]]])
    found = classify(network, 1e-9)
    assert found.configurations == (Configuration.from_word([0, 1, 1], 1),)
    empty = classify(Network([np.zeros((3, 2)), np.zeros((1, 3))]), 1e-9)
    assert empty.configurations == (Configuration.from_word([0, 0, 0], 0),)
    assert empty.minimal.widths == (2, 0, 1)
    np.testing.assert_array_equal(empty.minimal([[1.0, 2.0]], GENERIC), [[0.0]])
    odd = classify(Network([[[1.0, 2.0], [0, 0]], [[1.0, 5.0]]]), 1e-9, activation="tanh")
    assert odd.minimal.widths == (2, 1, 1)


# tolerance


def near_copies():
    """Neurons 0 and 1 differ by 1.5e-3 of the largest norm, 2 and 3 by 0.7e-3."""
    w = np.array([[0.5, 0.0], [0.5, 1.5e-3], [-1.0, 0.0], [-1.0, 0.7e-3]])
    return Network([w, [[1.0, 2.0, 3.0, 4.0]]])


def test_half_and_twice_the_tolerance():
    found = classify(near_copies(), 1e-3)
    assert found.configurations == (Configuration.from_word([0, 1, 2, 2], 3),)
    assert [(c.layer, c.tolerance, c.before, c.after) for c in found.changes] == [
        (0, 5e-4, (("replication", (2, 3)),), (("replication", (2,)), ("replication", (3,)))),
        (0, 2e-3, (("replication", (0,)), ("replication", (1,))), (("replication", (0, 1)),)),
    ]
    assert found.distance == pytest.approx(0.7e-3 / np.sqrt(2))
    by_block = {(b.kind, b.label): b for b in found.residual}
    assert by_block["replication", 2].incoming == pytest.approx(0.35e-3, rel=1e-3)
    assert by_block["replication", 0].incoming == 0


def test_a_nearly_useless_neuron():
    network = Network([np.eye(3), [[1.0, 1.0, 1.5e-3]]])
    found = classify(network, 1e-3)
    assert found.residual[2].total == pytest.approx(1.5e-3)
    (change,) = found.changes
    assert change.before == (("replication", (2,)),)
    assert change.after == (("zero", (2,)),)


def test_dropping_brings_others_together():
    """Two neurons differ by 1.2 tolerances, half of it in weights from useless neurons."""
    t = 1e-3
    first = np.vstack([np.eye(2), np.zeros((2, 2))]) + np.array(
        [[0, 0], [0, 0], [1, 1], [1, -1.0]]
    )
    second = np.array([[1.0, 0, 0, 0], [1.0, 0, 0.9 * t, 0.9 * t], [0, 1.0, 0, 0]])
    network = Network([first, second, [[1.0, 1.0, 1.0]]])
    found = classify(network, t)
    assert found.minimal.widths == (2, 2, 2, 1)
    assert found.configurations[1] == Configuration.from_word([0, 0, 1], 2)
    assert found.configurations[0] == Configuration.from_word([0, 1, 2, 3], 2)


# references and other arguments


def teacher_and_student():
    rng = np.random.default_rng(9)
    teacher = random_network(rng, [2, 3, 1], [False, False])
    return teacher, embed(teacher, Configuration.from_word([2, 0, 1, 3, 0], 3), rng)


def test_a_reference_that_does_not_fit():
    teacher, student = teacher_and_student()
    smaller = Network([teacher.weights[0][:2], teacher.weights[1][:, :2]])
    with pytest.raises(ValueError, match=r"2-3-1.*2-2-1.*no counterpart for neuron . of the net"):
        classify(student, 1e-6, reference=smaller)
    other = Network([teacher.weights[0] + [[0, 0], [0, 0.1], [0, 0]], teacher.weights[1]])
    with pytest.raises(ValueError, match=r"neuron 1 of the reference and neuron . of the network"):
        classify(student, 1e-6, reference=other)
    outgoing = Network([teacher.weights[0], 2 * teacher.weights[1]])
    with pytest.raises(ValueError, match="same hidden neurons and different outgoing weights"):
        classify(student, 1e-6, reference=outgoing)
    for bad in (
        random_network(np.random.default_rng(1), [3, 3, 1], [False] * 2),
        random_network(np.random.default_rng(1), [2, 3, 3, 1], [False] * 3),
        random_network(np.random.default_rng(1), [2, 3, 1], [True] * 2),
    ):
        with pytest.raises(ValueError, match=r"inputs|hidden layers|bias"):
            classify(student, 1e-6, reference=bad)


def test_a_reference_that_is_not_irreducible():
    _, student = teacher_and_student()
    twins = Network([[[1.0, 0], [0, 1], [1, 0]], [[1.0, 1, 1]]])
    with pytest.raises(ValueError, match="neurons 0 and 2 have the same incoming weights"):
        classify(student, 1e-6, reference=twins)
    close = Network([[[1.0, 0], [0, 1], [1, 1e-9]], [[1.0, 1, 1]]])
    with pytest.raises(ValueError, match="neurons 0 and 2 of the reference are equal within"):
        classify(student, 1e-6, reference=close)


@pytest.mark.parametrize("tolerance", [-1e-9, 1.0, np.nan, np.inf])
def test_bad_tolerance(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        classify(teacher_and_student()[1], tolerance)


def test_bad_arguments():
    teacher, student = teacher_and_student()
    for call in (
        lambda: classify(student, "1e-3"),
        lambda: classify(student, True),
        lambda: classify([student], 1e-3),
        lambda: classify(student, 1e-3, reference=3),
        lambda: classify(student, 1e-3, activation=np.tanh),
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(ValueError, match="activation must be one of"):
        classify(student, 1e-3, activation="odd")
    with pytest.raises(ValueError, match="relations that are not worked out"):
        classify(student, 1e-3, activation="relu6")
    with pytest.raises(ValueError, match="domain goes with relu"):
        classify(student, 1e-3, activation="tanh", domain=[[0.0, 0.0]])
    with pytest.raises(ValueError, match="domain must have shape"):
        classify(student, 1e-3, activation="relu", domain=[0.0, 0.0])
    with pytest.raises(ValueError, match="domain must be finite"):
        classify(student, 1e-3, activation="relu", domain=[[0.0, np.nan]])
    assert classify(teacher, 0).minimal.widths == teacher.widths


def test_weights_whose_squares_vanish():
    teacher, student = teacher_and_student()
    for size in (1e-130, 1e140):
        scaled = Network([size * w for w in student.weights])
        assert classify(scaled, 1e-9).minimal.widths == teacher.widths
    tiny = Network([1e-150 * student.weights[0], student.weights[1]])
    with pytest.raises(ValueError, match=r"weights\[0\] of the network are at most .*rescale"):
        classify(tiny, 1e-9)


def test_repr_and_subspace():
    _, student = teacher_and_student()
    found = classify(student, 1e-9)
    assert repr(found).startswith("<Classification: 2-5-1 reduces to 2-3-1, distance ")
    assert found.subspace.configurations == (found.configurations,)
    assert found.subspace.contains(found.projection, 1e-12)
    assert repr(found.subspace) == "<AffineSubspace of 2-5-1, dimension 3>"


def test_two_blocks_near_one_neuron_of_the_reference():
    teacher = Network([[[1.0, 0.0]], [[3.0]]])
    student = Network([[[1.0, 0.8e-3], [1.0, -0.8e-3]], [[1.0, 2.0]]])
    assert classify(student, 1e-3).minimal.widths == (2, 2, 1)
    with pytest.raises(ValueError, match="twice the tolerance would make them one"):
        classify(student, 1e-3, reference=teacher)
    found = classify(student, 2e-3, reference=teacher)
    assert found.configurations == (Configuration.from_word([0, 0], 1),)


def test_a_nearly_constant_neuron_is_noted():
    network = Network([[[1.0], [1.5e-3]], [[1.0, 1.0]]], [[0.5, 0.25], [0.0]])
    found = classify(network, 1e-3)
    assert found.minimal.widths == (1, 2, 1)
    (change,) = found.changes
    assert (change.layer, change.tolerance, change.before, change.after) == (0, 2e-3, (), ())
    assert "neuron 1 has incoming weights of 0" in change.note
    (change,) = classify(network, 1e-3, activation="tanh").changes
    assert change.after == (("zero", (1,)),)
    assert classify(network, 2e-3, activation="tanh").minimal.widths == (1, 1, 1)


@st.composite
def degenerate_networks(draw):
    """Networks full of zeros, copies, constants and empty layers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hidden = draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))
    widths = [draw(st.integers(1, 3)), *hidden, draw(st.integers(1, 2))]
    entries = [0, 0, 1.0, -1.0, 0.5, 2.0, 1e-3, 1e-9]
    return Network(
        [rng.choice(entries, size=(b, a)) for a, b in itertools.pairwise(widths)],
        [rng.choice(entries, size=b) if rng.random() < 0.6 else None for b in widths[1:]],
    )


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    degenerate_networks(),
    st.sampled_from(["generic", "tanh", "gaussian", "sigmoid", "softplus", "relu"]),
    st.sampled_from([0.0, 1e-12, 1e-6, 0.3]),
)
def test_degenerate_networks(network, function, tolerance):
    found = classify(network, tolerance, activation=function)
    again = classify(found.minimal, tolerance, activation=function)
    assert again.minimal.widths == found.minimal.widths
    assert all(
        c.m == width for c, width in zip(found.configurations, network.widths[1:-1], strict=True)
    )
    if tolerance < 0.1:
        x = np.random.default_rng(0).normal(size=(6, network.widths[0]))
        same = found.part is found.minimal
        for other in (found.minimal, *((found.equivalent, found.projection) if same else ())):
            np.testing.assert_allclose(other(x, function), network(x, function), rtol=0, atol=1e-4)
        if found.form is not None:
            np.testing.assert_allclose(found.form(x), network(x, function), rtol=0, atol=1e-4)


def test_a_relu_student_of_the_data_is_told_of_the_domain():
    teacher = Network([[[1.0]], [[1.0]]], [[0.0], [0.0]])
    student = Network([[[1.0], [1.0], [-1.0]], [[1.0, 0.5, 0.5]]], [[0.0, 9.0, 9.0], [-9.0]])
    inputs = np.linspace(-1, 1, 21)[:, None]
    with pytest.raises(ValueError, match="pass the inputs as domain"):
        classify(student, reference=teacher, activation="relu")
    found = classify(student, reference=teacher, activation="relu", domain=inputs)
    assert [role.role for role in found.roles] == ["copy", "linear", "linear"]


@pytest.mark.parametrize("layer", [0, 1])
def test_networks_too_small_to_be_told_apart_are_refused(layer):
    weights = [np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[1.0, 2.0]])]
    weights[layer] = weights[layer] * 1e-170
    small, other = Network(weights), Network([weights[0], weights[1] * [1.0, 3.0]])
    for pair in ((small, other), (Network([np.eye(2), [[1.0, 1.0]]]), small)):
        with pytest.raises(ValueError, match=rf"weights\[{layer}\] of .* squares vanish"):
            difference(*pair, 1e-9, "tanh")
