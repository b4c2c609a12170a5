"""Figures of piecewise linear networks whose numbers are too large to be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from critcount import Network
from critcount.plots import piecewise

HUGE = np.array([[1e140, 1e139], [1e138, 1e140]])


@pytest.mark.parametrize("color", piecewise.QUANTITIES)
def test_regions_of_huge_slopes_are_refused_or_drawn(color):
    network = Network([HUGE, np.full((2, 2), 1e140), np.full((1, 2), 1e140)])
    if color == "active":
        assert len(piecewise.draw_regions(network, (-1, 1), color).axes) == 2
        return
    with pytest.raises(ValueError, match="network has values above 1e300 in magnitude"):
        piecewise.draw_regions(network, (-1, 1), color)


def test_a_graph_of_huge_values_is_refused():
    network = Network([np.full((2, 1), 1e140), np.full((2, 2), 1e140), np.full((1, 2), 1e140)])
    with pytest.raises(ValueError, match="cannot be drawn: scale its weights down"):
        piecewise.draw_function(network)
    with pytest.raises(ValueError, match="cannot be drawn: scale its weights down"):
        piecewise.draw_sensitivity(network, (-1, 1))


def test_a_slope_whose_square_overflows_is_drawn():
    network = Network([HUGE, np.full((1, 2), 1e100)])
    values = piecewise.draw_regions(network, (-1, 1), "slope").axes[0].collections[0].get_array()
    assert np.isfinite(values).all()
    assert values.max() > 1e200
