"""The checks of the regimes can fail."""

from fractions import Fraction

from critcount.claims import (
    regimes,
)
from tests.claims.verdicts import verdict


def test_wrong_limits_are_noticed(monkeypatch):
    right = regimes.mild_ratio
    monkeypatch.setattr(regimes, "mild_ratio", lambda *a: right(*a) * Fraction(101, 100))
    assert verdict("mild-regime", regimes.measure_mild(1, 1, 256)) == "fails as stated"
    errors = regimes.vast_errors
    monkeypatch.setattr(
        regimes, "vast_errors", lambda r, m: (errors(r, m)[0], 0.1, errors(r, m)[2])
    )
    assert verdict("vast-regime", regimes.measure_vast(4, 4)) == "fails as stated"
    monkeypatch.setattr(regimes.layer, "crossover_from_integers", lambda r: 2)
    assert verdict("crossover", regimes.measure_crossover(4, 5)) == "fails as stated"


def test_a_ratio_that_grows_is_noticed(monkeypatch):
    """Below 1 from the crossover on, as it should be, and yet not falling all the way."""
    right, h = regimes.layer.critical_to_global_ratio, 1
    assert [item.figure for item in regimes.measure_crossover(4, 5)] == [0.0]
    monkeypatch.setattr(
        regimes.layer,
        "critical_to_global_ratio",
        lambda r, m: right(r, m) if m < r + h + 3 else right(r, m - 2),
    )
    (case,) = regimes.measure_crossover(4, 5)
    assert case.figure == 1.0
    assert verdict("crossover", [case]) == "fails as stated"
