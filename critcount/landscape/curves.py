"""Curves through points near each other, and sums over them that are derivatives.

k points p_i lie on a curve p(t) = p_0 + Δ t + κ_2 t²/2 + … + κ_{k-1} t^{k-1}/(k-1)!, parametrised
by its own direction at the middle: |Δ| = 1, the bends κ orthogonal to Δ, and the points at nodes
of the sum 0. The distance is ε = (Σ t_i²/2)^½, half of that of two points.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from critcount._support import markup
from critcount._support.types import Array

__all__ = ["Curve", "curve_through", "mixing", "nodes"]

#: How often the direction of a curve is taken anew, and how exact it has to be.
ROUNDS, EXACT = 100, 1e-12
#: Nodes nearer to each other than this, relative to the distance, are the same.
SAME_NODE = 1e-9


class Curve(NamedTuple):
    """A curve through points.

    Attributes
    ----------
    nodes : numpy.ndarray
        (k,), with the sum 0.
    jets : numpy.ndarray
        (k, d): p_0, Δ, κ_2, …
    """

    nodes: Array
    jets: Array

    def moments(self) -> Array:
        """Return t_i^m/m!, (k, k), a row for each point: values at them times this are moments."""
        return _powers(self.nodes)

    def _repr_html_(self) -> str:
        return markup.record(self)


@functools.cache
def nodes(order: int) -> Array:
    """Return evenly spaced nodes at the distance 1, the largest first.

    >>> nodes(3)
    array([ 1.,  0., -1.])
    """
    found = np.arange(order - 1.0, -order, -2.0)
    found /= np.sqrt(np.sum(found**2) / 2)
    found.flags.writeable = False
    return found


@functools.cache
def mixing(order: int) -> Array:
    """Return the weights whose moments at `nodes` are given: an inverse, (order, order).

    With a_m the moments Σ_i a(i) t_i^m/m!, a(i) = Σ_m mixing[i, m] a_m.

    >>> mixing(3)
    array([[ 0. ,  0.5,  1. ],
           [ 1. ,  0. , -2. ],
           [ 0. , -0.5,  1. ]])
    """
    found = np.asarray(np.linalg.inv(_powers(nodes(order)).T) + 0.0, np.float64)
    found.flags.writeable = False
    return found


def curve_through(points: Array) -> Curve | None:
    """Return the curve through points, or None where they do not lie on one.

    The direction is found by going through the curve of the last one until it stays; points of
    which two have the same node, such as equal ones, and triangles that are not flat have none.

    Parameters
    ----------
    points : numpy.ndarray
        (k, d), k ≥ 2.

    Returns
    -------
    Curve or None

    Examples
    --------
    >>> found = curve_through(np.array([[1.0, 0.01], [0.0, 0.0], [-1.0, 0.01]]))
    >>> found.nodes
    array([ 1.,  0., -1.])
    >>> found.jets.round(9) + 0.0
    array([[0.  , 0.  ],
           [1.  , 0.  ],
           [0.  , 0.02]])
    """
    middle = points.mean(axis=0)
    away = points - middle
    direction = np.linalg.svd(away, full_matrices=False)[2][0]
    direction = direction * (np.sign(direction @ (points[0] - points[-1])) or 1.0)
    for _ in range(ROUNDS):
        places = away @ direction
        places -= places.mean()
        distance = float(np.sqrt(places @ places / 2))
        if not distance or np.diff(np.sort(places)).min() < SAME_NODE * distance:
            return None
        jets = np.linalg.solve(_powers(places / distance), away)
        jets /= distance ** np.arange(len(points))[:, None]
        following = jets[1] / np.linalg.norm(jets[1])
        if np.linalg.norm(following - direction) <= EXACT:
            jets[0] += middle
            return Curve(places, jets)
        direction = following
    return None


def _powers(places: Array) -> Array:
    k = len(places)
    factorials = np.array([math.factorial(m) for m in range(k)], np.float64)
    return np.asarray(places[:, None] ** np.arange(k) / factorials, np.float64)
