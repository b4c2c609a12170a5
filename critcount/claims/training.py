"""Critical points of small tasks, by training: what several claims start from."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from critcount._support import markup
from critcount.claims.claim import Count
from critcount.claims.minima import inputs
from critcount.claims.rounding import EPSILON, gradient_error, random_network
from critcount.landscape.problem import Problem
from critcount.landscape.training import train
from critcount.weights.network import Network

__all__ = ["MOST_ITERATIONS", "Trained", "converged", "hessian_error", "minima", "task"]

TASK_SAMPLES = 40
#: Standard deviation of the noise in the targets.
TARGET_NOISE = 0.3
#: The most iterations: a minimum takes tens, a slope towards infinity any number. A student that
#: needs more is not counted.
MOST_ITERATIONS = 300


class Trained(NamedTuple):
    """A critical point that training found, at a loss that is not zero.

    Attributes
    ----------
    problem : Problem
    network : Network
    seed : int
    gradient : float
        The norm of the gradient.
    """

    problem: Problem
    network: Network
    seed: int
    gradient: float

    def _repr_html_(self) -> str:
        return markup.record(self)


@functools.lru_cache(maxsize=256)
def task(d_in: int, d_out: int, number: int) -> Problem:
    """Return a problem that no narrow network solves: a random one of 4 neurons, and noise.

    >>> task(2, 1, 0)
    <Problem of 40 samples, 2 inputs, 1 output: generic, mse, no biases>
    """
    x = inputs(TASK_SAMPLES, d_in, number)
    noise = np.random.default_rng([number, 8]).standard_normal((TASK_SAMPLES, d_out))
    return Problem(
        x, random_network((d_in, 4, d_out), number)(x, "generic") + TARGET_NOISE * noise
    )


@functools.lru_cache(maxsize=1024)
def _trained(widths: tuple[int, ...], seed: int) -> Trained | None:
    problem = task(widths[0], widths[-1], seed)
    result = train(problem, widths[1:-1], seed, iterations=MOST_ITERATIONS)
    if not result.converged:
        return None
    return Trained(problem, result.network, seed, result.gradient_norm)


def minima(widths: Sequence[int], seeds: Sequence[int]) -> list[Trained]:
    """Return the minima that training from these seeds converged to.

    Every seed has a task of its own. Training that did not converge, or not at a finite point,
    is left out; `converged` counts it.
    """
    return [found for seed in seeds if (found := _trained(tuple(widths), seed)) is not None]


def converged(found: Sequence[Trained], seeds: Sequence[int]) -> Count:
    """Return how many trainings there were, and how many of them converged."""
    return Count("trainings converged", len(found), len(seeds))


def hessian_error(problem: Problem, network: Network, gradient: float) -> float:
    """Return how far a Hessian may be from that at the critical point nearby, at a collision.

    Two contributions. The entries round: terms ε (2/N) |J|ᵀ|J|. And where two neurons with
    outgoing weights a coincide, aᵀM would vanish at the critical point (see the claims on
    vanishing eigenvalues), but is g, as large as the gradient that training has left. The matrix
    nearest to M for which it vanishes is M - a gᵀ/|a|²: M is off by |g|/|a|.
    """
    slopes = np.abs(np.asarray(problem.jacobian(network)))
    terms = len(slopes) + sum(2 * (w.shape[1] + 2) for w in network.weights)
    rounding = terms * EPSILON * 2 / problem.samples * float(np.linalg.norm(slopes.T @ slopes))
    smallest = min(float(np.linalg.norm(w, axis=0).min()) for w in network.weights[1:])
    return float(rounding + (gradient + gradient_error(problem, network)) / smallest)
