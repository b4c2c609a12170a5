"""The inertia of the Hessian on critical subspaces, from the small matrices of neurons."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.architecture import widths_text
from critcount.landscape.neurons import replicate, require_layer
from critcount.landscape.problem import Problem
from critcount.landscape.small_matrices import (
    NeuronBlock,
    Signature,
    neuron_blocks,
    require_shares,
)
from critcount.landscape.spectra import Spectrum
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network, require_network

__all__ = ["Inertia", "critical_subspace_inertia", "split_inertia", "wide_network"]


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

    def to_dict(self) -> dict[str, object]:
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


def wide_network(
    network: Network, words: Sequence[Sequence[int]], shares: Sequence[npt.ArrayLike]
) -> Network:
    """Return the point of a critical subspace itself, for `critical_subspace_inertia`'s words."""
    for layer, (word, betas) in enumerate(zip(words, shares, strict=True)):
        network = replicate(network, layer, word, betas)
    return network
