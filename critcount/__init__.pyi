from . import connectivity, export, families, plots, regimes, symbolic, tables, weights
from .architecture import Architecture
from .architecture_counts import (
    count_components,
    count_critical_subspaces,
    count_expansions,
    count_minima,
    count_permutation_points,
    dimension,
    dimension_range,
    permutation_point_factor,
    permutation_point_factors,
)
from .asymptotics import estimate_log10_T, leading_digits, log10_G, log10_T
from .checks import SizeLimitError
from .configuration import Configuration
from .connectivity.graphs import IntersectionGraph, RefinementGraph, valley_graph
from .connectivity.shape import betti_numbers, euler_characteristic
from .connectivity.theorems import is_connected, number_of_components
from .counts import (
    G,
    T,
    count_smaller_critical_subspaces,
    critical_to_global_ratio,
    dimension_distribution,
    expansions_by_zero_blocks,
    triangle_G,
    triangle_T,
)
from .families import CriticalSubspaces, Expansions, NetworkExpansions, PermutationPoints
from .numerals import digits
from .regimes import crossover
from .signed import SignedExpansion, signed_expansions, signed_G, signed_T
from .weights import AffineSubspace, Network, classify, embed, zero_loss_path

__version__: str
__all__ = [
    "AffineSubspace",
    "Architecture",
    "Configuration",
    "CriticalSubspaces",
    "Expansions",
    "G",
    "IntersectionGraph",
    "Network",
    "NetworkExpansions",
    "PermutationPoints",
    "RefinementGraph",
    "SignedExpansion",
    "SizeLimitError",
    "T",
    "__version__",
    "betti_numbers",
    "classify",
    "connectivity",
    "count_components",
    "count_critical_subspaces",
    "count_expansions",
    "count_minima",
    "count_permutation_points",
    "count_smaller_critical_subspaces",
    "critical_to_global_ratio",
    "crossover",
    "digits",
    "dimension",
    "dimension_distribution",
    "dimension_range",
    "embed",
    "estimate_log10_T",
    "euler_characteristic",
    "expansions_by_zero_blocks",
    "export",
    "families",
    "is_connected",
    "leading_digits",
    "log10_G",
    "log10_T",
    "number_of_components",
    "permutation_point_factor",
    "permutation_point_factors",
    "plots",
    "regimes",
    "signed_G",
    "signed_T",
    "signed_expansions",
    "symbolic",
    "tables",
    "triangle_G",
    "triangle_T",
    "valley_graph",
    "weights",
    "zero_loss_path",
]
