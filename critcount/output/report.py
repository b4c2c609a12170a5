"""Everything counted about one architecture, as one report of exact numbers; no frame needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from critcount._support import checks, markup, numerals
from critcount.architecture import (
    Architecture,
    ArchitectureLike,
    as_architecture,
    parse_widths,
    widths_text,
)
from critcount.counting import layer, limits
from critcount.counting import network as counted
from critcount.output.rendering import TableCell

__all__ = [
    "COLUMNS",
    "SCHEMA_VERSION",
    "PointsOfOrder",
    "Report",
    "Row",
    "SmallerWidth",
    "SmallerWidths",
    "count",
    "from_json",
    "rows",
    "to_json",
    "widths_cell",
]

SCHEMA_VERSION = 2


class Row(NamedTuple):
    """A row of the report as a table: what is counted, of which order or width, the number."""

    quantity: str
    of: TableCell
    value: TableCell

    def _repr_html_(self) -> str:
        return markup.record(self)


#: The columns of the report as a table.
COLUMNS = Row._fields


@dataclass(frozen=True)
class PointsOfOrder:
    """The permutation points of an order: how many for each minimum, and in all."""

    order: int
    factor: Fraction
    points: int

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class SmallerWidth:
    """The critical subspaces of one smaller width."""

    width: int
    critical_subspaces: int

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class SmallerWidths:
    """The critical subspaces of all smaller widths together, and of each if that was asked for."""

    critical_subspaces: int
    by_width: tuple[SmallerWidth, ...]

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Report:
    """Every count of an architecture; None for what was not asked for or has no answer.

    Attributes
    ----------
    architecture : Architecture
    minimal, reduced : tuple of int or None
        One width for each hidden layer.
    minima : int
    permutation_points : tuple of PointsOfOrder
        Of the orders 1, 2, ….
    expansions, smallest_dimension, largest_dimension, components : int or None
        For these minimal widths.
    connected : bool or None
    critical_subspaces : int or None
        Of the reduced network, or else of all smaller widths together.
    smaller_widths : SmallerWidths or None
        For one hidden layer with a minimal width of at least 1.
    ratio : Fraction or None
        Critical subspaces of smaller widths for each expansion.
    regime : {"mild", "vast"} or None
        "mild" for a ratio from 1 on, "vast" below.
    """

    architecture: Architecture
    minimal: tuple[int, ...] | None
    reduced: tuple[int, ...] | None
    minima: int
    permutation_points: tuple[PointsOfOrder, ...]
    expansions: int | None = None
    smallest_dimension: int | None = None
    largest_dimension: int | None = None
    connected: bool | None = None
    components: int | None = None
    critical_subspaces: int | None = None
    smaller_widths: SmallerWidths | None = None
    ratio: Fraction | None = None
    regime: Literal["mild", "vast"] | None = None

    def _repr_html_(self) -> str:
        named = ((row.quantity.replace("_", " "), *row[1:]) for row in rows(self))
        return markup.html_table(COLUMNS, named, str(self.architecture))


def count(
    architecture: ArchitectureLike,
    minimal: int | Sequence[int] | None = None,
    reduced: int | Sequence[int] | None = None,
    max_order: int = 3,
    *,
    all_widths: bool = False,
    max_digits: int | None = None,
) -> Report:
    """Return every count of an architecture.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
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
    Report

    Raises
    ------
    TypeError, ValueError
        When an argument does not fit the architecture.
    SizeLimitError
        When a number would have too many digits.

    Examples
    --------
    >>> report = count(Architecture.parse("2-5-1"), minimal=4)
    >>> report.expansions, report.ratio, report.regime, report.connected
    (360, Fraction(181, 360), 'vast', True)
    """
    architecture = as_architecture(architecture)
    max_order = checks.integer("max_order", max_order, minimum=1)
    what = f"the list of the permutation points of the orders 1 to {checks.show(max_order)}"
    bound = counted.bound_log10_minima(architecture)
    limits.refuse_total(what, max_order, bound, max_digits, times=5)
    small = None if minimal is None else counted.layer_pairs(architecture, minimal, "minimal")
    less = None if reduced is None else counted.layer_pairs(architecture, reduced, "reduced")
    minima = counted.count_minima(architecture, max_digits=max_digits)
    factors = counted.permutation_point_factors(architecture, max_order)
    found: dict[str, Any] = {}
    if small is not None:
        found |= _global(architecture, small, all_widths, max_digits)
    if less is not None:
        found["critical_subspaces"] = counted.count_critical_subspaces(
            architecture, [r for r, _ in less], max_digits=max_digits
        )
    return Report(
        architecture,
        None if small is None else tuple(r for r, _ in small),
        None if less is None else tuple(r for r, _ in less),
        minima,
        tuple(
            PointsOfOrder(k, f, counted.times(minima, f)) for k, f in enumerate(factors, start=1)
        ),
        **found,
    )


def _global(
    architecture: Architecture,
    pairs: list[tuple[int, int]],
    all_widths: bool,
    max_digits: int | None,
) -> dict[str, object]:
    """What the minimal widths decide, by the name of the attribute."""
    minimal = [r for r, _ in pairs]
    smallest, largest = counted.dimension_range(architecture, minimal)
    one_layer = len(pairs) == 1 and minimal[0] >= 1
    if one_layer and all_widths:
        r, m = pairs[0]
        what, bound = f"the list of {r - 1:,} widths", layer.bound_log10_G(r - 1, m)
        limits.refuse_total(what, r - 1, bound, max_digits, times=5)
    expansions = counted.count_expansions(architecture, minimal, max_digits=max_digits)
    components = counted.count_components(architecture, minimal, max_digits=max_digits)
    found: dict[str, Any] = {
        "expansions": expansions,
        "smallest_dimension": smallest,
        "largest_dimension": largest,
        "connected": components == 1,
        "components": components,
    }
    if one_layer:
        r, m = pairs[0]
        total = layer.count_smaller_critical_subspaces(r, m, max_digits=max_digits)
        row = layer.stirling_row(m, r - 1) if all_widths else []
        by_width = tuple(
            SmallerWidth(w, int(numerals.factorial(w) * partitions))
            for w, partitions in enumerate(row)
            if w
        )
        found["critical_subspaces"] = total
        found["smaller_widths"] = SmallerWidths(total, by_width)
        found["ratio"] = Fraction(total, expansions)
        found["regime"] = "vast" if total < expansions else "mild"
    return found


def rows(report: Report) -> list[Row]:
    """Return the report as rows; what is None is left out.

    >>> for row in rows(count(Architecture.parse("2-2-1"), max_order=1)):
    ...     print(row.quantity, row.of, row.value)
    architecture None 2-2-1
    minima None 2
    permutation_point_factor 1 1/2
    permutation_points 1 1
    """
    return [row for row in _rows(report) if row.value is not None]


def _rows(report: Report) -> Iterator[Row]:
    yield Row("architecture", None, str(report.architecture))
    yield Row("minima", None, report.minima)
    for entry in report.permutation_points:
        yield Row("permutation_point_factor", entry.order, entry.factor)
        yield Row("permutation_points", entry.order, entry.points)
    minimal, reduced = _of(report.minimal), _of(report.reduced)
    yield Row("expansions", minimal, report.expansions)
    yield Row("smallest_dimension", minimal, report.smallest_dimension)
    yield Row("largest_dimension", minimal, report.largest_dimension)
    yield Row("connected", minimal, report.connected)
    yield Row("components", minimal, report.components)
    if reduced is not None:
        yield Row("critical_subspaces", reduced, report.critical_subspaces)
    if report.smaller_widths is not None:
        smaller = report.smaller_widths
        yield Row("critical_subspaces_of_smaller_widths", minimal, smaller.critical_subspaces)
        for each in smaller.by_width:
            yield Row("critical_subspaces", each.width, each.critical_subspaces)
    yield Row("ratio", minimal, report.ratio)
    yield Row("regime", minimal, report.regime)


def _of(widths: tuple[int, ...] | None) -> TableCell:
    return None if widths is None else widths_cell(widths)


def widths_cell(widths: Sequence[int]) -> int | str:
    """Return the widths of several layers as a text, of a single one as a number.

    >>> widths_cell([20, 10]), widths_cell([4])
    ('20-10', 4)
    """
    return widths[0] if len(widths) == 1 else widths_text(widths)


#: What is text in a document; every other string is an exact number.
_TEXTS = ("architecture", "minimal", "reduced", "regime")
_FRACTIONS = ("factor", "ratio")


def to_json(report: Report) -> dict[str, object]:
    """Return the report as a JSON document: every exact number a string, a Fraction ``p/q``.

    >>> to_json(count(Architecture.parse("2-2-1"), max_order=1))["permutation_points"]
    [{'order': '1', 'factor': '1/2', 'points': '1'}]
    """

    def encode(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: encode(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [encode(v) for v in value]
        exact = isinstance(value, int | Fraction) and not isinstance(value, bool)
        return numerals.exact(value) if exact else value

    document = asdict(report)
    document["architecture"] = str(report.architecture)
    for name in ("minimal", "reduced"):
        if document[name] is not None:
            document[name] = widths_text(document[name])
    return {"schema_version": SCHEMA_VERSION, **encode(document)}


def from_json(document: Mapping[str, Any]) -> Report:
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
        if not isinstance(value, str) or key in _TEXTS:
            return value
        number = numerals.parse(value)
        if isinstance(number, Fraction) != (key in _FRACTIONS):
            raise ValueError(f"{key} has the value {checks.show(value)} of another type")
        return number

    found = decode("", dict(document))
    try:
        del found["schema_version"]
        found["architecture"] = Architecture.parse(found["architecture"])
        for name in ("minimal", "reduced"):
            if found[name] is not None:
                found[name] = parse_widths(name, found[name])
        found["permutation_points"] = tuple(
            PointsOfOrder(**p) for p in found["permutation_points"]
        )
        if (smaller := found["smaller_widths"]) is not None:
            by_width = tuple(SmallerWidth(**each) for each in smaller["by_width"])
            found["smaller_widths"] = SmallerWidths(smaller["critical_subspaces"], by_width)
        return Report(**found)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"is no report of counts: {error!r}") from error
