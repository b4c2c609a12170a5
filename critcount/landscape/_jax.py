"""JAX in float64: imported by the modules that compute with it, or one line on how to get it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    raise ImportError(
        "critcount.landscape needs JAX: pip install 'critcount[landscape]'"
    ) from error

__all__ = ["double", "jax", "jnp"]

P = ParamSpec("P")
R = TypeVar("R")


def double(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function compute in float64 while it runs; what JAX does elsewhere stays as it is."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with jax.enable_x64(True):
            return function(*args, **kwargs)

    return run
