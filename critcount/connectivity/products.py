"""The graphs of several hidden layers: products of those of the layers."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from critcount._support import checks, markup
from critcount._support.errors import SizeLimitError
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.architecture import Architecture, ArchitectureLike, as_architecture
from critcount.connectivity.graphs import (
    EDGE_BYTES,
    MOST_GRAPH_BYTES,
    IntersectionGraph,
    RefinementGraph,
)
from critcount.connectivity.written import Size, Written
from critcount.counting.network import layer_pairs
from critcount.families import NetworkConfiguration, NetworkExpansions

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["NetworkGraph"]

GraphKind = Literal["intersection", "refinement"]


class NetworkGraph(Written[NetworkConfiguration]):
    """The graph of the subspaces of global minima of a network, any number of hidden layers.

    Of the kind "intersection" the strong product of the layers' graphs: two subspaces meet where
    those of every layer meet or are the same. Of the kind "refinement" the Cartesian product: one
    step, in one layer. So counts, components, diameter and radius come from the layers, and only
    what lists edges builds the product.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        The minimal width of every hidden layer; an int for a single one.
    kind : {"intersection", "refinement"}
    limit : int
        Most bytes that building and searching may take; 2 GiB by default. The size is known
        before any work.

    Raises
    ------
    TypeError, ValueError
        When a minimal width is missing, too many, or wider than its layer.

    See Also
    --------
    critcount.IntersectionGraph : of one hidden layer.
    critcount.connectivity.network_diameter_bounds : by theorem, at any size.

    Examples
    --------
    >>> graph = NetworkGraph("2-3-3-1", (2, 2))
    >>> graph.number_of_nodes(), graph.number_of_edges(), graph.diameter()
    (144, 576, 6)
    >>> NetworkGraph("2-3-3-1", (2, 2), "refinement").diameter()
    12
    """

    def __init__(
        self,
        architecture: ArchitectureLike,
        minimal: int | Sequence[int],
        kind: GraphKind = "intersection",
        *,
        limit: int = MOST_GRAPH_BYTES,
    ) -> None:
        self._architecture = as_architecture(architecture)
        self._kind = checks.choice("kind", kind, ("intersection", "refinement"))
        self._limit = checks.integer("limit", limit, minimum=0)
        chosen = IntersectionGraph if self._kind == "intersection" else RefinementGraph
        self._layers: tuple[IntersectionGraph | RefinementGraph, ...] = tuple(
            chosen(r, m, limit=self._limit)
            for r, m in layer_pairs(self._architecture, minimal, "minimal")
        )

    @property
    def architecture(self) -> Architecture:
        """The widths of the network."""
        return self._architecture

    @property
    def layers(self) -> tuple[IntersectionGraph | RefinementGraph, ...]:
        """The graph of every hidden layer."""
        return self._layers

    @functools.cached_property
    def family(self) -> NetworkExpansions:
        """The nodes, in the order of their numbers."""
        return NetworkExpansions(self._architecture, [layer.r for layer in self._layers])

    def number_of_nodes(self) -> int:
        """Return Π T(r_k, m_k). Nothing is built."""
        return math.prod(layer.number_of_nodes() for layer in self._layers)

    def number_of_edges(self) -> int:
        """Return the number of edges, by formula. Nothing is built."""
        nodes = self.number_of_nodes()
        each = [(layer.number_of_nodes(), layer.number_of_edges()) for layer in self._layers]
        if self._kind == "refinement":
            return sum(edges * (nodes // n) for n, edges in each)
        return (math.prod(2 * edges + n for n, edges in each) - nodes) // 2

    def size(self) -> Size:
        """Return the exact size, and about how many bytes building and writing takes."""
        nodes, edges = self.number_of_nodes(), self.number_of_edges()
        letters = sum(layer.m for layer in self._layers)
        return Size(nodes, edges, 2 * EDGE_BYTES * edges + (letters + 64) * nodes)

    def number_of_components(self) -> int:
        """Return how many components there are: the product of those of the layers, by search.

        See Also
        --------
        critcount.count_components : the same number by theorem, at any size.
        """
        return math.prod(int(layer.components().max()) + 1 for layer in self._layers)

    def diameter(self) -> float:
        """Return the greatest distance of two nodes; `math.inf` for a graph not connected."""
        return self._together([layer.diameter() for layer in self._layers])

    def radius(self) -> float:
        """Return the least eccentricity; `math.inf` for a graph not connected."""
        return self._together([layer.radius() for layer in self._layers])

    def _together(self, distances: list[float]) -> float:
        """Return the distance in the product: all layers move at once, or one after the other."""
        return max(distances) if self._kind == "intersection" else sum(distances)

    def to_scipy(self) -> sparse.csr_array[Any]:
        """Return the adjacency matrix, rows and columns by rank.

        Raises
        ------
        critcount.SizeLimitError
            Before any work, when the graph takes more bytes than the limit.
        """
        from scipy import sparse

        self._refuse()
        product: Any = sparse.csr_array([[self._kind == "intersection"]], dtype="int8")
        for layer in self._layers:
            one = layer.to_scipy()
            same = sparse.eye_array(one.shape[0], dtype="int8", format="csr")
            if self._kind == "intersection":
                product = sparse.kron(product, one + same, format="csr")
            else:
                before = sparse.eye_array(product.shape[0], dtype="int8", format="csr")
                product = sparse.kron(product, same) + sparse.kron(before, one)
        if self._kind == "intersection":
            product = product - sparse.eye_array(product.shape[0], dtype="int8", format="csr")
        found: sparse.csr_array[Any] = sparse.csr_array(product)
        found.eliminate_zeros()
        return found

    def build(self, advance: Advance = silent) -> None:
        """Build the graphs of the layers now; `advance` is called with numbers of rows done.

        Raises
        ------
        critcount.SizeLimitError
            Before any work, when one of them takes more bytes than the limit.
        """
        for layer in self._layers:
            layer.build(advance)

    def refuse(self) -> None:
        """Refuse a graph that takes more bytes than the limit, before any work."""
        self._refuse()

    def _refuse(self, size: Size | None = None) -> None:
        nodes, edges, amount = size or self.size()
        if amount > self._limit:
            raise SizeLimitError(
                f"this graph would have {checks.many(nodes)} nodes, {checks.many(edges)} edges "
                f"and {checks.many(amount)} bytes, past the limit of {self._limit:,} bytes: raise "
                "limit; sizes, components and diameter come from the layers"
            )

    def _lower(self) -> sparse.csr_array[Any]:
        from scipy import sparse

        lower: sparse.csr_array[Any] = sparse.tril(self.to_scipy(), -1, format="csr")
        return lower

    def _name(self) -> str:
        letter = "I" if self._kind == "intersection" else "R"
        return "_".join([letter, *(f"{layer.r}_{layer.m}" for layer in self._layers)])

    def _repr_html_(self) -> str:
        rows: list[tuple[str, object]] = [
            ("architecture", str(self._architecture)),
            ("minimal widths", "-".join(str(layer.r) for layer in self._layers)),
            ("kind", self._kind),
            ("nodes", self.number_of_nodes()),
            ("edges", self.number_of_edges()),
        ]
        return markup.html_table((), rows, "NetworkGraph")

    def __repr__(self) -> str:
        minimal = tuple(layer.r for layer in self._layers)
        return f"NetworkGraph('{self._architecture}', {minimal}, '{self._kind}')"
