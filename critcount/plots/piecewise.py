"""Figures of piecewise linear networks: regions of the plane, graphs with their knots."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np

from critcount._support import checks
from critcount._support.types import Array
from critcount.piecewise.knots import find_knots
from critcount.piecewise.rational import RationalNetwork, as_rational
from critcount.piecewise.regions import MOST_REGIONS, Region, find_regions
from critcount.piecewise.sensitivity import sensitivities, sensitivity_by_region
from critcount.plots.style import BLUE, COLORS, GREY, ORANGE, figure, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from critcount.piecewise.regions import BoxLike
    from critcount.weights.network import Network

__all__ = ["QUANTITIES", "draw_function", "draw_regions", "draw_sensitivity"]

#: The largest magnitude of what is drawn: floats end soon after.
LARGEST_DRAWN = 10**300

Quantity = Literal["active", "slope", "sensitivity"]
#: What the regions of `draw_regions` can be coloured by, and the label of the scale.
QUANTITIES: dict[Quantity, str] = {
    "active": "active neurons",
    "slope": "norm of the gradient",
    "sensitivity": "tangent sensitivity",
}


@look()
def draw_regions(
    network: Network | RationalNetwork,
    box: BoxLike,
    color: Quantity = "sensitivity",
    *,
    limit: int = MOST_REGIONS,
) -> Figure:
    """Draw the activation regions of a network with two inputs, coloured by a quantity.

    Parameters
    ----------
    network : Network or RationalNetwork
        With two inputs.
    box : sequence
        (low, high) for both inputs, or a pair for each.
    color : {"active", "slope", "sensitivity"}
        How many neurons are active; the Frobenius norm of the output's derivative; the tangent
        sensitivity.
    limit : int
        The most regions.

    Returns
    -------
    matplotlib.figure.Figure
        A polygon for every region, in the order in which they are listed.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    TypeError, ValueError, SizeLimitError
        As `critcount.piecewise.find_regions`; when there are not two inputs.
    """
    from matplotlib.collections import PolyCollection

    rational = as_rational(network)
    if rational.widths[0] != 2:
        raise ValueError(f"network must have two inputs to be drawn, not {rational.widths[0]:,}")
    checks.choice("color", color, QUANTITIES)
    found = list(find_regions(rational, box, limit=limit))
    values = _values(rational, found, color)
    drawn = figure(5.6, 4.6)
    axes = drawn.add_subplot(xlabel="first input", ylabel="second input")
    axes.grid(False)
    polygons = PolyCollection(
        [_around(region) for region in found],
        array=np.array(values),
        cmap="viridis",
        edgecolor="white",
        linewidth=0.5,
    )
    axes.add_collection(polygons)
    axes.autoscale_view()
    axes.margins(0)
    axes.set_aspect("equal")
    axes.set_title(f"{len(found):,} activation regions")
    drawn.colorbar(polygons, ax=axes, label=QUANTITIES[color])
    return drawn


@look()
def draw_function(
    network: Network | RationalNetwork,
    interval: tuple[int | float | Fraction, int | float | Fraction] | None = None,
) -> Figure:
    """Draw the graph of a network with one input, and its knots.

    Parameters
    ----------
    network : Network or RationalNetwork
        With one input. Each output is a line.
    interval : pair of numbers, optional
        By default all knots, with a tenth of their span on both sides.

    Returns
    -------
    matplotlib.figure.Figure
        The lines bend at the knots and nowhere else; the last line holds the markers.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    TypeError, ValueError, SizeLimitError
        As `critcount.piecewise.find_knots`.
    """
    rational = as_rational(network)
    points = find_knots(rational, interval)
    if interval is None:
        low, high = (points[0], points[-1]) if points else (Fraction(0), Fraction(0))
        margin = (high - low) / 10 or Fraction(1)
        ends = low - margin, high + margin
    else:
        ends = Fraction(interval[0]), Fraction(interval[1])
    x = sorted({ends[0], *points, ends[1]})
    y = [[_drawn(value) for value in rational([point])] for point in x]
    drawn = figure()
    axes = drawn.add_subplot(xlabel="input", ylabel="output")
    for k in range(len(y[0])):
        color = COLORS[k % len(COLORS)]
        axes.plot([_drawn(a) for a in x], [b[k] for b in y], color=color)
    bends = set(points)
    at = [(_drawn(a), value) for a, b in zip(x, y, strict=True) if a in bends for value in b]
    axes.plot([a for a, _ in at], [b for _, b in at], "o", color="black", ms=3)
    axes.set_title(f"{len(points):,} knots")
    return drawn


@look()
def draw_sensitivity(
    network: Network | RationalNetwork, box: BoxLike, *, limit: int = MOST_REGIONS
) -> Figure:
    """Draw how the tangent sensitivity spreads over the regions of a box.

    Parameters
    ----------
    network : Network or RationalNetwork
        With at most four inputs.
    box : sequence
        (low, high) for all inputs, or a pair for each.
    limit : int
        The most regions.

    Returns
    -------
    matplotlib.figure.Figure
        The share of the box, and the share of the regions, on which the sensitivity is at most
        that of the axis; the mean over the box as a vertical line.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    TypeError, ValueError, SizeLimitError
        As `critcount.piecewise.tangent_sensitivity`.
    """
    frame = sensitivity_by_region(network, box, limit=limit)[::-1]
    values = [_drawn(value) for value in frame["sensitivity"]]
    shares = np.cumsum([float(share) for share in frame["share"]])
    mean = _drawn(sum(frame["share"] * frame["sensitivity"]))
    drawn = figure()
    axes = drawn.add_subplot(xlabel="tangent sensitivity", ylabel="share at most that")
    axes.step(values, shares, where="post", color=BLUE, label="of the box")
    counts = np.arange(1, len(values) + 1) / len(values)
    axes.step(values, counts, where="post", color=ORANGE, linestyle="--", label="of the regions")
    axes.axvline(mean, color=GREY, linewidth=1, label="mean over the box")
    axes.set_ylim(0, 1.02)
    axes.set_title(f"{len(values):,} activation regions")
    axes.legend(loc="lower right")
    return drawn


def _drawn(value: int | Fraction) -> float:
    """Return a number as a figure has it; refuse one for which it has no room."""
    if not -LARGEST_DRAWN <= value <= LARGEST_DRAWN:
        raise ValueError(
            "network has values above 1e300 in magnitude here, which cannot be drawn: scale its "
            "weights down"
        )
    return float(value)


def _values(network: RationalNetwork, found: list[Region], color: Quantity) -> list[float]:
    if color == "active":
        return [float(sum(map(sum, region.pattern))) for region in found]
    if color == "slope":
        return [
            math.hypot(*(_drawn(x) for row in region.weights for x in row)) for region in found
        ]
    return [_drawn(x) for x in sensitivities(network, [region.pattern for region in found])]


def _around(region: Region) -> Array:
    """Return the corners of a polygon in order: by their angle from the middle."""
    corners = np.array([[_drawn(x) for x in vertex] for vertex in region.vertices])
    dx, dy = (corners - corners.mean(axis=0)).T
    return corners[np.argsort(np.arctan2(dy, dx))]
