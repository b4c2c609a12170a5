"""Which networks are irreducible, and what is said of the others."""

from __future__ import annotations

import numpy as np
import pytest

from critcount import Configuration
from critcount.weights.irreducible import reducible
from critcount.weights.network import Network
from critcount.weights.subspaces import AffineSubspace
from tests.weights.test_subspaces import TEACHER


@pytest.mark.parametrize(
    ("weights", "biases", "part"),
    [
        (
            [[[1.0], [1.0]], [[1.0, 2.0]]],
            None,
            "the neurons 0 and 1 have the same incoming weights",
        ),
        ([[[1.0], [1.0]], [[1.0, 2.0]]], [[1.0, 1.0], None], "incoming weights and bias"),
        ([[[1.0], [2.0]], [[1.0, 0.0]]], None, "neuron 1 has outgoing weights of 0 only"),
        ([[[0.0], [2.0]], [[1.0, 1.0]]], [None, [1.0]], "neuron 0 .* computes a constant"),
        (
            [[[0.0], [0.0]], [[1.0, 1.0]]],
            [[1.0, 2.0], None],
            "neurons 0 and 1 .* compute a constant",
        ),
        ([[[-0.0, 1], [0.0, 1]], [[1.0, 1.0]]], None, "0 and 1 have the same"),
    ],
)
def test_reducible_networks(weights, biases, part):
    network = Network(weights, biases)
    with pytest.raises(ValueError, match=f"network must be irreducible; hidden layer 0: .*{part}"):
        AffineSubspace(network, Configuration.from_word([0, 1], 2))


def test_what_is_irreducible():
    assert reducible(TEACHER) is None
    assert reducible(Network([[[1.0], [1.0]], [[1.0, 2.0]]], [[1.0, 2.0], None])) is None
    assert reducible(Network([[[0.0], [1.0]], [[1.0, 2.0]]])) is None
    assert reducible(Network([np.ones((0, 2)), np.ones((1, 0))])) is None
    deep = Network([[[1.0]], [[1.0], [1.0]], [[1.0, 2.0]]])
    assert "hidden layer 1: the neurons 0 and 1" in reducible(deep)
