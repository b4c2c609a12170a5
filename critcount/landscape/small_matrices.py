"""The small matrices of single neurons, which decide how copies of them curve the loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.types import Array
from critcount.landscape.neurons import require_layer
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import EPSILON, GAP, Spectrum, spectrum
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network

__all__ = ["Matrices", "NeuronBlock", "Signature", "matrices", "neuron_blocks", "require_shares"]

#: How far the shares of the copies of a neuron may be from the sum 1.
SHARES_ERROR = 1e-9

# how copies of a neuron can be local minima
Copies: TypeAlias = Literal["positive", "negative", "none", "undecided"]


@dataclass(frozen=True)
class Signature:
    """How many eigenvalues are positive, negative and zero.

    Examples
    --------
    >>> Signature(3, 1, 0) + 2 * Signature(0, 1, 1)
    Signature(positive=3, negative=3, zero=2)
    """

    positive: int
    negative: int
    zero: int

    def __add__(self, other: Signature) -> Signature:
        return Signature(
            self.positive + other.positive,
            self.negative + other.negative,
            self.zero + other.zero,
        )

    def __rmul__(self, factor: int) -> Signature:
        return Signature(factor * self.positive, factor * self.negative, factor * self.zero)

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, repr=False)
class NeuronBlock:
    """What decides how copies of a neuron curve the loss; made by `neuron_blocks`.

    Attributes
    ----------
    layer, neuron : int
    S : numpy.ndarray
        Σ (δ·a) σ''(z) h hᵀ over the samples, of shape (d, d): h what the neuron is fed with, a 1
        for its bias included, z = w·h, a its outgoing weights, δ the derivatives of the loss by
        what the next layer receives.
    M : numpy.ndarray
        Σ δ σ'(z) hᵀ, of shape (n, d), n the neurons of the next layer. At a critical point
        aᵀM = 0; what training has left of it is taken away.
    rank : int or None
        Of M; None when that cannot be decided.
    spectrum : Spectrum
        Of S on the kernel of M.
    """

    layer: int
    neuron: int
    S: Array
    M: Array
    rank: int | None
    spectrum: Spectrum

    @property
    def signature(self) -> Signature | None:
        """The signs of S on the kernel of M; None when undecided."""
        if self.rank is None or self.spectrum.index is None or self.spectrum.nullity is None:
            return None
        negative, zero = self.spectrum.index, self.spectrum.nullity
        return Signature(len(self.spectrum.eigenvalues) - negative - zero, negative, zero)

    def quadratic(self, sign: int) -> Signature | None:
        """Return the inertia of [[±S, Mᵀ], [M, 0]], or of [[0, Mᵀ], [M, 0]].

        Parameters
        ----------
        sign : {1, -1, 0}
            Of S.
        """
        on = self.signature
        if on is None or self.rank is None:
            return None
        kernel = on.positive + on.negative + on.zero
        if sign == 0:
            on = Signature(0, 0, kernel)
        elif sign < 0:
            on = Signature(on.negative, on.positive, on.zero)
        return on + Signature(self.rank, self.rank, len(self.M) - self.rank)

    def added(self, shares: npt.ArrayLike) -> Signature | None:
        """Return what copies of the neuron with these shares add to the inertia of the Hessian.

        With p shares positive, q negative and o zero it is (p - 1) times the inertia of
        [[S, Mᵀ], [M, 0]], q times that of [[-S, Mᵀ], [M, 0]] and o times that of
        [[0, Mᵀ], [M, 0]] (derived). None when undecided.
        """
        given = require_shares("shares", shares)
        numbers = (int((given > 0).sum()) - 1, int((given < 0).sum()), int((given == 0).sum()))
        total = Signature(0, 0, 0)
        for number, sign in zip(numbers, (1, -1, 0), strict=True):
            if number:
                part = self.quadratic(sign)
                if part is None:
                    return None
                total += number * part
        return total

    @property
    def kind(self) -> Copies:
        """How copies can be local minima, where the network itself is one.

        "positive": with positive shares; "negative": with exactly one positive share; "none":
        never, as M ≠ 0 or S has both signs; "undecided": where zeros cannot be told, or S has a
        zero eigenvalue on the kernel of M = 0, so that higher orders decide.
        """
        on = self.signature
        if on is None:
            return "undecided"
        if self.rank or (on.positive and on.negative):
            return "none"
        if on.zero:
            return "undecided"
        return "positive" if on.positive else "negative"

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON has them, without the matrices."""
        on = self.signature
        return {
            "layer": self.layer,
            "neuron": self.neuron,
            "rank": self.rank,
            "positive": None if on is None else on.positive,
            "negative": None if on is None else on.negative,
            "zero": None if on is None else on.zero,
            "kind": self.kind,
            "eigenvalues": self.spectrum.eigenvalues.tolist(),
        }

    def __repr__(self) -> str:
        on = self.signature
        signs = "undecided" if on is None else f"{on.positive}+ {on.negative}- {on.zero} zero"
        return (
            f"<NeuronBlock of layer {self.layer}, neuron {self.neuron}: rank of M {self.rank}, "
            f"S on its kernel {signs}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


def neuron_blocks(problem: Problem, network: Network, layer: int) -> tuple[NeuronBlock, ...]:
    """Return the small matrices of all neurons of a hidden layer.

    Parameters
    ----------
    problem : Problem
    network : Network
        A critical point of the loss.
    layer : int
        From 0.

    Returns
    -------
    tuple of NeuronBlock

    Raises
    ------
    TypeError, IndexError, ValueError
        No such layer; the network does not fit the data.

    Notes
    -----
    For a layer of m neurons with d inputs, n neurons in the next layer and N samples O(N d² m)
    operations and an eigenvalue problem of size d for every neuron. What may be rounding is
    bounded by ε times the sums of magnitudes, taken along the way that the derivatives go.

    Examples
    --------
    >>> from critcount.landscape.training import train
    >>> x = np.linspace(-2, 2, 40)[:, None]
    >>> problem = Problem(x, np.abs(x), activation="tanh")
    >>> neuron_blocks(problem, train(problem, 1, seed=0).network, 0)[0].kind
    'undecided'
    """
    return tuple(
        _block(layer, neuron, *found)
        for neuron, found in enumerate(matrices(problem, network, layer))
    )


class Matrices(NamedTuple):
    """S and M of a neuron, its outgoing weights, and what rounding can make of S and M."""

    S: Array
    M: Array
    outgoing: Array
    curving_error: float
    mixing_error: float

    def _repr_html_(self) -> str:
        return markup.record(self)


def matrices(
    problem: Problem, network: Network, layer: int, neurons: Iterable[int] | None = None
) -> Iterator[Matrices]:
    """Yield S and M of neurons of a hidden layer, by default of all; see `NeuronBlock`.

    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> problem = Problem(x, x**2, activation="tanh", biases=True)
    >>> network = Network([[[1.0]], [[2.0]]], [[0.5], [0.0]])
    >>> [found] = matrices(problem, network, 0)
    >>> found.S.shape, found.M.shape
    ((2, 2), (1, 2))
    """
    objective = problem.at(network)
    layer = require_layer(network, layer)
    per_layer = objective.layers(to_vector(network))
    slopes, errors = _backward(problem, network, per_layer, layer + 1)
    _, _, first, second = per_layer[layer]
    fed = problem.inputs if layer == 0 else per_layer[layer - 1][1]
    if network.biases[layer] is not None:
        fed = np.column_stack([fed, np.ones(len(fed))])
    columns = network.weights[layer + 1].T
    for neuron in range(len(columns)) if neurons is None else neurons:
        outgoing = columns[neuron]
        weight = (slopes @ outgoing) * second[:, neuron]
        off = (errors @ np.abs(outgoing)) * np.abs(second[:, neuron])
        S = fed.T @ (weight[:, None] * fed)
        M = slopes.T @ (first[:, neuron, None] * fed)
        magnitude = np.abs(fed) * np.sqrt(off)[:, None]
        steep = np.abs(first[:, neuron, None]) * np.abs(fed)
        yield Matrices(
            (S + S.T) / 2,
            M,
            outgoing,
            float(np.linalg.norm(magnitude) ** 2),
            float(np.linalg.norm(errors.T @ steep)),
        )


def require_shares(name: str, shares: npt.ArrayLike) -> Array:
    """Return shares that add up to 1, or raise TypeError or ValueError."""
    given = np.asarray(shares)
    if given.dtype.kind not in "iuf" or given.ndim != 1 or not len(given):
        raise TypeError(f"{name} must be a list of one real number or more")
    given = given.astype(np.float64)
    if not abs(given.sum() - 1) <= SHARES_ERROR:
        raise ValueError(f"{name} must add up to 1, not {given.sum():.9g}")
    return given


def _backward(
    problem: Problem, network: Network, per_layer: Sequence[Sequence[Array]], layer: int
) -> tuple[Array, Array]:
    """Return the derivatives of the loss by what a layer receives, and what they may be off by."""
    slopes, sizes = problem.slopes(per_layer[-1][0])
    terms = problem.samples + sum(2 * (w.shape[1] + 2) for w in network.weights)
    for k in range(len(per_layer) - 2, layer - 1, -1):
        weight, first = network.weights[k + 1], per_layer[k][2]
        slopes = (slopes @ weight) * first
        sizes = (sizes @ np.abs(weight)) * np.abs(first)
    return slopes, terms * EPSILON * sizes


def _block(
    layer: int,
    neuron: int,
    S: Array,
    M: Array,
    outgoing: Array,
    error_S: float,
    error_M: float,
) -> NeuronBlock:
    size = float(outgoing @ outgoing)
    if size:
        M = M - np.outer(outgoing, outgoing @ M) / size
    values, right = np.linalg.svd(M)[1:]
    noise = max(M.shape) * EPSILON * float(values.max(initial=0)) + error_M
    rank = int((values > noise).sum())
    decided = not rank or float(values[rank - 1]) >= GAP * noise
    kernel = right[rank:].T
    on = kernel.T @ S @ kernel
    # the kernel is off by about noise over the smallest singular value that is none
    turned = noise / float(values[rank - 1]) if rank else 0.0
    error = error_S + 2 * turned * float(np.linalg.norm(S, 2))
    return NeuronBlock(
        layer,
        neuron,
        S,
        M,
        rank if decided else None,
        spectrum((on + on.T) / 2, error=error),
    )
