"""Configurations: one subspace of global minima as an immutable object, and where two meet."""

from critcount.configurations.block_sizes import Shape
from critcount.configurations.configuration import Configuration

__all__ = ["Configuration", "Shape"]
