"""What JAX computes, for every activation: outputs, and derivatives far out."""

import numpy as np
import pytest

import critcount.landscape._kernels as kernels
from critcount import Network
from critcount.landscape import Problem, to_vector
from critcount.landscape import problem as module
from tests.landscape.test_problem import random_network, random_problem
from tests.oracles import landscape_finite_differences as oracle


def test_the_oracle_has_every_activation():
    assert set(oracle.ACTIVATIONS) == set(module.ACTIVATIONS) == set(kernels.JAX_ACTIVATIONS)


@pytest.mark.parametrize(
    "activation", ["generic", "tanh", "sigmoid", "softplus", "erf", "exp", "silu"]
)
def test_derivatives_far_out(activation):
    # where a sum of exponentials would overflow or cancel
    x = np.array([[-30.0], [30.0]]) if activation != "exp" else np.array([[-30.0], [3.0]])
    problem = Problem(x, [[0.5], [1.0]], activation)
    network = Network([[[1.5], [-0.5]], [[1.0, -2.0]]])
    value, gradient, hessian = oracle.derivatives(
        to_vector(network), (1, 2, 1), (False, False), x, problem.targets, activation, "mse"
    )
    np.testing.assert_allclose(problem.loss(network), value, rtol=1e-13)
    # 1 - tanh² is off by some units of rounding, multiplied with residuals and, in each
    # derivative, an input
    scale = 2e-15 * np.abs(gradient).max()
    np.testing.assert_allclose(problem.gradient(network), gradient, rtol=1e-11, atol=30 * scale)
    np.testing.assert_allclose(problem.hessian(network), hessian, rtol=1e-11, atol=900 * scale)


@pytest.mark.parametrize("activation", module.ACTIVATIONS)
def test_the_outputs_are_those_of_the_network(activation):
    rng = np.random.default_rng(5)
    problem = random_problem(rng, 3, 2, activation, samples=7)
    network = random_network(rng, (3, 4, 5, 2), (True, False, True), scale=0.5)
    errors = network(problem.inputs, activation) - problem.targets
    assert problem.loss(network) == pytest.approx((errors**2).sum() / 7, rel=1e-13)
    np.testing.assert_allclose(
        problem.at(network).residuals(to_vector(network)), errors.ravel(), rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize("loss", ["mse", "cross-entropy"])
def test_products_block_by_block(loss):
    """Of so many samples that the last block is not full: the mean of those of two parts."""
    rng = np.random.default_rng(8)
    x, classes = rng.normal(size=(701, 2)), rng.integers(3, size=701)
    y = classes if loss == "cross-entropy" else rng.normal(size=(701, 3))
    network = random_network(rng, (2, 5, 3), (True, True), scale=0.5)
    assert 701 * 33 > kernels.PAIRS > 400 * 33
    assert 701 % 2

    def hessian(part, decay):
        return Problem(x[part], y[part], "tanh", loss, weight_decay=decay).hessian(network)

    parts = [(400, slice(400)), (301, slice(400, 701))]
    mean = sum(number * hessian(part, 0.0) for number, part in parts) / 701
    np.testing.assert_allclose(hessian(slice(None), 0.5), mean + 0.5 * np.eye(33), atol=1e-14)
