"""The inertia of the Hessian on critical subspaces, from the small matrices of single neurons."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.architecture import widths_text
from critcount.landscape.neurons import replicate, require_layer
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import EPSILON, GAP, Spectrum, spectrum
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network, require_network

__all__ = [
    "Inertia",
    "Matrices",
    "NeuronBlock",
    "Signature",
    "critical_subspace_inertia",
    "matrices",
    "neuron_blocks",
    "require_shares",
    "split_inertia",
    "wide_network",
]

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

    def to_dict(self) -> dict[str, Any]:
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


@dataclass(frozen=True, repr=False)
class Inertia:
    """The inertia of a Hessian, put together from small matrices.

    Attributes
    ----------
    widths : tuple of int
        Of the wide network.
    size : int
        The number of parameters of the narrow network.
    reduced : Spectrum
        Of its Hessian, all or the lowest.
    blocks : tuple of NeuronBlock
        Of the neurons that are copied.
    added : Signature or None
        What the copies add; None when undecided.
    """

    widths: tuple[int, ...]
    size: int
    reduced: Spectrum
    blocks: tuple[NeuronBlock, ...]
    added: Signature | None

    @cached_property
    def signature(self) -> Signature | None:
        """The number of positive, negative and vanishing eigenvalues; None when undecided."""
        if self.added is None or self.reduced.index is None or self.reduced.nullity is None:
            return None
        negative, zero = self.reduced.index, self.reduced.nullity
        return Signature(self.size - negative - zero, negative, zero) + self.added

    @property
    def index(self) -> int | None:
        """The number of negative eigenvalues; None when undecided."""
        if self.added is None or self.reduced.index is None:
            return None
        return self.reduced.index + self.added.negative

    @property
    def nullity(self) -> int | None:
        """The number of vanishing eigenvalues; None when undecided."""
        if self.added is None or self.reduced.nullity is None:
            return None
        return self.reduced.nullity + self.added.zero

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON has them."""
        return {
            "widths": list(self.widths),
            "index": self.index,
            "nullity": self.nullity,
            "reduced": self.reduced.to_dict(),
            "blocks": [block.to_dict() for block in self.blocks],
        }

    def __repr__(self) -> str:
        index = "undecided" if self.index is None else self.index
        nullity = "undecided" if self.nullity is None else self.nullity
        return (
            f"<Inertia at a point of {widths_text(self.widths)}: index {index}, nullity {nullity}>"
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


def split_inertia(
    problem: Problem,
    network: Network,
    layer: int,
    neuron: int,
    shares: npt.ArrayLike,
    *,
    reduced: Spectrum | None = None,
) -> Inertia:
    """Return index and nullity of the Hessian where a neuron is replaced by copies with shares.

    The copies have the incoming weights of the neuron and β_i times its outgoing weights, Σ β_i
    = 1: a critical point of the wider network. The wide Hessian is not made.

    Parameters
    ----------
    problem : Problem
        Without weight decay.
    network : Network
        A critical point of the loss.
    layer : int
        A hidden layer, from 0.
    neuron : int
        From 0.
    shares : array_like
        β_1, …, β_k of any sign; also 0.
    reduced : Spectrum, optional
        Of the Hessian of the network, where it is known already; by default `Problem.spectrum`,
        which makes no Hessian beyond 5,000 parameters.

    Returns
    -------
    Inertia

    Raises
    ------
    TypeError, ValueError, IndexError
        No such neuron; shares that do not add up to 1.

    Notes
    -----
    Directions in which the incoming weights move by u_i and the outgoing ones by b_i, with
    Σ β_i u_i = 0 and Σ b_i = 0, change what the next layer receives to second order only. There
    the Hessian is Σ β_i u_iᵀ S u_i + 2 Σ b_iᵀ M u_i, it does not mix them with any other
    direction, and on the rest it is the Hessian of the narrow network: the inertia is the sum
    (derived; see the page on inertia).

    Examples
    --------
    >>> from critcount.landscape.training import train
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(-2, 2, size=(60, 2))
    >>> teacher = Network([rng.normal(size=(8, 2)), rng.normal(size=(1, 8))])
    >>> problem = Problem(x, teacher(x, "generic"))
    >>> found = train(problem, 2, seed=0)
    >>> split_inertia(problem, found.network, 0, 0, [0.5, 0.5])
    <Inertia at a point of 2-3-1: index 1, nullity 1>
    >>> split_inertia(problem, found.network, 0, 0, [1.5, -0.5])
    <Inertia at a point of 2-3-1: index 1, nullity 1>
    """
    layer = require_layer(network, layer)
    width = network.widths[layer + 1]
    neuron = checks.integer("neuron", neuron)
    if not 0 <= neuron < width:
        raise IndexError(
            f"neuron must be one of the neurons 0, …, {width - 1} of hidden layer {layer}, not "
            f"{neuron}"
        )
    given = require_shares("shares", shares)
    words = [list(range(n)) for n in network.widths[1:-1]]
    betas = [np.ones(n) for n in network.widths[1:-1]]
    words[layer] += [neuron] * (len(given) - 1)
    betas[layer] = np.concatenate([betas[layer], given[1:]])
    betas[layer][neuron] = given[0]
    return critical_subspace_inertia(problem, network, words, betas, reduced=reduced)


def critical_subspace_inertia(
    problem: Problem,
    network: Network,
    words: Sequence[Sequence[int]],
    shares: Sequence[npt.ArrayLike] | None = None,
    *,
    reduced: Spectrum | None = None,
) -> Inertia:
    """Return index and nullity of the Hessian at a point of a critical subspace, of any width.

    Parameters
    ----------
    problem : Problem
        Without weight decay.
    network : Network
        The critical point of the narrow network.
    words : sequence of sequences of int
        For every hidden layer: neuron s of the wide network copies neuron word[s]; every neuron is
        in its word. Those of `critcount.CriticalSubspaces`.
    shares : sequence of array_like, optional
        For every hidden layer what part of the outgoing weights each neuron has; over the copies
        of one neuron they add up to 1. By default equal: the permutation points.
    reduced : Spectrum, optional
        Of the Hessian of the network, where it is known already; by default `Problem.spectrum`,
        which makes no Hessian beyond 5,000 parameters.

    Returns
    -------
    Inertia

    Raises
    ------
    TypeError, ValueError
        Words that are none, shares that do not add up to 1.

    See Also
    --------
    critcount.CriticalSubspaces : the subspaces themselves: listed, ranked, drawn at random.
    critcount.count_plateaus : how many of them contain local minima.
    critcount.G : how many of them there are.
    critcount.Plateaus : those of them that contain local minima.
    critcount.landscape.along_critical_line : the same where one neuron has two copies, measured.

    Notes
    -----
    The blocks of the copied neurons add up. Where neighbouring layers have e and e' neurons more,
    e e' further zeros come to it: the weights between copies and copies (derived).

    Examples
    --------
    >>> from critcount.landscape.training import train
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(-2, 2, size=(60, 2))
    >>> teacher = Network([rng.normal(size=(8, 2)), rng.normal(size=(1, 8))])
    >>> problem = Problem(x, teacher(x, "generic"))
    >>> found = train(problem, 2, seed=0)
    >>> critical_subspace_inertia(problem, found.network, [[0] * 50 + [1] * 50])
    <Inertia at a point of 2-100-1: index 147, nullity 98>
    """
    hidden = require_network("network", network).widths[1:-1]
    if problem.weight_decay:
        raise ValueError(
            "problem must have no weight decay: with it only equal shares are critical; see "
            "tied_inertia"
        )
    if len(words) != len(hidden):
        raise ValueError(
            f"words must be one for each of the {len(hidden)} hidden layers of "
            f"{widths_text(network.widths)}, not {len(words)}"
        )
    letters = [
        _word(f"words[{layer}]", word, n)
        for layer, (word, n) in enumerate(zip(words, hidden, strict=True))
    ]
    if shares is not None and len(shares) != len(hidden):
        raise ValueError(f"shares must be one for each hidden layer, not {len(shares)}")
    added: Signature | None = Signature(0, 0, 0)
    used: list[NeuronBlock] = []
    for layer, word in enumerate(letters):
        numbers = np.bincount(word)
        betas = 1 / numbers[word] if shares is None else _betas(layer, shares[layer], word)
        if len(word) == hidden[layer]:
            continue
        for block in neuron_blocks(problem, network, layer):
            if numbers[block.neuron] > 1:
                used.append(block)
                part = block.added(betas[word == block.neuron])
                added = None if added is None or part is None else added + part
    more = [len(word) - n for word, n in zip(letters, hidden, strict=True)]
    crossing = sum(a * b for a, b in itertools.pairwise(more))
    if added is not None:
        added += Signature(0, 0, crossing)
    if reduced is None:
        norm = float(np.linalg.norm(problem.gradient(network)))
        reduced = problem.spectrum(network, error=norm)
    widths = (network.widths[0], *map(len, letters), network.widths[-1])
    return Inertia(widths, len(to_vector(network)), reduced, tuple(used), added)


def require_shares(name: str, shares: npt.ArrayLike) -> Array:
    """Return shares that add up to 1, or raise TypeError or ValueError."""
    given = np.asarray(shares)
    if given.dtype.kind not in "iuf" or given.ndim != 1 or not len(given):
        raise TypeError(f"{name} must be a list of one real number or more")
    given = given.astype(np.float64)
    if not abs(given.sum() - 1) <= SHARES_ERROR:
        raise ValueError(f"{name} must add up to 1, not {given.sum():.9g}")
    return given


def _word(name: str, word: Sequence[int], width: int) -> npt.NDArray[np.intp]:
    letters = checks.integers(name, word, minimum=0)
    if set(letters) != set(range(width)):
        raise ValueError(
            f"{name} must have each of the neurons 0, …, {width - 1} and no other, not "
            f"{checks.show(letters)}"
        )
    return np.asarray(letters, dtype=np.intp)


def _betas(layer: int, shares: npt.ArrayLike, word: npt.NDArray[np.intp]) -> Array:
    betas = np.asarray(shares)
    if betas.shape != word.shape:
        raise ValueError(
            f"shares[{layer}] must be one for each of the {len(word)} neurons of its word, not of "
            f"shape {betas.shape}"
        )
    for neuron in range(int(word.max(initial=-1)) + 1):
        require_shares(f"shares[{layer}] of neuron {neuron}", betas[word == neuron])
    return betas.astype(np.float64)


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


def wide_network(
    network: Network, words: Sequence[Sequence[int]], shares: Sequence[npt.ArrayLike]
) -> Network:
    """Return the point of a critical subspace itself, for `critical_subspace_inertia`'s words."""
    for layer, (word, betas) in enumerate(zip(words, shares, strict=True)):
        network = replicate(network, layer, word, betas)
    return network
