"""Which labels move, and which wait for another, against the definitions."""

import itertools

import pytest

from critcount.connectivity.walks._moving import find_moves
from tests.connectivity.walks.ends import SIZES, random_pairs


def pure_cycles(a, b, r):
    """Directed cycles of the arrows a_i → b_i through labels of one neuron, before and after."""
    lone = [t for t in range(r) if a.count(t) == b.count(t) == 1]
    follow = {t: b[a.index(t)] for t in lone}
    cycles = set()
    for start in lone:
        way = [start]
        while (following := follow[way[-1]]) in lone and following != start and len(way) <= r:
            way.append(following)
        if following == start and len(way) > 1:
            cycles.add(frozenset(way))
    return cycles


@pytest.mark.parametrize(("r", "m"), SIZES)
def test_what_has_to_move(r, m):
    for a, b in random_pairs(r, m, 30):
        found = find_moves(a, b, r)
        for t in range(r):
            before = {i for i in range(m) if a[i] == t}
            after = {i for i in range(m) if b[i] == t}
            assert found.settled[t] == sorted(before & after)
            moves = not before & after
            assert bool(found.sources[t]) == bool(found.targets[t]) == moves
            assert set(found.sources[t]) <= before
            assert set(found.targets[t]) <= after
        strings = [*found.chains, *found.cycles]
        moving = [t for t in range(r) if not found.settled[t]]
        assert sorted(itertools.chain(*strings)) == moving


@pytest.mark.parametrize(("r", "m"), SIZES)
def test_a_label_waits_for_the_one_whose_source_is_its_target(r, m):
    for a, b in random_pairs(r, m, 30, seed=1):
        found = find_moves(a, b, r)
        links = {(t, u) for chain in found.chains for t, u in itertools.pairwise(chain)}
        links |= {(c[i - 1], c[i]) for c in found.cycles for i in range(len(c))}
        for t, u in itertools.product(range(r), repeat=2):
            shared = set(found.sources[t]) & set(found.targets[u])
            if (t, u) in links:
                assert found.sources[t] == found.targets[u] == [*shared]
            else:
                assert not shared
        for kind in (found.sources, found.targets):
            chosen = list(itertools.chain(*kind))
            assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize(("r", "m"), [*SIZES, (6, 6), (9, 10), (30, 31)])
def test_there_are_as_many_cycles_as_there_must_be(r, m):
    for a, b in random_pairs(r, m, 30, seed=2):
        assert {frozenset(c) for c in find_moves(a, b, r).cycles} == pure_cycles(a, b, r)


def test_nothing_moves():
    found = find_moves((0, 1, 2), (0, 1, 1), 2)
    assert found.settled == [[0], [1]]
    assert found.sources == found.targets == [[], []]
    assert found.chains == found.cycles == []
