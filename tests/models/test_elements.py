"""Elements of the group keep every relation, and come equally often."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount.models.elements import label_images
from critcount.models.labels import LabelGraph
from tests.models.label_graphs import graphs, order, solved


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 2**32 - 1))
def test_elements_keep_every_relation(graph, seed):
    contracted, solver, root = solved(graph)
    rng = np.random.default_rng(seed)
    image = label_images(contracted, root, solver.followers, rng.permutation)
    assert sorted(image.tolist()) == list(range(graph.size))
    for left, right in graph.relations:
        before = set(zip(left.tolist(), right.tolist(), strict=True))
        assert {(int(image[u]), int(image[v])) for u, v in before} == before


def test_elements_are_uniform():
    """Wreath product of order 8 on 2 x 2: every element about equally often."""
    graph = LabelGraph()
    units, blocks = graph.fresh(4), graph.fresh(2)
    graph.relate(units, blocks[[0, 0, 1, 1]])
    contracted, solver, root = solved(graph)
    assert order(graph) == 8
    rng = np.random.default_rng(0)
    drawn = Counter(
        tuple(label_images(contracted, root, solver.followers, rng.permutation)[:4].tolist())
        for _ in range(4000)
    )
    assert len(drawn) == 8
    assert sum((n - 500) ** 2 / 500 for n in drawn.values()) < 40  # chi-squared, 7 degrees
