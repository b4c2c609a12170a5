"""How the subspaces of global minima hang together: graphs, and answers without a graph."""

from critcount.connectivity.answers import Answer, Bounds
from critcount.connectivity.distances import (
    diameter_bounds,
    distance_bounds,
    network_diameter_bounds,
)
from critcount.connectivity.exact import distance
from critcount.connectivity.paths import Step, Walk, path

__all__ = [
    "Answer",
    "Bounds",
    "Step",
    "Walk",
    "diameter_bounds",
    "distance",
    "distance_bounds",
    "network_diameter_bounds",
    "path",
]
