"""Partitions and compositions of integers, against all tuples."""

import itertools

import pytest

from critcount.counting.partitions import compositions, partitions


def tuples(total, parts, smallest=1):
    return list(itertools.product(range(smallest, total + 1), repeat=parts))


@pytest.mark.parametrize("total", range(7))
@pytest.mark.parametrize("parts", range(5))
def test_compositions(total, parts):
    exact = [t for t in tuples(total, parts) if sum(t) == total]
    assert list(compositions(total, parts, None)) == sorted(exact, reverse=True)
    for rest in range(3):
        loose = [t for t in tuples(total, parts) if sum(t) <= total - rest]
        assert list(compositions(total, parts, rest)) == sorted(loose, reverse=True)


@pytest.mark.parametrize("total", range(8))
def test_partitions(total):
    found = []
    for parts in range(total + 2):
        exact = (
            [
                t
                for t in tuples(total, parts)
                if sum(t) == total and list(t) == sorted(t, reverse=True)
            ]
            if parts <= 7
            else []
        )
        assert list(partitions(total, parts)) == sorted(exact, reverse=True)
        found += exact
    assert list(partitions(total, None)) == sorted(found, reverse=True)
