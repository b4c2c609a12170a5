"""Configurations: one subspace of global minima as an immutable object, and where two meet."""

from critcount.configurations.configuration import Configuration, Shape

__all__ = ["Configuration", "Shape"]
