"""Joins of partitions and when two words meet, against walks through the blocks."""

import itertools

import numpy as np
import pytest

from critcount.configurations import meeting
from critcount.configurations.meeting import Join
from tests.oracles import connectivity_pairs as oracle


def random_words(rng, r, m, number):
    return [oracle.random_word(rng, r, m, rng.choice([0.2, 0.6, 1.0])) for _ in range(number)]


@pytest.mark.parametrize(("r", "m"), [(0, 0), (0, 1), (0, 5), (1, 1), (2, 7), (5, 30), (40, 90)])
def test_the_join_names_every_block_by_its_smallest_neuron(r, m):
    rng = np.random.default_rng([r, m])
    for one, two in itertools.combinations(random_words(rng, r, m, 6), 2):
        found = meeting.join(np.array(one, int), np.array(two, int))
        expected = oracle.join(one, two)
        assert found == [expected.index(block) for block in expected]


@pytest.mark.parametrize(("r", "m"), [(0, 3), (1, 3), (2, 4), (3, 4)])
def test_all_pairs_one_by_one_and_as_a_block(r, m):
    words = oracle.words(r, m)
    table = np.array(words).reshape(len(words), m)
    expected = [[oracle.meet(one, two, r) for two in words] for one in words]
    np.testing.assert_array_equal(meeting.meeting(table, table, r), expected)
    for row, answers in zip(table, expected, strict=True):
        assert [meeting.meet(row, column, r) for column in table] == answers


def test_words_too_long_for_sets_of_bits():
    rng = np.random.default_rng(0)
    words = random_words(rng, 3, meeting.MASK_BITS + 6, 8)
    table = np.array(words)
    expected = [[oracle.meet(one, two, 3) for two in words] for one in words]
    np.testing.assert_array_equal(meeting.meeting(table, table, 3), expected)


def test_blocks_that_are_joined_one_by_one():
    """Against sets of elements that are merged, with a label or None each."""
    rng = np.random.default_rng(1)
    for _ in range(30):
        join, blocks = Join(), {x: ({x}, [None]) for x in range(9)}
        for _ in range(25):
            x, y, label = (int(k) for k in rng.integers(0, [9, 9, 3]))
            (one, mine), (two, other) = blocks[x], blocks[y]
            if rng.random() < 0.4:
                assert join.admits(x, label) == (mine[0] in (None, label))
                assert join.give(x, label) == (mine[0] in (None, label))
                mine[0] = label if mine[0] is None else mine[0]
                continue
            fits = None in (mine[0], other[0]) or mine[0] == other[0]
            assert join.compatible(x, y) == fits
            assert join.join(x, y) == (fits or one is two)
            if fits and one is not two:
                both = (one | two, [other[0] if mine[0] is None else mine[0]])
                blocks.update(dict.fromkeys(both[0], both))
        for x, y in itertools.product(range(9), repeat=2):
            assert (join.find(x) == join.find(y)) == (blocks[x][0] is blocks[y][0])
            assert join.label(x) == blocks[x][1][0]
