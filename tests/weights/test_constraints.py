"""The conditions on one matrix, where they cannot be met and where they are already met."""

import numpy as np
import pytest

from critcount.configurations.configuration import Configuration
from critcount.weights.constraints import Blocks, Expanded, intersect, join_blocks, project

RNG = np.random.default_rng(5)
BELOW = [
    Blocks.of(Configuration.from_word(word, 2)) for word in ([0, 0, 1, 1, 2], [0, 1, 1, 0, 2])
]
ABOVE = Blocks.ends(1)


def test_spaces_that_do_not_meet_have_no_nearest_point():
    """The row sums over all neurons would have to be 3 and 4."""
    targets = np.array([[1.0, 2.0]]), np.array([[1.0, 3.0]])
    pieces = [Expanded(ABOVE, b, t, None) for b, t in zip(BELOW, targets, strict=True)]
    for row in (np.zeros((1, 5)), RNG.normal(size=(1, 5))):
        with pytest.raises(ArithmeticError, match="only up to"):
            project(pieces, row, None)


def test_a_row_that_only_one_of_two_spaces_holds_is_moved_into_both():
    """Against the least squares solution of the linear conditions."""
    target = np.array([[1.0, 2.0]])
    pieces = [Expanded(ABOVE, b, target, None) for b in BELOW]
    conditions = np.concatenate([b.indicator().toarray().T for b in BELOW])
    goal = np.array([1.0, 2.0, 0.0, 1.0, 2.0, 0.0])
    for row in (RNG.normal(size=5), pieces[0].nearest(np.zeros((1, 5)), None)[0][0]):
        step = np.linalg.lstsq(conditions, goal - conditions @ row, rcond=None)[0]
        found, _ = project(pieces, row[None], None)
        np.testing.assert_allclose(found[0], row + step, rtol=0, atol=1e-12)
        np.testing.assert_allclose(conditions @ found[0], goal, rtol=0, atol=1e-12)


def test_blocks_that_are_neurons_in_order():
    assert Blocks.ends(3).ordered
    assert Blocks.of(Configuration.from_word([0, 1, 2], 2)).ordered
    swapped = Blocks.of(Configuration.from_word([1, 0, 2], 2))
    assert swapped.trivial
    assert not swapped.ordered
    assert not Blocks.of(Configuration.from_word([0, 1, 1], 2)).ordered
    target = np.array([[1.0, 2.0]])
    found, _ = Expanded(ABOVE, swapped, target, None).nearest(np.full((1, 3), 7.0), None)
    np.testing.assert_allclose(found, [[2.0, 1.0, 0.0]], rtol=0, atol=1e-14)


def test_joins_against_sets():
    for _ in range(40):
        words = RNG.integers(0, 4, size=(2, 6))
        blocks = [Blocks.of(Configuration._canonical((w + 10).tolist(), 0)) for w in words]
        merged = [{i} for i in range(6)]
        for word in words:
            for i, j in zip(*np.nonzero(word[:, None] == word), strict=True):
                union = merged[i] | merged[j]
                for k in union:
                    merged[k] = union
        joins = join_blocks(*blocks)
        for i in range(6):
            same = {
                j for j in range(6) if joins[blocks[0].letters[j]] == joins[blocks[0].letters[i]]
            }
            assert same == merged[i]
            above = joins[len(blocks[0].sizes) + blocks[1].letters[i]]
            assert above == joins[blocks[0].letters[i]]


def test_labels_that_are_not_met():
    one, two = (Blocks.of(Configuration.from_word(w, 2)) for w in ([0, 1], [1, 0]))
    assert intersect(one, two) is None
    assert intersect(one, one) is not None
