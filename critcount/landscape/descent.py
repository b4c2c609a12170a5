"""A local minimum to the last digit: scipy's trust region, then Newton's method."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from critcount._support.types import Array
from critcount.landscape.trust_region import FLAT, Minimum, lower, solve

__all__ = ["descend"]

Value: TypeAlias = Callable[[Array], float]
Field: TypeAlias = Callable[[Array], Array]

#: The trust region hands over to Newton's method at this gradient.
HANDOVER = 1e-6


def descend(
    value: Value,
    gradient: Field,
    hessian: Field,
    start: Array,
    *,
    tolerance: float,
    radius: float,
    iterations: int = 200,
) -> Minimum:
    """Return the local minimum that descent leads to.

    scipy's ``trust-exact`` first, until rounding in the values keeps it from telling what is
    lower; then full steps of Newton's method as long as they make the gradient smaller. Directions
    along which the function is flat to rounding are not followed. A critical point that is no
    minimum is left along the direction of steepest descent of second order.

    Parameters
    ----------
    value, gradient, hessian : callable
    start : numpy.ndarray
    tolerance : float
        Of the norm of the gradient.
    radius : float
        The first steps are no longer than this, later ones than 10 times this.
    iterations : int
        The most of the trust region.

    Returns
    -------
    Minimum
    """
    from scipy.optimize import minimize

    x = start
    for _ in range(3):
        if np.linalg.norm(gradient(x)) > HANDOVER:
            x = minimize(
                value,
                x,
                jac=gradient,
                hess=hessian,
                method="trust-exact",
                options={
                    "initial_trust_radius": radius,
                    "max_trust_radius": 10 * radius,
                    "gtol": HANDOVER,
                    "maxiter": iterations,
                },
            ).x
        x, norm, curvature = _newton(gradient, hessian, x, tolerance)
        eigenvalues, vectors = np.linalg.eigh(curvature)
        if eigenvalues[0] >= -FLAT * abs(eigenvalues).max():
            return Minimum(x, norm, bool(norm <= tolerance))
        x = lower(value, x, vectors[:, 0], radius)
    return Minimum(x, float(np.linalg.norm(gradient(x))), False)


def _newton(
    gradient: Field, hessian: Field, x: Array, tolerance: float
) -> tuple[Array, float, Array]:
    """Return the last point of Newton's method at which the gradient was still getting smaller."""
    slope, curvature = gradient(x), hessian(x)
    norm = float(np.linalg.norm(slope))
    while norm > tolerance:
        following = x - solve(curvature, slope)
        slope = gradient(following)
        smaller = float(np.linalg.norm(slope))
        if not smaller < norm / 2:
            break
        x, norm, curvature = following, smaller, hessian(following)
    return x, norm, curvature
