"""The chart of the pairs at a given distance: derivatives against differences."""

import numpy as np
import pytest

from critcount import Network

pytest.importorskip("jax")
from critcount.landscape import (
    Problem,
    to_vector,
)
from critcount.landscape.collision import Pair, _Chart


def test_chart_derivatives():
    rng = np.random.default_rng(0)
    problem = Problem(rng.normal(size=(30, 3)), rng.normal(size=(30, 2)))
    network = Network(
        [rng.normal(size=s) for s in ((4, 3), (3, 4), (2, 3))],
        [rng.normal(size=4), None, rng.normal(size=2)],
    )
    for layer in (0, 1):
        pair = Pair(problem, network, layer, 0, 2, 5000)
        chart = _Chart(pair, to_vector(network), 0.7)
        y = chart.origin + 0.3 * rng.normal(size=len(chart.origin))
        assert pair.distance(chart.weights(y)) == pytest.approx(0.7, rel=1e-14)
        step = 1e-5
        slopes, curves = [], []
        for unit in np.eye(len(y)):
            ends = y + step * unit, y - step * unit
            slopes.append((chart.value(ends[0]) - chart.value(ends[1])) / 2 / step)
            curves.append((chart.gradient(ends[0]) - chart.gradient(ends[1])) / 2 / step)
        np.testing.assert_allclose(chart.gradient(y), slopes, atol=1e-6)
        np.testing.assert_allclose(chart.hessian(y), curves, atol=1e-5)
        for v in rng.normal(size=(3, len(y))):
            np.testing.assert_allclose(chart.curvature(y)(v), chart.hessian(y) @ v, atol=1e-10)
