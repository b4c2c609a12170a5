"""The path on which two neurons approach each other until they are one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from critcount._support import markup
from critcount._support.types import Advance, Array
from critcount.landscape.channels import named_end
from critcount.landscape.collision import Pair, Placed
from critcount.landscape.conditioned import Conditioner, descended
from critcount.landscape.neurons import merge_neurons, replicate
from critcount.landscape.optimise import Function, Options, minimum
from critcount.landscape.problem import Problem
from critcount.landscape.vectors import to_network, to_vector
from critcount.weights.network import Network

__all__ = ["Approach", "NoCollisionError", "approach"]


#: The distance at which the path ends and the two neurons are merged, relative to the first one.
LAST = 1e-3
#: The norm of the gradient on the path; the point itself is held to the caller's tolerance.
ON_PATH = 1e-9
#: A step is halved when it ends farther from where its tangent led than this, relative to its
#: length, …
TURN = 0.3
#: … unless it is already so many times shorter than the longest steps: then it is a jump.
SHORTEST = 1 / 100
#: The most iterations of descent for each step; where that is not enough the step is halved.
STEP_ITERATIONS = 30
#: The same where the path comes to an end and descent has a long way to go.
FAR = 200
#: How often the distance is halved to find the path again beyond a gap.
HALVINGS = 6
#: A weight beyond this is on its way to infinity.
LARGEST_WEIGHT = 1e3
#: The weights of a neuron that are named as what grows are beyond this.
FAR_OFF = 50.0


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

    def _repr_html_(self) -> str:
        return markup.record(self)


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
    advance: Advance,
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
    here, tangent = pair.at(weights), pair.tangent(weights)
    places, distances = [here], [first]
    jumps: list[tuple[float, float]] = []
    along = Options(tolerance=ON_PATH, radius=longest, iterations=STEP_ITERATIONS)
    while distances[-1] > LAST * first:
        distance = distances[-1]
        # the last of the steps is halved again and again
        target = distance - step if distance > 1.5 * step else max(distance / 2, LAST * first)
        length = distance - target
        scale = length * max(float(np.linalg.norm(tangent)), 1)
        aim = here.weights - length * tangent
        there = pair.place(aim, target, along, within=2 * TURN * scale)
        off = float(np.linalg.norm(there.weights - aim))
        smooth = there.converged and off <= TURN * scale
        if not smooth:
            if length > SHORTEST * min(longest, distance):
                step = length / 2
                continue
            there, end = _far(problem, pair, here, layer, target, longest)
            if end < target or np.linalg.norm(there.weights - aim) > TURN * scale:
                jumps.append((end, float(np.linalg.norm(there.weights - here.weights))))
            target, length, step = end, distance - end, longest
        elif off <= TURN / 4 * scale:
            step = min(2 * step, longest)
        places.append(there)
        distances.append(target)
        advance(length / first)
        here, tangent = there, pair.tangent(there.weights)
    reduced, norm = _merged(problem, pair, here, layer, tolerance, longest)
    point = replicate(reduced, layer, _word(network, layer, i, j))
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
    tolerance: float,
    radius: float,
) -> tuple[Network, float]:
    """Return the minimum with the two neurons merged, and the norm of its gradient."""
    start = merge_neurons(to_network(last.weights, pair.like), layer, *pair.neurons)
    objective = problem.at(start)
    function = Function(
        objective.loss,
        objective.gradient,
        lambda vector: objective.hessian(vector, limit=pair.limit),
    )
    options = Options(tolerance=tolerance, radius=radius, largest=LARGEST_WEIGHT)
    if pair.small:
        found = minimum(function, to_vector(start), options)
    else:
        pair.conditioner.forget()
        found = descended(
            function,
            lambda vector: partial(objective.product, vector),
            Conditioner(objective).at,
            to_vector(start),
            options,
        )
    if not found.gradient_norm <= ON_PATH:
        i, j = pair.neurons
        raise NoCollisionError(
            f"neurons {i} and {j} do not collide: merged into one there is no minimum within "
            f"reach, the weights run off to {np.abs(found.x).max():.3g}"
            f"{_where(problem, to_network(found.x, start), pair.limit)}; take another pair"
        )
    return to_network(found.x, start), found.gradient_norm


def _far(
    problem: Problem, pair: Pair, here: Placed, layer: int, target: float, radius: float
) -> tuple[Placed, float]:
    """Return a minimum and its distance, where the path has come to an end.

    Descent starts from the end of the path and, when it runs off to infinity, from the minimum
    with the two neurons merged, doubled and drawn apart along their last difference: at the same
    distance, or half of it, and so on.
    """
    i, j = pair.neurons

    far = Options(tolerance=ON_PATH, radius=radius, iterations=FAR, largest=LARGEST_WEIGHT)

    def descent(start: Array, distance: float) -> Placed:
        return pair.place(start, distance, far)

    found = last = descent(here.weights, target)
    if found.converged:
        return found, target
    reduced, _ = _merged(problem, pair, here, layer, ON_PATH, radius)
    middle = to_vector(replicate(reduced, layer, _word(pair.like, layer, i, j)))
    difference = here.weights[pair.first] - here.weights[pair.second]
    difference /= np.linalg.norm(difference)
    for distance in target / 2.0 ** np.arange(HALVINGS):
        start = middle.copy()
        start[pair.first] += distance / 2 * difference
        start[pair.second] -= distance / 2 * difference
        found = descent(start, float(distance))
        if found.converged:
            return found, float(distance)
    raise NoCollisionError(
        f"neurons {i} and {j} do not collide: at distance {target:.3g} the minimum runs off to "
        f"infinity, with a weight of {np.abs(last.weights).max():.3g} where descent ends, and at "
        "smaller distances there is none near the collision"
        f"{_where(problem, to_network(last.weights, pair.like), pair.limit)}; take another pair"
    )


def _where(problem: Problem, network: Network, limit: int) -> str:
    """Return where a network has run off to: its channels, or else its largest neuron."""
    name = named_end(problem, network, limit=limit) or _largest_neuron(network)
    return f", {name}" if name else ""


def _largest_neuron(network: Network) -> str:
    """Return which neuron has the largest weights, and how; "" where none are large."""
    found: tuple[float, str] = (0.0, "")
    for layer in range(len(network.weights) - 1):
        rows, columns = network.weights[layer], network.weights[layer + 1]
        if (bias := network.biases[layer]) is not None:
            rows = np.column_stack([rows, bias])
        incoming, outgoing = (np.linalg.norm(w, axis=k) for w, k in ((rows, 1), (columns, 0)))
        for neuron, (into, out) in enumerate(zip(incoming, outgoing, strict=True)):
            place = f"neuron {neuron} of layer {layer}"
            norms = f"incoming weights of norm {into:.3g} and outgoing ones of {out:.3g}"
            if into > found[0]:
                found = float(into), f"{place} becoming steeper without end, with {norms}"
            if out > found[0]:
                found = float(out), f"{place} growing without end, with {norms}"
    return found[1] if found[0] > FAR_OFF else ""


def _word(network: Network, layer: int, i: int, j: int) -> list[int]:
    """Return which neuron of the narrower network each one is a copy of."""
    return [c if c < j else i if c == j else c - 1 for c in range(network.widths[layer + 1])]
