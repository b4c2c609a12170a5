"""Embeddings keep the function and use all the freedom that there is."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from critcount import Architecture, Configuration
from critcount.weights.subspaces import embed
from tests.oracles.weights_linear_algebra import (
    output,
)
from tests.weights.test_subspaces import PROPERTY, pairs, random_network


@PROPERTY
@given(pairs())
def test_embedding_keeps_the_function(case):
    rng, network, a, _ = case
    student = embed(network, a, rng)
    assert student.architecture == Architecture(
        [network.widths[0], *(c.m for c in a), network.widths[-1]]
    )
    x = rng.normal(size=network.widths[0])

    def sigma(z):
        return 1 / (1 + np.exp(-4 * z)) + np.log1p(np.exp(z))

    expected = output(network.weights, network.biases, x, sigma)
    np.testing.assert_allclose(student(x, "generic"), expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        output(student.weights, student.biases, x, sigma), expected, rtol=1e-10, atol=1e-10
    )


def test_embedding_uses_the_freedom_of_deeper_layers():
    network = random_network(np.random.default_rng(0), [2, 2, 2, 1])
    c = Configuration.from_word([0, 1, 0], 2)
    student = embed(network, [c, c], 0)
    assert np.abs(student.weights[1][0] - student.weights[1][2]).max() > 0.1
    same = embed(network, [c, c], 0, scale=0)
    np.testing.assert_array_equal(same.weights[1][0], same.weights[1][2])
