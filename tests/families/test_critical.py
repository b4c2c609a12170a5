"""Critical subspaces: words without zero-type blocks."""

import itertools

import numpy as np
import pytest

from critcount import CriticalSubspaces


@pytest.mark.parametrize(("r", "m"), [(0, 0), (0, 2), (1, 3), (2, 4), (3, 3), (3, 5), (4, 3)])
def test_words_are_the_maps_onto_the_labels(r, m):
    words = [w for w in itertools.product(range(r), repeat=m) if set(w) == set(range(r))]
    family = CriticalSubspaces(r, m)
    assert [c.word for c in family] == words
    assert all(not c.zero_blocks for c in family)


@pytest.mark.parametrize("shape", [((2, 2), ()), ((3, 1), ())])
def test_words_of_a_shape(shape):
    every = [c.word for c in CriticalSubspaces(2, 4) if c.shape == shape]
    assert [c.word for c in CriticalSubspaces(2, 4, shape=shape)] == every


def test_dimensions_are_ranks():
    """Of the conditions that the shares of each block add up to one vector."""
    for c in CriticalSubspaces(2, 5):
        conditions = np.array([[i in block for i in range(5)] for block in c.replication_blocks])
        assert CriticalSubspaces(2, 5).dimension() == 5 - np.linalg.matrix_rank(conditions)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: CriticalSubspaces(1, 3, shape=((1,), (2,))), ValueError, "one that the family"),
        (lambda: CriticalSubspaces(3, 2).dimension(), ValueError, "is empty"),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
