"""Curves through neurons that run to infinity together."""

import numpy as np

from critcount.landscape.curves import curve_through


def test_points_without_a_curve():
    assert curve_through(np.zeros((2, 3))) is None
    assert curve_through(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])) is None
    (nodes, jets) = curve_through(np.array([[3.0, 1.0], [1.0, 1.0]]))
    np.testing.assert_allclose(nodes, [1, -1])
    np.testing.assert_allclose(jets, [[2, 1], [1, 0]])
