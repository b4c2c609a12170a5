"""The loss and its derivatives, against finite differences with 60 digits."""

import pickle
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

import critcount.landscape._kernels as kernels
from critcount import Network, SizeLimitError
from critcount.landscape import Problem, to_network, to_vector
from critcount.landscape import problem as module
from tests.oracles import landscape_finite_differences as oracle


def random_network(rng, widths, biases=None, scale=1.0):
    biases = [False] * (len(widths) - 1) if biases is None else biases
    return Network(
        [scale * rng.normal(size=(b, a)) for a, b in pairwise(widths)],
        [
            scale * rng.normal(size=width) if bias else None
            for width, bias in zip(widths[1:], biases, strict=True)
        ],
    )


def random_problem(rng, d_in, d_out, activation="generic", loss="mse", samples=4):
    targets = rng.normal(size=(samples, d_out))
    if loss == "cross-entropy":
        targets = np.exp(targets) / np.exp(targets).sum(axis=1, keepdims=True)
    return Problem(rng.normal(size=(samples, d_in)), targets, activation, loss)


CASES = [
    *(
        ((1, 2, 2), (True, True), name, loss)
        for name in module.ACTIVATIONS
        for loss in module.LOSSES
        if loss == "mse" or name in ("generic", "tanh", "softplus")
    ),
    ((2, 2, 1), (False, False), "generic", "mse"),
    ((2, 2, 1, 2), (True, False, True), "tanh", "cross-entropy"),
    ((1, 1, 2, 1, 2), (False, True, False, True), "generic", "mse"),
]


@pytest.mark.parametrize(("widths", "biases", "activation", "loss"), CASES, ids=str)
def test_derivatives(widths, biases, activation, loss):
    rng = np.random.default_rng([len(widths), len(activation)])
    problem = random_problem(rng, widths[0], widths[-1], activation, loss, samples=2)
    network = random_network(rng, widths, biases)
    value, gradient, hessian = oracle.derivatives(
        to_vector(network), widths, biases, problem.inputs, problem.targets, activation, loss
    )
    close = {"rtol": 1e-11, "atol": 1e-13 * (1 + np.abs(hessian).max())}
    np.testing.assert_allclose(problem.loss(network), value, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(problem.gradient(network), gradient, **close)
    found = problem.hessian(network)
    np.testing.assert_allclose(found, hessian, **close)
    np.testing.assert_array_equal(found, found.T)


def test_jacobian():
    rng = np.random.default_rng(2)
    problem = random_problem(rng, 2, 3, "tanh", samples=5)
    network = random_network(rng, (2, 4, 3), (True, False))
    jacobian = problem.jacobian(network)
    assert jacobian.shape == (15, 24)
    vector, step = to_vector(network), 1e-5
    for k in range(24):
        move = step * np.eye(24)[k]
        up, down = (
            to_network(vector + sign * move, network)(problem.inputs, "tanh") for sign in (1, -1)
        )
        np.testing.assert_allclose(jacobian[:, k], ((up - down) / (2 * step)).ravel(), atol=1e-9)
    residuals = problem.at(network).residuals(vector)
    np.testing.assert_allclose(problem.gradient(network), 2 * residuals @ jacobian / 5, rtol=1e-12)


def test_the_blocks_of_a_hessian_make_the_whole(monkeypatch):
    rng = np.random.default_rng(3)
    problem = random_problem(rng, 2, 2, samples=6)
    network = random_network(rng, (2, 5, 2), (True, True))
    whole = problem.hessian(network)
    monkeypatch.setattr(module, "MEMORY", 5000)  # two rows at a time, of 27
    assert len(whole) == 27
    np.testing.assert_allclose(problem.hessian(network), whole, rtol=1e-12, atol=1e-14)


def test_an_asymmetric_hessian_is_an_error(monkeypatch):
    rng = np.random.default_rng(3)
    problem = random_problem(rng, 2, 1)
    network = random_network(rng, (2, 2, 1))
    right = kernels.products

    def wrong(*args, **names):
        return np.array(right(*args, **names)) + np.triu(np.full((6, 6), 1e-6))

    monkeypatch.setattr(kernels, "products", wrong)
    with pytest.raises(ArithmeticError, match="the Hessian is not symmetric"):
        problem.hessian(network)


def test_weights_that_overflow():
    problem = Problem([[1.0]], [[1.0]], "exp")
    network = Network([[[800.0]], [[1.0]]])
    assert problem.loss(network) == np.inf
    with pytest.raises(ArithmeticError, match="the Hessian is not finite"):
        problem.hessian(network)


def test_the_size_of_a_hessian():
    problem = Problem(np.zeros((1, 50)), np.zeros((1, 50)))
    network = Network([np.zeros((51, 50)), np.zeros((50, 51))])
    with pytest.raises(
        SizeLimitError,
        match=r"5,100 rows \(208,080,000 bytes, .*\), past the limit of 5,000: raise limit",
    ):
        problem.hessian(network)
    with pytest.raises(SizeLimitError, match=r"5,100 rows .*, past the limit of 5,099"):
        problem.hessian(network, limit=5099)


def test_jax_elsewhere_keeps_its_precision():
    import jax.numpy as jnp

    problem = Problem([[1.0]], [[1.0]])
    problem.hessian(Network([[[1.0]], [[1.0]]]))
    assert jnp.zeros(1).dtype == jnp.float32


def test_classes_and_their_probabilities():
    x = np.random.default_rng(0).normal(size=(4, 2))
    classes = Problem(x, [0, 2, 1, 2], loss="cross-entropy")
    assert classes.d_out == 3
    np.testing.assert_array_equal(classes.targets, np.eye(3)[[0, 2, 1, 2]])
    network = random_network(np.random.default_rng(1), (2, 2, 3))
    logits = network(x, "generic")
    expected = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(4), [0, 2, 1, 2]]
    assert classes.loss(network) == pytest.approx(expected.mean(), rel=1e-13)


def test_a_problem_is_immutable():
    x = np.zeros((2, 1))
    problem = Problem(x, x + 1)
    x[0] = 9.0
    assert problem.inputs[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        problem.inputs[0, 0] = 1.0
    with pytest.raises(AttributeError, match="immutable"):
        problem.loss = 3
    with pytest.raises(AttributeError, match="immutable"):
        del problem._loss


def test_a_problem_in_another_process():
    rng = np.random.default_rng(0)
    problem = Problem(rng.normal(size=(3, 2)), [0, 1, 1], "tanh", "cross-entropy", biases=True)
    again = pickle.loads(pickle.dumps(problem))
    assert repr(again) == repr(problem)
    assert "3 samples, 2 inputs, 2 outputs: tanh, cross-entropy, biases" in repr(again)
    network = random_network(rng, (2, 2, 2))
    assert again.loss(network) == problem.loss(network)


ONE = np.ones((2, 1))


BAD = [
    ((ONE, ONE, "step"), ValueError, "activation must be one of '"),
    ((ONE, ONE, np.tanh), TypeError, "activation must be given by name"),
    ((ONE, ONE, "tanh", "hinge"), ValueError, "loss must be one of 'mse', 'cross-entropy'"),
    ((ONE, ONE, "tanh", "mse", 1), TypeError, "biases must be True or False, not 1"),
    ((ONE, np.ones((3, 1))), ValueError, "targets must be one for each of the 2 inputs, not 3"),
    ((ONE[:, 0], ONE), ValueError, r"inputs must have shape \(samples, d_in\), not \(2,\)"),
    ((ONE, ONE[:, 0]), ValueError, r"targets\[:, None\] makes it one number a sample"),
    ((np.ones((0, 1)), ONE), ValueError, "inputs must hold one sample or more"),
    ((ONE, [[1.0], [np.inf]]), ValueError, r"targets\[1, 0\] must be finite, not inf"),
    (("ab", ONE), TypeError, "inputs must be a rectangular array of real numbers"),
    (([[1], [1, 2]], ONE), TypeError, "inputs must be a rectangular array of real numbers"),
    ((ONE * 1j, ONE), TypeError, "inputs must be a rectangular array of real numbers"),
    ((ONE > 0, ONE), TypeError, "inputs must be a rectangular array of real numbers"),
    ((ONE, [0.0, 1.0], "tanh", "cross-entropy"), TypeError, "targets must be classes"),
    ((ONE, [0, -1], "tanh", "cross-entropy"), ValueError, "classes from 0, not -1"),
    ((ONE, [0, 10**9], "tanh", "cross-entropy"), SizeLimitError, "1,000,000,001 classes"),
    ((ONE, 0.4 * np.ones((2, 2)), "tanh", "cross-entropy"), ValueError, "with the sum 1"),
    ((ONE, [[2.0, -1.0]] * 2, "tanh", "cross-entropy"), ValueError, "row not negative"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_data(arguments, error, message):
    with pytest.raises(error, match=message) as raised:
        Problem(*arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("method", ["loss", "gradient", "hessian", "jacobian"])
def test_bad_networks(method):
    problem = Problem(np.ones((3, 2)), np.ones((3, 1)))
    with pytest.raises(ValueError, match="network must have 2 inputs and 1 outputs, as the data"):
        getattr(problem, method)(Network([np.ones((2, 3)), np.ones((1, 2))]))
    with pytest.raises(TypeError, match="network must be a Network"):
        getattr(problem, method)(np.ones(3))


def test_without_jax():
    code = (
        "import sys; sys.modules['jax'] = None\n"
        "import critcount.landscape\n"
        "from critcount.landscape import Problem, to_vector, train\n"
        "try:\n"
        "    Problem([[1.0]], [[1.0]])\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "critcount.landscape needs JAX: pip install 'critcount[landscape]'\n"
    assert not done.stderr
