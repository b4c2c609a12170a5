"""JAX in float64: imported by the modules that compute with it, or one line on how to get it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeAlias, TypeVar

from critcount._support.extras import optional

optional("jax", "landscape", "critcount.landscape needs JAX")  # or else one line

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

__all__ = ["JaxArray", "double", "jax", "jnp"]

P = ParamSpec("P")
R = TypeVar("R")

# what a compiled function takes and gives: arrays of numpy or JAX, or tuples of them, all of which
# are stand-ins while it is traced; no type of JAX covers the two sides
JaxArray: TypeAlias = Any


def double(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function compute in float64 while it runs; what JAX does elsewhere stays as it is."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with jax.enable_x64(True):
            return function(*args, **kwargs)

    return run
