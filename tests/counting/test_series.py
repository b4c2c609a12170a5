"""Inverses of power series."""

from flint import fmpq, fmpq_poly
from hypothesis import given
from hypothesis import strategies as st

from critcount.counting._series import inverse


@given(st.lists(st.fractions(max_denominator=50), max_size=8), st.integers(1, 20))
def test_a_series_times_its_inverse_is_one(rest, size):
    series = fmpq_poly([1, *(fmpq(q.numerator, q.denominator) for q in rest)])
    found = inverse(series, size)
    assert found.degree() < size
    assert found.mul_low(series, size) == 1
