"""The walks of the proofs of upper bounds, every step by a `meet` of the tests' own."""

import numpy as np
import pytest

from critcount import Configuration
from critcount.connectivity import diameter_bounds, distance_bounds, path
from critcount.connectivity.distances import Effort
from critcount.connectivity.walks import _lanes, _proved
from critcount.connectivity.walks._moving import find_moves
from tests.connectivity.walks.checking import check
from tests.oracles import connectivity_pairs as oracle


def proved(one, two, r, length):
    moving = find_moves(one, two, r)
    return _proved.walk_of_proof(one, two, r, moving, _lanes.Work(one, two, r, moving), length)


def extremal(rng, r, h, triple):
    """All labels move in ⌊r/2⌋ cycles; the rest in random zero-type blocks, or one more label."""
    labels = rng.permutation(r).tolist()
    cycles = [labels[:3]] if triple else []
    cycles += [labels[i : i + 2] for i in range(3 * triple, r - 1, 2)]
    one = [t for cycle in cycles for t in cycle]
    two = [t for cycle in cycles for t in cycle[1:] + cycle[:1]]
    rest = r + h - len(one)
    ends = [rng.integers(r, r + rng.integers(1, rest + 1), rest).tolist() for _ in range(2)]
    if len(one) < r:
        places = rng.permutation(rest)
        first = int(rng.integers(1, rest))
        second = int(rng.integers(1, rest - first + 1))
        for i in places[:first]:
            ends[0][i] = labels[-1]
        for i in places[first : first + second]:
            ends[1][i] = labels[-1]
    order = rng.permutation(r + h)
    return [
        oracle.canonical([(word + end)[i] for i in order], r)
        for word, end in zip((one, two), ends, strict=True)
    ]


@pytest.mark.parametrize("h", [2, 3, 4, 5, 6, 7, 9, 16, 64])
def test_extremal_pairs(h):
    rng = np.random.default_rng(h)
    for r in (2, *range(3, 18), 30, 31, 60, 61):
        for triple in {False, r % 2 == 1}:
            for _ in range(3 if h > 2 else 8):
                one, two = extremal(rng, r, h, triple)
                length = 4 + 2 * -(-(3 * r // 2 - 2) // h)
                check(proved(one, two, r, length), one, two, r, length)
                a, b = Configuration.from_word(one, r), Configuration.from_word(two, r)
                assert distance_bounds(a, b).upper <= length


@pytest.mark.parametrize("h", [2, 3, 4, 7])
def test_path_reaches_the_bound_of_the_diameter(h):
    rng = np.random.default_rng(h)
    for r in (3, 6, 7, 11, 14, 15):
        one, two = extremal(rng, r, h, r % 4 == 3)
        a, b = Configuration.from_word(one, r), Configuration.from_word(two, r)
        walk = path(a, b)
        assert len(walk) <= diameter_bounds(r, r + h).upper
        assert oracle.is_walk([node.word for node in walk.configurations()], r)


def test_a_chain_and_two_cycles_in_three_lanes():
    """Lane after lane this fails: a label would come home before it has stepped aside."""
    one = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    two = (1, 8, 3, 2, 5, 6, 7, 4, 0, 8, 9)
    a, b = Configuration.from_word(one, 8), Configuration.from_word(two, 8)
    moving = find_moves(one, two, 8)
    assert sorted(map(len, moving.chains)) == [2]
    assert sorted(map(len, moving.cycles)) == [2, 4]
    assert Effort.of(a, b).w == 10
    check(proved(one, two, 8, 10), one, two, 8, 10)


def test_lanes_in_order_for_random_pairs():
    rng = np.random.default_rng(1)
    number = 0
    while number < 250:
        r, h = int(rng.integers(2, 30)), int(rng.integers(1, 9))
        one = oracle.random_word(rng, r, r + h, float(rng.choice([0, 0.5, 1])))
        order = np.arange(r + h)
        some = rng.permutation(r + h)[: rng.integers(2, r + h + 1)]
        order[some] = rng.permutation(some)
        two = oracle.canonical([one[i] for i in order], r)
        moving = find_moves(one, two, r)
        if oracle.meet(one, two, r) or (not any(moving.settled) and len(moving.cycles) == r // 2):
            continue
        a, b = Configuration.from_word(one, r), Configuration.from_word(two, r)
        w = Effort.of(a, b).w
        if w:
            length = 4 + 2 * -(-(w - 1) // h)
            check(proved(one, two, r, length), one, two, r, length)
            number += 1


def test_bounds_are_at_most_five_apart():
    rng = np.random.default_rng(3)
    gaps = {False: 0, True: 0}
    for _ in range(3000):
        r, h = int(rng.integers(2, 20)), int(rng.integers(2, 9))
        one, two = (
            oracle.random_word(rng, r, r + h, float(rng.choice([0, 0, 0.5, 1]))) for _ in range(2)
        )
        if rng.random() < 0.5:
            order = np.arange(r + h)
            some = rng.permutation(r + h)[: rng.integers(2, r + h + 1)]
            order[some] = rng.permutation(some)
            two = oracle.canonical([one[i] for i in order], r)
        lower, upper = distance_bounds(*(Configuration.from_word(w, r) for w in (one, two)))
        full = max(*one, *two) < r
        gaps[full] = max(gaps[full], upper - lower)
    a, b = (
        Configuration.from_word(word, 5)
        for word in ((0, 1, 2, 3, 4, 5, 6, 7, 8), (1, 0, 3, 2, 4, 5, 6, 7, 8))
    )
    bounds = distance_bounds(a, b)
    assert bounds == (3, 8)
    assert gaps[False] <= 5
    assert gaps[True] <= 3
