"""Critical subspaces do not meet and have dimension m - r."""

from __future__ import annotations

import itertools

import numpy as np

from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.claims.rounding import EPSILON, GAP, gap_rank, random_network
from critcount.counting.layer import G
from critcount.families import CriticalSubspaces
from critcount.landscape.vectors import to_vector
from critcount.weights.subspaces import AffineSubspace

__all__ = ["CLAIMS"]


def measure(r: int, m: int, d_in: int, d_out: int, seed: int) -> list[Case]:
    """Measure the distances of all pairs of critical subspaces and the rank of each basis.

    The distance of two affine subspaces is that of their origins, less what directions of
    either can make up for: the residual of a least-squares problem.
    """
    network = random_network((d_in, r, d_out), seed)
    family = CriticalSubspaces(r, m)
    subspaces = [AffineSubspace(network, c, critical=True) for c in family]
    origins = [to_vector(subspace.origin) for subspace in subspaces]
    bases = [subspace.basis.toarray() for subspace in subspaces]
    wrong = sum(
        gap_rank(np.linalg.svd(basis, compute_uv=False)).rank != m - r for basis in bases if m > r
    )
    nearest = np.inf
    for a, b in itertools.combinations(range(len(subspaces)), 2):
        gap = origins[b] - origins[a]
        directions = np.column_stack((bases[a], bases[b]))
        if directions.shape[1]:
            gap = gap - directions @ np.linalg.lstsq(directions, gap, rcond=None)[0]
        nearest = min(nearest, float(np.linalg.norm(gap)))
    size = max(float(np.linalg.norm(origin)) for origin in origins)
    error = EPSILON * size * (d_in + d_out) * m
    sound = wrong == 0 and len(subspaces) == G(r, m)
    return [
        Case(
            f"({r}, {m})",
            m * (d_in + d_out),
            error / nearest if sound else np.inf,
            1 / GAP,
            seed,
            f"network {d_in}-{r}-{d_out}",
        )
    ]


def _units(quick: bool) -> list[Unit]:
    pairs = [(1, 2), (2, 2), (2, 3), (2, 4), (3, 3), (3, 4)]
    if not quick:
        pairs += [(2, 5), (3, 5), (4, 5)]
    return [
        {"r": r, "m": m, "d_in": d_in, "d_out": d_out, "seed": 0}
        for r, m in pairs
        for d_in in (1, 2)
        for d_out in (1, 2, 3)
    ]


CLAIMS = (
    Claim(
        name="critical-disjoint",
        statement="The G(r, m) critical subspaces of one irreducible critical point are pairwise "
        "disjoint and of dimension m - r.",
        paper="S21",
        method="enumeration, linear algebra",
        subjects="families with all subspaces of a random network, 1 or 2 inputs, 1 to 3 outputs",
        quantity="rounding error over the least distance of two subspaces",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure,
    ),
)
