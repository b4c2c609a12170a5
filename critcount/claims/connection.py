"""Isolated minima at the minimal width; one extra neuron in every layer connects them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from critcount._support.types import Array
from critcount.architecture import Architecture, widths_text
from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.claims.minima import inputs
from critcount.claims.rounding import GAP, evaluation_error, gap_rank, random_network
from critcount.connectivity.graphs import IntersectionGraph
from critcount.counting.network import count_components
from critcount.families import Expansions
from critcount.landscape.problem import Problem
from critcount.weights.network import Network
from critcount.weights.paths import zero_loss_path
from critcount.weights.subspaces import embed

__all__ = ["CLAIMS", "measure_path"]


def components_by_search(minimal: Sequence[int], widths: Sequence[int]) -> int:
    """Return the number of components, the graph of every layer searched.

    Those of a strong product of graphs are the products of theirs.

    Examples
    --------
    >>> components_by_search([2, 3], [3, 3])
    6
    """
    return math.prod(
        len(set(IntersectionGraph(r, m).components().tolist()))
        for r, m in zip(minimal, widths, strict=True)
    )


def measure_path(start: Network, end: Network, x: Array) -> tuple[float, float]:
    """Return the largest change of an output along the path of subspaces, and its tolerance.

    The tolerance is the rounding of the two evaluations that are compared, the larger of all
    vertices; in between the weights are no larger.
    """
    path = zero_loss_path(start, end, 1e-9)
    vertices = list(path)[1:-1]
    size = float(np.abs(path.minimal(x, "generic")).max())
    error = max(float(evaluation_error(vertex, x).max()) for vertex in vertices)
    return path.deviation(x, "generic", samples=5 * len(vertices)).between, 2 * error / size


def measure_extra(
    minimal: Sequence[int], d_in: int, d_out: int, seeds: Sequence[int]
) -> list[Case]:
    """Walk between random points of random subspaces with one extra neuron in every layer."""
    widths = [r + 1 for r in minimal]
    connected = components_by_search(minimal, widths) == 1
    cases = []
    for seed in seeds:
        teacher = random_network((d_in, *minimal, d_out), seed)
        rng = np.random.default_rng([seed, 3])
        ends = []
        for _ in range(2):
            layers = [Expansions(r, r + 1).random(rng, 1)[0] for r in minimal]
            ends.append(embed(teacher, layers, rng))
        figure, tolerance = measure_path(ends[0], ends[1], inputs(60, d_in, seed))
        cases.append(
            Case(
                widths_text((d_in, *widths, d_out)),
                sum(widths) * (d_in + d_out),
                figure if connected else np.inf,
                tolerance,
                seed,
            )
        )
    return cases


def _units_extra(quick: bool) -> list[Unit]:
    minima = [(2,), (3,), (2, 2)] if quick else [(2,), (3,), (4,), (6,), (2, 2), (2, 3), (3, 4)]
    return [
        {
            "minimal": list(minimal),
            "d_in": 2,
            "d_out": d_out,
            "seeds": list(range(5 if quick else 20)),
        }
        for minimal in minima
        for d_out in (1, 2, 3)
    ]


def measure_none(minimal: Sequence[int], extra: Sequence[int]) -> list[Case]:
    """Search for components where a layer has no extra neuron."""
    widths = [r + h for r, h in zip(minimal, extra, strict=True)]
    tight = [r for r, h in zip(minimal, extra, strict=True) if h == 0]
    expected = math.prod(map(math.factorial, tight))
    architecture = Architecture([2, *widths, 1])
    wrong = abs(components_by_search(minimal, widths) - expected)
    wrong += abs(count_components(architecture, minimal) - expected)
    return [
        Case(
            widths_text((2, *widths, 1)) + " over " + widths_text(minimal),
            sum(widths),
            float(wrong),
            0.0,
        )
    ]


def _units_none(quick: bool) -> list[Unit]:
    shapes = [((2,), (0,)), ((3,), (0,)), ((2, 2), (0, 0)), ((2, 2), (1, 0)), ((3, 2), (0, 1))]
    if not quick:
        shapes += [((4,), (0,)), ((3, 3), (0, 0)), ((2, 3), (2, 0)), ((2, 2, 2), (1, 0, 1))]
    return [{"minimal": list(minimal), "extra": list(extra)} for minimal, extra in shapes]


def measure_isolated(widths: Sequence[int], seeds: Sequence[int]) -> list[Case]:
    """Measure the rank of the outputs' derivatives at every order of a minimal network.

    Where it is the number of weights, no direction keeps the outputs to first order, and the
    minimum is isolated.
    """
    d_in, r, d_out = widths
    x = inputs(60, d_in, 0)
    cases = []
    for seed in seeds:
        teacher = random_network((d_in, r, d_out), seed)
        problem = Problem(x, teacher(x, "generic"))
        orders = list(Expansions(r, r))
        flat, least = 0, np.inf
        for order in orders:
            jacobian = problem.jacobian(embed(teacher, order, seed))
            rank, gap = gap_rank(np.linalg.svd(jacobian, compute_uv=False))
            flat = max(flat, jacobian.shape[1] - rank)
            least = min(least, gap)
        decided = least >= GAP and len(orders) == math.factorial(r)
        cases.append(
            Case(
                f"{d_in}-{r}-{d_out}",
                r * (d_in + d_out),
                float(flat) if decided else np.nan,
                0.0,
                seed,
            )
        )
    return cases


def _units_isolated(quick: bool) -> list[Unit]:
    shapes = [(1, 2, 1), (2, 2, 2), (2, 3, 1), (2, 2, 3)]
    if not quick:
        shapes += [(2, 3, 2), (2, 3, 3), (2, 4, 1), (3, 4, 2)]
    return [
        {"widths": list(widths), "seeds": list(range(3 if quick else 20))} for widths in shapes
    ]


CLAIMS = (
    Claim(
        name="isolated-minima",
        statement="At the minimal width, m = r, the global minima are r! isolated points.",
        paper="S21",
        method="theorem, linear algebra",
        subjects="random teachers with all orders of their neurons",
        quantity="directions that keep the outputs to first order",
        recorded=Verdict("holds"),
        units=_units_isolated,
        measure=measure_isolated,
        landscape=True,
    ),
    Claim(
        name="one-extra-connects",
        statement="One extra neuron in every hidden layer connects the subspaces of zero loss.",
        paper="S21",
        method="enumeration, linear algebra",
        subjects="pairs of random points of random subspaces",
        quantity="change of an output along an explicit path, relative to the largest",
        recorded=Verdict("holds"),
        units=_units_extra,
        measure=measure_extra,
    ),
    Claim(
        name="none-does-not",
        statement="Without an extra neuron in some hidden layers the subspaces fall into Π r_k! "
        "components, the product over these layers.",
        paper="S21",
        method="theorem, enumeration",
        subjects="widths",
        quantity="components too many or too few",
        recorded=Verdict("holds"),
        units=_units_none,
        measure=measure_none,
    ),
)
