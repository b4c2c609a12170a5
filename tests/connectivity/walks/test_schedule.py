"""Timetables: what they leave unsaid, and whether they are walks, against the definition."""

import itertools

import numpy as np
import pytest

from critcount.connectivity.walks._schedule import Pair, Schedule, Stay, complete, is_walk
from tests.connectivity.walks.ends import configurations
from tests.oracles import connectivity_pairs as oracle


def timetable(words, r):
    """The timetable of a sequence of words."""
    stays, pairs = [], []
    for neuron, letters in enumerate(zip(*words, strict=True)):
        vertex = 0
        for letter, run in itertools.groupby(letters):
            length = len(list(run))
            if letter < r:
                stays.append(Stay(letter, neuron, vertex, vertex + length - 1))
            vertex += length
    for vertex, word in enumerate(words[1:-1], start=1):
        for letter in set(word):
            block = [i for i, c in enumerate(word) if c == letter >= r]
            pairs += [Pair(vertex, x, y) for x, y in itertools.pairwise(block)]
    return Schedule(len(words) - 1, stays, pairs)


def test_a_timetable_of_no_steps():
    assert is_walk(Schedule(1, [], []), (0, 1, 2), (0, 1, 1), 2)
    assert not is_walk(Schedule(1, [], []), (0, 1, 1), (0, 1, 0), 2)


def test_what_is_left_unsaid():
    # neuron 0 keeps its label, 1 and 2 are zero-type between the ends, 3 is in a pair
    schedule = Schedule(3, [], [Pair(1, 3, 2)])
    stays = complete(schedule, (0, 1, 2, 1), (0, 2, 1, 1), 2)
    assert sorted(stays) == [
        Stay(0, 0, 0, 3), Stay(1, 1, 0, 0), Stay(1, 2, 3, 3), Stay(1, 3, 0, 0), Stay(1, 3, 3, 3)
    ]  # fmt: skip


@pytest.mark.parametrize(("r", "m"), [(1, 2), (1, 4), (2, 3), (2, 4), (2, 5), (3, 4), (3, 5)])
def test_a_timetable_is_a_walk_exactly_when_successive_words_meet(r, m):
    rng = np.random.default_rng([r, m])
    words = oracle.words(r, m)
    near = {
        w: [x for x in words if oracle.meet(w, x, r)] for w in words[:: max(1, len(words) // 40)]
    }
    seen = {True: 0, False: 0}
    for _ in range(300):
        start = list(near)[rng.integers(len(near))]
        sequence = [start, near[start][rng.integers(len(near[start]))]]
        for _ in range(rng.integers(0, 3)):
            following = [x for x in (words[k] for k in rng.integers(len(words), size=40))
                         if rng.random() < 0.05 or oracle.meet(sequence[-1], x, r)]  # fmt: skip
            if following:
                sequence.append(following[0])
        schedule = timetable(sequence, r)
        # a label straight after another is told apart from a walk although the words say it too
        expected = oracle.is_walk(sequence, r)
        assert configurations(schedule, sequence[0], sequence[-1], r) == sequence
        assert is_walk(schedule, sequence[0], sequence[-1], r) == expected
        seen[expected] += 1
    assert seen[True] > 20


def test_impossible_timetables():
    a, b, r = (0, 1, 2), (1, 0, 2), 2
    for stays in (
        [Stay(0, 0, 0, 2), Stay(1, 0, 2, 3)],  # two labels at once
        [Stay(0, 0, 0, 1), Stay(1, 0, 2, 3)],  # or one straight after the other
        [Stay(0, 2, 2, 1)],  # backwards
        [],  # nobody carries a label between the ends
    ):
        assert not is_walk(Schedule(3, stays, []), a, b, r)
    # a pair of which one neuron is labelled
    assert not is_walk(Schedule(2, [Stay(0, 2, 1, 1)], [Pair(1, 2, 0)]), a, b, r)
