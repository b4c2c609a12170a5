"""Sums of powers against plain sums; a sum that is wrong is seen."""

import pytest
import sympy
from flint import fmpz
from hypothesis import given
from hypothesis import strategies as st

from critcount.counting import _power_sums


@pytest.mark.parametrize("n", [20, 11, 1])
def test_a_wrong_weight_is_seen(n):
    """The sum is then a third or two off a multiple of the divisor."""
    weights, top, divisor = _power_sums.expansion_weights(3, 39)
    assert top == 20
    wrong = list(weights)
    wrong[top - n] += divisor // 3
    with pytest.raises(ArithmeticError, match="no multiple"):
        _power_sums.power_sum(iter(wrong), top, 39, divisor)


@given(st.integers(1, 60), st.integers(1, 80), st.integers(1, 10**30), st.randoms())
def test_power_sum_against_a_plain_sum(top, m, divisor, rng):
    weights = [rng.randrange(-(10**20), 10**20) for _ in range(top)]
    total = sum(w * n**m for w, n in zip(weights, range(top, 0, -1), strict=True))
    weights[-1] += -total % divisor  # the weight of 1 makes the sum a multiple
    expected = (total + -total % divisor) // divisor
    assert _power_sums.power_sum(iter(map(fmpz, weights)), top, m, fmpz(divisor)) == expected


def test_smallest_prime_factors():
    factors = _power_sums.smallest_prime_factors(500)
    assert factors[2:] == [min(sympy.primefactors(n)) for n in range(2, 501)]
