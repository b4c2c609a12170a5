"""How far rounding can move what a network computes: tolerances that come from the arithmetic.

Every bound is the usual first-order one: a sum of n products, formed in any order, is off by at
most n ε Σ|terms|, ε = 2^-52. Sums of magnitudes stand where the computation has signs, so
that a bound grows with the cancellation in what it bounds: machine precision times conditioning.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.types import Array
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import EPSILON, GAP
from critcount.weights.network import Network, activation_function

__all__ = ["EPSILON", "GAP", "evaluation_error", "gap_rank", "gradient_error", "random_network"]

#: Bounds of |σ'|: how much of an error before the activation is left behind it.
STEEPEST = {"generic": 2.0, "tanh": 1.0, "sigmoid": 0.25, "softplus": 1.0}


def random_network(widths: tuple[int, ...], seed: int) -> Network:
    """Return a network with normally distributed weights: irreducible with probability 1.

    Beyond the first layer they have variance 1/inputs.
    """
    rng = np.random.default_rng([seed, *widths])
    shapes = list(zip(widths[1:], widths, strict=False))
    return Network(
        [
            rng.standard_normal(shape) / (np.sqrt(shape[1]) if k else 1)
            for k, shape in enumerate(shapes)
        ]
    )


def evaluation_error(network: Network, x: npt.ArrayLike, activation: str = "generic") -> Array:
    """Return how far rounding can move a network's outputs.

    Rounding of the weights is included: those of a subspace solve its equations to a few units
    in the last place only.

    Parameters
    ----------
    network : Network
    x : array_like
        Inputs of shape (samples, d_in).
    activation : {"generic", "tanh", "sigmoid", "softplus"}

    Returns
    -------
    numpy.ndarray
        Of shape (samples, d_out).

    Examples
    --------
    >>> network = random_network((2, 3, 1), 0)
    >>> error = evaluation_error(network, [[1.0, -1.0]])
    >>> error.shape, bool(1e-16 < error[0, 0] < 1e-13)
    ((1, 1), True)
    """
    function, steepest = activation_function("activation", activation), STEEPEST[activation]
    h = np.asarray(x, dtype=np.float64)
    error = np.zeros_like(h)
    last = len(network.weights) - 1
    for k, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        offset = 0.0 if bias is None else bias
        size = np.abs(h) @ np.abs(weight).T + np.abs(offset)
        steps = 2 * (weight.shape[1] + 1) + len(weight)
        error = error @ np.abs(weight).T + steps * EPSILON * size
        h = h @ weight.T + offset
        if k < last:
            h = function(h)
            error = steepest * error + 4 * EPSILON * (1 + np.abs(h))
    return error


def gradient_error(problem: Problem, network: Network) -> float:
    """Return how far rounding can move the gradient of a mean squared error, in norm.

    The gradient is (2/N) Σ (f - y) ∂f over samples and outputs. The residuals carry the
    `evaluation_error`; the sum has N d_out terms; each ∂f is a product along the layers.

    Parameters
    ----------
    problem : Problem
        With the loss "mse".
    network : Network

    Returns
    -------
    float
    """
    x, y = np.asarray(problem.inputs), np.asarray(problem.targets)
    residual = np.abs(network(x, problem.activation) - y)
    error = evaluation_error(network, x, problem.activation) + EPSILON * np.abs(y)
    slopes = np.abs(np.asarray(problem.jacobian(network)))
    terms = residual.size + sum(2 * (w.shape[1] + 2) for w in network.weights)
    weights = (error + terms * EPSILON * residual).ravel()
    return float(np.linalg.norm(weights @ slopes)) * 2 / len(x)


class GapRank(NamedTuple):
    """A rank, and the gap between the singular values on its two sides, as a quotient."""

    rank: int
    gap: float

    def _repr_html_(self) -> str:
        return markup.record(self)


def gap_rank(singular_values: npt.ArrayLike) -> GapRank:
    """Return the rank that the widest gap between singular values shows, and that gap.

    Parameters
    ----------
    singular_values : array_like
        Descending.

    Returns
    -------
    GapRank
        The number of values above the widest gap; the quotient of the values beside it, in which
        a value below ε times the largest counts as that. For a matrix of full rank the gap
        is the one above ε times the largest.

    Examples
    --------
    >>> rank, gap = gap_rank([3.0, 1.0, 2e-16])
    >>> rank, gap > 1e3
    (2, True)
    >>> gap_rank([2.0, 1.0]).rank
    2
    """
    values = np.asarray(singular_values, dtype=np.float64)
    if not len(values) or values[0] == 0:
        return GapRank(0, np.inf)
    floor = values[0] * EPSILON
    padded = np.append(np.maximum(values, floor), floor)
    gaps = padded[:-1] / padded[1:]
    place = int(np.argmax(gaps))
    return GapRank(place + 1, float(gaps[place]))
