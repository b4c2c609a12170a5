"""Walks of four steps where there are many neurons."""

import itertools

import numpy as np
import pytest

from critcount import Configuration
from critcount.connectivity import distance_bounds, path
from critcount.connectivity.walks import _wide
from critcount.connectivity.walks._moving import find_moves
from tests.connectivity.walks.checking import check
from tests.oracles import connectivity_pairs as oracle


@pytest.mark.parametrize("r", [2, 3, 4, 6, pytest.param(8, marks=pytest.mark.exhaustive)])
def test_four_steps_where_there_are_many_more_neurons_than_labels(r):
    """The worst case, every label with one neuron in a cycle, and random ones."""
    rng = np.random.default_rng(r)
    for h in (3 * r, 3 * r + 1, 5 * r):
        for trees in range(1, r + 1):
            one = [*range(r), *rng.integers(r, r + rng.integers(1, h + 1), h).tolist()]
            two = [*range(r), *rng.integers(r, r + rng.integers(1, h + 1), h).tolist()]
            moved = rng.permutation(r)[: max(2, trees)].tolist()
            for i, j in zip(moved, moved[1:] + moved[:1], strict=True):
                two[i] = j
            for i in rng.permutation(h)[: rng.integers(h)]:
                one[r + i] = int(rng.integers(r)) if rng.random() < 0.2 else one[r + i]
            one, two = (oracle.canonical(word, r) for word in (one, two))
            schedule = _wide.walk_by_triples(one, two, r, find_moves(one, two, r))
            check(schedule, one, two, r, 4)
            a, b = Configuration.from_word(one, r), Configuration.from_word(two, r)
            assert len(path(a, b)) <= distance_bounds(a, b).upper <= 4


def test_four_steps_for_every_pattern_of_classes():
    """r = 2, h = 6, two labels change places on one neuron each: every pair of partitions."""
    partitions = [word for word in oracle.words(0, 6) if len(set(word)) in (1, 2, 5, 6)]
    for x, y in itertools.product(partitions, partitions[::3]):
        one, two = (0, 1, *(c + 2 for c in x)), (1, 0, *(c + 2 for c in y))
        check(_wide.walk_by_triples(one, two, 2, find_moves(one, two, 2)), one, two, 2, 4)
