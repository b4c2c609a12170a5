"""How much longer than the distance the walks of `critcount.connectivity.path` are, by (r, m).

Over all pairs up to symmetry of every (r, m) with T(r, m) ≤ 4000, or over random partners:

    python -m tests.connectivity.walks.lengths
    python -m tests.connectivity.walks.lengths --sample 2 7 400

How many distances of 12 pairs that a permutation of few neurons makes are answered, for R labels:

    python -m tests.connectivity.walks.lengths --near 1000
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

import numpy as np

from critcount import Configuration, SizeLimitError
from critcount.connectivity import distance, path
from tests.oracles import connectivity_pairs as oracle


def walk(one, two, r):
    return path(Configuration.from_word(one, r), Configuration.from_word(two, r))


def table(most):
    """Print the excess of `path` over the distance, by (r, m)."""
    total = Counter()
    print("r m nodes pairs excess:pairs")
    for r, m in oracle.widths(most):
        excess = Counter(len(walk(a, b, r)) - d for a, b, d, _ in oracle.pairs(r, m))
        total += excess
        shown = " ".join(f"{k}:{n}" for k, n in sorted(excess.items()))
        print(r, m, oracle.count(r, m), sum(excess.values()), shown, flush=True)
    print("all", sum(total.values()), " ".join(f"{k}:{n}" for k, n in sorted(total.items())))


def sample(r, m, each, seed):
    """Print the same for `each` random partners of a configuration of every orbit."""
    rng = np.random.default_rng(seed)
    graph = oracle.Graph(r, m)
    excess, slack = Counter(), Counter()
    for start in graph.orbits.values():
        a = graph.words[start]
        sizes = oracle.shape(a, r)[0]
        if list(sizes) == sorted(sizes):
            distance = graph.levels(start)
            for rank in rng.integers(0, len(distance), each):
                found = walk(a, graph.words[rank], r)
                excess[len(found) - int(distance[rank])] += 1
                slack[int(distance[rank]) - found.bounds.lower] += 1
    for name, counted in (("excess", excess), ("distance - lower bound", slack)):
        print(r, m, name, " ".join(f"{k}:{n}" for k, n in sorted(counted.items())), flush=True)


def near(r):
    """Print how many distances are answered, and the longest processor time."""
    for h, some in ((2, 4), (2, 6), (3, 4), (3, 6), (4, 5)):
        rng = np.random.default_rng([h, some])
        answers, seconds = Counter(), []
        while answers.total() < 12:
            one = oracle.random_word(rng, r, r + h, 0.8)
            order, moved = np.arange(r + h), rng.permutation(r + h)[:some]
            order[moved] = rng.permutation(moved)
            two = oracle.canonical([one[i] for i in order], r)
            a, b = (Configuration.from_word(word, r) for word in (one, two))
            if a.meets(b):
                continue
            start = time.process_time()
            try:
                distance(a, b)
                answers["answered"] += 1
            except SizeLimitError:
                answers["refused"] += 1
            seconds.append(time.process_time() - start)
        print(h, some, dict(answers), f"{max(seconds):.1f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--most", type=int, default=4000)
    parser.add_argument("--sample", type=int, nargs=3, metavar=("R", "M", "EACH"))
    parser.add_argument("--near", type=int, metavar="R")
    options = parser.parse_args()
    if options.near:
        near(options.near)
    elif options.sample:
        sample(*options.sample, seed=1)
    else:
        table(options.most)
