"""Descent by products: the same minima as by matrices, in few products."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("jax")
from critcount.landscape import to_vector
from critcount.landscape.conditioned import Conditioner, descended, solved
from critcount.landscape.optimise import Function, Options
from tests.landscape.trained import task


def quadratic(values):
    sizes = np.asarray(values, np.float64)
    return (
        Function(lambda x: float(x @ (sizes * x)) / 2, lambda x: sizes * x, np.diag),
        lambda x: lambda v: sizes * v,
    )


def plain(x):
    return lambda v: v


def test_a_good_inverse_saves_products():
    sizes = 10.0 ** -np.arange(8)
    counts = []
    for near in (lambda v: v, lambda v: v / (sizes + 1e-9)):
        count = []

        def product(v, count=count):
            count.append(1)
            return sizes * v

        found = solved(product, near, np.ones(8), 1e-6)
        np.testing.assert_allclose(found * sizes, np.ones(8), rtol=1e-4)
        counts.append(len(count))
    assert counts[1] <= 3 < counts[0]


def test_a_saddle_is_left():
    def value(x):
        return float(x[0] ** 2 + (x[1] ** 2 - 1) ** 2)

    def slope(x):
        return np.array([2 * x[0], 4 * x[1] * (x[1] ** 2 - 1)])

    def curvature(x):
        return lambda v: np.array([2, 12 * x[1] ** 2 - 4]) * v

    function = Function(value, slope, lambda x: np.zeros((2, 2)))
    found = descended(function, curvature, plain, np.array([0.5, 1e-3]), Options())
    assert found.converged
    np.testing.assert_allclose(found.x, [0, 1], atol=1e-10)


def test_flat_directions_are_not_followed():
    function, curvature = quadratic([1, 1e-3, 0])
    found = descended(function, curvature, plain, np.array([3.0, 4, 5]), Options())
    assert found.converged
    np.testing.assert_allclose(found.x, [0, 0, 5], atol=1e-8)


def test_where_descent_ends():
    function, curvature = quadratic([1, 1])
    start = np.array([30.0, 40.0])
    near = descended(function, curvature, plain, start, Options(), within=2.0)
    assert not near.converged
    assert 2 < np.linalg.norm(near.x - start) < 10
    one = descended(function, curvature, plain, start, Options(iterations=1))
    assert not one.converged
    assert np.linalg.norm(one.x - start) == pytest.approx(1)  # the radius
    down, downward = quadratic([1, -1])
    away = descended(down, downward, plain, np.ones(2), Options(largest=50))
    assert not away.converged
    assert np.abs(away.x).max() > 50


def test_an_inverse_is_made_anew_when_it_is_worn():
    problem, network = task((2, 2, 1), 0)
    objective, vector = problem.at(network), to_vector(network)
    near = Conditioner(objective)
    assert near(vector) is vector  # none is made yet
    near.renew(vector)
    first = near.factor
    assert near.at(vector).factor is first
    exact = np.linalg.solve(objective.hessian(vector), vector)
    np.testing.assert_allclose(near(vector), exact, rtol=1e-4)
    assert near.at(vector).factor is not first
    near.forget()
    assert near.factor is None


def test_a_network_by_products():
    problem, network = task((2, 2, 1), 0)
    objective, vector = problem.at(network), to_vector(network)
    function = Function(objective.loss, objective.gradient, objective.hessian)
    found = descended(
        function,
        lambda x: partial(objective.product, x),
        Conditioner(objective).at,
        vector + 0.01,
        Options(tolerance=1e-11),
    )
    assert found.converged
    np.testing.assert_allclose(found.x, vector, atol=1e-7)
