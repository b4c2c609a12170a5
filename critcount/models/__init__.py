"""The permutation symmetry of any model: which units are interchangeable, counted exactly."""

from critcount.models.alignment import Alignment, align, barrier
from critcount.models.symmetry import Symmetry

__all__ = ["Alignment", "Symmetry", "align", "barrier"]
