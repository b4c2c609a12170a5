"""Exact combinatorics of neural-network loss landscapes."""

import lazy_loader

__version__ = "0.1.0"

# __init__.pyi says the same to type checkers; nothing reads it at run time, so that the package
# works from a zip file and in a bundle
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["connectivity", "families", "models", "piecewise", "plots", "symbolic", "weights"],
    submod_attrs={
        "_support.errors": ["SizeLimitError"],
        "_support.numerals": ["digits"],
        "activations": ["Activation"],
        "architecture": ["Architecture"],
        "configurations.configuration": ["Configuration"],
        "configurations.on_domain": ["DomainExpansion"],
        "configurations.signed": ["SignedExpansion"],
        "configurations.signed_network": ["SignedNetworkExpansion"],
        "connectivity.graphs": ["IntersectionGraph", "RefinementGraph", "valley_graph"],
        "connectivity.shape": ["betti_numbers", "euler_characteristic"],
        "connectivity.theorems": ["connected_with_reason", "is_connected"],
        "counting": ["regimes"],
        "counting.activations": [
            "count_connected_pieces",
            "count_critical_types",
            "count_types",
        ],
        "counting.enclosures": ["estimate_log10_T", "leading_digits", "log10_G", "log10_T"],
        "counting.layer": [
            "G",
            "T",
            "count_smaller_critical_subspaces",
            "critical_to_global_ratio",
            "dimension_distribution",
            "expansions_by_zero_blocks",
            "triangle_G",
            "triangle_T",
        ],
        "counting.network": [
            "count_components",
            "count_critical_subspaces",
            "count_expansions",
            "count_minima",
            "count_permutation_points",
            "dimension",
            "dimension_range",
            "permutation_point_factor",
            "permutation_point_factors",
        ],
        "counting.plateaus": ["count_plateau_regions", "count_plateaus", "index_distribution"],
        "counting.regimes": ["crossover"],
        "counting.setting": ["Setting"],
        "counting.signed": ["signed_G", "signed_T"],
        "families": [
            "CriticalSubspaces",
            "DomainExpansions",
            "Expansions",
            "NetworkExpansions",
            "PermutationPoints",
            "Plateaus",
            "SignedCriticalSubspaces",
            "SignedExpansions",
            "SignedNetworkExpansions",
        ],
        "models.symmetry": ["Symmetry"],
        "output": ["export", "tables"],
        "weights.alignment": ["align"],
        "weights.classification": ["classify"],
        "weights.files": ["read_architecture"],
        "weights.network": ["Network"],
        "weights.paths": ["zero_loss_path"],
        "weights.subspaces": ["AffineSubspace", "embed"],
    },
)
__all__ = sorted([*__all__, "__version__"])
