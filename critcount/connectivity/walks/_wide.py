"""Walks of four steps, where there are many more neurons than labels.

Sources and targets are all different but for one neuron p, the source of t and the target of u, in
every tree of the choices (`critcount.connectivity.walks._moving`). For each such p take three
neurons w, y, z that are neither sources nor targets nor kept, w and y in one class of A, w and z
in one class of B: the same label, or zero-type in both. With A_1, where every label is on its
source alone and {y, w} are together, A_2, where {p, w} are together, every label on its source and
its target, but y in the place of p as a source, z as a target, and A_3, every label on its
target alone and {z, w} together, A A_1 A_2 A_3 B is a walk. There are enough triples for
m - r ≥ 2r + (labels that move); docs/connectivity.md has the proofs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from critcount.connectivity.walks._moving import Moving
from critcount.connectivity.walks._schedule import Schedule, Stay, Together

__all__ = ["walk_by_triples"]


def walk_by_triples(a: Sequence[int], b: Sequence[int], r: int, moving: Moving) -> Schedule | None:
    """Return a walk of four steps, or None where there are too few triples. O(m)."""
    kept = [(t, neurons[0]) for t, neurons in enumerate(moving.settled) if neurons]
    labels = [t for t, neurons in enumerate(moving.settled) if not neurons]
    source = {t: moving.sources[t][0] for t in labels}
    target = {t: moving.targets[t][0] for t in labels}
    shared = set(source.values()) & set(target.values())
    used = {i for _, i in kept} | set(source.values()) | set(target.values())
    found = _triples(a, b, r, [i for i in range(len(a)) if i not in used])
    triple = dict(zip(sorted(shared), found, strict=False))
    if len(triple) < len(shared):
        return None
    stays = [Stay(t, i, 0, 4) for t, i in kept]
    for t in labels:
        p, q = source[t], target[t]
        if p in shared:
            stays += [Stay(t, p, 0, 1), Stay(t, triple[p][1], 2, 2)]
        else:
            stays.append(Stay(t, p, 0, 2))
        if q in shared:
            stays += [Stay(t, triple[q][2], 2, 2), Stay(t, q, 3, 4)]
        else:
            stays.append(Stay(t, q, 2, 4))
    pairs = [
        Together(vertex, other, w)
        for p, (w, y, z) in triple.items()
        for vertex, other in ((1, y), (2, p), (3, z))
    ]
    return Schedule(4, stays, pairs)


def _triples(
    a: Sequence[int], b: Sequence[int], r: int, neurons: list[int]
) -> Iterator[tuple[int, int, int]]:
    """Yield disjoint (w, y, z), y in the class of w in A, z in that of w in B, until none is left.

    What is no w now is none later, as the classes only lose neurons: one pass finds all.
    """
    classes: tuple[dict[int, set[int]], dict[int, set[int]]] = ({}, {})
    for side, word in zip(classes, (a, b), strict=True):
        for i in neurons:
            side.setdefault(min(word[i], r), set()).add(i)
    for w in neurons:
        one, two = classes[0][min(a[w], r)], classes[1][min(b[w], r)]
        if w not in one or len(one) < 2 or len(two) < 2:
            continue
        y, z = _others(one, two, w)
        if y == z:
            continue
        for i in (w, y, z):
            classes[0][min(a[i], r)].discard(i)
            classes[1][min(b[i], r)].discard(i)
        yield w, y, z


def _others(one: set[int], two: set[int], w: int) -> tuple[int, int]:
    """Return a neuron of each set that is not w, the two different where that is possible."""
    y = next(i for i in one if i != w)
    z = next((i for i in two if i not in (w, y)), y)
    if y == z:
        y = next((i for i in one if i not in (w, z)), z)
    return y, z
