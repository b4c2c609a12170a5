"""Families of interchangeable units: their size, structure, tensors, and what may be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from critcount._support import markup
from critcount.architecture import Architecture
from critcount.counting import layer
from critcount.counting.network import permutation_point_factor
from critcount.models.labels import Labels
from critcount.models.sets import distinct, pairs
from critcount.models.tree import Follower, Part

__all__ = ["Found", "Members", "UnitFamily", "walk_families"]


@dataclass(frozen=True, slots=True)
class UnitFamily:
    """Units that may be exchanged with each other.

    Attributes
    ----------
    name : str
        After the first parameter that it moves.
    size : int
        The number of units; they may be permuted in size! ways.
    copies : int
        How often the family occurs: 12 for the dimensions of each of 12 heads.
    structure : str
        What moves with a unit: ``S_64`` for 64 single units, ``S_12 wr (S_64 x S_64)`` for 12
        heads, each with 64 dimensions twice.
    parameters : tuple of (str, tuple of int)
        Tensors with the axes along which the units lie.
    sums : tuple of str
        Kinds of the sums that run over the units.
    duplicable : bool
        Whether a unit may be replaced by two copies that share its outgoing weights, a critical
        point staying one: when only linear and bilinear sums run over the units.
    continuous : tuple of str
        Continuous symmetries that the operations on the units leave.
    """

    name: str
    size: int
    copies: int
    structure: str
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    sums: tuple[str, ...]
    duplicable: bool
    continuous: tuple[str, ...]

    def permutation_points(self, order: int) -> Fraction:
        """Return Σ C(n-K, K)/2^K over the copies: permutation points of order K per minimum.

        Raises
        ------
        ValueError
            When units of the family cannot be duplicated.

        Examples
        --------
        >>> UnitFamily("fc1", 4, 1, "S_4", (), ("linear",), True, ()).permutation_points(2)
        Fraction(1, 4)
        """
        self._check()
        return self.copies * permutation_point_factor(Architecture((1, self.size, 1)), order)

    def T(self, r: int) -> int:
        """Return T(r, n) for n units where r suffice: subspaces of zero loss in one copy.

        Units with inner structure (heads, experts) are counted up to their inner permutations.

        Raises
        ------
        ValueError
            When units of the family cannot be duplicated.

        See Also
        --------
        critcount.T : The count, for a layer of a fully connected network.

        Examples
        --------
        >>> UnitFamily("fc1", 4, 1, "S_4", (), ("linear",), True, ()).T(3)
        60
        """
        self._check()
        return layer.T(r, self.size)

    def G(self, r: int) -> int:
        """Return G(r, n) for n units where r suffice: critical subspaces in one copy.

        Units with inner structure (heads, experts) are counted up to their inner permutations.

        Raises
        ------
        ValueError
            When units of the family cannot be duplicated.

        See Also
        --------
        critcount.G : The count, for a layer of a fully connected network.

        Examples
        --------
        >>> UnitFamily("fc1", 4, 1, "S_4", (), ("linear",), True, ()).G(3)
        36
        """
        self._check()
        return layer.G(r, self.size)

    def _check(self) -> None:
        if not self.duplicable:
            raise ValueError(
                f"units of the family {self.name!r} cannot be duplicated: "
                f"sums of kind {', '.join(self.sums) or 'none'} run over them"
            )

    def _repr_html_(self) -> str:
        return markup.record(self)


def structure(part: Part) -> str:
    """Return the group of a part in signs: ``S_12 wr (S_64 x S_64)``."""
    factors: dict[str, int] = {}
    for _, nodes in part.sets:
        if len(nodes) > 1:
            name = f"S_{len(nodes)}"
            factors[name] = factors.get(name, 0) + 1
    for parts in part.classes:
        name = of_class(parts)
        if name != "1":
            factors[name] = factors.get(name, 0) + 1
    if part.orbit:
        inner = structure(part.orbit[0])
        name = f"orbit_{len(part.orbit)}" + ("" if inner == "1" else f".({inner})")
        if len(part.orbit) > 1:
            factors[name] = factors.get(name, 0) + 1
        elif inner != "1":
            factors[inner] = factors.get(inner, 0) + 1
    texts = [
        name if times == 1 else f"({name})^{times}" if " " in name else f"{name}^{times}"
        for name, times in factors.items()
    ]
    return " x ".join(texts) or "1"


def of_class(parts: list[Part]) -> str:
    """Return the group of some isomorphic parts in signs."""
    inner = structure(parts[0])
    if len(parts) == 1:
        return inner
    if inner == "1":
        return f"S_{len(parts)}"
    return f"S_{len(parts)} wr ({inner})" if " " in inner else f"S_{len(parts)} wr {inner}"


@dataclass(frozen=True, slots=True)
class Found:
    """A family in the tree: how many units, their structure, their nodes in all copies."""

    size: int
    copies: int
    structure: str
    nodes: Labels
    units_are_parts: bool


def walk_families(part: Part) -> Iterator[Found]:
    """Yield the families of a part, one for isomorphic copies, in canonical order."""
    yield from _walk([part])


def _walk(parts: list[Part]) -> Iterator[Found]:
    """Yield the families of isomorphic parts, seen together."""
    first = parts[0]
    for k, (_, nodes) in enumerate(first.sets):
        if len(nodes) > 1:
            every = np.concatenate([p.sets[k][1] for p in parts])
            yield Found(len(nodes), len(parts), f"S_{len(nodes)}", every, False)
    for k, isomorphic in enumerate(first.classes):
        inside = [q for p in parts for q in p.classes[k]]
        if len(isomorphic) > 1:
            every = np.concatenate([q.nodes() for q in inside])
            name = of_class(isomorphic)
            yield Found(len(isomorphic), len(parts), name, every, True)
        yield from _walk(inside)
    if first.orbit:
        inside = [q for p in parts for q in p.orbit]
        if len(first.orbit) > 1:
            chosen = np.array([c for p in parts for c in p.choices], np.int64)
            yield Found(len(first.orbit), len(parts), structure(first), chosen, True)


class Members:
    """Which families each node belongs to; a node that follows others belongs to theirs too.

    Parameters
    ----------
    size : int
        The number of nodes.
    found : sequence of Found
    followers : sequence of Follower
        In the order in which they were taken away: a leader may follow others that came later.
    """

    def __init__(self, size: int, found: Sequence[Found], followers: Sequence[Follower]) -> None:
        self._sets: list[frozenset[int]] = [frozenset()]
        self._numbers = {self._sets[0]: 0}
        self._kind = np.zeros(size, np.int64)
        for k, family in enumerate(found):
            self._join(family.nodes, np.full(len(family.nodes), self._number(frozenset({k}))))
        for follower in reversed(followers):
            for leader in follower.leaders:
                self._join(follower.nodes, self._kind[leader])

    def _number(self, families: frozenset[int]) -> int:
        if families not in self._numbers:
            self._numbers[families] = len(self._sets)
            self._sets.append(families)
        return self._numbers[families]

    def _join(self, nodes: Labels, kinds: Labels) -> None:
        """Let nodes belong to the families of some kinds, too."""
        old, new, place = pairs(self._kind[nodes], kinds)
        joined = [
            self._number(self._sets[a] | self._sets[b])
            for a, b in zip(old.tolist(), new.tolist(), strict=True)
        ]
        self._kind[nodes] = np.array(joined, np.int64)[place]

    def of(self, nodes: Labels) -> frozenset[int]:
        """Return the families to which some of the nodes belong."""
        return frozenset().union(*(self._sets[k] for k in distinct(self._kind[nodes]).tolist()))
