"""The shape of the set of global minima: the homology of its order complex."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from critcount._support.types import Words
from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.connectivity.shape import betti_numbers
from critcount.families import Expansions

__all__ = ["CLAIMS"]

#: Coefficients of the homology: torsion of these orders would show.
PRIMES = (2, 3)


def finer(words: Words, r: int) -> list[list[int]]:
    """Return for every configuration those from which mergers lead to it.

    Whatever is in one block of the finer one is in one block of the coarser, labels stay.

    >>> finer(np.array([[0, 1], [0, 0]]), 1)
    [[], [0]]
    """
    same = words[:, :, None] == words[:, None, :]
    labelled = words < r
    return [
        np.flatnonzero(
            ~((same & ~same[i]).any((1, 2)) | (labelled & (words != words[i])).any(1))
            & (words != words[i]).any(1)
        ).tolist()
        for i in range(len(words))
    ]


def chains(below: Sequence[Sequence[int]]) -> list[list[tuple[int, ...]]]:
    """Return the chains of an order by their number of elements, the largest element first.

    >>> chains([[], [0], [0, 1]])
    [[(0,), (1,), (2,)], [(1, 0), (2, 0), (2, 1)], [(2, 1, 0)]]
    """
    found: list[list[tuple[int, ...]]] = [[(i,) for i in range(len(below))]]
    while longer := [(*chain, i) for chain in found[-1] for i in below[chain[-1]]]:
        found.append(longer)
    return found


def rank(columns: Iterable[dict[int, int]], prime: int) -> int:
    """Return the rank of a sparse matrix modulo a prime, by elimination.

    >>> rank([{0: 1, 1: 1}, {0: 1, 1: -1}], 2), rank([{0: 1, 1: 1}, {0: 1, 1: -1}], 3)
    (1, 2)
    """
    pivots: dict[int, dict[int, int]] = {}
    for column in columns:
        rest = {row: value % prime for row, value in column.items() if value % prime}
        while rest and (last := max(rest)) in pivots:
            factor = rest[last]
            for row, value in pivots[last].items():
                if changed := (rest.get(row, 0) - factor * value) % prime:
                    rest[row] = changed
                else:
                    rest.pop(row, None)
        if rest:
            inverse = pow(rest[last], -1, prime)
            pivots[last] = {row: value * inverse % prime for row, value in rest.items()}
    return len(pivots)


def homology(found: Sequence[Sequence[tuple[int, ...]]], prime: int) -> list[int]:
    """Return the Betti numbers modulo a prime of an order, from its chains.

    >>> homology(chains([[], [], [0, 1], [0, 1]]), 2)  # a circle
    [1, 1]
    """
    ranks = [0]
    for shorter, longer in itertools.pairwise(found):
        number = {chain: i for i, chain in enumerate(shorter)}
        ranks.append(
            rank(
                (
                    {number[chain[:i] + chain[i + 1 :]]: (-1) ** i for i in range(len(chain))}
                    for chain in longer
                ),
                prime,
            )
        )
    ranks.append(0)
    return [len(found[k]) - ranks[k] - ranks[k + 1] for k in range(len(found))]


def expected(r: int, m: int) -> dict[int, int]:
    """Return the stated Betti numbers by degree, those that are not zero."""
    return {degree: number for degree, number in betti_numbers(r, m).items() if number}


def measure(r: int, m: int) -> list[Case]:
    """Compute the homology of the order complex of all configurations, and compare it."""
    found = chains(finer(Expansions(r, m).words().astype(np.int64), r))
    wrong = 0
    for prime in PRIMES:
        numbers = {k: number for k, number in enumerate(homology(found, prime)) if number}
        stated = expected(r, m)
        degrees = numbers.keys() | stated.keys()
        wrong += sum(abs(numbers.get(k, 0) - stated.get(k, 0)) for k in degrees)
    return [Case(f"({r}, {m})", m, float(wrong), 0.0)]


def _units(quick: bool) -> list[Unit]:
    shapes = [(2, 3), (3, 4), (2, 4), (4, 5), (3, 5)]
    if not quick:
        shapes += [(2, 5), (5, 6), (4, 6), (2, 6), (3, 6)]
    return [{"r": r, "m": m} for r, m in shapes]


CLAIMS = (
    Claim(
        name="wedge-of-spheres",
        statement="For r ≥ 2 and h = m - r ≥ 1 the set of global minima is homotopy equivalent to "
        "a wedge of h-spheres, Σ_(k=2)^r (-1)^(r-k) C(r, k) (k-1)^m of them.",
        paper="derived",
        method="theorem, linear algebra",
        subjects="families of subspaces, with coefficients in Z/2 and Z/3",
        quantity="difference of the Betti numbers of the order complex",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure,
    ),
)
