"""A timetable is a walk just when its configurations are, each meeting the next."""

import itertools
import random

import pytest

from critcount.connectivity.walks._schedule import Schedule, Stay, Together, complete, is_walk
from tests.oracles import connectivity_pairs as oracle


def configurations(schedule, a, b, r):
    """The words at the vertices of a schedule; None where one is no configuration."""
    words = [tuple(a)]
    stays = complete(schedule, a, b, r)
    for vertex in range(1, schedule.length):
        word = [r + i for i in range(len(a))]
        for stay in stays:
            if stay.first <= vertex <= stay.last:
                if word[stay.neuron] not in (r + stay.neuron, stay.label):
                    return None  # two labels at once
                word[stay.neuron] = stay.label
        for at, one, two in schedule.pairs:
            if at == vertex:
                if word[one] < r or word[two] < r:
                    return None  # a labelled neuron in a zero-type block
                old, new = word[two], word[one]
                word = [new if letter == old else letter for letter in word]
        if not set(range(r)) <= set(word):
            return None
        words.append(tuple(word))
    return [*words, tuple(b)]


def expected(schedule, a, b, r):
    if any(stay.last < stay.first for stay in schedule.stays):
        return False
    words = configurations(schedule, a, b, r)
    return words is not None and oracle.is_walk(words, r)


@pytest.mark.parametrize(
    ("stays", "answer"),
    [
        # neuron 2 takes the label 0 while its old neuron 0 still has it, then 0 is free for 1
        ([Stay(0, 2, 1, 3), Stay(1, 0, 2, 4), Stay(0, 1, 3, 4), Stay(1, 1, 0, 1)], False),
        ([Stay(0, 0, 0, 0), Stay(0, 2, 1, 3), Stay(1, 1, 0, 1), Stay(1, 0, 2, 3)], False),
        ([Stay(0, 0, 0, 0), Stay(0, 0, 1, 1)], False),
    ],
)
def test_stays_by_hand(stays, answer):
    a, b, r = (0, 1, 2), (1, 0, 2), 2
    schedule = Schedule(4, stays, [])
    assert is_walk(schedule, a, b, r) is expected(schedule, a, b, r) is answer


@pytest.mark.parametrize("gap", range(3))
def test_one_neuron_takes_another_label(gap):
    """One neuron has a label, then another: at once, straight after it, or with a vertex between.

    With the neurons 2 and 3 on which the labels wait, only the last is a walk.
    """
    a, b, r = (0, 0, 1, 1), (1, 0, 1, 0), 2
    stays = [Stay(0, 0, 0, 1), Stay(1, 0, 1 + gap, 4), Stay(0, 1, 0, 4), Stay(1, 2, 0, 4)]
    stays += [Stay(1, 3, 0, 1), Stay(0, 3, 3, 4)]
    schedule = Schedule(4, stays, [])
    assert is_walk(schedule, a, b, r) is expected(schedule, a, b, r) is (gap == 2)


def test_schedules_at_random():
    rng = random.Random(5)
    words = {(r, m): oracle.words(r, m) for r, m in ((1, 3), (2, 3), (2, 4), (3, 4))}
    answers = {True: 0, False: 0}
    while min(answers.values()) < 1500:
        (r, m), known = rng.choice(list(words.items()))
        a, b = rng.choice(known), rng.choice(known)
        d = rng.randint(1, 4)
        stays = []
        for _ in range(rng.randint(0, 4)):
            first, last = rng.randint(0, d), rng.randint(0, d)
            if rng.random() < 0.9:
                first, last = sorted((first, last))
            stay = Stay(rng.randrange(r), rng.randrange(m), first, last)
            fits = (first or a[stay.neuron] == stay.label) and (
                last < d or b[stay.neuron] == stay.label
            )
            if fits:
                stays.append(stay)
        if any(
            x[:2] == y[:2] and x.first <= y.last and y.first <= x.last
            for x, y in itertools.combinations(complete(Schedule(d, stays, []), a, b, r), 2)
        ):
            continue  # one stay said twice
        pairs = [
            Together(rng.randint(1, d - 1), *rng.sample(range(m), 2))
            for _ in range(rng.randint(0, 2) if d > 1 else 0)
        ]
        schedule = Schedule(d, stays, pairs)
        answer = expected(schedule, a, b, r)
        answers[answer] += 1
        assert is_walk(schedule, a, b, r) is answer, (schedule, a, b, r)
