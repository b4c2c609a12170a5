"""The straight ways on which neurons change sign, one at a time, by help of a spare neuron.

For an odd or even activation (θ, a) and (-θ, ∓a) are the same neuron. A neuron with a copy, or one
of a zero-type block, is made free (weight zero), moved to the opposite of another, takes over its
weight, waits while that one turns round, and gives the weight back (*derived*). The function stays
on every straight piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from critcount._support.types import Array
from critcount.activations import Parity
from critcount.configurations.configuration import Configuration
from critcount.weights.network import Network

__all__ = ["flipped", "turning", "turning_length"]


def flipped(
    network: Network, flips: Sequence[Sequence[int]], parity: Parity, first: int = 0
) -> Network:
    """Return the network with neurons of the layers from `first` on turned round.

    >>> network = Network([[[1.0], [2.0]], [[3.0, 4.0]]])
    >>> flipped(network, [[1]], "odd").weights[1]
    array([[ 3., -4.]])
    """
    weights, biases = [np.array(w) for w in network.weights], list(network.biases)
    for k in range(first, len(weights) - 1):
        neurons, bias = list(flips[k]), biases[k]
        weights[k][neurons] *= -1
        if bias is not None:
            bias = np.array(bias)
            bias[neurons] *= -1
            biases[k] = bias
        if parity == "odd":
            weights[k + 1][:, neurons] *= -1
    return Network._trusted(weights, biases, network.precision)


def turning(
    network: Network,
    configurations: Sequence[Configuration],
    flips: Sequence[Sequence[int]],
    parity: Parity,
) -> Iterator[Network]:
    """Yield the vertices of a way from ``flipped(network, flips, parity)`` to the network.

    Parameters
    ----------
    network : Network
        On the subspace of the configurations.
    configurations : sequence of Configuration
        One for every hidden layer; with a spare neuron where there are flips.
    flips : sequence of sequence of int
        Neurons to turn, for every layer.
    parity : {"odd", "even"}

    Yields
    ------
    Network
        Both ends included; straight pieces lie between them.
    """
    yield flipped(network, flips, parity)
    for k, configuration in enumerate(configurations):
        if flips[k]:
            before = flipped(network, flips, parity, k)
            after = flipped(network, flips, parity, k + 1)
            yield from _layer(before, after, k, configuration, flips[k], parity)


def turning_length(configurations: Sequence[Configuration], flips: Sequence[Sequence[int]]) -> int:
    """Return how many vertices `turning` yields before the last; 0 without flips."""
    total = 0
    for configuration, turned in zip(configurations, flips, strict=True):
        if turned:
            spare, block = _spare(configuration)
            free = set(configuration.zero_blocks[0]) if block < 0 else {spare}
            loose = bool(free & set(turned) - {spare})
            total += 3 + loose + 4 * len(set(turned) - free)
    return total


def _layer(
    before: Network,
    after: Network,
    k: int,
    configuration: Configuration,
    flips: Sequence[int],
    parity: Parity,
) -> Iterator[Network]:
    rows, columns = _joined(before, k), np.array(before.weights[k + 1])
    factor = -1.0 if parity == "odd" else 1.0

    def point() -> Network:
        weights, biases = list(before.weights), list(before.biases)
        d = weights[k].shape[1]
        weights[k], weights[k + 1] = np.array(rows[:, :d]), np.array(columns)
        if biases[k] is not None:
            biases[k] = np.array(rows[:, d])
        return Network._trusted(weights, biases, before.precision)

    def hand(source: int, goal: int, sign: float) -> None:
        columns[:, goal] += sign * columns[:, source]
        columns[:, source] = 0

    spare, block = _spare(configuration)
    turned = set(flips)
    if block >= 0:
        fellows = configuration.replication_blocks[block]
        fellow = fellows[0] if fellows[0] != spare else fellows[1]
        hand(spare, fellow, factor if (spare in turned) != (fellow in turned) else 1.0)
        free = {spare}
    else:
        free = set(configuration.zero_blocks[0])
        columns[:, list(free)] = 0
    yield point()
    loose = sorted((free & turned) - {spare})
    if loose:
        rows[loose] *= -1
        yield point()
    for neuron in sorted(turned - free):
        rows[spare] = -rows[neuron]
        yield point()
        hand(neuron, spare, factor)
        yield point()
        rows[neuron] *= -1
        yield point()
        hand(spare, neuron, 1.0)
        yield point()
    rows[spare] = _joined(after, k)[spare]
    yield point()
    yield after


def _spare(configuration: Configuration) -> tuple[int, int]:
    """Return a neuron that can be made free, and its block: t, or -1 for Z_0."""
    if configuration.zero_blocks:
        return configuration.zero_blocks[0][0], -1
    for t, block in enumerate(configuration.replication_blocks):
        if len(block) > 1:
            return block[1], t
    raise ValueError("a layer without a spare neuron: no neuron can change its sign")


def _joined(network: Network, k: int) -> Array:
    bias = network.biases[k]
    weight = network.weights[k]
    return np.array(weight) if bias is None else np.column_stack([weight, bias])
