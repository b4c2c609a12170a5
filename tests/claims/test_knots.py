"""The claims on knots, and that they can fail."""

from __future__ import annotations

import dataclasses

import pytest

from critcount.claims import knots
from critcount.claims.claim import Case, all_within
from critcount.piecewise import certificates, max_knots, most_knots_network


def test_a_network_with_fewer_knots_is_seen(monkeypatch):
    assert all_within(knots.measure_product([3, 3])).kind == "holds"
    assert all_within(knots.measure_two([3], [2, 2], 2)).kind == "holds"
    monkeypatch.setattr(knots, "most_knots_network", lambda widths: most_knots_network("1-3-2-1"))
    assert all_within(knots.measure_product([3, 3])).kind == "fails as stated"
    assert all_within(knots.measure_two([3], [2, 2], 2)).kind == "fails as stated"


@pytest.mark.parametrize("hidden", [[3, 3], [2, 2]])
def test_a_bound_that_is_too_high_is_seen(monkeypatch, hidden):
    def higher(widths):
        bounds = max_knots(widths)
        return dataclasses.replace(bounds, upper=bounds.upper + 3)

    monkeypatch.setattr(knots, "max_knots", higher)
    assert all_within(knots.measure_product(hidden)).kind == "fails as stated"


def test_a_type_without_a_certificate_is_seen(monkeypatch):
    assert all_within(knots.measure_narrow(second=2)).kind == "holds"
    monkeypatch.setattr(certificates, "is_certificate", lambda rows, factors: False)
    (case,) = knots.measure_narrow(second=3)
    assert case.figure == 52


def test_approximately_needs_a_condition():
    small, large = (
        Case("a", 1, 1.5, 2, facts=knots.Widths(True)),
        Case("b", 1, 3, 2, facts=knots.Widths(False)),
    )
    assert knots.judge_approximate([small]).kind == "holds"
    assert knots.judge_approximate([small, large]).kind == "holds only if"
    bad = dataclasses.replace(large, facts=knots.Widths(True))
    assert knots.judge_approximate([small, bad]).kind == "fails as stated"
