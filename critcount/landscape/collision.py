"""Two neurons at a fixed distance, and all else minimised."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from critcount._support import markup
from critcount._support.types import Array
from critcount.landscape.conditioned import Conditioner, Operator, descended, solved
from critcount.landscape.neurons import positions
from critcount.landscape.optimise import Function, Options, minimum, solve
from critcount.landscape.problem import Objective, Problem
from critcount.weights.network import Network

__all__ = ["Pair", "Placed"]

ROOT = float(np.sqrt(0.5))
#: The relative error of a tangent, by products.
TANGENT = 1e-5


class Placed(NamedTuple):
    """The weights of a network that is a minimum while the distance of two neurons is held.

    Attributes
    ----------
    weights : numpy.ndarray
        The vector of all weights.
    gradient_norm : float
        Of the gradient along the weights at this distance.
    converged : bool
    """

    weights: Array
    gradient_norm: float
    converged: bool

    def _repr_html_(self) -> str:
        return markup.record(self)


class Pair:
    """The weights of a network in coordinates in which the distance of two neurons is fixed.

    θ_i and θ_j are the vectors of all weights of the two neurons, incoming, bias and outgoing;
    s = (θ_i + θ_j)/√2 and d = (θ_i - θ_j)/√2, which is a rotation of the weights.
    """

    def __init__(
        self, problem: Problem, network: Network, layer: int, i: int, j: int, limit: int
    ) -> None:
        self.objective: Objective = problem.at(network)
        self.like = network
        #: Whether Hessians are made, or only products with them.
        self.small = self.objective.size <= limit
        self.limit = limit
        self.neurons = i, j
        self.first = positions(network, layer, i)
        self.second = positions(network, layer, j)
        self.conditioner = Conditioner(self.objective)
        #: Where everything but d stands, in a rotated vector; d stands in the place of θ_j.
        self.rest = np.setdiff1d(np.arange(self.objective.size), self.second)

    def distance(self, weights: Array) -> float:
        """Return the Euclidean distance of the two neurons."""
        return float(np.linalg.norm(weights[self.first] - weights[self.second]))

    def at(self, weights: Array) -> Placed:
        """Return a network that is a minimum already."""
        chart = _Chart(self, weights, self.distance(weights))
        norm = float(np.linalg.norm(chart.gradient(chart.origin)))
        return Placed(weights, norm, True)

    def place(
        self, weights: Array, distance: float, options: Options, within: float = np.inf
    ) -> Placed:
        """Return the minimum at a distance that descent leads to.

        Parameters
        ----------
        weights : numpy.ndarray
            The start: the pair is moved to the distance first, along its difference.
        distance : float
            Positive.
        options : Options
        within : float
            By products, descent ends when it has led farther from the start than this.

        Returns
        -------
        Placed
        """
        chart = _Chart(self, weights, distance)
        function = Function(chart.value, chart.gradient, chart.hessian)
        if self.small:
            found = minimum(function, chart.origin, options)
        else:
            found = descended(
                function, chart.curvature, chart.inverse, chart.origin, options, within=within
            )
        return Placed(chart.weights(found.x), found.gradient_norm, found.converged)

    def tangent(self, weights: Array) -> Array:
        """Return how the weights of a minimum change as the distance does: the derivative."""
        return _Chart(self, weights, self.distance(weights)).tangent()

    def rotate(self, weights: Array) -> Array:
        """Return a vector, or rows, with s, d in place of θ_i, θ_j, or the other way round."""
        turned = weights.copy()
        turned[self.first] = ROOT * (weights[self.first] + weights[self.second])
        turned[self.second] = ROOT * (weights[self.first] - weights[self.second])
        return turned

    def _repr_html_(self) -> str:
        return markup.record(self)


class _Chart:
    """Coordinates y of the weights with |d| = R: all but d, and stereographic ones for d.

    With n the direction of d at the start,

        d = R (2f - 1) n + f N t,  f = 1 / (1 + |t|²/4R²),

    the columns of N orthonormal and orthogonal to n. Near t = 0 lengths are kept. Gradient and
    Hessian are those of the loss by the chain rule.
    """

    def __init__(self, pair: Pair, weights: Array, distance: float) -> None:
        self.pair, self.objective = pair, pair.objective
        turned = pair.rotate(weights)
        difference = turned[pair.second]
        self.radius = distance * ROOT
        self.normal = difference / np.linalg.norm(difference)
        # N are the last columns of a reflection that takes the first unit vector to the normal
        # or back, I - 2 m mᵀ/|m|²
        self.mirror = self.normal.copy()
        self.mirror[0] += np.copysign(1.0, self.mirror[0])
        self.twice = 2 / float(self.mirror @ self.mirror)
        self.split = len(pair.rest)
        self.origin = np.concatenate([turned[pair.rest], np.zeros(len(self.mirror) - 1)])

    def weights(self, y: Array) -> Array:
        """Return the vector of all weights."""
        t = y[self.split :]
        f = self._factor(t)
        turned = np.empty(self.objective.size)
        turned[self.pair.rest] = y[: self.split]
        turned[self.pair.second] = self.radius * (2 * f - 1) * self.normal + f * self._span(t)
        return self.pair.rotate(turned)

    def value(self, y: Array) -> float:
        """Return the loss."""
        return self.objective.loss(self.weights(y))

    def gradient(self, y: Array) -> Array:
        """Return the derivatives of the loss by y."""
        return self._pull(y, self.pair.rotate(self.objective.gradient(self.weights(y))))

    def hessian(self, y: Array) -> Array:
        """Return the second derivatives of the loss by y."""
        weights = self.weights(y)
        half = self.pair.rotate(self.objective.hessian(weights, limit=self.pair.limit))
        curvature = self.pair.rotate(half.T)
        unit = np.eye(len(y) - self.split)
        turn, rest, second = self._turn(y, unit), self.pair.rest, self.pair.second
        result = np.empty((len(y), len(y)))
        mixed = curvature[np.ix_(rest, second)] @ turn
        result[: self.split, : self.split] = curvature[np.ix_(rest, rest)]
        result[: self.split, self.split :] = mixed
        result[self.split :, : self.split] = mixed.T
        inner = turn.T @ curvature[np.ix_(second, second)] @ turn
        result[self.split :, self.split :] = inner + self._bend(y)(unit)
        return (result + result.T) / 2

    def curvature(self, y: Array) -> Operator:
        """Return the second derivatives, as what they make of a vector; no matrix is made."""
        weights, bend = self.weights(y), self._bend(y)

        def product(v: Array) -> Array:
            moved = self.pair.rotate(self._push(y, v))
            change = self.pair.rotate(self.objective.product(weights, moved))
            result = self._pull(y, change)
            result[self.split :] += bend(v[self.split :])
            return result

        return product

    def inverse(self, y: Array) -> Operator:
        """Return what is near to the inverse of the second derivatives."""
        near = self.pair.conditioner
        near.renew(self.weights(y), self._adjust)

        def product(v: Array) -> Array:
            moved = self.pair.rotate(self._push(y, v))
            return self._pull(y, self.pair.rotate(near(moved)))

        return product

    def tangent(self) -> Array:
        """Return the derivative of the weights at the origin by the distance."""
        turned = self.objective.product(self.weights(self.origin), self._outward())
        mixed = self._pull(self.origin, self.pair.rotate(turned))
        if self.pair.small:
            change = solve(self.hessian(self.origin), -mixed)
        else:
            operators = self.curvature(self.origin), self.inverse(self.origin)
            change = solved(*operators, -mixed, TANGENT)
        return ROOT * (self._outward() + self.pair.rotate(self._push(self.origin, change)))

    def _outward(self) -> Array:
        """Return the direction in the weights in which the distance grows."""
        outward = np.zeros(self.objective.size)
        outward[self.pair.second] = self.normal
        return self.pair.rotate(outward)

    def _adjust(self, hessian: Array) -> None:
        """Make the Hessian of the weights at the origin that of the chart beside a unit.

        What couples the outward direction is taken away, and the bend of the chart is added.
        """
        first, second = self.pair.first, self.pair.second
        slope = self.pair.rotate(self.objective.gradient(self.weights(self.origin)))[second]
        bend = -float(self.normal @ slope) / self.radius
        hessian[first, first] += bend / 2
        hessian[second, second] += bend / 2
        hessian[first, second] -= bend / 2
        hessian[second, first] -= bend / 2
        outward, stiff = self._outward(), float(np.abs(np.diag(hessian)).mean())
        moves = np.concatenate([first, second])
        image = hessian[:, moves] @ outward[moves]
        image -= (float(outward @ image) + stiff) / 2 * outward
        hessian[moves] -= np.outer(outward[moves], image)
        hessian[:, moves] -= np.outer(image, outward[moves])

    def _factor(self, t: Array) -> float:
        return float(1 / (1 + (t @ t) / (4 * self.radius**2)))

    def _span(self, t: Array) -> Array:
        """Return N t; of a matrix, for each of its columns."""
        image = np.concatenate([np.zeros_like(t[:1]), t])
        return image - self.twice * np.multiply.outer(self.mirror, self.mirror[1:] @ t)

    def _turn(self, y: Array, v: Array) -> Array:
        """Return the derivatives of d by t, times a vector or the columns of a matrix."""
        t = y[self.split :]
        f = self._factor(t)
        first = -(f**2) / (2 * self.radius**2) * t
        steep = 2 * self.radius * self.normal + self._span(t)
        return np.asarray(f * self._span(v) + np.multiply.outer(steep, first @ v))

    def _push(self, y: Array, v: Array) -> Array:
        """Return how the rotated vector changes as y does along v."""
        moved = np.empty(self.objective.size)
        moved[self.pair.rest] = v[: self.split]
        moved[self.pair.second] = self._turn(y, v[self.split :])
        return moved

    def _pull(self, y: Array, slope: Array) -> Array:
        """Return derivatives by y from those by the rotated vector."""
        t, away = y[self.split :], slope[self.pair.second]
        f = self._factor(t)
        first = -(f**2) / (2 * self.radius**2) * t
        steep = 2 * self.radius * self.normal + self._span(t)
        back = f * self._across(away) + first * float(steep @ away)
        return np.concatenate([slope[self.pair.rest], back])

    def _across(self, slope: Array) -> Array:
        """Return Nᵀ times a vector."""
        return (slope - self.twice * float(self.mirror @ slope) * self.mirror)[1:]

    def _bend(self, y: Array) -> Operator:
        """Return the second derivatives of d by t, times the derivatives of the loss by d."""
        slope = self.pair.rotate(self.objective.gradient(self.weights(y)))[self.pair.second]
        t = y[self.split :]
        f, square = self._factor(t), self.radius**2
        across = self._across(slope)
        along = 2 * self.radius * float(self.normal @ slope) + float(across @ t)
        first = -(f**2) / (2 * square) * t

        def product(v: Array) -> Array:
            second = np.multiply.outer(f**3 / (2 * square**2) * t, t @ v) - f**2 / (2 * square) * v
            return np.asarray(
                along * second
                + np.multiply.outer(first, across @ v)
                + np.multiply.outer(across, first @ v)
            )

        return product
