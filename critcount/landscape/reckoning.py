"""What a path to a permutation point takes, memory and time, before it is gone."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple, TypeAlias

import numpy as np

from critcount._support import checks, markup
from critcount.landscape.problem import Objective, Problem
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network

__all__ = ["Announce", "PathWork", "path_memory", "path_work"]

#: Hessians and products with them for each step of a path.
HESSIANS, PRODUCTS = 6, 400


class PathWork(NamedTuple):
    """What a path takes, by reckoning; made by `path_work`.

    Attributes
    ----------
    bytes : int
        Of memory at once, beside what the program has anyway.
    seconds : float
        On this machine as it is now, without jumps; they make it longer.
    products : bool
        Whether products with Hessians are taken instead of Hessians.
    """

    bytes: int
    seconds: float
    products: bool

    def _repr_html_(self) -> str:
        return markup.record(self)


# What is told of a path before it begins.
Announce: TypeAlias = Callable[[PathWork], object]


def path_work(
    problem: Problem, network: Network, *, steps: int = 40, limit: int = 5000
) -> PathWork:
    """Return how much memory and time `permutation_point` will take, before it is called.

    One gradient and one Hessian or product are made and timed; a path takes some 6 Hessians with
    their eigenvectors or 400 products for each step.

    Parameters
    ----------
    problem, network, steps, limit
        As in `permutation_point`.

    Returns
    -------
    PathWork

    Raises
    ------
    SizeLimitError
        When that is more memory than the machine has.

    Examples
    --------
    >>> problem = Problem(np.eye(3), np.ones((3, 1)))
    >>> network = Network([np.ones((2, 3)), np.ones((1, 2))])
    >>> work = path_work(problem, network)
    >>> work.bytes, work.products
    (2593, False)
    """
    objective, vector = problem.at(network), to_vector(network)
    products, held = path_memory(objective, checks.integer("limit", limit, minimum=1))
    count = PRODUCTS if products else HESSIANS

    def once() -> float:
        start = perf_counter()
        if products:
            objective.product(vector, vector)
        else:
            np.linalg.eigh(objective.hessian(vector, limit=limit))
        return perf_counter() - start

    once()  # compiles
    return PathWork(held, checks.integer("steps", steps, minimum=1) * count * once(), products)


def path_memory(objective: Objective, limit: int) -> tuple[bool, int]:
    """Return whether a path takes products instead of Hessians, and its bytes, if they fit.

    >>> problem = Problem(np.eye(3), np.ones((3, 1)))
    >>> path_memory(problem.at(Network([np.ones((2, 3)), np.ones((1, 2))])), 5000)
    (False, 2593)
    """
    size = objective.size
    products = size > limit
    held = objective.bytes_per_product + 8 * size * (40 if products else 4 * size)
    advice = "take fewer samples" if products else "lower limit, so that products are taken"
    checks.memory("the path", held, advice)
    return products, held
