"""Networks with the most knots that are known, in integers.

The gadgets of `critcount.piecewise.sweeps` as weights. A read-out φ is an affine function of the
last layer that sweeps [0, 12] again and again; beyond the interval it goes on in the same
direction. All weights are integers that do not grow with the depth.
"""

from __future__ import annotations

from itertools import pairwise

from critcount._support import checks
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.piecewise.maxima import hidden_widths
from critcount.piecewise.rational import RationalNetwork
from critcount.piecewise.sweeps import Gadget, plan

__all__ = ["most_knots_network"]

#: A read-out: an integer for each neuron of the last layer, and one more.
Affine = tuple[list[int], int]
#: A layer as neurons (slope, offset): max(slope φ + offset, 0).
OfReadOut = list[tuple[int, int]]

#: Every sweep covers the interval from 0 to this.
HEIGHT = 12


def most_knots_network(architecture: ArchitectureLike, *, limit: int = 10**6) -> RationalNetwork:
    """Return a network with as many knots as the lower bound of `max_knots` says.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        With one input. Every output has all knots of the last layer.
    limit : int
        The most weights and biases.

    Returns
    -------
    RationalNetwork
        All its numbers are integers, so that `network()` holds it in float64.

    Raises
    ------
    TypeError, ValueError
        When it is no architecture, or has more than one input.
    SizeLimitError
        When it has more parameters than `limit`.

    Notes
    -----
    *Derived.*

    Examples
    --------
    >>> from critcount.piecewise import count_knots, max_knots
    >>> network = most_knots_network("1-3-3-1")
    >>> count_knots(network), max_knots("1-3-3-1").exact
    (15, 15)
    >>> network.network().weights[0].T, network.network().biases[0]
    (array([[ 3.,  3., -3.]]), array([-3., -9., 21.]))
    """
    architecture = as_architecture(architecture)
    hidden = hidden_widths(architecture)
    widths = architecture.widths
    number = sum((a + 1) * b for a, b in pairwise(widths))
    checks.size("the network", number, limit, "parameters", "raise limit")
    weights: list[list[list[int]]] = []
    biases: list[list[int]] = []
    readout: Affine = ([1], 0)
    for gadget in plan(hidden).gadgets:
        for layer, readout_of_layer in _layers(gadget, readout):
            weights.append([row for row, _ in layer])
            biases.append([bias for _, bias in layer])
            readout = readout_of_layer
    row, constant = readout
    outputs = range(1, architecture.d_out + 1)
    weights.append([[k * w for w in row] for k in outputs])
    biases.append([k * constant for k in outputs])
    return RationalNetwork(weights, biases)


def _layers(gadget: Gadget, readout: Affine) -> list[tuple[list[Affine], Affine]]:
    """Return the layers of a gadget, each with the read-out of it that the next may use."""
    kind = gadget.kind
    if kind == "fold":
        neurons, after = _fold(gadget.width)
        return [(_on(readout, neurons), after)]
    if kind == "cross":
        neurons, after = _cross(gadget.width)
        return [(_on(readout, neurons), after)]
    if kind == "vee":
        return [(_on(readout, [(1, -8), (-1, 4)]), ([3, 3], 0))]
    if kind == "above":
        return [(_on(readout, [(1, -6)]), ([2], 0))]
    if kind == "below":
        return [(_on(readout, [(-1, 6)]), ([2], 0))]
    if kind == "pass":
        return [(_on(readout, [(1, 0)]), ([1], 0))]
    if kind == "double vee":
        first = _on(readout, [(-8, 15), (8, -9)])
        second: list[Affine] = [([-2, -1], 28), ([16, 3], -48)]
        return [(first, ([0, 0], 0)), (second, ([9, 1], -178))]
    if kind == "crests":
        first = _on(readout, [(10, -35), (-10, 43)])
        second = [([-2, -3], 120), ([2, 2], -64), ([3, 4], -48)]
        return [
            (first, ([0, 0], 0)),
            (second, ([-1, 1, -1], 100)),
            (_on(([-1, 1, -1], 100), [(1, 0)]), ([3], 0)),  # crests of 4 and more, a kink at 4
        ]
    # a vee with the corner (3, 4) and a kink at (4, 5), doubled and cut to the levels 9 to 30
    first = _on(readout, [(1, -3), (-1, 4)])
    return [
        (first, ([10, 8], 0)),
        (_on(([10, 8], 0), [(-1, 30)]), ([1], 0)),
        (_on(([1], 0), [(-1, 21)]), ([12], 0)),  # the kink is at 1, beyond 12 when stretched
    ]


def _on(readout: Affine, neurons: OfReadOut) -> list[Affine]:
    """Return the neurons max(slope φ + offset, 0) as rows and biases on the last layer."""
    row, constant = readout
    return [([slope * w for w in row], slope * constant + offset) for slope, offset in neurons]


def _fold(width: int) -> tuple[OfReadOut, Affine]:
    """Return neurons for the slopes 4, -2, 1, -3, 2, -2, … over the lengths 3, 6, 12, 4, 6, 6, ….

    Every piece rises or falls by 12. The third neuron looks to the left, which gives the first
    piece its slope: 4 is minus the change of slope at the third knot, 1 - (-3).
    """
    slopes = [4, -2, 1, -3] + [2 if j % 2 else -2 for j in range(1, width - 2)]
    lengths = [HEIGHT // abs(s) for s in slopes]
    knots = [sum(lengths[: j + 1]) for j in range(width)]
    stretch = -(-sum(lengths) // HEIGHT)
    neurons = [(stretch, -x) for x in knots]
    neurons[2] = (-stretch, knots[2])
    changes = [b - a for a, b in pairwise(slopes)]
    return neurons, (changes, -changes[2] * knots[2])


def _cross(width: int) -> tuple[OfReadOut, Affine]:
    """A knot on every sweep for each neuron; the read-out rises everywhere with φ.

    The neuron with the highest threshold looks down, so that one at least is active everywhere.
    """
    neurons = [(width + 1, -HEIGHT * i) for i in range(1, width)]
    return [*neurons, (-width - 1, HEIGHT * width)], ([1] * (width - 1) + [-width], 0)
