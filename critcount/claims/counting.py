"""The number of permutation points, counted one by one."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence

from critcount.architecture import Architecture, widths_text
from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.counting import network
from critcount.counting.network import Spread
from critcount.families import PermutationPoints

__all__ = ["CLAIMS"]


@functools.lru_cache(maxsize=64)
def collisions(n: int, i: int) -> Mapping[bool, int]:
    """Return how many words of n letters use each of n - i labels: with pairs only, with more.

    By going through all (n - i)^n words, blind to every formula.

    Examples
    --------
    >>> dict(collisions(4, 2))
    {False: 8, True: 6}
    """
    found: Counter[bool] = Counter()
    for word in itertools.product(range(n - i), repeat=n):
        sizes = Counter(word).values()
        if len(sizes) == n - i:
            found[max(sizes, default=0) <= 2] += 1
    return found


def brute_force(widths: Sequence[int], order: int, spread: Spread) -> int:
    """Return the number of points of an order by adding up the `collisions` of the layers.

    Examples
    --------
    >>> [brute_force((4,), 2, spread) for spread in ("layer", "network", "any")]
    [6, 6, 14]
    """
    total = 0
    for split in itertools.product(range(order + 1), repeat=len(widths)):
        if sum(split) != order or any(i >= n for i, n in zip(split, widths, strict=True)):
            continue
        if spread == "layer" and max(split) < order:
            continue
        layers = [collisions(n, i) for n, i in zip(widths, split, strict=True)]
        total += math.prod(
            layer.get(True, 0) + (layer.get(False, 0) if spread == "any" else 0)
            for layer in layers
        )
    return total


def _layers(quick: bool) -> list[tuple[int, ...]]:
    most = 6 if quick else 7
    one = [(n,) for n in range(2, most + 1)]
    two = list(itertools.combinations_with_replacement(range(2, most - 1), 2))
    return [*one, *two, (2, 3, 4)]


def _units(quick: bool) -> list[Unit]:
    return [{"widths": list(widths)} for widths in _layers(quick)]


def _counted(widths: Sequence[int], spreads: Sequence[Spread]) -> list[tuple[int, str, int, int]]:
    """Order, spread, the number by formula and the number counted."""
    architecture = Architecture([1, *widths, 1])
    orders = range(1, max(widths) + 1)
    return [
        (
            order,
            spread,
            network.count_permutation_points(architecture, order, spread),
            brute_force(widths, order, spread),
        )
        for order in orders
        for spread in spreads
    ]


def measure_count(widths: Sequence[int]) -> list[Case]:
    """Compare the factor sum with the points counted, and with the family of one layer."""
    cases = []
    for order, _, formula, counted in _counted(widths, ["layer"]):
        off = abs(formula - counted)
        if len(widths) == 1:
            off = max(off, abs(formula - sum(1 for _ in PermutationPoints(widths[0], order))))
        name = widths_text(widths)
        cases.append(Case(name, sum(widths), float(off), 0.0, where=f"K = {order}"))
    return cases


def measure_refined(widths: Sequence[int]) -> list[Case]:
    """Compare the refined factors with the points counted."""
    name = widths_text(widths)
    cases = []
    for order, _, formula, counted in _counted(widths, network.SPREADS):
        cases.append(
            Case(
                name,
                sum(widths),
                float(abs(formula - counted)),
                0.0,
                where=f"K = {order}",
            )
        )
    return cases


CLAIMS = (
    Claim(
        name="permutation-point-count",
        statement="For each of the Π n_k! equivalent minima there are Σ_k C(n_k-K, K)/2^K "
        "permutation points at which K disjoint pairs of neurons of one layer coincide.",
        paper="B19",
        method="enumeration",
        subjects="hidden widths and orders",
        quantity="difference from the number counted",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure_count,
    ),
    Claim(
        name="refined-counts",
        statement="Letting the K collisions spread over the layers, or letting more than two "
        "neurons coincide, never gives fewer points of order K than the bound of one layer.",
        paper="derived",
        method="theorem, enumeration",
        subjects="hidden widths, orders and kinds of collisions",
        quantity="difference from the number counted",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure_refined,
    ),
)
