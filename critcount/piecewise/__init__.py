"""Piecewise linear networks: knots, regions and tangent sensitivity of ReLU networks, exactly."""

from critcount.piecewise.constructions import most_knots_network
from critcount.piecewise.knots import count_knots, knot_profile, knots
from critcount.piecewise.maxima import KnotBounds, max_knots
from critcount.piecewise.rational import RationalNetwork

__all__ = [
    "KnotBounds",
    "RationalNetwork",
    "count_knots",
    "knot_profile",
    "knots",
    "max_knots",
    "most_knots_network",
]
