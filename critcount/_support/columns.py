"""Columns of exact numbers: of which kind they are, and as a pandas frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CELL_KINDS", "frame", "kind_of"]

CellKind = Literal["integer", "fraction", "float", "boolean", "text", "mixed"]
CELL_KINDS: tuple[CellKind, ...] = ("integer", "fraction", "float", "boolean", "text", "mixed")


def kind_of(cells: Iterable[object]) -> CellKind:
    """Return the one type of the cells of a column, "mixed" when they have several.

    >>> kind_of([1, None]), kind_of([True]), kind_of([1, 0.5]), kind_of([])
    ('integer', 'boolean', 'mixed', 'text')
    """
    kinds: set[CellKind] = {
        "boolean"
        if isinstance(cell, bool)
        else "integer"
        if isinstance(cell, int)
        else "fraction"
        if isinstance(cell, Fraction)
        else "float"
        if isinstance(cell, float)
        else "text"
        for cell in cells
        if cell is not None
    }
    return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "text"


def frame(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Return rows as a frame; columns of exact numbers, and empty ones, are of dtype object.

    >>> frame(["m", "T"], [[3, 12], [400, 10**400]]).dtypes.tolist()
    [dtype('O'), dtype('O')]
    """
    import pandas as pd

    data = {}
    for i, column in enumerate(columns):
        cells = [row[i] for row in rows]
        of = kind_of(cells)
        plain = of in ("float", "text") or (of == "boolean" and None not in cells)
        data[column] = pd.Series(cells, dtype=None if plain and cells else "object")
    return pd.DataFrame(data, columns=list(columns))
