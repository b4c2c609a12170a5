"""How many eigenvalues of the Hessian vanish at a permutation point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from critcount.claims.claim import Case, Claim, Count, Verdict, all_within, too_few
from critcount.claims.critical import duplicate, shape_of, size_of
from critcount.claims.minima import inputs
from critcount.claims.rounding import random_network
from critcount.claims.training import Trained, converged, hessian_error, minima

__all__ = ["CLAIMS", "added", "doubled_points"]


def added(following: int, incoming: int) -> int:
    """Return how many vanishing eigenvalues one collision adds where the loss is not zero.

    Parameters
    ----------
    following : int
        Neurons of the next layer.
    incoming : int
        Incoming weights of a neuron.

    Examples
    --------
    >>> [added(n, 2) for n in (1, 2, 3, 4, 5)]
    [1, 1, 1, 2, 3]
    """
    return max(1, following - incoming)


def doubled_points(found: Trained, layer: int) -> Iterator[dict[str, Any]]:
    """Yield what the spectrum says at the point where a neuron of a layer is doubled.

    At the point the two share the outgoing weights equally: it is its own image when they are
    exchanged. It is undecided where the spectrum is, and where the Hessian of the narrower network
    is singular itself.
    """
    from critcount.landscape.spectra import spectrum

    problem, network = found.problem, found.network
    below = spectrum(
        problem.hessian(network), error=hessian_error(problem, network, found.gradient)
    )
    for neuron in range(network.widths[layer + 1]):
        point = duplicate(network, layer, neuron)
        error = hessian_error(problem, point, found.gradient)
        here = spectrum(problem.hessian(point), error=error)
        # a point that is degenerate before any collision says nothing about collisions
        decided = here.nullity is not None and below.nullity == 0
        yield {
            "shape": shape_of(point),
            "where": f"layer {layer + 1}, neuron {neuron}",
            "size": size_of(point),
            "following": network.widths[layer + 2],
            "incoming": network.widths[layer],
            "nullity": here.nullity if decided else None,
            "reduced": below.nullity if decided else None,
            "index": here.index if decided else None,
            "gap": min(here.gap, below.gap),
            "loss": problem.loss(point),
            "eigenvalues": here.eigenvalues.tolist() if found.seed == 0 and neuron == 0 else None,
        }


def _cases(widths: Sequence[int], seeds: Sequence[int], kind: str) -> Iterator[Case]:
    """Yield a case for each doubled neuron: the stated number less the nullity.

    Undecided spectra are cases of every kind, so that they are counted.
    """
    trained = minima(widths, seeds)
    for found in [*trained, *(_solved(widths, seeds) if kind == "psd" else [])]:
        for layer in range(len(widths) - 2):
            for facts in doubled_points(found, layer):
                if facts["index"] is not None and (facts["index"] == 0) != (kind == "psd"):
                    continue
                short = np.nan
                if facts["nullity"] is not None:
                    short = float(max(0, facts["following"] - facts["nullity"]))
                solved = all(found is not minimum for minimum in trained)
                yield _case({**facts, "solved": solved}, short, found.seed)


def _case(facts: dict[str, Any], figure: float, seed: int) -> Case:
    return Case(facts["shape"], facts["size"], figure, 0.0, seed, facts["where"], facts)


def _solved(widths: Sequence[int], seeds: Sequence[int]) -> list[Trained]:
    """Return networks that are their own teachers: minima at which the loss is zero."""
    from critcount.landscape.problem import Problem

    found = []
    for seed in seeds:
        network = random_network(tuple(widths), seed)
        x = inputs(40, widths[0], seed)
        problem = Problem(x, network(x, "generic"))
        gradient = float(np.linalg.norm(problem.gradient(network)))
        found.append(Trained(problem, network, seed, gradient))
    return found


def measure_semidefinite(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Count the vanishing eigenvalues where no eigenvalue is negative."""
    cases = list(_cases(widths, seeds, "psd"))
    decided = [case.facts for case in cases if case.decided]
    solved = sum(facts["solved"] for facts in decided)
    several = sum(facts["following"] > 1 and not facts["solved"] for facts in decided)
    return [
        *cases,
        converged(minima(widths, seeds), seeds),
        Count("decided points of zero loss", solved, len(decided)),
        Count("of non-zero loss with n_{k+1} > 1", several, len(decided)),
    ]


def measure_indefinite(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Count the vanishing eigenvalues where there are negative ones."""
    counted = converged(minima(widths, seeds), seeds)
    return [*_cases(widths, seeds, "indefinite"), counted]


def measure_count(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Compare the eigenvalues that a collision adds with the derived number."""
    trained = minima(widths, seeds)
    cases: list[Case | Count] = [converged(trained, seeds)]
    for found in trained:
        for layer in range(len(widths) - 2):
            for facts in doubled_points(found, layer):
                off = np.nan
                if facts["nullity"] is not None:
                    more = facts["nullity"] - facts["reduced"]
                    off = float(abs(more - added(facts["following"], facts["incoming"])))
                cases.append(_case(facts, off, found.seed))
    return cases


def judge_indefinite(cases: Sequence[Case]) -> Verdict:
    """Tell for which widths of the next layer the stated number is reached."""
    if unsettled := too_few(cases):
        return unsettled
    decided = [case for case in cases if case.decided]
    failing = [case for case in decided if not case.passed]
    if not failing:
        return Verdict("holds")
    smallest = min(failing, key=lambda case: case.size)
    example = (
        f"{smallest.shape} has {smallest.facts['nullity']} where "
        f"{smallest.facts['following']} are stated"
    )
    passing = {case.facts["following"] for case in decided if case.passed}
    if passing == {1} and all(case.facts["following"] > 1 for case in failing):
        return Verdict("holds only if", f"the next layer has one neuron ({example})")
    return Verdict("fails as stated", example)


def _units(quick: bool) -> list[dict[str, Any]]:
    shapes = [(1, 1, 2), (1, 1, 3), (2, 2, 1), (2, 2, 2), (2, 2, 2, 1)]
    if not quick:
        shapes += [(1, 1, 4), (2, 1, 3), (2, 1, 4), (3, 2, 2), (2, 3, 1), (2, 2, 3)]
        shapes += [(1, 2, 3, 1), (2, 2, 3, 2)]
    starts = [0] if quick else range(0, 20, 5)
    return [
        {"widths": list(widths), "seeds": list(range(start, start + 5))}
        for widths in shapes
        for start in starts
    ]


ALGEBRA = """\
Write the change of the two neurons' outgoing weights as ±u (n_{k+1} numbers) and that of
their incoming weights as ±v (d numbers, a bias counted). The point does not change when the
two are exchanged, so the Hessian does not mix these antisymmetric directions with the
symmetric ones, which are those of the reduced network. To first order the sum that the next
layer receives does not change along them (u - u = 0, and a vᵀ - a vᵀ = 0 as both have the
same outgoing weights a); so the Gauss-Newton part of the Hessian vanishes there and what is
left is the derivative of the loss by the next layer's input, e, times the second derivative
of that input:

    [[0, M], [Mᵀ, S]],   M = Σ_n e_n σ'(w·h_n) h_nᵀ,   S = Σ_n (a·e_n) σ''(w·h_n) h_n h_nᵀ

up to a common factor, h the input of the layer; M has n_{k+1} rows and d columns. The form
is zero on the plane v = 0: that is the equal-loss plane. Criticality in w says aᵀM = 0.
"""

CLAIMS = (
    Claim(
        name="vanishing-semidefinite",
        statement="At a permutation point with a positive semidefinite Hessian at least n_{k+1} "
        "eigenvalues of the Hessian vanish.",
        paper="B19",
        method="trained networks",
        subjects="permutation points without a negative eigenvalue",
        quantity="vanishing eigenvalues that are missing",
        recorded=Verdict("holds"),
        explanation=ALGEBRA
        + """
A semidefinite form that vanishes on a plane has the plane in its kernel: (x + εy)ᵀH(x + εy)
= 2ε xᵀHy + ε² yᵀHy would be negative for a small ε of one sign unless xᵀHy = 0. So M = 0
and at least n_{k+1} eigenvalues vanish. M = 0 for instance with one neuron in the
next layer, where aᵀM = 0 and a ≠ 0; and where the loss is zero, as e = 0. Both are
measured, the second at random teachers; the sample says how many points are of which kind.""",
        units=_units,
        measure=measure_semidefinite,
        landscape=True,
    ),
    Claim(
        name="vanishing-indefinite",
        statement="At a permutation point with an indefinite Hessian at least n_{k+1} eigenvalues "
        "of the Hessian vanish.",
        paper="B19",
        method="trained networks",
        subjects="permutation points with negative eigenvalues",
        quantity="vanishing eigenvalues that are missing",
        recorded=Verdict(
            "holds only if",
            "the next layer has one neuron (1-2-2 has 1 where 2 are stated)",
        ),
        explanation="""\
That a quadratic form vanishes on a plane does not put the plane into its kernel: xy
vanishes on both axes of the plane and its kernel is zero. With the matrix of the row
before, (u, v) is in the kernel when Mv = 0 and Mᵀu + Sv = 0. With M ≠ 0 the directions u
with Mᵀu ≠ 0 are not in it, although the loss is the same along them: the gradient turns as
one moves, and off the kernel of Mᵀ the points of the plane are not critical. The
equal-loss plane has n_{k+1} dimensions all the same (equal-loss-dimension).

The number of vanishing eigenvalues is that of the next row.""",
        units=_units,
        measure=measure_indefinite,
        judge=judge_indefinite,
        landscape=True,
    ),
    Claim(
        name="vanishing-count",
        statement="At a non-degenerate critical point of non-zero loss one collision adds "
        "max(1, n_{k+1} - d) vanishing eigenvalues, d the number of incoming weights of a neuron.",
        paper="derived",
        method="trained networks",
        subjects="permutation points",
        quantity="difference from max(1, n_{k+1} - d)",
        recorded=Verdict("holds"),
        explanation="""\
From Mv = 0 and Mᵀu + Sv = 0: the first says v is in the kernel of M; multiplying the second
by elements of that kernel, S restricted to it must vanish on v, and S is regular there in
general: v = 0. What is left is Mᵀu = 0, n_{k+1} - rank M dimensions. M has n_{k+1} rows and
d columns, and aᵀM = 0 takes one away: rank M = min(n_{k+1} - 1, d) in general, and

    n_{k+1} - min(n_{k+1} - 1, d) = max(1, n_{k+1} - d).

One of them always is u ∝ a, the direction of the critical subspace; along the others the
points are critical too (see unequal-split). All n_{k+1} would take
M = 0. Measured is the nullity at the point less that of the reduced network, with fewer and
with more neurons in the next layer than incoming weights.

Non-degenerate means that the Hessian of the narrower network is regular at its minimum;
where it is not, the point is undecided, as nothing there is in general. An eigenvalue
counts as zero when it is not larger than the error that the matrix may have, and every
other one must be 10^3 times that error or more; otherwise the case is undecided. The error
is n ε times the largest eigenvalue, plus the rounding of the entries, plus what the
gradient left over by training does to M: with aᵀM = g instead of 0, M is off by |g|/|a|.""",
        units=_units,
        measure=measure_count,
        judge=all_within,
        landscape=True,
    ),
)
