"""The intersection graph and the refinement graph, whole: for the sizes that can be searched.

What can be said at any size without a graph is in `critcount.connectivity.theorems` (whether it is
connected), `critcount.connectivity.shape` (edges, Euler characteristic),
`critcount.connectivity.walks.paths` and `critcount.connectivity.distances`.
"""

from __future__ import annotations

import abc
import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.errors import SizeLimitError
from critcount._support.progress import silent
from critcount._support.types import Advance, Words
from critcount.configurations.configuration import Configuration
from critcount.connectivity import _adjacency, shape
from critcount.connectivity.written import Size, Written
from critcount.counting import enclosures, layer
from critcount.families import Expansions, PermutationPoints

if TYPE_CHECKING:
    from scipy import sparse

__all__ = [
    "IntersectionGraph",
    "RefinementGraph",
    "ValleyGraph",
    "valley_graph",
]

MOST_GRAPH_BYTES = 1 << 31
#: nodes up to which a notebook shows a drawing
MOST_DRAWN_NODES = 80
#: bytes for an edge while the adjacency matrix is made and searched, with indices of 4 bytes
EDGE_BYTES = 40
#: widths beyond which a refusal gives magnitudes instead of numbers
EXACT_WIDTH = 200


class _Graph(Written[Configuration]):
    """A graph on all configurations for (r, m); nodes are numbered by rank."""

    #: how the graph is called in messages
    _letter: str
    _advice: str

    def __init__(self, r: int, m: int, *, limit: int = MOST_GRAPH_BYTES) -> None:
        self._r = checks.integer("r", r, minimum=0)
        self._m = checks.integer("m", m, minimum=self._r)
        self._limit = checks.integer("limit", limit, minimum=0)

    @property
    def r(self) -> int:
        """Number of labels: the minimal width."""
        return self._r

    @property
    def m(self) -> int:
        """Number of neurons."""
        return self._m

    @functools.cached_property
    def family(self) -> Expansions:
        """The nodes, in the order of their numbers."""
        return Expansions(self._r, self._m)

    def __eq__(self, other: object) -> bool:
        """Whether both are of one kind and size, built or not."""
        if type(other) is not type(self):
            return NotImplemented
        return (self._r, self._m) == (other._r, other._m)

    def __hash__(self) -> int:
        return hash((type(self), self._r, self._m))

    def number_of_nodes(self) -> int:
        """Return T(r, m); see `critcount.T`. Nothing is built."""
        return layer.T(self._r, self._m)

    @abc.abstractmethod
    def number_of_edges(self) -> int:
        """Return the number of edges, by formula. Nothing is built."""

    def size(self) -> Size:
        """Return the exact size, and about how many bytes building and searching takes."""
        nodes, edges = self.number_of_nodes(), self.number_of_edges()
        wide = 2 if max(nodes, 2 * edges) >= 1 << 31 else 1
        return Size(nodes, edges, EDGE_BYTES * wide * edges + (self._m + 64) * nodes)

    def to_scipy(self) -> sparse.csr_array[Any]:
        """Return the adjacency matrix.

        Returns
        -------
        scipy.sparse.csr_array
            Symmetric, of shape (T, T) with ones of int8; rows and columns by rank. It is kept
            and must not be changed.

        Raises
        ------
        critcount.SizeLimitError
            Before any work, when the graph takes more bytes than the limit.
        """
        return self._matrix

    def components(self) -> npt.NDArray[np.int32]:
        """Return for each node, by rank, the number of its component: 0, 1, … as they come.

        By search. For how many there are at any size see
        `critcount.count_components`.
        """
        return _adjacency.components(self._half)

    def eccentricity(self, a: Configuration) -> float:
        """Return the greatest distance from one node; `math.inf` when it does not reach all.

        Raises
        ------
        ValueError
            When the configuration is none for (r, m).
        """
        return self._eccentricity(self.family.rank(a))

    def diameter(self) -> float:
        """Return the greatest distance of two nodes; `math.inf` for a graph not connected.

        One search for each orbit under permutations of the neurons and of the labels, both of
        which are symmetries of the graph.
        """
        return max(self._eccentricities)

    def radius(self) -> float:
        """Return the least eccentricity; `math.inf` for a graph not connected."""
        return min(self._eccentricities)

    def shortest_path(self, a: Configuration, b: Configuration) -> list[Configuration]:
        """Return a shortest walk from a to b, both included.

        Raises
        ------
        ValueError
            When a or b is no configuration for (r, m), or no walk leads from a to b.

        See Also
        --------
        critcount.connectivity.path : a walk between two configurations, with no graph built.
        """
        start, end = self.family.rank(a), self.family.rank(b)
        matrix = self.to_scipy()
        distance = _adjacency.levels(matrix, end)
        if distance[start] < 0:
            raise ValueError("there is no walk: a and b lie in different components")
        walk = [start]
        while distance[walk[-1]]:
            near = matrix.indices[matrix.indptr[walk[-1]] : matrix.indptr[walk[-1] + 1]]
            walk.append(int(near[np.argmax(distance[near] == distance[walk[-1]] - 1)]))
        return [self.family.unrank(node) for node in walk]

    def build(self, advance: Advance = silent) -> None:
        """Build the adjacency matrix now; `advance` is called with numbers of rows done.

        Raises
        ------
        critcount.SizeLimitError
            Before any work, when the graph takes more bytes than the limit.
        """
        if "_half" not in self.__dict__:
            self.__dict__["_half"] = self._build(advance)

    @functools.cached_property
    def _half(self) -> sparse.csr_array[Any]:
        return self._build(silent)

    @functools.cached_property
    def _matrix(self) -> sparse.csr_array[Any]:
        return _adjacency.symmetric(self._half)

    @functools.cached_property
    def _eccentricities(self) -> list[float]:
        """The eccentricity of one configuration of each orbit."""
        representatives = [
            orbit.representative
            for orbit in self._small_family().orbits()
            if list(orbit.representative.shape.replication)
            == sorted(orbit.representative.shape.replication)
        ]
        return [self.eccentricity(a) for a in representatives]

    def _eccentricity(self, node: int) -> float:
        distance = _adjacency.levels(self.to_scipy(), node)
        return math.inf if distance.min() < 0 else int(distance.max())

    def _small_family(self) -> Expansions:
        """Return the family once the graph is built, so that it is known to be small."""
        self.build()
        return self.family

    def _build(self, advance: Advance) -> sparse.csr_array[Any]:
        self._refuse()
        return self._make_half(self.family.words(), advance)

    @abc.abstractmethod
    def _make_half(self, words: Words, advance: Advance) -> sparse.csr_array[Any]:
        """Return the half of the adjacency matrix."""

    def _refuse(self, size: Size | None = None) -> None:
        """Refuse a graph that takes more bytes than the limit."""
        if self._m > EXACT_WIDTH:
            power = int(float(enclosures.log10_T(self._r, self._m)))
            amount = f"more than 10^{power} nodes, edges and bytes"
        else:
            size = size or self.size()
            if size.bytes <= self._limit:
                return
            amount = " and ".join(
                f"{value:,} {unit}" if value < 10**40 else f"more than 10^40 {unit}"
                for value, unit in zip(size, ("nodes,", "edges", "bytes"), strict=True)
            ).replace(", and ", ", ")
        raise SizeLimitError(
            f"this graph would have {amount}, past the limit of {self._limit:,} bytes: raise "
            "limit; a walk between two nodes and the number of components are found without it"
            f"{self._advice}"
        )

    def _lower(self) -> sparse.csr_array[Any]:
        return self._half

    def _name(self) -> str:
        return f"{self._letter}_{self._r}_{self._m}"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, object]] = [("r", self._r), ("m", self._m)]
        if self._m <= EXACT_WIDTH:
            rows += [("nodes", self.number_of_nodes()), ("edges", self.number_of_edges())]
        return markup.html_table((), rows, type(self).__name__) + (self._repr_svg_() or "")

    def _repr_svg_(self) -> str | None:
        """A drawing of a graph of at most 80 nodes, a colour for each dimension."""
        if self._m > EXACT_WIDTH or self.number_of_nodes() > MOST_DRAWN_NODES:
            return None
        import networkx as nx

        graph = self.to_networkx()
        place = nx.kamada_kawai_layout(graph, scale=170, center=(200, 200)) if graph else {}
        parts = [markup.line(*place[a], *place[b]) for a, b in graph.edges]
        for node, (x, y) in place.items():
            kind = len(node.zero_blocks) % len(markup.BLOCK_COLORS)
            parts.append(markup.circle(x, y, 7, markup.BLOCK_COLORS[kind], str(node)))
        return markup.svg(400, 400, parts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({checks.show(self._r)}, {checks.show(self._m)})"


class IntersectionGraph(_Graph):
    """The intersection graph I(r, m): the T(r, m) subspaces, an edge where two meet.

    The set of global minima is connected exactly when I(r, m) is.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m.
    limit : int
        Most bytes that building and searching may take; 2 GiB by default. Nothing is built
        before a method needs it, and then the size is known before any work.

    Raises
    ------
    TypeError, ValueError
        When r or m is no integer, or not 0 ≤ r ≤ m.

    See Also
    --------
    critcount.Expansions : the subspaces themselves: listed, ranked, drawn at random.
    critcount.RefinementGraph : a sparse subgraph with the same components.
    critcount.is_connected : whether it is connected, at any size.
    critcount.connectivity.path : a walk between two configurations, with no graph built.

    Notes
    -----
    One word of each orbit is decided against all others; time and memory are then those of
    sorting the edges, see `critcount.connectivity._adjacency`.
    For m = r + 1 the graph is the refinement graph (both have r (r+1)! edges) and is built as
    that.

    Examples
    --------
    >>> graph = IntersectionGraph(2, 3)  # a cycle
    >>> graph.number_of_nodes(), graph.number_of_edges(), graph.diameter(), graph.radius()
    (12, 12, 6, 6)
    >>> a, b = Configuration.from_word([0, 1, 2], 2), Configuration.from_word([1, 0, 2], 2)
    >>> [str(c) for c in graph.shortest_path(a, b)]
    ['0,1,2', '0,1,0', '2,1,0', '1,1,0', '1,2,0', '1,0,0', '1,0,2']
    """

    _letter = "I"
    _advice = "; the refinement graph has far fewer edges and the same components"

    def number_of_edges(self) -> int:
        """Return the number of edges: `critcount.connectivity.shape.number_of_intersections`."""
        return shape.number_of_intersections(self._r, self._m)

    def _make_half(self, words: Words, advance: Advance) -> sparse.csr_array[Any]:
        edges = self.number_of_edges()
        if self._m <= self._r + 1:
            return _adjacency.mergers(words, self._r, edges)
        return _adjacency.intersections(words, self._r, edges, advance)


class RefinementGraph(_Graph):
    """The refinement graph R(r, m): an edge where merging a zero-type block leads on.

    Two configurations are neighbours when one arises from the other by merging a zero-type
    block into another block of either kind. A spanning subgraph of I(r, m), sparse and with the
    same components; its distances are longer.

    Parameters
    ----------
    r, m, limit
        As for `IntersectionGraph`.

    Raises
    ------
    TypeError, ValueError
        As for `IntersectionGraph`.

    See Also
    --------
    critcount.IntersectionGraph : an edge wherever two subspaces meet.

    Notes
    -----
    Time and memory linear in the number of edges; see `critcount.connectivity._adjacency`.

    Examples
    --------
    >>> graph = RefinementGraph(3, 5)
    >>> graph.number_of_nodes(), graph.number_of_edges(), set(graph.components().tolist())
    (450, 1140, {0})
    >>> RefinementGraph(2, 2).components()
    array([0, 1], dtype=int32)
    """

    _letter = "R"
    _advice = ""

    def number_of_edges(self) -> int:
        """Return r T(r+1, m) + T(r+2, m)/2, see `critcount.connectivity.shape`."""
        return shape.number_of_mergers(self._r, self._m)

    def size(self) -> Size:
        """Return the exact size, and about how many bytes building and searching takes."""
        size = super().size()
        tables = _adjacency.table_bytes(self._r, self._m) if size.edges else 0
        return size._replace(bytes=size.bytes + tables)

    def _make_half(self, words: Words, advance: Advance) -> sparse.csr_array[Any]:
        return _adjacency.mergers(words, self._r, self.number_of_edges())


class ValleyGraph(IntersectionGraph):
    """The equal-loss valley of a layer of n neurons: the intersection graph I(n-1, n).

    The paths of equal loss between the permutations of a minimum ([B19]), one neuron wide: for a
    layer that is one neuron wider than it needs to be.
    """

    def pair_nodes(self) -> list[Configuration]:
        """Return the (n-1) n!/2 nodes in which two neurons share a label, ascending.

        They are the first-order permutation points of the layer: `PermutationPoints(n, 1)`.

        See Also
        --------
        critcount.count_permutation_points : how many a network has, at any size.
        critcount.PermutationPoints :
            those of one layer as configurations: listed, ranked, drawn at random.
        critcount.landscape.permutation_point :
            one of a trained network, found by descent, with its Hessian.

        Examples
        --------
        >>> [c.word for c in valley_graph(3).pair_nodes()][:3]
        [(0, 0, 1), (0, 1, 0), (0, 1, 1)]
        """
        points = PermutationPoints(self._m, 1)
        size = Size(points.cardinality(), 0, points.cardinality() * (self._m + 64))
        self._refuse(size)
        return list(points)


def valley_graph(n: int, *, limit: int = MOST_GRAPH_BYTES) -> ValleyGraph:
    """Return the graph of the equal-loss valley of a layer of n neurons.

    Parameters
    ----------
    n : int
        Neurons, at least 1.
    limit : int
        As for `IntersectionGraph`.

    Returns
    -------
    ValleyGraph
        I(n-1, n). Its other nodes, n!, have one zero-type neuron: the places at which a neuron
        is free to move from one partner to another.

    Raises
    ------
    TypeError, ValueError
        When n is no positive integer.

    See Also
    --------
    critcount.PermutationPoints :
        those of one layer as configurations: listed, ranked, drawn at random.
    critcount.landscape.valley : the valley at a permutation point of a trained network.
    critcount.landscape.connect : the way through it to a permutation of the layer.

    Examples
    --------
    >>> valley = valley_graph(3)
    >>> valley.number_of_nodes(), len(valley.pair_nodes()), valley.diameter()
    (12, 6, 6)
    """
    n = checks.integer("n", n, minimum=1)
    return ValleyGraph(n - 1, n, limit=limit)
