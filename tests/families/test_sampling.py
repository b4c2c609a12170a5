"""Samples are uniform: chi-square tests on all cells, exact marginals where cells are too many."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from critcount import (
    Architecture,
    CriticalSubspaces,
    Expansions,
    NetworkExpansions,
    PermutationPoints,
    T,
)
from critcount.families import sampling


def p_value(family, samples, seed):
    """The probability of a chi-square statistic at least as large, over all cells."""
    cells = {word.tobytes(): i for i, word in enumerate(family.words(order="C"))}
    drawn = family.random_words(seed, samples)
    observed = np.bincount([cells[word.tobytes()] for word in drawn], minlength=len(cells))
    return stats.chisquare(observed).pvalue


def test_all_1712_expansions_come_equally_often():
    assert T(2, 6) == 1712
    assert 1e-4 < p_value(Expansions(2, 6), 400_000, seed=1) < 1 - 1e-4


@pytest.mark.parametrize(
    "family",
    [
        Expansions(0, 6),
        Expansions(3, 5),
        Expansions(2, 6, zero_blocks=2),
        Expansions(1, 7, shape=((2,), (1, 2, 2))),
        CriticalSubspaces(3, 6),
        PermutationPoints(5, 2),
        NetworkExpansions(Architecture.parse("2-3-4-1"), (2, 3)),
    ],
    ids=repr,
)
def test_every_family_is_sampled_uniformly(family):
    assert 1e-4 < p_value(family, 60 * family.cardinality(), seed=2) < 1 - 1e-4


def test_the_remainders_of_the_thresholds_count(monkeypatch):
    # with two bits a choice, most choices are made by the remainder of a division
    monkeypatch.setattr(sampling, "BITS", 2)
    for family in (Expansions(1, 5), Expansions(0, 6, zero_blocks=3), CriticalSubspaces(2, 6)):
        assert 1e-4 < p_value(family, 100 * family.cardinality(), seed=3) < 1 - 1e-4


def test_exact_marginals_at_four_hundred_neurons():
    r, m, samples = 10, 400, 40_000
    words = Expansions(r, m).random_words(4, samples)
    total = T(r, m)

    def assert_mean(values, mean, variance):
        error = values.mean() - float(mean)
        assert abs(error) < 4 * float(variance / samples) ** 0.5

    # the last neuron is a zero-type block by itself: then its letter is the largest, and new
    alone = words[:, -1] > words[:, :-1].max(axis=1)
    p = Fraction(T(r, m - 1), total)
    assert_mean(alone, p, p * (1 - p))

    p = Fraction(T(r, m - 1) + T(r - 1, m - 1), total)
    for neuron, label in ((0, 0), (0, 9), (200, 5), (399, 9)):
        assert_mean(words[:, neuron] == label, p, p * (1 - p))

    zero_blocks = words.max(axis=1).astype(int) - r + 1
    mean = Fraction(T(r + 1, m), total)
    assert_mean(zero_blocks, mean, Fraction(T(r + 2, m), total) + mean - mean**2)


def test_integers_below_a_bound():
    rng = np.random.default_rng(5)
    draws = [sampling.below(5, rng) for _ in range(5000)]
    assert stats.chisquare(np.bincount(draws, minlength=5)).pvalue > 1e-4
    large = 10**50
    assert all(0 <= sampling.below(large, rng) < large for _ in range(100))
    assert max(sampling.below(large, rng) for _ in range(100)) > large // 2


def test_many_samples_are_drawn_in_parts(monkeypatch):
    monkeypatch.setattr(sampling, "DRAWS_AT_ONCE", 50)
    shaped = Expansions(1, 4, shape=((1,), (3,)))
    for family in (Expansions(2, 6), PermutationPoints(5, 1), shaped):
        samples = family.random(6, 33)
        assert len(samples) == 33
        assert all(c in family for c in samples)


def test_wide_letters():
    words = Expansions(2, 300, zero_blocks=280).random_words(7, 3)
    assert words.dtype == np.uint16
    assert words.max() == 281
    assert Expansions(2, 300, zero_blocks=3).random_words(7, 3).dtype == np.uint8
    assert PermutationPoints(300, 2).random_words(7, 3).dtype == np.uint16
