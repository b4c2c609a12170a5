"""What graphs of one layer and of several have in common: their size, and how they are written."""

from __future__ import annotations

import abc
import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

import numpy as np

from critcount._support import checks, files, markup
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.configurations.configuration import Configuration
from critcount.families import NetworkConfiguration
from critcount.families.protocol import Family

if TYPE_CHECKING:
    import networkx as nx
    from scipy import sparse

__all__ = ["ATTRIBUTES", "GRAPH_FORMATS", "Size", "Written", "attributes"]

#: bytes for an edge and a node as objects of networkx
NETWORKX_BYTES = 400
#: edges that are written to a file at once
LINES = 1 << 14
GraphFormat = Literal["graphml", "dot", "csv"]
GRAPH_FORMATS: tuple[GraphFormat, ...] = ("graphml", "dot", "csv")
GraphNode = TypeVar("GraphNode", Configuration, NetworkConfiguration)


class Size(NamedTuple):
    """How large a graph is.

    Attributes
    ----------
    nodes, edges : int
        Exact, by formula.
    bytes : int
        About what building and searching it takes.
    """

    nodes: int
    edges: int
    bytes: int

    def _repr_html_(self) -> str:
        return markup.record(self)


ATTRIBUTES = ("word", "replication_blocks", "zero_blocks", "dimension")


def attributes(
    node: Configuration | NetworkConfiguration, d_in: int, d_out: int
) -> dict[str, str | int]:
    """Return what a node carries: its word, the sizes of its blocks, its subspace's dimension.

    >>> attributes(Configuration.from_word([0, 1, 1, 2], 2), 2, 1)
    {'word': '0,1,1,2', 'replication_blocks': '1,2', 'zero_blocks': '1', 'dimension': 3}
    """
    shapes = (node.shape,) if isinstance(node, Configuration) else node.shape
    kinds = ([s.replication for s in shapes], [s.zero for s in shapes])
    sizes = ("/".join(",".join(map(str, each)) for each in kind) for kind in kinds)
    return dict(zip(ATTRIBUTES, (str(node), *sizes, node.dimension(d_in, d_out)), strict=True))


class Written(abc.ABC, Generic[GraphNode]):
    """A graph on a family, nodes numbered by rank, that is written to files."""

    @property
    @abc.abstractmethod
    def family(self) -> Family[GraphNode]:
        """The nodes, in the order of their numbers."""

    @abc.abstractmethod
    def size(self) -> Size:
        """Return the exact size, and about how many bytes building and searching takes."""

    @abc.abstractmethod
    def build(self, advance: Advance = silent) -> None:
        """Build the graph now."""

    @abc.abstractmethod
    def _refuse(self, size: Size | None = None) -> None:
        """Refuse a graph that takes more bytes than the limit."""

    @abc.abstractmethod
    def _lower(self) -> sparse.csr_array[Any]:
        """Return the adjacency matrix below its diagonal."""

    @abc.abstractmethod
    def _name(self) -> str:
        """Return an identifier for a file."""

    def to_networkx(self, *, d_in: int = 1, d_out: int = 1) -> nx.Graph[GraphNode]:
        """Return the graph with the configurations as nodes, in the order of their ranks.

        Parameters
        ----------
        d_in, d_out : int
            Incoming and outgoing weights of a neuron, for the dimensions.

        Returns
        -------
        networkx.Graph
            Each node has the attributes ``word`` (a text), ``replication_blocks`` and
            ``zero_blocks`` (their sizes, as a text such as ``2,1``, with a slash between layers)
            and ``dimension`` (int).

        Raises
        ------
        critcount.SizeLimitError
            When the objects of networkx would take more bytes than the limit.
        """
        import networkx as nx

        size = self.size()
        self._refuse(size._replace(bytes=NETWORKX_BYTES * (size.nodes + size.edges)))
        nodes = list(self.family)
        graph: nx.Graph[GraphNode] = nx.Graph()
        graph.add_nodes_from((node, attributes(node, d_in, d_out)) for node in nodes)
        for one, two in self._edges():
            graph.add_edges_from((nodes[i], nodes[j]) for i, j in zip(one, two, strict=True))
        return graph

    def export(
        self,
        target: str | os.PathLike[str] | IO[str],
        format: GraphFormat | None = None,
        *,
        d_in: int = 1,
        d_out: int = 1,
    ) -> None:
        """Write the graph to a file, whole or not at all.

        Parameters
        ----------
        target : path or text stream
        format : {"graphml", "dot", "csv"}, optional
            GraphML or Graphviz's DOT, in which a node has the attributes of `to_networkx`; or
            CSV, a line ``source,target`` and the two words of an edge a line. By default what
            the suffix of the path says.
        d_in, d_out : int
            Incoming and outgoing weights of a neuron, for the dimensions.

        Raises
        ------
        ValueError
            When the suffix says no format.
        OSError
            When the file cannot be written.
        """
        path = os.fspath(target) if isinstance(target, str | os.PathLike) else None
        if format is None:
            suffix = os.path.splitext(path or "")[1].lower().removeprefix(".")
            format = next((known for known in GRAPH_FORMATS if known == suffix), None)
            if format is None:
                raise ValueError(
                    "the suffix of the file must be .graphml, .dot or .csv, or the format be named"
                )
        checks.choice("format", format, GRAPH_FORMATS)
        self.build()
        lines = {
            "graphml": lambda: self._graphml(d_in, d_out),
            "dot": lambda: self._dot(d_in, d_out),
            "csv": self._csv,
        }[format]()
        if path is None:
            target.writelines(lines)  # type: ignore[union-attr]
        else:
            with files.whole_file(path) as stream:
                stream.writelines(lines)

    def _edges(self) -> Iterator[tuple[list[int], list[int]]]:
        """Yield the lower and the upper ends of the edges, sorted, in blocks."""
        half = self._lower().tocsc()
        ends = np.repeat(np.arange(half.shape[0]), np.diff(half.indptr))
        for start in range(0, half.nnz, LINES):
            stop = start + LINES
            yield ends[start:stop].tolist(), half.indices[start:stop].tolist()

    def _csv(self) -> Iterator[str]:
        words = [f'"{c}"' for c in self.family]
        yield "source,target\n"
        for one, two in self._edges():
            yield "".join(f"{words[i]},{words[j]}\n" for i, j in zip(one, two, strict=True))

    def _graphml(self, d_in: int, d_out: int) -> Iterator[str]:
        yield (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        )
        for name in ATTRIBUTES:
            kind = "int" if name == "dimension" else "string"
            yield f'<key id="{name}" for="node" attr.name="{name}" attr.type="{kind}"/>\n'
        yield f'<graph id="{self._name()}" edgedefault="undirected">\n'
        for i, node in enumerate(self.family):
            data = attributes(node, d_in, d_out).items()
            inner = "".join(f'<data key="{name}">{value}</data>' for name, value in data)
            yield f'<node id="n{i}">{inner}</node>\n'
        for one, two in self._edges():
            yield "".join(
                f'<edge source="n{i}" target="n{j}"/>\n' for i, j in zip(one, two, strict=True)
            )
        yield "</graph>\n</graphml>\n"

    def _dot(self, d_in: int, d_out: int) -> Iterator[str]:
        yield f"graph {self._name()} {{\n"
        for i, node in enumerate(self.family):
            data = attributes(node, d_in, d_out)
            inner = ", ".join(f'{name}="{value}"' for name, value in data.items())
            yield f'n{i} [label="{node}", {inner}];\n'
        for one, two in self._edges():
            yield "".join(f"n{i} -- n{j};\n" for i, j in zip(one, two, strict=True))
        yield "}\n"
