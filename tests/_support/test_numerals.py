import math
import sys
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from critcount import digits
from critcount._support import numerals

HUGE = 7 * 10**6000 + 3


def test_digits_beyond_the_limit_of_str_which_stays_as_it_was():
    before = sys.get_int_max_str_digits()
    assert digits(HUGE) == "7" + "0" * 5999 + "3"
    assert digits(-HUGE) == "-7" + "0" * 5999 + "3"
    assert sys.get_int_max_str_digits() == before
    with pytest.raises(ValueError, match="limit"):
        str(HUGE)


@given(st.integers())
def test_digits_and_parse_agree_with_python(n):
    assert digits(n) == str(n)
    assert numerals.parse(str(n)) == n
    assert numerals.number_of_digits(n) == len(str(abs(n)))


@given(st.fractions())
def test_exact_and_parse_are_inverse_and_keep_the_type(x):
    back = numerals.parse(numerals.exact(x))
    assert back == x
    assert type(back) is Fraction


@pytest.mark.parametrize(
    "text", ["", "-", "01", "1.0", "1/0", "1/02", " 1", "1e5", "٣", "nan", None, 3]
)
def test_parse_refuses_other_spellings(text):
    with pytest.raises(ValueError, match="must read like 12 or 3/2"):
        numerals.parse(text)


@given(
    st.one_of(st.integers(min_value=1), st.fractions(min_value=Fraction(1, 10**30)).filter(bool)),
    st.integers(1, 12),
)
def test_scientific_rounds_half_up_from_the_exact_value(x, significant):
    """Against the decimal module, at a precision at which its quotient cannot mislead."""
    text = numerals.scientific(x, significant)
    mantissa, e, exponent = text.partition("e")
    if not e:  # no digit to round away
        assert text == str(x)
        assert len(text) <= significant
        return
    assert len(mantissa.replace(".", "")) == significant
    shown = Fraction(Decimal(mantissa)) * Fraction(10) ** int(exponent)
    unit = Fraction(10) ** (int(exponent) - significant + 1)
    assert 1 <= Fraction(Decimal(mantissa)) < 10
    assert -unit / 2 < shown - x <= unit / 2


def test_scientific_at_the_edges():
    assert numerals.scientific(999949, 4) == "9.999e5"
    assert numerals.scientific(999950, 4) == "1.000e6"
    assert numerals.scientific(5, 1) == "5"
    assert numerals.scientific(-15, 1) == "-2e1"
    assert numerals.scientific(12345678901, 20) == "12345678901"
    assert numerals.scientific(Fraction(5, 2), 1) == "3e0"
    with pytest.raises(ValueError, match="significant must be at most 1000000"):
        numerals.scientific(5, 10**9)
    assert numerals.scientific(HUGE) == "7.000e6000"


def test_readable():
    assert numerals.readable(9_999_999_999) == "9999999999"
    assert numerals.readable(HUGE) == "7.000e6000 (6,001 digits)"
    assert numerals.readable(HUGE, None) == digits(HUGE)
    assert numerals.readable(Fraction(HUGE, 2)) == "3.500e6000"
    assert numerals.readable(10**5000 - 1) == "1.000e5000 (5,000 digits)"
    assert numerals.readable(10**5000) == "1.000e5000 (5,001 digits)"
    assert numerals.readable(-(10**12), 2) == "-1.0e12 (13 digits)"


@given(st.integers(1, 10**400))
def test_log10_against_decimal(n):
    with localcontext(prec=50):
        expected = float(Decimal(n).log10())
    assert math.isclose(numerals.log10(n), expected, rel_tol=1e-14, abs_tol=1e-15)


def test_log10_of_huge_numbers_and_fractions():
    assert math.isclose(numerals.log10(HUGE), 6000 + math.log10(7), rel_tol=1e-15)
    assert math.isclose(numerals.log10(Fraction(1, HUGE)), -6000 - math.log10(7), rel_tol=1e-15)
    near_one = numerals.log10(Fraction(HUGE + 10**5900, HUGE))
    assert math.isclose(near_one, 1e-100 / 7 / math.log(10), rel_tol=1e-14)
    assert numerals.log10(0) == -math.inf
    with pytest.raises(ValueError, match="at least 0"):
        numerals.log10(-1)


@pytest.mark.parametrize("value", [1.0, "1", True, None])
def test_digits_needs_an_integer(value):
    with pytest.raises(TypeError, match="n must be an integer"):
        digits(value)
