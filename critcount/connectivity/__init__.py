"""How the subspaces of global minima hang together: graphs, and answers without a graph."""

from critcount.connectivity.answers import Answer, Bounds
from critcount.connectivity.distances import (
    diameter_bounds,
    distance_bounds,
    network_diameter_bounds,
)
from critcount.connectivity.exact import distance, distance_with_reason
from critcount.connectivity.graphs import (
    IntersectionGraph,
    RefinementGraph,
    ValleyGraph,
    valley_graph,
)
from critcount.connectivity.hardness import CycleInstance, cycle_instance
from critcount.connectivity.products import NetworkGraph
from critcount.connectivity.shape import (
    betti_numbers,
    euler_characteristic,
    number_of_intersections,
    number_of_mergers,
)
from critcount.connectivity.theorems import connected_with_reason, is_connected
from critcount.connectivity.walks.paths import Step, Walk, path

__all__ = [
    "Answer",
    "Bounds",
    "CycleInstance",
    "IntersectionGraph",
    "NetworkGraph",
    "RefinementGraph",
    "Step",
    "ValleyGraph",
    "Walk",
    "betti_numbers",
    "connected_with_reason",
    "cycle_instance",
    "diameter_bounds",
    "distance",
    "distance_bounds",
    "distance_with_reason",
    "euler_characteristic",
    "is_connected",
    "network_diameter_bounds",
    "number_of_intersections",
    "number_of_mergers",
    "path",
    "valley_graph",
]
