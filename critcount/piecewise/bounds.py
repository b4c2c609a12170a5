"""Bounds for the number of regions of a ReLU network, from its widths alone, as integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from critcount._support import checks, markup
from critcount._support.columns import frame
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.piecewise.maxima import max_knots

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Bound",
    "bound_rows",
    "generic_regions",
    "most_regions",
    "region_bounds",
    "serra_bound",
]

#: The most additions of binomials that the bounds may take.
MOST_ADDITIONS = 10**7


class Bound(NamedTuple):
    """One bound for the greatest number of activation regions.

    Attributes
    ----------
    name : str
    side : {"lower", "upper"}
        No network has more than the upper ones; some network has the lower ones.
    value : int
    source : str
    """

    name: str
    side: Literal["lower", "upper"]
    value: int
    source: str

    def _repr_html_(self) -> str:
        return markup.record(self)


def generic_regions(n: int, d: int) -> int:
    """Return the regions of n hyperplanes in general position in d dimensions (Zaslavsky 1975).

    Σ_(j <= d) C(n, j): the most that one hidden layer can have.

    >>> [generic_regions(4, d) for d in range(5)]
    [1, 5, 11, 15, 16]
    """
    total, term = 0, 1
    for j in range(min(n, d) + 1):
        total += term
        term = term * (n - j) // (j + 1)
    return total


def region_bounds(architecture: ArchitectureLike, *, limit: int = MOST_ADDITIONS) -> pd.DataFrame:
    """Return lower and upper bounds for the most regions of networks of an architecture.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    limit : int
        The most additions of binomials.

    Returns
    -------
    pandas.DataFrame
        Columns name, side ("lower", "upper"), value (Python integers) and source; the best bound
        of a side last.

    Raises
    ------
    TypeError, ValueError
        When it is no architecture.
    SizeLimitError
        When the work is past `limit`.

    Notes
    -----
    An activation region is an open set on which every neuron keeps its state; linear regions are
    fewer or as many. The bounds hold for both, but for "knots, linear" (one input), which bounds
    the linear regions.

    Examples
    --------
    >>> region_bounds("2-4-4-1")[["name", "side", "value"]]
                     name   side value
    0       Montúfar 2014  lower    44
    1            patterns  upper   256
    2          Raghu 2017  upper   121
    3       Montúfar 2017  upper   121
    4  Serra 2018, Hinz 2019  upper   121
    """
    return frame(Bound._fields, bound_rows(architecture, limit=limit))


def bound_rows(architecture: ArchitectureLike, *, limit: int = MOST_ADDITIONS) -> list[Bound]:
    """Return the rows of `region_bounds`."""
    architecture = as_architecture(architecture)
    d, hidden = architecture.d_in, architecture.hidden
    work = sum(min(d, n) for n in hidden) + sum(
        min(d, *hidden[: i + 1]) * min(d, n) for i, n in enumerate(hidden)
    )
    checks.size(f"the bounds of {architecture}", work, limit, "terms", "raise limit")
    checks.size(
        f"the bounds of {architecture}", sum(hidden), limit, "binary digits", "raise limit"
    )
    rows: list[Bound] = []
    *inner, last = hidden
    if len(hidden) == 1:
        value = generic_regions(last, d)
        rows.append(Bound("Zaslavsky 1975", "lower", value, "hyperplanes in general position"))
    elif min(inner) >= d:
        value = math.prod((n // d) ** d for n in inner) * generic_regions(last, d)
        rows.append(Bound("Montúfar 2014", "lower", value, "arXiv 1402.1869"))
    if len(hidden) > 1 and min(inner) >= 3 * d:
        value = math.prod((n // d + 1) ** d for n in inner) * generic_regions(last, d)
        rows.append(Bound("Serra 2018", "lower", value, "arXiv 1711.02114"))
    if d == 1:
        knots = max_knots(architecture)
        rows.append(Bound("knots", "lower", knots.lower + 1, f"derived: {knots.theorem}"))
        rows.append(Bound("knots, linear", "upper", knots.upper + 1, "derived, linear regions"))
    rows.append(Bound("patterns", "upper", 2 ** sum(hidden), "two states of every neuron"))
    narrow = [min(d, *hidden[:i]) if i else d for i in range(len(hidden))]
    value = math.prod(generic_regions(n, d) for n in hidden)
    rows.append(Bound("Raghu 2017", "upper", value, "arXiv 1606.05336"))
    value = math.prod(generic_regions(n, m) for n, m in zip(hidden, narrow, strict=True))
    rows.append(Bound("Montúfar 2017", "upper", value, "on the number of linear regions"))
    rows.append(
        Bound(
            "Serra 2018, Hinz 2019",
            "upper",
            serra_bound(architecture.widths),
            "arXiv 1711.02114, arXiv 1806.01918",
        )
    )
    return rows


def most_regions(widths: Sequence[int]) -> str:
    """Return the upper bound for a message, or the coarsest one where that would take long.

    >>> most_regions((2, 3, 3, 1)), most_regions((10**5, 10**5, 1))
    ('40', '2^100000')
    """
    d, *hidden = widths[:-1]
    if min(d, max(hidden, default=0)) * sum(hidden) > 10**6:
        return f"2^{sum(hidden)}"
    return checks.many(serra_bound(widths))


def serra_bound(widths: Sequence[int]) -> int:
    """Return the upper bound of Serra, Tjandraatmadja and Ramalingam 2018 for an architecture.

    Σ Π_l C(n_l, j_l) over all j with j_l <= min(n_0, n_1 - j_1, …, n_(l-1) - j_(l-1), n_l).

    By the dimension that is left: a region of dimension r is cut into C(n, j) of dimension
    min(r, n - j) for every j <= r. The numbers by dimension, layer after layer, are the products
    of matrices of Hinz and van de Geer 2019.

    >>> serra_bound((2, 3, 3, 1)), serra_bound((1, 2, 2, 1))
    (40, 9)
    """
    d, *hidden = widths[:-1]
    by_dimension = {d: 1}
    for n in hidden:
        after: dict[int, int] = {}
        binomials = [1]
        for j in range(min(max(by_dimension), n)):
            binomials.append(binomials[-1] * (n - j) // (j + 1))
        for r, number in by_dimension.items():
            for j in range(min(r, n) + 1):
                left = min(r, n - j)
                after[left] = after.get(left, 0) + number * binomials[j]
        by_dimension = after
    return sum(by_dimension.values())
