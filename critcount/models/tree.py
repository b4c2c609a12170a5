"""The automorphism group of a contracted graph: exact order, canonical form, elements.

A part of the graph is solved by four rules, each of which keeps the group:

1. edges that join two whole cells of the part say nothing and are dropped;
2. connected components are independent; k isomorphic ones may be exchanged, which gives k!;
3. a cell whose nodes are all combinations of nodes of other cells follows those cells;
4. otherwise one node of the smallest cell is fixed, for each choice, and the canonical forms of
   what is left tell which choices are exchangeable (orbit and stabiliser).

Canonical forms are nested tuples, interned: two parts are isomorphic exactly when their forms are
equal.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from critcount.models.labels import Labels
from critcount.models.refine import Contracted
from critcount.models.sets import are_distinct, distinct, grouped, pairs, ranked

__all__ = ["Draw", "Follower", "Part", "Solver"]

#: Draws an order of n places.
Draw = Callable[[int], Labels]

#: A part with more nodes is not searched by rule 4: its labels are pinned, and a gap is noted.
SEARCHED = 400


@dataclass(slots=True)
class Part:
    """A solved part: sets of free nodes, classes of isomorphic parts, or an orbit.

    Attributes
    ----------
    form : int
        The number of its canonical form.
    sets : list of (colour, nodes)
        Nodes that may be exchanged freely.
    classes : list of lists of Part
        Each holds isomorphic parts, that may be exchanged.
    orbit : list of Part
        The same part with each choice of a node fixed; the choices are exchangeable.
    choices : list of int
        The node fixed in each part of the orbit.
    """

    form: int
    sets: list[tuple[int, Labels]] = field(default_factory=list)
    classes: list[list[Part]] = field(default_factory=list)
    orbit: list[Part] = field(default_factory=list)
    choices: list[int] = field(default_factory=list)

    def factorials(self) -> Counter[int]:
        """Return how often each n! occurs in the order; an orbit of n counts under -n."""
        result: Counter[int] = Counter()
        for _, nodes in self.sets:
            result[len(nodes)] += 1
        for parts in self.classes:
            result[len(parts)] += 1
            for n, times in parts[0].factorials().items():
                result[n] += times * len(parts)
        if self.orbit:
            result[-len(self.orbit)] += 1
            result += self.orbit[0].factorials()
        return Counter({n: t for n, t in result.items() if n not in (1, -1)})

    def arrangement(self, draw: Draw | None = None) -> Iterator[Labels]:
        """Yield the nodes in canonical order, or in an order that the places drawn make of it."""
        for _, nodes in self.sets:
            yield nodes if draw is None else nodes[draw(len(nodes))]
        for parts in self.classes:
            order = range(len(parts)) if draw is None else draw(len(parts)).tolist()
            for k in order:
                yield from parts[k].arrangement(draw)
        if self.orbit:
            k = 0 if draw is None else int(draw(len(self.orbit))[0])
            yield np.array([self.choices[k]], np.int64)
            yield from self.orbit[k].arrangement(draw)

    def nodes(self) -> Labels:
        """Return the nodes that are moved, in canonical order."""
        parts = list(self.arrangement())
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)


@dataclass(slots=True)
class Follower:
    """Nodes that are combinations of nodes of other cells: node k of `nodes` of column k."""

    form: int
    nodes: Labels
    leaders: Labels


@dataclass(slots=True)
class Solver:
    """Solves parts of a contracted graph."""

    graph: Contracted
    followers: list[Follower] = field(default_factory=list)
    pinned: int = 0
    _searching: int = 0
    _forms: dict[object, int] = field(default_factory=dict)

    def form(self, key: object) -> int:
        """Return the number of a canonical form."""
        return self._forms.setdefault(key, len(self._forms))

    def solve(self) -> Part:
        """Return the whole graph, solved."""
        g = self.graph
        nodes = np.arange(len(g.colour), dtype=np.int64)
        return self.part(nodes, g.colour, g.kind, g.left, g.right, len(nodes) + 1)

    def part(
        self,
        nodes: Labels,
        colour: Labels,
        kind: Labels,
        left: Labels,
        right: Labels,
        above: int,
    ) -> Part:
        """Return a part solved; edges are given by the places of their ends in `nodes`."""
        notes: list[object] = []
        kind, left, right = _without_complete(colour, kind, left, right, notes)
        gone = np.zeros(len(nodes), np.bool_)
        count, component = _components(len(nodes), kind, left, right)
        while count == 1 + int(gone.sum()) and kind.size and not self._searching:
            found = self._follow(nodes, colour, kind, left, right, gone, notes)
            if found is None:
                break
            kind, left, right = _without_complete(colour, *found, notes)
            count, component = _components(len(nodes), kind, left, right)
        alive = np.flatnonzero(~gone)
        sizes = np.bincount(component, minlength=count)
        result = Part(0)
        alone = alive[sizes[component[alive]] == 1]
        order = alone[np.argsort(colour[alone], kind="stable")]
        cuts = np.flatnonzero(np.diff(colour[order])) + 1
        groups = np.split(order, cuts) if order.size else []
        summary = []
        for group in groups:
            result.sets.append((int(colour[group[0]]), nodes[group]))
            summary.append((int(colour[group[0]]), len(group)))
        solved: list[Part] = []
        if kind.size:
            large = alive[sizes[component[alive]] > 1]
            if len(large) == above and len(distinct(component[large])) == 1 and not notes:
                return self._choose(nodes, colour, kind, left, right)
            place = np.full(len(nodes), -1, np.int64)
            for inside, edges in _split(component, large, left):
                place[inside] = np.arange(len(inside))
                solved.append(
                    self.part(
                        nodes[inside],
                        colour[inside],
                        kind[edges],
                        place[left[edges]],
                        place[right[edges]],
                        len(inside),
                    )
                )
        by_form: dict[int, list[Part]] = {}
        for part in solved:
            by_form.setdefault(part.form, []).append(part)
        result.classes = [by_form[f] for f in sorted(by_form)]
        result.form = self.form(
            (
                tuple(summary),
                tuple((f, len(by_form[f])) for f in sorted(by_form)),
                tuple(sorted(notes, key=repr)),
            )
        )
        return result

    def _follow(
        self,
        nodes: Labels,
        colour: Labels,
        kind: Labels,
        left: Labels,
        right: Labels,
        gone: np.ndarray,
        notes: list[object],
    ) -> tuple[Labels, Labels, Labels] | None:
        """Remove cells that follow others, no two of them neighbours, or return None."""
        kinds, places = grouped(kind)
        ends: dict[int, list[tuple[int, int, Labels]]] = {}
        for k, at in zip(kinds.tolist(), places, strict=True):
            a, b = int(colour[left[at[0]]]), int(colour[right[at[0]]])
            if a != b:
                ends.setdefault(a, []).append((k, 0, at))
                ends.setdefault(b, []).append((k, 1, at))
            else:
                ends.setdefault(a, []).append((k, 2, at))
        alive = np.flatnonzero(~gone)
        cells, inside = grouped(colour[alive])
        members_of = {c: alive[at] for c, at in zip(cells.tolist(), inside, strict=True)}
        place = np.full(len(nodes), -1, np.int64)
        touched: set[int] = set()
        moved: list[tuple[int, Labels, Labels]] = []
        for cell in sorted(ends):
            if any(side == 2 or k in touched for k, side, _ in ends[cell]):
                continue
            members = members_of[cell]
            place[members] = np.arange(len(members))
            leads: list[tuple[int, Labels]] = []
            for k, side, at in ends[cell]:
                mine, theirs = (left, right) if side == 0 else (right, left)
                mine, theirs = mine[at], theirs[at]
                if len(mine) != len(members) or not are_distinct(mine):
                    break
                target = np.empty(len(members), np.int64)
                target[place[mine]] = theirs
                leads.append((k, target))
            else:
                picked = _product(leads, len(members))
                if picked is None:
                    continue
                chosen = [leads[i] for i in picked]
                others = [leads[i] for i in range(len(leads)) if i not in picked]
                carried = self._carried(chosen, others)
                if carried is None:
                    continue
                names = tuple(k for k, _ in chosen)
                self.followers.append(
                    Follower(
                        self.form(("follows", cell, names)),
                        nodes[members],
                        np.stack([nodes[t] for _, t in chosen]),
                    )
                )
                notes.append(("follows", cell, names, tuple(k for k, _ in others)))
                gone[members] = True
                moved += carried
                touched.update(k for k, _ in leads)
        if not touched:
            return None
        left_over = np.concatenate(
            [at for k, at in zip(kinds.tolist(), places, strict=True) if k not in touched]
            or [np.zeros(0, np.int64)]
        )
        parts = [(kind[left_over], left[left_over], right[left_over])]
        parts += [(np.full(len(a), k, np.int64), a, b) for k, a, b in moved]
        joined = [np.concatenate([p[i] for p in parts]) for i in range(3)]
        return joined[0], joined[1], joined[2]

    def _carried(
        self, chosen: Sequence[tuple[int, Labels]], others: Sequence[tuple[int, Labels]]
    ) -> list[tuple[int, Labels, Labels]] | None:
        """Return the other edges of a follower as edges of its leaders, if they can be."""
        moved = []
        for k, target in others:
            for j, lead in chosen:
                leader, end, _ = pairs(lead, target)
                if are_distinct(leader):
                    moved.append((self._kind(("moved", k, j)), leader, end))
                    break
            else:
                return None
        return moved

    def _kind(self, key: object) -> int:
        """Return the number of a kind of edge that was made here."""
        return -1 - self.form(("kind", key))

    def _choose(
        self, nodes: Labels, colour: Labels, kind: Labels, left: Labels, right: Labels
    ) -> Part:
        """Return a part by fixing each node of the smallest cell in turn."""
        if len(nodes) > SEARCHED:
            self.pinned += len(nodes)
            return Part(self.form(("pinned", tuple(nodes.tolist()))))
        cells, counts = np.unique(colour, return_counts=True)
        cell = int(cells[np.lexsort((cells, counts))[0]])
        found: dict[int, list[tuple[int, Part]]] = {}
        self._searching += 1
        for node in np.flatnonzero(colour == cell).tolist():
            fine = self._fixed(colour, kind, left, right, node)
            typed = np.array(
                [
                    self._kind(t)
                    for t in zip(
                        kind.tolist(), fine[left].tolist(), fine[right].tolist(), strict=True
                    )
                ],
                np.int64,
            )
            rest = np.flatnonzero(np.arange(len(nodes)) != node)
            place = np.full(len(nodes), -1, np.int64)
            place[rest] = np.arange(len(rest))
            inside = (left != node) & (right != node)
            part = self.part(
                nodes[rest],
                fine[rest],
                typed[inside],
                place[left[inside]],
                place[right[inside]],
                len(nodes) + 1,
            )
            found.setdefault(part.form, []).append((node, part))
        self._searching -= 1
        best = min(found)
        chosen = found[best]
        return Part(
            self.form(("orbit", cell, best, len(chosen), tuple(sorted(found)))),
            orbit=[part for _, part in chosen],
            choices=[int(nodes[node]) for node, _ in chosen],
        )

    def _fixed(
        self, colour: Labels, kind: Labels, left: Labels, right: Labels, node: int
    ) -> Labels:
        """Return canonical colours of the equitable partition with one node fixed."""
        now = colour.tolist()
        now[node] = self._kind(("fixed", now[node]))
        edges: list[list[tuple[int, int]]] = [[] for _ in now]
        for k, a, b in zip(kind.tolist(), left.tolist(), right.tolist(), strict=True):
            edges[a].append((2 * k, b))
            edges[b].append((2 * k + 1, a))
        count = len(set(now))
        while True:
            new = [
                self._kind((c, tuple(sorted((k, now[w]) for k, w in e))))
                for c, e in zip(now, edges, strict=True)
            ]
            now = new
            if len(set(new)) == count:
                return np.array(now, np.int64)
            count = len(set(new))


def _product(leads: list[tuple[int, Labels]], count: int) -> tuple[int, ...] | None:
    """Return which leaders name every member once, as all their combinations, if any do."""
    sizes = [len(distinct(t)) for _, t in leads]
    for length in range(1, len(leads) + 1):
        for picked in itertools.combinations(range(len(leads)), length):
            if math.prod(sizes[i] for i in picked) != count:
                continue
            rank = np.zeros(count, np.int64)
            for i in picked:
                _, _, rank = pairs(rank, leads[i][1])
            if are_distinct(rank):
                return picked
    return None


def _without_complete(
    colour: Labels, kind: Labels, left: Labels, right: Labels, notes: list[object]
) -> tuple[Labels, Labels, Labels]:
    """Drop the edges of each kind that join two whole cells."""
    if not kind.size:
        return kind, left, right
    kinds, inverse = ranked(kind)
    counts = np.bincount(inverse)
    first = np.empty(len(kinds), np.int64)
    first[inverse] = np.arange(kind.size)  # the place of one of each kind
    _, rank = ranked(colour)
    sizes = np.bincount(rank)
    a, b = rank[left[first]], rank[right[first]]
    loops = np.bincount(inverse[left == right], minlength=len(kinds))
    full = np.where(a == b, sizes[a] * (sizes[a] - 1), sizes[a] * sizes[b])
    complete = ((counts == full) & (loops == 0)) | ((a == b) & (loops == counts))
    for k, x, y in zip(
        kinds[complete].tolist(), a[complete].tolist(), b[complete].tolist(), strict=True
    ):
        notes.append(("whole", k, int(sizes[x]), int(sizes[y])))
    keep = ~complete[inverse]
    return kind[keep], left[keep], right[keep]


def _components(size: int, kind: Labels, left: Labels, right: Labels) -> tuple[int, Labels]:
    """Return the number of connected components, and that of each node."""
    links = coo_array((np.ones(kind.size, np.int8), (left, right)), shape=(size, size))
    count, component = connected_components(links, directed=False)
    return int(count), component.astype(np.int64)


def _split(component: Labels, nodes: Labels, left: Labels) -> Iterator[tuple[Labels, Labels]]:
    """Yield the nodes and the edges of each component."""
    nodes = nodes[np.argsort(component[nodes], kind="stable")]
    edges = np.argsort(component[left], kind="stable")
    ends = component[left[edges]]
    for group in np.split(nodes, np.flatnonzero(np.diff(component[nodes])) + 1):
        name = component[group[0]]
        low, high = np.searchsorted(ends, [name, name + 1])
        yield group, edges[low:high]
