"""Which labels have to move between two configurations, and which of them wait for another.

A label is *settled* when some neuron carries it in both configurations, and *moving* otherwise.
A moving label t leaves a *source* (a neuron of K_t of the first configuration) and reaches a
*target* (one of the second). All other neurons of its blocks are free: the walk drops them in
its first step or picks them up in its last. When the target of u is the source of t, u waits for
t; sources and targets are chosen such that few labels wait. The labels then form *chains*
t_0, t_1, …, in which each waits for the one before, and *cycles*, of which there is one exactly
where the arrows A_i → B_i (i labelled in both) form a directed cycle whose labels have one
neuron each, before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Moving", "find_moves"]


class Moving(NamedTuple):
    """What has to move.

    Attributes
    ----------
    settled : list of list of int
        By label: the neurons that carry it in both configurations.
    sources, targets : list of list of int
        By label: the neurons among which its source and its target are chosen; empty for a
        settled label. Two lists share a neuron only if it is the one choice of both: the source
        of a label and the target of the label that waits for it.
    chains : list of list of int
        Every label waits for the one before it.
    cycles : list of list of int
        Every label waits for the one before it, the first for the last.
    """

    settled: list[list[int]]
    sources: list[list[int]]
    targets: list[list[int]]
    chains: list[list[int]]
    cycles: list[list[int]]


def find_moves(a: Sequence[int], b: Sequence[int], r: int) -> Moving:
    """Return what has to move from the word `a` to the word `b`, in O(m log m) steps."""
    settled: list[list[int]] = [[] for _ in range(r)]
    for i, (s, t) in enumerate(zip(a, b, strict=True)):
        if s == t and t < r:
            settled[t].append(i)
    moving = [not neurons for neurons in settled]
    slots = _Slots(a, b, moving, r)
    links = slots.cover()
    chains, cycles = _strings([t for t in range(r) if moving[t]], links)
    return Moving(settled, slots.choices[:r], slots.choices[r:], chains, cycles)


class _Slots:
    """The sources (slot t) and targets (slot r + t) of the moving labels, to be given neurons.

    A neuron that carries the moving label t before and the moving label u after can serve slot t
    or slot r + u: it is an edge between the two. Any other neuron can serve one slot at most. In
    a component of slots where some neuron serves only one of them, or that has a cycle, every
    slot gets neurons of its own. A component that is a tree has one neuron too few: one of its
    edges serves both its slots, and the label u waits for t.
    """

    def __init__(self, a: Sequence[int], b: Sequence[int], moving: Sequence[bool], r: int) -> None:
        self.a, self.b, self.r = a, b, r
        self.choices: list[list[int]] = [[] for _ in range(2 * r)]
        self.edges: list[list[int]] = [[] for _ in range(2 * r)]
        zero: list[list[int]] = [[] for _ in range(2 * r)]
        other: list[list[int]] = [[] for _ in range(2 * r)]
        for i, (s, t) in enumerate(zip(a, b, strict=True)):
            leaves, comes = s < r and moving[s], t < r and moving[t]
            if leaves and comes:
                self.edges[s].append(i)
                self.edges[r + t].append(i)
            elif leaves:
                (zero if t >= r else other)[s].append(i)
            elif comes:
                (zero if s >= r else other)[r + t].append(i)
        self.used = [t for t in range(r) if moving[t]]
        self.used += [r + t for t in self.used]
        for slot in self.used:
            self.choices[slot] = zero[slot] or other[slot]

    def far(self, slot: int, neuron: int) -> int:
        """Return the slot at the other end of an edge."""
        return self.r + self.b[neuron] if slot < self.r else self.a[neuron]

    def spread(self, roots: Iterable[int]) -> None:
        """Give every slot reached from the roots the edge on which it was reached."""
        stack = list(roots)
        while stack:
            slot = stack.pop()
            for neuron in self.edges[slot]:
                far = self.far(slot, neuron)
                if not self.choices[far] and self.choices[slot] != [neuron]:
                    self.choices[far] = [neuron]
                    stack.append(far)

    def cover(self) -> dict[int, int]:
        """Choose the neurons of all slots; return the links t → u, u waits for t."""
        self.spread([slot for slot in self.used if self.choices[slot]])
        trees: list[list[int]] = []
        seen: set[int] = set()
        for slot in self.used:
            if not self.choices[slot] and slot not in seen:
                tree, extra = self.explore(slot, seen)
                if extra is None:
                    trees.append(tree)
                else:
                    root, neuron = extra
                    self.choices[root] = [neuron]
                    self.spread([root])
        return self.link(trees)

    def explore(self, start: int, seen: set[int]) -> tuple[list[int], tuple[int, int] | None]:
        """Return the edges of a component and, where it has a cycle, a (slot, edge) on one."""
        seen.add(start)
        reached = {start: -1}
        stack, tree, extra = [start], [], None
        while stack:
            slot = stack.pop()
            for neuron in self.edges[slot]:
                if neuron == reached[slot]:
                    continue
                far = self.far(slot, neuron)
                if far in reached:
                    extra = extra or (slot, neuron)
                else:
                    reached[far] = neuron
                    seen.add(far)
                    stack.append(far)
                    tree.append(neuron)
        return tree, extra

    def link(self, trees: list[list[int]]) -> dict[int, int]:
        """Choose in every tree the edge that serves two slots, so that chains stay short.

        The smallest trees, which have the least choice, come first. Of an edge counts the
        length of the chain that it makes, then how likely that chain is to grow further.
        """
        r = self.r
        tree_of = {}
        for number, tree in enumerate(trees):
            for neuron in tree:
                tree_of[self.a[neuron]] = number
                tree_of[r + self.b[neuron]] = number
        open_ = [True] * len(trees)

        def growth(slot: int, zero: Sequence[int]) -> float:
            number = tree_of.get(slot)
            if number is None:
                return -0.5 if zero[self.choices[slot][0]] >= r else 0.0
            return len(self.edges[slot]) / len(trees[number]) if open_[number] else 0.0

        links: dict[int, int] = {}
        first = {slot: slot for slot in self.used if slot < r}  # by the last label of a chain
        last = dict(first)  # by the first
        length = dict.fromkeys(first, 1)  # by the first
        for number in sorted(range(len(trees)), key=lambda n: len(trees[n])):
            open_[number] = False
            best, chosen = float("inf"), trees[number][0]
            for neuron in trees[number]:
                t, u = self.a[neuron], self.b[neuron]
                if first[t] == u:
                    continue  # would close a cycle; taken only where it is all there is
                cost = (
                    2 * (length[first[t]] + length[u])
                    + growth(r + first[t], self.a)
                    + growth(last[u], self.b)
                )
                if cost < best:
                    best, chosen = cost, neuron
            t, u = self.a[chosen], self.b[chosen]
            links[t] = u
            self.choices[t] = self.choices[r + u] = [chosen]
            self.spread_tree(t, r + u)
            if first[t] != u:
                length[first[t]] += length[u]
                first[last[u]], last[first[t]] = first[t], last[u]
        return links

    def spread_tree(self, *roots: int) -> None:
        """Give the other slots of a tree their edges, when one edge serves both roots."""
        stack = list(roots)
        while stack:
            slot = stack.pop()
            for neuron in self.edges[slot]:
                far = self.far(slot, neuron)
                if not self.choices[far]:
                    self.choices[far] = [neuron]
                    stack.append(far)


def _strings(labels: list[int], links: dict[int, int]) -> tuple[list[list[int]], list[list[int]]]:
    """Return the chains and the cycles that the links make of the labels."""
    waits = set(links.values())
    chains = []
    seen: set[int] = set()
    for start in labels:
        if start not in waits:
            chain = [start]
            while chain[-1] in links:
                chain.append(links[chain[-1]])
            chains.append(chain)
            seen.update(chain)
    cycles = []
    for start in labels:
        if start not in seen:
            cycle = [start]
            while links[cycle[-1]] != start:
                cycle.append(links[cycle[-1]])
            cycles.append(cycle)
            seen.update(cycle)
    return chains, cycles
