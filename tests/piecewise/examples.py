"""Networks for the tests of this folder: degenerate ones first."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from critcount import Network
from critcount.piecewise import RationalNetwork

#: name → (network with one input, its knots)
ONE_INPUT = {
    "dead neuron": (RationalNetwork([[[0]], [[1]]], [[1], [0]]), []),
    "zero output": (RationalNetwork([[[1]], [[0]]], [[0], [5]]), []),
    "equal neurons": (RationalNetwork([[[1], [1]], [[1, 2]]], [[-1, -1], [0]]), [1]),
    "equal neurons that cancel": (RationalNetwork([[[2], [1]], [[1, -2]]], [[0, 0], [0]]), []),
    "a line by two": (RationalNetwork([[[1], [-1]], [[1, -1]]], [[0, 0], [0]]), []),
    "knots that coincide": (
        RationalNetwork(
            [[[1], [1]], [[1, 0], [1, 0], [0, 1]], [[1, 1, 1]]], [[0, -1], [-1, 0, 0], [0]]
        ),
        [0, 1],
    ),
    "second layer constant": (RationalNetwork([[[1]], [[0]], [[1]]], [[0], [1], [0]]), []),
    "flat where it is zero": (RationalNetwork([[[1]], [[1]], [[1]]], [[0], [0], [0]]), [0]),
    "never below": (RationalNetwork([[[1]], [[1]], [[1]]], [[0], [1], [0]]), [0]),
    "always below": (RationalNetwork([[[1]], [[-1]], [[1]]], [[0], [-1], [0]]), []),
    "clamp": (RationalNetwork([[[-1]], [[-1]], [[1]]], [[1], [1], [0]]), [0, 1]),
    "touches zero": (
        RationalNetwork([[[1], [-1]], [[1, 1]], [[1]]], [[0, 0], [0], [0]]),
        [0],
    ),
    "hat": (RationalNetwork([[[1], [1], [1]], [[1, -2, 1]]], [[0, -1, -2], [0]]), [0, 1, 2]),
    "thirds": (
        RationalNetwork([[[1]], [[Fraction(1, 3)], [-1]], [[1, 1]]], [[0], [-1, 2], [0]]),
        [0, 2, 3],
    ),
}


def random_network(widths, seed, *, whole=None):
    """Normal weights; with `whole`, small integers up to it: degenerate more often than not."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        if whole is not None:
            return rng.integers(-whole, whole + 1, shape)
        return rng.normal(size=shape)

    pairs = list(itertools.pairwise(widths))
    return Network([draw(b, a) for a, b in pairs], [draw(b) for _, b in pairs])


def layers(network):
    """A network as the oracles take it."""
    rational = network if isinstance(network, RationalNetwork) else RationalNetwork.of(network)
    return [
        ([list(row) for row in weights], list(biases))
        for weights, biases in zip(rational.weights, rational.biases, strict=True)
    ]


def one_layer(weights, biases):
    """Return the network of one hidden layer whose outputs are the sum of its neurons."""
    return RationalNetwork([weights, [[1] * len(weights)]], [biases, [0]])
