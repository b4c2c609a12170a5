"""The plane of equal loss through a permutation point, and the valley it is a part of."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from critcount._support.types import Array
from critcount.architecture import widths_text
from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.claims.connection import measure_path
from critcount.claims.minima import inputs, worst_deviation
from critcount.claims.rounding import EPSILON, GAP, gap_rank, random_network
from critcount.configurations.configuration import Configuration
from critcount.connectivity.graphs import valley_graph
from critcount.landscape.neurons import replicate, take
from critcount.landscape.problem import Problem
from critcount.landscape.vectors import to_network, to_vector
from critcount.weights.network import Network
from critcount.weights.subspaces import AffineSubspace

__all__ = ["CLAIMS"]

#: Step of the second differences.
DIFFERENCE_STEP = 1e-3


def collided(widths: Sequence[int], layer: int, seed: int) -> AffineSubspace:
    """Return the plane of equal outputs in which the first two neurons of a layer coincide."""
    reduced = list(widths)
    reduced[layer + 1] -= 1
    network = random_network(tuple(reduced), seed)
    words = [list(range(n)) for n in reduced[1:-1]]
    words[layer] = [0, *words[layer]]
    layers = [
        Configuration.from_word(word, n) for word, n in zip(words, reduced[1:-1], strict=True)
    ]
    return AffineSubspace(network, layers)


def measure_dimension(widths: Sequence[int], layer: int, seed: int) -> list[Case]:
    """Measure the plane's rank, the outputs all over it, and that no more directions keep them."""
    plane = collided(widths, layer, seed)
    x = inputs(60, widths[0], seed)
    rng = np.random.default_rng([seed, 5])
    figure, tolerance, _ = worst_deviation(
        plane.network, (plane.random(rng) for _ in range(20)), x
    )
    rank, gap = gap_rank(np.linalg.svd(plane.basis.toarray(), compute_uv=False))
    beyond = further_directions(plane, x, plane.random(rng), rng)
    as_expected = rank == widths[layer + 2] and not beyond.number
    case = Case(
        widths_text(widths),
        sum(a * b for a, b in itertools.pairwise(widths)),
        np.nan if min(gap, beyond.gap) < GAP else figure if as_expected else np.inf,
        tolerance,
        seed,
        f"layer {layer + 1}",
    )
    return [case]


class FurtherDirections(NamedTuple):
    """How many directions there are beyond a plane, and the gap by which that is decided."""

    number: int
    gap: float


def further_directions(
    plane: AffineSubspace, x: Array, point: Network, rng: np.random.Generator
) -> FurtherDirections:
    """Return how many directions beyond the plane keep the outputs to second order, and the gap.

    Directions that keep them to first order are the null space of the Jacobian J. Along one of
    them, u, the outputs change by ε²(q/2 + J v), q the second derivative along u and v whatever
    is done at second order: unless q lies in the range of J they change. Asked of five random
    u. The gap is the least of that of the rank of J and of what is left of q outside its range,
    against the error of q; a u is kept where nothing is left but that error.
    """
    objective = Problem(x, plane.network(x, "generic")).at(point)
    vector = to_vector(point)
    left, values, right = np.linalg.svd(objective.jacobian(vector))
    rank, gap = gap_rank(values)
    flat = right[rank:].T
    basis = np.linalg.qr(plane.basis.toarray())[0]
    outside = np.linalg.svd(flat - basis @ (basis.T @ flat))
    extra = int((outside[1] > 0.5).sum())
    if not extra:
        return FurtherDirections(0, gap)
    directions = outside[0][:, :extra]
    kept = False
    for _ in range(5):
        u = directions @ rng.standard_normal(extra)
        u /= np.linalg.norm(u)
        outputs = [
            to_network(vector + t * u, point)(x, "generic").ravel()
            for t in (DIFFERENCE_STEP, 0.0, -DIFFERENCE_STEP)
        ]
        q = (outputs[0] - 2 * outputs[1] + outputs[2]) / DIFFERENCE_STEP**2
        rest = q - left[:, :rank] @ (left[:, :rank].T @ q)
        # second differences are off by the step squared times a fourth derivative, and by rounding
        error = DIFFERENCE_STEP**2 * np.linalg.norm(q)
        error += 4 * EPSILON * np.linalg.norm(outputs[1]) / DIFFERENCE_STEP**2
        ratio = float(np.linalg.norm(rest) / error)
        if ratio <= 1:
            kept = True
        else:
            gap = min(gap, ratio)
    return FurtherDirections(extra if kept else 0, gap)


def _units_dimension(quick: bool) -> list[Unit]:
    shapes = [((2, 3, 1), 0), ((2, 3, 2), 0), ((1, 3, 3), 0), ((2, 3, 3, 1), 0)]
    if not quick:
        shapes += [((1, 2, 1), 0), ((3, 4, 2), 0), ((2, 4, 3), 0)]
        shapes += [((2, 3, 3, 1), 1), ((2, 3, 3, 2), 1), ((2, 3, 4, 2), 0)]
    return [
        {"widths": list(widths), "layer": layer, "seed": seed}
        for widths, layer in shapes
        for seed in range(2 if quick else 20)
    ]


@functools.lru_cache(maxsize=16)
def valley_components(n: int) -> tuple[int, int, int]:
    """Return the components that hold permutation points, how many points, and all components."""
    graph = valley_graph(n)
    components = graph.components()
    ranks = [graph.family.rank(node) for node in graph.pair_nodes()]
    return len(set(components[ranks].tolist())), len(ranks), len(set(components.tolist()))


def measure_valley(widths: Sequence[int], layer: int, seed: int) -> list[Case]:
    """Walk from a permutation point to its image under every permutation of its layer."""
    plane = collided(widths, layer, seed)
    n = widths[layer + 1]
    point = replicate(plane.network, layer, plane.configurations[0][layer].word)
    x = inputs(40, widths[0], seed)
    figure, tolerance = 0.0, 1.0
    for order in itertools.permutations(range(n)):
        image = take(point, layer, np.array(order))
        off, allowed = measure_path(point, image, x)
        if off / allowed >= figure / tolerance:
            figure, tolerance = off, allowed
    holding, points, components = valley_components(n)
    right = holding == components == 1 and points == (n - 1) * math.factorial(n) // 2
    return [
        Case(
            widths_text(widths),
            sum(a * b for a, b in itertools.pairwise(widths)),
            figure if right else np.inf,
            tolerance,
            seed,
            f"layer {layer + 1}",
        )
    ]


def _units_valley(quick: bool) -> list[Unit]:
    shapes = [((2, 3, 1), 0), ((2, 4, 2), 0), ((2, 3, 3, 1), 1)]
    if not quick:
        shapes += [
            ((2, 2, 1), 0),
            ((1, 3, 3), 0),
            ((3, 4, 3), 0),
            ((2, 5, 1), 0),
            ((2, 3, 4, 2), 0),
        ]
    return [
        {"widths": list(widths), "layer": layer, "seed": seed}
        for widths, layer in shapes
        for seed in range(1 if quick else 3)
    ]


CLAIMS = (
    Claim(
        name="equal-loss-dimension",
        statement="Through a permutation point of layer k runs a plane of n_{k+1} dimensions on "
        "which the loss is the same, and near a generic point of it no other network has the same "
        "outputs.",
        paper="B19",
        method="linear algebra",
        subjects="random networks with two neurons that coincide",
        quantity="change of an output on the plane",
        recorded=Verdict("holds"),
        units=_units_dimension,
        measure=measure_dimension,
        landscape=True,
    ),
    Claim(
        name="valley-reaches-all",
        statement="The equal-loss plane is part of a valley that leads to all n_k! permutations "
        "of the layer at the same loss.",
        paper="B19",
        method="enumeration, linear algebra",
        subjects="permutation points with all their images",
        quantity="change of an output along explicit paths, relative to the largest",
        recorded=Verdict("holds"),
        units=_units_valley,
        measure=measure_valley,
    ),
)
