"""The findings as rows: of the published table, and of the command line."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from critcount._support import markup
from critcount.claims.claim import Claim, Finding, Verdict
from critcount.output import export

__all__ = [
    "MEASURED",
    "SHORT",
    "ClaimRow",
    "claim_rows",
    "claims_text",
    "measured_columns",
    "read_claims",
    "row",
    "short",
]

#: The columns that a run measures; the others are the registry's, the recorded verdict among them.
MEASURED = ("worst", "tolerance", "worst_case", "sample")
#: The columns of the table to read in print.
SHORT = ("claim", "paper", "method", "verdict", "worst", "tolerance")


class ClaimRow(NamedTuple):
    """A claim in the table.

    Attributes
    ----------
    claim : str
        Its name.
    statement, paper, method, quantity : str
        As of `critcount.claims.claim.Claim`.
    verdict : str
    worst, tolerance : float or None
        The figure that is largest beside its tolerance, and that.
    worst_case : str or None
        Where it was measured.
    sample : str or None
        How many cases of which shapes and seeds.
    """

    claim: str
    statement: str
    paper: str
    method: str
    verdict: str
    quantity: str
    worst: float | None
    tolerance: float | None
    worst_case: str | None
    sample: str | None

    def _repr_html_(self) -> str:
        return markup.record(self)


def row(claim: Claim, verdict: Verdict, measured: Mapping[str, object] | None = None) -> ClaimRow:
    """Return the row of a claim with a verdict; the measured columns None or given."""
    given: dict[str, Any] = dict.fromkeys(MEASURED)
    if measured is not None:
        given |= {name: measured[name] for name in MEASURED}
    return ClaimRow(
        claim=claim.name,
        statement=claim.statement,
        paper=claim.paper,
        method=claim.method,
        verdict=str(verdict),
        quantity=claim.quantity,
        **given,
    )


def claim_rows(findings: Sequence[Finding]) -> list[ClaimRow]:
    """Return the rows of what was found, with the verdicts that it comes to."""
    return [row(finding.claim, finding.verdict, measured(finding)) for finding in findings]


def measured(finding: Finding) -> dict[str, object]:
    """Return the measured columns of a claim."""
    worst = finding.worst
    return {
        "sample": finding.sample,
        "worst": None if worst is None else float(f"{worst.figure:.3g}"),
        "tolerance": None if worst is None else float(f"{worst.tolerance:.3g}"),
        "worst_case": None if worst is None else worst.name,
    }


def short(row: ClaimRow) -> tuple[str | float | None, ...]:
    """Return the cells of a row in the columns `SHORT`."""
    return tuple(getattr(row, name) for name in SHORT)


def read_claims(path: str | os.PathLike[str]) -> list[ClaimRow]:
    """Return the rows of a published table.

    Raises
    ------
    OSError, ValueError
        When the file cannot be read, or is no table of claims.
    """
    frame = export.read_frame(path)
    if list(frame.columns) != list(ClaimRow._fields):
        raise ValueError(f"{os.fspath(path)}: is no table of claims")
    cells = frame.astype(object).where(frame.notna(), None)
    return [ClaimRow(*values) for values in cells.itertuples(index=False, name=None)]


def measured_columns(path: str | os.PathLike[str]) -> dict[str, dict[str, object]]:
    """Return the measured columns of a published table by claim; empty where there is none."""
    try:
        found = read_claims(path)
    except (OSError, ValueError):
        return {}
    return {item.claim: {name: getattr(item, name) for name in MEASURED} for item in found}


def claims_text(found: Sequence[ClaimRow], width: int = 96) -> str:
    """Return rows as paragraphs to read in a terminal."""
    paragraphs = []
    for item in found:
        lines = [f"{item.claim} [{item.paper}]: {item.verdict}", item.statement]
        lines.append(f"By {item.method}" + (f": {item.sample}." if item.sample else "."))
        if item.worst is not None:
            lines.append(
                f"Worst {item.quantity}: {item.worst:.3g}, tolerance {item.tolerance:.3g} "
                f"({item.worst_case})."
            )
        indents = ["", *["    "] * (len(lines) - 1)]
        paragraphs.append(
            "\n".join(
                textwrap.fill(line, width, initial_indent=indent, subsequent_indent="    ")
                for line, indent in zip(lines, indents, strict=True)
            )
        )
    return "\n\n".join(paragraphs) + "\n"
