"""Piecewise linear networks: knots, regions and tangent sensitivity of ReLU networks, exactly."""

from critcount.piecewise.arrangements import characteristic_polynomial, count_arrangement
from critcount.piecewise.bounds import region_bounds
from critcount.piecewise.constructions import most_knots_network
from critcount.piecewise.knots import count_knots, find_knots, knot_profile
from critcount.piecewise.maxima import KnotBounds, max_knots
from critcount.piecewise.rational import RationalNetwork
from critcount.piecewise.regions import Region, count_regions, find_regions
from critcount.piecewise.samples import sample_sensitivities
from critcount.piecewise.sensitivity import (
    SensitivityBounds,
    sensitivity_by_region,
    tangent_sensitivity,
    tangent_sensitivity_bounds,
)

__all__ = [
    "KnotBounds",
    "RationalNetwork",
    "Region",
    "SensitivityBounds",
    "characteristic_polynomial",
    "count_arrangement",
    "count_knots",
    "count_regions",
    "find_knots",
    "find_regions",
    "knot_profile",
    "max_knots",
    "most_knots_network",
    "region_bounds",
    "sample_sensitivities",
    "sensitivity_by_region",
    "tangent_sensitivity",
    "tangent_sensitivity_bounds",
]
