"""Families of configurations: enumerate, rank, unrank and sample the subspaces themselves."""

import lazy_loader

# __init__.pyi says the same to type checkers; a zip file or a bundle may lack it
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "critical": ["CriticalSubspaces"],
        "domain": ["DomainExpansions"],
        "expansions": ["Expansions"],
        "network": ["NetworkConfiguration", "NetworkExpansions", "NetworkOrbit"],
        "network_types": ["SignedNetworkExpansions"],
        "permutation_points": ["PermutationPoints"],
        "plateaus": ["Plateaus"],
        "protocol": ["Family"],
        "signed": ["SignedCriticalSubspaces", "SignedExpansions"],
        "single_layer": ["Orbit"],
    },
)
