"""`critcount graph`, `critcount connected`, `critcount route`."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import click

from critcount.cli import streams
from critcount.cli.common import (
    FileType,
    IntegerType,
    WidthsType,
    chosen_architecture,
    chosen_format,
    emit,
    one_layer,
    output_options,
    progress,
    weights_options,
)
from critcount.cli.words import read_configuration

if TYPE_CHECKING:
    from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph

__all__ = ["connected", "graph", "route"]


KINDS = ("intersection", "refinement")
#: suffixes of drawings
IMAGES = ("png", "svg", "pdf")
#: letters of words, in all, that `route` prints unless it is asked for more
ROUTE_LIMIT = 100_000_000


@click.command()
@click.argument("architecture")
@click.option(
    "--minimal", type=WidthsType(), required=True, help="Minimal width of the hidden layer."
)
@weights_options
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="intersection",
    show_default=True,
    help="An edge where two subspaces meet, or only where one arises from the other by merging "
    "a zero-type block.",
)
@click.option(
    "--summary", is_flag=True, help="Build the graph and search it: components, diameter, radius."
)
@click.option(
    "--export",
    "files",
    type=FileType(),
    multiple=True,
    help="Write the graph: .graphml, .dot, or .csv for a line an edge; or draw a small one: "
    ".png, .svg, .pdf. May be given more than once.",
)
@click.option(
    "--limit",
    type=IntegerType(0),
    metavar="BYTES",
    help="Refuse a graph that takes more bytes than this; 2 GiB by default.",
)
@output_options()
def graph(
    architecture: str,
    minimal: tuple[int, ...],
    reading: dict[str, Any],
    kind: str,
    summary: bool,
    files: tuple[str, ...],
    limit: int | None,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Describe the graph of the subspaces of global minima of one hidden layer.

    Nodes and edges are counted by formula, and the diameter of the intersection graph is bounded
    by theorem, whether the graph could be built or not.

    Example: critcount graph 2-5-1 --minimal 3 --summary
    """
    from critcount.connectivity import diameter_bounds, graphs
    from critcount.output.rendering import TableCell

    format_ = chosen_format(format_, output)
    drawings = [file for file in files if _suffix(file) in IMAGES]
    others = [file for file in files if file not in drawings]
    for file in others:
        if _suffix(file) not in graphs.GRAPH_FORMATS:
            known = ", ".join(f".{suffix}" for suffix in (*graphs.GRAPH_FORMATS, *IMAGES))
            raise click.BadParameter(f"the suffix of {file} is none of {known}")
    network = chosen_architecture(architecture, reading)
    r, m = one_layer(network, minimal)
    chosen = graphs.IntersectionGraph if kind == "intersection" else graphs.RefinementGraph
    built = chosen(r, m) if limit is None else chosen(r, m, limit=limit)
    rows: list[tuple[str, TableCell, str]] = [
        ("nodes", built.number_of_nodes(), "formula"),
        ("edges", built.number_of_edges(), "formula"),
    ]
    if summary or others:
        with progress("rows", built.number_of_nodes()) as advance:
            built.build(advance)
    if summary:
        rows += _searched(built)
    elif kind == "intersection":
        bounds = diameter_bounds(r, m)
        rows += [
            ("diameter at least", _finite(bounds.lower), "theorem"),
            ("diameter at most", _finite(bounds.upper), "theorem"),
        ]
    for file in others:
        built.export(file, d_in=network.d_in, d_out=network.d_out)
    if drawings:
        from critcount.plots import graphs as drawn
        from critcount.plots import style

        for file in drawings:
            style.save_figure(drawn.draw(built), file)
    emit(("quantity", "value", "by"), rows, format_, output, significant)


def _suffix(file: str) -> str:
    return os.path.splitext(file)[1].lower().removeprefix(".")


def _searched(built: IntersectionGraph | RefinementGraph) -> list[tuple[str, Any, str]]:
    return [
        ("components", int(built.components().max()) + 1, "search"),
        ("diameter", _finite(built.diameter()), "search"),
        ("radius", _finite(built.radius()), "search"),
    ]


def _finite(distance: float) -> int | str:
    return "infinite" if distance == math.inf else int(distance)


@click.command()
@click.argument("architecture")
@click.option(
    "--minimal",
    type=WidthsType(),
    required=True,
    help="Minimal width of every hidden layer: 20-10.",
)
@weights_options
@click.option(
    "--limit",
    type=IntegerType(1),
    metavar="DIGITS",
    help="Refuse a number of components of more digits than this.",
)
@output_options()
def connected(
    architecture: str,
    minimal: tuple[int, ...],
    reading: dict[str, Any],
    limit: int | None,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Tell whether the subspaces of global minima hang together, by theorem.

    Example: critcount connected 2-5-1 --minimal 4
    """
    from critcount.connectivity.theorems import connected_with_reason
    from critcount.counting.network import count_components

    format_ = chosen_format(format_, output)
    network = chosen_architecture(architecture, reading)
    answer = connected_with_reason(network, minimal)
    number = count_components(network, minimal, max_digits=limit)
    rows = [
        ("connected", "yes" if answer else "no", answer.by, answer.because),
        ("components", number, answer.by, answer.because),
    ]
    emit(("quantity", "value", "by", "because"), rows, format_, output, significant)


@click.command()
@click.argument("start", metavar="WORD")
@click.argument("end", metavar="WORD")
@click.option(
    "--minimal",
    type=IntegerType(0),
    required=True,
    metavar="R",
    help="Letters from R on stand for zero-type blocks.",
)
@click.option(
    "--limit",
    type=IntegerType(0),
    default=ROUTE_LIMIT,
    show_default=True,
    metavar="LETTERS",
    help="Refuse to print words of more letters in all.",
)
@output_options()
def route(
    start: str,
    end: str,
    minimal: int,
    limit: int,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Lead from one subspace of global minima to another, each meeting the next.

    A WORD has one letter a neuron, such as 0,1,2. How long the walk is, and between which
    bounds the distance lies, is said on stderr.

    Example: critcount route 0,1,2 1,0,2 --minimal 2
    """
    from critcount._support import checks
    from critcount.connectivity import path

    format_ = chosen_format(format_, output)
    walk = path(*(read_configuration("a word", word, minimal) for word in (start, end)))
    checks.size(
        "the walk",
        (len(walk) + 1) * walk.start.m,
        limit,
        "letters",
        "raise --limit, or take critcount.connectivity.path, which makes its steps one by one",
    )
    rows = [(number, str(c)) for number, c in enumerate(walk.configurations())]
    emit(("step", "word"), rows, format_, output, significant)
    low, high = walk.bounds
    distance = f"{low:,}" if low == high else f"between {low:,} and {high:,}"
    streams.remark(f"{len(walk):,} steps; the distance is {distance}")
