"""The permutation symmetry of any model: which units are interchangeable, counted exactly."""

from critcount.models.alignment import ParameterAlignment, align_parameters, parameter_barrier
from critcount.models.symmetry import Symmetry

__all__ = ["ParameterAlignment", "Symmetry", "align_parameters", "parameter_barrier"]
