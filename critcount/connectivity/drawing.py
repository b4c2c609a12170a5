"""Drawings of the small graphs (matplotlib, in the extra "plot")."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from critcount import checks, files
from critcount.configuration import Configuration, Shape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph

__all__ = ["draw", "save"]

MOST_NODES = 500
#: nodes up to which each carries its word
NAMED = 80
FORMATS = ("png", "pdf", "svg")


def draw(graph: IntersectionGraph | RefinementGraph) -> Figure:
    """Return a drawing of a small graph, nodes coloured by orbit.

    Parameters
    ----------
    graph : IntersectionGraph or RefinementGraph
        Of at most 500 nodes.

    Returns
    -------
    matplotlib.figure.Figure
        Two nodes have the same colour when permutations of the neurons and of the labels take
        one to the other: when the sizes of their replication blocks are the same, in some
        order, and those of their zero-type blocks. Up to 80 nodes carry their words. The layout
        puts nodes about as far apart as the graph does (Kamada and Kawai).

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    critcount.SizeLimitError
        For more than 500 nodes.
    """
    what, advice = f"a drawing of {graph!r}", "export the graph as GraphML instead"
    too_wide = graph.m > 50  # whatever r is
    nodes = 10**9 if too_wide else graph.number_of_nodes()
    checks.size(what, nodes, MOST_NODES, "nodes" if not too_wide else "nodes and more", advice)
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("drawing needs matplotlib: pip install 'critcount[plot]'") from error
    import networkx as nx

    explicit = graph.to_networkx()
    place = _layout(explicit)
    orbits = sorted({_orbit(c) for c in explicit})
    side = 4 + len(explicit) ** 0.5 * 0.6
    figure = Figure(figsize=(side + 2, side), layout="constrained")
    axes = figure.add_subplot()
    axes.set_aspect("equal")
    axes.axis("off")
    named = len(explicit) <= NAMED
    nx.draw_networkx_edges(explicit, place, ax=axes, edge_color="0.75", width=0.8)
    colors = _colors(len(orbits))
    for orbit, color in zip(orbits, colors, strict=True):
        members = [c for c in explicit if _orbit(c) == orbit]
        nx.draw_networkx_nodes(
            explicit,
            place,
            nodelist=members,
            ax=axes,
            node_color=[color],
            node_size=340 if named else 40,
            label=f"{_name(orbit)} ({len(members)})",
        )
    if named:
        words = {c: "".join(map(str, c.word)) if c.m <= 9 else str(c) for c in explicit}
        nx.draw_networkx_labels(explicit, place, labels=words, ax=axes, font_size=7)
    axes.legend(
        title="block sizes (nodes)",
        loc="center left",
        bbox_to_anchor=(1, 0.5),
        frameon=False,
        markerscale=0.5 if named else 1,
    )
    figure.suptitle(f"{graph._letter}({graph.r}, {graph.m})")
    return figure


def save(
    graph: IntersectionGraph | RefinementGraph, target: str | os.PathLike[str] | IO[bytes]
) -> None:
    """Write a drawing to a file, whole or not at all.

    Parameters
    ----------
    graph : IntersectionGraph or RefinementGraph
        As for `draw`.
    target : path or binary stream
        A path that ends in .png, .pdf or .svg; a stream receives PNG.

    Raises
    ------
    ValueError
        When the suffix is another.
    ImportError, critcount.SizeLimitError
        As `draw`.
    """
    if not isinstance(target, str | os.PathLike):
        draw(graph).savefig(target, format="png")
        return
    suffix = os.path.splitext(os.fspath(target))[1].lower().removeprefix(".")
    if suffix not in FORMATS:
        raise ValueError("the file of a drawing must end in .png, .pdf or .svg")
    figure = draw(graph)
    with files.whole_file(target, binary=True) as stream:
        figure.savefig(stream, format=suffix)


def _layout(explicit: Any) -> dict[Configuration, Any]:
    """Return a place for every node, on a circle where there are several components."""
    import networkx as nx

    connected = len(explicit) > 1 and nx.is_connected(explicit)
    layout = nx.kamada_kawai_layout if connected else nx.circular_layout
    places: dict[Configuration, Any] = layout(explicit)
    return places


def _orbit(configuration: Configuration) -> Shape:
    shape = configuration.shape
    return Shape(tuple(sorted(shape.replication, reverse=True)), shape.zero[::-1])


def _name(orbit: Shape) -> str:
    sizes = ", ".join(map(str, orbit.replication))
    return f"{sizes} | {', '.join(map(str, orbit.zero))}" if orbit.zero else sizes


def _colors(number: int) -> list[Any]:
    from matplotlib import colormaps

    if number <= 8:
        return [colormaps["Set2"](i) for i in range(number)]
    return [colormaps["turbo"]((i + 0.5) / number) for i in range(number)]
