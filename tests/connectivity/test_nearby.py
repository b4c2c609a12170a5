"""The search from both ends against breadth-first search of explicit graphs."""

import numpy as np
import pytest

from critcount import Configuration, SizeLimitError
from critcount.connectivity import distance, nearby
from tests.oracles import connectivity_pairs as oracle

MANY = 10**7


def named(word, r):
    """Zero-type blocks by their smallest neuron."""
    return tuple(c if c < r else r + word.index(c) for c in word)


@pytest.mark.parametrize(("r", "m"), [(0, 3), (1, 3), (2, 4), (3, 4), (3, 5), (2, 5)])
def test_neighbours(r, m):
    graph = oracle.graph_of(r, m)
    rng = np.random.default_rng(m)
    for i in rng.permutation(len(graph.words))[:40]:
        target = graph.words[int(rng.integers(len(graph.words)))]
        cost = {
            named(w, r): sum(
                (s < r) + (t < r) - 2 * (s == t < r) for s, t in zip(w, target, strict=True)
            )
            for w in (graph.words[j] for j in np.flatnonzero(graph.adjacent[i]))
        }
        for most in (1, 3, MANY):
            budget = nearby._Budget(MANY)
            found = list(nearby._neighbours(named(graph.words[i], r), target, r, most, budget))
            assert len(found) == len(set(found)) <= MANY - budget.left
            assert set(found) == {word for word, c in cost.items() if c <= most}


@pytest.mark.parametrize(
    ("r", "m", "every"),
    [
        *[(2, 4, 1), (3, 5, 7), (4, 5, 3)],
        *(
            pytest.param(*case, marks=pytest.mark.exhaustive)
            for case in [(2, 6, 90), (3, 6, 90), (4, 6, 40)]
        ),
    ],
)
def test_distances_up_to_symmetry(r, m, every):
    for one, two, steps, _ in list(oracle.pairs(r, m))[every // 2 :: every]:
        a, b = Configuration.from_word(one, r), Configuration.from_word(two, r)
        assert nearby.within(a, b, max(steps, 1), MANY)
        assert steps < 2 or not nearby.within(a, b, steps - 1, MANY)


def test_idle_labels_that_a_short_walk_cannot_touch_are_left_out():
    rng = np.random.default_rng(0)
    for r, h in ((60, 2), (60, 3)):
        moved = rng.permutation(r + h)[:4]
        word = [*range(r), *range(r, r + h)]
        other = list(word)
        for i, j in zip(moved, np.roll(moved, 1), strict=True):
            other[i] = word[j]
        a = Configuration.from_word(word, r)
        b = Configuration.from_word(oracle.canonical(other, r), r)
        for steps in range(1, 6):
            one, two, kept = nearby.kernel(a, b, steps)
            assert len(one) == len(two) == kept + h
            assert kept <= h * (steps + 1) or not nearby.within(a, b, steps, MANY)
            assert sorted(set(one)) == sorted(set(two)) == list(range(kept + h))


@pytest.mark.parametrize("steps", [2, 3, 4])
def test_the_kernel_asks_the_same_as_the_whole(steps):
    """Distances in I(5, 7) by a search of all of it, those of the kernel by another."""
    rng = np.random.default_rng(steps)
    asked = 0
    for _ in range(8):
        one = [*range(5), *rng.integers(5, 7, 2)]
        two = list(one)
        places = rng.permutation(7)[:4]
        for i, j in zip(places, np.roll(places, 1), strict=True):
            two[i] = one[j]
        a, b = (
            Configuration.from_word(oracle.canonical([int(c) for c in word], 5), 5)
            for word in (one, two)
        )
        small, other, r = nearby.kernel(a, b, steps)
        if r == 5:
            continue
        asked += 1
        graph = oracle.graph_of(r, r + 2)
        one, two = (graph.words.index(oracle.canonical(word, r)) for word in (small, other))
        near = 0 <= graph.levels(one)[two] <= steps
        assert nearby.within(a, b, steps, MANY) == near
        assert (distance(a, b) <= steps) == near
    assert asked


def test_wide_layers():
    """Two labels change places, with two neurons more: four steps, as in I(2, 4)."""
    for r in (10, 1000, 20_000):
        a = Configuration.from_word([*range(r), r, r + 1], r)
        b = Configuration.from_word([1, 0, *range(2, r), r, r + 1], r)
        assert not nearby.within(a, b, 3, MANY)
        assert nearby.within(a, b, 4, MANY)


def test_limits():
    a = Configuration.from_word([*range(50), 50, 51, 52], 50)
    b = Configuration.from_word([1, 2, 0, 4, 3, *range(5, 50), 50, 51, 52], 50)
    with pytest.raises(SizeLimitError, match="more than 1,000 configurations: raise limit"):
        nearby.within(a, b, 6, 1000)
    one = Configuration.from_word([0, 1, *[1] * 30], 2)
    two = Configuration.from_word([1, 0, *[0] * 30], 2)
    with pytest.raises(SizeLimitError, match="with 30 neurons more than labels"):
        nearby.within(one, two, 3, MANY)
