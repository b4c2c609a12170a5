"""Enclosures against exact values, and against one another beyond them."""

import math
import random

import pytest
from flint import arb, ctx, fmpz

from critcount import (
    G,
    SizeLimitError,
    T,
    digits,
    estimate_log10_T,
    leading_digits,
    log10_G,
    log10_T,
)
from critcount.counting import enclosures, isolation
from critcount.counting.contours import Contour

HUGE = [
    (4, 10**6),
    (10**6 - 1, 10**6),
    (10**6, 14 * 10**6),
    (3, 10**20),
    (10**50, 130 * 10**50),
    (1, 10**99),
    (10**99, 10**100),
    (10**100 - 10**80, 10**100),
    (10**100 - 1, 10**100),
]


@pytest.fixture(autouse=True)
def generous_precision():
    before = ctx.prec
    ctx.prec = 400
    yield
    ctx.prec = before


def log10(n):
    return arb(fmpz(n)).log() / arb(10).log()


def random_pairs(number):
    rng = random.Random(8)
    for _ in range(number):
        m = rng.randrange(1001)
        yield rng.randrange(m + 1), m


@pytest.mark.parametrize("number", [100, pytest.param(1000, marks=pytest.mark.exhaustive)])
def test_enclosures_contain_the_exact_value_and_are_narrow(monkeypatch, number):
    monkeypatch.setattr(isolation, "others_run", lambda: False)  # every call here, for speed
    for r, m in random_pairs(number):
        for enclose, exact in ((log10_T, T), (log10_G, G)):
            if enclose is log10_G and r == 0 < m:
                continue
            ball = enclose(r, m)
            assert ball.contains(log10(exact(r, m))), (r, m)
            assert ball.rad() < 1e-10


@pytest.mark.parametrize(("r", "m"), [(0, 0), (0, 1), (1, 1), (1, 2), (2, 3), (5, 5), (1, 7)])
def test_the_smallest_cases(r, m):
    assert log10_T(r, m).contains(log10(T(r, m)))
    if r:
        assert log10_G(r, m).contains(log10(G(r, m)))


@pytest.mark.parametrize(("r", "m"), HUGE)
def test_beyond_exact_numbers_the_recurrences_hold(r, m):
    """T(r, m+1) = r T(r-1, m) + (r+1) T(r, m) + T(r+1, m), divided by T(r, m+1); G alike."""
    if m == enclosures.MAX_M:
        m -= 2
        r = min(r, m - 1)
    ten = arb(10)

    def ratio(above, below):
        return ten ** (above - below)

    whole = log10_T(r, m + 1)
    parts = (r + 1) * ratio(log10_T(r, m), whole) + ratio(log10_T(r + 1, m), whole)
    if r > 0:
        parts += r * ratio(log10_T(r - 1, m), whole)
    assert parts.contains(1)
    assert parts.rad() < 1e-3
    whole = log10_G(r, m + 1)
    parts = r * ratio(log10_G(r, m), whole)
    if r > 1:
        parts += r * ratio(log10_G(r - 1, m), whole)
    assert parts.contains(1)


@pytest.mark.parametrize(("r", "m"), HUGE)
def test_radius_at_any_size(r, m):
    assert log10_T(r, m).rad() < 1e-10
    assert log10_G(r, m).rad() < 1e-10
    assert log10_T(r, m) >= log10_G(r, m) - 1e-9


@pytest.mark.parametrize("r", [2, 50, 900])
def test_both_ways_to_G_agree_where_they_meet(r):
    """The alternating sum against the integral."""
    with isolation.precision(200):
        for m in (8 * r, 20 * r):
            by_sum = enclosures.alternating(r, m, 60)
            if by_sum is None:
                continue
            contour = Contour(enclosures.growth(r, "G"), m)
            assert (m * arb(r).log() + by_sum.log()).overlaps(contour.log_number(60))


def test_a_wrong_saddle_costs_time_only():
    contour = Contour(enclosures.growth(7, "T"), 60)
    off = Contour(enclosures.growth(7, "T"), 66)  # its radius is that of another m
    contour._rho, contour._log_minus, contour._exp_rho = off._rho, off._log_minus, off._exp_rho
    contour.height = contour._log(contour._rho)
    with isolation.precision(200):
        log = contour.log_number(40)
        assert (log / arb(10).log()).contains(log10(T(7, 60)))


@pytest.mark.parametrize("count", ["T", "G"])
@pytest.mark.parametrize(("r", "m"), [(0, 0), (1, 3), (4, 5), (30, 200), (10, 4000), (1500, 2400)])
@pytest.mark.parametrize("number", [1, 7, 40])
def test_leading_digits_are_those_of_the_number(count, r, m, number):
    if count == "G" and r == 0 < m:
        return
    exact = digits({"T": T, "G": G}[count](r, m))
    assert leading_digits(r, m, number, count) == (exact[:number], len(exact))


def test_leading_digits_where_the_number_is_not_computed():
    exact = digits(T(10, 10**4))
    assert len(exact) > enclosures._EXACT_DIGITS
    assert leading_digits(10, 10**4, 60) == (exact[:60], len(exact))
    power = 7 * 10**4
    assert leading_digits(10, power, 5, "G") == ("10000", power + 1) or leading_digits(
        10, power, 5, "G"
    ) == ("99999", power)


def test_leading_digits_just_below_a_power_of_ten():
    """G(10, m) = 10^m (1 - 10 (9/10)^m + …): the nines have to be resolved."""
    m = 6000
    exact = digits(G(10, m))
    assert exact.startswith("9" * 270)
    assert leading_digits(10, m, 280, "G") == (exact[:280], m)


def test_the_estimate_approaches_the_enclosure():
    errors = [abs(float((estimate_log10_T(4, m) - log10_T(4, m)).mid())) for m in (10, 100, 10**4)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-3


@pytest.mark.parametrize("h", [1, 2, 5])
def test_the_estimate_at_fixed_h_is_off_by_stirlings_factor(h):
    r = 10**9
    off = 10 ** float((estimate_log10_T(r, r + h) - log10_T(r, r + h)).mid())
    factor = math.factorial(h) / (math.sqrt(2 * math.pi * h) * (h / math.e) ** h)
    assert off == pytest.approx(factor, rel=1e-6)


def test_the_estimate_has_no_largest_size():
    assert estimate_log10_T(10**150, 10**200) > 10**201


@pytest.mark.parametrize("function", [log10_T, log10_G, leading_digits])
def test_bad_arguments(function):
    with pytest.raises(TypeError, match="must be an integer"):
        function(1.0, 3)
    with pytest.raises(ValueError, match="r must be at least 0"):
        function(-1, 3)
    with pytest.raises(ValueError, match=r"T\(r, m\) is 0|G\(r, m\) is 0"):
        function(4, 3)
    with pytest.raises(SizeLimitError, match="m must be at most 10\\^100"):
        function(4, 10**100 + 1)


def test_other_bad_arguments():
    with pytest.raises(ValueError, match=r"G\(r, m\) is 0"):
        log10_G(0, 3)
    with pytest.raises(ValueError, match="count must be one of"):
        leading_digits(1, 3, count="S")
    with pytest.raises(ValueError, match="digits must be at least 1"):
        leading_digits(1, 3, 0)
    with pytest.raises(ValueError, match="m must be at least 4"):
        estimate_log10_T(3, 3)
