"""How well a loss near zero determines the weights: the tolerances at which to classify."""

from __future__ import annotations

import numpy as np

from critcount._support.types import Array
from critcount.landscape.neurons import replicate
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import EPSILON
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network

__all__ = ["constant", "separation", "tolerances"]

DIRECTIONS = 64
#: How far two copies are moved apart, relative to the layer's largest norm; the error of what is
#: measured is of the order of its square.
APART = 1e-3


def constant(problem: Problem, teacher: Network) -> float:
    r"""Return an estimate of C, with which two copies are known to C (loss/scale)^(1/4).

    Parameters
    ----------
    problem : Problem
        Whose targets the teacher gives, with the mean squared error.
    teacher : Network

    Returns
    -------
    float
        In units of the largest norm of a neuron's incoming weights in its layer.

    Notes
    -----
    The power law is *derived*, the constant estimated. Let two copies of a neuron, each with half
    of its outgoing weights, move from its incoming weights by εu and -εu, u as long as the
    layer's longest neuron. Because exchanging them changes nothing the outputs change by
    ε² φ + O(ε⁴), and all other weights can compensate only what lies in the span of the
    derivatives of the outputs. So the relative loss is
    c ε⁴, c = ‖φ⊥‖²/(samples · scale) with φ⊥ the part of φ orthogonal to that span, and
    the distance of the copies is 2ε = 2 (loss/(c · scale))^(1/4). C is 2 c^(-1/4) where c is
    smallest: over the neurons of all layers, and 64 random directions u of each. As the minimum is
    over these directions only, C may be larger; it is no bound. And it is for equal shares: with
    one output, copies of the shares β and 1 - β at the distance D change the outputs by
    β(1-β) D² a (u·x)² σ''/2, u of length 1, so that C is larger by the factor
    (4 |β(1-β)|)^(-1/2).

    Examples
    --------
    >>> from critcount.landscape.experiments.datasets import grid, teacher
    >>> problem = Problem(grid(step=1.0), teacher()(grid(step=1.0), "generic"))
    >>> 10 < constant(problem, teacher()) < 30
    True
    """
    rng = np.random.default_rng(0)
    least = np.inf
    for layer, weight in enumerate(teacher.weights[:-1]):
        largest = float(np.linalg.norm(weight, axis=1).max())
        width, d = weight.shape
        for neuron in range(width):
            doubled = replicate(teacher, layer, [*range(width), neuron])
            objective = problem.at(doubled)
            span = _span(objective.jacobian(to_vector(doubled)))
            directions = rng.standard_normal((DIRECTIONS, d))
            directions *= largest / np.linalg.norm(directions, axis=1, keepdims=True)
            moved = [
                objective.residuals(to_vector(_apart(doubled, layer, neuron, APART * u)))
                for u in directions
            ]
            rest = np.array(moved) / APART**2
            rest -= (rest @ span) @ span.T
            least = min(least, float((rest**2).sum(axis=1).min()))
    c = least / problem.samples / scale(problem)
    return 2 * float(c**-0.25)


def scale(problem: Problem) -> float:
    """Return the loss of a network that gives 0: the mean square of the targets."""
    return float((problem.targets**2).sum() / problem.samples)


def _span(jacobian: Array) -> Array:
    """Return an orthonormal basis of the columns."""
    u, values, _ = np.linalg.svd(jacobian, full_matrices=False)
    return np.asarray(u[:, values > values[0] * max(jacobian.shape) * EPSILON])


def _apart(doubled: Network, layer: int, neuron: int, shift: Array) -> Network:
    """Return the network with the neuron moved by the shift and its copy, the last, against it."""
    rows = np.array(doubled.weights[layer])
    rows[neuron] += shift
    rows[-1] -= shift
    weights = list(doubled.weights)
    weights[layer] = rows
    return Network(weights, doubled.biases)


def separation(teacher: Network, parity: str) -> float:
    """Return the least relative distance of two neurons of a layer, or of one from zero.

    Relative to the largest norm of a neuron's incoming weights in the layer; for the parity "odd"
    or "even" neurons are compared up to sign. Outgoing weights are compared with zero likewise.

    >>> separation(Network([[[3.0], [2.0]], [[1.0, 4.0]]]), "generic")
    0.25
    """
    least = np.inf
    for incoming, outgoing in zip(teacher.weights[:-1], teacher.weights[1:], strict=True):
        norms = np.linalg.norm(incoming, axis=1)
        distances = [norms.min()]
        for i, j in zip(*np.triu_indices(len(incoming), 1), strict=True):
            distances.append(np.linalg.norm(incoming[i] - incoming[j]))
            if parity != "generic":
                distances.append(np.linalg.norm(incoming[i] + incoming[j]))
        columns = np.linalg.norm(outgoing, axis=0)
        least = min(least, min(distances) / norms.max(), columns.min() / columns.max())
    return float(least)


def tolerances(loss: float, factor: float, extra: int, largest: float) -> tuple[float, ...]:
    """Return the tolerances at which a student of a relative loss is classified, ascending.

    Parameters
    ----------
    loss : float
        Relative to the mean square of the targets; below ε², ε = 2^-52, it counts as that: then
        it is rounding.
    factor : float
        What `constant` returns.
    extra : int
        How many neurons more than the teacher a layer has.
    largest : float
        Tolerances beyond it are left out: they could not tell two neurons of the teacher apart.

    Returns
    -------
    tuple of float
        C loss^(1/(2q)) for q = 2, …, extra + 1 (2 where that is less).

    Notes
    -----
    *Derived*: n copies of a neuron of a network with one input and one output can move so that
    the function changes only to the order n in the shift: with the neuron itself they are n + 1
    points, and weights on these whose moments of order 0, …, n all vanish are zero. A zero-type
    block of n neurons reaches the order n - 1. So the loss can be of the order 2n in the shift,
    and says of the weights of n copies no more than its root of that order. The constant is that
    of two copies.

    Examples
    --------
    >>> [round(t, 9) for t in tolerances(1e-24, 10.0, 3, 0.1)]
    [1e-05, 0.001, 0.01]
    >>> [round(t, 9) for t in tolerances(1e-24, 10.0, 3, 0.005)]
    [1e-05, 0.001]
    """
    relative = max(loss, EPSILON**2)
    orders = range(2, max(2, extra + 1) + 1)
    found = (factor * relative ** (1 / (2 * q)) for q in orders)
    return tuple(tolerance for tolerance in found if tolerance <= largest)
