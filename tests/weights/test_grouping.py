"""Groups of nearly equal rows against all pairs and networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount.weights import grouping
from critcount.weights.grouping import groups, signed_groups

PROPERTY = settings(max_examples=300, deadline=None, derandomize=True)


def by_all_pairs(rows, tolerance):
    graph = nx.Graph()
    graph.add_nodes_from(range(len(rows)))
    for i in range(len(rows)):
        near = np.sqrt(np.square(rows - rows[i]).sum(axis=1)) <= tolerance
        graph.add_edges_from((i, j) for j in np.flatnonzero(near).tolist())
    label = np.empty(len(rows), dtype=int)
    for number, block in enumerate(sorted(nx.connected_components(graph), key=min)):
        label[list(block)] = number
    return label


@st.composite
def clouds(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d = draw(st.integers(0, 40)), draw(st.integers(1, 30))
    rows = rng.normal(size=(m, d))
    rows = rows[rng.integers(0, m, m)] if m else rows
    rows += draw(st.sampled_from([0.0, 1e-9, 0.1, 0.5])) * rng.normal(size=(m, d))
    rows *= draw(st.sampled_from([1.0, 1e-100, 1e100]))
    if draw(st.booleans()):
        rows = np.round(rows)  # many at the same distance
    size = float(np.abs(rows).max(initial=0)) or 1.0
    tolerance = size * draw(st.sampled_from([0.0, 1e-12, 2e-9, 1e-7, 0.03, 0.1, 0.4, 1.0]))
    return rows, tolerance, draw(st.sampled_from([5, grouping.CANDIDATES_AT_ONCE]))


@PROPERTY
@given(clouds())
def test_groups_are_those_of_all_pairs(case):
    rows, tolerance, pairs = case
    before, grouping.CANDIDATES_AT_ONCE = grouping.CANDIDATES_AT_ONCE, pairs
    try:
        found = groups(rows, tolerance)
    finally:
        grouping.CANDIDATES_AT_ONCE = before
    # where a distance is the tolerance up to rounding either answer is right
    low, high = (
        by_all_pairs(rows, tolerance * (1 - 1e-9)),
        by_all_pairs(rows, tolerance * (1 + 1e-9)),
    )
    if (low == high).all():
        np.testing.assert_array_equal(found, low)


@PROPERTY
@given(clouds(), st.integers(0, 2**32 - 1))
def test_signs(case, seed):
    rows, tolerance, _ = case
    rows = rows[np.linalg.norm(rows, axis=1) > 2 * tolerance]
    label, signs = signed_groups(rows, tolerance)
    assert set(signs.tolist()) <= {1.0, -1.0}
    for number in range(int(label.max(initial=-1)) + 1):
        assert signs[np.argmax(label == number)] == 1.0
    flips = np.random.default_rng(seed).choice([-1.0, 1.0], size=len(rows))
    np.testing.assert_array_equal(signed_groups(flips[:, None] * rows, tolerance)[0], label)


def test_chains_and_clouds():
    line = np.arange(50.0)[:, None] * np.ones((1, 40)) / np.sqrt(40)
    assert groups(line, 1.001).max() == 0
    assert groups(line, 0.999).max() == 49
    # two clouds whose first members are too far apart and whose edges touch
    rng = np.random.default_rng(0)
    edge = np.zeros((2, 20))
    edge[1, 0] = 1.0
    left = edge[0] - np.abs(rng.normal(size=(30, 20))) * 0.02
    right = edge[1] + np.abs(rng.normal(size=(30, 20))) * 0.02
    rows = np.vstack([left, right, edge])
    for tolerance in (0.3, 0.99, 1.0, 1.01):
        np.testing.assert_array_equal(groups(rows, tolerance), by_all_pairs(rows, tolerance))


def test_clouds_that_touch_while_their_first_rows_do_not():
    rows = np.array([[0.0], [0.1], [1.2], [1.09]])
    assert groups(rows, 1.0).tolist() == [0, 0, 0, 0]
    assert groups(rows, 0.98).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("d", [1, 5, 784])
def test_many_copies_with_noise(d):
    rng = np.random.default_rng(d)
    centres = rng.normal(size=(5, d))
    label = rng.integers(0, 5, 3000)
    rows = centres[label] + 1e-10 * rng.normal(size=(3000, d))
    found = groups(rows, 1e-6)
    assert len(set(zip(label.tolist(), found.tolist(), strict=True))) == found.max() + 1 == 5


def test_zeros_and_signs_of_zero():
    assert groups(np.zeros((4, 0)), 0.0).tolist() == [0, 0, 0, 0]
    assert groups(np.array([[0.0], [-0.0], [1e-300]]), 0.0).tolist() == [0, 0, 1]
    assert groups(np.zeros((0, 3)), 1.0).tolist() == []
    assert groups(np.array([[1.0], [2.0], [1.0]]), 5e-324).tolist() == [0, 1, 0]
    label, signs = signed_groups(np.zeros((3, 2)), 0.1)
    assert label.tolist() == [0, 0, 0]
    assert signs.tolist() == [1, 1, 1]
