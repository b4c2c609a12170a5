"""Merge the equal neurons of a network and find the useless and constant ones, layer by layer.

Forwards, in every hidden layer: add up the incoming weights over the groups of the layer below;
neurons in which all these sums vanish are constant; the others form a group when their sums and
biases agree. Merging below makes neurons above equal, so the order is forwards. Backwards: the
outgoing weights of a group, seen by the groups above that matter, vanish, or the group matters.
A neuron above that does not matter makes neurons below useless, so the order is backwards. Within
a tolerance, dropping a group can bring others together: the reduced network is reduced again
until nothing changes (derived).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.types import Array
from critcount.activations import Parity
from critcount.weights.grouping import groups, signed_groups
from critcount.weights.network import Network

__all__ = ["NeedsFunctionError", "ReducedLayer", "Reduction", "reduce", "reduced_layer", "sums_of"]

ACTIVATION_ROUNDING = 1e-12  # of a value of the activation that should vanish, as cos(π/2)
DENSE_ENTRIES = 4096  # entries of a matrix that is not stored sparsely


class NeedsFunctionError(ValueError):
    """Neurons compute a constant whose value depends on the activation function."""

    def __init__(self, layer: int, message: str) -> None:
        super().__init__(message)
        self.layer = layer


@dataclass
class ReducedLayer:
    """What became of the neurons of a hidden layer.

    Attributes
    ----------
    letters : numpy.ndarray
        Of shape (m,): the group of every neuron.
    kept : numpy.ndarray
        The groups that matter, by first appearance: neuron t of the minimal layer is kept[t].
    signs : numpy.ndarray
        Of shape (m,): -1.0 where incoming weights and bias are to be negated.
    feed : scipy.sparse array
        Of shape (m, r): neuron i gives feed[i, t] times what minimal neuron t gives, and
    value : numpy.ndarray
        of shape (m,): the constant value[i] besides.
    constant : numpy.ndarray
        Of shape (m,), bool: the neurons that compute a constant.
    folded : numpy.ndarray
        Of shape (m,), bool: those whose outgoing weights have been made into a bias, or into
        outgoing weights of another constant neuron.
    """

    letters: npt.NDArray[np.intp]
    kept: npt.NDArray[np.intp]
    signs: Array
    feed: Any
    value: Array
    constant: npt.NDArray[np.bool_]
    folded: npt.NDArray[np.bool_]

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass
class Reduction:
    """A network's minimal network, and the way there."""

    minimal: Network
    layers: list[ReducedLayer]

    def _repr_html_(self) -> str:
        return markup.record(self)


def reduce(
    network: Network,
    tolerance: float,
    parity: Parity,
    function: Callable[[Array], Array] | None,
) -> Reduction:
    """Return the minimal network that a network reduces to, and how.

    Parameters
    ----------
    network : Network
    tolerance : float
        Relative to the largest norm of a neuron's incoming, or outgoing, weights in the layer.
    parity : {"generic", "odd", "even"}
        Of the activation function.
    function : callable or None
        The activation function, needed where constants are to be folded.

    Raises
    ------
    NeedsFunctionError
        When constants cannot be folded without the function.
    """
    reduction = _once(network, tolerance, parity, function)
    before = network.widths
    while reduction.minimal.widths != before:
        before = reduction.minimal.widths
        again = _once(reduction.minimal, tolerance, parity, function)
        if again.minimal.widths == before:
            break
        layers = [
            _composed(first, second)
            for first, second in zip(reduction.layers, again.layers, strict=True)
        ]
        reduction = Reduction(again.minimal, layers)
    return reduction


def _once(
    network: Network,
    tolerance: float,
    parity: Parity,
    function: Callable[[Array], Array] | None,
) -> Reduction:
    layers: list[ReducedLayer] = []
    sums, biases = [], []
    below: ReducedLayer | None = None
    for k in range(len(network.weights)):
        here, offset = sums_of(network, k, below)
        sums.append(here)
        biases.append(offset)
        if k < len(network.weights) - 1:
            below = reduced_layer(network, k, below, tolerance, parity, function)
            layers.append(below)
    minimal = _backwards(network, layers, sums, biases, tolerance)
    return Reduction(minimal, layers)


def sums_of(network: Network, k: int, below: ReducedLayer | None) -> tuple[Array, Array | None]:
    """Return a layer's incoming weights, added up over the groups below, and its biases.

    The biases are those with the constants of the layer below.

    >>> sums_of(Network([[[1.0]], [[2.0]]]), 1, None)
    (array([[2.]]), None)
    """
    weight, bias = network.weights[k], network.biases[k]
    if below is None:
        return weight, bias
    if bias is not None and below.value.any():
        bias = bias + weight @ below.value
    return np.asarray((below.feed.T @ weight.T).T), bias


def reduced_layer(
    network: Network,
    k: int,
    below: ReducedLayer | None,
    tolerance: float,
    parity: Parity,
    function: Callable[[Array], Array] | None,
) -> ReducedLayer:
    """Return the groups of a hidden layer, those of the layer below being known.

    >>> equal = Network([[[1.0], [1.0]], [[2.0, 3.0]]])
    >>> reduced_layer(equal, 0, None, 1e-9, "generic", None).letters
    array([0, 0])
    """
    after, later = network.weights[k + 1], network.biases[k + 1] is not None
    here, offset = sums_of(network, k, below)
    return _forwards(k, here, offset, after, later, tolerance, parity, function)


def _forwards(
    k: int,
    sums: Array,
    bias: Array | None,
    after: Array,
    bias_after: bool,
    tolerance: float,
    parity: Parity,
    function: Callable[[Array], Array] | None,
) -> ReducedLayer:
    """Return the groups of a layer; `kept` lists all that are not folded, for the time being."""
    m = len(sums)
    norms = np.linalg.norm(sums, axis=1)
    constant = norms <= tolerance * norms.max(initial=0)
    rows = sums if bias is None else np.column_stack((sums, bias))
    limit = tolerance * float(np.linalg.norm(rows, axis=1).max(initial=0))
    letters = np.zeros(m, dtype=np.intp)
    signs = np.ones(m)
    moving = np.flatnonzero(~constant)
    those = rows if len(moving) == m else rows[moving]
    letters[moving], signs[moving] = _grouped(those, limit, parity)
    count = int(letters[moving].max(initial=-1)) + 1
    still = np.flatnonzero(constant)
    offsets = np.zeros((len(still), 1)) if bias is None else bias[still, None]
    own, signs[still] = _grouped(offsets, limit, parity)
    letters[still] = own + count
    number = count + int(own.max(initial=-1)) + 1
    factors = signs if parity == "odd" else np.ones(m)
    feed = _sparse(np.arange(m), letters, factors, (m, number))
    value, folded = np.zeros(m), np.zeros(m, dtype=bool)
    kept = np.arange(number)
    if len(still):
        outgoing = np.linalg.norm(feed[:, count:].T @ after.T, axis=1)
        size = np.linalg.norm(after, axis=0).max(initial=0)
        vanish = bool((np.abs(offsets) <= limit).all()) and _zero_at_zero(parity, function)
        if function is not None and not bias_after:
            vanish = vanish or bool((np.abs(function(offsets)) <= ACTIVATION_ROUNDING).all())
        lone = number - count == 1 and not bias_after and not vanish
        if not lone and (outgoing > tolerance * size).any():
            numbers = _constants(k, still, offsets[:, 0], limit, parity, function)
            folded[still] = True
            kept = np.arange(count)
            if bias_after:
                value[still] = numbers
                feed = feed[:, :count]
            else:  # one constant stands for all of them
                sizes = [float(np.abs(numbers[own == g]).max()) for g in range(number - count)]
                chosen = int(np.argmax(outgoing * sizes))
                if sizes[chosen] > ACTIVATION_ROUNDING:
                    one = int(np.argmax(np.abs(numbers) * (own == chosen)))
                    unit = float(numbers[one] * factors[still[one]])
                    folded[still] = own != chosen
                    kept = np.append(kept, count + chosen)
                    places = np.concatenate([moving, still])
                    columns = np.concatenate([letters[moving], np.full(len(still), count)])
                    entries = np.concatenate([factors[moving], numbers / unit])
                    feed = _sparse(places, columns, entries, (m, count + 1))
                else:
                    feed = feed[:, :count]
    return ReducedLayer(letters, kept, signs, feed, value, constant, folded)


def _grouped(rows: Array, limit: float, parity: Parity) -> tuple[npt.NDArray[np.intp], Array]:
    if parity == "generic":
        return groups(rows, limit), np.ones(len(rows))
    return signed_groups(rows, limit)


def _zero_at_zero(parity: Parity, function: Callable[[Array], Array] | None) -> bool:
    """Whether σ(0) = 0."""
    return parity == "odd" or (function is not None and not np.any(function(np.zeros(1))))


def _constants(
    k: int,
    neurons: npt.NDArray[np.intp],
    offsets: Array,
    limit: float,
    parity: Parity,
    function: Callable[[Array], Array] | None,
) -> Array:
    """Return σ(b) for constant neurons."""
    if function is not None:
        values = np.asarray(function(offsets), dtype=np.float64)
        if values.shape != offsets.shape or not np.isfinite(values).all():
            raise ValueError(f"function must return one finite number for each of {offsets}")
        return values
    if parity == "odd" and (np.abs(offsets) <= limit).all():
        return np.zeros(len(neurons))
    listed = ", ".join(map(str, neurons[:5].tolist())) + (", …" if len(neurons) > 5 else "")
    who, verb = ("neurons", "have") if len(neurons) > 1 else ("neuron", "has")
    raise NeedsFunctionError(
        k,
        f"hidden layer {k}: the {who} {listed} {verb} incoming weights of 0 within the tolerance "
        "and a constant output, which is to be added to the next bias or to one of them: name "
        "the activation, as activation='tanh' (--activation tanh)",
    )


def _backwards(
    network: Network,
    layers: list[ReducedLayer],
    sums: list[Array],
    biases: list[Array | None],
    tolerance: float,
) -> Network:
    """Restrict the layers to the groups that matter; return the minimal network."""
    last = len(layers)
    weights: list[Array] = [np.empty(0)] * (last + 1)
    offsets: list[Array | None] = [None] * (last + 1)
    # the means of the rows above that matter: of the weights, and of their sums below
    raw, mean, offset = network.weights[last], sums[last], biases[last]
    for k in range(last, -1, -1):
        if k == 0:
            weights[0], offsets[0] = mean, offset
            break
        layer = layers[k - 1]
        size = np.linalg.norm(raw, axis=0).max(initial=0)
        matters = np.linalg.norm(mean, axis=0) > tolerance * size
        weights[k], offsets[k] = mean[:, matters], offset
        # groups by first appearance, the constant ones among them
        ids = layer.kept[matters]
        first = np.array([np.argmax(layer.letters == g) for g in ids], dtype=np.intp)
        order = np.argsort(first)
        weights[k] = weights[k][:, order]
        layer.feed = layer.feed[:, np.flatnonzero(matters)[order]]
        layer.kept = ids[order]
        number = int(layer.letters.max(initial=-1)) + 1
        sizes = np.bincount(layer.letters, minlength=number)[layer.kept]
        average = _sparse(
            np.arange(len(layer.letters)),
            layer.letters,
            layer.signs,
            (len(layer.letters), number),
        )[:, layer.kept]
        raw = (average.T @ network.weights[k - 1]) / sizes[:, None]
        mean = (average.T @ sums[k - 1]) / sizes[:, None]
        below = biases[k - 1]
        offset = None if below is None else (average.T @ below) / sizes
    return Network._trusted(map(np.array, weights), offsets, network.precision, network.activation)


def _composed(first: ReducedLayer, second: ReducedLayer) -> ReducedLayer:
    """Return what two reductions, one after the other, make of a layer."""
    number = int(first.letters.max(initial=-1)) + 1
    again = np.full(number, -1, dtype=np.intp)
    again[first.kept] = np.arange(len(first.kept))
    stage = again[first.letters]  # the neuron of the first minimal layer, or -1
    there = stage >= 0
    letters = first.letters + int(second.letters.max(initial=-1)) + 1
    letters[there] = second.letters[stage[there]]
    signs = first.signs.copy()
    signs[there] *= second.signs[stage[there]]
    value = first.value + first.feed @ second.value
    constant, folded = first.constant.copy(), first.folded.copy()
    constant[there] |= second.constant[stage[there]]
    folded[there] |= second.folded[stage[there]]
    return ReducedLayer(
        letters, second.kept, signs, first.feed @ second.feed, value, constant, folded
    )


def _sparse(
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    values: Array,
    shape: tuple[int, int],
) -> Any:  # an array or a sparse one, whose operators have no type in common
    """Return a matrix with one entry a row; a small one as an array, which is quicker."""
    if shape[0] * shape[1] <= DENSE_ENTRIES:
        out = np.zeros(shape)
        out[rows, columns] = values
        return out
    from scipy.sparse import csr_array

    return csr_array((values, (rows, columns)), shape=shape)
