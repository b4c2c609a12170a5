"""Sets of labels and pairs against Python's own sets, for close and for far values."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from critcount.models.families import Found, Members
from critcount.models.sets import are_distinct, counted, distinct, grouped, pairs, ranked
from critcount.models.tree import Follower

NARROW = st.integers(-5, 5)
WIDE = st.integers(-(10**12), 10**12)
VALUES = st.lists(st.one_of(NARROW, WIDE), max_size=12) | st.lists(NARROW, max_size=12)


def arrays(values):
    return np.array(values, np.int64)


@given(VALUES)
def test_against_sets(values):
    expected = sorted(set(values))
    found, rank = ranked(arrays(values))
    assert found.tolist() == expected
    assert [expected[k] for k in rank] == values
    assert distinct(arrays(values)).tolist() == expected
    assert counted(arrays(values))[1].tolist() == [values.count(v) for v in expected]
    assert are_distinct(arrays(values)) == (len(expected) == len(values))
    names, places = grouped(arrays(values))
    assert names.tolist() == expected
    assert [p.tolist() for p in places] == [
        [k for k, v in enumerate(values) if v == e] for e in expected
    ]


@given(st.lists(st.tuples(st.one_of(NARROW, WIDE), NARROW), max_size=12))
def test_pairs(values):
    left, right = arrays([a for a, _ in values]), arrays([b for _, b in values])
    expected = sorted(set(values))
    a, b, place = pairs(left, right)
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == expected
    assert [expected[k] for k in place] == values


def test_many_values_are_grouped_in_order():
    """More than can be sorted by counting with 16 bits."""
    values = np.arange(70_000)[::-1].copy()
    found, places = grouped(values)
    assert len(places) == 70_000
    assert all(values[p].tolist() == [n] for n, p in zip(found[::997], places[::997], strict=True))


def test_members_follow_their_leaders():
    """Node 4 follows nodes 0 and 3, node 5 node 4: it was taken away before its leader."""
    families = [
        Found(2, 1, "S_2", arrays([0, 2]), False),
        Found(2, 1, "S_2", arrays([1, 0]), False),
    ]
    first = Follower(0, arrays([5]), arrays([[4]]))
    second = Follower(1, arrays([4]), arrays([[0], [3]]))
    members = Members(6, families, [first, second])
    assert members.of(arrays([0])) == {0, 1}
    assert members.of(arrays([2])) == {0}
    assert members.of(arrays([3])) == set()
    assert members.of(arrays([4])) == members.of(arrays([5])) == {0, 1}
    assert members.of(arrays([2, 3])) == {0}
