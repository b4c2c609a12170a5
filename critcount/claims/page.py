"""The page of the docs that explains every row, from the table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from critcount.claims.claim import Claim
from critcount.claims.table import Row

__all__ = ["page"]

HEAD = """\
# The claims of the two papers, tested

Every claim about permutation symmetry that the library rests on, in one sentence each, with
how it was checked, the worst figure measured, its tolerance, and what became of it. [B19] is
Brea, Şimşek, Illing and Gerstner 2019 (arXiv 1907.02911), [S21] Şimşek, Ged, Jacot, Spadaro,
Hongler, Gerstner and Brea 2021 (arXiv 2105.12221); "derived" is ours. The statements are in
our words. So are the few on the knots of piecewise linear networks, with [C16], the abstract of
Chen 2016 (arXiv 1611.09448).

The table is `tables/claims.csv`; it and this page are made by

```text
critcount verify --folder RUN
critcount publish tables/ --claims RUN
critcount verify --folder RUN --page docs/claims.md
```

The first command measures: eight minutes of one core for everything, about one with `--quick`,
which takes fewer shapes and seeds. It shows its progress; interrupted, it goes on where it was
when called again with the same folder. It ends with exit code 1 when a verdict is not the
published one. `--only NAME` takes one claim.

A verdict is *holds*; *holds only if* a condition, which the run finds; *fails as stated*,
with the smallest counterexample; or *not decided*.

## Where the tolerances come from

None is chosen so that a claim holds. There are five kinds:

- **0**, for exact integers: counts, dimensions, ranks.
- **Rounding of outputs.** A sum of n products is off by at most n ε times the sum of the
  magnitudes, ε = 2^-52; the error is handed on through an activation by its steepest slope.
  Because magnitudes are added where the computation has signs, the bound grows with the
  cancellation: it is machine precision times conditioning.
- **Rounding of a gradient.** The residuals carry the error of the outputs, the sum over the
  samples its own; both are multiplied with the magnitudes of the derivatives. To it comes the
  gradient that training left over, below 10^-12, times the factor that the construction
  multiplies it with.
- **Gaps.** An eigenvalue, a singular value or a distance counts as zero only where 10^3
  separates it from the smallest that does not. Where there is no such gap the case is
  undecided, and counted as that.
- **Convergence.** For limits the tolerance is what the last step of an extrapolation still
  changed, or what a quotient that is to settle changed over the decade before.

Where networks are trained every seed is a task of its own, random targets with noise, and
the sample says how many of the trainings converged: the others are left out. Only the students
of zero loss and the digits have one task for each shape.

The figure shown is the one that is largest beside its own tolerance; every case has a
tolerance of its own.

## Overview

"""


def page(
    claims: Sequence[Claim], table: Sequence[Row], figures: Mapping[str, tuple[str, str]]
) -> str:
    """Return the page in MyST Markdown.

    Parameters
    ----------
    claims : sequence of Claim
    table : sequence of Row
        Of the same claims, in the same order.
    figures : mapping
        Of the names of claims to the path of a figure, relative to the page, and its caption.

    Returns
    -------
    str
    """
    parts = [HEAD, "| claim | paper | verdict |\n|:--|:--|:--|\n"]
    parts += [
        f"| [{row.claim}](#{row.claim}) | {row.paper} | {escaped(row.verdict)} |\n"
        for row in table
    ]
    for claim, row in zip(claims, table, strict=True):
        parts.append(f"\n({claim.name})=\n## {claim.name}\n\n")
        parts.append(f"**{escaped(claim.statement)}** [{claim.paper}]\n\n")
        parts.append(f"*Verdict:* **{escaped(row.verdict)}**.\n\n")
        parts.append(f"*Checked* by {claim.method}")
        parts.append(f": {escaped(row.sample)}.\n" if row.sample else ".\n")
        if row.worst is not None:
            parts.append(
                f"*Worst {escaped(claim.quantity)}:* {row.worst:.3g}, tolerance "
                f"{row.tolerance:.3g} ({escaped(str(row.worst_case))}).\n"
            )
        parts.append("\n" + prose(claim.explanation) + "\n")
        if claim.name in figures:
            path, caption = figures[claim.name]
            parts.append(f"\n![{caption}]({path})\n\n{caption}\n")
    return "".join(parts)


def escaped(text: str) -> str:
    r"""Return a text in which no sign means anything to Markdown, but n_{k+1} is a formula.

    >>> print(escaped("r* < m_k"))
    r\* \< m_k
    """
    return re.sub(r"([*<|])", r"\\\1", text).replace("n_{k+1}", "$n_{k+1}$")


def prose(text: str) -> str:
    """Return a text with its formulas, indented by four, and its code left as they are."""
    lines = []
    for line in text.splitlines():
        if line.startswith("    "):
            lines.append(line)
            continue
        parts = line.split("`")
        lines.append("`".join(p if i % 2 else escaped(p) for i, p in enumerate(parts)))
    return "\n".join(lines)
