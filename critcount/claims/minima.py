"""The T(r, m) subspaces: zero loss on all of each, all different, none smaller than h."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from critcount._support.types import Array
from critcount.architecture import Architecture, widths_text
from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.claims.rounding import EPSILON, GAP, evaluation_error, gap_rank, random_network
from critcount.configurations.configuration import Configuration
from critcount.counting import layer
from critcount.families import Expansions, NetworkConfiguration, NetworkExpansions
from critcount.weights.network import Network
from critcount.weights.subspaces import AffineSubspace, embed

__all__ = ["CLAIMS", "inputs"]


def inputs(samples: int, d_in: int, seed: int) -> Array:
    """Return inputs spread evenly over [-2, 2]^d_in by chance."""
    return np.random.default_rng([seed, d_in, samples]).uniform(-2, 2, (samples, d_in))


def worst_deviation(
    teacher: Network, students: Iterable[Network], x: Array
) -> tuple[float, float, int]:
    """Return the largest difference of an output beside its tolerance, that, and how many."""
    target, known = teacher(x, "generic"), evaluation_error(teacher, x)
    figure, tolerance, number = 0.0, 1.0, 0
    for student in students:
        off = np.abs(student(x, "generic") - target)
        allowed = known + evaluation_error(student, x)
        place = int(np.argmax(off / allowed))
        if number == 0 or off.flat[place] / allowed.flat[place] > figure / tolerance:
            figure, tolerance = float(off.flat[place]), float(allowed.flat[place])
        number += 1
    return figure, tolerance, number


def measure_zero_loss(
    minimal: Sequence[int], widths: Sequence[int], d_in: int, d_out: int, seed: int
) -> list[Case]:
    """Compare the teacher with one random point of every subspace, and count them."""
    teacher = random_network((d_in, *minimal, d_out), seed)
    family: Iterable[Configuration | NetworkConfiguration]
    if len(minimal) == 1:
        family = Expansions(minimal[0], widths[0])
    else:
        family = NetworkExpansions(Architecture([d_in, *widths, d_out]), minimal)
    expected = 1
    for r, m in zip(minimal, widths, strict=True):
        expected *= layer.T(r, m)
    rng = np.random.default_rng([seed, 1])
    figure, tolerance, number = worst_deviation(
        teacher, (embed(teacher, c, rng) for c in family), inputs(60, d_in, seed)
    )
    return [
        Case(
            f"{widths_text(minimal)} in {widths_text(widths)}",
            sum(widths) * (d_in + d_out),
            figure if number == expected else np.inf,
            tolerance,
            seed,
            f"{d_in} inputs, {d_out} outputs",
        )
    ]


def _units_zero_loss(quick: bool) -> list[Unit]:
    one = [((1,), (3,)), ((2,), (3,)), ((2,), (4,)), ((3,), (4,))]
    two = [((2, 2), (3, 3))]
    if not quick:
        one += [((2,), (5,)), ((3,), (5,)), ((1,), (5,))]
        two += [((2, 3), (3, 4)), ((1, 2), (3, 3))]
    return [
        {
            "minimal": list(minimal),
            "widths": list(widths),
            "d_in": 2,
            "d_out": d_out,
            "seed": 0,
        }
        for minimal, widths in (*one, *two)
        for d_out in (1, 2, 3)
    ]


def measure_distinct(r: int, m: int, d_in: int, d_out: int, seed: int) -> list[Case]:
    """Measure how far a random point of every subspace is from every other subspace."""
    teacher = random_network((d_in, r, d_out), seed)
    subspaces = [AffineSubspace(teacher, c) for c in Expansions(r, m)]
    rng = np.random.default_rng([seed, 2])
    own, other = 0.0, np.inf
    for a, home in enumerate(subspaces):
        point = home.random(rng)
        size = _norm(point)
        for b, subspace in enumerate(subspaces):
            off = _distance(point, subspace.project(point)) / size
            own, other = (max(own, off), other) if a == b else (own, min(other, off))
    own = max(own, EPSILON)
    return [
        Case(
            f"({r}, {m})",
            m * (d_in + d_out),
            own / other,
            1 / GAP,
            seed,
            f"teacher {d_in}-{r}-{d_out}",
        )
    ]


def _norm(network: Network) -> float:
    return float(np.sqrt(sum(float(np.vdot(w, w)) for w in network.weights)))


def _distance(a: Network, b: Network) -> float:
    pairs = zip(a.weights, b.weights, strict=True)
    return float(np.sqrt(sum(float(np.vdot(u - v, u - v)) for u, v in pairs)))


def _units_distinct(quick: bool) -> list[Unit]:
    pairs = [(1, 2), (1, 3), (2, 2), (2, 3), (3, 3)]
    if not quick:
        pairs += [(1, 4), (2, 4), (3, 4)]
    return [
        {"r": r, "m": m, "d_in": d_in, "d_out": d_out, "seed": 0}
        for r, m in pairs
        for d_in, d_out in ((1, 1), (2, 1), (2, 2), (1, 3))
    ]


def measure_dimension(r: int, extra: int, d_in: int, d_out: int) -> list[Case]:
    """Compare h with the rank of a basis of a subspace of every shape."""
    teacher = random_network((d_in, r, d_out), 0)
    ranks = []
    wrong = 0
    for orbit in Expansions(r, r + extra).orbits():
        subspace = AffineSubspace(teacher, orbit.representative)
        basis = subspace.basis.toarray()
        rank = gap_rank(np.linalg.svd(basis, compute_uv=False)).rank if basis.shape[1] else 0
        formula = orbit.representative.dimension(d_in, d_out)
        wrong += rank != formula
        ranks.append(rank)
    short = max(0, extra - min(ranks))
    return [
        Case(
            f"({r}, {r + extra})",
            (r + extra) * (d_in + d_out),
            float(short) if not wrong else np.inf,
            0.0,
            where=f"{d_in} inputs, {d_out} outputs",
        )
    ]


def _units_dimension(quick: bool) -> list[Unit]:
    return [
        {"r": r, "extra": extra, "d_in": d_in, "d_out": d_out}
        for r in ((1, 2) if quick else (1, 2, 3, 4))
        for extra in range(1, 4 if quick else 6)
        for d_in in (1, 2, 3)
        for d_out in (1, 2, 3)
    ]


CLAIMS = (
    Claim(
        name="zero-loss-subspaces",
        statement="Every one of the T(r, m) subspaces (with several hidden layers Π T(r_k, m_k)) "
        "has zero loss.",
        paper="S21",
        method="enumeration, linear algebra",
        subjects="families of subspaces of a random teacher (width in width), 1 to 3 outputs",
        quantity="difference of an output from the teacher's",
        recorded=Verdict("holds"),
        units=_units_zero_loss,
        measure=measure_zero_loss,
    ),
    Claim(
        name="subspaces-distinct",
        statement="The T(r, m) subspaces are distinct, and none contains another.",
        paper="S21",
        method="enumeration, linear algebra",
        subjects="families of subspaces of a random teacher",
        quantity="distance of a point from its own subspace over that from any other",
        recorded=Verdict("holds"),
        units=_units_distinct,
        measure=measure_distinct,
    ),
    Claim(
        name="dimension-at-least-h",
        statement="The set of global minima of a network with h extra neurons is made of pieces "
        "of dimension h at least.",
        paper="S21",
        method="theorem, linear algebra",
        subjects="families with a subspace of every shape, 1 to 3 inputs, 1 to 3 outputs",
        quantity="h less the smallest rank of a basis",
        recorded=Verdict("holds"),
        units=_units_dimension,
        measure=measure_dimension,
    ),
)
