"""The edges of the graphs: in pieces, and by the images of neighbours."""

import numpy as np
import pytest

from critcount import Expansions, IntersectionGraph
from critcount.configurations.meeting import meeting
from critcount.connectivity import _adjacency


def test_searches_in_small_pieces(monkeypatch):
    graph = IntersectionGraph(3, 5)
    whole = _adjacency.levels(graph.to_scipy(), 7)
    monkeypatch.setattr(_adjacency, "DECIDED_AT_ONCE", 64)
    pieces = IntersectionGraph(3, 5)
    np.testing.assert_array_equal(pieces.to_scipy().indices, graph.to_scipy().indices)
    np.testing.assert_array_equal(_adjacency.levels(pieces.to_scipy(), 7), whole)


@pytest.mark.parametrize(("r", "m"), [(0, 6), (1, 6), (2, 6), (3, 6), (4, 6)])
def test_images_of_neighbours_are_neighbours(r, m):
    """Every pair decided by itself, against one word of each orbit and its images."""
    words = Expansions(r, m).words()
    met = meeting(words, words, r)
    np.fill_diagonal(met, False)
    np.testing.assert_array_equal(IntersectionGraph(r, m).to_scipy().toarray(), met)
