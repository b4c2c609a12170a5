"""Pictures of graphs: every node and every edge is drawn."""

import pytest

from critcount import (
    IntersectionGraph,
    RefinementGraph,
    SizeLimitError,
    valley_graph,
)

pytest.importorskip("matplotlib")
from critcount.connectivity import NetworkGraph
from critcount.plots import graphs


def offsets(figure):
    """Labels of the nodes' groups and how many nodes each has, and the number of edges."""
    from matplotlib.collections import LineCollection, PathCollection

    axes = figure.axes[0]
    nodes = {c.get_label(): len(c.get_offsets()) for c in axes.collections
             if isinstance(c, PathCollection)}  # fmt: skip
    edges = [len(c.get_segments()) for c in axes.collections if isinstance(c, LineCollection)]
    return nodes, sum(edges)


def test_a_valley_is_drawn():
    graph = valley_graph(4)
    figure = graphs.draw(graph)
    nodes, edges = offsets(figure)
    assert nodes == {"1, 1, 1 | 1 (24)": 24, "2, 1, 1 (36)": 36}
    assert edges == graph.number_of_edges() == 72
    words = {text.get_text() for text in figure.axes[0].texts}
    assert words == {"".join(map(str, c.word)) for c in graph.family}
    assert figure.get_suptitle() == "I(3, 4)"


@pytest.mark.parametrize("graph", [IntersectionGraph(0, 0), RefinementGraph(3, 3)])
def test_isolated_nodes_are_drawn(graph):
    nodes, edges = offsets(graphs.draw(graph))
    assert sum(nodes.values()) == graph.number_of_nodes()
    assert edges == 0


def test_many_nodes_carry_no_words():
    figure = graphs.draw(RefinementGraph(1, 5))
    assert not figure.axes[0].texts
    assert sum(offsets(figure)[0].values()) == 151


def test_many_layers_of_one_neuron_are_one_node():
    widths = [1] * 53
    assert len(graphs.draw(NetworkGraph(widths, widths[1:-1])).axes) == 1


@pytest.mark.parametrize("graph", [IntersectionGraph(3, 6), IntersectionGraph(500, 1000)])
def test_graphs_too_large_to_draw(graph):
    with pytest.raises(SizeLimitError, match="500"):
        graphs.draw(graph)
