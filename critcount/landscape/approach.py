"""The path on which two neurons approach each other until they are one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from critcount.landscape.collision import Pair, Placed
from critcount.landscape.descent import descend
from critcount.landscape.neurons import double, merge
from critcount.landscape.problem import Problem
from critcount.landscape.vectors import to_network, to_vector
from critcount.weights.network import Network

__all__ = ["Approach", "NoCollisionError", "approach"]

Array: TypeAlias = npt.NDArray[np.float64]

#: The distance at which the path ends and the two neurons are merged, relative to the first one.
LAST = 1e-3
#: The norm of the gradient on the path; the point itself is held to the caller's tolerance.
ON_PATH = 1e-9
#: A step is halved when it ends farther from where its tangent led than this, relative to its
#: length, …
TURN = 0.3
#: … unless it is already so many times shorter than the longest steps: then it is a jump.
SHORTEST = 1e-5
#: The most steps, halved ones included, for each one that was asked for.
EFFORT = 20
#: The most iterations of descent for each step; where that is not enough the step is halved.
ITERATIONS = 50
#: A weight beyond this is on its way to infinity.
LARGEST = 1e3


class NoCollisionError(ValueError):
    """The path on which two neurons approach each other does not arrive."""


@dataclass(frozen=True)
class Approach:
    """A path to the collision of two neurons.

    Attributes
    ----------
    networks : tuple of Network
        From the start to the collision, where the merged neuron is doubled.
    distances, gradient_norms : tuple of float
    jumps : tuple of (float, float)
        Distance and length.
    reduced : Network
        The two neurons merged, and the loss minimised.
    miss : float
        The distance of the last network from the one before, the pair's difference left out.
    direction : numpy.ndarray
        The pair's last difference, a unit vector.
    """

    networks: tuple[Network, ...]
    distances: tuple[float, ...]
    gradient_norms: tuple[float, ...]
    jumps: tuple[tuple[float, float], ...]
    reduced: Network
    miss: float
    direction: Array


def approach(
    problem: Problem,
    network: Network,
    layer: int,
    i: int,
    j: int,
    *,
    steps: int,
    tolerance: float,
    limit: int,
    advance: Callable[[float], None],
) -> Approach:
    """Return the path from a minimum to the collision of neurons i < j.

    The other arguments are those of `permutation_point`.
    """
    pair = Pair(problem, network, layer, i, j, limit)
    weights = to_vector(network)
    first = pair.distance(weights)
    if first == 0:
        raise ValueError(
            f"neurons {i} and {j} of hidden layer {layer} are copies of each other already"
        )
    longest = step = first / steps
    here = pair.at(weights)
    places, distances = [here], [first]
    jumps: list[tuple[float, float]] = []
    for _ in range(EFFORT * steps):
        distance = distances[-1]
        if distance <= LAST * first:
            break
        # the last of the steps is halved again and again
        target = distance - step if distance > 1.5 * step else max(distance / 2, LAST * first)
        length = distance - target
        scale = length * max(float(np.linalg.norm(here.tangent)), 1)
        aim = here.weights - length * here.tangent
        there = pair.place(aim, target, tolerance=ON_PATH, radius=longest, iterations=ITERATIONS)
        _require_finite(there.weights, target, (i, j))
        off = float(np.linalg.norm(there.weights - aim))
        smooth = there.converged and off <= TURN * scale
        if not smooth and length > SHORTEST * longest:
            step = length / 2
            continue
        if not there.converged:
            there = _descend_far(pair, aim, target, longest, (i, j))
            off = float(np.linalg.norm(there.weights - aim))
        if not smooth:
            jumps.append((target, float(np.linalg.norm(there.weights - here.weights))))
        places.append(there)
        distances.append(target)
        advance(length / first)
        here = there
        if off <= TURN / 4 * scale:
            step = min(2 * step, longest)
    else:
        largest = float(np.abs(here.weights).max())
        raise NoCollisionError(
            f"neurons {i} and {j} are still at distance {distances[-1]:.3g} after "
            f"{EFFORT * steps:,} steps, and the largest weight is {largest:.1e}: the minimum may "
            "be on its way to infinity; take another pair, or raise steps"
        )
    reduced, norm = _merged(problem, pair, here, layer, (i, j), tolerance, longest)
    _require_finite(to_vector(reduced), 0.0, (i, j))
    word = [c if c < j else i if c == j else c - 1 for c in range(network.widths[layer + 1])]
    point = double(reduced, layer, word)
    advance(distances[-1] / first)
    difference = here.weights[pair.first] - here.weights[pair.second]
    change = pair.rotate(to_vector(point) - here.weights)[pair.rest]
    return Approach(
        networks=(network, *(to_network(p.weights, network) for p in places[1:]), point),
        distances=(*distances, 0.0),
        gradient_norms=(*(p.gradient_norm for p in places), norm),
        jumps=tuple(jumps),
        reduced=reduced,
        miss=float(np.linalg.norm(change)),
        direction=difference / np.linalg.norm(difference),
    )


def _merged(
    problem: Problem,
    pair: Pair,
    last: Placed,
    layer: int,
    neurons: tuple[int, int],
    tolerance: float,
    radius: float,
) -> tuple[Network, float]:
    """Return the minimum with the two neurons merged, and the norm of its gradient."""
    start = merge(to_network(last.weights, pair.like), layer, *neurons)
    objective = problem.at(start)
    found = descend(
        objective.loss,
        objective.gradient,
        lambda vector: objective.hessian(vector, limit=pair.limit),
        to_vector(start),
        tolerance=tolerance,
        radius=radius,
    )
    return to_network(found.x, start), found.gradient_norm


def _descend_far(
    pair: Pair, weights: Array, distance: float, radius: float, neurons: tuple[int, int]
) -> Placed:
    """Return the minimum that a long descent leads to, where the path has come to an end."""
    found = pair.place(
        weights,
        distance,
        tolerance=ON_PATH,
        radius=radius,
        iterations=10 * ITERATIONS,
        handover=ON_PATH,
    )
    _require_finite(found.weights, distance, neurons)
    if not found.converged:
        i, j = neurons
        raise NoCollisionError(
            f"neurons {i} and {j} do not collide: at distance {distance:.3g} descent ends at "
            f"no minimum, with a gradient of {found.gradient_norm:.1e}; take another pair"
        )
    return found


def _require_finite(weights: Array, distance: float, neurons: tuple[int, int]) -> None:
    largest = float(np.abs(weights).max(initial=0))
    if not largest <= LARGEST:
        i, j = neurons
        raise NoCollisionError(
            f"neurons {i} and {j} do not collide: at distance {distance:.3g} the minimum has run "
            f"off towards infinity, with a weight of {largest:.1e}; take another pair"
        )
