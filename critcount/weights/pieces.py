"""The pieces of a path of networks: straight lines, and curves with a closed form.

A piece is evaluated at any t from 0 to 1 by its formula, so that a point on a curve computes the
function as exactly as the curve's ends do. Where vertices are asked for, a curve has 32 of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from critcount._support.types import Array
from critcount.activations import Activation
from critcount.weights.network import Network, interpolate

__all__ = [
    "CURVE_VERTICES",
    "Exponents",
    "Hyperbola",
    "IdleShift",
    "Piece",
    "ScalingCurve",
    "Straight",
    "Stretch",
    "backwards",
    "divided",
]

#: Vertices on a curve.
CURVE_VERTICES = 32


class Piece(Protocol):
    """A stretch of a path."""

    def at(self, t: float) -> Network:
        """Return the point t of it, 0 ≤ t ≤ 1."""
        ...


@dataclass(frozen=True)
class Straight:
    """The straight line between two networks."""

    start: Network
    end: Network

    def at(self, t: float) -> Network:
        """Return the point t of it."""
        return interpolate(self.start, self.end, t)


@dataclass(frozen=True)
class ScalingCurve:
    """The curve on which incoming weights are divided by their scales, for σ(ρz) = ρσ(z).

    Attributes
    ----------
    network : Network
    scales : tuple of numpy.ndarray
        Of every hidden layer, positive.
    """

    network: Network
    scales: tuple[Array, ...]

    def at(self, t: float) -> Network:
        """Return the point t of it: incoming weights over scale^t, outgoing ones times that."""
        weights, biases = list(self.network.weights), list(self.network.biases)
        for k, scale in enumerate(self.scales):
            bias, factor = biases[k], scale**-t
            weights[k] = weights[k] * factor[:, None]
            biases[k] = None if bias is None else bias * factor
            weights[k + 1] = weights[k + 1] / factor
        return Network._trusted(weights, biases, self.network.precision, self.network.activation)


@dataclass(frozen=True)
class Exponents:
    """The curve on which biases of exponentials go to others, for e^(z + b) = e^b e^z.

    They go to 0 where no constant comes from the layer below, and to minus the constant
    elsewhere.
    """

    network: Network
    goal: Network

    def at(self, t: float) -> Network:
        """Return the point t of it: biases b - tc, outgoing weights times e^(tc)."""
        weights, biases = list(self.network.weights), list(self.network.biases)
        for k in range(len(weights) - 1):
            bias, last = biases[k], self.goal.biases[k]
            if bias is not None and last is not None:
                weights[k + 1] = weights[k + 1] * np.exp(t * (bias - last))
                biases[k] = (1 - t) * bias + t * last
        return Network._trusted(weights, biases, self.network.precision, self.network.activation)


@dataclass(frozen=True)
class Hyperbola:
    """The curve of an opposite pair (±v, ±b) with the weights ±s on which s v stays.

    Attributes
    ----------
    network : Network
        One hidden layer.
    pair : (int, int)
        Neurons with opposite incoming weights and biases, and opposite outgoing weights.
    ratio : float
        By what v has grown, and s shrunk, at t = 1; positive.
    slope : float
        λ of σ(z) - σ(-z) = 2λz.
    biased : bool
        Whether b goes with v; otherwise the output bias makes up for the change of s b.
    """

    network: Network
    pair: tuple[int, int]
    ratio: float
    slope: float
    biased: bool

    def at(self, t: float) -> Network:
        """Return the point t of it."""
        (incoming, outgoing), (bias, end) = map(list, (self.network.weights, self.network.biases))
        neurons, factor = list(self.pair), self.ratio**t
        incoming, outgoing = np.array(incoming), np.array(outgoing)
        incoming[neurons] *= factor
        outgoing[:, neurons] /= factor
        if bias is not None and self.biased:
            bias = np.array(bias)
            bias[neurons] *= factor
        elif bias is not None and end is not None:
            change = self.network.weights[1][:, neurons] - outgoing[:, neurons]
            end = end + self.slope * (change @ bias[neurons])
        return Network._trusted(
            [incoming, outgoing], [bias, end], self.network.precision, self.network.activation
        )


@dataclass(frozen=True)
class IdleShift:
    """The curve of an idle neuron whose bias moves while a σ(b) stays.

    Attributes
    ----------
    network : Network
        One hidden layer.
    neuron : int
        With incoming weights of zero.
    bias : float
        Its bias at t = 1; σ must not vanish on the way.
    activation : Activation
    """

    network: Network
    neuron: int
    bias: float
    activation: Activation

    def at(self, t: float) -> Network:
        """Return the point t of it."""
        start = self.network.biases[0]
        if start is None:
            return self.network
        bias, outgoing = np.array(start), np.array(self.network.weights[1])
        before = bias[self.neuron]
        bias[self.neuron] = (1 - t) * before + t * self.bias
        values = self.activation(np.array([before, bias[self.neuron]]))
        outgoing[:, self.neuron] *= values[0] / values[1]
        return Network._trusted(
            [self.network.weights[0], outgoing],
            [bias, self.network.biases[1]],
            self.network.precision,
            self.network.activation,
        )


@dataclass(frozen=True)
class Stretch:
    """A piece between two of its points; backwards when `high` is less than `low`."""

    piece: Piece
    low: float
    high: float

    def at(self, t: float) -> Network:
        """Return the point t of the stretch."""
        return self.piece.at((1 - t) * self.low + t * self.high)


def divided(piece: Piece) -> Iterator[Piece]:
    """Yield a straight piece as it is, and a curve in 31 parts."""
    if isinstance(piece, Straight):
        yield piece
        return
    places = [i / (CURVE_VERTICES - 1) for i in range(CURVE_VERTICES)]
    for low, high in itertools.pairwise(places):
        yield Stretch(piece, low, high)


def backwards(piece: Piece) -> Piece:
    """Return the piece from its end to its start."""
    if isinstance(piece, Straight):
        return Straight(piece.end, piece.start)
    if isinstance(piece, Stretch):
        return Stretch(piece.piece, piece.high, piece.low)
    return Stretch(piece, 1.0, 0.0)
