"""Critical points of small tasks, by training: what several claims start from."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from critcount.claims.minima import inputs
from critcount.claims.rounding import EPSILON, gradient_error, random_network
from critcount.weights.network import Network

__all__ = ["Minimum", "hessian_error", "minima", "task"]

SAMPLES = 40
#: Standard deviation of the noise in the targets.
NOISE = 0.3
#: The most iterations: a minimum takes tens, a slope towards infinity any number.
ITERATIONS = 300
#: Seeds that share a task.
SHARED = 5


class Minimum(NamedTuple):
    """A critical point that training found, at a loss that is not zero.

    Attributes
    ----------
    problem : critcount.landscape.Problem
    network : Network
    seed : int
    gradient : float
        The norm of the gradient.
    """

    problem: Any
    network: Network
    seed: int
    gradient: float


@functools.lru_cache(maxsize=64)
def task(d_in: int, d_out: int, number: int) -> Any:
    """Return a problem that no narrow network solves: a random one of 4 neurons, and noise.

    >>> task(2, 1, 0)
    <Problem of 40 samples, 2 inputs, 1 output: generic, mse, no biases>
    """
    from critcount.landscape.problem import Problem

    x = inputs(SAMPLES, d_in, number)
    noise = np.random.default_rng([number, 8]).standard_normal((SAMPLES, d_out))
    return Problem(x, random_network((d_in, 4, d_out), number)(x, "generic") + NOISE * noise)


@functools.lru_cache(maxsize=256)
def _trained(widths: tuple[int, ...], number: int) -> list[Minimum]:
    from critcount.landscape.training import train_many

    problem = task(widths[0], widths[-1], number)
    seeds = range(number * SHARED, (number + 1) * SHARED)
    trained = train_many(problem, widths[1:-1], seeds, iterations=ITERATIONS)
    return [
        Minimum(problem, result.network, seed, result.gradient_norm)
        for seed, result in zip(seeds, trained, strict=True)
        if result.converged
    ]


def minima(widths: Sequence[int], seeds: Sequence[int]) -> list[Minimum]:
    """Return the minima that training from these seeds converged to.

    Every five seeds are of one task. Training that did not converge, or not at a
    finite point, is left out.
    """
    shape = tuple(widths)
    numbers = sorted({seed // SHARED for seed in seeds})
    return [
        found for number in numbers for found in _trained(shape, number) if found.seed in seeds
    ]


def hessian_error(problem: Any, network: Network, gradient: float) -> float:
    """Return how far a Hessian may be from that at the critical point nearby, at a collision.

    Two contributions. The entries round: terms ε (2/N) |J|ᵀ|J|. And where two neurons with
    outgoing weights a coincide, aᵀM would vanish at the critical point (see the claims on
    vanishing eigenvalues), but is as large as the gradient that training has left, so that M is
    off by that over |a|.
    """
    slopes = np.abs(np.asarray(problem.jacobian(network)))
    terms = len(slopes) + sum(2 * (w.shape[1] + 2) for w in network.weights)
    rounding = terms * EPSILON * 2 / problem.samples * float(np.linalg.norm(slopes.T @ slopes))
    smallest = min(float(np.linalg.norm(w, axis=0).min()) for w in network.weights[1:])
    return float(rounding + 4 * (gradient + gradient_error(problem, network)) / smallest)
