"""Plateaus, their regions and the distribution of the index, by listing every word."""

import itertools
import math
from collections import Counter

import pytest

from critcount import (
    G,
    Plateaus,
    SizeLimitError,
    count_permutation_points,
    count_plateau_regions,
    count_plateaus,
    index_distribution,
)
from critcount.architecture import Architecture


def words(r, m):
    """All words of length m with all of the letters below r."""
    for word in itertools.product(range(r), repeat=m):
        if len(set(word)) == r:
            yield word


@pytest.mark.parametrize("p", range(3))
@pytest.mark.parametrize("q", range(3))
@pytest.mark.parametrize("s", range(3))
def test_against_all_words(p, q, s):
    kinds = [*["positive"] * p, *["negative"] * q, *["indefinite"] * s]
    for m in range(7 if p + q + s < 5 else 6):
        plateaus = regions = 0
        for word in words(len(kinds), m):
            sizes = [word.count(letter) for letter in range(len(kinds))]
            if all(n == 1 for n, kind in zip(sizes, kinds, strict=True) if kind == "indefinite"):
                plateaus += 1
                regions += math.prod(
                    n for n, kind in zip(sizes, kinds, strict=True) if kind == "negative"
                )
        assert count_plateaus(p + q, s, m) == plateaus
        assert count_plateau_regions(p, q, s, m) == regions
        single = range(p + q, p + q + s)
        assert Plateaus(p + q + s, m, single=single).cardinality() == plateaus


@pytest.mark.parametrize("indices", [(), (0,), (2,), (0, 1), (0, 1, 1), (3, 0, 0, 1)])
@pytest.mark.parametrize("spread", ["pairs", "any"])
def test_the_index_over_all_words(indices, spread):
    r = len(indices)
    for m in range(r, 7):
        found = Counter()
        for word in words(r, m):
            sizes = [word.count(letter) for letter in range(r)]
            if spread == "any" or max(sizes, default=0) <= 2:
                more = sum((n - 1) * i for n, i in zip(sizes, indices, strict=True))
                found[5 + more] += 1
        expected = {index: found[index] for index in sorted(found)}
        assert index_distribution(indices, m, spread=spread, index=5) == expected


def test_sums():
    indices = [0, 1, 2, 1, 0, 3]
    for order in range(1, 7):
        n = len(indices) + order
        total = sum(index_distribution(indices, n).values())
        assert total == count_permutation_points(Architecture((1, n, 1)), order)
        assert sum(index_distribution(indices, n, spread="any").values()) == G(6, n)


def test_exact_at_size():
    assert count_plateaus(50, 0, 200) == G(50, 200)
    assert count_plateau_regions(50, 0, 3, 200) == count_plateaus(50, 3, 200)
    wide = index_distribution([i % 3 for i in range(60)], 90)
    assert sum(wide.values()) == math.comb(60, 30) * math.factorial(90) // 2**30
    assert all(type(number) is int for number in wide.values())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: count_plateaus(-1, 0, 2), ValueError, "definite must be at least 0"),
        (lambda: count_plateaus(1, True, 2), TypeError, "indefinite must be an integer"),
        (lambda: count_plateaus(10**4, 0, 10**8), SizeLimitError, "digits"),
        (lambda: count_plateau_regions(1, 1, 1.0, 2), TypeError, "indefinite must be an integer"),
        (lambda: count_plateau_regions(3000, 0, 0, 5000), SizeLimitError, "3,001 terms"),
        (lambda: index_distribution([1], 0), ValueError, "m must be at least 1"),
        (lambda: index_distribution([-1], 1), ValueError, r"indices\[0\] must be at least 0"),
        (lambda: index_distribution([1], 2, spread="all"), ValueError, "spread must be one of"),
        (lambda: index_distribution([10**6], 2), SizeLimitError, "2,000,002 terms"),
        (lambda: Plateaus(2, 3, single=[2]), ValueError, "single must be neurons below r = 2"),
        (lambda: Plateaus(2, 3, single="0"), TypeError, "single"),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()
