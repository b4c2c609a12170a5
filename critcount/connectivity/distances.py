"""How far two configurations are apart in the intersection graph.

Let A ≠ B be configurations for (r, m), h = m - r ≥ 1. The *cost* of a neuron is 0 where it is
zero-type in both or has the same label in both, 1 where it is zero-type in exactly one, 2 where
its labels differ. Draw an arrow A_i → B_i between labels for every neuron i that is labelled in
both. c is the number of components of that graph that are directed cycles of length ≥ 2 all of
whose labels have one neuron, in A and in B; e is 1 where c > 0 and every neuron off these cycles
has the same label in both. Let q = (sum of the costs) + 2c + 2e; w = c + the number of labels that
no neuron carries in both; and s = Σ min(2, size) over the zero-type blocks of A and of B. Where A
and B do not meet,

    max(2, ⌈q/h⌉, 2 + ⌈(2w - s)/h⌉) ≤ d(A, B) ≤ 4 + 2⌈(w-1)/h⌉,    d ≤ 2 for w = 0,

and d = q for h = 1. Further d ≤ 4 + 2⌈(x-1)/h⌉ with x = ⌊3r/2⌋ - 1 for r ≥ 2, and d ≤ 4 where
h ≥ 2r + (w - c), or r = 2 and h ≥ 2. The two bounds are at most 5 apart, and at most 3 where
neither end has zero-type neurons (*derived*; proofs in docs/connectivity.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from critcount._support import checks
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.configurations.configuration import Configuration
from critcount.connectivity.answers import Bounds
from critcount.counting import network
from critcount.families import NetworkConfiguration

__all__ = [
    "Effort",
    "Ends",
    "diameter_bounds",
    "distance_bounds",
    "network_diameter_bounds",
    "pairs_of_layers",
]

Ends: TypeAlias = Configuration | NetworkConfiguration


def pairs_of_layers(a: Ends, b: Ends) -> list[tuple[Configuration, Configuration]]:
    """Return the pairs of configurations of the hidden layers, for the same (r, m) each.

    Raises
    ------
    TypeError
        When a and b are not both configurations, or both configurations of networks.
    ValueError
        When they belong to different (r, m), or to different numbers of layers.
    """
    for kind in (Configuration, NetworkConfiguration):
        if isinstance(a, kind) and isinstance(b, kind):
            break
    else:
        raise TypeError(
            "a and b must be two Configurations, or two NetworkConfigurations, not "
            f"{checks.show(a)} and {checks.show(b)}"
        )
    ends = [c.layers if isinstance(c, NetworkConfiguration) else (c,) for c in (a, b)]
    widths = [[(c.r, c.m) for c in end] for end in ends]
    if widths[0] != widths[1]:
        one, two = (", ".join(map(str, w)) for w in widths)
        raise ValueError(f"a and b must be for the same (r, m), not for {one} and {two}")
    return list(zip(*ends, strict=True))


def distance_bounds(a: Ends, b: Ends) -> Bounds:
    """Return proved bounds of the distance in the intersection graph, in O(m).

    Parameters
    ----------
    a, b : Configuration or NetworkConfiguration
        For the same (r, m). With several hidden layers the graph is the strong product of those
        of the layers, so the distance is the greatest of the layers.

    Returns
    -------
    Bounds
        lower ≤ distance ≤ upper; equal where the distance is known: for a == b, for
        neighbours, for m = r + 1. Both infinite where no walk exists: a ≠ b and m = r in a
        layer.

    Raises
    ------
    TypeError, ValueError
        When a and b are no configurations for the same (r, m).

    See Also
    --------
    critcount.connectivity.distance : the distance itself, by theorem, bound or search.
    critcount.connectivity.path : a walk between two configurations, with no graph built.

    Examples
    --------
    >>> a = Configuration.from_word([0, 1, 2], 2)
    >>> distance_bounds(a, Configuration.from_word([1, 0, 2], 2))
    Bounds(lower=6, upper=6)
    >>> distance_bounds(a, a)
    Bounds(lower=0, upper=0)
    """
    bounds = [_layer_bounds(one, two) for one, two in pairs_of_layers(a, b)]
    return Bounds(max(x.lower for x in bounds), max(x.upper for x in bounds))


def _layer_bounds(a: Configuration, b: Configuration) -> Bounds:
    if a == b:
        return Bounds(0, 0)
    if a.m == a.r:
        return Bounds(math.inf, math.inf)
    if a.meets(b):
        return Bounds(1, 1)
    effort = Effort.of(a, b)
    if a.m == a.r + 1:
        return Bounds(effort.q, effort.q)
    return Bounds(effort.lower, effort.upper)


class Effort(NamedTuple):
    """The numbers that the bounds are made of: c is counted in w, and in 2c + 2e in q."""

    r: int
    h: int
    q: int
    w: int
    s: int
    c: int

    @classmethod
    def of(cls, a: Configuration, b: Configuration) -> Effort:
        """Return the effort for two configurations with m > r that do not meet."""
        r, one, two = a.r, a.letters.astype(np.int64), b.letters.astype(np.int64)
        before, after = one < r, two < r
        same = before & (one == two)
        cost = int((before != after).sum()) + 2 * int((before & after & ~same).sum())
        on_cycles, cycles = _pure_cycles(one, two, r)
        rest = np.ones(a.m, bool)
        rest[on_cycles] = False
        stuck = 1 if cycles and bool(same[rest].all()) else 0
        moving = r - len(np.unique(one[same]))
        slack = sum(
            int(np.minimum(2, np.bincount(w[w >= r] - r)).sum()) for w in (one, two) if len(w)
        )
        return cls(r, a.m - r, cost + 2 * cycles + 2 * stuck, moving + cycles, slack, cycles)

    @property
    def lower(self) -> int:
        """The lower bound for two configurations that are different and do not meet."""
        return max(2, -(-self.q // self.h), 2 - (self.s - 2 * self.w) // self.h)

    @property
    def upper(self) -> int:
        """The upper bound, for h ≥ 2 or r ≤ 1."""
        if self.w == 0 or self.r == 1:
            return 2
        if self.r == 2 or self.h >= 2 * self.r + self.w - self.c:
            return 4
        return 4 - 2 * ((1 - min(self.w, 3 * self.r // 2 - 1)) // self.h)


def _pure_cycles(
    one: npt.NDArray[np.int64], two: npt.NDArray[np.int64], r: int
) -> tuple[npt.NDArray[np.intp], int]:
    """Return the neurons on, and the number of, the cycles of labels with one neuron each."""
    single = [np.bincount(word[word < r], minlength=r) == 1 for word in (one, two)]
    lone = single[0] & single[1]
    both = (one < r) & (two < r)
    arrows = np.flatnonzero(both)
    arrows = arrows[lone[one[arrows]] & lone[two[arrows]] & (one[arrows] != two[arrows])]
    follow = np.full(r, -1, np.int64)
    follow[one[arrows]] = two[arrows]
    place = np.full(r, -1, np.int64)
    place[one[arrows]] = arrows
    following: Sequence[int] = follow.tolist()
    state = [0] * r  # 1: on the path now followed, 2: done
    neurons: list[int] = []
    cycles = 0
    for start in one[arrows].tolist():
        path = []
        label = start
        while label >= 0 and not state[label]:
            state[label] = 1
            path.append(label)
            label = following[label]
        if label >= 0 and state[label] == 1:
            cycles += 1
            neurons += place[path[path.index(label) :]].tolist()
        for passed in path:
            state[passed] = 2
    return np.array(neurons, np.intp), cycles


def diameter_bounds(r: int, m: int) -> Bounds:
    """Return proved bounds of the diameter of the intersection graph I(r, m).

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m.

    Returns
    -------
    Bounds
        With h = m - r and x = ⌊3r/2⌋ - 1, for r ≥ 2: max(4, 2 + ⌈2x/h⌉) and 4 + 2⌈(x-1)/h⌉.
        Exact for r ≤ 2, for h = 1, where it is 2⌊3r/2⌋, and for m ≥ 4r, where it is 4.
        Infinite where I(r, m) is not connected: r ≥ 2 and m = r.

    Raises
    ------
    TypeError, ValueError
        When r or m is no integer, or not 0 ≤ r ≤ m.

    Examples
    --------
    >>> diameter_bounds(3, 4), diameter_bounds(6, 8), diameter_bounds(100, 400)
    (Bounds(lower=8, upper=8), Bounds(lower=10, upper=12), Bounds(lower=4, upper=4))
    """
    r = checks.integer("r", r, minimum=0)
    m = checks.integer("m", m, minimum=r)
    h, x = m - r, 3 * r // 2 - 1
    if r <= 1 or (h == 1 and r > 1):
        exact = min(r + 1, 2) * (m >= 2) if r <= 1 else 2 * (x + 1)
        return Bounds(exact, exact)
    if h == 0:
        return Bounds(math.inf, math.inf)
    if r == 2 or h >= 3 * r:
        return Bounds(4, 4)
    return Bounds(max(4, 2 - (-2 * x // h)), 4 - 2 * ((1 - x) // h))


def network_diameter_bounds(
    architecture: ArchitectureLike, minimal: int | Sequence[int]
) -> Bounds:
    """Return proved bounds of the diameter for any number of hidden layers: the greatest of them.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        The minimal width of every hidden layer.

    Returns
    -------
    Bounds
        As `diameter_bounds`.

    Raises
    ------
    TypeError, ValueError
        When a minimal width is missing, too many, or wider than its layer.

    Examples
    --------
    >>> network_diameter_bounds("2-4-8-1", (3, 6))
    Bounds(lower=10, upper=12)
    """
    architecture = as_architecture(architecture)
    pairs = network.layer_pairs(architecture, minimal, "minimal")
    bounds = [diameter_bounds(r, m) for r, m in pairs]
    return Bounds(max(x.lower for x in bounds), max(x.upper for x in bounds))
