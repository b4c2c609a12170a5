"""A network of an activation that computes a canonical form with a remainder."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from critcount._support.types import Array
from critcount.activations import Activation
from critcount.weights.canonical import CanonicalForm
from critcount.weights.network import Network

__all__ = ["rebuild"]

#: All choices of signs are tried for so many classes; more are an instance of SUBSET SUM.
MOST_SIGNS = 12


def rebuild(
    form: CanonicalForm,
    activation: Activation,
    biases: Sequence[bool],
    limit: float,
    *,
    signs: bool = True,
) -> tuple[Network, Array, tuple[int, int]]:
    """Return a network of the activation that computes a canonical form with a remainder.

    Parameters
    ----------
    form : CanonicalForm
        Of the kinds even_linear, homogeneous, or odd_constant.
    activation : Activation
    biases : pair of bool
        Whether the hidden layer and the outputs have biases.
    limit : float
        What of the remainder counts as zero.
    signs : bool
        Whether classes may be turned round.

    Returns
    -------
    network : Network
        One neuron for each class where signs of the classes fit, one or more besides where not.
    turned : numpy.ndarray
        +1.0 or -1.0 for every class.
    bounds : (int, int)
        Between which the least width of such a network lies: whether the classes are enough is
        NP-hard to decide, and tried for at most 12 of them.
    """
    hidden, output = biases
    even = activation.kind != "odd_constant"
    if even:
        rows = np.column_stack([form.directions, form.offsets])
        weights, goal = activation.slope * form.sums, np.column_stack([form.linear, form.constant])
        if output:
            rows, goal = rows[:, :-1], goal[:, :-1]
    else:
        rows = np.ones((form.sums.shape[1], 1))
        weights, goal = activation.constant * form.sums, form.constant[:, None]
    turned, rest = _turned(weights, rows, goal, limit, signs)
    r = len(rows)
    tried = signs and r <= MOST_SIGNS
    directions, offsets = form.directions * turned[:, None], form.offsets * turned
    sums = form.sums if even else form.sums * turned
    low = r
    if np.abs(rest).max(initial=0) > limit:
        low = r + 1 if tried else r
        more = (
            _pairs(rest, directions, offsets, activation, hidden, not output)
            if even
            else Classes(np.zeros((1, directions.shape[1])), np.zeros(1), rest / activation(0.0))
        )
        directions, offsets = (
            np.concatenate([directions, more.directions]),
            np.concatenate([offsets, more.offsets]),
        )
        sums = np.column_stack([sums, more.sums])
        if even and len(more.offsets) == 1:  # a class with neurons of both signs
            sums[:, _parallel(directions[:r], more.directions[0])] -= more.sums[:, 0]
    bias = None
    if output:
        extra = activation.slope * (sums @ offsets) if even else 0.0
        bias = form.constant - extra
    network = Network._trusted(
        [np.array(directions), np.array(sums)],
        [np.array(offsets) if hidden else None, bias],
    )
    return network, turned, (low, len(directions))


def _turned(
    weights: Array, rows: Array, goal: Array, limit: float, signs: bool
) -> tuple[Array, Array]:
    """Return signs of the classes for which the remainder is met best, and what is left."""
    r = len(rows)
    best = np.ones(r)
    rest = goal - weights @ rows
    if not signs or np.abs(rest).max(initial=0) <= limit or r > MOST_SIGNS:
        return best, rest
    steps = weights[:, :, None] * rows  # (outputs, classes, remainder)
    choices = np.array(list(itertools.product((1.0, -1.0), repeat=r)))
    left = goal[None] - np.einsum("nk,qkd->nqd", choices, steps)
    sizes = np.abs(left).reshape(len(choices), -1).max(axis=1)
    chosen = int(np.argmin(sizes))
    if sizes[chosen] <= limit:
        return choices[chosen], left[chosen]
    return best, rest


class Classes(NamedTuple):
    """Incoming weights, biases and outgoing weights of classes: one a row, an entry, a column."""

    directions: Array
    offsets: Array
    sums: Array


def _pairs(
    rest: Array,
    directions: Array,
    offsets: Array,
    activation: Activation,
    hidden: bool,
    constant: bool,
) -> Classes:
    """Return neurons that compute a linear function and, with `constant`, a constant."""
    d, slope = directions.shape[1], activation.slope
    rows = np.column_stack([directions, offsets]) if constant else directions
    u, values, v = np.linalg.svd(rest, full_matrices=False)
    rank = int((values > 1e-9 * values[0]).sum())
    if rank == 1 and len(rows):
        k = _parallel(rows, v[0])
        if abs(rows[k] @ v[0]) > (1 - 1e-12) * np.linalg.norm(rows[k]):
            weight = -(rest @ rows[k]) / (2 * slope * float(rows[k] @ rows[k]))
            return Classes(-directions[[k]], -offsets[[k]], weight[:, None])
    pairs = [sign * v[j] for j in range(rank) for sign in (1.0, -1.0)]
    ends: list[Array] = [
        sign * u[:, j] * values[j] / (2 * slope) for j in range(rank) for sign in (1.0, -1.0)
    ]
    found = np.array(pairs)
    shift = found[:, d] if constant and hidden else np.zeros(len(found))
    return Classes(found[:, :d], shift, np.array(ends).T)


def _parallel(rows: Array, direction: Array) -> int:
    """Return the row that is nearest to a multiple of a direction."""
    sizes = np.maximum(np.linalg.norm(rows, axis=1), 1e-300)
    return int(np.argmax(np.abs(rows @ direction) / sizes))
