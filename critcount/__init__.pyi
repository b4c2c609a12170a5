from . import connectivity, families, models, piecewise, plots, symbolic, weights
from ._support.errors import SizeLimitError
from ._support.numerals import digits
from .activations import Activation
from .architecture import Architecture
from .configurations.configuration import Configuration
from .configurations.on_domain import DomainExpansion
from .configurations.signed import SignedExpansion
from .configurations.signed_network import SignedNetworkExpansion
from .connectivity.graphs import IntersectionGraph, RefinementGraph, valley_graph
from .connectivity.shape import betti_numbers, euler_characteristic
from .connectivity.theorems import connected_with_reason, is_connected
from .counting import regimes
from .counting.activations import count_connected_pieces, count_critical_types, count_types
from .counting.enclosures import estimate_log10_T, leading_digits, log10_G, log10_T
from .counting.layer import (
    G,
    T,
    count_smaller_critical_subspaces,
    critical_to_global_ratio,
    dimension_distribution,
    expansions_by_zero_blocks,
    triangle_G,
    triangle_T,
)
from .counting.network import (
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
from .counting.plateaus import count_plateau_regions, count_plateaus, index_distribution
from .counting.regimes import crossover
from .counting.setting import Setting
from .counting.signed import signed_G, signed_T
from .families import (
    CriticalSubspaces,
    DomainExpansions,
    Expansions,
    NetworkExpansions,
    PermutationPoints,
    Plateaus,
    SignedCriticalSubspaces,
    SignedExpansions,
    SignedNetworkExpansions,
)
from .models.symmetry import Symmetry
from .output import export, tables
from .weights.alignment import align
from .weights.classification import classify
from .weights.files import read_architecture
from .weights.network import Network
from .weights.paths import zero_loss_path
from .weights.subspaces import AffineSubspace, embed

__version__: str
__all__ = [
    "Activation",
    "AffineSubspace",
    "Architecture",
    "Configuration",
    "CriticalSubspaces",
    "DomainExpansion",
    "DomainExpansions",
    "Expansions",
    "G",
    "IntersectionGraph",
    "Network",
    "NetworkExpansions",
    "PermutationPoints",
    "Plateaus",
    "RefinementGraph",
    "Setting",
    "SignedCriticalSubspaces",
    "SignedExpansion",
    "SignedExpansions",
    "SignedNetworkExpansion",
    "SignedNetworkExpansions",
    "SizeLimitError",
    "Symmetry",
    "T",
    "__version__",
    "align",
    "betti_numbers",
    "classify",
    "connected_with_reason",
    "connectivity",
    "count_components",
    "count_connected_pieces",
    "count_critical_subspaces",
    "count_critical_types",
    "count_expansions",
    "count_minima",
    "count_permutation_points",
    "count_plateau_regions",
    "count_plateaus",
    "count_smaller_critical_subspaces",
    "count_types",
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
    "index_distribution",
    "is_connected",
    "leading_digits",
    "log10_G",
    "log10_T",
    "models",
    "permutation_point_factor",
    "permutation_point_factors",
    "piecewise",
    "plots",
    "read_architecture",
    "regimes",
    "signed_G",
    "signed_T",
    "symbolic",
    "tables",
    "triangle_G",
    "triangle_T",
    "valley_graph",
    "weights",
    "zero_loss_path",
]
