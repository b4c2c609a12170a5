"""Planning one label after another: walks, never too short, and within its budget."""

import itertools

import pytest

from critcount.connectivity.walks import _planning
from critcount.connectivity.walks._moving import find_moves
from tests.connectivity.walks.ends import configurations, random_pairs
from tests.oracles import connectivity_pairs as oracle

PLENTY = 10**6


def planned(a, b, r, length, edges=PLENTY):
    budget = _planning.Budget(edges)
    return _planning.walk_by_plan(a, b, r, find_moves(a, b, r), length, budget), budget


@pytest.mark.parametrize(("r", "m"), [(2, 4), (2, 5), (3, 4), (3, 5)])
def test_plans_are_walks_no_shorter_than_the_distance(r, m):
    found = shortest = 0
    for a, b, distance, _ in itertools.islice(oracle.pairs(r, m), 0, None, 5):
        for length in range(2, distance + 2):
            schedule, _ = planned(a, b, r, length)
            if schedule is None:
                continue
            words = configurations(schedule, a, b, r)
            assert len(words) == length + 1
            assert oracle.is_walk(words, r)
            assert length >= distance
            found += 1
            shortest += length == distance
    assert shortest > 0.3 * found > 0


def test_a_walk_of_one_step_and_no_walk_at_all():
    assert planned((0, 1, 2), (0, 1, 1), 2, 1)[0] is None
    assert planned((0, 1, 2), (1, 0, 2), 2, 5)[0] is None  # the distance is 6


def test_too_many_labels_are_not_planned():
    r = _planning.LABELS + 1
    a = (*range(r), r)
    b = (*range(1, r), 0, r)
    schedule, budget = planned(a, b, r, 3 * r)
    assert schedule is None
    assert budget.edges == PLENTY


def test_the_budget_is_spent_and_not_overdrawn_by_much():
    a, b = random_pairs(5, 9, 1)[0]
    assert planned(a, b, 5, 6, edges=0)[0] is None
    _, budget = planned(a, b, 5, 6)
    assert budget.edges < PLENTY


@pytest.mark.parametrize("seed", range(4))
def test_only_so_many_neurons_take_part(seed):
    """Those that stay out keep their label, or are zero-type alone, all the way."""
    (a, b), *_ = random_pairs(4, _planning.NEURONS + 14, 1, seed)
    chosen = _planning._neurons(a, b, 4, find_moves(a, b, 4))
    assert len(chosen) <= _planning.NEURONS
    assert chosen == sorted(set(chosen))
