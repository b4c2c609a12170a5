"""Permutation points: their families, and what is refused."""

import itertools

import pytest

from critcount import PermutationPoints, count_permutation_points


@pytest.mark.parametrize("n", range(7))
def test_words_are_those_with_so_many_pairs(n):
    """Every neuron alone or in a pair: the words in which no letter stands thrice."""
    for order in range(n + 1):
        labels = n - order
        words = [
            word
            for word in itertools.product(range(labels), repeat=n)
            if set(word) == set(range(labels)) and max(map(word.count, word), default=0) <= 2
        ]
        family = PermutationPoints(n, order)
        assert [c.word for c in family] == words
        assert family.cardinality() == len(words)
    if n > 2:
        assert len(PermutationPoints(n, 1)) == count_permutation_points([1, n, 1], 1)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: PermutationPoints(3, -1), ValueError, "order must be at least 0"),
        (lambda: PermutationPoints(-3, 1), ValueError, "n must be at least 0"),
        (lambda: PermutationPoints(4, 2, shape=((3, 1), ())), ValueError, "one that the family"),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
