"""Permutation points as saddles, and the height of the paths that lead there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from critcount.architecture import widths_text
from critcount.claims.claim import Case, Claim, Count, Facts, Unit, Verdict, all_within
from critcount.claims.critical import size_of, widths_of
from critcount.claims.hessians import doubled_points
from critcount.claims.rounding import EPSILON, evaluation_error
from critcount.claims.training import converged, minima
from critcount.landscape.permutation_points import permutation_point
from critcount.landscape.problem import Problem
from critcount.weights.network import Network

__all__ = ["CLAIMS", "PathLosses"]

WITHOUT_JUMPS = Verdict(
    "holds only if", "the path never jumps (some that jump were higher before the end)"
)


def measure_index(shapes: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[Case | Count]:
    """Count the negative eigenvalues at every permutation point; one case of them all.

    The figure is the number of such points that are missing: 0 when one has exactly one, else 1.
    """
    trained = [minima(widths, seeds) for widths in shapes]
    points = [
        point
        for widths, minima_of_shape in zip(shapes, trained, strict=True)
        for minimum in minima_of_shape
        for layer in range(len(widths) - 2)
        for point in doubled_points(minimum, layer)
    ]
    indices = [point.index for point in points if point.index is not None]
    number = len(indices)
    counts = [converged(minima_of_shape, seeds) for minima_of_shape in trained]
    negative = Counter(indices)
    return [
        *counts,
        *(
            Count(f"points with {index} negative", negative[index], len(points))
            for index in sorted(negative)
        ),
        Case(
            ", ".join(map(widths_text, shapes)),
            max(number, 1),
            float(1 - min(1, negative[1])) if number else np.nan,
            0.0,
        ),
    ]


def _units_index(quick: bool) -> list[Unit]:
    shapes = [[1, 1, 2], [2, 2, 1], [2, 2, 2], [2, 2, 2, 1]]
    if not quick:
        shapes += [[1, 1, 3], [2, 3, 1], [2, 3, 2]]
    return [{"shapes": shapes, "seeds": list(range(5 if quick else 20))}]


def loss_error(problem: Problem, network: Network) -> float:
    """Return how far rounding can move a mean squared error."""
    x, y = np.asarray(problem.inputs), np.asarray(problem.targets)
    residual = np.abs(network(x, problem.activation) - y)
    error = evaluation_error(network, x, problem.activation) + EPSILON * np.abs(y)
    return float((2 * residual * error + residual.size * EPSILON * residual**2).sum() / len(x))


@dataclass(frozen=True)
class PathLosses(Facts):
    """A path from a minimum to a collision.

    Attributes
    ----------
    losses, distances : sequence of float
        Along it: the loss, and the distance of the two neurons.
    jumps : int
        How often it jumps.
    over : float
        The highest loss less that at the end.
    """

    losses: Sequence[float]
    distances: Sequence[float]
    jumps: int
    over: float


def measure_collision_path(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Follow the path from a minimum to a collision, and compare its losses with that at the end.

    A path that jumps, or does not arrive, is undecided.
    """
    cases = []
    trained = minima(widths, seeds)
    for minimum in trained:
        problem, network = minimum.problem, minimum.network
        figure, tolerance = np.nan, loss_error(problem, network)
        facts = None
        try:
            path = permutation_point(problem, network, 0, 0, 1)
        except ValueError:
            pass  # it does not arrive
        else:
            losses = list(path.losses)
            tolerance = 2 * loss_error(problem, path.point)
            over = max(losses) - losses[-1]
            if path.converged and not path.jumps:
                figure = over
            facts = PathLosses(losses, list(path.distances), len(path.jumps), over)
        cases.append(
            Case(
                widths_of(network), size_of(network), figure, tolerance, minimum.seed, facts=facts
            )
        )
    absent = [case for case in cases if case.facts is None]
    jumped = [case for case in cases if case.facts and case.told(PathLosses).jumps]
    higher = [case for case in jumped if case.told(PathLosses).over > case.tolerance]
    return [
        *cases,
        converged(trained, seeds),
        Count("paths jump", len(jumped), len(cases)),
        Count("jumping paths higher before the end", len(higher), len(jumped)),
        Count("paths do not arrive", len(absent), len(cases)),
    ]


def judge_path(cases: Sequence[Case]) -> Verdict:
    """Tell whether the loss is highest at the end, on all paths or those that never jump."""
    plain = all_within(cases)
    jumped = [case for case in cases if not case.decided and case.facts]
    higher = [case for case in jumped if case.told(PathLosses).over > case.tolerance]
    if plain.kind != "holds" or not higher:
        return plain
    return WITHOUT_JUMPS


def _units_path(quick: bool) -> list[Unit]:
    if quick:
        chosen = [((1, 2, 1), range(5)), ((1, 2, 2), range(5)), ((1, 2, 3), range(5))]
    else:
        shapes = [(1, 2, 1), (1, 2, 2), (1, 2, 3), (2, 2, 3)]
        chosen = [(w, range(start, start + 5)) for w in shapes for start in range(0, 20, 5)]
    return [{"widths": list(widths), "seeds": list(seeds)} for widths, seeds in chosen]


CLAIMS = (
    Claim(
        name="first-order-saddles",
        statement="Some permutation points are first-order saddles: the Hessian has exactly one "
        "negative eigenvalue.",
        paper="B19",
        method="trained networks",
        subjects="collection of shapes, all permutation points of their minima, a neuron doubled",
        quantity="points with exactly one negative eigenvalue that are missing",
        recorded=Verdict("holds"),
        units=_units_index,
        measure=measure_index,
        landscape=True,
    ),
    Claim(
        name="path-highest-at-point",
        statement="On the path from a minimum to a permutation point, the distance of "
        "two neurons shrinking and all else minimised, the loss is highest at the permutation "
        "point.",
        paper="B19",
        method="trained networks",
        subjects="paths from minima of random tasks",
        quantity="highest loss on the path less that at its end",
        recorded=WITHOUT_JUMPS,
        units=_units_path,
        measure=measure_collision_path,
        judge=judge_path,
        landscape=True,
        facts=PathLosses,
    ),
)
