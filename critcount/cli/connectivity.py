"""`critcount graph`, `critcount connected`, `critcount distance`, `critcount route`."""

from __future__ import annotations

import itertools
import math
import os
from typing import TYPE_CHECKING, Any

import click

from critcount.cli import streams
from critcount.cli.command import Command
from critcount.cli.common import (
    Decorated,
    FileType,
    IntegerType,
    chosen_architecture,
    chosen_format,
    emit,
    max_digits_option,
    minimal_option,
    output_options,
    progress,
    weights_options,
)

if TYPE_CHECKING:
    from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph

__all__ = ["connected", "distance", "graph", "route"]


KINDS = ("intersection", "refinement")


@click.command(cls=Command)
@click.argument("architecture")
@minimal_option(required=True)
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
    "--max-bytes",
    "limit",
    type=IntegerType(0),
    help="Refuse a graph that takes more bytes; 2 GiB by default.",
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
    """Describe the graph of the subspaces of global minima.

    Nodes and edges are counted by formula, and the diameter of the intersection graph is bounded
    by theorem, whether the graph could be built or not. It is searched, exported and drawn for
    one hidden layer.

    Example: critcount graph 2-5-1 --minimal 3 --summary
    """
    from critcount.connectivity import graphs, network_diameter_bounds
    from critcount.counting.network import layer_pairs
    from critcount.output.rendering import TableCell
    from critcount.plots import style

    format_ = chosen_format(format_, output)
    images = [suffix.removeprefix(".") for suffix in style.FIGURE_SUFFIXES]
    drawings = [file for file in files if _suffix(file) in images]
    others = [file for file in files if file not in drawings]
    for file in others:
        if _suffix(file) not in graphs.GRAPH_FORMATS:
            known = ", ".join(f".{suffix}" for suffix in (*graphs.GRAPH_FORMATS, *images))
            raise click.BadParameter(f"the suffix of {file} is none of {known}")
    network = chosen_architecture(architecture, reading)
    pairs = layer_pairs(network, minimal, "minimal")
    chosen = graphs.IntersectionGraph if kind == "intersection" else graphs.RefinementGraph
    layers = [chosen(r, m) if limit is None else chosen(r, m, limit=limit) for r, m in pairs]
    if len(layers) != 1 and (summary or files or kind != "intersection"):
        raise click.UsageError(
            f"{network} has {len(layers)} hidden layers; --summary, --export and "
            "--kind refinement are for one"
        )
    nodes = math.prod(layer.number_of_nodes() for layer in layers)
    # subspaces meet where those of every layer meet or are the same: the strong product
    near = math.prod(2 * layer.number_of_edges() + layer.number_of_nodes() for layer in layers)
    rows: list[tuple[str, TableCell, str]] = [
        ("nodes", nodes, "formula"),
        ("edges", (near - nodes) // 2, "formula"),
    ]
    built = layers[0]
    if summary or others:
        with progress("rows", built.number_of_nodes()) as advance:
            built.build(advance)
    if summary:
        rows += _searched(built)
    elif kind == "intersection":
        bounds = network_diameter_bounds(network, minimal)
        rows += [
            ("diameter at least", _finite(bounds.lower), "theorem"),
            ("diameter at most", _finite(bounds.upper), "theorem"),
        ]
    for file in others:
        built.export(file, d_in=network.d_in, d_out=network.d_out)
    if drawings:
        from critcount.plots import graphs as drawn

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


@click.command(cls=Command)
@click.argument("architecture")
@minimal_option(required=True)
@weights_options
@max_digits_option
@output_options()
def connected(
    architecture: str,
    minimal: tuple[int, ...],
    reading: dict[str, Any],
    max_digits: int | None,
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
    number = count_components(network, minimal, max_digits=max_digits)
    rows = [
        ("connected", "yes" if answer else "no", answer.by, answer.because),
        ("components", number, answer.by, answer.because),
    ]
    emit(("quantity", "value", "by", "because"), rows, format_, output, significant)


def words_arguments(command: Decorated) -> Decorated:
    """Add two words of every hidden layer and their minimal widths."""
    for parameter in (
        minimal_option(required=True),
        click.argument("end", metavar="WORD"),
        click.argument("start", metavar="WORD"),
    ):
        command = parameter(command)
    return command


@click.command(cls=Command)
@words_arguments
@click.option(
    "--max-nodes",
    "limit",
    type=IntegerType(0),
    default=100_000,
    show_default=True,
    help="Search no more subspaces, but give bounds.",
)
@output_options()
def distance(
    start: str,
    end: str,
    minimal: tuple[int, ...],
    limit: int,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Tell how many steps lead from one subspace of global minima to another at least.

    By theorem where there is one, or else by search; where that would be too long, bounds by
    theorem. A WORD is written as for 'critcount route'.

    Example: critcount distance 0122/012 1022/102 --minimal 2-2
    """
    from critcount._support.errors import SizeLimitError
    from critcount.connectivity import distance_bounds, distance_with_reason
    from critcount.families import NetworkConfiguration
    from critcount.output.rendering import TableCell

    format_ = chosen_format(format_, output)
    a, b = (NetworkConfiguration.from_word(word, minimal) for word in (start, end))
    rows: list[tuple[str, TableCell, str]]
    try:
        answer = distance_with_reason(a, b, limit=limit)
        rows = [("distance", _finite(answer.value), answer.by)]
    except SizeLimitError:
        low, high = distance_bounds(a, b)
        rows = [
            ("distance at least", _finite(low), "theorem"),
            ("distance at most", _finite(high), "theorem"),
        ]
    emit(("quantity", "value", "by"), rows, format_, output, significant)


@click.command(cls=Command)
@words_arguments
@click.option(
    "--max-letters",
    type=IntegerType(0),
    default=100_000_000,
    show_default=True,
    help="Refuse to print words of more letters in all.",
)
@output_options()
def route(
    start: str,
    end: str,
    minimal: tuple[int, ...],
    max_letters: int,
    format_: str | None,
    output: str,
    significant: int | None,
) -> None:
    """Lead from one subspace of global minima to another, each meeting the next.

    A WORD has one letter a neuron, such as 0,1,2, or 012 where every letter has one digit;
    letters from the minimal width on stand for zero-type blocks. The words of several hidden
    layers have a slash between them: all layers are walked at the same time. How long the walk
    is, and between which bounds the distance lies, is said on stderr.

    Example: critcount route 0,1,2 1,0,2 --minimal 2
    """
    from critcount._support import checks
    from critcount.connectivity import distance_bounds, path
    from critcount.families import NetworkConfiguration

    format_ = chosen_format(format_, output)
    a, b = (NetworkConfiguration.from_word(word, minimal) for word in (start, end))
    walks = path(a, b)
    length = max(map(len, walks))
    checks.size(
        "the walk",
        (length + 1) * len(a.word),
        max_letters,
        "letters",
        "raise --max-letters, or take critcount.connectivity.path, which makes single steps",
    )
    layers = [
        itertools.chain(walk.configurations(), itertools.repeat(walk.end, length - len(walk)))
        for walk in walks
    ]
    at = map(NetworkConfiguration, zip(*layers, strict=True))
    rows = [(number, str(c)) for number, c in enumerate(at)]
    emit(("step", "word"), rows, format_, output, significant)
    low, high = distance_bounds(a, b)
    high = min(high, length)
    distance = f"{low:,}" if low == high else f"between {low:,} and {high:,}"
    streams.remark(f"{length:,} steps; the distance is {distance}")
