"""From a label graph to cells, and the labels that move together made one.

Everything is exact: colours are ranks of sorted rows, never hashes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from critcount.models.labels import LabelGraph, Labels
from critcount.models.sets import are_distinct, ranked

__all__ = ["Contracted", "contract"]


@dataclass(frozen=True, slots=True)
class Contracted:
    """Nodes that stand for labels that move together, and what is left of the relations.

    Attributes
    ----------
    cell : array, for each label
        Its cell in the coarsest equitable partition. Cells are never mixed by a symmetry.
    node : array, for each label
        The node that it belongs to; a node has at most one label in a cell.
    colour : array, for each node
        The group of cells that it runs through.
    kind, left, right : arrays, for each edge
        Edges of one kind lie between two colours and are kept as a set.
    """

    cell: Labels
    node: Labels
    colour: Labels
    kind: Labels
    left: Labels
    right: Labels


def contract(graph: LabelGraph) -> Contracted:
    """Return the contracted graph of a label graph.

    A relation that pairs two cells one to one makes their labels move together: the two cells
    become one, unless they already are; then the relation stays, on the nodes.
    """
    cell = equitable(graph)
    sizes = np.bincount(cell, minlength=1)
    single = sizes[cell] == 1
    kinds, lefts, rights = [], [], []
    for k, (u, v) in enumerate(graph.relations):
        loose = ~(single[u] | single[v])
        lefts.append(u[loose])
        rights.append(v[loose])
        kinds.append(np.full(int(loose.sum()), k, np.int64))
    left, right = _joined(lefts), _joined(rights)
    kind = _distinct([_joined(kinds), cell[left], cell[right]])
    order = np.argsort(kind, kind="stable")
    left, right, kind = left[order], right[order], kind[order]
    starts = np.flatnonzero(np.diff(kind, prepend=-1)) if kind.size else np.zeros(0, np.int64)
    counts = np.diff(np.append(starts, kind.size))
    roots: dict[int, int] = {}
    merged = np.zeros(kind.size, np.bool_)
    dropped = np.zeros(kind.size, np.bool_)
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        a, b = int(cell[left[start]]), int(cell[right[start]])
        if a != b and count == sizes[a] == sizes[b]:
            x, y = _root(roots, a), _root(roots, b)
            if x != y:
                roots[x] = y
                merged[start : start + count] = True
        elif count == sizes[a] * (sizes[b] if a != b else sizes[a] - 1):
            dropped[start : start + count] = True
    links = coo_array(
        (np.ones(int(merged.sum()), np.int8), (left[merged], right[merged])),
        shape=(graph.size, graph.size),
    )
    count, component = connected_components(links, directed=False)
    node: Labels = component.astype(np.int64)
    colour = np.zeros(count, np.int64)
    present = np.arange(len(sizes), dtype=np.int64)
    group = np.array([_root(roots, int(c)) if c in roots else c for c in present], np.int64)
    colour[node] = group[cell]
    rest = ~(merged | dropped)
    left, right, kind = node[left[rest]], node[right[rest]], kind[rest]
    same = np.zeros(kind.size, np.bool_)
    if kind.size:
        loops = left != right
        same = ~np.isin(kind, kind[loops])
    return Contracted(cell, node, colour, kind[~same], left[~same], right[~same])


def _joined(parts: list[Labels]) -> Labels:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _root(roots: dict[int, int], x: int) -> int:
    while (up := roots.get(x, x)) != x:
        roots[x] = roots.get(up, up)
        x = up
    return x


def _distinct(columns: list[Labels]) -> Labels:
    """Return for each row of some columns the rank of the row among the distinct rows."""
    rank = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        found, inverse = ranked(column)
        _, rank = ranked(rank * max(len(found), 1) + inverse)
    return rank


def equitable(graph: LabelGraph) -> Labels:
    """Return the cell of each label in the coarsest equitable partition.

    Two labels of a cell have the same colours, and in every relation equally many partners in
    each cell. The partition is refined until nothing changes; a relation is looked at again only
    when the cells of its labels have changed.
    """
    colour = np.zeros(graph.size, np.int64)
    limit = 1

    def split(labels: Labels, columns: list[Labels]) -> bool:
        """Give new colours to labels by columns, where that parts a colour."""
        nonlocal limit
        if not labels.size:
            return False
        old = colour[labels]
        rank = _distinct([old, *columns])
        top = int(rank.max()) + 1
        classes = np.zeros(top, np.int64)
        classes[rank] = old
        held = np.bincount(rank, minlength=top)
        total = sizes[classes]
        first = np.diff(classes, prepend=-1) != 0
        covered = np.bincount(old, minlength=limit)[classes] == total
        keep = first & covered
        fresh = np.flatnonzero(~keep)
        if not fresh.size:
            return False
        names = classes.copy()
        names[fresh] = np.arange(limit, limit + len(fresh))
        limit += len(fresh)
        colour[labels] = names[rank]
        grown = np.zeros(max(limit, sizes.size), np.int64)
        grown[: sizes.size] = sizes
        np.subtract.at(grown, classes[fresh], held[fresh])
        grown[names[fresh]] = held[fresh]
        replace(grown)
        stamp[labels[~keep[rank]]] = clock[0]
        return True

    sizes = np.array([graph.size], np.int64)

    def replace(grown: Labels) -> None:
        nonlocal sizes
        sizes = grown

    clock = [0]
    stamp = np.zeros(graph.size, np.int64)
    for labels, values in graph.colours:
        split(labels, [values])
    pins = graph.pins()
    split(pins, [np.arange(len(pins), dtype=np.int64)])
    relations = [r for r in graph.relations if len(r[0])]
    seen = [-1] * len(relations)
    clock[0] = 1
    changed = True
    while changed:
        changed = False
        for k, (u, v) in enumerate(relations):
            if max(stamp[u].max(), stamp[v].max()) < seen[k]:
                continue
            seen[k] = clock[0]
            clock[0] += 1
            for here, there in ((u, v), (v, u)):
                for labels, rows in _partners(here, colour[there]):
                    changed |= split(labels, list(rows.T))
    return _distinct([colour])


def _partners(here: Labels, seen: Labels) -> list[tuple[Labels, Labels]]:
    """Return labels grouped by the number of partners, with the sorted colours of those."""
    if are_distinct(here):
        return [(here, seen[:, None])] if here.size else []
    order = np.lexsort((seen, here))
    here, seen = here[order], seen[order]
    starts = np.flatnonzero(np.diff(here, prepend=-1))
    degrees = np.diff(np.append(starts, len(here)))
    result = []
    for degree in np.unique(degrees):
        chosen = starts[degrees == degree]
        rows = seen[chosen[:, None] + np.arange(degree)]
        if degree > 2:
            _, rank = np.unique(rows, axis=0, return_inverse=True)
            rows = rank.reshape(-1, 1).astype(np.int64)
        result.append((here[chosen], rows))
    return result
