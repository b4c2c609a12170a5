"""Walks from one subspace to another, each meeting the next: planned, placed and checked."""

from critcount.connectivity.walks.paths import Step, Walk, path

__all__ = ["Step", "Walk", "path"]
