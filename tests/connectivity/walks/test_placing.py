"""Lanes on neurons: what comes out is a walk of the length asked for, and comes out in time."""

import itertools

import numpy as np
import pytest

from critcount import Configuration
from critcount.connectivity import distance_bounds
from critcount.connectivity.walks import _placing
from critcount.connectivity.walks._lanes import Choices, Work
from critcount.connectivity.walks._moving import find_moves
from tests.connectivity.walks.ends import SIZES, configurations, random_pairs
from tests.oracles import connectivity_pairs as oracle


def apart(r, m, number):
    """Pairs that do not meet, with the proved bounds of their distance."""
    for a, b in random_pairs(r, m, number):
        bounds = distance_bounds(*(Configuration.from_word(word, r) for word in (a, b)))
        if bounds.lower > 1:
            yield a, b, bounds


@pytest.mark.parametrize(("r", "m"), SIZES)
def test_what_is_placed_is_a_walk(r, m):
    placed = 0
    for a, b, bounds in apart(r, m, 10):
        moving = find_moves(a, b, r)
        work = Work(a, b, r, moving)
        for length in range(int(bounds.lower), int(bounds.upper) + 1):
            for plan in itertools.islice(work.plans(length), 10):
                schedule = _placing.walk_by_placing(a, b, r, moving, work, length, plan)
                if schedule is not None:
                    words = configurations(schedule, a, b, r)
                    assert len(words) == length + 1
                    assert oracle.is_walk(words, r)
                    placed += 1
    assert placed


@pytest.mark.parametrize(("r", "m"), SIZES)
def test_the_first_plan_succeeds_where_all_hops_are_proved_to_fit(r, m):
    """At 4 + 2⌈(w-1)/h⌉ steps for w hops in h lanes, and at two for no hop."""
    for a, b, _ in apart(r, m, 20):
        moving = find_moves(a, b, r)
        work = Work(a, b, r, moving)
        length = 4 - 2 * ((1 - work.hops) // work.h) if work.hops else 2
        plan = next(work.plans(length))
        assert _placing.walk_by_placing(a, b, r, moving, work, length, plan) is not None


def test_a_plan_without_room_fails():
    a, b = (0, 1, 2), (1, 0, 2)
    moving = find_moves(a, b, 2)
    assert (
        _placing.walk_by_placing(a, b, 2, moving, Work(a, b, 2, moving), 3, Choices(0, 1, 1))
        is None
    )


def different_keys(options):
    """Whether every dict can have a key of its own, by trying all choices."""
    return any(len(set(keys)) == len(keys) for keys in itertools.product(*options))


def test_every_dict_gets_a_key_of_its_own_where_that_is_possible():
    assert _placing._match([]) == []
    assert _placing._match([{}]) is None
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        number = int(rng.integers(1, 6))
        options = [
            {(0, int(k)): 0 for k in rng.integers(0, number, rng.integers(0, 4))}
            for _ in range(number)
        ]
        chosen = _placing._match(options)
        assert (chosen is not None) == different_keys(options)
        seen.add(chosen is None)
        if chosen is not None:
            assert len(set(chosen)) == number
            assert all(key in option for key, option in zip(chosen, options, strict=True))
    assert seen == {True, False}
