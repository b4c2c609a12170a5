"""A local minimum near a start: Newton's method within a trust region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from critcount._support.types import Array

__all__ = ["Minimum", "lower", "nearby", "solve"]

Value: TypeAlias = Callable[[Array], float]
Field: TypeAlias = Callable[[Array], Array]

#: Eigenvalues smaller than this times the largest are directions that are left be.
FLAT = 1e-11
#: A decrease smaller than this times the value is lost in rounding.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Minimum:
    """Where a descent has ended.

    Attributes
    ----------
    x : numpy.ndarray
    gradient_norm : float
    converged : bool
        The gradient is within the tolerance, and no eigenvalue of the Hessian is negative by more
        than 1e-11 times the largest.
    """

    x: Array
    gradient_norm: float
    converged: bool


def nearby(
    value: Value,
    gradient: Field,
    hessian: Field,
    start: Array,
    *,
    tolerance: float,
    radius: float,
    iterations: int = 500,
    largest: float = np.inf,
) -> Minimum:
    """Return the local minimum that descent leads to, in steps that do not leave the way.

    Newton's method within a trust region, the eigenvalues of the Hessian by their magnitudes, so
    that saddles repel. Directions along which the function is flat to rounding, such as a shift of
    all outputs of a softmax, are not followed; ``trust-exact`` of scipy, which
    `critcount.landscape.descent` starts with, walks along them to the border of its region. Where
    the decrease is lost in rounding it is the gradient that has to become smaller.

    Parameters
    ----------
    value, gradient, hessian : callable
    start : numpy.ndarray
    tolerance : float
        Of the norm of the gradient.
    radius : float
        The first step is no longer than this.
    iterations : int
        The most Hessians.
    largest : float
        The descent ends when an entry is larger than this.

    Returns
    -------
    Minimum
    """
    x, now, slope = start, value(start), gradient(start)
    for _ in range(iterations):
        norm = float(np.linalg.norm(slope))
        if not np.abs(x).max(initial=0) <= largest:
            break
        eigenvalues, vectors = np.linalg.eigh(hessian(x))
        flat = FLAT * float(np.abs(eigenvalues).max(initial=0))
        saddle = bool(eigenvalues[0] < -flat)
        steep = np.abs(eigenvalues) > flat
        basis, curvatures = vectors[:, steep], eigenvalues[steep]
        along = basis.T @ slope
        if norm <= tolerance and not saddle:
            return Minimum(x, norm, True)
        while radius > 1e-15 * max(1.0, float(np.linalg.norm(x))):
            parts = _bounded(along, np.abs(curvatures), radius)
            gain = -float(along @ parts + curvatures @ parts**2 / 2)
            visible = gain > ROUNDING * abs(now)
            if saddle and not visible:
                following = lower(value, x, vectors[:, 0], radius)
            else:
                following = x + basis @ parts
            there, turned = value(following), gradient(following)
            if visible:
                accepted = now - there >= gain / 10
            else:
                accepted = there < now if saddle else bool(np.linalg.norm(turned) < norm)
            if accepted:
                if float(np.linalg.norm(following - x)) > radius / 2:
                    radius *= 2
                break
            radius = min(radius, float(np.linalg.norm(parts))) / 4
        else:
            return Minimum(x, norm, False)
        x, now, slope = following, there, turned
    return Minimum(x, float(np.linalg.norm(slope)), False)


def solve(hessian: Array, vector: Array) -> Array:
    """Return the shortest solution of H x = v within the directions that are not flat."""
    eigenvalues, vectors = np.linalg.eigh(hessian)
    large = np.abs(eigenvalues) > FLAT * np.abs(eigenvalues).max(initial=0)
    basis = vectors[:, large]
    return np.asarray(basis @ ((basis.T @ vector) / eigenvalues[large]))


def _bounded(along: Array, sizes: Array, radius: float) -> Array:
    """Return the step -g / (|λ| + μ) with the smallest μ ≥ 0 that keeps it within the radius."""
    from scipy.optimize import brentq

    def excess(shift: float) -> float:
        return float(np.linalg.norm(along / (sizes + shift))) - radius

    if excess(0.0) <= 0:
        return np.asarray(-along / sizes)
    shift = brentq(excess, 0.0, float(np.linalg.norm(along)) / radius, rtol=1e-3)
    return np.asarray(-along / (sizes + shift))


def lower(value: Value, x: Array, direction: Array, radius: float) -> Array:
    """Return the lowest of some points on a line through a critical point."""
    steps = radius * np.concatenate([2.0 ** -np.arange(12), -(2.0 ** -np.arange(12))])
    points = [x + step * direction for step in steps]
    return min(points, key=value)
