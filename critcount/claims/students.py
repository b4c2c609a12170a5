"""Where trained students of zero loss land: on the subspaces, for tanh up to signs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from critcount.claims.claim import Case, Claim, Count, Facts, Unit, Verdict, all_within
from critcount.claims.minima import inputs
from critcount.claims.rounding import random_network
from critcount.claims.training import MOST_ITERATIONS
from critcount.landscape.experiments.students import POSITIVE, UNFINISHED, Measure, judge
from critcount.landscape.experiments.teaching import SHARE
from critcount.landscape.experiments.tolerances import constant, scale, separation
from critcount.landscape.problem import Problem
from critcount.landscape.training import train_many
from critcount.weights.classification import classify
from critcount.weights.findings import Classification
from critcount.weights.network import Network

__all__ = ["CLAIMS", "WithSigns"]

PARITIES = ("generic", "odd")
#: The activation that a parity stands for: without biases the parity alone matters.
ACTIVATION_OF_PARITY: dict[str, str | None] = {"generic": None, "odd": "tanh"}


@functools.lru_cache(maxsize=16)
def lesson(r: int, d_out: int, activation: str) -> tuple[Problem, Network, float]:
    """Return a task, its teacher of 2 inputs and r neurons, and the constant of the tolerances.

    The teacher's neurons lie apart: of 200 random teachers it is the one in which the least
    distance of two neurons, signs not regarded, is largest.
    """
    teachers = [random_network((2, r, d_out), seed) for seed in range(200)]
    teacher = max(teachers, key=lambda network: separation(network, "odd"))
    x = inputs(120, 2, 0)
    problem = Problem(x, teacher(x, activation), activation)
    return problem, teacher, constant(problem, teacher)


@dataclass(frozen=True)
class WithSigns(Facts):
    """A student when neurons may change sign together with what they send on.

    Attributes
    ----------
    figure, tolerance : float
        As those of the case, signs regarded.
    incoming, teacher : sequence of sequence of float
        Incoming weights of the student, and of its teacher.
    """

    figure: float
    tolerance: float
    incoming: Sequence[Sequence[float]]
    teacher: Sequence[Sequence[float]]


def measure(
    r: int, m: int, d_out: int, activation: str, seeds: Sequence[int]
) -> list[Case | Count]:
    """Train students and classify those that reach zero loss, with and without signs.

    The figure is the largest distance of a neuron from the subspace found, beside the tolerance
    at which it was found; infinite where there is none, NaN where there is one, but only at a
    tolerance larger than those that the loss justifies.
    """
    problem, teacher, factor = lesson(r, d_out, activation)
    cases: list[Case | Count] = []
    left_out = {POSITIVE: 0, UNFINISHED: 0}
    for found in train_many(problem, m, seeds, iterations=MOST_ITERATIONS):
        answers = []
        for parity in PARITIES:
            bound = SHARE * separation(teacher, parity)
            how = Measure(teacher, ACTIVATION_OF_PARITY[parity], scale(problem), factor, bound)
            answers.append(judge(found, how))
        if answers[0].outcome in left_out:
            left_out[answers[0].outcome] += 1
            continue
        offs = [
            off(answer.found, found.network, teacher, parity, separation(teacher, parity) * SHARE)
            for answer, parity in zip(answers, PARITIES, strict=True)
        ]
        cases.append(
            Case(
                f"2-{r}-{d_out} by {m}",
                m * (2 + d_out),
                offs[0],
                answers[0].tolerance or 0.0,
                found.seed,
                facts=WithSigns(
                    offs[1],
                    answers[1].tolerance or 0.0,
                    found.network.weights[0].tolist(),
                    teacher.weights[0].tolist(),
                ),
            )
        )
    return [
        *cases,
        Count("trainings at zero loss", len(cases), len(seeds)),
        Count("at a positive loss", left_out[POSITIVE], len(seeds)),
        Count("unfinished", left_out[UNFINISHED], len(seeds)),
    ]


def off(
    found: Classification | None,
    network: Network,
    teacher: Network,
    parity: str,
    largest: float,
) -> float:
    """Return the distance from the subspace found, as the figure of a case.

    Copies of which one sends on next to nothing can be further apart than the loss says of equal
    copies. So where nothing was found the tolerances up to the largest sensible one are tried.
    """
    if found is not None:
        return max(max(block.incoming, block.outgoing) for block in found.residual)
    for tolerance in largest * 10.0 ** -np.arange(6):
        try:
            classify(network, tolerance, teacher, ACTIVATION_OF_PARITY[parity])
        except ValueError:
            continue
        return np.nan
    return np.inf


def judge_signs(cases: Sequence[Case]) -> Verdict:
    """Tell whether the students lie on the subspaces as they are, or with signs taken in."""
    plain = all_within(cases)
    if plain.kind != "fails as stated":
        return plain
    told = [case.told(WithSigns) for case in cases]
    signed = [
        replace(case, figure=signs.figure, tolerance=signs.tolerance)
        for case, signs in zip(cases, told, strict=True)
    ]
    if all_within(signed).kind == "holds":
        return Verdict("holds only if", "neurons may change sign together with what they send on")
    return plain


def _units(activation: str, quick: bool) -> list[Unit]:
    shapes = [(2, 3, 1), (2, 4, 2)] if quick else [(2, 3, 1), (2, 4, 2), (3, 4, 1), (3, 5, 3)]
    starts = [0] if quick else range(0, 20, 5)
    return [
        {
            "r": r,
            "m": m,
            "d_out": d_out,
            "activation": activation,
            "seeds": list(range(start, start + 5)),
        }
        for r, m, d_out in shapes
        for start in starts
    ]


CLAIMS = (
    Claim(
        name="students-generic",
        statement="Students trained to zero loss lie on the T(r, m) subspaces, for the activation "
        "g(x) = sigmoid(4x) + softplus(x).",
        paper="S21",
        method="trained networks",
        subjects="students of zero loss (teacher by width of the student)",
        quantity="distance of a neuron from the subspace found, relative to the largest",
        recorded=Verdict("holds"),
        units=functools.partial(_units, "generic"),
        measure=measure,
        landscape=True,
        facts=WithSigns,
    ),
    Claim(
        name="students-tanh",
        statement="Students trained to zero loss lie on the T(r, m) subspaces, for the activation "
        "tanh.",
        paper="S21",
        method="trained networks",
        subjects="students of zero loss (teacher by width of the student)",
        quantity="distance of a neuron from the subspace found, relative to the largest",
        recorded=Verdict(
            "holds only if", "neurons may change sign together with what they send on"
        ),
        units=functools.partial(_units, "tanh"),
        measure=measure,
        judge=judge_signs,
        landscape=True,
        facts=WithSigns,
    ),
)
