"""Figures of critical lines and channels: what is drawn is what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from critcount import Network, SizeLimitError
from critcount.landscape import Problem, along_critical_line
from critcount.landscape.channels import ChannelEnd, ChannelPoint
from critcount.landscape.gates import Gate, GatedNetwork
from critcount.landscape.inertia import split_inertia
from critcount.landscape.spectra import spectrum
from critcount.plots.critical import channel_laws, critical_line
from tests.landscape.critical_points import critical_point


@pytest.fixture(scope="module")
def minimum():
    """A minimum of 1-2-1 whose neurons have a negative and a positive S."""
    critical, network = critical_point((1, 2, 1), 0)
    outputs = network(critical.inputs, "tanh")
    targets = outputs + 0.05 * (critical.targets - outputs)
    return Problem(critical.inputs, targets, "tanh"), network


@pytest.mark.parametrize("neuron", [0, 1])
def test_the_line(minimum, neuron):
    problem, network = minimum
    line = along_critical_line(problem, network, 0, neuron, shares=[-0.5, 0.0, 0.3, 1.0, 1.5])
    assert line.eigenvalues.shape == (5, 6)
    assert (line.reduced.index, line.reduced.nullity) == (0, 0)
    for share, values in zip(line.shares, line.eigenvalues, strict=True):
        index = int((values < -1e-11 * values[-1]).sum())
        assert line.index(share) == index
        assert split_inertia(problem, network, 0, neuron, [share, 1 - share]).index == index
        on = any(start < share < stop for start, stop in line.plateaus())
        assert on == (index == 0 and share not in (0, 1))
    # off the line the loss falls where there is a negative eigenvalue, and only there
    lower = line.lower < line.loss * (1 - 1e-12)
    assert lower[[0, 2, 4]].tolist() == [line.index(s) > 0 for s in (-0.5, 0.3, 1.5)]
    drawn = critical_line(line)
    above, below = drawn.axes
    np.testing.assert_array_equal(above.lines[1].get_ydata(), line.lower)
    np.testing.assert_array_equal(below.lines[2].get_ydata(), line.eigenvalues[:, 2])
    assert len(above.patches) == len(line.plateaus())
    assert line.plateaus()


def test_a_saddle_has_no_plateau():
    problem, network = critical_point((2, 2, 2), 0)
    line = along_critical_line(problem, network, 0, 0, shares=[0.4, 0.5])
    assert line.plateaus() == ()
    assert critical_line(line).axes[0].get_title() == "Two copies of neuron 0 of layer 0"


def test_bad_lines(minimum):
    problem, network = minimum
    with pytest.raises(IndexError, match="neuron must be one of the neurons 0, …, 1"):
        along_critical_line(problem, network, 0, 2)
    with pytest.raises(ValueError, match="shares must be a list"):
        along_critical_line(problem, network, 0, 0, shares=[1.0])
    with pytest.raises(ValueError, match="shares must ascend"):
        along_critical_line(problem, network, 0, 0, shares=[1.0, 0.0])
    with pytest.raises(SizeLimitError):
        along_critical_line(problem, network, 0, 0, limit=5)
    decaying = Problem(problem.inputs, problem.targets, "tanh", weight_decay=0.1)
    with pytest.raises(ValueError, match="only equal shares are critical"):
        along_critical_line(decaying, network, 0, 0)


def end_of(order, rise=2.0):
    """A made-up end."""
    base = Network([np.ones((1, 2)), np.ones((1, 1))])
    bends = np.zeros((order - 2, 2))
    gate = Gate(0, 0, np.array([1.0, 0.0]), np.ones((order - 1, 1)), bends)
    gated = GatedNetwork(base, (gate,))
    return ChannelEnd(gated, 0.25, 1e-15, spectrum(np.eye(2)), (rise,), True)


@pytest.mark.parametrize("order", [2, 3])
def test_the_laws_of_a_channel(order):
    end = end_of(order)
    points = [
        ChannelPoint(e, 0.25 + 2 * e**2, 1.0, 3 / e ** (2 * order - 2), end.gated.base)
        for e in (0.1, 0.05)
    ]
    left, right = channel_laws(end, points).axes
    for axes in (left, right):
        law, measured = axes.lines
        np.testing.assert_allclose(law.get_ydata(), measured.get_ydata(), rtol=1e-9)
        np.testing.assert_allclose(measured.get_xdata(), [10, 20])
    assert "0.25" in left.get_title()
    with pytest.raises(ValueError, match="points must be two or more"):
        channel_laws(end, points[:1])
    with pytest.raises(ValueError, match="end must be a minimum at infinity"):
        channel_laws(end_of(order, -1.0), points)
