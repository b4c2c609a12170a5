"""Gradient flow: the way straight down the loss, as an ordinary differential equation."""

from __future__ import annotations

import math

import numpy as np

from critcount._support import checks
from critcount._support.types import Array
from critcount.landscape.problem import Objective, Problem
from critcount.landscape.vectors import network_of, to_vector
from critcount.weights.network import Network

__all__ = ["flowed", "gradient_flow", "require_time"]

#: Accuracy of a step, relative to the weights and absolute.
RELATIVE, ABSOLUTE = 1e-6, 1e-8


def gradient_flow(
    problem: Problem,
    network: Network,
    time: float,
    *,
    slow: float = 1e-8,
    largest: float = 1e3,
    limit: int = 5000,
) -> Network:
    """Return where the flow dθ/dt = -∇L leads from a network in a time.

    Parameters
    ----------
    problem : Problem
    network : Network
        The start, at the time 0.
    time : float
        Not negative; in units of 1/(curvature of the loss).
    slow : float
        The flow ends before when the norm of the gradient, its speed, is not above this.
    largest : float
        It ends before when a weight reaches this in magnitude.
    limit : int
        The most parameters: the Hessian is made.

    Returns
    -------
    Network

    Raises
    ------
    TypeError, ValueError
        A time that is negative or no number.
    SizeLimitError
        Past the limit.

    See Also
    --------
    critcount.landscape.train : a descent from a random start to the last digit.

    Notes
    -----
    scipy's LSODA, with the Hessian as the derivative, errors of 1e-6 of the weights a step. It
    takes long steps where the loss is flat: times of 10^6 cost little more than of 10^3. Unlike
    Adam and second-order methods the flow never leaps out of the basin that it is in.

    Examples
    --------
    >>> problem = Problem([[1.0]], [[1.0]], activation="tanh")
    >>> start = Network([[[0.5]], [[0.5]]])
    >>> [round(problem.loss(gradient_flow(problem, start, time)), 4) for time in (0, 1, 10)]
    [0.5913, 0.0478, 0.0]
    """
    time = require_time("time", time)
    objective, vector = problem.at(network), to_vector(network)
    return network_of(flowed(objective, vector, time, slow, largest, limit), objective.layout)


def require_time(name: str, time: float) -> float:
    """Return a time of flow, or raise.

    >>> require_time("flow", 10)
    10.0
    """
    if isinstance(time, bool) or not isinstance(time, int | float | np.number):
        raise TypeError(f"{name} must be a number, not {checks.show(time)}")
    if not 0 <= time < np.inf:
        raise ValueError(f"{name} must be finite and not negative, not {checks.show(time)}")
    return float(time)


def flowed(
    objective: Objective, vector: Array, time: float, slow: float, largest: float, limit: int
) -> Array:
    """Return the same for a vector.

    >>> problem = Problem([[1.0]], [[1.0]], activation="tanh")
    >>> objective = problem.at(Network([[[0.5]], [[0.5]]]))
    >>> flowed(objective, np.array([0.5, 0.5]), 0.0, 1e-8, 1e3, 5000)
    array([0.5, 0.5])
    """
    from scipy.integrate import solve_ivp

    checks.size("the flow", objective.size, limit, "parameters", "raise limit")

    def moving(time: float, vector: Array) -> float:
        return math.log(max(float(np.linalg.norm(objective.gradient(vector))), 1e-300) / slow)

    def bounded(time: float, vector: Array) -> float:
        return math.log(largest / max(float(np.abs(vector).max(initial=0)), 1e-300))

    if not time or moving(0.0, vector) <= 0 or bounded(0.0, vector) <= 0:
        return vector
    ends = [moving, bounded]
    for end in ends:
        end.terminal = True  # type: ignore[attr-defined]  # so scipy is told
    found = solve_ivp(
        lambda _, x: -objective.gradient(x),
        (0.0, time),
        vector,
        method="LSODA",
        jac=lambda _, x: -objective.hessian(x, limit=limit),
        rtol=RELATIVE,
        atol=ABSOLUTE,
        events=ends,
    )
    return np.asarray(found.y[:, -1])
