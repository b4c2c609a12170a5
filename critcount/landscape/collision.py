"""Two neurons at a fixed distance, and all else minimised."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from critcount._support import markup
from critcount._support.types import Array
from critcount.landscape.neurons import positions
from critcount.landscape.optimise import (
    Function,
    Options,
    guided,
    minimum,
    solve,
    solve_by_products,
)
from critcount.landscape.problem import Objective, Problem
from critcount.weights.network import Network

__all__ = ["Pair", "Placed"]

ROOT = float(np.sqrt(0.5))


class Placed(NamedTuple):
    """The weights of a network that is a minimum while the distance of two neurons is held.

    Attributes
    ----------
    weights : numpy.ndarray
        The vector of all weights.
    gradient_norm : float
        Of the gradient along the weights at this distance.
    converged : bool
    tangent : numpy.ndarray
        How the weights change as the distance does: the derivative of the vector.
    """

    weights: Array
    gradient_norm: float
    converged: bool
    tangent: Array

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
        #: Where everything but d stands, in a rotated vector; d stands in the place of θ_j.
        self.rest = np.setdiff1d(np.arange(self.objective.size), self.second)

    def distance(self, weights: Array) -> float:
        """Return the Euclidean distance of the two neurons."""
        return float(np.linalg.norm(weights[self.first] - weights[self.second]))

    def at(self, weights: Array) -> Placed:
        """Return a network that is a minimum already."""
        chart = _Chart(self, weights, self.distance(weights))
        norm = float(np.linalg.norm(chart.gradient(chart.origin)))
        return Placed(weights, norm, True, chart.tangent())

    def place(self, weights: Array, distance: float, options: Options) -> Placed:
        """Return the minimum at a distance that descent leads to.

        Parameters
        ----------
        weights : numpy.ndarray
            The start: the pair is moved to the distance first, along its difference.
        distance : float
            Positive.
        options : Options

        Returns
        -------
        Placed
        """
        chart = _Chart(self, weights, distance)
        function = Function(chart.value, chart.gradient, chart.hessian)
        if self.small:
            found = minimum(function, chart.origin, options)
        else:
            found = guided(function, chart.product, chart.origin, options)
        weights = chart.weights(found.x)
        chart = _Chart(self, weights, distance)
        return Placed(weights, found.gradient_norm, found.converged, chart.tangent())

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
        # the last columns of a reflection that takes the first unit vector to the normal or back
        mirror = self.normal.copy()
        mirror[0] += np.copysign(1.0, mirror[0])
        reflection = np.eye(len(mirror)) - 2 * np.outer(mirror, mirror) / (mirror @ mirror)
        self.basis = reflection[:, 1:]
        self.split = len(pair.rest)
        self.origin = np.concatenate([turned[pair.rest], np.zeros(len(mirror) - 1)])

    def weights(self, y: Array) -> Array:
        """Return the vector of all weights."""
        t = y[self.split :]
        f = self._factor(t)
        turned = np.empty(self.objective.size)
        turned[self.pair.rest] = y[: self.split]
        turned[self.pair.second] = self.radius * (2 * f - 1) * self.normal + f * self.basis @ t
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
        turn, rest, second = self._turn(y), self.pair.rest, self.pair.second
        result = np.empty((len(y), len(y)))
        mixed = curvature[np.ix_(rest, second)] @ turn
        result[: self.split, : self.split] = curvature[np.ix_(rest, rest)]
        result[: self.split, self.split :] = mixed
        result[self.split :, : self.split] = mixed.T
        inner = turn.T @ curvature[np.ix_(second, second)] @ turn
        result[self.split :, self.split :] = inner + self._bend(y)
        return (result + result.T) / 2

    def product(self, y: Array, v: Array) -> Array:
        """Return the second derivatives times a vector; the matrix is not made."""
        moved = self.pair.rotate(self._push(y, v))
        change = self.pair.rotate(self.objective.product(self.weights(y), moved))
        result = self._pull(y, change)
        result[self.split :] += self._bend(y) @ v[self.split :]
        return result

    def tangent(self) -> Array:
        """Return the derivative of the weights at the origin by the distance."""
        outward = np.zeros(self.objective.size)
        outward[self.pair.second] = self.normal
        turned = self.objective.product(self.weights(self.origin), self.pair.rotate(outward))
        mixed = self._pull(self.origin, self.pair.rotate(turned))
        if self.pair.small:
            change = solve(self.hessian(self.origin), -mixed)
        else:
            change = solve_by_products(partial(self.product, self.origin), -mixed)
        return ROOT * self.pair.rotate(outward + self._push(self.origin, change))

    def _factor(self, t: Array) -> float:
        return float(1 / (1 + (t @ t) / (4 * self.radius**2)))

    def _turn(self, y: Array) -> Array:
        """Return the derivatives of d by t."""
        t = y[self.split :]
        f = self._factor(t)
        first = -(f**2) / (2 * self.radius**2) * t
        return np.asarray(
            f * self.basis + np.outer(2 * self.radius * self.normal + self.basis @ t, first)
        )

    def _push(self, y: Array, v: Array) -> Array:
        """Return how the rotated vector changes as y does along v."""
        moved = np.empty(self.objective.size)
        moved[self.pair.rest] = v[: self.split]
        moved[self.pair.second] = self._turn(y) @ v[self.split :]
        return moved

    def _pull(self, y: Array, slope: Array) -> Array:
        """Return derivatives by y from those by the rotated vector."""
        return np.concatenate([slope[self.pair.rest], self._turn(y).T @ slope[self.pair.second]])

    def _bend(self, y: Array) -> Array:
        """Return the second derivatives of d by t, times the derivatives of the loss by d."""
        slope = self.pair.rotate(self.objective.gradient(self.weights(y)))[self.pair.second]
        t = y[self.split :]
        f, square = self._factor(t), self.radius**2
        across, along = self.basis.T @ slope, 2 * self.radius * (self.normal @ slope)
        first = -(f**2) / (2 * square) * t
        second = f**3 / (2 * square**2) * np.outer(t, t) - f**2 / (2 * square) * np.eye(len(t))
        bend = (along + across @ t) * second + np.outer(first, across) + np.outer(across, first)
        return np.asarray(bend)
