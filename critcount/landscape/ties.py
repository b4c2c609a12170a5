"""Permutation points as minima with pairs of neurons tied; their index from the pairs alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from critcount._support import checks, markup
from critcount._support.progress import silent
from critcount._support.types import Advance, Array, Indices
from critcount.architecture import widths_text
from critcount.landscape.neurons import (
    merge_neurons,
    positions,
    replicate,
    require_layer,
    require_pairs,
)
from critcount.landscape.optimise import Function, Options, by_products
from critcount.landscape.problem import Objective, Problem
from critcount.landscape.small_matrices import matrices
from critcount.landscape.spectra import Spectrum, lowest_eigenvalues, spectrum
from critcount.landscape.vectors import network_of, to_vector
from critcount.weights.network import Network, require_network

__all__ = ["TiedPoint", "antisymmetric_spectrum", "tied_point"]

#: The gradient at which a tied minimum counts as one, and the eigenvalues asked for there.
TIED_GRADIENT, EIGENVALUES = 1e-7, 3


@dataclass(frozen=True, repr=False)
class TiedPoint:
    """A permutation point found by minimising with its pairs tied; made by `tied_point`.

    Attributes
    ----------
    layer : int
    pairs : tuple of (int, int)
    network : Network
        The neurons of a pair have the same weights.
    loss, gradient_norm : float
        Of the whole problem, without the tie.
    antisymmetric : tuple of Spectrum
        For each pair, of the Hessian in the directions in which its neurons move oppositely.
    lowest : numpy.ndarray
        The lowest eigenvalues of the Hessian in the other directions, by Lanczos; at a minimum of
        the tied problem none is negative.
    converged : bool
        Whether the gradient is below 1e-7 and none of these is negative beyond rounding.
    """

    layer: int
    pairs: tuple[tuple[int, int], ...]
    network: Network
    loss: float
    gradient_norm: float
    antisymmetric: tuple[Spectrum, ...]
    lowest: Array
    converged: bool

    @property
    def order(self) -> int:
        """K, the number of pairs."""
        return len(self.pairs)

    @property
    def index(self) -> int | None:
        """The number of negative eigenvalues of the Hessian; None when undecided.

        At a minimum of the tied problem those of the pairs' antisymmetric blocks, added up.
        """
        indices = [found.index for found in self.antisymmetric]
        if not self.converged or any(index is None for index in indices):
            return None
        return sum(index for index in indices if index is not None)

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON has them, without the network."""
        return {
            "widths": list(self.network.widths),
            "layer": self.layer,
            "pairs": [list(pair) for pair in self.pairs],
            "loss": self.loss,
            "gradient_norm": self.gradient_norm,
            "converged": self.converged,
            "index": self.index,
            "lowest": self.lowest.tolist(),
            "antisymmetric": [found.to_dict() for found in self.antisymmetric],
        }

    def __repr__(self) -> str:
        pairs = ", ".join(f"{i} and {j}" for i, j in self.pairs)
        index = "undecided" if self.index is None else self.index
        return (
            f"<TiedPoint of {widths_text(self.network.widths)}, layer {self.layer}, neurons "
            f"{pairs}: loss {self.loss:.6g}, index {index}"
            f"{'' if self.converged else ', not converged'}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


def tied_point(
    problem: Problem,
    network: Network,
    layer: int,
    pairs: Iterable[Sequence[int]],
    *,
    iterations: int = 500,
    tolerance: float = 1e-10,
    advance: Advance = silent,
) -> TiedPoint:
    """Return the permutation point that minimising with pairs of neurons tied leads to.

    The pairs are merged at the means of their weights, and the loss is minimised among the
    networks in which the neurons of every pair have the same weights. By symmetry no derivative
    leads out of these: the minimum is a critical point of the loss itself (symmetric criticality).
    It needs no path, and no Hessian is made, only products with it.

    Parameters
    ----------
    problem : Problem
        Of any weight decay. Without one a minimum can be at infinity.
    network : Network
    layer : int
        A hidden layer, from 0.
    pairs : iterable of (int, int)
        Disjoint pairs of its neurons.
    iterations : int
        The most of each method.
    tolerance : float
        Of the norm of the gradient; where rounding stops the way down is not an error.
    advance : callable
        Told of iterations done.

    Returns
    -------
    TiedPoint

    Raises
    ------
    TypeError, ValueError, IndexError
        No such layer or neurons; a neuron in two pairs.

    See Also
    --------
    critcount.landscape.permutation_point :
        one of a trained network, found by descent, with its Hessian.
    critcount.PermutationPoints :
        those of one layer as configurations: listed, ranked, drawn at random.

    Notes
    -----
    The Hessian at the point splits: into that of the tied problem, and for each pair a block of
    size d + n, d the incoming weights of a neuron and n its outgoing ones,

        [[S, Mᵀ], [M, 0]] + λ,   S = Σ (δ·a) σ''(z) h hᵀ,   M = Σ δ σ'(z) hᵀ,

    with a the outgoing weights of one neuron of the pair and λ the weight decay (derived). The
    pair's index costs one eigenvalue problem of that size.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(60, 2))
    >>> problem = Problem(x, np.arange(60) % 3, "tanh", "cross-entropy", weight_decay=1e-2)
    >>> start = Network([np.random.default_rng(1).normal(size=s) for s in ((3, 2), (3, 3))])
    >>> tied_point(problem, start, 0, [(0, 1)]).converged
    True
    """
    layer = require_layer(require_network("network", network), layer)
    given = require_pairs(network, layer, pairs)
    neurons = [neuron for pair in given for neuron in pair]
    if not given or len(set(neurons)) < len(neurons):
        raise ValueError(f"pairs must be one or more, and disjoint, not {checks.show(given)}")
    iterations = checks.integer("iterations", iterations, minimum=1)
    start = _merged(network, layer, given)
    tied = _Tied(problem.at(start), start, layer, given)
    found = by_products(
        Function(tied.value, tied.gradient, tied.no_hessian),
        tied.product,
        tied.narrow(to_vector(start)),
        Options(tolerance=tolerance, iterations=iterations),
        advance=advance,
    )
    point = network_of(found.x[tied.places], tied.objective.layout)
    norm = float(np.linalg.norm(problem.gradient(point)))
    lowest = lowest_eigenvalues(tied.scaled_product(found.x), tied.size, EIGENVALUES)
    return TiedPoint(
        layer,
        given,
        point,
        problem.loss(point),
        norm,
        tuple(antisymmetric_spectrum(problem, point, layer, i) for i, _ in given),
        lowest,
        bool(norm <= TIED_GRADIENT and lowest.min(initial=0.0) >= -TIED_GRADIENT),
    )


def antisymmetric_spectrum(
    problem: Problem, network: Network, layer: int, neuron: int
) -> Spectrum:
    """Return the spectrum of the Hessian where a neuron and its twin move oppositely.

    Parameters
    ----------
    problem : Problem
    network : Network
        Another neuron of the layer has the same weights, incoming and outgoing.
    layer, neuron : int

    Returns
    -------
    Spectrum
        Of [[S, Mᵀ], [M, 0]] + λ; see `tied_point`.
    """
    [found] = matrices(problem, network, layer, [neuron])
    n, d = found.M.shape
    matrix = np.block([[found.S, found.M.T], [found.M, np.zeros((n, n))]])
    matrix[np.diag_indices(d + n)] += problem.weight_decay
    return spectrum(matrix, error=found.curving_error + found.mixing_error)


class _Tied:
    """The loss as a function of the weights with those of a pair in one place."""

    def __init__(
        self,
        objective: Objective,
        network: Network,
        layer: int,
        pairs: Sequence[tuple[int, int]],
    ) -> None:
        self.objective = objective
        places = np.arange(objective.size)
        for i, j in pairs:
            places[positions(network, layer, j)] = positions(network, layer, i)
        self.kept, self.places = _ranked(places)
        self.size = len(self.kept)
        self.copies = np.bincount(self.places).astype(np.float64)

    def narrow(self, vector: Array) -> Array:
        return vector[self.kept]

    def folded(self, vector: Array) -> Array:
        return np.asarray(np.bincount(self.places, vector, self.size), np.float64)

    def value(self, y: Array) -> float:
        return self.objective.loss(y[self.places])

    def gradient(self, y: Array) -> Array:
        return self.folded(self.objective.gradient(y[self.places]))

    def product(self, y: Array, direction: Array) -> Array:
        return self.folded(self.objective.product(y[self.places], direction[self.places]))

    def scaled_product(self, y: Array) -> Callable[[Array], Array]:
        """The Hessian along unit vectors of the whole space, those of a tied weight being 1/√2."""
        root = np.sqrt(self.copies)
        return lambda v: self.product(y, v / root) / root

    def no_hessian(self, y: Array) -> Array:
        raise NotImplementedError("only products are made")


def _ranked(places: Indices) -> tuple[Indices, Indices]:
    kept, ranks = np.unique(places, return_inverse=True)
    return kept, ranks


def _merged(network: Network, layer: int, pairs: Sequence[tuple[int, int]]) -> Network:
    """Return the network with every pair at its mean, of the same widths."""
    for i, j in pairs:
        narrow = merge_neurons(network, layer, i, j)
        word = [c if c < j else i if c == j else c - 1 for c in range(network.widths[layer + 1])]
        network = replicate(narrow, layer, word)
    return network
