"""JAX in float64: imported by the modules that compute with it, or one line on how to get it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from critcount._support.extras import optional

optional("jax", "landscape", "critcount.landscape needs JAX")  # or else one line

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

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
