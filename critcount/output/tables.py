"""Counts as pandas frames, one function for each kind of table.

Exact columns are of dtype object and hold Python ints and Fractions; a float column ``log10_…``
stands beside those that grow. `critcount.output.export` writes the frames without losing a digit.
"""

from __future__ import annotations

import functools
import itertools
import os
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from critcount._support import checks, files, markup, numerals
from critcount._support.columns import frame
from critcount._support.errors import SizeLimitError
from critcount.architecture import Architecture, ArchitectureLike, as_architecture, parse_widths
from critcount.counting import layer
from critcount.counting import network as counted
from critcount.counting import regimes as regimes_
from critcount.counting.limits import refuse_total
from critcount.output import report

if TYPE_CHECKING:
    import pandas as pd

    from critcount.connectivity.products import GraphKind

__all__ = [
    "NamedNetwork",
    "architecture_table",
    "connectivity_table",
    "count_table",
    "for_reading",
    "limit_table",
    "permutation_point_table",
    "read_networks",
    "regime_table",
    "subspace_table",
    "triangle_table",
    "with_float_ratios",
    "without_logarithms",
]


#: The graphs of the table of graphs.
_GRAPHS: tuple[GraphKind, ...] = ("intersection", "refinement")


class NamedNetwork(NamedTuple):
    """A named architecture, with the minimal widths where they are known."""

    name: str
    architecture: Architecture
    minimal: tuple[int, ...] | None

    def _repr_html_(self) -> str:
        return markup.record(self)


def count_table(
    architecture: ArchitectureLike,
    minimal: int | Sequence[int] | None = None,
    reduced: int | Sequence[int] | None = None,
    max_order: int = 3,
    *,
    all_widths: bool = False,
) -> pd.DataFrame:
    """Return every count of one architecture, a row each.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal, reduced : int or sequence of int, optional
        One width for each hidden layer: of the minimal network; of a smaller network whose
        critical subspaces are counted.
    max_order : int
        Permutation points of the orders 1 … max_order.
    all_widths : bool
        Also the critical subspaces of every width below the minimal one (one hidden layer).

    Returns
    -------
    pandas.DataFrame
        Columns quantity, of (the order or the widths it is counted for), value.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.count_minima` and `critcount.count_expansions`.

    Examples
    --------
    >>> count_table(Architecture.parse("2-4-1"), max_order=1).to_dict("list")["value"]
    ['2-4-1', 24, Fraction(3, 2), 36]
    """
    architecture = as_architecture(architecture)
    full = report.count(architecture, minimal, reduced, max_order, all_widths=all_widths)
    return frame(report.COLUMNS, report.rows(full))


def permutation_point_table(
    architectures: Iterable[ArchitectureLike], max_order: int = 3, *, max_digits: int | None = None
) -> pd.DataFrame:
    """Return the permutation points of each order for each architecture.

    Parameters
    ----------
    architectures : iterable of Architecture, str or sequence of int
    max_order : int
        The orders 1 … max_order.
    max_digits : int, optional
        Refuse a table of more digits in all; 50,000,000 by default.

    Returns
    -------
    pandas.DataFrame
        Columns architecture, order, factor_layer, factor_network, factor_any (how many points
        there are for each minimum, see `critcount.permutation_point_factor`), points (the first
        factor times the minima), log10_points.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.permutation_point_factor` and `critcount.count_minima`.

    Examples
    --------
    >>> permutation_point_table([Architecture.parse("2-4-1")], 2)["points"].tolist()
    [36, 6]
    """
    rows = []
    architectures = [as_architecture(architecture) for architecture in architectures]
    max_order = checks.integer("max_order", max_order, minimum=1)
    rows_in_all = max_order * len(architectures)
    longest = max(map(counted.bound_log10_minima, architectures), default=0)
    refuse_total("the table of permutation points", rows_in_all, longest, max_digits)
    for architecture in architectures:
        minima = counted.count_minima(architecture, max_digits=max_digits)
        by_spread = [
            counted.permutation_point_factors(architecture, max_order, spread)
            for spread in counted.SPREADS
        ]
        for order, factors in enumerate(zip(*by_spread, strict=True), start=1):
            points = counted.times(minima, factors[0])
            rows.append((str(architecture), order, *factors, points, numerals.log10(points)))
    names = ("architecture", "order", *(f"factor_{s}" for s in counted.SPREADS))
    return frame((*names, "points", "log10_points"), rows)


def subspace_table(max_m: int = 8, *, max_digits: int | None = None) -> pd.DataFrame:
    """Return the triangles of T(r, m) and G(r, m), 0 ≤ r ≤ m ≤ max_m.

    Parameters
    ----------
    max_m : int
        At least 0, at most 1000.
    max_digits : int, optional
        Refuse a table of more digits in all; 50,000,000 by default.

    Returns
    -------
    pandas.DataFrame
        Columns r, m, T, log10_T, G, log10_G; ordered by m, then r.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.triangle_T`.

    Examples
    --------
    >>> subspace_table(2)["T"].tolist()
    [1, 1, 1, 2, 3, 2]
    """
    max_m = checks.integer("max_m", max_m, minimum=0)
    longest = layer.bound_log10_T(max_m // 2, max_m)  # about the longest of a row
    numbers = (max_m + 1) * (max_m + 2)
    refuse_total("the table of the triangles", numbers, longest, max_digits)
    both = zip(layer.triangle_T(max_m), layer.triangle_G(max_m), strict=True)
    rows = [
        (r, m, t, numerals.log10(t), g, numerals.log10(g))
        for m, (ts, gs) in enumerate(both)
        for r, (t, g) in enumerate(zip(ts, gs, strict=True))
    ]
    return frame(("r", "m", "T", "log10_T", "G", "log10_G"), rows)


def regime_table(
    r_stars: Iterable[int] = range(2, 11), max_extra: int = 8, *, max_digits: int | None = None
) -> pd.DataFrame:
    """Return which kind of subspaces dominates, against the minimal width and the width.

    Parameters
    ----------
    r_stars : iterable of int
        Minimal widths, each at least 1.
    max_extra : int
        Widths m = r_star … r_star + max_extra.
    max_digits : int, optional
        Refuse numbers of more digits, and a table of 50 times as many in all.

    Returns
    -------
    pandas.DataFrame
        Columns r_star, crossover (see `critcount.crossover`), m, critical_subspaces (of all
        smaller widths, one critical point each), expansions, ratio, log10_ratio, regime.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.crossover`.

    Examples
    --------
    >>> regime_table([4], 1)["ratio"].tolist()
    [Fraction(17, 8), Fraction(181, 360)]
    """
    max_extra = checks.integer("max_extra", max_extra, minimum=0)
    rows = []
    chosen = checks.integers("r_stars", r_stars, minimum=1)
    longest = max((layer.bound_log10_T(r, r + max_extra) for r in chosen), default=0)
    numbers = 4 * len(chosen) * (max_extra + 1)
    refuse_total("the table of regimes", numbers, longest, max_digits, times=50)
    for r_star in chosen:
        first = regimes_.crossover(r_star, max_digits=max_digits)
        for m in range(r_star, r_star + max_extra + 1):
            critical = layer.count_smaller_critical_subspaces(r_star, m, max_digits=max_digits)
            expansions = layer.T(r_star, m, max_digits=max_digits)
            ratio = Fraction(critical, expansions)
            regime = "vast" if ratio < 1 else "mild"
            row = (r_star, first, m, critical, expansions, ratio, numerals.log10(ratio), regime)
            rows.append(row)
    names = ("r_star", "crossover", "m", "critical_subspaces", "expansions", "ratio")
    return frame((*names, "log10_ratio", "regime"), rows)


def limit_table(
    r_stars: Iterable[int] = (10, 100, 1000),
    widths: Iterable[int] = (10, 100, 1000, 10_000),
    extra: int = 2,
    fewer: int = 1,
    r: int = 3,
) -> pd.DataFrame:
    """Return how far the limits of the mild and of the vast regime are from what they stand for.

    Parameters
    ----------
    r_stars : iterable of int
        Minimal widths for the mild limit, each above `fewer`.
    widths : iterable of int
        Widths m for the vast limits, each at least `r`.
    extra, fewer : int
        h and l of the mild limit.
    r : int
        Minimal width of the vast limits, at least 1.

    Returns
    -------
    pandas.DataFrame
        Columns limit ("mild", "vast, T" or "vast, G"), r, m, log10_limit, log10_value,
        relative_error; see `critcount.counting.regimes`.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.counting.regimes.mild_limit` and `critcount.counting.regimes.vast_limit_T`.

    Examples
    --------
    >>> limit_table([10, 100], [10])["relative_error"].round(4).tolist()
    [1.242, 0.0866, 1.8411, 0.0548]
    """
    compared: list[tuple[str, int, int, regimes_.Comparison]] = [
        ("mild", r_star, r_star + extra, regimes_.mild_limit(r_star, extra, fewer))
        for r_star in r_stars
    ]
    measures = (("vast, T", regimes_.vast_limit_T), ("vast, G", regimes_.vast_limit_G))
    compared += [(name, r, m, measure(r, m)) for name, measure in measures for m in widths]
    rows = [
        (name, r, m, float(c.log10_limit.mid()), float(c.log10_value.mid()), c.relative_error)
        for name, r, m, c in compared
    ]
    return frame(("limit", "r", "m", "log10_limit", "log10_value", "relative_error"), rows)


def architecture_table(
    networks: Iterable[NamedNetwork], *, max_digits: int | None = None
) -> pd.DataFrame:
    """Return the counts of named networks, a row each.

    Parameters
    ----------
    networks : iterable of NamedNetwork
        As `read_networks` returns them.
    max_digits : int, optional
        Refuse numbers of more digits, see `critcount.T` and `critcount.count_minima`.

    Returns
    -------
    pandas.DataFrame
        Columns name, architecture, minimal, minima, log10_minima, permutation_points (first
        order), log10_permutation_points, expansions, log10_expansions, smallest_dimension,
        largest_dimension, components; what needs minimal widths is missing where there are
        none.

    Raises
    ------
    SizeLimitError
        As `critcount.count_minima` and `critcount.count_expansions`.

    Examples
    --------
    >>> student = NamedNetwork("student", Architecture.parse("2-5-1"), (4,))
    >>> architecture_table([student])["expansions"].tolist()
    [360]
    """
    rows = []
    for name, architecture, minimal in networks:
        minima = counted.count_minima(architecture, max_digits=max_digits)
        points = counted.times(minima, counted.permutation_point_factor(architecture, 1))
        row = _Counts(
            name,
            str(architecture),
            None if minimal is None else report.widths_cell(minimal),
            minima,
            numerals.log10(minima),
            points,
            numerals.log10(points),
        )
        if minimal is not None:
            expansions = counted.count_expansions(architecture, minimal, max_digits=max_digits)
            smallest, largest = counted.dimension_range(architecture, minimal)
            row = row._replace(
                expansions=expansions,
                log10_expansions=numerals.log10(expansions),
                smallest_dimension=smallest,
                largest_dimension=largest,
                components=counted.count_components(architecture, minimal, max_digits=max_digits),
            )
        rows.append(row)
    return frame(_Counts._fields, rows)


class _Counts(NamedTuple):
    """A row of the table of named networks."""

    name: str
    architecture: str
    minimal: int | str | None
    minima: int
    log10_minima: float
    permutation_points: int
    log10_permutation_points: float
    expansions: int | None = None
    log10_expansions: float | None = None
    smallest_dimension: int | None = None
    largest_dimension: int | None = None
    components: int | None = None


def connectivity_table(max_nodes: int = 25_000) -> pd.DataFrame:
    """Return both graphs of every (r, m) with at most so many nodes, searched.

    Parameters
    ----------
    max_nodes : int
        At least 1, at most 25,000: beyond, intersection graphs soon take gigabytes.

    Returns
    -------
    pandas.DataFrame
        Columns graph ("intersection" or "refinement"), r, m, nodes, edges, components,
        diameter, radius; ordered by m, then r. Diameter and radius are missing where the graph
        is not connected. By theorem, since these intersection graphs are too dense: for r = 0
        all pairs meet, and for r = 1 all meet the configuration without zero-type neurons.

    Raises
    ------
    TypeError, ValueError
        When `max_nodes` is no integer from 1 to 25,000.

    Examples
    --------
    >>> frame = connectivity_table(12)
    >>> frame[(frame.graph == "intersection") & (frame.nodes == 12)].values.tolist()
    [['intersection', 2, 3, 12, 12, 1, 6, 6]]
    """
    max_nodes = checks.integer("max_nodes", max_nodes, minimum=1, maximum=25_000)
    rows = []
    for m in itertools.count():
        widths = [r for r in range(m + 1) if layer.T(r, m) <= max_nodes]
        if not widths:
            break
        rows += [_searched(kind, r, m) for r in widths for kind in _GRAPHS]
    return frame(_GraphRow._fields, rows)


class _GraphRow(NamedTuple):
    """A row of the table of graphs."""

    graph: str
    r: int
    m: int
    nodes: int
    edges: int
    components: int
    diameter: float | None = None
    radius: float | None = None


@functools.cache
def _searched(kind: GraphKind, r: int, m: int) -> _GraphRow:
    """Return a row of the table of graphs."""
    from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph

    graph = IntersectionGraph(r, m) if kind == "intersection" else RefinementGraph(r, m)
    size = graph.size()
    if kind == "intersection" and r <= 1:
        least = min(1, size.nodes - 1)
        return _GraphRow(kind, r, m, size.nodes, size.edges, 1, (r + 1) * least, least)
    components = int(graph.components().max()) + 1
    row = _GraphRow(kind, r, m, size.nodes, size.edges, components)
    return (
        row._replace(diameter=graph.diameter(), radius=graph.radius()) if components == 1 else row
    )


def for_reading(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as a reader wants it: no logarithm beside a number, names without _.

    Ratios become floats where a float can hold them.

    >>> list(for_reading(architecture_table([])).columns)[2:5]
    ['minimal', 'minima', 'permutation points']
    """
    shown = with_float_ratios(without_logarithms(frame))
    return shown.rename(columns=lambda name: name.replace("_", " "))


def with_float_ratios(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its column ``ratio`` as floats, where a float can hold all of them."""
    if "ratio" in frame and all(abs(numerals.log10(x)) < 300 for x in frame["ratio"]):
        return frame.assign(ratio=[float(x) for x in frame["ratio"]])
    return frame


def triangle_table(
    number: Literal["T", "G"], max_m: int = 8, *, max_digits: int | None = None
) -> pd.DataFrame:
    """Return the triangle of T(r, m) or G(r, m), a row for each m and a column for each r.

    Parameters
    ----------
    number : {"T", "G"}
    max_m : int
        The last row, at least 0.
    max_digits : int, optional
        As in `subspace_table`.

    Returns
    -------
    pandas.DataFrame
        Columns m, r=0, r=1, …; missing for r > m.

    Examples
    --------
    >>> triangle_table("T", 2).values.tolist()
    [[0, 1, None, None], [1, 1, 1, None], [2, 2, 3, 2]]
    """
    checks.choice("number", number, ("T", "G"))
    long = subspace_table(max_m, max_digits=max_digits)
    size = int(long["m"].iloc[-1]) + 1
    cells: list[list[object]] = [[m, *[None] * size] for m in range(size)]
    for r, m, value in zip(long["r"], long["m"], long[number], strict=True):
        cells[m][1 + r] = value
    return frame(("m", *(f"r={r}" for r in range(size))), cells)


def without_logarithms(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without its float columns ``log10_…``.

    >>> list(without_logarithms(subspace_table(1)).columns)
    ['r', 'm', 'T', 'G']
    """
    return frame[[name for name in frame.columns if not name.startswith("log10_")]]


def read_networks(path: str | os.PathLike[str]) -> list[NamedNetwork]:
    r"""Return the named networks of a TOML file.

    Parameters
    ----------
    path : path
        A list ``[[network]]`` with the keys name (no two the same), architecture ("2-5-1") and,
        where it is known, minimal (4, or "4-3" for several hidden layers); a key source is for
        the reader.

    Raises
    ------
    OSError
        When the file cannot be read.
    ValueError
        When it is no TOML, a name is missing or doubled, or a key is unknown or wrong; the
        message says which network.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "networks.toml")
    >>> with open(path, "w") as stream:
    ...     _ = stream.write('[[network]]\nname = "student"\narchitecture = "2-5-1"\n')
    >>> read_networks(path)
    [NamedNetwork(name='student', architecture=Architecture.parse('2-5-1'), minimal=None)]
    """
    where = os.fspath(path)
    try:
        document = tomllib.loads(files.read_text(path))
    except SizeLimitError:
        raise
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: is no TOML: {error}") from error
    entries = document.get("network")
    if not isinstance(entries, list) or not entries or set(document) != {"network"}:
        raise ValueError(f"{where}: must hold a list of [[network]] entries and nothing else")
    networks: list[NamedNetwork] = []
    for number, entry in enumerate(entries, start=1):
        try:
            networks.append(_network(entry))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{where}: network {number}: {error}") from error
    for name, times in Counter(network.name for network in networks).items():
        if times > 1:
            raise ValueError(f"{where}: the name {checks.show(name)} stands more than once")
    return networks


def _network(entry: object) -> NamedNetwork:
    if not isinstance(entry, dict):
        raise ValueError("is no table of keys")
    if unknown := set(entry) - {"name", "architecture", "minimal", "source"}:
        raise ValueError(f"unknown key {checks.show(min(unknown))}")
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("its name is missing")
    if "architecture" not in entry:
        raise ValueError(f"{checks.show(name)} has no architecture")
    architecture = Architecture.parse(entry["architecture"])
    if "minimal" not in entry:
        return NamedNetwork(name, architecture, None)
    given = entry["minimal"]
    minimal = (given,) if isinstance(given, int) else parse_widths("minimal", given)
    counted.layer_pairs(architecture, minimal, "minimal")
    return NamedNetwork(name, architecture, minimal)
