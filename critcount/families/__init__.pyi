from .critical import CriticalSubspaces
from .domain import DomainExpansions
from .expansions import Expansions
from .network import NetworkConfiguration, NetworkExpansions, NetworkOrbit
from .network_types import SignedNetworkExpansions
from .permutation_points import PermutationPoints
from .plateaus import Plateaus
from .protocol import Family
from .signed import SignedCriticalSubspaces, SignedExpansions
from .single_layer import Orbit

__all__ = [
    "CriticalSubspaces",
    "DomainExpansions",
    "Expansions",
    "Family",
    "NetworkConfiguration",
    "NetworkExpansions",
    "NetworkOrbit",
    "Orbit",
    "PermutationPoints",
    "Plateaus",
    "SignedCriticalSubspaces",
    "SignedExpansions",
    "SignedNetworkExpansions",
]
