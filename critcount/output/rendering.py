"""Rows of exact numbers for reading: aligned text, Markdown and LaTeX; no data frame needed.

A cell is an int, a Fraction, a float, a Decimal (a rounded fraction), a bool, a str or None
(missing). Long numbers are rounded
from their digits and say so; nothing is ever cut off silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from critcount._support import numerals

__all__ = [
    "Rows",
    "TableCell",
    "cell_text",
    "is_missing",
    "is_number",
    "latex",
    "markdown",
    "one_line",
    "text",
]


TableCell = int | Fraction | float | Decimal | bool | str | None
Rows = Sequence[Sequence[TableCell]]

#: headings that are mathematics, by the name of the column as it is read
_HEADINGS = {
    "r star": "$r^*$",
    "log10 T": r"$\log_{10} T$",
    "log10 G": r"$\log_{10} G$",
    "log10 ratio": r"$\log_{10}$ ratio",
    "order": "$K$",
    "d in": r"$d_{\mathrm{in}}$",
    "d out": r"$d_{\mathrm{out}}$",
}
#: characters of a row up to which a LaTeX table fits a column of two, and a page
COLUMN, PAGE = 44, 90

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}

#: Characters of the widest cell that widens its column of text.
_WIDEST = 1000


def is_missing(cell: object) -> bool:
    """Return whether a cell stands for nothing: None, or the NaN that data frames put there."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def is_number(cell: object) -> bool:
    """Return whether a cell is a number; a bool is none."""
    return isinstance(cell, int | Fraction | float | Decimal) and not isinstance(cell, bool)


def one_line(text: str) -> str:
    """Return a text with every line break and control character as a space."""
    return "".join(c if c.isprintable() else " " for c in text)


def cell_text(cell: TableCell, significant: int | None, group: bool = False) -> str:
    """Return a cell for reading; `significant` digits of a long number, None for all.

    >>> [cell_text(c, 4) for c in (12, 10**400, Fraction(3, 2), 1.5, True, None)]
    ['12', '1.000e400 (401 digits)', '3/2', '1.5', 'yes', '']
    """
    if is_missing(cell):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | Fraction):
        shown = numerals.readable(cell, significant)
        return f"{cell:,}" if group and shown.isdigit() and len(shown) < 20 else shown
    if isinstance(cell, Decimal):
        return _decimal(cell)
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return one_line(str(cell))


def _decimal(value: Decimal) -> str:
    """A rounded fraction, with an exponent where it is far from 1."""
    return f"{value:f}" if -6 < value.adjusted() < 10 else f"{value:e}"


def text(
    columns: Sequence[str], rows: Rows, significant: int | None = 4, group: bool = False
) -> str:
    """Return an aligned table, numbers to the right.

    Columns are as wide as their widest cells, of those that a reader takes in: one of more than a
    thousand characters stands out of its column, so that a table is never much longer than its
    cells.

    >>> print(text(["m", "T"], [[3, 12], [4, 62]]), end="")
    m   T
    3  12
    4  62
    """
    cells = [[cell_text(cell, significant, group) for cell in row] for row in rows]
    right = _right_aligned(len(columns), rows)
    widths = [
        max([len(head), *(len(row[i]) for row in cells if len(row[i]) <= _WIDEST)])
        for i, head in enumerate(columns)
    ]
    lines = []
    for row in [list(columns), *cells]:
        padded = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines) + "\n"


def markdown(
    columns: Sequence[str], rows: Rows, significant: int | None = 4, group: bool = False
) -> str:
    """Return a Markdown table.

    >>> print(markdown(["m", "T"], [[3, 12]]), end="")
    | m | T |
    |--:|--:|
    | 3 | 12 |
    """

    def line(cells: Sequence[str]) -> str:
        return (
            "| "
            + " | ".join(cell.replace("\\", r"\\").replace("|", r"\|") for cell in cells)
            + " |"
        )

    rule = "|" + "|".join("--:" if x else ":--" for x in _right_aligned(len(columns), rows)) + "|"
    body = [line([cell_text(cell, significant, group) for cell in row]) for row in rows]
    return "\n".join([line(list(columns)), rule, *body]) + "\n"


def latex(
    columns: Sequence[str],
    rows: Rows,
    significant: int | None = 4,
    comment: str = "",
    group: bool = False,
) -> str:
    r"""Return a ``tabular`` for a document that loads booktabs and siunitx.

    Integers below 10^10 stand in full, larger ones as ``\num{7.157e118}`` rounded from the
    digits.

    Parameters
    ----------
    columns : sequence of str
        A name of one letter is set as mathematics, as are ``r star``, ``order``, ``r=3`` and
        the like.
    rows : sequence of sequences of cells
    significant : int or None
        Digits shown of a long number; None writes all of them.
    comment : str
        Put above the table, a ``%`` before each line. A table too wide for a page says so there.
    group : bool
        Group the digits of integers in threes.

    Examples
    --------
    >>> print(latex(["m", "T"], [[3, 10**12]]), end="")
    % needs \usepackage{booktabs} and \usepackage{siunitx}
    \begin{tabular}{rr}
    \toprule
    $m$ & $T$ \\
    \midrule
    3 & \num{1.000e12} \\
    \bottomrule
    \end{tabular}
    """
    right = _right_aligned(len(columns), rows)
    lines = [f"% {one_line(line)}".rstrip() for line in comment.splitlines()]
    lines += [
        *_wide(columns, rows, significant),
        r"% needs \usepackage{booktabs} and \usepackage{siunitx}",
        r"\begin{tabular}{" + "".join("r" if x else "l" for x in right) + "}",
        r"\toprule",
        " & ".join(map(_heading, columns)) + r" \\",
        r"\midrule",
    ]
    lines += [
        " & ".join(_latex_cell(cell, significant, group) for cell in row).rstrip() + r" \\"
        for row in rows
    ]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"]) + "\n"


def _heading(name: str) -> str:
    if len(name) == 1 or re.fullmatch(r"\w=\d+", name):
        return f"${name}$"
    return _HEADINGS.get(name.replace("_", " ")) or _latex_text(name)


def _wide(columns: Sequence[str], rows: Rows, significant: int | None) -> list[str]:
    """A comment for a table that does not fit a column, or a page."""
    cells = zip(columns, *([cell_text(c, significant) for c in row] for row in rows), strict=True)
    width = sum(max(len(text.partition(" (")[0]) for text in column) + 2 for column in cells)
    if width <= COLUMN:
        return []
    where = "table*" if width <= PAGE else "sidewaystable of the package rotating"
    what = "a column of a two-column paper" if width <= PAGE else "a page"
    return [f"% wider than {what}: choose some --columns, or use {where}"]


def _latex_cell(cell: TableCell, significant: int | None, group: bool) -> str:
    if isinstance(cell, bool | str) or cell is None or is_missing(cell):
        return _latex_text(cell_text(cell, significant))
    if isinstance(cell, float):
        if math.isinf(cell):
            return r"$-\infty$" if cell < 0 else r"$\infty$"
        shown = f"{cell:.6g}"
        return rf"\num{{{shown}}}" if "e" in shown else f"${shown}$"
    if isinstance(cell, Decimal):
        shown = _decimal(cell)
        return rf"\num{{{shown}}}" if "e" in shown else f"${shown}$"
    if significant is None or numerals.is_short(cell):
        shown = numerals.readable(cell, None)
        if group and shown.isdigit() and len(shown) > 4:
            return rf"\num{{{shown}}}"
        return f"${shown}$" if "/" in shown or shown[0] == "-" else shown
    return rf"\num{{{numerals.scientific(cell, significant)}}}"


def _latex_text(value: str) -> str:
    return "".join(_LATEX.get(c, c) for c in one_line(value))


def _right_aligned(width: int, rows: Rows) -> list[bool]:
    """Whether each column holds a number."""
    return [any(is_number(row[i]) for row in rows) for i in range(width)]
