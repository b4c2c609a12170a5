"""Tables of the most knots and of bounds for regions, as pandas frames."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from critcount._support import checks
from critcount._support.columns import frame
from critcount.architecture import Architecture, ArchitectureLike, as_architecture
from critcount.piecewise.bounds import bound_rows
from critcount.piecewise.maxima import max_knots

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SHAPES", "knots_table", "regions_table"]

#: The architectures of the published table of regions.
SHAPES = (
    "2-8-1",
    "2-2-2-1",
    "2-3-3-1",
    "2-4-4-1",
    "2-8-8-1",
    "2-16-16-1",
    "2-2-2-2-1",
    "2-4-3-2-1",
    "2-10-10-10-1",
    "3-8-8-1",
    "4-6-6-1",
    "10-10-10-1",
    "784-300-100-10",
)


def knots_table(max_width: int = 5) -> pd.DataFrame:
    """Return the most knots for all widths of two and of three hidden layers.

    Parameters
    ----------
    max_width : int
        The widths 1 to this.

    Returns
    -------
    pandas.DataFrame
        Columns architecture, lower, upper, exact (the maximum, or None), product (the bound
        (n_1 + 1) … (n_L + 1) - 1) and theorem.

    Examples
    --------
    >>> knots_table(2).iloc[:4, :5].to_dict("list")["upper"]
    [2, 3, 4, 6]
    """
    max_width = checks.integer("max_width", max_width, minimum=1, maximum=20)
    rows = []
    for depth in (2, 3):
        for hidden in itertools.product(range(1, max_width + 1), repeat=depth):
            found = max_knots((1, *hidden, 1))
            product = 1
            for n in hidden:
                product *= n + 1
            rows.append(
                (
                    str(Architecture((1, *hidden, 1))),
                    found.lower,
                    found.upper,
                    found.exact,
                    product - 1,
                    found.theorem,
                )
            )
    names = ("architecture", "lower", "upper", "exact", "product", "theorem")
    return frame(names, rows)


def regions_table(architectures: Iterable[ArchitectureLike]) -> pd.DataFrame:
    """Return the bounds for the most regions of several architectures.

    Parameters
    ----------
    architectures : iterable of Architecture, str or sequence of int

    Returns
    -------
    pandas.DataFrame
        Columns architecture, and those of `critcount.piecewise.region_bounds` but the source.

    Examples
    --------
    >>> regions_table(["2-3-1"])["value"].tolist()
    [7, 8, 7, 7, 7]
    """
    rows = [
        (str(architecture), row.name, row.side, row.value)
        for architecture in map(as_architecture, architectures)
        for row in bound_rows(architecture)
    ]
    names = ("architecture", "name", "side", "value")
    return frame(names, rows)
