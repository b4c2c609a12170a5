"""`critcount graph`, `critcount connected`, `critcount distance`, `critcount route`."""

from __future__ import annotations

import itertools
import math
import os
from typing import TYPE_CHECKING, Any, cast

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
    from critcount.connectivity.products import GraphKind
    from critcount.families import NetworkConfiguration

__all__ = ["connected", "distance", "graph", "route"]


GRAPH_KINDS = ("intersection", "refinement")


@click.command(cls=Command)
@click.argument("architecture")
@minimal_option(required=True)
@weights_options
@click.option(
    "--kind",
    type=click.Choice(GRAPH_KINDS),
    default="intersection",
    show_default=True,
    help="An edge where two subspaces meet, or only where one arises from the other by merging "
    "a zero-type block of one layer.",
)
@click.option(
    "--summary", is_flag=True, help="Search the graph too: components, diameter, radius."
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
    by theorem, whether the graph could be built or not. Of several hidden layers the graph is the
    product of those of the layers, which are the ones that are searched.

    Example: critcount graph 2-5-1 --minimal 3 --summary
    """
    from critcount.connectivity import NetworkGraph, network_diameter_bounds
    from critcount.connectivity.written import GRAPH_FORMATS
    from critcount.output.rendering import TableCell
    from critcount.plots import style

    format_ = chosen_format(format_, output)
    images = [suffix.removeprefix(".") for suffix in style.FIGURE_SUFFIXES]
    drawings = [file for file in files if _suffix(file) in images]
    others = [file for file in files if file not in drawings]
    for file in others:
        if _suffix(file) not in GRAPH_FORMATS:
            known = ", ".join(f".{suffix}" for suffix in (*GRAPH_FORMATS, *images))
            raise click.UsageError(f"--export: the suffix of {file} is none of {known}")
    network = chosen_architecture(architecture, reading)
    size = {} if limit is None else {"limit": limit}
    whole = NetworkGraph(network, minimal, cast("GraphKind", kind), **size)
    nodes, edges = whole.number_of_nodes(), whole.number_of_edges()
    rows: list[tuple[str, TableCell, str]] = [
        ("nodes", nodes, "formula"),
        ("edges", edges, "formula"),
    ]
    one = len(whole.layers) == 1
    if others and not one:
        whole.refuse()
    if summary or others:
        with progress("rows", sum(layer.number_of_nodes() for layer in whole.layers)) as advance:
            whole.build(advance)
    if summary:
        rows += [
            ("components", whole.number_of_components(), "search"),
            ("diameter", _finite(whole.diameter()), "search"),
            ("radius", _finite(whole.radius()), "search"),
        ]
    elif kind == "intersection":
        bounds = network_diameter_bounds(network, minimal)
        rows += [
            ("diameter at least", _finite(bounds.lower), "theorem"),
            ("diameter at most", _finite(bounds.upper), "theorem"),
        ]
    written = whole.layers[0] if one else whole
    for file in others:
        written.export(file, d_in=network.d_in, d_out=network.d_out)
    if drawings:
        from critcount.plots import graphs as drawn

        for file in drawings:
            style.save_figure(drawn.draw(written), file)
    emit(("quantity", "value", "by"), rows, format_, output, significant)


def _suffix(file: str) -> str:
    return os.path.splitext(file)[1].lower().removeprefix(".")


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


def _two_words(
    start: str, end: str, minimal: tuple[int, ...]
) -> tuple[NetworkConfiguration, NetworkConfiguration]:
    """Return what two words of one network spell."""
    from critcount.families import NetworkConfiguration

    a, b = (NetworkConfiguration.from_word(word, minimal) for word in (start, end))
    letters = ["/".join(str(layer.m) for layer in c.layers) for c in (a, b)]
    if letters[0] != letters[1]:
        raise click.UsageError(
            f"both words must have the same number of letters, not {letters[0]} and {letters[1]}"
        )
    return a, b


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
    from critcount.output.rendering import TableCell

    format_ = chosen_format(format_, output)
    a, b = _two_words(start, end, minimal)
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
    a, b = _two_words(start, end, minimal)
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
