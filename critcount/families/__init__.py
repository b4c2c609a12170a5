"""Families of configurations: enumerate, rank, unrank and sample the subspaces themselves."""

from critcount.families.critical import CriticalSubspaces
from critcount.families.expansions import Expansions
from critcount.families.permutation_points import PermutationPoints
from critcount.families.protocol import Family

__all__ = ["CriticalSubspaces", "Expansions", "Family", "PermutationPoints"]
