"""What the docs say of the zero-loss set beyond the subspaces: explicit points."""

import itertools

import numpy as np
import pytest

from critcount import AffineSubspace, Configuration, Expansions, Network

pytest.importorskip("jax")

from critcount.landscape import Problem, train
from critcount.landscape.vectors import to_vector

X = np.linspace(-2, 2, 41)[:, None]


def test_constants_that_cancel_lie_on_no_subspace():
    """1-2-3-1 computes what 1-1-1-1 does, by one neuron below with w = 0 and two above it."""
    w, c, b = 0.7, -1.1, 1.3
    teacher = Network([[[w]], [[c]], [[b]]])
    for activation in ("generic", "sigmoid"):
        sigma = probe(activation)
        two, three = 0.9, -0.4
        ratio = -sigma(two * sigma(0.0)) / sigma(three * sigma(0.0))
        assert abs(1 + ratio) > 0.01
        student = Network([[[w], [0.0]], [[c, 0.0], [0.0, two], [0.0, three]], [[b, 1.0, ratio]]])
        assert np.abs(student(X, activation) - teacher(X, activation)).max() < 1e-14
    families = [list(Expansions(1, m)) for m in (2, 3)]
    for layers in itertools.product(*families):
        subspace = AffineSubspace(teacher, layers)
        assert distance(subspace.project(student), student) > 0.05
    # with weights of the constant neuron that cancel within one block it does lie on one
    student = Network([[[w], [0.0]], [[c, 0.0], [0.0, two], [0.0, two]], [[b, 1.0, -1.0]]])
    layers = [Configuration.from_word(word, 1) for word in ((0, 1), (0, 1, 1))]
    subspace = AffineSubspace(teacher, layers)
    assert distance(subspace.project(student), student) < 1e-12


def probe(activation):
    """The activation as a function of one number."""
    network = Network([[[1.0]], [[1.0]]])
    return lambda z: float(network(np.array([[z]]), activation)[0, 0])


def distance(one, two):
    pairs = zip(one.weights, two.weights, strict=True)
    return np.sqrt(sum(((v - w) ** 2).sum() for v, w in pairs))


def nullity(network):
    """Vanishing singular values of the derivatives of the outputs."""
    problem = Problem(X, network(X, "generic"))
    values = np.linalg.svd(problem.jacobian(network), compute_uv=False)
    return int((values < 1e-10 * values[0]).sum()) + to_vector(network).size - len(values)


@pytest.mark.parametrize(
    ("word", "outgoing", "excess"),
    [
        ([0, 0], [[0.4, 0.6], [1.0, -0.5]], 0),  # as many outputs as copies
        ([0, 0], [[0.4, 0.6]], 1),
        ([0, 0, 0], [[0.4, 0.6, 0.5], [1.0, -0.5, 0.3]], 1),
        ([0, 0, 0], [[0.4, 0.6, 0.5]], 2),
    ],
)
def test_zero_eigenvalues_beyond_the_subspace(word, outgoing, excess):
    """A block of more neurons than outputs has more of them, others have not."""
    outgoing = np.array(outgoing)
    total = outgoing.sum(axis=1, keepdims=True)
    subspace = AffineSubspace(Network([[[0.8]], total]), Configuration.from_word(word, 1))
    student = Network([np.full((len(word), 1), 0.8), outgoing])
    assert subspace.contains(student, 1e-12)
    assert nullity(student) - subspace.dimension == excess


def test_three_copies_can_move_apart_at_the_sixth_order():
    """Outgoing weights 1, 2, -1 moved by v with Σ a v = Σ a v² = 0."""
    a, v = np.array([1.0, 2.0, -1.0]), np.array([1.0, -2.0, -3.0])
    assert (a @ v, a @ v**2, a @ v**3) == (0, 0, 12)
    teacher = Network([[[0.5]], [[2.0]]])
    losses = []
    for step in (0.02, 0.01, 0.005):
        student = Network([(0.5 + step * v)[:, None], a[None]])
        losses.append(((student(X, "generic") - teacher(X, "generic")) ** 2).mean())
    orders = np.log2(np.array(losses[:-1]) / losses[1:])
    assert np.all(np.abs(orders - 6) < 0.3)


@pytest.mark.parametrize(
    ("outputs", "splits"),
    [
        (2, {(1.0, 1.0): True, (1.0, -0.5): True}),
        (3, {(1.0, 1.0, 1.0): True, (1.0, -0.5, 0.3): False}),
    ],
)
def test_a_shift_of_all_outputs_is_a_critical_split_below_a_softmax(outputs, splits):
    """Two dimensions of splits a/2 ± u are critical: for two outputs all, else a and (1, …, 1)."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    logits = Network([rng.normal(size=(4, 2)), rng.normal(size=(outputs, 4))])(x, "generic")
    targets = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    problem = Problem(x, targets, loss="cross-entropy")
    found = next(f for f in (train(problem, 1, seed=s) for s in range(8)) if f.converged)
    weight, outgoing = found.network.weights
    for u, critical in splits.items():
        step = np.array(u)[:, None]
        student = Network(
            [np.repeat(weight, 2, axis=0), np.hstack([outgoing / 2 + step, outgoing / 2 - step])]
        )
        gradient = np.linalg.norm(problem.gradient(student))
        assert gradient < 1e-10 if critical else gradient > 1e-6
