"""Descents of functions known by hand: through flat directions, past saddles, to infinity."""

import numpy as np
import pytest

pytest.importorskip("jax")
from critcount.landscape.optimise import Function, Options, by_products, minimum

# sinks for ever, ever more slowly
DOWNWARD = Function(
    lambda v: float(np.exp(-v[0] / 100)),
    lambda v: -np.exp(-v / 100) / 100,
    lambda v: np.exp(-v / 100)[None] / 1e4,
)


def test_descent_leaves_flat_directions_and_saddles():
    # Rosenbrock's valley in x, y; a saddle at y = 0 of the double well in z; nothing along w
    def value(v):
        x, y, z, _ = v
        return 1 + (1 - x) ** 2 + 100 * (y - x**2) ** 2 + (z**2 - 1) ** 2

    def gradient(v):
        x, y, z, _ = v
        slope = 200 * (y - x**2)
        return np.array([-2 * (1 - x) - 2 * x * slope, slope, 4 * z * (z**2 - 1), 0])

    def hessian(v):
        x, y, z, _ = v
        result = np.diag([2 - 400 * (y - x**2) + 800 * x**2, 200, 12 * z**2 - 4, 0])
        result[0, 1] = result[1, 0] = -400 * x
        return result

    start = np.array([-1.2, 1.0, 0.0, 5.0])
    function = Function(value, gradient, hessian)
    found = minimum(function, start, Options(radius=0.1))
    assert found.converged
    assert found.gradient_norm <= 1e-12
    np.testing.assert_allclose(np.abs(found.x), [1, 1, 1, 5], rtol=1e-12)
    short = minimum(function, start, Options(radius=0.1, iterations=3))
    assert not short.converged


def test_descent_stops_on_the_way_to_infinity():
    found = minimum(DOWNWARD, np.zeros(1), Options(largest=300.0))
    assert not found.converged
    assert 300 < found.x[0] < 1000


def test_descent_by_products_stops_on_the_way_to_infinity():
    for largest in (30.0, 300.0):
        told = []
        found = by_products(
            DOWNWARD,
            lambda v, d: np.exp(-v / 100) * d / 1e4,
            np.zeros(1),
            Options(largest=largest),
            advance=told.append,
        )
        assert not found.converged
        assert largest < found.x[0] < 4 * largest
        assert found.gradient_norm == pytest.approx(np.exp(-found.x[0] / 100) / 100)
        assert set(told) == {1}
