"""Signed expansions by enumeration: assign every neuron a vector, and merge what is the same.

Nothing of the package is imported. A neuron's incoming weights are a signed minimal neuron, a
signed free vector, or zero; an assignment of vectors to neurons is kept up to renaming and
flipping the free vectors, so that the subspaces come out as the distinct keys of a set.
"""

from __future__ import annotations

from itertools import product

Key = tuple[tuple[int, int], ...]


def signed_subspaces(r: int, m: int, *, idle: bool, free: bool = True) -> set[Key]:
    """Every subspace once, as ((vector, sign) of each neuron).

    Vectors are 1 … r for the minimal neurons, r+1 … r+m for free ones, 0 for the zero vector.
    Every minimal neuron occurs. Without `free` the critical subspaces.
    """
    vectors = [(v, sign) for v in range(1, r + 1 + (m if free else 0)) for sign in (1, -1)]
    if idle:
        vectors.append((0, 1))
    found = set()
    for assignment in product(vectors, repeat=m):
        used = {v for v, _ in assignment}
        if all(v in used for v in range(1, r + 1)):
            found.add(_rename(assignment, r))
    return found


def _rename(assignment: tuple[tuple[int, int], ...], r: int) -> Key:
    """Number the free vectors by first appearance and give their first neuron the sign 1."""
    names: dict[int, tuple[int, int]] = {}
    key = []
    for v, sign in assignment:
        if v <= r:
            key.append((v, sign))
            continue
        name, flip = names.setdefault(v, (r + 1 + len(names), sign))
        key.append((name, sign * flip))
    return tuple(key)
