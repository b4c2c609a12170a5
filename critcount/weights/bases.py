"""A sparse basis of the directions in which two expanded matrices, or one, can move.

Take the blocks below of the one configuration and of the other as the nodes of a graph and every
neuron below as an edge between its two blocks; its components are the join blocks. A row whose
sums over all blocks vanish is an edge weighting that vanishes at every node: such rows have the
fundamental cycles as a basis (all cycles are even), with alternating signs. A path with
alternating signs changes the sums at its two ends only: from a block to another of the same side
by +1 and -1, to one of the other side by +1 and +1, which is one more in the total of the join
block. The sums of a row of a zero-type block are free as long as the rows that must agree do:
within the blocks of one side below, for the rows of each block above by themselves; in the total
of a join block below, for all rows of a join block above together, if that has no label (derived).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from critcount.weights.constraints import Blocks, Expanded, Meeting, intersect

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["basis", "dimension_of_spaces"]


def dimension_of_spaces(pieces: Sequence[Expanded]) -> int | None:
    """Return the dimension of the intersection of two spaces, or of one; None when it is empty.

    With P_U and Q_U the numbers of zero-type blocks of the two configurations in a join block U
    above, and p_D and q_D all those in a join block D below, of n_D neurons (derived): m rows
    times Σ_D (n_D - p_D - q_D + 1), plus Σ_U Σ_D [P_U (p_D - 1) + Q_U (q_D - 1)], plus the number
    of U without a label times the number of D (and one more for a bias).
    """
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:  # every block is a join block
        number = len(first.below.sizes)
        free = len(first.above.sizes) - first.above.labelled
        inner = len(first.below.letters) - number
        return len(first.above.letters) * inner + free * (number + (first.bias is not None))
    above, below = intersect(first.above, last.above), intersect(first.below, last.below)
    if above is None or below is None:
        return None
    joins = len(below.free)
    blocks = [len(piece.below.sizes) for piece in (first, last)]
    inner = len(first.below.letters) - sum(blocks) + joins
    total = len(first.above.letters) * inner
    for piece, number in zip((first, last), blocks, strict=True):
        total += (len(piece.above.sizes) - piece.above.labelled) * (number - joins)
    return total + int(above.free.sum()) * (joins + (first.bias is not None))


def basis(pieces: Sequence[Expanded]) -> sparse.csc_array[np.float64]:
    """Return a basis as the columns of a sparse matrix: weight row by row, then the bias.

    The pieces must meet. All entries are 1 and -1.
    """
    from scipy.sparse import coo_array, csc_array, hstack, kron, vstack

    first, last = pieces[0], pieces[-1]
    above, below = intersect(first.above, last.above), intersect(first.below, last.below)
    if above is None or below is None:
        raise ValueError("the subspaces do not meet")
    forest = _Forest(first.below, last.below, below)
    m, n = len(first.above.letters), len(first.below.letters)
    parts = [kron(_identity(m), _columns(forest.cycles(), n), format="csc")]
    for side, piece in enumerate((first, last)):
        members = piece.above.indicator().tocsc()[:, piece.above.labelled :]
        parts.append(kron(members, _columns(forest.shifts(side), n), format="csc"))
    joined = above.joins[first.above.letters]
    number = np.cumsum(above.free) - 1
    rows = np.flatnonzero(above.free[joined])
    shape = (m, int(above.free.sum()))
    free = coo_array((np.ones(len(rows)), (rows, number[joined[rows]])), shape=shape)
    parts.append(kron(free, _columns(forest.totals(), n), format="csc"))
    weights = hstack(parts, format="csc")
    if first.bias is None:
        return weights
    top = hstack([weights, csc_array((m * n, free.shape[1]))])
    bottom = hstack([csc_array((m, weights.shape[1])), free])
    whole: sparse.csc_array[np.float64] = vstack([top, bottom], format="csc")
    return whole


def _identity(m: int) -> sparse.csc_array[np.float64]:
    from scipy.sparse import csc_array, eye_array

    return csc_array(eye_array(m))


def _columns(vectors: Iterable[Sequence[int]], rows: int) -> sparse.csc_array[np.float64]:
    """Return alternating paths as the columns of a sparse matrix: +1, -1, … along each."""
    from scipy.sparse import csc_array

    data: list[float] = []
    index: list[int] = []
    ends = [0]
    for path in vectors:
        index.extend(path)
        data.extend((-1.0) ** (i % 2) for i in range(len(path)))
        ends.append(len(index))
    return csc_array((data, index, ends), shape=(rows, len(ends) - 1))


class _Forest:
    """A spanning forest of the graph of blocks; edges are neurons."""

    def __init__(self, a: Blocks, b: Blocks, met: Meeting) -> None:
        self.sides = (range(len(a.sizes)), range(len(a.sizes), len(a.sizes) + len(b.sizes)))
        self.ends = [
            (i, len(a.sizes) + k)
            for i, k in zip(a.letters.tolist(), b.letters.tolist(), strict=True)
        ]
        count = len(met.joins)
        neighbours: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for neuron, (i, k) in enumerate(self.ends):
            neighbours[i].append((k, neuron))
            neighbours[k].append((i, neuron))
        self.parent = [-1] * count  # node above in the tree
        self.edge = [-1] * count  # neuron that leads there
        self.depth = [-1] * count
        self.roots: list[int] = []
        self.tree: set[int] = set()
        for root in self.sides[0]:
            if self.depth[root] >= 0:
                continue
            self.roots.append(root)
            self.depth[root] = 0
            queue = [root]
            for node in queue:
                for other, neuron in neighbours[node]:
                    if self.depth[other] < 0:
                        self.depth[other] = self.depth[node] + 1
                        self.parent[other], self.edge[other] = node, neuron
                        self.tree.add(neuron)
                        queue.append(other)
        # the first neighbour of a root stands for its component on the other side
        self.partner = {root: next(node for node, _ in neighbours[root]) for root in self.roots}
        self.root = [-1] * count
        for node in sorted(range(count), key=self.depth.__getitem__):
            self.root[node] = node if self.parent[node] < 0 else self.root[self.parent[node]]

    def path(self, start: int, end: int) -> list[int]:
        """Return the neurons on the way from a node to another of its tree."""
        up: list[int] = []
        down: list[int] = []
        while start != end:
            if self.depth[start] >= self.depth[end]:
                up.append(self.edge[start])
                start = self.parent[start]
            else:
                down.append(self.edge[end])
                end = self.parent[end]
        return up + down[::-1]

    def cycles(self) -> Iterable[Sequence[int]]:
        """Yield the fundamental cycles: a neuron off the tree, and the way back."""
        for neuron, (i, k) in enumerate(self.ends):
            if neuron not in self.tree:
                yield [neuron, *self.path(k, i)]

    def shifts(self, side: int) -> Iterable[Sequence[int]]:
        """Yield the ways from the blocks of a side to the one that stands for their component."""
        for node in self.sides[side]:
            root = self.root[node]
            goal = self.partner[root] if side else root
            if node != goal:
                yield self.path(node, goal)

    def totals(self) -> Iterable[Sequence[int]]:
        """Yield one neuron of each component, between the blocks that stand for it."""
        for root in self.roots:
            yield self.path(root, self.partner[root])
