"""Networks as vectors and back."""

import numpy as np
import pytest

from critcount import Network
from critcount.landscape import to_network, to_vector


def test_order_of_the_vector():
    network = Network(
        [[[1.0, 2.0], [3.0, 4.0]], [[7.0, 8.0]], [[10.0]]], [[5.0, 6.0], [9.0], None]
    )
    np.testing.assert_array_equal(to_vector(network), np.arange(1.0, 11.0))
    back = to_network(np.arange(1.0, 11.0), network)
    for one, other in zip(
        (*network.weights, *network.biases), (*back.weights, *back.biases), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert back.biases[2] is None


def test_a_vector_is_a_copy():
    network = Network([[[1.0]], [[2.0]]])
    vector = to_vector(network)
    vector[0] = 7.0
    other = to_network(vector, network)
    vector[1] = 8.0
    assert network.weights[0][0, 0] == 1.0
    assert (other.weights[0][0, 0], other.weights[1][0, 0]) == (7.0, 2.0)


def test_bad_vectors():
    network = Network([[[1.0]], [[2.0]]])
    with pytest.raises(ValueError, match=r"vector must have shape \(2,\), not \(3,\)"):
        to_network(np.zeros(3), network)
    with pytest.raises(ValueError, match=r"weights\[1\]\[0, 0\] must be finite"):
        to_network([1.0, np.nan], network)
    with pytest.raises(TypeError, match="like must be a Network"):
        to_network(np.zeros(2), "2-1")
    with pytest.raises(TypeError, match="network must be a Network"):
        to_vector(np.zeros(2))
