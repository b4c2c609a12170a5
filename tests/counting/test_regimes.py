"""Ratio, crossover and limits by enclosures, against exact integers."""

import math
import random
from fractions import Fraction

import pytest
from flint import arb, ctx, fmpz

from critcount import G, SizeLimitError, T, critical_to_global_ratio, crossover, regimes
from critcount.counting import enclosures, isolation, layer


@pytest.fixture(autouse=True)
def generous_precision():
    before = ctx.prec
    ctx.prec = 400
    yield
    ctx.prec = before


def log10(x):
    return (arb(fmpz(x.numerator)) / arb(fmpz(x.denominator))).log() / arb(10).log()


def test_rows_of_G_are_log_concave():
    for row in layer.triangle_G(60):
        assert all(b * b >= a * c for a, b, c in zip(row, row[1:], row[2:], strict=False))


def test_the_ratio_is_enclosed():
    rng = random.Random(3)
    small = [(r, m) for m in range(2, 9) for r in range(2, m + 1)]
    drawn = [(r := rng.randrange(2, 201), r + int(rng.expovariate(1 / 60))) for _ in range(6)]
    for r_star, m in [*small, *drawn, (5, 2000), (40, 1900)]:
        ball = regimes.log10_ratio(r_star, m)
        assert ball.contains(log10(critical_to_global_ratio(r_star, m))), (r_star, m)
        assert ball.rad() < 1e-10


def test_the_ratio_where_no_integer_reaches():
    ball = regimes.log10_ratio(3, 10**60)  # the sum is 1 + G(2, m) = 2^m - 1
    assert ball.overlaps(arb(2).log() / arb(10).log() * 10**60 - enclosures.log10_T(3, 10**60))
    assert ball.rad() < 1e-10
    assert regimes.log10_ratio(10**4, 10**4 + 4671) > 0 > regimes.log10_ratio(10**4, 10**4 + 4672)


@pytest.mark.parametrize("r_star", [*range(2, 16), 30, 60, 97, 150, 200])
def test_crossover_by_enclosures_is_the_exact_one(r_star, monkeypatch):
    monkeypatch.setattr(isolation, "others_run", lambda: False)
    monkeypatch.setattr(regimes, "_EXACT_R_STAR", 0)
    monkeypatch.setattr(layer, "is_vast", None)  # nothing is left to integers
    assert crossover(r_star) == exact_crossover(r_star)


def exact_crossover(r_star):
    h = 1
    while layer.count_smaller_critical_subspaces(r_star, r_star + h) >= T(r_star, r_star + h):
        h += 1
    return h


def test_crossover_beyond_exact_numbers():
    assert crossover(1500) == layer.crossover_from_integers(1500)
    assert [crossover(10**k) for k in (4, 5)] == [4672, 46759]


@pytest.mark.exhaustive
def test_crossover_of_a_million():
    assert crossover(10**6) == 467631


def test_what_enclosures_leave_open_is_decided_by_integers(monkeypatch):
    monkeypatch.setattr(isolation, "others_run", lambda: False)
    monkeypatch.setattr(regimes, "_EXACT_R_STAR", 0)
    monkeypatch.setattr(enclosures, "log10_T", lambda r, m: arb(0, 10**6))
    asked = []
    decide = layer.is_vast
    monkeypatch.setattr(layer, "is_vast", lambda *a: asked.append(a) or decide(*a))
    assert crossover(10) == 3
    assert asked


@pytest.mark.parametrize(("r_star", "h", "l"), [(2, 0, 1), (9, 1, 1), (50, 3, 2), (300, 0, 5)])
def test_mild_limit(r_star, h, l):  # noqa: E741
    m = r_star + h
    limit = Fraction(m**l * math.factorial(h), 2**l * math.factorial(l + h))
    value = Fraction(G(r_star - l, m), T(r_star, m))
    found = regimes.mild_limit(r_star, h, l)
    assert found.log10_limit.contains(log10(limit))
    assert found.log10_value.contains(log10(value))
    assert found.relative_error == pytest.approx(float(limit / value - 1), rel=1e-12)


@pytest.mark.parametrize("bits", [53, 400])
def test_the_error_of_the_mild_limit_falls_like_1_over_r_star(bits, monkeypatch):
    """Whatever the precision of the caller."""
    monkeypatch.setattr(ctx, "prec", bits)
    errors = [abs(regimes.mild_limit(10**k, 2, 2).relative_error) for k in (3, 6, 12, 40)]
    for k, error in zip((3, 6, 12, 40), errors, strict=True):
        assert error * 10**k == pytest.approx(43 / 3, rel=0.01)


@pytest.mark.parametrize(("r", "m"), [(0, 1), (1, 1), (3, 40), (7, 900)])
def test_vast_limits(r, m):
    found = regimes.vast_limit_T(r, m)
    w = float(arb(m).lambertw().mid())
    limit = math.log10(m / w) * r + float(log10(T(0, m)).mid())
    assert float(found.log10_limit.mid()) == pytest.approx(limit, rel=1e-12, abs=1e-12)
    assert found.log10_value.contains(log10(T(r, m)))
    ratio = Fraction(T(0, m), T(r, m)) * Fraction(m / w) ** r
    assert found.relative_error == pytest.approx(float(ratio) - 1, rel=1e-9, abs=1e-9)
    if r:
        found = regimes.vast_limit_G(r, m)
        assert found.log10_limit.contains(log10(r**m))
        assert found.log10_value.contains(log10(G(r, m)))
        assert found.relative_error == pytest.approx(float(Fraction(r**m, G(r, m)) - 1), rel=1e-9)


@pytest.mark.parametrize("limit", [regimes.vast_limit_T, regimes.vast_limit_G])
def test_the_errors_of_the_vast_limits_fall(limit):
    errors = [abs(limit(3, m).relative_error) for m in (5, 20, 80, 320)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: regimes.log10_ratio(1, 5), ValueError, "r_star must be at least 2"),
        (lambda: regimes.log10_ratio(5, 4), ValueError, "m must be at least 5"),
        (lambda: regimes.log10_ratio(3, 10**101), SizeLimitError, r"at most 10\^100"),
        (lambda: regimes.log10_ratio(10**7, 10**8), SizeLimitError, "10,000,000 minimal"),
        (lambda: crossover(10**7), SizeLimitError, "10,000,000 minimal neurons"),
        (lambda: crossover(2.0), TypeError, "r_star must be an integer"),
        (lambda: crossover(900, max_digits=5), SizeLimitError, "max_digits"),
        (lambda: regimes.mild_limit(3, 1, 3), ValueError, "l must be at most 2"),
        (lambda: regimes.mild_limit(3, -1), ValueError, "h must be at least 0"),
        (lambda: regimes.vast_limit_T(3, 2), ValueError, r"T\(r, m\) is 0"),
        (lambda: regimes.vast_limit_G(0, 2), ValueError, "r must be at least 1"),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()
