"""Bounds on the number of regions: three ways to compute them, their order, networks below."""

from __future__ import annotations

import itertools

import pytest

from critcount import SizeLimitError
from critcount.piecewise import (
    count_regions,
    region_bounds,
)
from critcount.piecewise.bounds import bound_rows, serra_bound
from tests.oracles import piecewise_brute_force as oracle
from tests.piecewise.examples import random_network

BOUNDS = {"2-2-2-1": 11, "2-3-3-1": 40, "2-4-4-1": 121, "2-2-2-2-1": 30, "2-4-3-2-1": 275}


def test_serra_in_three_ways():
    for widths in [(d, *h, 1) for d in (1, 2, 3) for k in (1, 2, 3) for h in shapes(k)]:
        assert serra_bound(widths) == oracle.serra_sum(widths) == oracle.hinz_matrices(widths)
    for text, value in BOUNDS.items():
        assert region_bounds(text)["value"].iloc[-1] == value


def shapes(depth):
    return itertools.product((1, 2, 4), repeat=depth)


def test_bounds_are_ordered():
    for d in (1, 2, 3, 4):
        for depth in (1, 2, 3):
            for hidden in itertools.product(range(1, 5), repeat=depth):
                rows = bound_rows((d, *hidden, 1))
                uppers = [r.value for r in rows if r.side == "upper" and r.name != "knots, linear"]
                lowers = [row.value for row in rows if row.side == "lower"]
                assert uppers == sorted(uppers, reverse=True)
                assert not lowers or max(lowers) <= uppers[-1]
                if d == 1:
                    knots = next(row for row in rows if row.name == "knots, linear")
                    assert knots.value <= uppers[-1]


def test_no_network_has_more_than_the_bound():
    for widths in ((2, 2, 2, 1), (2, 3, 3, 1), (3, 3, 2, 1)):
        for seed in range(8):
            network = random_network(widths, seed)
            linear = count_regions(network, kind="linear")
            assert linear <= count_regions(network) <= serra_bound(widths)


def test_bounds_of_large_networks():
    rows = {row.name: row.value for row in bound_rows("784-300-100-10")}
    assert rows["patterns"] == 2**400
    assert 10**120 < rows["Serra 2018, Hinz 2019"] < 10**121
    with pytest.raises(SizeLimitError, match="raise limit"):
        region_bounds("100000-100000-100000-1")
    with pytest.raises(SizeLimitError, match="binary digits"):
        region_bounds([1, 10**18, 1])
