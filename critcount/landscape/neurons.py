"""Neurons of a hidden layer exchanged, merged and replicated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from critcount._support import checks
from critcount._support.types import Array, Indices
from critcount.architecture import widths_text
from critcount.landscape.vectors import to_network, to_vector
from critcount.weights.network import Network, require_network

__all__ = [
    "merge_neurons",
    "permute",
    "positions",
    "replicate",
    "require_layer",
    "require_pair",
    "require_pairs",
    "take",
    "with_biases",
]


def permute(network: Network, layer: int, permutation: Iterable[int]) -> Network:
    """Return the network with the neurons of a hidden layer in another order.

    It computes the same function.

    Parameters
    ----------
    network : Network
    layer : int
        A hidden layer, from 0.
    permutation : iterable of int
        Neuron i moves to place permutation[i], as in `critcount.Configuration.permute`.

    Returns
    -------
    Network

    Raises
    ------
    TypeError, ValueError, IndexError
        When there is no such layer, or it is no permutation of the layer's neurons.

    Examples
    --------
    >>> network = Network([[[1.0], [2.0], [3.0]], [[4.0, 5.0, 6.0]]])
    >>> moved = permute(network, 0, [1, 2, 0])
    >>> moved.weights[0].ravel(), moved.weights[1].ravel()
    (array([3., 1., 2.]), array([6., 4., 5.]))
    """
    layer = require_layer(network, layer)
    width = network.widths[layer + 1]
    places = checks.integers("permutation", permutation)
    if sorted(places) != list(range(width)):
        raise ValueError(
            f"permutation must be one of the neurons 0, …, {width - 1} of hidden layer {layer}, "
            f"not {checks.show(places)}"
        )
    return take(network, layer, np.argsort(places))


def replicate(
    reduced: Network, layer: int, word: Sequence[int], shares: npt.ArrayLike | None = None
) -> Network:
    """Return a wider network, in which neuron s is a copy of neuron word[s].

    The copies of a neuron have its incoming weights and bias and shares of its outgoing weights
    that add up to 1, so that the function stays, and a critical point of the loss stays critical:
    the gradient of a copy is that of the neuron, for incoming weights times the share.

    Parameters
    ----------
    reduced : Network
    layer : int
        A hidden layer, from 0.
    word : sequence of int
        Every neuron of the layer must be in it.
    shares : array_like, optional
        Of shape (len(word),); by default the copies of a neuron have equal ones.

    Returns
    -------
    Network

    Examples
    --------
    >>> reduced = Network([[[1.0], [2.0]], [[4.0, 5.0]]])
    >>> replicate(reduced, 0, [0, 1, 0]).weights[1]
    array([[2., 5., 2.]])
    >>> replicate(reduced, 0, [0, 1, 0], [1.25, 1.0, -0.25]).weights[1]
    array([[ 5.,  5., -1.]])
    """
    letters = np.asarray(word)
    if shares is None:
        shares = 1 / np.bincount(letters, minlength=reduced.widths[layer + 1])[letters]
    wide = take(reduced, layer, letters)
    weights = list(wide.weights)
    weights[layer + 1] = weights[layer + 1] * np.asarray(shares, np.float64)
    return Network(weights, wide.biases)


def merge_neurons(network: Network, layer: int, i: int, j: int) -> Network:
    """Return the network with neuron j merged into neuron i, i < j, and the others as they are.

    The merged neuron has the mean of their incoming weights and biases and the sum of their
    outgoing weights.

    Examples
    --------
    >>> merge_neurons(Network([[[1.0], [2.0], [3.0]], [[4.0, 5.0, 6.0]]]), 0, 0, 2).weights
    (array([[2.], [2.]]), array([[10.,  5.]]))
    """
    rows = np.array(network.weights[layer])
    rows[i] = (rows[i] + rows[j]) / 2
    columns = np.array(network.weights[layer + 1])
    columns[:, i] += columns[:, j]
    weights, biases = list(network.weights), list(network.biases)
    weights[layer], weights[layer + 1] = rows, columns
    if (bias := biases[layer]) is not None:
        moved = np.array(bias)
        moved[i] = (moved[i] + moved[j]) / 2
        biases[layer] = moved
    return take(Network(weights, biases), layer, np.delete(np.arange(len(rows)), j))


def positions(network: Network, layer: int, neuron: int) -> Indices:
    """Return where a neuron's weights stand in the vector of all weights.

    Its incoming weights, its bias where the layer has biases, its outgoing weights.

    Examples
    --------
    >>> positions(Network([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]), 0, 1)
    array([2, 3, 5])
    """
    places = to_network(np.arange(len(to_vector(network)), dtype=np.float64), network)
    bias = places.biases[layer]
    parts = [
        places.weights[layer][neuron],
        np.zeros(0) if bias is None else bias[[neuron]],
        places.weights[layer + 1][:, neuron],
    ]
    return np.concatenate(parts).astype(np.intp)


def require_layer(network: Network, layer: int) -> int:
    """Return the number of a hidden layer, or raise TypeError or IndexError."""
    number = len(require_network("network", network).weights) - 1
    layer = checks.integer("layer", layer)
    if not 0 <= layer < number:
        hidden = "only layer 0" if number == 1 else f"the layers 0, …, {number - 1}"
        raise IndexError(
            f"layer must be a hidden layer of {widths_text(network.widths)}, which has {hidden}, "
            f"not {layer}"
        )
    return layer


def require_pairs(
    network: Network, layer: int, pairs: Iterable[Sequence[int]]
) -> tuple[tuple[int, int], ...]:
    """Return pairs of neurons of a hidden layer, the smaller first in each, or raise.

    Raises
    ------
    TypeError, ValueError, IndexError
        Not pairs; else as `require_pair`.
    """
    if not isinstance(pairs, Iterable):
        raise TypeError(f"pairs must be a list of pairs of neurons, not {checks.show(pairs)}")
    found = []
    for number, pair in enumerate(pairs):
        if isinstance(pair, str) or not isinstance(pair, Sequence | np.ndarray) or len(pair) != 2:
            raise TypeError(f"pairs[{number}] must be two neurons, not {checks.show(pair)}")
        found.append(require_pair(network, layer, *pair))
    return tuple(found)


def require_pair(network: Network, layer: int, i: int, j: int) -> tuple[int, int]:
    """Return two neurons of a hidden layer, the smaller first, or raise.

    Raises
    ------
    TypeError, ValueError, IndexError
        No integers; one neuron only; twice the same; out of range.
    """
    width = network.widths[layer + 1]
    if width < 2:
        raise ValueError(
            f"hidden layer {layer} of {widths_text(network.widths)} has {width} neuron"
            f"{'' if width == 1 else 's'}: it takes two to collide"
        )
    pair = checks.integer("i", i), checks.integer("j", j)
    for name, value in zip("ij", pair, strict=True):
        if not 0 <= value < width:
            raise IndexError(
                f"{name} must be one of the neurons 0, …, {width - 1} of hidden layer {layer}, "
                f"not {value}"
            )
    if pair[0] == pair[1]:
        raise ValueError(f"i and j must be two neurons, not {i} twice")
    return min(pair), max(pair)


def take(network: Network, layer: int, neurons: npt.NDArray[np.integer]) -> Network:
    """Return the network that has these neurons in a hidden layer, weights as they are."""
    weights, biases = list(network.weights), list(network.biases)
    weights[layer] = weights[layer][neurons]
    weights[layer + 1] = weights[layer + 1][:, neurons]
    bias: Array | None = biases[layer]
    biases[layer] = None if bias is None else bias[neurons]
    return Network(weights, biases)


def with_biases(network: Network) -> Network:
    """Return the network with biases of zero in the layers that have none."""
    biases = [
        np.zeros(len(weight)) if bias is None else bias
        for weight, bias in zip(network.weights, network.biases, strict=True)
    ]
    return Network(network.weights, biases)
