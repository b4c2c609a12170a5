"""Walks of four steps for two labels, looked up."""

import pytest

from critcount import Configuration
from critcount.connectivity import diameter_bounds, distance_bounds, path
from critcount.connectivity.walks import _small
from tests.connectivity.walks.checking import check
from tests.oracles import connectivity_pairs as oracle


@pytest.mark.parametrize(("r", "m"), [(2, 4), pytest.param(2, 5, marks=pytest.mark.exhaustive)])
def test_two_labels_are_at_most_four_steps_apart(r, m):
    assert diameter_bounds(r, m) == (4, 4)
    farthest = 0
    for one, two, steps, _ in oracle.pairs(r, m):
        a, b = Configuration.from_word(one, r), Configuration.from_word(two, r)
        farthest = max(farthest, steps)
        assert len(path(a, b)) <= distance_bounds(a, b).upper <= 4
        if steps > 1:
            check(_small.walk_by_search(one, two, r), one, two, r, 4)
    assert farthest == 4


def test_no_walk_of_four_steps():
    with pytest.raises(ValueError, match="no walk"):
        _small.walk_by_search((0, 1, 2), (1, 0, 2), 2)
