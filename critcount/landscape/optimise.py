"""One way down: a trust region, the last digits; products with the Hessian for large networks.

Every part takes a `Function`, a start and the same `Options`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from critcount._support.progress import silent
from critcount._support.types import Advance, Array

if TYPE_CHECKING:
    from scipy import optimize

__all__ = [
    "EIGENVALUE_NOISE",
    "FLAT",
    "LOST_DECREASE",
    "Function",
    "Options",
    "Outcome",
    "beginning",
    "by_products",
    "lower",
    "minimum",
    "polished",
    "solve",
]

ValueOf: TypeAlias = Callable[[Array], float]
Field: TypeAlias = Callable[[Array], Array]

#: Eigenvalues smaller than this times the largest are directions that are left be.
FLAT = 1e-11
#: Eigenvalues smaller than this times the largest are rounding.
EIGENVALUE_NOISE = 2e-14
#: A decrease smaller than this times the value is lost in rounding.
LOST_DECREASE = 1e-12
#: The gradient at which L-BFGS hands over.
HANDOVER = 1e-6
#: What MINPACK is asked for: rounding stops it.
MINPACK = 1e-15
#: The most steps to the last digits, which are slow to end where rounding is reached.
POLISHING = 200
#: They do not lead farther away than this, relative to the length of the vector.
BESIDE = 0.1


@dataclass(frozen=True)
class Function:
    """What is minimised: its value, gradient and matrix of second derivatives at a vector."""

    value: ValueOf
    gradient: Field
    hessian: Field


@dataclass(frozen=True)
class Options:
    """How far to go.

    Attributes
    ----------
    tolerance : float
        Of the norm of the gradient.
    flat : float
        Directions whose curvature is smaller than this times the largest are not followed.
    radius : float
        The first step is no longer than this.
    iterations : int
        The most Hessians.
    largest : float
        The descent ends when an entry is larger than this.
    """

    tolerance: float = 1e-12
    flat: float = FLAT
    radius: float = 1.0
    iterations: int = 500
    largest: float = np.inf


@dataclass(frozen=True)
class Outcome:
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


def minimum(function: Function, start: Array, options: Options) -> Outcome:
    """Return the local minimum that descent leads to, in steps that do not leave the way.

    Newton's method within a trust region, the eigenvalues of the Hessian by their magnitudes, so
    that saddles repel. Directions along which the function is flat to rounding, such as a shift of
    all outputs of a softmax, are not followed; ``trust-exact`` of scipy walks along them to the
    border of its region. Where the decrease is lost in rounding it is Newton's decrement, the gain
    that is left by the present curvatures, that has to become smaller.

    Parameters
    ----------
    function : Function
    start : numpy.ndarray
    options : Options

    Returns
    -------
    Outcome

    Examples
    --------
    >>> bowl = Function(lambda x: float(x @ x) / 2, lambda x: x, lambda x: np.eye(len(x)))
    >>> minimum(bowl, np.array([3.0, 4.0]), Options())
    Outcome(x=array([0., 0.]), gradient_norm=0.0, converged=True)
    """
    value, gradient = function.value, function.gradient
    radius = options.radius
    x, now, slope = start, value(start), gradient(start)
    for _ in range(options.iterations):
        norm = float(np.linalg.norm(slope))
        if not np.abs(x).max(initial=0) <= options.largest:
            break
        eigenvalues, vectors = np.linalg.eigh(function.hessian(x))
        flat = FLAT * float(np.abs(eigenvalues).max(initial=0))
        saddle = bool(eigenvalues[0] < -flat)
        steep = np.abs(eigenvalues) > options.flat * float(np.abs(eigenvalues).max(initial=0))
        basis, curvatures = vectors[:, steep], eigenvalues[steep]
        along = basis.T @ slope
        sizes = np.abs(curvatures)
        if norm <= options.tolerance and not saddle:
            return Outcome(x, norm, True)
        left = float(along @ (along / sizes))
        while radius > 1e-15 * max(1.0, float(np.linalg.norm(x))):
            parts = _bounded(along, sizes, radius)
            gain = -float(along @ parts + curvatures @ parts**2 / 2)
            visible = gain > LOST_DECREASE * abs(now)
            if saddle and not visible:
                following = lower(value, x, vectors[:, 0], radius)
            else:
                following = x + basis @ parts
            there, turned = value(following), gradient(following)
            if visible:
                accepted = now - there >= gain / 10
            elif saddle:
                accepted = there < now
            else:
                across = basis.T @ turned
                accepted = float(across @ (across / sizes)) < left / 2
            if accepted:
                if float(np.linalg.norm(following - x)) > radius / 2:
                    radius *= 2
                break
            radius = min(radius, float(np.linalg.norm(parts))) / 4
        else:
            return Outcome(x, norm, False)
        x, now, slope = following, there, turned
    return Outcome(x, float(np.linalg.norm(slope)), False)


def by_products(
    function: Function,
    product: Callable[[Array, Array], Array],
    start: Array,
    options: Options,
    *,
    advance: Advance = silent,
) -> Outcome:
    """Return the local minimum that descent leads to, from products with the Hessian alone.

    For functions of many variables: L-BFGS, then scipy's ``trust-ncg``, which also leaves saddles,
    then Newton steps by MINRES as long as they make the gradient smaller.

    Parameters
    ----------
    function : Function
        Its Hessian is not asked for.
    product : callable
        At a vector, the Hessian times a direction.
    start : numpy.ndarray
    options : Options
        Converged is when the gradient is within the tolerance; the curvature is not looked at.
    advance : callable
        Told of iterations done.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> bowl = Function(lambda x: float(x @ x) / 2, lambda x: x, lambda x: np.eye(len(x)))
    >>> by_products(bowl, lambda x, v: v, np.array([3.0, 4.0]), Options()).converged
    True
    """
    from scipy import optimize

    x = beginning(function, start, options, advance)
    radius = options.radius
    x = optimize.minimize(
        function.value,
        x,
        jac=function.gradient,
        hessp=product,
        method="trust-ncg",
        options={
            "gtol": max(options.tolerance, HANDOVER / 100),
            "maxiter": options.iterations,
            "initial_trust_radius": radius,
            "max_trust_radius": max(1000.0, 2 * radius),
        },
        callback=_within(options.largest, advance),
    ).x
    if not np.abs(x).max(initial=0) <= options.largest:
        return Outcome(x, float(np.linalg.norm(function.gradient(x))), False)
    x, norm = _last_digits(function, product, x, options, advance)
    return Outcome(x, norm, bool(norm <= options.tolerance))


def beginning(function: Function, start: Array, options: Options, advance: Advance) -> Array:
    """Return how far L-BFGS comes, at most to a gradient of 1e-6.

    >>> bowl = Function(lambda x: float(x @ x) / 2, lambda x: x, lambda x: np.eye(len(x)))
    >>> bool(abs(beginning(bowl, np.array([3.0, 4.0]), Options(), silent)).max() <= 1e-6)
    True
    """
    from scipy import optimize

    bounded: Any = {"maxiter": 5 * options.iterations, "maxcor": 30, "ftol": 0.0, "gtol": HANDOVER}
    found = optimize.minimize(
        function.value,
        start,
        jac=function.gradient,
        method="L-BFGS-B",
        options=bounded | {"maxfun": 20 * options.iterations},
        callback=_within(options.largest, advance),
    )
    return np.asarray(found.x, np.float64)


def _within(largest: float, advance: Advance) -> Callable[..., None]:
    """Return what scipy calls after every iteration: it ends where an entry grows too large."""

    def told(intermediate_result: optimize.OptimizeResult) -> None:
        advance(1)
        if not np.abs(intermediate_result.x).max(initial=0) <= largest:
            raise StopIteration

    return told


def _last_digits(
    function: Function,
    product: Callable[[Array, Array], Array],
    x: Array,
    options: Options,
    advance: Advance,
) -> tuple[Array, float]:
    """Return where Newton steps by conjugate gradients lead, and the gradient's norm there."""
    slope = function.gradient(x)
    norm = float(np.linalg.norm(slope))
    while norm > options.tolerance:
        step = _solve_by_products(partial(product, x), -slope)
        following = function.gradient(x + step)
        smaller = float(np.linalg.norm(following))
        if not smaller < norm / 2:
            break
        x, slope, norm = x + step, following, smaller
        advance(1)
    return x, norm


def polished(function: Function, start: Array) -> Array:
    """Return a better zero of the gradient beside a point, if there is one no higher.

    MINPACK's damped steps also follow the directions that are nearly flat.

    Parameters
    ----------
    function : Function
    start : numpy.ndarray

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> well = Function(
    ...     lambda x: float((x[0] - 3) ** 4),
    ...     lambda x: 4 * (x - 3) ** 3,
    ...     lambda x: np.diag(12 * (x - 3) ** 2),
    ... )
    >>> polished(well, np.array([3.1])).round(4)
    array([3.])
    """
    from scipy.optimize import root

    given: Any = {"xtol": MINPACK, "ftol": MINPACK, "maxiter": POLISHING, "factor": 0.1}
    found = root(function.gradient, start, jac=function.hessian, method="lm", options=given)
    better = np.linalg.norm(function.gradient(found.x)) < np.linalg.norm(function.gradient(start))
    value = function.value(start)
    no_higher = function.value(found.x) <= value + MINPACK * max(1.0, value)
    beside = np.linalg.norm(found.x - start) <= BESIDE * np.linalg.norm(start)
    return np.asarray(found.x) if better and no_higher and beside else start


def solve(hessian: Array, vector: Array) -> Array:
    """Return the shortest solution of H x = v within the directions that are not flat."""
    eigenvalues, vectors = np.linalg.eigh(hessian)
    large = np.abs(eigenvalues) > FLAT * np.abs(eigenvalues).max(initial=0)
    basis = vectors[:, large]
    return np.asarray(basis @ ((basis.T @ vector) / eigenvalues[large]))


def _solve_by_products(product: Callable[[Array], Array], vector: Array) -> Array:
    """Return the solution of H x = v by MINRES, up to 10^-8; without flat directions, mostly."""
    from scipy.sparse import linalg

    size = len(vector)
    operator = linalg.LinearOperator((size, size), matvec=product, dtype=np.float64)
    return np.asarray(linalg.minres(operator, vector, rtol=1e-8, maxiter=200)[0], np.float64)


def _bounded(along: Array, sizes: Array, radius: float) -> Array:
    """Return the step -g / (|λ| + μ) with the smallest μ ≥ 0 that keeps it within the radius."""
    from scipy.optimize import brentq

    def excess(shift: float) -> float:
        return float(np.linalg.norm(along / (sizes + shift))) - radius

    if excess(0.0) <= 0:
        return np.asarray(-along / sizes)
    shift = brentq(excess, 0.0, float(np.linalg.norm(along)) / radius, rtol=1e-3)
    return np.asarray(-along / (sizes + shift))


def lower(value: ValueOf, x: Array, direction: Array, radius: float) -> Array:
    """Return the lowest of some points on a line through a critical point."""
    steps = radius * np.concatenate([2.0 ** -np.arange(12), -(2.0 ** -np.arange(12))])
    points = [x + step * direction for step in steps]
    return min(points, key=value)
