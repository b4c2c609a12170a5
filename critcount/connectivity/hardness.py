"""Whether two configurations have a common neighbour is NP-complete: the reduction, both ways.

Let H be a bipartite graph with the sides U and V of n ≥ 2 nodes each, every node on an edge. Take
r = n labels, the neurons p_0, …, p_{n-1} and one neuron for every edge of H, so that h = m - r is
the number of edges.

- A: p_i has the label i; the edges at u are one zero-type block, for every u in U.
- B: p_i has the label i + 1 mod n; the edges at v are one zero-type block, for every v in V.

Some configuration meets both exactly when H has a Hamiltonian cycle (*derived*; the proof is in
docs/connectivity.md). A and B do not meet, so d(A, B) = 2 or d(A, B) ≥ 3 decides it. Whether a
bipartite graph has a Hamiltonian cycle is NP-complete even when every node has three edges
(Akiyama, Nishizeki, Saito 1980, J. Inf. Process. 3, 73-76).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from critcount._support import checks, markup
from critcount.configurations.configuration import Configuration

__all__ = ["CycleInstance", "cycle_instance"]

Edge = tuple[int, int]


@dataclass(frozen=True)
class CycleInstance:
    """Two configurations with a common neighbour exactly where a graph has a Hamiltonian cycle.

    Made by `cycle_instance`.

    Attributes
    ----------
    edges : tuple of (int, int)
        Of the bipartite graph, from a node of U to a node of V. Edge k is the neuron n + k.
    first, second : Configuration
        A and B.

    Examples
    --------
    >>> square = cycle_instance([(0, 0), (0, 1), (1, 0), (1, 1)])
    >>> square.first
    Configuration(K0={0}, K1={1}, Z0={2, 3}, Z1={4, 5})
    >>> middle = square.middle([(0, 0), (1, 0), (1, 1), (0, 1)])
    >>> middle.meets(square.first), middle.meets(square.second)
    (True, True)
    >>> square.cycle(middle)
    [(1, 0), (1, 1), (0, 1), (0, 0)]
    """

    edges: tuple[Edge, ...]
    first: Configuration
    second: Configuration

    def middle(self, cycle: Sequence[Edge]) -> Configuration:
        """Return the common neighbour that belongs to a Hamiltonian cycle.

        Parameters
        ----------
        cycle : sequence of (int, int)
            The edges of the cycle, as pairs of a node of U and a node of V, in order.

        Returns
        -------
        Configuration
            With the cycle α_0 β_1 α_1 β_2 … α_{n-1} β_0: K_i holds the edge α_i β_i, one
            zero-type block p_i and the edge α_i β_{i+1}, and every other neuron is alone.

        Raises
        ------
        TypeError
            When an edge is no pair of integers.
        ValueError
            When an edge is none of the graph, or the edges are no Hamiltonian cycle in order.
        """
        n = self.first.r
        place = {edge: n + k for k, edge in enumerate(self.edges)}
        steps = [_edge(f"cycle[{k}]", edge) for k, edge in enumerate(cycle)]
        for k, edge in enumerate(steps):
            if edge not in place:
                raise ValueError(f"cycle[{k}] must be an edge of the graph, not {edge}")
        if len(steps) > 1 and steps[0][0] != steps[1][0]:  # begin with the two edges of α_0
            steps = steps[1:] + steps[:1]
        out, back = steps[::2], steps[1::2]
        closed = (
            len(out) == len(back) == n
            and all(x[0] == y[0] for x, y in zip(out, back, strict=True))
            and all(y[1] == x[1] for y, x in zip(back, out[1:] + out[:1], strict=True))
            and len({u for u, _ in out}) == len({v for _, v in out}) == n
        )
        if not closed:
            raise ValueError(
                f"cycle must be the {2 * n} edges of a Hamiltonian cycle, one after the other, "
                f"not {checks.show(list(cycle))}"
            )
        labelled = [[place[edge]] for edge in out]
        together = [[i, place[edge]] for i, edge in enumerate(back)]
        used = {neuron for block in labelled + together for neuron in block}
        alone = [[i] for i in range(self.first.m) if i not in used]
        return Configuration.from_blocks(labelled, together + alone)

    def cycle(self, middle: Configuration) -> list[Edge]:
        """Return the Hamiltonian cycle that a common neighbour shows.

        Parameters
        ----------
        middle : Configuration
            It meets both configurations.

        Returns
        -------
        list of (int, int)
            2n edges, one after the other.

        Raises
        ------
        TypeError, ValueError
            When it is no configuration for the same (r, m), or does not meet both.
        """
        if not isinstance(middle, Configuration):
            raise TypeError(f"middle must be a Configuration, not {checks.show(middle)}")
        r, m = self.first.r, self.first.m
        if (middle.r, middle.m) != (r, m):
            raise ValueError(
                f"middle must be a configuration for (r, m) = ({r}, {m}), "
                f"not ({middle.r}, {middle.m})"
            )
        for name, end in (("first", self.first), ("second", self.second)):
            if not end.meets(middle):
                raise ValueError(f"middle must meet the {name} configuration")
        # K_i is the one edge α_i β_i; the block of p_i has one more neuron, the edge α_i β_{i+1}
        blocks = middle.replication_blocks
        back = {block[0]: block[1] for block in middle.zero_blocks if block[0] < r}
        neurons = [neuron for i in range(r) for neuron in (blocks[i][0], back[i])]
        return [self.edges[neuron - r] for neuron in neurons]

    def _repr_html_(self) -> str:
        return markup.record(self)


def cycle_instance(edges: Iterable[Edge]) -> CycleInstance:
    """Return two configurations at distance 2 exactly where a graph has a Hamiltonian cycle.

    Parameters
    ----------
    edges : iterable of (int, int)
        Of a bipartite graph, from a node of U to a node of V; the nodes of each side are
        0, …, n-1, n ≥ 2, and each has an edge.

    Returns
    -------
    CycleInstance

    Raises
    ------
    TypeError
        When an edge is no pair of integers.
    ValueError
        When an edge comes twice, a node has none, or the sides are not of the same size
        n ≥ 2.

    Notes
    -----
    Time O(n + edges). That d(A, B) ≤ 2 is NP-hard to decide, and d(A, B) to approximate within
    any factor below 3/2, is *derived*.

    Examples
    --------
    >>> from critcount.connectivity import distance
    >>> square = cycle_instance([(0, 0), (0, 1), (1, 0), (1, 1)])
    >>> distance(square.first, square.second)
    2
    >>> path = cycle_instance([(0, 0), (0, 1), (1, 1)])
    >>> distance(path.first, path.second)
    3
    """
    pairs = tuple(_edge(f"edges[{k}]", edge) for k, edge in enumerate(edges))
    sides = [sorted({edge[side] for edge in pairs}) for side in (0, 1)]
    n = len(sides[0])
    if n < 2 or len(sides[1]) != n:
        raise ValueError(
            "edges must join two sides of the same number of nodes, at least 2, "
            f"not of {n} and {len(sides[1])}"
        )
    for name, nodes in zip("UV", sides, strict=True):
        if nodes[-1] != n - 1:
            raise ValueError(
                f"the nodes of {name} must be 0, …, {n - 1}, each with an edge, "
                f"not {checks.show(nodes)}"
            )
    if len(set(pairs)) < len(pairs):
        raise ValueError("edges must all be different")
    first, second = (_end(pairs, n, side) for side in (0, 1))
    return CycleInstance(pairs, first, second)


def _end(edges: Sequence[Edge], n: int, side: int) -> Configuration:
    """Return A for side 0, B for side 1."""
    blocks: list[list[int]] = [[] for _ in range(n)]
    for k, edge in enumerate(edges):
        blocks[edge[side]].append(n + k)
    return Configuration.from_blocks([[(i - side) % n] for i in range(n)], blocks)


def _edge(name: str, edge: object) -> Edge:
    pair = checks.integers(name, edge, minimum=0)
    if len(pair) != 2:
        raise ValueError(f"{name} must be a pair of nodes, not {checks.show(edge)}")
    return pair[0], pair[1]
