"""What a path to a permutation point or a spectrum takes, memory and time, before it is begun."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple, TypeAlias

import numpy as np

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.landscape.conditioned import WORN
from critcount.landscape.factors import factor_bytes
from critcount.landscape.problem import FACTORING, Objective, Problem
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network

__all__ = ["Announce", "PathWork", "path_memory", "path_work", "spectrum_work"]

#: Hessians, products with a preconditioner and products without one, for each step of a path with
#: some jumps.
HESSIANS, PRODUCTS, BARE_PRODUCTS = 15, 100, 4000
#: Products for the lowest eigenvalues, with a factor and without.
LANCZOS_PRODUCTS, BARE_LANCZOS = 150, 10_000
#: Seconds for Cholesky's factor by the cube of the size, for solving with it by the square, and
#: for what is done about each Hessian or product besides.
CHOLESKY, SOLVING, BESIDES = 3e-11, 8e-10, 3e-4
#: Seconds for compiling.
COMPILING = 2.0
#: Rows of a Hessian that are made to time them, and how often: the shortest time counts.
TIMED_ROWS, TIMINGS = 8, 5


class PathWork(NamedTuple):
    """What a path or a spectrum takes, by reckoning; made by `path_work` or `spectrum_work`.

    Attributes
    ----------
    bytes : int
        Of memory at once, beside what the program has anyway.
    seconds : float
        On this machine as it is now; of a path with some jumps, each of which makes it longer.
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

    Some products with the Hessian are timed; a path takes some 15 Hessians with their eigenvectors
    for each step, 6 without jumps. Beyond the limit it takes some 100 products, each with a
    solution by a factor that is made anew now and then; without a factor, thousands.

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

    See Also
    --------
    spectrum_work : the same of a single spectrum.

    Examples
    --------
    >>> problem = Problem(np.eye(3), np.ones((3, 1)))
    >>> network = Network([np.ones((2, 3)), np.ones((1, 2))])
    >>> work = path_work(problem, network)
    >>> work.bytes, work.products
    (2593, False)
    """
    objective = problem.at(network)
    products, held = path_memory(objective, checks.integer("limit", limit, minimum=1))
    steps = checks.integer("steps", steps, minimum=1)
    row = _row_seconds(objective, to_vector(network))
    ends = COMPILING + 3 * _spectrum_seconds(objective.size, row, products)
    return PathWork(held, ends + _path_seconds(objective.size, row, steps, products), products)


def spectrum_work(problem: Problem, network: Network, *, limit: int = 5000) -> PathWork:
    """Return how much memory and time `Problem.spectrum` will take, before it is called.

    Parameters
    ----------
    problem, network, limit
        As there.

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
    >>> spectrum_work(problem, Network([np.ones((2, 3)), np.ones((1, 2))])).products
    False
    """
    objective = problem.at(network)
    products, held = path_memory(
        objective, checks.integer("limit", limit, minimum=0), "the spectrum"
    )
    row = _row_seconds(objective, to_vector(network))
    return PathWork(held, _spectrum_seconds(objective.size, row, products), products)


def path_memory(objective: Objective, limit: int, what: str = "the path") -> tuple[bool, int]:
    """Return whether products are taken instead of Hessians, and the bytes, if they fit.

    >>> problem = Problem(np.eye(3), np.ones((3, 1)))
    >>> path_memory(problem.at(Network([np.ones((2, 3)), np.ones((1, 2))])), 5000)
    (False, 2593)
    """
    size = objective.size
    products = size > limit
    held = objective.bytes_per_product
    held += factor_bytes(size) + 320 * size if products else 32 * size * size
    advice = "take fewer samples" if products else "lower limit, so that products are taken"
    checks.memory(what, held, advice)
    return products, held


def _row_seconds(objective: Objective, vector: Array) -> float:
    """Return the time that a row of the Hessian takes here and now."""
    rows = min(TIMED_ROWS, objective.size)
    directions = np.eye(rows, objective.size)

    def once() -> float:
        start = perf_counter()
        objective.products(vector, directions)
        return (perf_counter() - start) / rows

    once()  # compiles
    return min(once() for _ in range(TIMINGS))


def _spectrum_seconds(size: int, row: float, products: bool) -> float:
    """Return the time of a spectrum, from that of a row."""
    if not products:
        return size * row + FACTORING * size**3
    if not factor_bytes(size):
        return BARE_LANCZOS * (row + BESIDES)
    return _factor_seconds(size, row) + LANCZOS_PRODUCTS * (row + SOLVING * size**2 + BESIDES)


def _path_seconds(size: int, row: float, steps: int, products: bool) -> float:
    """Return the time of the steps of a path, from that of a row."""
    if not products:
        return HESSIANS * steps * (size * row + FACTORING * size**3 + BESIDES)
    if not factor_bytes(size):
        return BARE_PRODUCTS * steps * (row + BESIDES)
    factors = math.ceil(PRODUCTS * steps / max(1.0, WORN * size))
    each = row + SOLVING * size**2 + BESIDES
    return PRODUCTS * steps * each + factors * _factor_seconds(size, row)


def _factor_seconds(size: int, row: float) -> float:
    return size * row + CHOLESKY * size**3
