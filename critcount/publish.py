"""Every published table, written or checked.

A folder of published tables holds ``architectures.toml``, the networks, ``models.toml``, what was
found of real models, and for each table its
digits as ``NAME.csv`` and a version to read as ``NAME.tex``. The table of the claims takes its
measured columns from a run of ``critcount verify``, or keeps those that it has.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from critcount._support import checks, files
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.architecture import Architecture
from critcount.claims import registry
from critcount.claims import table as claims
from critcount.claims.claim import Finding
from critcount.output import activation_tables, export, models, tables
from critcount.piecewise import tables as piecewise

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NETWORKS", "TABLES", "PublishedTable", "check_tables", "write_tables"]


NETWORKS = "architectures.toml"
MODELS = "models.toml"


@dataclass(frozen=True)
class PublishedTable:
    """How a table is made.

    Attributes
    ----------
    read : callable
        Command-line inputs to the argument of `make`.
    make : callable
        The argument and the options to a frame.
    options : tuple of str
        The options of the command line that `make` takes.
    published : callable
        The folder to the inputs of the published table.
    formula : str
        One line for the reader of the LaTeX table.
    chosen : mapping
        The options of the published table.
    """

    read: Callable[[Sequence[str]], object]
    make: Callable[..., pd.DataFrame]
    options: tuple[str, ...]
    published: Callable[[str], Sequence[str]]
    formula: str
    chosen: Mapping[str, int] = field(default_factory=dict)


def _architectures(inputs: Sequence[str]) -> list[Architecture]:
    if not inputs:
        raise ValueError("the table permutation-points needs at least one architecture")
    return [Architecture.parse(text) for text in inputs]


def _nothing(inputs: Sequence[str]) -> None:
    if inputs:
        raise ValueError(f"this table takes no inputs, not {checks.show(inputs[0])}")


def _r_stars(inputs: Sequence[str]) -> list[int]:
    for text in inputs:
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise ValueError(f"a minimal width must be a number, not {checks.show(text)}")
    return [int(text) for text in inputs] or list(range(2, 11))


def _settings(inputs: Sequence[str]) -> list[activation_tables.NamedSetting]:
    return [activation_tables.parse_setting(text) for text in inputs] or list(
        activation_tables.COMMON
    )


def _shapes(inputs: Sequence[str]) -> list[Architecture]:
    return [Architecture.parse(text) for text in inputs or piecewise.SHAPES]


def _networks(inputs: Sequence[str]) -> list[tables.NamedNetwork]:
    if len(inputs) != 1:
        raise ValueError("the table architectures needs one TOML file of networks")
    return tables.read_networks(inputs[0])


def _models(inputs: Sequence[str]) -> list[models.ModelEntry]:
    if len(inputs) != 1:
        raise ValueError("the table models needs one TOML file of models")
    return models.read_models(inputs[0])


def _published_architectures(folder: str) -> list[str]:
    networks = tables.read_networks(os.path.join(folder, NETWORKS))
    return list(dict.fromkeys(str(network.architecture) for network in networks))


def _number(inputs: Sequence[str]) -> Literal["T", "G"]:
    if inputs == ["T"] or inputs == ("T",):
        return "T"
    if inputs == ["G"] or inputs == ("G",):
        return "G"
    raise ValueError("the table triangle needs one of T and G")


TABLES = {
    "permutation-points": PublishedTable(
        _architectures,
        tables.permutation_point_table,
        ("max_order", "max_digits"),
        _published_architectures,
        "factor_layer = sum_k C(n_k-K, K)/2^K; points = factor_layer * prod_k n_k!",
    ),
    "subspaces": PublishedTable(
        _nothing,
        lambda _, **options: tables.subspace_table(**options),
        ("max_m", "max_digits"),
        lambda folder: (),
        "T(r,m) = sum_j (r+j)!/j! S(m,r+j); G(r,m) = r! S(m,r)",
    ),
    "regimes": PublishedTable(
        _r_stars,
        tables.regime_table,
        ("max_extra", "max_digits"),
        lambda folder: ("3", "4", "5", "6", "8", "10", "15", "20", "30", "50", "100"),
        "ratio = sum_(r < r_star) G(r,m) / T(r_star,m); crossover: first m - r_star >= 1 below 1",
        {"max_extra": 3},
    ),
    "activations": PublishedTable(
        _settings,
        activation_tables.activation_table,
        ("max_r", "max_extra", "limit"),
        lambda folder: (),
        "m! [x^m] of the generating functions by kind; one hidden layer, one output, no more "
        "minimal neurons than inputs",
    ),
    "architectures": PublishedTable(
        _networks,
        tables.architecture_table,
        ("max_digits",),
        lambda folder: (os.path.join(folder, NETWORKS),),
        "minima = prod_k n_k!; expansions = prod_k T(r_k, m_k)",
    ),
    "models": PublishedTable(
        _models,
        models.model_table,
        (),
        lambda folder: (os.path.join(folder, MODELS),),
        "the order of the group of permutations of the parameters that keep the function; "
        "first order = sum over the duplicable families of (n-1)/2",
    ),
    "connectivity": PublishedTable(
        _nothing,
        lambda _, **options: tables.connectivity_table(**options),
        ("max_nodes",),
        lambda folder: (),
        "the graphs I(r,m), an edge where two subspaces meet, and R(r,m), one where a zero-type "
        "block is merged",
    ),
    "knots": PublishedTable(
        _nothing,
        lambda _, **options: piecewise.knots_table(**options),
        ("max_width",),
        lambda folder: (),
        "the most knots of ReLU networks R -> R^p; product = (n_1 + 1)...(n_L + 1) - 1",
    ),
    "regions": PublishedTable(
        _shapes,
        piecewise.regions_table,
        (),
        lambda folder: piecewise.SHAPES,
        "bounds for the most activation regions of ReLU networks",
    ),
    "triangle": PublishedTable(
        _number,
        tables.triangle_table,
        ("max_m", "max_digits"),
        lambda folder: ("T",),
        "a row for each m, a column for each r",
    ),
}


def write_tables(
    folder: str,
    advance: Advance = silent,
    findings: Sequence[Finding] | None = None,
) -> list[str]:
    """Write every table of a folder, each file whole or not at all.

    Parameters
    ----------
    folder : path
        Holds ``architectures.toml``.
    advance : callable, optional
        Called with 1 after each file.
    findings : sequence of Finding, optional
        What a run of all claims has found: the verdicts and the measured columns of the table of
        claims. Otherwise the verdicts are those recorded, and the measured columns those that
        the folder's table has.

    Returns
    -------
    list of str
        The paths written.

    Raises
    ------
    OSError, ValueError
        When the networks cannot be read or a file cannot be written.
    """
    written = []
    for name, content in _contents(folder, _claims(folder, findings, measure=True)):
        path = os.path.join(folder, name)
        files.put(content, path)
        written.append(path)
        advance(1)
    return written


def check_tables(
    folder: str,
    advance: Advance = silent,
    findings: Sequence[Finding] | None = None,
) -> list[str]:
    """Return one line for each published file that is not what `write_tables` would write.

    Parameters
    ----------
    folder : path
    advance : callable, optional
        As in `write_tables`.
    findings : sequence of Finding, optional
        What a run of all claims has found, a quick one for instance: its verdicts must be those
        published. Otherwise those recorded must be. The measured columns are not compared.

    Returns
    -------
    list of str
        Empty when every file is byte for byte right.

    Raises
    ------
    OSError, ValueError
        When the networks cannot be read.
    """
    differences = []
    for name, content in _contents(folder, _claims(folder, findings, measure=False)):
        path = os.path.join(folder, name)
        try:
            with open(path, encoding="utf-8", newline="") as stream:
                found = stream.read()
        except FileNotFoundError:
            differences.append(f"{path}: is missing")
        except UnicodeDecodeError:
            differences.append(f"{path}: is not UTF-8 text")
        else:
            if found != content:
                differences.append(f"{path}: {_first_difference(found, content)}")
        advance(1)
    return differences


def _claims(
    folder: str, findings: Sequence[Finding] | None, *, measure: bool
) -> list[claims.ClaimRow]:
    """The rows of the table of claims, the measured columns from the findings or the folder."""
    if findings is not None and measure:
        return claims.claim_rows(findings)
    verdicts = {claim.name: claim.recorded for claim in registry.CLAIMS.values()}
    if findings is not None:
        verdicts |= {finding.claim.name: finding.verdict for finding in findings}
    kept = claims.measured_columns(os.path.join(folder, "claims.csv"))
    return [
        claims.row(claim, verdicts[name], kept.get(name))
        for name, claim in registry.CLAIMS.items()
    ]


#: Suffixes and formats of the published tables.
PUBLISHED: tuple[tuple[str, export.Format], ...] = (("csv", "csv"), ("tex", "latex"))


def _contents(folder: str, rows: Sequence[claims.ClaimRow]) -> Iterator[tuple[str, str]]:
    """The file names of the published tables and what they should hold."""
    for suffix, format_ in PUBLISHED:
        stream = io.StringIO()
        reading = format_ in export.READABLE
        export.write_rows(
            claims.SHORT if reading else claims.ClaimRow._fields,
            [claims.short(row) for row in rows] if reading else rows,
            stream,
            format_,
            comment="critcount verify\nthe statements are in claims.csv",
        )
        yield f"claims.{suffix}", stream.getvalue()
    for kind, table in TABLES.items():
        if kind == "models" and not os.path.exists(os.path.join(folder, MODELS)):
            continue  # a folder of networks alone
        frame = table.make(table.read(table.published(folder)), **table.chosen)
        name = os.path.basename(os.path.abspath(folder))
        comment = f"critcount publish {name}/\n{table.formula}"
        for suffix, format_ in PUBLISHED:
            stream = io.StringIO()
            # no logarithms: the last digit of a float may differ from machine to machine
            reading = format_ in export.READABLE
            shown = tables.for_reading(frame) if reading else tables.without_logarithms(frame)
            export.write_frame(shown, stream, format_, comment=comment)
            yield f"{kind}.{suffix}", stream.getvalue()


def _first_difference(found: str, expected: str) -> str:
    """Where two texts first differ, in words short enough for a line."""
    have, want = found.splitlines(), expected.splitlines()
    for number, (a, b) in enumerate(zip(have, want, strict=False), start=1):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(b))
            at = min(at, len(a))
            start = max(0, at - 20)
            return (
                f"line {number}, column {at + 1}: found {checks.show(a[start : at + 20])}, "
                f"expected {checks.show(b[start : at + 20])}"
            )
    if len(have) != len(want):
        return f"has {len(have)} lines, expected {len(want)}"
    return "differs in its line ends"
