"""Several hidden layers of an activation with a linear part: what opposite neurons leave over.

With σ(z) = λz + e(z) a neuron of negative sign, σ(-z) = e(z) - λz, differs from its opposite by a
linear function of what the layer below computes, and that one again by even parts and linear
functions of the layers below it. So every preactivation of a network is a linear function of the
even parts e(z_t) of one neuron of every class in all layers below, and of the inputs (*derived*):
the *deep form*. Two neurons of a layer are copies, up to sign, when these functions agree up to
sign; for the homogeneous kind up to scale. That forms of networks that compute one function agree
is proved for one hidden layer only.

Back to a network: every class is one neuron, of a sign that is to be chosen, and what is then
left of the linear functions of the layer above, a matrix R, is made by rank(R) *linear neurons*,
each an opposite pair σ(v) - σ(-v) = 2λv, in this layer and all below. Where no R is left, the
flipped neurons of a network can all be turned back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.types import Array, Indices
from critcount.activations import Activation
from critcount.weights.grouping import signed_groups
from critcount.weights.network import Network

__all__ = [
    "DeepForm",
    "DeepLayer",
    "deep_difference",
    "deep_form",
    "turned_back",
    "whole_form",
]

#: Singular values that are rounding, relative to the largest.
SINGULAR_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class DeepLayer:
    """The classes of a hidden layer.

    Attributes
    ----------
    rows : numpy.ndarray
        (classes, features): the preactivation z_t of a class as a function of the features, the
        even parts of the layer below first, then those of the layer below that, the inputs last.
    offsets : numpy.ndarray
        (classes,): its constant.
    letters : numpy.ndarray
        (m,): the class of every neuron of the network; -1 for those that do not matter.
    signs : numpy.ndarray
        (m,): ±1.0, the sign in which it is there.
    scales : numpy.ndarray
        (m,): by what its incoming weights are larger than in the form, 1 but for the homogeneous
        kind.
    constants : numpy.ndarray
        (m,): the constant in its preactivation, at scale 1.
    """

    rows: Array
    offsets: Array
    letters: Indices
    signs: Array
    scales: Array
    constants: Array

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, eq=False)
class DeepForm:
    """The function of a network with several hidden layers, by even parts and linear functions.

    Attributes
    ----------
    activation : Activation
    layers : tuple of DeepLayer
    outputs : numpy.ndarray
        (d_out, features).
    constant : numpy.ndarray
        (d_out,).
    """

    activation: Activation
    layers: tuple[DeepLayer, ...]
    outputs: Array
    constant: Array

    def __call__(self, x: npt.ArrayLike) -> Array:
        """Return the outputs for inputs of shape (n, d_in)."""
        features = np.asarray(x, dtype=np.float64)
        for layer in self.layers:
            z = features @ layer.rows.T + layer.offsets
            even = self.activation(z) - self.activation.slope * z
            features = np.concatenate([even, features], axis=1)
        return np.asarray(features @ self.outputs.T + self.constant)

    def _key(self) -> tuple[object, ...]:
        arrays: list[npt.NDArray[np.generic]] = [self.outputs, self.constant]
        for layer in self.layers:
            arrays += [layer.rows, layer.offsets, layer.letters, layer.signs, layer.scales]
        return (self.activation, *((a.shape, a.tobytes()) for a in arrays))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeepForm) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _repr_html_(self) -> str:
        return markup.record(self)

    @property
    def opposite(self) -> bool:
        """Whether neurons of negative sign are there."""
        return any((layer.signs < 0).any() for layer in self.layers)

    def network(self, limit: float, biases: Sequence[bool]) -> tuple[Network, tuple[int, ...]]:
        """Return a network of the activation that computes the form, and its linear neurons.

        Parameters
        ----------
        limit : float
            What of a linear function counts as zero, relative to the weights that make it.
        biases : sequence of bool
            Which layers have biases. A constant needs one in the layer above.

        Returns
        -------
        network : Network
        pairs : tuple of int
            Number of linear neurons, each of two, of every hidden layer.
        """
        weights, offsets, pairs = [], [], []
        rows, constants = self.outputs, self.constant
        for k in range(len(self.layers) - 1, -1, -1):
            layer, (turn, rest, left) = self.layers[k], self._left(k, rows, constants, limit)
            free = biases[k + 1]
            whole = rest if free else np.column_stack([rest, left])
            u, values, v = np.linalg.svd(whole, full_matrices=False)
            size = limit * self._size(k, rows)
            rank = int((values > max(size, SINGULAR_ROUNDING * values.max(initial=0))).sum())
            ends = u[:, :rank] * values[:rank] / (2 * self.activation.slope)
            weights.append(np.column_stack([rows[:, : len(layer.rows)], ends, -ends]))
            offsets.append(left if free else None)
            pairs.append(rank)
            line, shift = (v[:rank], np.zeros(rank)) if free else (v[:rank, :-1], v[:rank, -1])
            rows = np.concatenate([turn[:, None] * layer.rows, line, -line])
            constants = np.concatenate([turn * layer.offsets, shift, -shift])
        weights.append(rows)
        offsets.append(constants if biases[0] else None)
        network = Network._trusted(map(np.array, weights[::-1]), offsets[::-1])
        return network, tuple(pairs[::-1])

    def turns(self, limit: float, biases: Sequence[bool]) -> list[Array] | None:
        """Return signs of the classes, layer by layer, with which no linear neuron is needed.

        They are found where the equations for them have one solution; None where there is none.
        """
        found = []
        rows, constants = self.outputs, self.constant
        for k in range(len(self.layers) - 1, -1, -1):
            turn, rest, left = self._left(k, rows, constants, limit)
            size = limit * self._size(k, rows)
            over = np.abs(rest).max(initial=0)
            if not biases[k + 1]:
                over = max(over, np.abs(left).max(initial=0))
            if over > size:
                return None
            found.append(turn)
            rows, constants = self.layers[k].rows, self.layers[k].offsets
        return found[::-1]

    def _size(self, k: int, rows: Array) -> float:
        layer = self.layers[k]
        own = np.abs(rows[:, : len(layer.rows)]).sum(axis=1).max(initial=0)
        return float(own * np.abs(layer.rows).max(initial=0)) or 1.0

    def _left(
        self, k: int, rows: Array, constants: Array, limit: float
    ) -> tuple[Array, Array, Array]:
        """Return signs of a layer's classes, and what they leave of the functions above."""
        layer, slope = self.layers[k], self.activation.slope
        r = len(layer.rows)
        own, goal = rows[:, :r], rows[:, r:]

        def left(turn: Array) -> tuple[Array, Array]:
            weights = slope * own * turn
            return goal - weights @ layer.rows, constants - weights @ layer.offsets

        turn = np.ones(r)
        if np.abs(left(turn)[0]).max(initial=0) > limit * self._size(k, rows):
            # goal = slope Σ_t turn_t own_t ⊗ rows_t, by the normal equations
            gram = slope * (own.T @ own) * (layer.rows @ layer.rows.T)
            right = np.einsum("nt,nf,tf->t", own, goal, layer.rows)
            if np.linalg.matrix_rank(gram) == r:
                turn = np.where(np.linalg.solve(gram, right) < 0, -1.0, 1.0)
        return (turn, *left(turn))


def deep_form(network: Network, activation: Activation, tolerance: float) -> DeepForm:
    """Return the deep form of a network.

    Parameters
    ----------
    network : Network
        For the homogeneous kind with incoming weights of any scale.
    activation : Activation
        Of the kind even_linear or homogeneous.
    tolerance : float
        As in `critcount.classify`.

    Examples
    --------
    >>> from critcount.activations import ACTIVATIONS
    >>> network = Network([[[1.0], [-1.0]], [[1.0, -1.0]], [[2.0]]])
    >>> form = deep_form(network, ACTIVATIONS["relu"], 1e-9)  # relu(x) - relu(-x) = x
    >>> [len(layer.rows) for layer in form.layers]
    [0, 1]
    """
    return _mattering(whole_form(network, activation, tolerance), tolerance)


def whole_form(network: Network, activation: Activation, tolerance: float) -> DeepForm:
    """Return the deep form with the classes on which nothing above depends, zero-type ones.

    >>> from critcount.activations import ACTIVATIONS
    >>> network = Network([[[1.0], [-1.0]], [[1.0, -1.0]], [[2.0]]])
    >>> form = whole_form(network, ACTIVATIONS["relu"], 1e-9)
    >>> [len(layer.rows) for layer in form.layers]
    [1, 1]
    """
    slope = activation.slope
    rows = network.weights[0]
    offsets = np.zeros(len(rows)) if network.biases[0] is None else network.biases[0]
    layers: list[DeepLayer] = []
    for k, above in enumerate(network.weights[1:]):
        sizes = np.linalg.norm(rows, axis=1)
        moving = np.flatnonzero(sizes > tolerance * sizes.max(initial=0))
        scale = np.ones(len(rows))
        if activation.kind == "homogeneous":
            scale[moving] = sizes[moving]
        joined = np.column_stack([rows, offsets]) / scale[:, None]
        limit = tolerance * float(np.linalg.norm(joined[moving], axis=1).max(initial=0))
        letters, signs = np.full(len(rows), -1), np.ones(len(rows))
        letters[moving], signs[moving] = signed_groups(joined[moving], limit)
        r = int(letters.max(initial=-1)) + 1
        share = np.zeros((len(rows), r))
        share[moving, letters[moving]] = 1.0
        means = (share * signs[:, None]).T @ joined / share.sum(axis=0)[:, None]
        means = np.asarray(means)
        constants = np.array(joined[:, -1])
        layers.append(DeepLayer(means[:, :-1], means[:, -1], letters, signs, scale, constants))
        still = np.setdiff1d(np.arange(len(rows)), moving)
        constant = above[:, still] @ activation(offsets[still])
        weighted = above * scale
        linear = slope * (weighted * signs) @ share
        bias = network.biases[k + 1]
        offsets = (0.0 if bias is None else bias) + constant + linear @ means[:, -1]
        rows = np.column_stack([weighted @ share, linear @ means[:, :-1]])
    return DeepForm(activation, tuple(layers), rows, offsets)


def _mattering(form: DeepForm, tolerance: float) -> DeepForm:
    """Return the form without the classes on which nothing above depends."""
    # of every function above: what is decided of its features, and the rest
    pending = [(form.outputs[:, :0], form.outputs)]
    kept_of = []
    for layer in reversed(form.layers):
        r = len(layer.rows)
        used = np.max([np.abs(rest[:, :r]).max(axis=0, initial=0) for _, rest in pending], axis=0)
        kept = np.flatnonzero(used > tolerance * used.max(initial=0))
        pending = [(np.column_stack([done, rest[:, kept]]), rest[:, r:]) for done, rest in pending]
        pending.append((np.zeros((len(kept), 0)), layer.rows[kept]))
        kept_of.append(kept)
    outputs, *rows = (np.column_stack([done, rest]) for done, rest in pending)
    layers = []
    for layer, kept, here in zip(form.layers, kept_of[::-1], rows[::-1], strict=True):
        number = np.full(len(layer.rows) + 1, -1)  # the last is of those without a class
        number[kept] = np.arange(len(kept))
        layers.append(
            replace(layer, rows=here, offsets=layer.offsets[kept], letters=number[layer.letters])
        )
    return DeepForm(form.activation, tuple(layers), outputs, form.constant)


def turned_back(
    network: Network, form: DeepForm, turns: Sequence[Array]
) -> tuple[Network, tuple[tuple[int, ...], ...]]:
    """Return the network with its neurons in given signs, and those that were turned.

    Parameters
    ----------
    network : Network
        Of one scale for every class.
    form : DeepForm
        Its own.
    turns : sequence of numpy.ndarray
        The sign of every class, for every layer, such that no linear function is left over.
    """
    slope = form.activation.slope
    weights, biases = [np.array(w) for w in network.weights], list(network.biases)
    flips = []
    for k, (layer, turn) in enumerate(zip(form.layers, turns, strict=True)):
        wanted = np.append(turn, 1.0)[layer.letters]
        flipped = np.flatnonzero(layer.signs * wanted < 0)
        flips.append(tuple(flipped.tolist()))
        weights[k][flipped] *= -1
        bias, above = biases[k], biases[k + 1]
        if bias is not None:
            biases[k] = bias * np.where(layer.signs * wanted < 0, -1.0, 1.0)
        if above is not None:
            # the constants of the linear functions that the neurons have brought so far
            shift = 2 * slope * network.weights[k + 1][:, flipped]
            biases[k + 1] = above + shift @ layer.constants[flipped]
    return (
        Network._trusted(weights, biases, network.precision, network.activation),
        tuple(flips),
    )


def deep_difference(one: DeepForm, two: DeepForm, tolerance: float) -> str | None:
    """Return in what two forms differ, or None when they are the same up to the tolerance."""
    if len(one.layers) != len(two.layers):
        return f"one has {len(one.layers)} hidden layers, the other {len(two.layers)}"
    d = one.outputs.shape[1] - sum(len(layer.rows) for layer in one.layers)
    places = np.arange(d)  # where every feature of the first is in the second
    for k, (here, there) in enumerate(zip(one.layers, two.layers, strict=True)):
        r = len(here.rows)
        if r != len(there.rows):
            return f"hidden layer {k} has {r} classes of neurons and {len(there.rows)}"
        mine = np.column_stack([here.rows, here.offsets])
        theirs = np.column_stack([there.rows[:, places], there.offsets])
        size = float(np.linalg.norm(theirs, axis=1).max(initial=0))
        label, _ = signed_groups(np.concatenate([theirs, mine]), tolerance * size)
        if sorted(label[:r].tolist()) != sorted(label[r:].tolist()) or len(set(label[:r])) < r:
            return f"hidden layer {k} has other classes of neurons"
        where = np.argsort(label[:r])[np.argsort(np.argsort(label[r:]))]
        places = np.concatenate([where, r + places])
    off = np.abs(one.outputs - two.outputs[:, places]).max(initial=0)
    size = float(np.abs(two.outputs).max(initial=0)) or 1.0
    if off > tolerance * size:
        return f"the outgoing weights or linear parts differ by {off / size:.2g} of the largest"
    off = np.abs(one.constant - two.constant).max(initial=0)
    if off > tolerance * max(size, float(np.abs(two.constant).max(initial=0))):
        return f"the constants differ by {off:.2g}"
    return None
