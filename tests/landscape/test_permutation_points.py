"""Permutation points of small trained networks, their valleys, and the algebra of the Hessian."""

import itertools

import numpy as np
import pytest

from critcount import Network, SizeLimitError

pytest.importorskip("jax")
from scipy.special import expit

from critcount.landscape import (
    NoCollisionError,
    Problem,
    path_work,
    permutation_point,
    permute,
    successive_permutation_points,
    to_vector,
    train,
    valley,
)
from critcount.landscape.neurons import merge_neurons, positions, replicate
from critcount.landscape.spectra import spectrum
from tests.landscape.trained import task

# widths, seed, layer, options; and what [[S, Mᵀ], [M, 0]] says that a collision adds
CASES = [
    ((2, 2, 1), 0, 0, {}, 1),
    ((2, 2, 1), 1, 0, {}, 1),
    ((2, 2, 1), 4, 0, {"activation": "tanh", "biases": True}, 1),
    ((2, 2, 2), 3, 0, {"activation": "tanh", "biases": True}, 1),
    ((1, 2, 3), 0, 0, {}, 2),
    ((1, 2, 4), 2, 0, {"activation": "softplus"}, 3),
]


NUMBERS = [0, 3, *(pytest.param(k, marks=pytest.mark.exhaustive) for k in (1, 2, 4, 5))]


@pytest.fixture(scope="module")
def found():
    """Problem, minimum and permutation point of a case, each worked out once."""
    known = {}

    def get(number):
        if number not in known:
            widths, seed, layer, options, _ = CASES[number]
            problem, network = task(widths, seed, **options)
            known[number] = problem, network, permutation_point(problem, network, layer, 0, 1)
        return known[number]

    return get


def test_a_bias_is_one_of_the_incoming_weights_that_are_counted():
    """max(1, n - d) with n = 4 and d = 2: without the bias it would be three, not two."""
    problem, network = task((1, 2, 4), 1, activation="tanh", biases=True)
    point = permutation_point(problem, network, 0, 0, 1)
    assert point.converged
    assert point.spectrum.gap >= 1e3
    assert point.hessian_nullity == point.derived_nullity == point.reduced_nullity + 2


@pytest.mark.parametrize("number", NUMBERS)
def test_point(found, number):
    problem, network, point = found(number)
    layer, added = CASES[number][2], CASES[number][4]
    assert point.converged
    assert point.jumps == ()
    assert point.gradient_norm < 1e-10
    assert np.linalg.norm(problem.gradient(point.point)) == point.gradient_norm
    i, j = (to_vector(point.point)[positions(point.point, layer, n)] for n in (0, 1))
    np.testing.assert_array_equal(i, j)
    # the narrower network computes the same function and is a minimum
    x = problem.inputs
    activation = problem.activation
    np.testing.assert_allclose(
        point.point(x, activation), point.reduced(x, activation), rtol=1e-12, atol=1e-12
    )
    assert point.reduced_spectrum.index == 0
    # what is measured is what is derived; the saddle is one
    assert point.index >= 1
    assert point.hessian_nullity == point.derived_nullity == point.reduced_nullity + added
    assert point.spectrum.gap >= 1e3
    assert point.loss > point.losses[0]
    assert point.loss == pytest.approx(max(point.losses), rel=1e-12)
    assert len(point.path) == len(point.distances) == len(point.losses)
    assert point.distances[-1] == 0 < min(point.distances[:-1])
    np.testing.assert_array_equal(to_vector(point.path[0]), to_vector(network))
    assert point.order == 1


@pytest.mark.parametrize("number", NUMBERS)
def test_path(found, number):
    problem, _, point = found(number)
    layer = CASES[number][2]
    assert len(point.path) == len(point.distances) == len(point.losses) > 40
    assert np.all(np.diff(point.distances) < 0)
    assert point.distances[-1] == 0
    for network, distance, loss in zip(point.path, point.distances, point.losses, strict=True):
        i, j = (to_vector(network)[positions(network, layer, n)] for n in (0, 1))
        assert np.linalg.norm(i - j) == pytest.approx(distance, rel=1e-12, abs=1e-300)
        assert problem.loss(network) == loss
    # no step is long, the last one included, and the end is where the path led to
    steps = [
        np.linalg.norm(to_vector(b) - to_vector(a)) for a, b in itertools.pairwise(point.path)
    ]
    assert max(steps) < 0.4 * sum(steps)
    assert steps[-1] < 2e-3 * point.distances[0]
    assert point.miss < point.distances[-2]


@pytest.mark.parametrize("number", NUMBERS)
def test_mirror(found, number):
    problem, network, point = found(number)
    layer = CASES[number][2]
    through = point.through
    assert len(through) == 2 * len(point.path) - 1
    for a, b in zip(through, through[::-1], strict=True):
        np.testing.assert_array_equal(to_vector(permute(a, layer, [1, 0])), to_vector(b))
    # the last one is the minimum with the neurons exchanged, of the same loss
    np.testing.assert_array_equal(
        to_vector(through[-1]), to_vector(permute(network, layer, [1, 0]))
    )
    assert problem.loss(through[-1]) == pytest.approx(problem.loss(network), rel=1e-13)
    # the pair separates along one direction on both sides: the path goes straight through
    before, after = (to_vector(through[len(point.path) + k]) for k in (-2, 0))
    i, j = (positions(network, layer, n) for n in (0, 1))
    np.testing.assert_allclose(before[i] - before[j], after[j] - after[i], rtol=1e-12)


@pytest.mark.parametrize("number", NUMBERS)
def test_lowest_direction(found, number):
    # the pair separates along the eigenvector of the lowest eigenvalue of H_ii - H_ij
    problem, _, point = found(number)
    layer = CASES[number][2]
    hessian = problem.hessian(point.point)
    i, j = (positions(point.point, layer, n) for n in (0, 1))
    values, vectors = np.linalg.eigh(hessian[np.ix_(i, i)] - hessian[np.ix_(i, j)])
    assert values[0] < 0
    assert abs(vectors[:, 0] @ point.direction) > 1 - 1e-4


def derivatives(problem, network):
    """Return σ', σ'' and the derivative of the loss by the outputs, for one hidden layer."""
    w, b = network.weights[0], network.biases[0]
    z = problem.inputs @ w.T + (0 if b is None else b)
    s, s4 = expit(z), expit(4 * z)
    first, second = {
        "generic": (4 * s4 * (1 - s4) + s, 16 * s4 * (1 - s4) * (1 - 2 * s4) + s * (1 - s)),
        "softplus": (s, s * (1 - s)),
        "tanh": (1 - np.tanh(z) ** 2, -2 * np.tanh(z) * (1 - np.tanh(z) ** 2)),
    }[problem.activation]
    error = network(problem.inputs, problem.activation) - problem.targets
    return first, second, 2 * error / problem.samples


@pytest.mark.parametrize("number", NUMBERS)
def test_antisymmetric_form(found, number):
    # M and S from their definition, with numpy: M = Σ e σ' xᵀ, S = Σ (e·a) σ'' x xᵀ
    problem, _, point = found(number)
    first, second, error = derivatives(problem, point.point)
    bias = point.point.biases[0] is not None
    x = np.column_stack([problem.inputs, np.ones(problem.samples)]) if bias else problem.inputs
    outgoing = point.point.weights[1][:, 0]
    m = error.T @ (first[:, :1] * x)
    s = x.T @ ((error @ outgoing) * second[:, 0] * x.T).T
    assert np.abs(outgoing @ m).max() < 1e-12
    n, d = m.shape
    form = np.block([[s, m.T], [m, np.zeros((n, n))]])
    size = np.linalg.norm(outgoing)
    extra = spectrum(form, error=np.abs(outgoing @ m).max() / size)
    assert extra.nullity == max(1, n - d)
    assert extra.index == point.index
    # the Hessian's eigenvalues are these and those of the symmetric directions
    hessian = problem.hessian(point.point)
    i, j = (positions(point.point, 0, k) for k in (0, 1))
    block = hessian[np.ix_(i, i)] - hessian[np.ix_(i, j)]
    np.testing.assert_allclose(block, form, atol=1e-10 * np.abs(form).max())
    for value in extra.eigenvalues:
        assert np.abs(point.spectrum.eigenvalues - value).min() < 1e-9 * np.abs(form).max()


@pytest.mark.parametrize("number", NUMBERS)
def test_equal_loss_plane(found, number):
    problem, _, point = found(number)
    widths = CASES[number][0]
    assert point.equal_loss_dimension == widths[CASES[number][2] + 2]
    assert point.equal_loss_deviation < 1e-13 * max(1, point.loss)
    rng = np.random.default_rng(number)
    for scale in (1e-3, 1.0, 10.0):
        other = point.share(scale * rng.normal(size=(1, point.equal_loss_dimension)))
        assert abs(problem.loss(other) - point.loss) < 1e-12 * max(1, point.loss)
        # with several outputs the point is critical and the plane is not
        moved = np.linalg.norm(problem.gradient(other))
        assert (moved > 1e-6) == (widths[-1] > 1)


@pytest.mark.parametrize(
    ("widths", "seed", "loss"),
    [
        ((2, 2, 3), 5, "cross-entropy"),
        pytest.param((2, 3, 3, 2), 4, "mse", marks=pytest.mark.exhaustive),
    ],
)
def test_doubled_neuron(widths, seed, loss):
    # softmax and two hidden layers: no path, only the point
    options = {"loss": loss, "activation": "tanh", "biases": True, "target": "tanh"}
    problem, reduced = task(widths, seed, **options)
    narrow = spectrum(problem.hessian(reduced), error=1e-11)
    assert narrow.index == 0
    for layer in range(len(widths) - 2):
        width, n, d = widths[layer + 1], widths[layer + 2], widths[layer] + 1
        point = replicate(reduced, layer, [*range(width), 0])
        assert np.linalg.norm(problem.gradient(point)) < 1e-10
        found = spectrum(problem.hessian(point), error=1e-11)
        # a shift of all outputs does not change a softmax: one class fewer, one zero more
        shift = int(loss == "cross-entropy")
        assert found.nullity == narrow.nullity + shift + max(1, n - shift - d)
        assert found.index >= min(d, n - shift - 1)


def soft_task(widths, seed, samples, scale, **options):
    """Return a problem with a gentler teacher and normal inputs, and a minimum."""
    rng = np.random.default_rng(seed)
    d_in, *hidden, d_out = widths
    x = rng.normal(size=(samples, d_in))
    weights = [scale * rng.normal(size=s) for s in ((8, d_in), (d_out, 8))]
    y = Network(weights, [rng.normal(size=8), None])(x, options.get("activation", "generic"))
    if options.get("loss") == "cross-entropy":
        y = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    problem = Problem(x, y, **options)
    found = train(problem, hidden, seed)
    assert found.converged, found.message
    return problem, found.network


SOFTMAX = {"loss": "cross-entropy", "activation": "tanh", "biases": True}


@pytest.mark.parametrize(
    ("widths", "seed", "samples", "scale", "options", "layers", "jumps"),
    [
        ((2, 2, 3), 4, 400, 0.5, SOFTMAX, [0], False),
        pytest.param(*((2, 2, 3), 2, 400, 0.5, SOFTMAX, [0], True), marks=pytest.mark.exhaustive),
        pytest.param(*((2, 2, 2, 1), 0, 200, 1.0, {}, [0, 1], True), marks=pytest.mark.exhaustive),
    ],
)
def test_softmax_and_two_hidden_layers(widths, seed, samples, scale, options, layers, jumps):
    problem, network = soft_task(widths, seed, samples, scale, **options)
    for layer in layers:
        told = []
        point = permutation_point(problem, network, layer, 0, 1, advance=told.append)
        assert sum(told) == pytest.approx(1)
        assert point.converged
        assert max(point.gradient_norms) <= 1e-9
        assert point.gradient_norm < 1e-12
        assert bool(point.jumps) == jumps
        assert np.all(np.diff(point.distances) < 0)
        assert point.distances[-1] == 0
        assert all(far in point.distances and length > 0 for far, length in point.jumps)
        assert point.reduced_spectrum.index == 0
        softmax = "loss" in options
        n, d = widths[layer + 2] - softmax, widths[layer] + problem.biases
        assert point.hessian_nullity == point.reduced_nullity + softmax + max(1, n - d)
        assert point.derived_nullity == point.hessian_nullity
        assert point.index >= max(1, min(d, n - 1))
        assert point.miss < 0.01 * point.distances[0]
        np.testing.assert_array_equal(
            to_vector(point.through[-1]), to_vector(permute(network, layer, [1, 0]))
        )


@pytest.mark.parametrize("number", [0, 3])
def test_the_same_path_by_products(found, number):
    """Beyond the limit no Hessian is made; the same point is found."""
    problem, network, point = found(number)
    other = permutation_point(problem, network, 0, 0, 1, limit=1, tolerance=1e-9)
    assert other.loss == pytest.approx(point.loss, rel=1e-9)
    assert other.index == point.index
    assert other.converged
    assert other.jumps == ()
    np.testing.assert_allclose(to_vector(other.point), to_vector(point.point), atol=1e-5)
    np.testing.assert_allclose(
        other.spectrum.eigenvalues[:6], point.spectrum.eigenvalues[:6], atol=1e-6
    )


def test_what_a_path_takes_is_announced_and_refused_before_it_begins(found, monkeypatch):
    problem, network, _ = found(0)

    def announce(work):
        told.append(work)
        raise InterruptedError

    told = []
    with pytest.raises(InterruptedError):
        permutation_point(problem, network, 0, 0, 1, announce=announce)
    [work] = told
    assert work.bytes == path_work(problem, network).bytes
    pages = {"SC_PHYS_PAGES": work.bytes - 1, "SC_PAGE_SIZE": 1}
    monkeypatch.setattr("os.sysconf", pages.get)
    with pytest.raises(SizeLimitError, match=f"the path would take {work.bytes:,} bytes"):
        permutation_point(problem, network, 0, 0, 1)


def test_bad_arguments(found):
    problem, network, point = found(0)
    for i, j, error, message in [
        (0, 0, ValueError, "two neurons"),
        (0, 2, IndexError, "j must be one of the neurons 0, …, 1"),
        (-1, 1, IndexError, "i must be"),
        (True, 1, TypeError, "integer"),
    ]:
        with pytest.raises(error, match=message):
            permutation_point(problem, network, 0, i, j)
    with pytest.raises(IndexError, match="layer must be a hidden layer of 2-2-1"):
        permutation_point(problem, network, 1, 0, 1)
    with pytest.raises(ValueError, match="takes two"):
        permutation_point(problem, merge_neurons(network, 0, 0, 1), 0, 0, 1)
    off = Network([network.weights[0] + 0.1, network.weights[1]])
    with pytest.raises(ValueError, match=r"norm of its gradient is \d"):
        permutation_point(problem, off, 0, 0, 1)
    with pytest.raises(ValueError, match="saddle"):
        permutation_point(problem, point.point, 0, 0, 1)
    with pytest.raises(ValueError, match="tolerance"):
        permutation_point(problem, network, 0, 0, 1, tolerance=0)
    with pytest.raises(TypeError, match="Problem"):
        permutation_point(None, network, 0, 0, 1)
    with pytest.raises(ValueError, match="disjoint"):
        successive_permutation_points(problem, network, 0, [(0, 1), (1, 0)])
    with pytest.raises(ValueError, match="permutation"):
        valley(problem, point, [0, 0])
    with pytest.raises(ValueError, match="shape"):
        point.share([1.0])


@pytest.mark.exhaustive
def test_a_path_to_infinity_is_an_error():
    problem, network = task((1, 2, 3), 2)
    with pytest.raises(NoCollisionError, match="another pair") as caught:
        permutation_point(problem, network, 0, 0, 1)
    assert "neuron 0 of layer 0 becoming steeper without end" in str(caught.value)


def test_a_path_to_infinity_ends_in_a_named_channel():
    problem, network = task((2, 3, 2), 0)
    with pytest.raises(NoCollisionError, match="with the limit loss") as caught:
        permutation_point(problem, network, 0, 0, 1)
    assert "in a channel to infinity (layer 0, neurons 0, 1)" in str(caught.value)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_index_is_that_of_the_spectrum(found, number):
    """The inertia from small matrices against all eigenvalues."""
    _, _, point = found(number)
    assert point.inertia.widths == point.point.widths
    assert point.index == point.spectrum.index is not None
    assert point.inertia.nullity == point.spectrum.nullity


def test_no_weight_decay():
    problem = Problem([[1.0], [2.0]], [[0.0], [1.0]], weight_decay=0.1)
    with pytest.raises(ValueError, match="problem must have no weight decay"):
        permutation_point(problem, Network([np.ones((2, 1)), np.ones((1, 2))]), 0, 0, 1)
