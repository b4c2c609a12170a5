"""The cells of a network form a complex; simplices fill a cell."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from critcount.piecewise import (
    RationalNetwork,
)
from critcount.piecewise.cells import box_cell, cells, simplices, volume
from critcount.piecewise.rational import integer_layers
from critcount.piecewise.regions import _inner_facets, box_of
from tests.piecewise.examples import random_network


@pytest.mark.parametrize("widths", [(2, 4, 3, 2), (3, 3, 3, 2), (4, 4, 2, 1)])
@pytest.mark.parametrize("whole", [1, 2, None])
def test_the_cells_form_a_complex(widths, whole):
    """Every inner facet is a facet of just two cells, with d corners or more."""
    for seed in range(3):
        network = RationalNetwork.of(random_network(widths, seed, whole=whole))
        box = box_of((-1, 2), widths[0])
        seen = {}
        for cell in cells(integer_layers(network), box):
            for corners in _inner_facets(cell):
                assert len(corners) >= widths[0]
                seen[corners] = seen.get(corners, 0) + 1
        assert set(seen.values()) <= {2}


def test_simplices_of_a_cube():
    for d in (1, 2, 3, 4):
        cell = box_cell(box_of((0, Fraction(3, 2)), d))
        parts = list(simplices(cell))
        assert len(parts) == math.factorial(d)
        assert volume(cell) == Fraction(3, 2) ** d
