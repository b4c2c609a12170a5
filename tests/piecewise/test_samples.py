"""Tangent sensitivities of samples in floats, against the exact ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from critcount.piecewise import (
    sample_sensitivities,
    tangent_sensitivity,
)
from tests.piecewise.examples import random_network


@pytest.mark.parametrize("widths", [(1, 3, 1), (2, 4, 3, 1), (3, 4, 4, 4, 2)])
def test_samples_are_the_exact_values_to_rounding(widths):
    network = random_network(widths, 4)
    x = np.random.default_rng(5).normal(size=(40, widths[0]))
    exact = [float(tangent_sensitivity(network, at=point)) for point in x]
    assert np.allclose(sample_sensitivities(network, x), exact, rtol=1e-11, atol=0)


def test_samples_are_what_automatic_differentiation_says():
    jax = pytest.importorskip("jax")
    network = random_network((5, 8, 7, 3), 2)
    x = np.random.default_rng(3).normal(size=(4, 5))

    def output(parameters, point):
        *hidden, last = parameters
        for weight, bias in hidden:
            point = jax.nn.relu(weight @ point + bias)
        return last[0] @ point + last[1]

    with jax.enable_x64(True):
        parameters = list(zip(network.weights, network.biases, strict=True))
        mixed = jax.jacfwd(jax.jacrev(output), argnums=1)
        expected = [
            sum(float((leaf**2).sum()) for leaf in jax.tree.leaves(mixed(parameters, point)))
            for point in x
        ]
    assert np.allclose(sample_sensitivities(network, x), expected, rtol=1e-12, atol=0)


def test_batches_of_samples(monkeypatch):
    network = random_network((3, 5, 1), 0)
    x = np.random.default_rng(0).normal(size=(11, 3))
    whole = sample_sensitivities(network, x)
    monkeypatch.setattr("critcount.piecewise.samples.JACOBIAN_NUMBERS", 40)
    assert np.allclose(sample_sensitivities(network, x), whole, rtol=1e-13, atol=0)
    assert sample_sensitivities(network, np.zeros((0, 3))).shape == (0,)


@pytest.mark.parametrize("x", [[1.0, 2.0], [[1.0]], [[1.0, math.nan]], [[[1.0, 2.0]]]])
def test_bad_samples(x):
    with pytest.raises(ValueError, match="x must"):
        sample_sensitivities(random_network((2, 3, 1), 0), x)
