"""Figures of numbers: critical against global subspaces, growth, dimensions, factors.

Every function draws a frame, of `critcount.plots.frames` or `critcount.output.tables`. Axes of
numbers are logarithmic and hold numbers of any length: the axis is that of the logarithm,
labelled with powers of ten.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from critcount._support import numerals
from critcount.plots import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["dimensions", "factors", "growth", "ratio"]

# the mark of a crossover
_RING: dict[str, Any] = {
    "linestyle": "",
    "marker": "o",
    "markersize": 9,
    "markerfacecolor": "none",
    "markeredgewidth": 1.2,
}


@style.look()
def ratio(frame: pd.DataFrame) -> Figure:
    """Draw the ratio of critical to global subspaces against the width m.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns r_star, crossover, m, log10_ratio, as `critcount.plots.frames.ratio_frame` returns.

    Returns
    -------
    matplotlib.figure.Figure
        A curve for every minimal width r*, a ring at the crossover, the first m at which the
        ratio is below 1.

    Examples
    --------
    >>> from critcount.plots import frames
    >>> len(ratio(frames.ratio_frame([3, 4], 12)).axes[0].lines)
    5
    """
    from matplotlib.lines import Line2D

    figure = style.figure()
    axes = figure.add_subplot(xlabel="width $m$")
    axes.set_ylabel(r"$\sum_{r<r^*} G(r, m)\, /\, T(r^*, m)$")
    groups = list(frame.groupby("r_star", sort=True))
    marker = "o" if max(len(curve) for _, curve in groups) <= 40 else ""
    for color, (r_star, curve) in zip(style.colors(len(groups)), groups, strict=True):
        name = f"$r^* = {_integer(r_star)}$"
        axes.plot(curve.m, curve.log10_ratio, color=color, marker=marker, label=name)
        at = curve[curve.m == curve.r_star + curve.crossover]
        axes.plot(
            at.m,
            at.log10_ratio,
            color=color,
            label=f"_crossover {r_star}",
            **_RING,
        )
    _regimes(axes, frame)
    ring = Line2D([], [], color="black", label="crossover", **_RING)
    handles = [*axes.get_legend_handles_labels()[0], ring]
    axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1, 0.5))
    _width_axis(axes, frame.m.min(), frame.m.max())
    return figure


def _regimes(axes: Axes, frame: pd.DataFrame) -> None:
    """The line at which both kinds are as many, and what lies on either side of it."""
    low, high = float(frame.log10_ratio.min()), float(frame.log10_ratio.max())
    _power_axis(axes.yaxis, low, high)
    axes.axhline(0, color=style.GREY, linewidth=1, zorder=1)
    bottom, top = axes.get_ylim()
    room = 0.07 * (top - bottom)  # for what is written there
    bottom, top = bottom - room, top + room
    axes.set_ylim(bottom, top)
    for height, text, y, edge in (
        (top, "mild: critical subspaces dominate", 0.98, "top"),
        (-bottom, "vast: global minima dominate", 0.02, "bottom"),
    ):
        if height > 0.1 * (top - bottom):
            axes.text(0.02, y, text, va=edge, color=style.DARK, transform=axes.transAxes)


@style.look()
def growth(frame: pd.DataFrame) -> Figure:
    """Draw T(r, m) and G(r, m) against m for several r.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns r, m, log10_T, log10_G, as `critcount.plots.frames.growth_frame` returns.

    Returns
    -------
    matplotlib.figure.Figure
        A solid line for every T, a dashed one of the same colour for G.
    """
    from matplotlib.lines import Line2D

    figure = style.figure()
    axes = figure.add_subplot(xlabel="width $m$", ylabel="number of subspaces")
    groups = list(frame.groupby("r", sort=True))
    handles = []
    for color, (r, curve) in zip(style.colors(len(groups)), groups, strict=True):
        axes.plot(curve.m, curve.log10_T, color=color, label=f"T({r}, m)")
        axes.plot(curve.m, curve.log10_G, "--", color=color, label=f"G({r}, m)")
        handles.append(Line2D([], [], color=color, label=f"$r = {_integer(r)}$"))
    handles.append(Line2D([], [], color="black", label="global minima, $T(r, m)$"))
    handles.append(Line2D([], [], color="black", linestyle="--", label="critical, $G(r, m)$"))
    axes.legend(handles=handles)
    _width_axis(axes, frame.m.min(), frame.m.max())
    _power_axis(axes.yaxis, 0, frame.log10_T.max())
    return figure


@style.look()
def dimensions(frame: pd.DataFrame, title: str = "") -> Figure:
    """Draw how many subspaces of global minima have which dimension.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns dimension, log10_count, as `critcount.plots.frames.dimensions_frame` returns.
    title : str
        Of which network.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = style.figure()
    axes = figure.add_subplot(xlabel="dimension of the subspace", ylabel="number of subspaces")
    axes.set_title(title)
    few = len(frame) <= 60
    axes.plot(
        frame.dimension,
        frame.log10_count,
        color=style.BLUE,
        marker="o" if few else "",
        linewidth=0.8 if few else 1.6,
    )
    if len(frame) == 1:
        axes.set_xlim(frame.dimension[0] - 3, frame.dimension[0] + 3)
    _integer_axis(axes.xaxis)
    _power_axis(axes.yaxis, frame.log10_count.min(), frame.log10_count.max())
    return figure


@style.look()
def factors(frame: pd.DataFrame) -> Figure:
    """Draw by what factor permutation points outnumber the minima, against their order.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of one architecture: columns architecture, order, factor_layer, factor_network,
        factor_any, as `critcount.output.tables.permutation_point_table` returns.

    Returns
    -------
    matplotlib.figure.Figure
        A curve for every spread (`critcount.permutation_point_factor`), up to the last order
        whose factor is not 0.

    Raises
    ------
    ValueError
        When the frame holds several architectures.
    """
    names = frame.architecture.unique()
    if len(names) != 1:
        raise ValueError(f"frame must be of one architecture, not of {len(names)}")
    labels = {
        "factor_any": "blocks of any size collide",
        "factor_network": "pairs, in any layers",
        "factor_layer": "pairs, all in one layer",
    }
    figure = style.figure()
    axes = figure.add_subplot(xlabel="order $K$", ylabel="permutation points per minimum")
    axes.set_title(names[0])
    low = high = 0.0
    for number, (column, label) in enumerate(labels.items()):
        logs = [numerals.log10(x) for x in frame[column]]
        seen = [(k, y) for k, y in zip(frame.order, logs, strict=True) if y > -math.inf]
        few = len(logs) <= 40
        axes.plot(
            [k for k, _ in seen],
            [y for _, y in seen],
            color=style.COLORS[number],
            linestyle=style.LINESTYLES[number],
            marker=style.MARKERS[number] if few else "",
            label=label,
        )
        low, high = (edge([y for _, y in seen] + [at]) for edge, at in ((min, low), (max, high)))
    axes.legend()
    _integer_axis(axes.xaxis)
    _power_axis(axes.yaxis, low, high)
    return figure


def _integer(n: Any) -> str:
    return f"{int(n):,}".replace(",", r"\,")


def _width_axis(axes: Axes, low: int, high: int) -> None:
    """Widths: logarithmic where they go over more than a decade."""
    if high > 10 * low:
        axes.set_xscale("log")
    else:
        _integer_axis(axes.xaxis)


def _integer_axis(axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"${_integer(round(x))}$"))


def _power_axis(axis: Axis, low: float, high: float) -> None:
    """The axis of a decimal logarithm, labelled with powers of ten."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda y, _: f"$10^{{{_integer(round(y))}}}$"))
    if high - low < 3:
        axis.axes.set_ylim(math.floor(low) - 0.1, math.ceil(high) + 0.1)
