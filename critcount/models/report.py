"""What is said of a model's symmetry: rows for a table, a document for JSON."""

from __future__ import annotations

import math
from fractions import Fraction

from critcount._support import numerals
from critcount.models.families import UnitFamily
from critcount.models.proofs import Proof
from critcount.models.symmetry import Symmetry

__all__ = [
    "factorials",
    "family_columns",
    "family_rows",
    "subspaces",
    "symmetry_document",
    "symmetry_summary",
]

ReportCell = int | Fraction | float | bool | str | None
#: Continuous symmetries that a model may have and that no family tells of.
NOT_LOOKED_FOR = (
    "rotations under rotary embeddings",
    "rotations of a residual stream under a norm",
)
FAMILY_COLUMNS = ("family", "units", "copies", "structure", "first_order", "continuous", "tensors")


def factorials(symmetry: Symmetry) -> str:
    """Return the order as a product: ``12!^12 64!^288``; a plain factor n as ``n``.

    >>> from critcount import Architecture
    >>> factorials(Symmetry.from_architecture(Architecture.parse("3-4-4-2-1")))
    '4!^2 2!'
    """
    parts = [(f"{n}!", t) for n, t in sorted(symmetry.factors.items(), reverse=True)]
    parts += [(f"{n}", t) for n, t in sorted(symmetry.orbits.items(), reverse=True)]
    return " ".join(name if times == 1 else f"{name}^{times}" for name, times in parts) or "1"


def symmetry_summary(
    symmetry: Symmetry, proof: Proof | None = None, max_order: int = 1
) -> list[tuple[str, ReportCell]]:
    """Return quantities and values of a model, in the order in which they are told."""
    exact = not symmetry.gaps
    rows: list[tuple[str, ReportCell]] = [
        ("order" if exact else "order at least", factorials(symmetry)),
        ("log10 of the order", symmetry.log10),
        ("digits of the order", math.floor(symmetry.log10) + 1),
    ]
    if symmetry.within.log10 != symmetry.log10:
        rows.append(("order within tensors", factorials(symmetry.within)))
    rows += [
        (f"permutation points of order {k} per minimum", symmetry.permutation_points(k))
        for k in range(1, max_order + 1)
    ]
    rows += [("not looked for", text) for text in NOT_LOOKED_FOR]
    rows += [("gap", f"{place}: {reason}") for place, reason in symmetry.gaps]
    if proof is not None:
        rows += [
            ("largest relative deviation", proof.relative),
            ("share of coordinates moved", proof.moved),
            ("proved", proof.holds),
        ]
    return rows


def family_rows(symmetry: Symmetry, extra: int | None = None) -> list[tuple[ReportCell, ...]]:
    """Return a row of `family_columns` for each family."""
    return [
        (
            f.name,
            f.size,
            f.copies,
            f.structure,
            f.permutation_points(1) if f.duplicable else None,
            "; ".join(f.continuous) or None,
            len(f.parameters),
            *(() if extra is None else subspaces(f, extra)),
        )
        for f in symmetry.families
    ]


def family_columns(extra: int | None = None) -> tuple[str, ...]:
    """Return the names of the columns for families; T and G where units are more than needed."""
    return FAMILY_COLUMNS if extra is None else (*FAMILY_COLUMNS, "T", "G")


def subspaces(family: UnitFamily, extra: int) -> tuple[int | None, int | None]:
    """Return T and G of a family of n units where n - extra suffice; None where it has none."""
    r = family.size - extra
    return (family.T(r), family.G(r)) if family.duplicable and r > 0 else (None, None)


def symmetry_document(
    symmetry: Symmetry,
    proof: Proof | None = None,
    max_order: int = 1,
    extra: int | None = None,
) -> dict[str, object]:
    """Return everything as a JSON document: exact counts as strings, a Fraction as ``p/q``."""
    result: dict[str, object] = {
        "order": numerals.exact(symmetry.order),
        "order_is_lower_bound": bool(symmetry.gaps),
        "order_within_tensors": numerals.exact(symmetry.within.order),
        "factors": {f"{n}!": times for n, times in sorted(symmetry.factors.items())},
        "orbits": {str(n): times for n, times in sorted(symmetry.orbits.items())},
        "log10": symmetry.log10,
        "permutation_points": [
            {"order": k, "factor": numerals.exact(symmetry.permutation_points(k))}
            for k in range(1, max_order + 1)
        ],
        "families": [
            {
                "name": f.name,
                "units": f.size,
                "copies": f.copies,
                "structure": f.structure,
                "sums": list(f.sums),
                "duplicable": f.duplicable,
                "first_order": numerals.exact(f.permutation_points(1)) if f.duplicable else None,
                "continuous": list(f.continuous),
                "parameters": [{"name": n, "axes": list(axes)} for n, axes in f.parameters],
                **({} if extra is None else _exact_subspaces(f, extra)),
            }
            for f in symmetry.families
        ],
        "continuous_not_looked_for": list(NOT_LOOKED_FOR),
        "gaps": [{"place": place, "reason": reason} for place, reason in symmetry.gaps],
    }
    if proof is not None:
        result["proof"] = {
            "deviation": proof.deviation,
            "scale": proof.scale,
            "moved": proof.moved,
            "tolerance": proof.tolerance,
            "holds": proof.holds,
        }
    return result


def _exact_subspaces(family: UnitFamily, extra: int) -> dict[str, object]:
    counts = zip(("T", "G"), subspaces(family, extra), strict=True)
    return {name: None if n is None else numerals.exact(n) for name, n in counts}
