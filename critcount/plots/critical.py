"""Figures of critical lines and channels: where a plateau ends, and the laws to infinity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from critcount.landscape.channels import ChannelEnd, ChannelPoint
from critcount.landscape.lines import CriticalLine
from critcount.plots.style import BLUE, GREY, ORANGE, figure, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["channel_laws", "critical_line"]

#: A plateau is shaded in this.
SHADE = "#DDEBF5"
#: Eigenvalues smaller than this, relative to the largest, are drawn on a linear scale.
LINEAR_SCALE = 1e-6


@look()
def critical_line(line: CriticalLine) -> Figure:
    """Draw loss and eigenvalues where a neuron is replaced by two copies, by their shares.

    Above, the loss, which is the same on all of the line, and the loss a step off it along the
    eigenvector of the lowest eigenvalue, the lower of both sides. Below, the eigenvalues of the
    Hessian. Where the points are local minima, on the plateau, both are shaded; at the shares 0
    and 1 eigenvalues change their sign.

    Parameters
    ----------
    line : CriticalLine
        Made by `critcount.landscape.along_critical_line`.

    Returns
    -------
    matplotlib.figure.Figure
        Of two panels.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    """
    drawn = figure(6.4, 5.2)
    above, below = drawn.subplots(2, 1, sharex=True)
    ends = float(line.shares.min()), float(line.shares.max())
    label: str | None = "plateau: local minima"
    for start, stop in line.plateaus():
        for axes in (above, below):
            axes.axvspan(
                max(start, ends[0]), min(stop, ends[1]), color=SHADE, linewidth=0, label=label
            )
            label = None
    above.plot(line.shares, np.full(len(line.shares), line.loss), color=BLUE, label="on the line")
    above.plot(
        line.shares,
        line.lower,
        color=ORANGE,
        linestyle="--",
        label=f"{line.step:.2g} off it, along the lowest eigenvalue",
    )
    above.set_ylabel("loss")
    above.ticklabel_format(axis="y", useOffset=False)
    largest = float(np.abs(line.eigenvalues).max())
    below.set_yscale("symlog", linthresh=LINEAR_SCALE * largest)
    powers = 10.0 ** np.arange(np.ceil(np.log10(LINEAR_SCALE * largest)) + 1, np.log10(largest), 2)
    below.set_yticks([*-powers[::-1], 0, *powers])
    for number, values in enumerate(line.eigenvalues.T):
        below.plot(
            line.shares, values, color=BLUE, linewidth=0.9, label=None if number else "eigenvalues"
        )
    for axes in (above, below):
        for share in (0, 1):
            axes.axvline(share, color=GREY, linewidth=0.8, zorder=1)
    below.axhline(0, color=GREY, linewidth=0.8, zorder=1)
    below.set(xlabel="share of the outgoing weights that the first copy has", xlim=ends)
    below.set_ylabel("eigenvalue of the Hessian")
    above.set_title(
        f"Two copies of neuron {line.neuron} of layer {line.layer}: S is "
        f"{'indefinite' if line.block.kind == 'none' else line.block.kind}"
        if line.block.rank == 0
        else f"Two copies of neuron {line.neuron} of layer {line.layer}"
    )
    drawn.legend(loc="outside lower center", ncols=2)
    return drawn


@look()
def channel_laws(end: ChannelEnd, points: Sequence[ChannelPoint]) -> Figure:
    """Draw loss and largest eigenvalue along a channel to infinity, against 1/ε, with their laws.

    On the left the loss minus that of the end, and the line hε²; on the right the largest
    eigenvalue of the Hessian, and a line of the power 2k - 2 of 1/ε through the last point, k the
    largest number of neurons that run to infinity together.

    Parameters
    ----------
    end : ChannelEnd
        A minimum at infinity.
    points : sequence of ChannelPoint
        Two or more, made by `critcount.landscape.follow_channel`.

    Returns
    -------
    matplotlib.figure.Figure
        Of two panels.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    ValueError
        When the loss does not fall towards the end; fewer points.
    """
    if len(points) < 2:
        raise ValueError(f"points must be two or more, not {len(points)}")
    if not end.stable:
        raise ValueError(
            "end must be a minimum at infinity: towards this one the loss does not fall, or it is "
            "no minimum of the limit loss"
        )
    inverse = 1 / np.array([point.epsilon for point in points])
    order = max(gate.order for gate in end.gated.gates)
    drawn = figure(6.4, 3.4)
    left, right = drawn.subplots(1, 2)
    heights = np.array([point.loss for point in points]) - end.loss
    law = "hε²" if len(end.rises) == 1 else "Σhε²"
    left.plot(inverse, sum(end.rises) / inverse**2, color=GREY, label=law)
    left.plot(inverse, heights, "o", color=BLUE, markersize=5, label="loss above its limit")
    left.set(xscale="log", yscale="log", xlabel="1/ε")
    left.set_title(f"loss, limit {end.loss:.8g}")
    curvatures = np.array([point.largest_eigenvalue for point in points])
    power = 2 * order - 2
    right.plot(
        inverse,
        curvatures[-1] * (inverse / inverse[-1]) ** power,
        color=GREY,
        linestyle="--",
        label=f"1/ε{'²' if power == 2 else f'^{power}'} through the last",
    )
    right.plot(inverse, curvatures, "s", color=ORANGE, markersize=5, label="largest eigenvalue")
    right.set(xscale="log", yscale="log", xlabel="1/ε")
    right.set_title("Hessian")
    drawn.legend(loc="outside lower center", ncols=4)
    return drawn
