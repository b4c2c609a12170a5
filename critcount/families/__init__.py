"""Families of configurations: enumerate, rank, unrank and sample the subspaces themselves."""

from critcount.families.critical import CriticalSubspaces
from critcount.families.expansions import Expansions
from critcount.families.network import NetworkConfiguration, NetworkExpansions, NetworkOrbit
from critcount.families.permutation_points import PermutationPoints
from critcount.families.protocol import Family
from critcount.families.single_layer import Orbit

__all__ = [
    "CriticalSubspaces",
    "Expansions",
    "Family",
    "NetworkConfiguration",
    "NetworkExpansions",
    "NetworkOrbit",
    "Orbit",
    "PermutationPoints",
]
