"""How far subspaces are apart: diameters, bounds, and common neighbours."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csgraph

from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.configurations.configuration import Configuration
from critcount.configurations.meeting import meet, meeting
from critcount.connectivity import nearby
from critcount.connectivity.distances import distance_bounds
from critcount.connectivity.graphs import IntersectionGraph
from critcount.connectivity.hardness import cycle_instance
from critcount.connectivity.walks.paths import path
from critcount.families import Expansions

__all__ = ["CLAIMS"]


def diameter_range(r: int, h: int) -> tuple[int, int]:
    """Return the stated bounds of the diameter of I(r, r + h).

    >>> diameter_range(3, 1), diameter_range(3, 2)
    ((8, 8), (5, 6))
    """
    x = 3 * r // 2 - 1
    return max(4, 2 - (-2 * x // h)), 4 - 2 * ((1 - x) // h)


def whole(r: int, m: int, low: int, high: int) -> Case:
    """Compare the diameter of a graph that is searched whole with bounds."""
    found = IntersectionGraph(r, m).diameter()
    outside = max(0, low - found, found - high)
    return Case(f"({r}, {m})", m, outside, 0)


def walked(one: Sequence[int], two: Sequence[int], r: int, most: int) -> Case:
    """Compare the length of a walk with a bound; infinite where a step is none."""
    a, b = (Configuration.from_word(word, r) for word in (one, two))
    walk = path(a, b)
    nodes = [node.letters for node in walk.configurations()]
    steps = all(meet(x, y, r) for x, y in itertools.pairwise(nodes))
    over = max(0, len(walk) - most) if steps else np.inf
    return Case(f"({r}, {a.m})", a.m, over, 0, where="a walk")


def swapped(r: int, alone: bool) -> list[int]:
    """Return labels that change places in pairs; of odd r the last three in turn, or one stays."""
    word = [t ^ 1 for t in range(r - r % 2)]
    if r % 2:
        word = [*word, r] if alone else [*word[:-2], r - 2, r - 1, r - 3]
    return word


def measure_diameter(r: int, h: int, search: bool) -> list[Case]:
    """Search a whole graph, or walk between two configurations as far apart as any."""
    low, high = diameter_range(r, h)
    if search:
        return [whole(r, r + h, low, high)]
    cases = []
    for alone in (False, True)[: 1 + r % 2]:
        rest = list(range(r, r + h))
        one, two = [*range(r), *rest], [*swapped(r, alone), *rest]
        if r % 2 and alone:  # the last label goes to the neuron beside it
            two[r - 1 : r + 1] = [r, r - 1]
            number: dict[int, int] = {}
            two = [c if c < r else number.setdefault(c, r + len(number)) for c in two]
        cases.append(walked(one, two, r, high))
    return cases


def _units_diameter(quick: bool) -> Sequence[Unit]:
    graphs = [(2, 1), (2, 2), (3, 1), (2, 3), (3, 2), (4, 1)]
    pairs = [(6, 2), (7, 2), (9, 3), (11, 2)]
    if not quick:
        graphs += [(2, 4), (3, 3), (4, 2), (5, 1)]
        pairs += [(r, h) for r in (12, 13, 30, 31) for h in (2, 3, 4, 5, 8)]
    return [{"r": r, "h": h, "search": True} for r, h in graphs] + [
        {"r": r, "h": h, "search": False} for r, h in pairs
    ]


def measure_four(r: int, m: int, search: bool) -> list[Case]:
    """Search a whole graph, or walk where every label moves in one cycle or in pairs."""
    if search:
        return [whole(r, m, 4, 4)]
    alone, block = list(range(r, m)), [r] * (m - r)
    return [
        walked([*range(r), *rest], [*moved, *last], r, 4)
        for moved in (swapped(r, False), [*range(1, r), 0])
        for rest, last in itertools.product((alone, block), repeat=2)
    ]


def _units_four(quick: bool) -> Sequence[Unit]:
    graphs = [(2, 4), (2, 5)] if quick else [(2, 4), (2, 5), (2, 6), (2, 7)]
    wide = [(2, 8), (3, 12)] if quick else [(2, 8), (3, 12), (5, 20), (8, 32), (50, 200)]
    return [{"r": r, "m": m, "search": True} for r, m in graphs] + [
        {"r": r, "m": m, "search": False} for r, m in wide
    ]


def levels(graph: IntersectionGraph, start: int) -> list[int]:
    """Return the distance of every node of a connected graph from one."""
    found = csgraph.shortest_path(graph.to_scipy(), unweighted=True, indices=start)
    return [int(steps) for steps in found]


def measure_bounds(r: int, m: int) -> list[Case]:
    """Compare the bounds of all pairs with one end of every orbit with their distances."""
    graph = IntersectionGraph(r, m)
    family = graph.family
    nodes = list(family)
    wrong = 0
    for orbit in family.orbits():
        a = orbit.representative
        for b, steps in zip(nodes, levels(graph, family.rank(a)), strict=True):
            low, high = distance_bounds(a, b)
            most = 5 if max(*a.word, *b.word) >= r else 3
            wrong += not (low <= steps <= high) or high - low > most
    return [Case(f"({r}, {m})", m, wrong, 0)]


def measure_nearby(r: int, m: int) -> list[Case]:
    """Decide distances from both ends, for every seventh pair with one end of every orbit."""
    graph = IntersectionGraph(r, m)
    family = graph.family
    nodes = list(family)
    wrong = 0
    for orbit in family.orbits():
        a = orbit.representative
        pairs = zip(nodes, levels(graph, family.rank(a)), strict=True)
        for b, steps in itertools.islice(pairs, 0, None, 7):
            if steps > 1:
                wrong += not nearby.within(a, b, steps, 10**6)
                wrong += nearby.within(a, b, steps - 1, 10**6)
    return [Case(f"({r}, {m})", m, wrong, 0)]


def _units_graphs(quick: bool) -> Sequence[Unit]:
    graphs = [(2, 3), (2, 4), (3, 4), (3, 5)]
    return [{"r": r, "m": m} for r, m in (graphs if quick else [*graphs, (2, 5), (4, 5)])]


def has_cycle(edges: Sequence[Sequence[int]], n: int) -> bool:
    """Tell whether a bipartite graph of n and n nodes has a Hamiltonian cycle, by all orders.

    >>> has_cycle([(0, 0), (0, 1), (1, 0), (1, 1)], 2)
    True
    """
    given = set(map(tuple, edges))
    return any(
        all(
            (left[i], right[i]) in given and (left[i], right[(i + 1) % n]) in given
            for i in range(n)
        )
        for left in itertools.permutations(range(n))
        for right in itertools.permutations(range(n))
    )


def measure_cycle(n: int, size: int) -> list[Case]:
    """Look for a common neighbour among all configurations, for all graphs of so many edges."""
    words = Expansions(n, n + size).words()
    wrong = 0
    possible = [(u, v) for u in range(n) for v in range(n)]
    for edges in itertools.combinations(possible, size):
        if any(len({edge[side] for edge in edges}) < n for side in (0, 1)):
            continue
        instance = cycle_instance(edges)
        ends = np.array([instance.first.letters, instance.second.letters], words.dtype)
        near = words[meeting(ends[:1], words, n)[0]]
        common = bool(meeting(ends[1:], near, n).any())
        wrong += common != has_cycle(edges, n)
    return [Case(f"{n} and {n} nodes, {size} edges", size, wrong, 0)]


def _units_cycle(quick: bool) -> Sequence[Unit]:
    sizes = [(2, 2), (2, 3), (2, 4), (3, 3), (3, 4)]
    return [{"n": n, "size": size} for n, size in (sizes if quick else [*sizes, (3, 5), (3, 6)])]


CLAIMS = (
    Claim(
        name="walks-diameter",
        statement="For r ≥ 2 and h = m - r ≥ 1 the diameter of I(r, m) is between max(4, 2 + "
        "⌈2x/h⌉) and 4 + 2⌈(x-1)/h⌉, x = ⌊3r/2⌋ - 1.",
        paper="derived",
        method="theorem, enumeration",
        subjects="graphs searched whole, and walks between configurations as far apart as any",
        quantity="steps outside of the bounds",
        recorded=Verdict("holds"),
        units=_units_diameter,
        measure=measure_diameter,
    ),
    Claim(
        name="walks-four",
        statement="The diameter of I(r, m) is 4 for r ≥ 2 and m ≥ 4r, and for r = 2 and m ≥ 4.",
        paper="derived",
        method="theorem, enumeration",
        subjects="graphs searched whole, and walks of configurations in which all labels move",
        quantity="steps more or fewer",
        recorded=Verdict("holds"),
        units=_units_four,
        measure=measure_four,
    ),
    Claim(
        name="walks-bounds",
        statement="The bounds of the distance of two subspaces are at most 5 apart, at most 3 "
        "where neither has zero-type neurons.",
        paper="derived",
        method="theorem, enumeration",
        subjects="graphs with all pairs up to symmetry",
        quantity="pairs outside of their bounds, or with bounds that are farther apart",
        recorded=Verdict("holds"),
        units=_units_graphs,
        measure=measure_bounds,
    ),
    Claim(
        name="walks-nearby",
        statement="For fixed m - r and D, whether two subspaces are at most D steps apart is "
        "decided in linear time, from both ends of what is left without idle labels.",
        paper="derived",
        method="theorem, enumeration",
        subjects="graphs with every seventh pair",
        quantity="wrong answers",
        recorded=Verdict("holds"),
        units=_units_graphs,
        measure=measure_nearby,
    ),
    Claim(
        name="two-steps-cycle",
        statement="Two subspaces made from a bipartite graph are at most two steps apart exactly "
        "where it has a Hamiltonian cycle, so that to decide it is NP-complete.",
        paper="derived",
        method="theorem, enumeration",
        subjects="sets of all bipartite graphs of a size",
        quantity="graphs with a common neighbour and no cycle, or the reverse",
        recorded=Verdict("holds"),
        units=_units_cycle,
        measure=measure_cycle,
    ),
)
