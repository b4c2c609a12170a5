from fractions import Fraction

import numpy as np
import pytest

from critcount._support import checks
from critcount._support.errors import SizeLimitError


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_integers_are_taken_and_become_python_ints(value):
    assert checks.integer("m", value) == 3
    assert type(checks.integer("m", value)) is int


@pytest.mark.parametrize(
    "value", [True, np.True_, 3.0, np.float64(3), "3", b"3", None, 3 + 0j, [3], np.array([1, 2])]
)
def test_what_is_no_integer_is_a_type_error_that_names_argument_and_value(value):
    with pytest.raises(TypeError, match=r"^m must be an integer, not "):
        checks.integer("m", value)


def test_bounds():
    assert checks.integer("m", 0, minimum=0, maximum=0) == 0
    with pytest.raises(ValueError, match="m must be at least 0, not -1"):
        checks.integer("m", -1, minimum=0)
    with pytest.raises(ValueError, match="m must be at most 5, not 6"):
        checks.integer("m", 6, maximum=5)


def test_messages_never_meet_the_digit_limit_of_str():
    huge = -(10**6000)
    with pytest.raises(ValueError, match=r"a negative integer of about 6,00[01] digits"):
        checks.integer("m", huge, minimum=0)
    with pytest.raises(SizeLimitError, match=r"it would have some 10\^6000 rows"):
        checks.size("it", -huge, 10, "rows", "no")


@pytest.mark.parametrize("values", ["12", 5, None, b"12"])
def test_integers_needs_a_sequence(values):
    with pytest.raises(TypeError, match="widths must be a sequence of integers"):
        checks.integers("widths", values)


def test_integers_names_the_entry():
    with pytest.raises(TypeError, match=r"widths\[1\] must be an integer, not 2.5"):
        checks.integers("widths", [1, 2.5])


def test_choice():
    assert checks.choice("spread", "any", ["any"]) == "any"
    with pytest.raises(TypeError, match="spread must be a string"):
        checks.choice("spread", 1, ["any"])


def test_size_allows_the_limit_itself():
    checks.size("it", 10, 10, "rows", "no")
    with pytest.raises(SizeLimitError, match="it would have 11 rows, past the limit of 10: no"):
        checks.size("it", 11, 10, "rows", "no")


def test_memory_is_that_of_the_machine(monkeypatch):
    pages = {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4}
    monkeypatch.setattr(checks.os, "sysconf", pages.get, raising=False)
    checks.memory("it", 4000, "no")
    with pytest.raises(SizeLimitError, match=r"it would take 4,001 bytes.*this machine has 4,000"):
        checks.memory("it", 4001, "no")
    monkeypatch.delattr(checks.os, "sysconf")
    checks.memory("it", 10**30, "no")


@pytest.mark.parametrize(
    "value",
    [[10**5000], Fraction(10**5000, 3), {"a": 10**5000}, np.ones((3, 3)), "a\nb"],
    ids=type,
)
def test_shown_values_are_one_line_and_never_meet_the_digit_limit(value):
    assert "\n" not in checks.show(value)
    with pytest.raises(TypeError, match="m must be an integer"):
        checks.integer("m", value)


def test_bounds_are_shown_shortly_too():
    with pytest.raises(ValueError, match=r"at most an integer of about 5,00[01] digits"):
        checks.integer("m", 10**5001, maximum=10**5000)


@pytest.mark.parametrize("value", ["x" * 1000, list(range(1000)), 10**5000, (1,) * 50], ids=type)
def test_shown_values_stay_short(value):
    assert len(checks.show(value)) <= 80
