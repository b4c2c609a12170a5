"""Neurons permuted, copied and merged."""

import numpy as np
import pytest

from critcount import Network

pytest.importorskip("jax")
from critcount.landscape import (
    permute,
    to_vector,
)
from critcount.landscape.neurons import merge_neurons, replicate


def test_neurons():
    network = Network([np.arange(6.0).reshape(3, 2), np.arange(6.0).reshape(2, 3)])
    x = np.random.default_rng(0).normal(size=(5, 2))
    wide = replicate(network, 0, [0, 1, 1, 2, 1])
    np.testing.assert_allclose(wide(x, "tanh"), network(x, "tanh"), rtol=1e-13)
    moved = permute(network, 0, [2, 0, 1])
    np.testing.assert_array_equal(moved.weights[0][2], network.weights[0][0])
    np.testing.assert_allclose(moved(x, "tanh"), network(x, "tanh"), rtol=1e-13)
    back = merge_neurons(replicate(network, 0, [0, 1, 2, 1]), 0, 1, 3)
    np.testing.assert_array_equal(to_vector(back), to_vector(network))
