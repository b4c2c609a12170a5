"""Tables cut for a paper: columns chosen, constant ones left out, fractions rounded beside."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

from critcount._support import checks
from critcount.output.rendering import Rows, TableCell

__all__ = ["choose_columns", "decimals", "drop_constant"]

Table = tuple[list[str], list[list[TableCell]]]


def choose_columns(columns: Sequence[str], rows: Rows, names: Sequence[str]) -> Table:
    """Return the columns of these names, in the order of the names.

    Raises
    ------
    ValueError
        When there is no such column; the message lists those that there are.

    Examples
    --------
    >>> choose_columns(["m", "T", "G"], [[3, 12, 6]], ["G", "m"])
    (['G', 'm'], [[6, 3]])
    """
    for name in names:
        if name not in columns:
            raise ValueError(f"there is no column {checks.show(name)}, only {', '.join(columns)}")
    places = [list(columns).index(name) for name in names]
    return list(names), [[row[place] for place in places] for row in rows]


def drop_constant(columns: Sequence[str], rows: Rows) -> tuple[Table, list[tuple[str, TableCell]]]:
    """Return the columns whose cells differ, and the name and the cell of the others.

    A table of fewer than two rows, or of constant columns alone, stays as it is.

    Examples
    --------
    >>> drop_constant(["r", "m", "T"], [[2, 3, 12], [2, 4, 62]])
    ((['m', 'T'], [[3, 12], [4, 62]]), [('r', 2)])
    """
    same = [
        len(rows) > 1 and all(row[i] == rows[0][i] for row in rows) for i in range(len(columns))
    ]
    if all(same):
        same = [False] * len(columns)
    kept = [name for name, constant in zip(columns, same, strict=True) if not constant]
    gone = [(name, rows[0][i]) for i, name in enumerate(columns) if same[i]]
    return choose_columns(columns, rows, kept), gone


def decimals(columns: Sequence[str], rows: Rows, significant: int) -> Table:
    """Return the table with every column of fractions followed by one of rounded decimals.

    Parameters
    ----------
    columns, rows
        The table.
    significant : int
        Digits of a decimal, at least 1; rounded to the nearest, ties to even, from the exact
        fraction.

    Examples
    --------
    >>> decimals(["ratio"], [[Fraction(181, 360)], [Fraction(17, 8)]], 3)
    (['ratio', 'ratio rounded'], [[Fraction(181, 360), Decimal('0.503')],
     [Fraction(17, 8), Decimal('2.12')]])
    """
    context = Context(prec=checks.integer("significant", significant, minimum=1))
    names: list[str] = []
    cells: list[list[TableCell]] = [[] for _ in rows]
    for i, name in enumerate(columns):
        column = [row[i] for row in rows]
        names.append(name)
        for out, cell in zip(cells, column, strict=True):
            out.append(cell)
        if any(isinstance(cell, Fraction) for cell in column):
            names.append(f"{name} rounded")
            for out, cell in zip(cells, column, strict=True):
                exact = isinstance(cell, int | Fraction) and not isinstance(cell, bool)
                out.append(_rounded(Fraction(cell), context) if exact else None)  # type: ignore[arg-type]
    return names, cells


def _rounded(x: Fraction, context: Context) -> Decimal:
    return context.divide(Decimal(x.numerator), Decimal(x.denominator))
