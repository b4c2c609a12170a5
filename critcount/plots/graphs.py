"""Drawings of the small graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from critcount._support import checks
from critcount.configurations.block_sizes import Shape
from critcount.configurations.configuration import Configuration
from critcount.families import NetworkConfiguration
from critcount.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from critcount.connectivity import IntersectionGraph, NetworkGraph, RefinementGraph

__all__ = ["draw"]

MOST_NODES = 500
#: nodes up to which each carries its word
MOST_NAMED_NODES = 80


@style.look()
def draw(graph: IntersectionGraph | RefinementGraph | NetworkGraph) -> Figure:
    """Return a drawing of a small graph, nodes coloured by orbit.

    Parameters
    ----------
    graph : IntersectionGraph, RefinementGraph or NetworkGraph
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
    from critcount.connectivity import NetworkGraph

    what, advice = "a drawing of this graph", "export the graph as GraphML instead"
    layers = graph.layers if isinstance(graph, NetworkGraph) else (graph,)
    too_wide = any(layer.family.m > 50 for layer in layers)  # whatever r is
    nodes = 10**9 if too_wide else graph.number_of_nodes()
    checks.size(what, nodes, MOST_NODES, "nodes" if not too_wide else "nodes and more", advice)
    import networkx as nx

    explicit: Any = graph.to_networkx()
    place = _layout(explicit)
    orbits = sorted({_orbit(c) for c in explicit})
    side = 3 + len(explicit) ** 0.5 * 0.45
    figure = style.figure(side + 1.5, side)
    axes = figure.add_subplot()
    axes.margins(0.08)
    axes.set_aspect("equal", adjustable="datalim")
    axes.axis("off")
    named = len(explicit) <= MOST_NAMED_NODES
    nx.draw_networkx_edges(explicit, place, ax=axes, edge_color="0.75", width=0.8)
    colors = style.colors(len(orbits))
    for orbit, color in zip(orbits, colors, strict=True):
        members = [c for c in explicit if _orbit(c) == orbit]
        nx.draw_networkx_nodes(
            explicit,
            place,
            nodelist=members,
            ax=axes,
            node_color=[color],
            node_size=320 if named else 36,
            label=f"{_name(orbit)} ({len(members)})",
        )
        if named:
            short = max((letter for c in members for letter in c.word), default=0) < 10
            words = {c: str(c).replace(",", "") if short else str(c) for c in members}
            ink = style.text_color(color)
            nx.draw_networkx_labels(
                explicit, place, labels=words, ax=axes, font_size=7, font_color=ink
            )
    axes.legend(
        title="block sizes (nodes)",
        loc="center left",
        bbox_to_anchor=(1, 0.5),
        markerscale=0.5 if named else 1,
    )
    figure.suptitle(_title(graph))
    return figure


def _layout(explicit: Any) -> dict[Configuration, Any]:
    """Return a place for every node, on a circle where there are several components."""
    import networkx as nx

    connected = len(explicit) > 1 and nx.is_connected(explicit)
    layout = nx.kamada_kawai_layout if connected else nx.circular_layout
    places: dict[Configuration, Any] = layout(explicit)
    return places


def _title(graph: IntersectionGraph | RefinementGraph | NetworkGraph) -> str:
    letter, *sizes = graph._name().split("_")
    pairs = [f"{letter}({r}, {m})" for r, m in zip(sizes[::2], sizes[1::2], strict=True)]
    return " × ".join(pairs)


def _orbit(configuration: Configuration | NetworkConfiguration) -> tuple[Shape, ...]:
    """Return the sizes of the blocks of every layer, sorted."""
    layers = [configuration] if isinstance(configuration, Configuration) else configuration.layers
    shapes = [layer.shape for layer in layers]
    return tuple(Shape(tuple(sorted(s.replication, reverse=True)), s.zero[::-1]) for s in shapes)


def _name(orbit: tuple[Shape, ...]) -> str:
    return " / ".join(
        f"{sizes} | {', '.join(map(str, shape.zero))}" if shape.zero else sizes
        for shape in orbit
        for sizes in [", ".join(map(str, shape.replication))]
    )
