"""The page of the docs on the claims, brought up to date from the table.

The page is written by hand; what a run measures stands between comments, and is put there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from critcount._support.formulas import replace_formulas
from critcount.claims.table import ClaimRow

__all__ = ["MARKS", "escaped", "filled"]

#: What stands in the page before and after the verdicts of all claims and the row of one.
MARKS = ("<!-- verdicts -->", "<!-- measured {} -->", "<!-- end -->")


def filled(page: str, table: Sequence[ClaimRow]) -> str:
    """Return the page with what is between its marks taken from a table.

    Parameters
    ----------
    page : str
        MyST Markdown.
    table : sequence of ClaimRow

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When the page has no place for a row, or more than one.

    Examples
    --------
    >>> row = ("even", "It is even.", "B19", "theorem", "holds", "rest", None, None, None, None)
    >>> row = ClaimRow(*row)
    >>> print(filled("<!-- measured even --> <!-- end --> <!-- verdicts --><!-- end -->", [row]))
    <!-- measured even -->
    <BLANKLINE>
    **It is even.** [B19]
    <BLANKLINE>
    *Verdict:* **holds**.
    <BLANKLINE>
    *Checked* by theorem.
    <BLANKLINE>
    <!-- end --> <!-- verdicts -->
    <BLANKLINE>
    | claim | paper | verdict |
    |:--|:--|:--|
    | [even](#even) | B19 | holds |
    <BLANKLINE>
    <!-- end -->
    """
    first, one, end = MARKS
    verdicts = "".join(
        f"| [{row.claim}](#{row.claim}) | {row.paper} | {escaped(row.verdict)} |\n"
        for row in table
    )
    parts = [(first, f"| claim | paper | verdict |\n|:--|:--|:--|\n{verdicts}")]
    parts += [(one.format(row.claim), _measured(row)) for row in table]
    for mark, text in parts:
        if page.count(mark) != 1:
            raise ValueError(f"the page must have one line {mark}, not {page.count(mark)}")
        before, after = page.split(mark)
        if end not in after:
            raise ValueError(f"the page must have a line {end} after {mark}")
        page = f"{before}{mark}\n\n{text}\n{after[after.index(end) :]}"
    return page


def _measured(row: ClaimRow) -> str:
    parts = [f"**{escaped(row.statement)}** [{row.paper}]\n\n"]
    parts.append(f"*Verdict:* **{escaped(row.verdict)}**.\n\n*Checked* by {row.method}")
    parts.append(f": {escaped(row.sample)}.\n" if row.sample else ".\n")
    if row.worst is not None:
        parts.append(
            f"*Worst {escaped(row.quantity)}:* {row.worst:.3g}, tolerance {row.tolerance:.3g} "
            f"({escaped(str(row.worst_case))}).\n"
        )
    return "".join(parts)


def escaped(text: str) -> str:
    r"""Return a text with its formulas set, in which no other sign means anything to Markdown.

    >>> print(escaped("*one* is < n_{k+1} | 2"))
    \*one\* is \< $n_{k + 1}$ \| 2
    """
    parts = re.split(r"(\$[^$]*\$)", replace_formulas(text, "${}$".format))
    return "".join(
        part if number % 2 else re.sub(r"([*<|])", r"\\\1", part)
        for number, part in enumerate(parts)
    )
