"""The table of knots."""

from __future__ import annotations

import math

from critcount import Architecture
from critcount.piecewise import max_knots
from critcount.piecewise.tables import knots_table


def test_the_table_of_knots():
    frame = knots_table(3)
    assert len(frame) == 9 + 27
    for row in frame.itertuples():
        bounds = max_knots(row.architecture)
        assert (row.lower, row.upper, row.theorem) == (bounds.lower, bounds.upper, bounds.theorem)
        assert row.exact == bounds.exact
        assert (
            row.product
            == math.prod(n + 1 for n in Architecture.parse(row.architecture).hidden) - 1
        )
