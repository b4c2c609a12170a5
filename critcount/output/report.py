"""Everything counted about one architecture, as one dict of exact numbers; no frame needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from critcount._support import checks, numerals
from critcount.architecture import Architecture, parse_widths, widths_text
from critcount.counting import layer, limits
from critcount.counting import network as counted
from critcount.output.rendering import Cell

__all__ = ["COLUMNS", "SCHEMA_VERSION", "count", "from_json", "rows", "to_json", "widths_cell"]


SCHEMA_VERSION = 1

#: The columns of the report as a table: what is counted, of which order or width, the number.
COLUMNS = ("quantity", "of", "value")

_INTEGERS = ("minima", "points", "expansions", "components", "critical_subspaces")
_FRACTIONS = ("factor", "ratio")


def count(
    architecture: Architecture,
    minimal: int | Sequence[int] | None = None,
    reduced: int | Sequence[int] | None = None,
    max_order: int = 3,
    *,
    all_widths: bool = False,
    max_digits: int | None = None,
) -> dict[str, Any]:
    """Return every count of an architecture.

    Parameters
    ----------
    architecture : Architecture
    minimal : int or sequence of int, optional
        The minimal width of every hidden layer; without it what depends on it is None.
    reduced : int or sequence of int, optional
        The widths of a smaller network whose critical subspaces are counted.
    max_order : int
        Permutation points of the orders 1 … max_order.
    all_widths : bool
        List the critical subspaces of every smaller width, for one hidden layer.
    max_digits : int, optional
        The limit on the digits of each number; see `critcount.T` and `critcount.count_minima`.

    Returns
    -------
    dict
        schema_version, architecture, minimal, reduced (texts or None), minima,
        permutation_points (a list of dicts with order, factor, points), expansions,
        smallest_dimension, largest_dimension, connected, components, critical_subspaces (of the
        reduced network, or else of all smaller widths together), smaller_widths (for one
        hidden layer with a minimal width a dict: critical_subspaces, and by_width, a list of
        dicts with width and critical_subspaces, empty unless asked for), ratio (critical
        subspaces of smaller widths for each expansion) and regime ("mild" from 1 on, "vast"
        below).

    Raises
    ------
    TypeError, ValueError
        When an argument does not fit the architecture.
    SizeLimitError
        When a number would have too many digits.

    Examples
    --------
    >>> report = count(Architecture.parse("2-5-1"), minimal=4)
    >>> report["expansions"], report["ratio"], report["regime"], report["connected"]
    (360, Fraction(181, 360), 'vast', True)
    """
    max_order = checks.integer("max_order", max_order, minimum=1)
    what = f"the list of the permutation points of the orders 1 to {checks.show(max_order)}"
    bound = counted.bound_log10_minima(architecture)
    limits.refuse_total(what, max_order, bound, max_digits, times=5)
    small = None if minimal is None else counted.layer_pairs(architecture, minimal, "minimal")
    less = None if reduced is None else counted.layer_pairs(architecture, reduced, "reduced")
    minima = counted.count_minima(architecture, max_digits=max_digits)
    factors = counted.permutation_point_factors(architecture, max_order)
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "architecture": str(architecture),
        "minimal": None if small is None else widths_text(r for r, _ in small),
        "reduced": None if less is None else widths_text(r for r, _ in less),
        "minima": minima,
        "permutation_points": [
            {"order": k, "factor": f, "points": counted.times(minima, f)}
            for k, f in enumerate(factors, start=1)
        ],
        "expansions": None,
        "smallest_dimension": None,
        "largest_dimension": None,
        "connected": None,
        "components": None,
        "critical_subspaces": None,
        "smaller_widths": None,
        "ratio": None,
        "regime": None,
    }
    if small is not None:
        result.update(_global(architecture, small, all_widths, max_digits))
    if less is not None:
        result["critical_subspaces"] = counted.count_critical_subspaces(
            architecture, [r for r, _ in less], max_digits=max_digits
        )
    return result


def _global(
    architecture: Architecture,
    pairs: list[tuple[int, int]],
    all_widths: bool,
    max_digits: int | None,
) -> dict[str, Any]:
    """What the minimal widths decide."""
    minimal = [r for r, _ in pairs]
    expansions = counted.count_expansions(architecture, minimal, max_digits=max_digits)
    smallest, largest = counted.dimension_range(architecture, minimal)
    components = counted.count_components(architecture, minimal, max_digits=max_digits)
    result: dict[str, Any] = {
        "expansions": expansions,
        "smallest_dimension": smallest,
        "largest_dimension": largest,
        "connected": components == 1,
        "components": components,
    }
    if len(pairs) == 1 and minimal[0] >= 1:
        r, m = pairs[0]
        total = layer.count_smaller_critical_subspaces(r, m, max_digits=max_digits)
        if all_widths:
            what, bound = f"the list of {r - 1:,} widths", layer.bound_log10_G(r - 1, m)
            limits.refuse_total(what, r - 1, bound, max_digits, times=5)
        row = layer.stirling_row(m, r - 1) if all_widths else []
        result["critical_subspaces"] = total
        result["smaller_widths"] = {
            "critical_subspaces": total,
            "by_width": [
                {"width": w, "critical_subspaces": int(numerals.factorial(w) * partitions)}
                for w, partitions in enumerate(row)
                if w
            ],
        }
        result["ratio"] = Fraction(total, expansions)
        result["regime"] = "vast" if total < expansions else "mild"
    return result


def rows(report: dict[str, Any]) -> list[tuple[Cell, ...]]:
    """Return the report as rows of the columns `COLUMNS`; what is None is left out.

    >>> for row in rows(count(Architecture.parse("2-2-1"), max_order=1)):
    ...     print(row)
    ('architecture', None, '2-2-1')
    ('minima', None, 2)
    ('permutation_point_factor', 1, Fraction(1, 2))
    ('permutation_points', 1, 1)
    """
    return [row for row in _rows(report) if row[2] is not None]


def _rows(report: dict[str, Any]) -> Iterator[tuple[Cell, ...]]:
    yield "architecture", None, report["architecture"]
    yield "minima", None, report["minima"]
    for entry in report["permutation_points"]:
        yield "permutation_point_factor", entry["order"], entry["factor"]
        yield "permutation_points", entry["order"], entry["points"]
    minimal, reduced = _of(report["minimal"]), _of(report["reduced"])
    for quantity in (
        "expansions",
        "smallest_dimension",
        "largest_dimension",
        "connected",
        "components",
    ):
        yield quantity, minimal, report[quantity]
    if reduced is not None:
        yield "critical_subspaces", reduced, report["critical_subspaces"]
    smaller = report["smaller_widths"]
    if smaller is not None:
        yield "critical_subspaces_of_smaller_widths", minimal, smaller["critical_subspaces"]
        for entry in smaller["by_width"]:
            yield "critical_subspaces", entry["width"], entry["critical_subspaces"]
    yield "ratio", minimal, report["ratio"]
    yield "regime", minimal, report["regime"]


def _of(widths: str | None) -> Cell:
    return None if widths is None else widths_cell(parse_widths("widths", widths))


def widths_cell(widths: Sequence[int]) -> int | str:
    """Return the widths of several layers as a text, of a single one as a number.

    >>> widths_cell([20, 10]), widths_cell([4])
    ('20-10', 4)
    """
    return widths[0] if len(widths) == 1 else widths_text(widths)


def to_json(report: dict[str, Any]) -> dict[str, Any]:
    """Return the report as a JSON document: every exact count a string, a Fraction ``p/q``.

    >>> to_json(count(Architecture.parse("2-2-1"), max_order=1))["permutation_points"]
    [{'order': 1, 'factor': '1/2', 'points': '1'}]
    """

    def encode(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: encode(k, v) for k, v in value.items()}
        if isinstance(value, list):
            return [encode(key, v) for v in value]
        exact = key in _INTEGERS or key in _FRACTIONS
        return numerals.exact(value) if exact and value is not None else value

    encoded: dict[str, Any] = encode("", report)
    return encoded


def from_json(document: dict[str, Any]) -> dict[str, Any]:
    """Return the report that `to_json` made a document of.

    Raises
    ------
    ValueError
        When the document is no such report.

    Examples
    --------
    >>> report = count(Architecture.parse("2-5-1"), minimal=4, reduced=2)
    >>> from_json(to_json(report)) == report
    True
    """

    def decode(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: decode(k, v) for k, v in value.items()}
        if isinstance(value, list):
            return [decode(key, v) for v in value]
        if value is None or key not in (*_INTEGERS, *_FRACTIONS):
            return value
        number = numerals.parse(value)
        if isinstance(number, Fraction) != (key in _FRACTIONS):
            raise ValueError(f"{key} has the value {checks.show(value)} of another type")
        return number

    report: dict[str, Any] = decode("", document)
    try:
        rows(report)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"is no report of counts: {error!r}") from error
    return report
