"""Several hidden layers: where subspaces meet, and what lies on none of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from critcount.architecture import Architecture, widths_text
from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.claims.minima import inputs, worst_deviation
from critcount.claims.rounding import EPSILON, GAP, random_network
from critcount.families import Expansions, NetworkExpansions
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network
from critcount.weights.subspaces import AffineSubspace

__all__ = ["CLAIMS"]


def least_distance(one: AffineSubspace, two: AffineSubspace) -> tuple[float, float]:
    """Return the least distance of two subspaces and its rounding error, by least squares."""
    start, end = (to_vector(space.origin) for space in (one, two))
    both = np.hstack([one.basis.toarray(), -two.basis.toarray()])
    nearest = np.linalg.lstsq(both, end - start, rcond=1e-10)[0]
    rest = np.linalg.norm(both @ nearest - (end - start))
    size = np.linalg.norm(start) + np.linalg.norm(end) + np.linalg.norm(nearest)
    return float(rest), float(EPSILON * len(start) * size)


def measure_meeting(
    minimal: Sequence[int], widths: Sequence[int], every: int, seed: int
) -> list[Case]:
    """Decide pairs of subspaces by their weights and layer by layer."""
    teacher = random_network((2, *minimal, 1), seed)
    family = list(NetworkExpansions(Architecture([2, *widths, 1]), minimal))
    spaces = [AffineSubspace(teacher, layers) for layers in family]
    pairs = itertools.islice(itertools.combinations(range(len(family)), 2), 0, None, every)
    wrong = 0
    gap = np.inf
    for i, j in pairs:
        rest, error = least_distance(spaces[i], spaces[j])
        layers = zip(family[i].layers, family[j].layers, strict=True)
        meet = all(a.meets(b) for a, b in layers)
        found = rest <= GAP * error
        wrong += found != meet
        if not found:
            gap = min(gap, rest / error)
    return [
        Case(
            f"{widths_text(minimal)} in {widths_text(widths)}",
            sum(widths),
            float(wrong) if gap > GAP**2 else np.nan,
            0.0,
            seed,
        )
    ]


def _units_meeting(quick: bool) -> list[Unit]:
    shapes: list[tuple[tuple[int, ...], tuple[int, ...], int]]
    shapes = [((1, 1), (2, 2), 1), ((2, 1), (3, 2), 3), ((1, 2), (2, 3), 3)]
    if not quick:
        shapes += [((2, 2), (3, 3), 5), ((1, 1, 1), (2, 2, 2), 1), ((1, 1), (3, 3), 3)]
    return [
        {"minimal": list(minimal), "widths": list(widths), "every": every, "seed": 0}
        for minimal, widths, every in shapes
    ]


def cancelling(teacher: Network) -> Network:
    """Return a 1-2-3-1 network with the outputs of a 1-1-1-1 one, by constants that cancel."""
    first, second, last = (float(weight[0, 0]) for weight in teacher.weights)

    def sigma(z: float) -> float:
        return float(Network([[[1.0]], [[1.0]]])([[z]], "generic")[0, 0])

    one, two = 0.9, -0.4
    ratio = -sigma(one * sigma(0.0)) / sigma(two * sigma(0.0))
    above = [[second, 0.0], [0.0, one], [0.0, two]]
    return Network([[[first], [0.0]], above, [[last, 1.0, ratio]]])


def measure_cancelling(seeds: Sequence[int]) -> list[Case]:
    """Compare the outputs of that network, and its distance from every subspace."""
    cases = []
    for seed in seeds:
        teacher = random_network((1, 1, 1, 1), seed)
        student = cancelling(teacher)
        figure, tolerance, _ = worst_deviation(teacher, [student], inputs(60, 1, seed))
        layers = itertools.product(Expansions(1, 2), Expansions(1, 3))
        nearest = min(
            float(np.linalg.norm(to_vector(space.project(student)) - to_vector(student)))
            for space in (AffineSubspace(teacher, pair) for pair in layers)
        )
        error = EPSILON * len(to_vector(student)) * float(np.linalg.norm(to_vector(student)))
        on_none = nearest > GAP * error
        cases.append(Case("1-2-3-1", 11, figure if on_none else np.inf, tolerance, seed))
    return cases


def _units_cancelling(quick: bool) -> list[Unit]:
    return [{"seeds": list(range(3 if quick else 20))}]


CLAIMS = (
    Claim(
        name="layers-meet",
        statement="Two subspaces of networks with several hidden layers meet exactly when they "
        "meet in every layer.",
        paper="derived",
        method="theorem, linear algebra",
        subjects="families of subspaces of a random teacher (width in width)",
        quantity="pairs decided differently by their weights",
        recorded=Verdict("holds"),
        units=_units_meeting,
        measure=measure_meeting,
    ),
    Claim(
        name="constants-cancel",
        statement="With several hidden layers and no biases there are networks of zero loss on "
        "none of the subspaces, already of the widths 1-2-3-1 for a teacher 1-1-1-1.",
        paper="derived",
        method="theorem, linear algebra",
        subjects="random teachers with an explicit network",
        quantity="difference of an output from the teacher's",
        recorded=Verdict("holds"),
        units=_units_cancelling,
        measure=measure_cancelling,
    ),
)
