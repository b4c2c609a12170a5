"""Limits on digits: None is the default, and what is refused is known before any work."""

import math

import pytest

from critcount import (
    Architecture,
    G,
    SizeLimitError,
    T,
    count_components,
    count_minima,
    count_permutation_points,
    signed_T,
)
from critcount.counting import limits


@pytest.mark.parametrize(
    "count",
    [
        lambda limit: T(5, 40, max_digits=limit),
        lambda limit: G(5, 40, max_digits=limit),
        lambda limit: signed_T(5, 40, max_digits=limit),
        lambda limit: count_minima(Architecture.parse("2-40-1"), max_digits=limit),
        lambda limit: count_permutation_points(Architecture.parse("2-40-1"), 1, max_digits=limit),
        lambda limit: count_components(Architecture.parse("2-40-1"), 40, max_digits=limit),
    ],
)
def test_none_is_the_default_everywhere(count):
    assert count(None) == count(10**4)
    with pytest.raises(SizeLimitError, match=r"raise max_digits$"):
        count(5)
    for wrong in (True, 2.0, "9"):
        with pytest.raises(TypeError, match="max_digits must be an integer"):
            count(wrong)
    with pytest.raises(ValueError, match="max_digits must be at least 1"):
        count(0)


def test_a_size_beyond_all_floats_is_refused():
    for bound in (math.inf, 1e300):
        with pytest.raises(SizeLimitError, match="the number would have"):
            limits.refuse("the number", bound, None)
    with pytest.raises(SizeLimitError):
        limits.refuse_total("the list", 10**400, 1.0, None)


def test_many_numbers_may_have_their_limit_together():
    limits.refuse_total("the list", 10, 9.0, 20, times=5)
    with pytest.raises(SizeLimitError, match="would have 101 digits, past the limit of 100"):
        limits.refuse_total("the list", 10, 9.05, 20, times=5)
