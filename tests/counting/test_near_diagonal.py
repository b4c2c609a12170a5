"""Numbers near the diagonal against FLINT's Stirling numbers."""

import math

import pytest
from flint import fmpz

from critcount.counting import _near_diagonal

PAIRS = [(0, 0), (0, 5), (1, 1), (4, 9), (30, 30), (30, 31), (200, 203), (57, 90)]


@pytest.mark.parametrize(("r", "m"), PAIRS)
def test_surjections(r, m):
    assert _near_diagonal.surjections(r, m) == math.factorial(r) * fmpz.stirling_s2(m, r)


@pytest.mark.parametrize(("r", "m"), PAIRS)
def test_expansions(r, m):
    """Of the partitions into k blocks choose r and give them labels."""
    expected = sum(fmpz.stirling_s2(m, k) * math.perm(k, r) for k in range(r, m + 1))
    assert _near_diagonal.expansions(r, m) == expected
