"""The weights of a network as one vector, and back."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from critcount._support.types import Array
from critcount.weights.network import Network, require_network

__all__ = ["MatrixShapes", "layout_of", "number_of_parameters", "to_network", "to_vector"]

#: Rows, columns and whether there is a bias, for every matrix of a network.
MatrixShapes: TypeAlias = tuple[tuple[int, int, bool], ...]


def to_vector(network: Network) -> Array:
    """Return the parameters of a network, layer by layer: the matrix by rows, then its bias.

    Parameters
    ----------
    network : Network

    Returns
    -------
    numpy.ndarray
        Of shape (parameters,), float64, a copy.

    Examples
    --------
    >>> to_vector(Network([[[1.0, 2.0]], [[3.0]]], [[4.0], None]))
    array([1., 2., 4., 3.])
    """
    require_network("network", network)
    parts = []
    for weight, bias in zip(network.weights, network.biases, strict=True):
        parts.append(weight.ravel())
        if bias is not None:
            parts.append(bias)
    return np.concatenate(parts)


def to_network(vector: npt.ArrayLike, like: Network) -> Network:
    """Return the network with given parameters, in the order of `to_vector`.

    Parameters
    ----------
    vector : array_like
        Of shape (parameters,).
    like : Network
        A network of the same widths, with biases in the same layers.

    Raises
    ------
    ValueError
        When the number of parameters is another, or one of them is not finite.

    Examples
    --------
    >>> like = Network([[[0.0, 0.0]], [[0.0]]], [[0.0], None])
    >>> network = to_network([1.0, 2.0, 4.0, 3.0], like)
    >>> network.weights[0], network.biases[0]
    (array([[1., 2.]]), array([4.]))
    """
    return network_of(vector, layout_of(require_network("like", like)))


def layout_of(network: Network) -> MatrixShapes:
    """Return what says how a vector is read: (rows, columns, bias or not) for every matrix.

    >>> layout_of(Network([[[1.0, 2.0]], [[3.0]]], [[4.0], None]))
    ((1, 2, True), (1, 1, False))
    """
    return tuple(
        (*weight.shape, bias is not None)
        for weight, bias in zip(network.weights, network.biases, strict=True)
    )


def network_of(vector: npt.ArrayLike, layout: MatrixShapes) -> Network:
    """Return the network of a layout with given parameters."""
    flat = np.array(vector, dtype=np.float64)
    number = number_of_parameters(layout)
    if flat.shape != (number,):
        raise ValueError(f"vector must have shape ({number},), not {flat.shape}")
    weights: list[Array] = []
    biases: list[Array | None] = []
    start = 0
    for rows, columns, bias in layout:
        stop = start + rows * columns
        weights.append(flat[start:stop].reshape(rows, columns))
        biases.append(flat[stop : stop + rows] if bias else None)
        start = stop + rows * bias
    return Network(weights, biases)


def number_of_parameters(layout: MatrixShapes) -> int:
    """Return the length of the vector.

    >>> number_of_parameters(((1, 2, True), (1, 1, False)))
    4
    """
    return sum(rows * (columns + bias) for rows, columns, bias in layout)


def random_vector(
    layout: MatrixShapes, rng: np.random.Generator, *, glorot: bool = False
) -> Array:
    """Return a start for training: normal weights of variance 1/inputs, biases zero.

    With `glorot` of variance 2/(inputs + outputs) of the matrix, after Glorot and Bengio 2010.
    """
    parts = []
    for rows, columns, bias in layout:
        variance = 2 / (rows + columns) if glorot else 1 / max(columns, 1)
        parts.append(rng.normal(scale=variance**0.5, size=rows * columns))
        parts.append(np.zeros(rows * bias))
    return np.concatenate(parts)
