"""Descent for many weights: conjugate gradients, preconditioned by a Hessian met before.

Along a path the Hessian changes slowly. One that is factored once in a while makes of some
hundreds or thousands of products for every step of Newton's method some tens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount.landscape.factors import Factor, factor_bytes, factored
from critcount.landscape.optimise import LOST_DECREASE, Function, Options, Outcome

if TYPE_CHECKING:
    from critcount.landscape.problem import Objective

__all__ = ["Conditioner", "Operator", "descended", "solved"]

# A symmetric matrix, as what it makes of a vector.
Operator: TypeAlias = Callable[[Array], Array]

#: A factor is made anew after so many uses, as a part of the number of weights: about the time
#: that making it takes.
WORN = 1 / 10
#: How exactly a step of Newton's method is worked out, at least.
STEP = 1e-2
#: The most products of one step.
MOST_PRODUCTS = 1000
#: Curvatures smaller than this, relative to the largest met, are rounding.
STRAIGHT = 1e-15


class Conditioner:
    """The inverse of a Hessian with a shift, of a place that was passed a while ago.

    Of more weights than a GiB holds the Hessian of, it is the identity.

    Parameters
    ----------
    objective : Objective
    """

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.makes = factor_bytes(objective.size) > 0
        self.uses = 0
        self.factor: Factor | None = None

    def forget(self) -> None:
        """Free the memory until the inverse is needed again."""
        self.factor = None

    def renew(self, vector: Array, adjust: Callable[[Array], None] | None = None) -> None:
        """Make the inverse anew at a vector, if there is none or it has been used often.

        Parameters
        ----------
        vector : numpy.ndarray
        adjust : callable, optional
            Changes the Hessian in place.

        Raises
        ------
        ArithmeticError
            When the Hessian is not finite.
        """
        old = self.factor is None or self.uses > WORN * self.objective.size
        if not (self.makes and old):
            return
        self.forget()
        rows = self.objective.hessian_rows(vector)
        self.factor, self.uses = factored(rows, self.objective.size, adjust), 0

    def at(self, vector: Array) -> Operator:
        """Return the inverse, made anew at a vector if it has been used often."""
        self.renew(vector)
        return self

    def __call__(self, vector: Array) -> Array:
        """Return the inverse times a vector."""
        if self.factor is None:
            return vector
        self.uses += 1
        return self.factor.solve(vector)


class _Step(NamedTuple):
    """A step, and by how much the quadratic model sinks along it."""

    move: Array
    gain: float


def descended(
    function: Function,
    curvature: Callable[[Array], Operator],
    inverse: Callable[[Array], Operator],
    start: Array,
    options: Options,
    *,
    within: float = np.inf,
    advance: Advance = silent,
) -> Outcome:
    """Return the local minimum that short steps lead to, from products with the Hessian alone.

    Newton's method within a trust region, its steps by conjugate gradients (Steihaug 1983) with a
    preconditioner. Saddles are left along the negative curvatures that the steps meet; the
    curvature where it ends is not looked at.

    Parameters
    ----------
    function : Function
        Its Hessian is not asked for.
    curvature : callable
        At a vector, the Hessian.
    inverse : callable
        At a vector, a positive definite matrix, the better the nearer to the Hessian's inverse.
    start : numpy.ndarray
    options : Options
    within : float
        The descent ends when it has led farther away than this.
    advance : callable
        Told of iterations done.

    Returns
    -------
    Outcome
        Converged is when the gradient is within the tolerance.

    Examples
    --------
    >>> sizes = np.array([1.0, 100.0])
    >>> bowl = Function(lambda x: float(x @ (sizes * x)) / 2, lambda x: sizes * x, np.diag)
    >>> descended(
    ...     bowl, lambda x: lambda v: sizes * v, lambda x: lambda v: v, np.ones(2), Options()
    ... ).converged
    True
    """
    radius = options.radius
    x, now, slope = start, function.value(start), function.gradient(start)
    for _ in range(options.iterations):
        norm = float(np.linalg.norm(slope))
        if norm <= options.tolerance:
            return Outcome(x, norm, True)
        if not np.abs(x).max(initial=0) <= options.largest:
            break
        product, near = curvature(x), inverse(x)
        left = float(slope @ near(slope))
        while radius > 1e-15 * max(1.0, float(np.linalg.norm(x))):
            move, gain = _step(product, near, slope, radius, min(STEP, norm**0.5))
            following = x + move
            there, turned = function.value(following), function.gradient(following)
            if gain > LOST_DECREASE * abs(now):
                accepted = now - there >= gain / 10
            else:
                accepted = float(turned @ near(turned)) < left / 2
            length = float(np.linalg.norm(move))
            if accepted:
                if length > radius / 2:
                    radius *= 2
                break
            radius = min(radius, length) / 4
        else:
            break
        x, now, slope = following, there, turned
        advance(1)
        if not float(np.linalg.norm(x - start)) <= within:
            break
    norm = float(np.linalg.norm(slope))
    return Outcome(x, norm, norm <= options.tolerance)


def solved(product: Operator, near: Operator, vector: Array, relative: float) -> Array:
    """Return x with H x = v, up to a relative error, as far as no curvature is negative.

    >>> solved(lambda v: 2 * v, lambda v: v, np.array([2.0, 4.0]), 1e-6)
    array([1., 2.])
    """
    return _step(product, near, -vector, np.inf, relative).move


def _step(
    product: Operator, near: Operator, slope: Array, radius: float, relative: float
) -> _Step:
    """Return the step of conjugate gradients, to the border of the region at the most."""
    move, turned = np.zeros_like(slope), np.zeros_like(slope)
    residual, scaled = slope, near(slope)
    direction, size = -scaled, float(residual @ scaled)
    goal, steepest = relative**2 * size, 0.0
    for _ in range(MOST_PRODUCTS):
        if not size > goal:
            break
        image = product(direction)
        square = float(direction @ direction)
        steepest = max(steepest, float(np.linalg.norm(image)) / square**0.5)
        curve = float(direction @ image)
        straight = abs(curve) <= STRAIGHT * steepest * square
        if straight and move.any():
            break
        length = size / curve if curve > 0 and not straight else np.inf
        outside = np.isinf(length) or float(np.linalg.norm(move + length * direction)) >= radius
        if outside:
            if np.isinf(radius):
                break
            length = _to_border(move, direction, square, radius)
        move = move + length * direction
        turned = turned + length * image
        if outside:
            break
        residual = slope + turned
        scaled = near(residual)
        following = float(residual @ scaled)
        direction = following / size * direction - scaled
        size = following
    return _Step(move, -float(slope @ move + move @ turned / 2))


def _to_border(move: Array, direction: Array, square: float, radius: float) -> float:
    """Return how far along a direction the border of the region is."""
    along = float(move @ direction)
    room = radius**2 - float(move @ move)
    return room / (along + float(np.sqrt(along**2 + square * room)))
