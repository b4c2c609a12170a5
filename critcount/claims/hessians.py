"""How many eigenvalues of the Hessian vanish at a permutation point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from critcount.claims.claim import Case, Claim, Count, Facts, Unit, Verdict, all_within, too_few
from critcount.claims.critical import duplicate, size_of, widths_of
from critcount.claims.minima import inputs
from critcount.claims.rounding import random_network
from critcount.claims.training import Trained, converged, hessian_error, minima
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import spectrum

__all__ = ["CLAIMS", "Doubled", "added", "doubled_points"]


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


@dataclass(frozen=True)
class Doubled(Facts):
    """What the spectrum says at the point where a neuron is doubled.

    Attributes
    ----------
    shape, where : str
    size : int
        The number of weights.
    following, incoming : int
        Neurons of the next layer; incoming weights of the neuron.
    nullity, reduced, index : int or None
        Vanishing eigenvalues at the point and of the narrower network, negative ones at the point;
        None where they are undecided.
    solved : bool
        Whether the loss is zero there.
    """

    shape: str
    where: str
    size: int
    following: int
    incoming: int
    nullity: int | None
    reduced: int | None
    index: int | None
    solved: bool = False

    def case(self, figure: float, seed: int) -> Case:
        """Return a case with this figure, to be 0, and all of the above as its facts."""
        return Case(self.shape, self.size, figure, 0.0, seed, self.where, self)


def doubled_points(found: Trained, layer: int) -> Iterator[Doubled]:
    """Yield what the spectrum says at the point where a neuron of a layer is doubled.

    At the point the two share the outgoing weights equally: it is its own image when they are
    exchanged. It is undecided where the spectrum is, and where the Hessian of the narrower network
    is singular itself.
    """
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
        yield Doubled(
            shape=widths_of(point),
            where=f"layer {layer + 1}, neuron {neuron}",
            size=size_of(point),
            following=network.widths[layer + 2],
            incoming=network.widths[layer],
            nullity=here.nullity if decided else None,
            reduced=below.nullity if decided else None,
            index=here.index if decided else None,
        )


def _cases(widths: Sequence[int], seeds: Sequence[int], kind: str) -> Iterator[Case]:
    """Yield a case for each doubled neuron: the stated number less the nullity.

    Undecided spectra are cases of every kind, so that they are counted.
    """
    trained = minima(widths, seeds)
    for found in [*trained, *(_solved(widths, seeds) if kind == "psd" else [])]:
        for layer in range(len(widths) - 2):
            for point in doubled_points(found, layer):
                if point.index is not None and (point.index == 0) != (kind == "psd"):
                    continue
                short = np.nan
                if point.nullity is not None:
                    short = float(max(0, point.following - point.nullity))
                solved = all(found is not minimum for minimum in trained)
                yield replace(point, solved=solved).case(short, found.seed)


def _solved(widths: Sequence[int], seeds: Sequence[int]) -> list[Trained]:
    """Return networks that are their own teachers: minima at which the loss is zero."""
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
    decided = [case.told(Doubled) for case in cases if case.decided]
    solved = sum(point.solved for point in decided)
    several = sum(point.following > 1 and not point.solved for point in decided)
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
            for point in doubled_points(found, layer):
                off = np.nan
                if point.nullity is not None and point.reduced is not None:
                    more = point.nullity - point.reduced
                    off = float(abs(more - added(point.following, point.incoming)))
                cases.append(point.case(off, found.seed))
    return cases


def judge_indefinite(cases: Sequence[Case]) -> Verdict:
    """Tell for which widths of the next layer the stated number is reached."""
    if unsettled := too_few(cases):
        return unsettled
    decided = [case for case in cases if case.decided]
    failing = [case for case in decided if not case.passed]
    if not failing:
        return Verdict("holds")
    smallest = min(failing, key=lambda case: case.size).told(Doubled)
    example = f"{smallest.shape} has {smallest.nullity} where {smallest.following} are stated"
    passing = {case.told(Doubled).following for case in decided if case.passed}
    if passing == {1} and all(case.told(Doubled).following > 1 for case in failing):
        return Verdict("holds only if", f"the next layer has one neuron ({example})")
    return Verdict("fails as stated", example)


def _units(quick: bool) -> list[Unit]:
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


CLAIMS = (
    Claim(
        name="vanishing-semidefinite",
        statement="At a permutation point with a positive semidefinite Hessian at least n_{k+1} "
        "eigenvalues of the Hessian vanish.",
        paper="B19",
        method="theorem, trained networks",
        subjects="permutation points without a negative eigenvalue",
        quantity="vanishing eigenvalues that are missing",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure_semidefinite,
        landscape=True,
        facts=Doubled,
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
        units=_units,
        measure=measure_indefinite,
        judge=judge_indefinite,
        landscape=True,
        facts=Doubled,
    ),
    Claim(
        name="vanishing-count",
        statement="At a non-degenerate critical point of non-zero loss one collision adds "
        "max(1, n_{k+1} - d) vanishing eigenvalues, d the number of incoming weights of a neuron.",
        paper="derived",
        method="theorem, trained networks",
        subjects="permutation points",
        quantity="difference from max(1, n_{k+1} - d)",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure_count,
        judge=all_within,
        landscape=True,
        facts=Doubled,
    ),
)
