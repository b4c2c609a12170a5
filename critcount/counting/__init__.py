"""Exact counts: of one layer, of a network, enclosures beyond exact size, regimes, signs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["enclosures", "layer", "network", "plateaus", "regimes", "signed"],
    submod_attrs={
        "enclosures": ["estimate_log10_T", "leading_digits", "log10_G", "log10_T"],
        "layer": [
            "G",
            "T",
            "count_smaller_critical_subspaces",
            "critical_to_global_ratio",
            "dimension_distribution",
            "expansions_by_zero_blocks",
            "triangle_G",
            "triangle_T",
        ],
        "network": [
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
        "plateaus": ["count_plateau_regions", "count_plateaus", "index_distribution"],
        "signed": ["signed_G", "signed_T"],
    },
)
