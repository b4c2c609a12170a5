"""The rank of the Hessian at a generic point of a subspace of zero loss."""

from __future__ import annotations

import numpy as np

from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.claims.minima import inputs
from critcount.claims.rounding import GAP, gap_rank, random_network
from critcount.configurations.block_sizes import Shape
from critcount.families import Expansions
from critcount.landscape.problem import Problem
from critcount.weights.subspaces import embed

__all__ = ["CLAIMS", "rank_formula"]


def rank_formula(shape: Shape, d_in: int, d_out: int) -> int:
    """Return (r + j) d_out + d_in [Σ min(d_out, |K_t|) + Σ min(d_out, |Z_l| - 1)].

    Examples
    --------
    >>> rank_formula(Shape((1, 2), (1,)), d_in=2, d_out=1)
    7
    """
    blocks = len(shape.replication) + len(shape.zero)
    directions = sum(min(d_out, size) for size in shape.replication)
    directions += sum(min(d_out, size - 1) for size in shape.zero)
    return blocks * d_out + d_in * directions


def measure(r: int, m: int, d_in: int, d_out: int, seed: int) -> list[Case]:
    """Compare the formula with the rank at a random point of a subspace of every shape."""
    teacher = random_network((d_in, r, d_out), seed)
    x = inputs(80, d_in, seed)
    problem = Problem(x, teacher(x, "generic"))
    rng = np.random.default_rng([seed, 4])
    wrong, least = 0, np.inf
    for orbit in Expansions(r, m).orbits():
        student = embed(teacher, orbit.representative, rng)
        jacobian = problem.jacobian(student)
        values = np.linalg.svd(jacobian, compute_uv=False)
        rank, gap = gap_rank(values)
        wrong += rank != rank_formula(orbit.representative.shape, d_in, d_out)
        # by Weyl's inequality the Hessian has this rank, up to what separates the two matrices
        difference = problem.hessian(student) - 2 / len(x) * jacobian.T @ jacobian
        smallest = 2 / len(x) * float(values[rank - 1]) ** 2
        least = min(least, gap, smallest / float(np.linalg.norm(difference)))
    return [
        Case(
            f"({r}, {m})",
            m * (d_in + d_out),
            float(wrong) if least >= GAP else np.nan,
            0.0,
            seed,
            f"{d_in} inputs, {d_out} outputs",
        )
    ]


def _units(quick: bool) -> list[Unit]:
    shapes = [(1, 3), (2, 3)] if quick else [(1, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 4)]
    outlines = [(1, 1), (2, 1), (2, 2), (1, 3), (2, 3)]
    return [
        {"r": r, "m": m, "d_in": d_in, "d_out": d_out, "seed": seed}
        for r, m in shapes
        for d_in, d_out in (outlines[:-1] if quick else outlines)
        for seed in range(1 if quick else 5)
    ]


CLAIMS = (
    Claim(
        name="hessian-rank",
        statement="At a generic point of a subspace of zero loss with replication blocks K_t and "
        "j zero-type blocks Z_l the Hessian has rank (r + j) d_out + d_in [Σ min(d_out, |K_t|) + "
        "Σ min(d_out, |Z_l| - 1)].",
        paper="derived",
        method="linear algebra",
        subjects="families with a subspace of every shape, 1 to 3 outputs",
        quantity="ranks that differ from the formula",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure,
        landscape=True,
    ),
)
