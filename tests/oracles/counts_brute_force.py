"""Counts and dimensions by enumeration, straight from the definitions.

An oracle for the formulas of the package, of which nothing is imported here: every object is
built, one by one, and counted; every dimension is the rank of a system of linear equations.
Meant for small cases only.

A *configuration* of m neurons over r minimal ones is a pair: a tuple of r replication blocks,
the t-th holding the neurons that copy minimal neuron t, and a set of zero-type blocks, whose
outgoing weights cancel. All blocks are non-empty and together they partition range(m).
Configurations, expansions and critical subspaces: Şimşek et al. 2021 (arXiv 2105.12221);
permutation points: Brea, Şimşek, Illing, Gerstner 2019 (arXiv 1907.02911).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

Block = frozenset[int]
Configuration = tuple[tuple[Block, ...], frozenset[Block]]
Equation = tuple[dict[Hashable, int], float]

EMPTY: Block = frozenset()


# ---- counts -----------------------------------------------------------------------------


def configurations(r: int, m: int) -> Iterator[Configuration]:
    """Every configuration of m neurons over r minimal ones, once each."""
    yield from _place(0, m, (EMPTY,) * r, frozenset())


def _place(
    neuron: int, m: int, replication: tuple[Block, ...], zero: frozenset[Block]
) -> Iterator[Configuration]:
    """Put `neuron` and all later ones into blocks, in every way."""
    still_empty = replication.count(EMPTY)
    neurons_left = m - neuron
    if still_empty > neurons_left:
        return
    if neurons_left == 0:
        yield replication, zero
        return
    for t, block in enumerate(replication):
        grown = (*replication[:t], block | {neuron}, *replication[t + 1 :])
        yield from _place(neuron + 1, m, grown, zero)
    for block in zero:
        yield from _place(neuron + 1, m, replication, (zero - {block}) | {block | {neuron}})
    yield from _place(neuron + 1, m, replication, zero | {frozenset({neuron})})


def expansions(r: int, m: int) -> int:
    """T(r, m): the number of configurations."""
    return sum(1 for _ in configurations(r, m))


def expansions_by_zero_blocks(r: int, m: int) -> list[int]:
    """[N_0, ..., N_{m-r}]: configurations by their number of zero-type blocks; [] if m < r."""
    found = Counter(len(zero) for _, zero in configurations(r, m))
    return [found[j] for j in range(m - r + 1)]


def critical(r: int, m: int) -> int:
    """G(r, m): the maps of m neurons to r minimal ones that leave none of these out."""
    return sum(1 for _ in surjections(m, r))


def surjections(n: int, k: int) -> Iterator[tuple[int, ...]]:
    """Every map of range(n) onto range(k), as the tuple of its values."""
    everything = set(range(k))
    return (labels for labels in product(range(k), repeat=n) if set(labels) == everything)


# ---- permutation points -----------------------------------------------------------------


def permutation_points(hidden: Sequence[int], order: int, spread: str) -> int:
    """Distinct permutation points of one minimum and its equivalents, `order` collisions in all.

    In a layer of n neurons with i collisions n - i distinct neurons are left; the point says
    for each of the n neurons which of those it is, so it is a map onto range(n - i).

    Parameters
    ----------
    hidden
        The widths of the hidden layers.
    order
        The number of collisions, at least 1.
    spread
        "layer": disjoint pairs collide, all in one layer. "network": disjoint pairs, in any
        layers. "any": any groups of neurons collide, in any layers; k neurons that become
        one are k - 1 collisions.
    """
    if order < 1:
        raise ValueError(f"order must be at least 1, got {order}")
    if spread not in {"layer", "network", "any"}:
        raise ValueError(f"spread must be layer, network or any, got {spread!r}")
    points: set[tuple[tuple[int, ...], ...]] = set()
    for collisions in product(range(order + 1), repeat=len(hidden)):
        if sum(collisions) != order:
            continue
        if spread == "layer" and max(collisions) != order:
            continue
        layers = [
            list(colliding_layers(n, i, pairs_only=spread != "any"))
            for n, i in zip(hidden, collisions, strict=True)
        ]
        points.update(product(*layers))
    return len(points)


def colliding_layers(n: int, collisions: int, *, pairs_only: bool) -> Iterator[tuple[int, ...]]:
    """Every map of n neurons onto n - `collisions` distinct ones."""
    for labels in surjections(n, n - collisions):
        sizes = Counter(labels).values()
        if not pairs_only or set(sizes) <= {1, 2}:
            yield labels


# ---- dimensions -------------------------------------------------------------------------


def dimension_distribution(r: int, m: int, d_in: int, d_out: int) -> dict[int, int]:
    """How many configurations there are of each dimension, for one hidden layer."""
    return dict(Counter(dimension(c, d_in, d_out) for c in configurations(r, m)))


def dimension(configuration: Configuration, d_in: int, d_out: int) -> int:
    """Dimension of the subspace of weights (w_i, a_i) that a configuration stands for.

    The neurons of a replication block K_t have w_i = w_t, their a_i add up to a_t; those of a
    zero-type block have one w_i in common, whatever it is, and their a_i add up to zero.
    """
    replication, zero = configuration
    m = sum(map(len, [*replication, *zero]))
    minimal_in, minimal_out = irreducible_point(len(replication), d_in, d_out)
    unknowns: list[Hashable] = [("w", i, x) for i in range(m) for x in range(d_in)]
    unknowns += [("a", i, y) for i in range(m) for y in range(d_out)]
    equations: list[Equation] = []
    for t, block in enumerate(replication):
        for x in range(d_in):
            equations += [({("w", i, x): 1}, minimal_in[t, x]) for i in block]
        for y in range(d_out):
            equations.append(({("a", i, y): 1 for i in block}, minimal_out[t, y]))
    for block in zero:
        first, *others = block
        for x in range(d_in):
            equations += [({("w", i, x): 1, ("w", first, x): -1}, 0) for i in others]
        for y in range(d_out):
            equations.append(({("a", i, y): 1 for i in block}, 0))
    return solution_dimension(equations, unknowns)


def irreducible_point(
    r: int, d_in: int, d_out: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Random integer weights (w_t, a_t), the w_t distinct and non-zero, no a_t zero."""
    rng = np.random.default_rng([r, d_in, d_out])
    incoming = rng.integers(-9, 10, size=(r, d_in))
    incoming[:, 0] = rng.permutation(r) + 1
    outgoing = rng.integers(1, 10, size=(r, d_out))
    return incoming, outgoing


def network_configurations(
    minimal: Sequence[int], hidden: Sequence[int]
) -> Iterator[tuple[Configuration, ...]]:
    """Every choice of one configuration for each hidden layer."""
    per_layer = [list(configurations(r, m)) for r, m in zip(minimal, hidden, strict=True)]
    yield from product(*per_layer)


def network_dimension(
    widths: Sequence[int], minimal: Sequence[int], layers: Sequence[Configuration]
) -> int:
    """Dimension of the subspace of weights of a network with any number of hidden layers.

    Parameters
    ----------
    widths
        All widths, from the inputs to the outputs.
    minimal
        The minimal widths of the hidden layers.
    layers
        One configuration for each hidden layer.
    """
    equations, unknowns = network_equations(widths, irreducible_network(widths, minimal), layers)
    return solution_dimension(equations, unknowns)


def irreducible_network(widths: Sequence[int], minimal: Sequence[int]) -> list[NDArray[np.int64]]:
    """Random integer weight matrices, every row distinct and no entry zero in any of them."""
    sizes = [widths[0], *minimal, widths[-1]]
    rng = np.random.default_rng(sizes)
    matrices = []
    for columns, rows in pairwise(sizes):
        matrix = rng.integers(1, 10, size=(rows, columns))
        matrix[:, 0] = rng.permutation(rows) + 1
        matrices.append(matrix)
    return matrices


def network_equations(
    widths: Sequence[int],
    target: Sequence[NDArray[np.int64] | NDArray[np.float64]],
    layers: Sequence[Configuration],
) -> tuple[list[Equation], list[Hashable]]:
    """Return the equations of a subspace of weights, and the unknowns.

    What a neuron receives from a block of the layer below is the sum of its weights over that
    block. A copy of minimal neuron t receives what t receives from every copied neuron and
    nothing from a zero-type block; the neurons of a zero-type block receive the same as each
    other. Inputs and outputs are layers of blocks of one neuron each.

    The unknowns are (k, i, j), the weight from neuron j of layer k to neuron i of layer k + 1.
    """
    inputs = _all_single(widths[0])
    outputs = _all_single(widths[-1])
    every_layer = [inputs, *layers, outputs]
    equations: list[Equation] = []
    unknowns: list[Hashable] = []
    for k, matrix in enumerate(target):
        unknowns += [(k, i, j) for i in range(widths[k + 1]) for j in range(widths[k])]
        (replication_below, zero_below), (replication, zero) = every_layer[k : k + 2]
        for t, block in enumerate(replication):
            for i in block:
                for s, source in enumerate(replication_below):
                    equations.append(({(k, i, j): 1 for j in source}, matrix[t, s]))
                equations += [({(k, i, j): 1 for j in source}, 0) for source in zero_below]
        for block in zero:
            first, *others = block
            for i in others:
                for source in [*replication_below, *zero_below]:
                    received: dict[Hashable, int] = {(k, i, j): 1 for j in source}
                    received_by_first = {(k, first, j): -1 for j in source}
                    equations.append((received | received_by_first, 0))
    return equations, unknowns


def _all_single(n: int) -> Configuration:
    return tuple(frozenset({i}) for i in range(n)), frozenset()


def solution_dimension(equations: list[Equation], unknowns: list[Hashable]) -> int:
    """Dimension of the solutions of linear equations; ValueError if there are none."""
    matrix, values = as_matrix(equations, unknowns)
    rank = _rank(matrix)
    if _rank(np.column_stack([matrix, values])) != rank:
        raise ValueError("the equations have no solution")
    return len(unknowns) - rank


def as_matrix(
    equations: list[Equation], unknowns: list[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the coefficients, of shape (equations, unknowns), and the right-hand sides."""
    column = {unknown: index for index, unknown in enumerate(unknowns)}
    matrix = np.zeros((len(equations), len(unknowns)))
    for row, (coefficients, _) in enumerate(equations):
        for unknown, coefficient in coefficients.items():
            matrix[row, column[unknown]] = coefficient
    return matrix, np.array([value for _, value in equations], dtype=float)


def _rank(matrix: NDArray[np.float64]) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0
