"""Walks with no graph built: every step meets, none is too long, few are longer than needed."""

import gc
import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount import Configuration, Expansions, T
from critcount.connectivity import distance_bounds, path
from critcount.families import NetworkConfiguration
from tests.oracles import connectivity_pairs as oracle


def random_configuration(rng, r, m, zero):
    return Configuration.from_word(oracle.random_word(rng, r, m, zero), r)


def pairs(r, m):
    """(a, b, distance) of one pair of each orbit."""
    for one, two, steps, _ in oracle.pairs(r, m):
        yield Configuration.from_word(one, r), Configuration.from_word(two, r), steps


def check(walk, a, b):
    """Every two successive configurations of a walk from a to b meet."""
    nodes = list(walk.configurations())
    assert len(nodes) == len(walk) + 1
    if len(walk) < 40:
        assert nodes == [walk.configuration(k) for k in range(len(nodes))]
    assert (nodes[0], nodes[-1]) == (a, b) == (walk.start, walk.end)
    assert oracle.is_walk([node.word for node in nodes], a.r)
    assert all(one != two for one, two in itertools.pairwise(nodes))
    return nodes


QUICK = [(r, m) for r, m in oracle.widths(4000) if T(r, m) <= 900]
LARGER = [(r, m) for r, m in oracle.widths(4000) if T(r, m) > 900]


@pytest.mark.parametrize(("r", "m"), QUICK)
def test_all_pairs_up_to_symmetry(r, m):
    longer = 0
    for a, b, distance in pairs(r, m):
        walk = path(a, b)
        check(walk, a, b)
        assert distance <= len(walk) <= distance + 1
        assert len(walk) <= walk.bounds.upper <= distance_bounds(a, b).upper
        longer += len(walk) > distance
        if m == r + 1 or r <= 1:
            assert len(walk) == distance
    assert longer <= ((r, m) == (2, 5))


@pytest.mark.exhaustive
@pytest.mark.parametrize(("r", "m"), LARGER)
def test_every_sixth_pair_up_to_symmetry(r, m):
    longer = number = 0
    for a, b, distance in itertools.islice(pairs(r, m), 0, None, 6):
        walk = path(a, b)
        check(walk, a, b)
        assert distance <= len(walk) <= distance + 1
        longer += len(walk) > distance
        number += 1
    assert longer <= 0.02 * number


SIZES = [(1, 20), (2, 30), (5, 6), (12, 13), (30, 31), (20, 22), (29, 33), (30, 40), (50, 52)]
SIZES += [(60, 120), (100, 103), (90, 130), (40, 250), (150, 300), (285, 300)]


@pytest.mark.parametrize(("r", "m"), SIZES)
@pytest.mark.parametrize("zero", [0.0, 0.4, 1.0])
def test_every_hop_at_middle_sizes(r, m, zero):
    rng = np.random.default_rng([r, m, int(10 * zero)])
    for _ in range(3):
        a, b = (random_configuration(rng, r, m, zero) for _ in range(2))
        walk = path(a, b)
        check(walk, a, b)
        lower, upper = distance_bounds(a, b)
        assert lower <= len(walk) <= upper
        assert walk.bounds == (lower, min(upper, len(walk)))
        if m == r + 1:
            assert len(walk) == lower


@settings(max_examples=60)
@given(st.data())
def test_local_changes_and_permutations(data):
    """Pairs that share much, with many cycles and few free neurons."""
    r = data.draw(st.integers(2, 14))
    h = data.draw(st.integers(1, 6))
    word = [*range(r), *data.draw(st.lists(st.integers(0, r + 3), min_size=h, max_size=h))]
    a = Configuration.from_word(oracle.canonical(word, r), r)
    b = a.permute(data.draw(st.permutations(range(r + h))))
    walk = path(a, b)
    check(walk, a, b)
    assert distance_bounds(a, b).lower <= len(walk) <= distance_bounds(a, b).upper


def test_steps_rebuild_the_configurations():
    rng = np.random.default_rng(11)
    for r, m in ((3, 6), (8, 20), (20, 23)):
        a, b = (random_configuration(rng, r, m, 0.5) for _ in range(2))
        walk = path(a, b)
        word = list(a.word)
        for step, node in zip(walk, list(walk.configurations())[1:], strict=True):
            for neuron, label in step.dropped:
                assert word[neuron] == label
                word[neuron] = r
            for neuron, label in step.taken:
                assert word[neuron] >= r
                word[neuron] = label
            shape = [c if c < r else (r, i) for i, c in enumerate(word)]
            for block in step.together:
                for neuron in block:
                    assert word[neuron] >= r
                    shape[neuron] = (r, block[0])
            number = {}
            letters = [
                c if isinstance(c, int) else number.setdefault(c, r + len(number)) for c in shape
            ]
            assert node.word == tuple(letters)
        assert [walk[k] for k in range(len(walk))] == list(walk) == walk[:]
        assert walk[-1] == walk[len(walk) - 1]
        assert walk[-1].number == len(walk)
        with pytest.raises(IndexError):
            walk[len(walk)]
        for index in (-1, len(walk) + 1):
            with pytest.raises(ValueError, match="index must be at"):
                walk.configuration(index)


def test_ends():
    a = Configuration.from_word([0, 1, 2], 2)
    same = path(a, a)
    assert (len(same), list(same), list(same.configurations())) == (0, [], [a])
    assert same.bounds == (0, 0)
    near = Configuration.from_word([0, 1, 1], 2)
    assert [step.taken for step in path(a, near)] == [((2, 1),)]
    one, two = Configuration.from_word([0, 1], 2), Configuration.from_word([1, 0], 2)
    assert len(path(one, one)) == 0
    with pytest.raises(ValueError, match="no walk: for m = r"):
        path(one, two)
    assert repr(path(a, near)) == "<Walk of 1 steps, r=2 m=3>"


def test_several_layers():
    a, b = Configuration.from_word([0, 1, 2], 2), Configuration.from_word([1, 0, 2], 2)
    walks = path(NetworkConfiguration([a, a]), NetworkConfiguration([a, b]))
    assert [len(walk) for walk in walks] == [0, 6]
    stuck = Configuration.from_word([0], 1)
    assert len(path(NetworkConfiguration([stuck, a]), NetworkConfiguration([stuck, b]))[1]) == 6


def test_the_collector_runs_again_afterwards():
    a = Configuration.from_word([0, 1, 2, 2], 2)
    assert gc.isenabled()
    path(a, a.permute([1, 0, 3, 2]))
    assert gc.isenabled()
    gc.disable()
    try:
        path(a, a.permute([1, 0, 3, 2]))
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("r", "m", "zero"),
    [
        (1_500, 3_000, 0.3),
        (2_999, 3_000, 1.0),
        pytest.param(5_000, 10_000, 0.3, marks=pytest.mark.exhaustive),
        pytest.param(9_999, 10_000, 1.0, marks=pytest.mark.exhaustive),
        pytest.param(50_000, 100_000, 0.3, marks=pytest.mark.exhaustive),
        pytest.param(99_999, 100_000, 1.0, marks=pytest.mark.exhaustive),
    ],
)
def test_sampled_hops_of_a_wide_layer(r, m, zero):
    rng = np.random.default_rng(r)
    a, b = (random_configuration(rng, r, m, zero) for _ in range(2))
    walk = path(a, b)
    lower, upper = distance_bounds(a, b)
    assert lower <= len(walk) <= upper
    for k in {0, len(walk) - 1, int(rng.integers(len(walk)))}:
        one, two = (walk.configuration(j).word for j in (k, k + 1))
        assert oracle.meet(one, two, r)
        step = walk[k]
        assert len(step.taken) + len(step.dropped) <= m - r
        assert not {i for i, _ in step.taken} & {i for i, _ in step.dropped}


def test_memory_is_not_steps_times_neurons():
    r, m = 3000, 3001
    rng = np.random.default_rng(2)
    a, b = (random_configuration(rng, r, m, 1.0) for _ in range(2))
    tracemalloc.start()
    walk = path(a, b)
    for _ in walk:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(walk) > m
    assert peak < 4000 * m  # the words of all configurations would take 6000 m and more


def test_the_family_of_random_pairs_is_what_it_says():
    c = random_configuration(np.random.default_rng(0), 3, 9, 0.5)
    assert c in Expansions(3, 9)
