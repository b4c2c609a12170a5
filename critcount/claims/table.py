"""The findings as rows: of the published table, and of the command line."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from critcount.claims.claim import Claim, Finding, Verdict

__all__ = ["MEASURED", "Row", "rows", "text"]

#: The columns that a run measures; the others are the registry's, the recorded verdict among them.
MEASURED = ("sample", "worst", "tolerance", "worst_case")


class Row(NamedTuple):
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


def row(claim: Claim, verdict: Verdict, measured: Mapping[str, object] | None = None) -> Row:
    """Return the row of a claim with a verdict; the measured columns None or given."""
    given = dict.fromkeys(MEASURED) if measured is None else {k: measured[k] for k in MEASURED}
    return Row(
        claim=claim.name,
        statement=claim.statement,
        paper=claim.paper,
        method=claim.method,
        verdict=str(verdict),
        quantity=claim.quantity,
        **given,  # type: ignore[arg-type]
    )


def rows(findings: Sequence[Finding]) -> list[Row]:
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


def text(found: Sequence[Row], width: int = 96) -> str:
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
