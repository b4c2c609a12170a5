"""Pairs of configurations up to symmetry, with their distance by breadth-first search.

A permutation of the neurons, or of the labels, moves pairs of configurations to pairs at the same
distance. Run as a module it prints how much longer than the distance the walks of
`critcount.connectivity.path` are, over all such pairs of every (r, m) with T(r, m) ≤ 4000:

    python -m tests.oracles.connectivity_pairs
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter

import numpy as np

from critcount import Configuration, Expansions, T
from critcount.connectivity import adjacency, path
from critcount.connectivity.graphs import IntersectionGraph


def widths(most):
    """All (r, m) with m > r whose graphs have at most `most` nodes."""
    return [(r, m) for r in range(9) for m in range(r + 1, 9) if T(r, m) <= most]


def canonical(word, r):
    number = {}
    return tuple(c if c < r else number.setdefault(c, r + len(number)) for c in word)


def generators(word, r):
    """Permutations (of neurons, of letters) that generate the stabiliser of a configuration."""
    m = len(word)
    blocks = {}
    for i, letter in enumerate(word):
        blocks.setdefault(letter, []).append(i)
    for letter, block in blocks.items():
        for x, y in itertools.pairwise(block):
            yield swap(m, [(x, y)]), {}
        for other, twin in blocks.items():
            if letter < other and len(block) == len(twin) and (letter < r) == (other < r):
                labels = {letter: other, other: letter} if letter < r else {}
                yield swap(m, zip(block, twin, strict=True)), labels


def swap(m, pairs):
    order = list(range(m))
    for x, y in pairs:
        order[x], order[y] = y, x
    return order


def pairs(r, m):
    """Yield (a, b, distance, number of b alike), one b for each orbit of the stabiliser of a."""
    graph = IntersectionGraph(r, m)
    words = [c.word for c in Expansions(r, m)]
    rank = {word: i for i, word in enumerate(words)}
    for orbit in Expansions(r, m).orbits():
        a = orbit.representative
        if list(a.shape.replication) != sorted(a.shape.replication):
            continue
        distance = adjacency.levels(graph.to_scipy(), rank[a.word])
        moves = list(generators(a.word, r))
        orbit_of = [-1] * len(words)
        for start in range(len(words)):
            if orbit_of[start] >= 0:
                continue
            orbit_of[start] = start
            reached = [start]
            for i in reached:
                for order, labels in moves:
                    moved = canonical([labels.get(words[i][k], words[i][k]) for k in order], r)
                    if orbit_of[rank[moved]] < 0:
                        orbit_of[rank[moved]] = start
                        reached.append(rank[moved])
            b = Configuration.from_word(words[start], r)
            yield a, b, int(distance[start]), len(reached)


def random_configuration(rng, r, m, zero, blocks=0.6):
    """A label for each of r neurons; the others zero-type with probability `zero`, or labelled."""
    places = rng.permutation(m)
    word = np.zeros(m, np.int64)
    word[places[:r]] = np.arange(r)
    rest = places[r:]
    kind = rng.random(len(rest)) < zero
    word[rest[~kind]] = rng.integers(0, r, (~kind).sum()) if r else 0
    number = max(1, int(kind.sum() * blocks))
    word[rest[kind]] = r + rng.integers(0, number, kind.sum())
    return Configuration.from_word(canonical(word.tolist(), r), r)


def table(most):
    """Print the excess of `path` over the distance, by (r, m)."""
    total = Counter()
    print("r m nodes pairs excess:pairs")
    for r, m in widths(most):
        excess = Counter(len(path(a, b)) - d for a, b, d, _ in pairs(r, m))
        total += excess
        shown = " ".join(f"{k}:{n}" for k, n in sorted(excess.items()))
        print(r, m, T(r, m), sum(excess.values()), shown, flush=True)
    print("all", sum(total.values()), " ".join(f"{k}:{n}" for k, n in sorted(total.items())))


def sample(r, m, each, seed):
    """Print the same for `each` random partners of a configuration of every orbit."""
    rng = np.random.default_rng(seed)
    graph = IntersectionGraph(r, m, limit=1 << 36)
    family = graph.family
    excess, slack = Counter(), Counter()
    for orbit in family.orbits():
        a = orbit.representative
        if list(a.shape.replication) == sorted(a.shape.replication):
            distance = adjacency.levels(graph.to_scipy(), family.rank(a))
            for rank in rng.integers(0, len(distance), each):
                walk = path(a, family.unrank(int(rank)))
                excess[len(walk) - int(distance[rank])] += 1
                slack[int(distance[rank]) - walk.bounds.lower] += 1
    for name, counted in (("excess", excess), ("distance - lower bound", slack)):
        print(r, m, name, " ".join(f"{k}:{n}" for k, n in sorted(counted.items())), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=4000)
    parser.add_argument("--sample", type=int, nargs=3, metavar=("R", "M", "EACH"))
    options = parser.parse_args()
    if options.sample:
        sample(*options.sample, seed=1)
    else:
        table(options.most)
