"""Figures of real networks: losses along paths, Hessian spectra, students in the input plane."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from critcount._support import checks
from critcount.landscape.experiments.collisions import Collision, Collisions
from critcount.landscape.experiments.students import Student, Students
from critcount.plots.style import BLUE, COLORS, GREY, LINESTYLES, MARKERS, ORANGE, figure, look

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["endings", "loss_along_paths", "require_room", "spectra", "students"]

#: The ways to end that `endings` draws, from the bottom; all others are one more.
SHOWN_ENDINGS = ("minimum", "plateau", "channel")
#: More panels than this are not legible on a page.
MOST_PANELS = 12
#: Panels of students of one width, unless their seeds are named.
USUAL_SEEDS = 4


@look()
def loss_along_paths(found: Collisions, layer: int = 0, seed: int | None = None) -> Figure:
    """Draw the loss while two neurons approach each other, one line for every pair of a layer.

    Each path begins at the minimum and ends at the permutation point, distance 0; beyond it, to
    the minimum with the two neurons exchanged, the loss is the mirror image and is drawn thinner.

    Parameters
    ----------
    found : Collisions
    layer : int
        The hidden layer, from 0.
    seed : int, optional
        The minimum; by default the lowest with a path in this layer.

    Returns
    -------
    matplotlib.figure.Figure
        Its lines carry the losses, of both halves; the marker of a line is the point.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    ValueError
        When there is no path in this layer.
    """
    points = _chosen(found, layer, seed)
    drawn = figure(6.4, 4.2)
    axes = drawn.add_subplot(
        xlabel="distance of the two neurons, relative to the first", ylabel="loss"
    )
    axes.axhline(points[0].losses[0], color=GREY, linewidth=1, zorder=1)
    for number, point in enumerate(points):
        color = COLORS[number % len(COLORS)]
        style = LINESTYLES[number // len(COLORS) % len(LINESTYLES)]
        x = np.array(point.distances) / point.distances[0]
        jumps = f", jumps: {point.jumps}" if point.jumps else ""
        label = f"{point.i} and {point.j}: index {_shown(point.index)}{jumps}"
        axes.plot(-x, point.losses, color=color, linestyle=style, label=label, zorder=3)
        axes.plot(x[::-1], point.losses[::-1], color=color, linestyle=style, linewidth=0.7)
        axes.plot(
            0,
            point.losses[-1],
            marker=MARKERS[number % len(MARKERS)],
            color=color,
            markersize=6,
            clip_on=False,
            zorder=4,
        )
    axes.set_xlim(-1, 1)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["1", "0.5", "0", "0.5", "1"])
    axes.set_title(f"Paths from a minimum through the permutation points of layer {layer}")
    columns = 2 if len(points) <= 6 else 3
    drawn.legend(title="colliding neurons", loc="outside lower center", ncols=columns, fontsize=8)
    return drawn


@look()
def spectra(found: Collisions, layer: int = 0, seed: int | None = None) -> Figure:
    """Draw the Hessian's eigenvalues at the permutation points of a layer.

    Magnitudes on a logarithmic scale, one column for every pair: positive, negative, and those
    that vanish, which lie within the band of the rounding errors.

    Parameters
    ----------
    found : Collisions
    layer : int
    seed : int, optional
        The minimum; by default the lowest with a path in this layer.

    Returns
    -------
    matplotlib.figure.Figure
        Three scatter plots, in this order: positive, negative, vanishing.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    ValueError
        When there is no path in this layer.
    """
    points = _chosen(found, layer, seed)
    drawn = figure(6.4, 4.2)
    axes = drawn.add_subplot(ylabel="magnitude of the eigenvalue", yscale="log")
    groups: tuple[list[tuple[float, float]], ...] = ([], [], [])
    bottom = min(_floor(point) for point in points)
    for column, point in enumerate(points):
        noise = point.noise or 0.0
        for value in point.eigenvalues:
            kind = 2 if abs(value) <= noise else 0 if value > 0 else 1
            groups[kind].append((column, max(abs(value), bottom)))
        axes.fill_between(
            [column - 0.4, column + 0.4],
            bottom / 3,
            noise,
            color="#E6E6E6",
            linewidth=0,
            label=None if column else "rounding errors",
        )
    kinds = (
        ("positive", BLUE, "_", 160),
        ("negative", ORANGE, "v", 34),
        ("vanishing", "black", "x", 30),
    )
    for (name, color, marker, size), group in zip(kinds, groups, strict=True):
        x, y = np.array(group, dtype=float).reshape(-1, 2).T
        axes.scatter(
            x, y, s=size, c=color, marker=marker, linewidths=1.3, label=f"{name} ({len(group)})"
        )
    axes.set_ylim(bottom / 3, None)
    axes.set_xticks(range(len(points)), [f"{point.i}, {point.j}" for point in points])
    axes.set_xlabel("colliding neurons")
    axes.grid(visible=False, axis="x")
    axes.set_title(f"Hessian at the permutation points of layer {layer}")
    drawn.legend(loc="outside lower center", ncols=4)
    return drawn


def _floor(point: Collision) -> float:
    """Return where magnitudes that are exactly 0 are drawn: a thousandth of the noise."""
    smallest = min((abs(v) for v in point.eigenvalues if v), default=1e-16)
    return max(min(smallest, point.noise or smallest), (point.noise or smallest) / 1000)


def _chosen(found: Collisions, layer: int, seed: int | None) -> list[Collision]:
    layer = checks.integer("layer", layer, minimum=0)
    there = [p for p in found.points if p.losses and p.layer == layer]
    if seed is None and there:
        seed = min(there, key=lambda point: point.losses[0]).seed
    points = [point for point in there if point.seed == seed]
    if not points:
        raise ValueError(
            f"there is no path to draw in hidden layer {layer} of the minimum of seed {seed}"
        )
    return points


def _shown(number: int | None) -> str:
    return "undecided" if number is None else str(number)


@look()
def students(found: Students, seeds: Sequence[int] | None = None) -> Figure:
    """Draw the neurons of the first hidden layer in the input plane, one panel for each student.

    A marker is a neuron at its incoming weights; lines from the origin with a ring are the
    teacher's neurons. Copies are discs in the colour of the teacher's neuron, with
    their number where they are several. Zero-type neurons
    are black and hollow, a shape for each block. Those beyond the panel are drawn at its
    margin. Neurons of students without a configuration are crosses. Neurons that `classify`
    flips are drawn flipped.

    Parameters
    ----------
    found : Students
        Of a teacher with two inputs.
    seeds : sequence of int, optional
        Which students, of every width; by default the first four of each, or as many as there is
        room for.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for every width (rows) and seed (columns).

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    ValueError
        When the teacher has more inputs, there is no such student, or there are more than 12.
    """
    if found.teacher.widths[0] != 2:
        raise ValueError(f"the teacher must have 2 inputs, not {found.teacher.widths[0]}")
    widths = list(dict.fromkeys(student.width for student in found.students))
    every = list(dict.fromkeys(student.seed for student in found.students))
    room = min(USUAL_SEEDS, MOST_PANELS // max(1, len(widths)))
    chosen = every[: max(1, room)] if seeds is None else checks.integers("seeds", seeds)
    by_name = {(student.width, student.seed): student for student in found.students}
    for seed in chosen:
        if seed not in every:
            raise ValueError(f"seeds must be of students there are, not {seed}")
    require_room(len(widths) * len(chosen))
    drawn = figure(1.9 * len(chosen) + 0.4, 2.25 * len(widths) + 0.4)
    panels = drawn.subplots(len(widths), len(chosen), squeeze=False, sharex=True, sharey=True)
    for row, width in zip(panels, widths, strict=True):
        for axes, seed in zip(row, chosen, strict=True):
            _panel(axes, found, by_name[width, seed])
    drawn.supxlabel("weight of the first input", fontsize=9)
    drawn.supylabel("weight of the second input", fontsize=9)
    return drawn


def require_room(panels: int) -> None:
    """Refuse a figure of no student, or of more than there is room for.

    >>> require_room(13)
    Traceback (most recent call last):
        ...
    ValueError: a figure has room for 1 to 12 students, not 13: take fewer widths or seeds
    """
    if not 0 < panels <= MOST_PANELS:
        raise ValueError(
            f"a figure has room for 1 to {MOST_PANELS} students, not {panels}: take fewer widths "
            "or seeds"
        )


def _panel(axes: Axes, found: Students, student: Student) -> None:
    teacher = found.teacher.weights[0]
    reach = 1.25 * float(np.abs(teacher).max())
    for number, (x, y) in enumerate(teacher):
        color = COLORS[number % len(COLORS)]
        axes.plot([0, x], [0, y], color=color, linewidth=1.6, zorder=2)
        axes.plot(x, y, color=color, marker="o", markersize=11, fillstyle="none",
                  markeredgewidth=1.2, zorder=2)  # fmt: skip
    rows, found_here = np.array(student.network.weights[0]), student.found
    if found_here is not None:
        rows[list(found_here.flips[0])] *= -1
    for neuron, place in enumerate(rows):
        letter = None if found_here is None else found_here.configurations[0].word[neuron]
        beyond = float(np.abs(place).max()) / reach
        if beyond > 1:
            place = place / beyond  # at the edge, with an arrow: it is further out
            axes.annotate("", 1.05 * place, 0.85 * place, arrowprops={"arrowstyle": "->"})
        axes.plot(*place, **_marker(letter, len(teacher)), zorder=3)
    blocks = () if found_here is None else found_here.configurations[0].replication_blocks
    for (x, y), block in zip(teacher, blocks, strict=False):
        if len(block) > 1:
            axes.annotate(
                f"{len(block)}×",
                (x, y),
                (6, 5),
                textcoords="offset points",
                fontsize=7,
                annotation_clip=False,
            )
    axes.set_xlim(-reach * 1.05, reach * 1.05)
    axes.set_ylim(-reach * 1.05, reach * 1.05)
    axes.set_aspect("equal")
    axes.tick_params(labelsize=7)
    axes.set_title(f"width {student.width}, seed {student.seed}\n{_ending(student)}", fontsize=8)


def _marker(letter: int | None, width: int) -> dict[str, Any]:
    """Return how a neuron is drawn: a copy, of zero type, or neither."""
    if letter is None:
        return {"marker": "x", "color": "black", "markeredgewidth": 1.2, "linestyle": "none"}
    if letter < width:
        return {"marker": "o", "color": COLORS[letter % len(COLORS)], "linestyle": "none"}
    return {
        "marker": MARKERS[(letter - width) % len(MARKERS)],
        "color": "black",
        "fillstyle": "none",
        "markeredgewidth": 1.0,
        "linestyle": "none",
    }


def _ending(student: Student) -> str:
    """Return in a few words what became of a student."""
    if student.found is None:
        return {
            "positive loss": f"loss {student.loss:.2g}",
            "not converged": "not converged",
        }.get(student.outcome, "no configuration")
    first = student.found.configurations[0]
    copies = [len(block) for block in first.replication_blocks]
    zero = [len(block) for block in first.zero_blocks]
    text = "+".join(map(str, sorted(copies, reverse=True)))
    return f"{text}, zero {'+'.join(map(str, sorted(zero, reverse=True)))}" if zero else text


@look()
def endings(tallies: Sequence[pd.DataFrame], names: Sequence[str]) -> Figure:
    """Draw which share of the trainings of each width ended in a minimum, a plateau, a channel.

    One panel of stacked bars for each tally; the whole numbers of trainings stand above the bars.

    Parameters
    ----------
    tallies : sequence of pandas.DataFrame
        As `critcount.landscape.experiments.Endings.tally` returns them; one to four.
    names : sequence of str
        The titles of the panels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    ValueError
        When a frame is no tally, or one of nothing, or there are too many.
    """
    if not 0 < len(tallies) <= 4 or len(names) != len(tallies):
        raise ValueError(f"tallies must be 1 to 4, with a name each, not {len(tallies)}")
    for tally in tallies:
        _require_tally(tally)
    drawn = figure(2.8 * len(tallies) + 0.6, 2.9)
    panels = drawn.subplots(1, len(tallies), squeeze=False, sharey=True)[0]
    for axes, tally, name in zip(panels, tallies, names, strict=True):
        places = np.arange(len(tally))
        total = tally["trainings"].to_numpy(dtype=float)
        below = np.zeros(len(tally))
        counts = [tally[kind].to_numpy(dtype=float) for kind in SHOWN_ENDINGS]
        counts.append(total - np.sum(counts, axis=0))
        for kind, count, color in zip(
            (*SHOWN_ENDINGS, "otherwise"), counts, (BLUE, ORANGE, COLORS[2], GREY), strict=True
        ):
            axes.bar(places, count / total, 0.7, bottom=below, color=color, label=kind)
            below += count / total
        for place, number in zip(places, tally["trainings"], strict=True):
            axes.annotate(f"{number:,}", (place, 1.01), ha="center", fontsize=7)
        axes.set_xticks(places, [str(width) for width in tally["width"]])
        axes.set_ylim(0, 1.08)
        axes.set_xlabel("width")
        axes.set_title(name)
        axes.grid(visible=False, axis="x")
    panels[0].set_ylabel("share of the trainings")
    handles, labels = panels[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=4)
    return drawn


def _require_tally(tally: pd.DataFrame) -> None:
    """Refuse a frame that does not tell how many of some trainings ended in which way."""
    source = "it is what 'critcount experiment rosenbrock' writes"
    columns = ("width", "trainings", *SHOWN_ENDINGS)
    for column in columns:
        if column not in tally.columns:
            raise ValueError(f"a tally of endings must have the column {column!r}: {source}")
    if tally.empty:
        raise ValueError(f"a tally of endings must have a row for each width, not none: {source}")
    for width, trainings, *shown in tally[list(columns)].itertuples(index=False, name=None):
        for column, cell in zip(columns, (width, trainings, *shown), strict=True):
            least = 1 if column in ("width", "trainings") else 0
            if not isinstance(cell, Integral) or cell < least:
                raise ValueError(
                    f"a tally of endings must have whole numbers from {least} on in the column "
                    f"{column!r}, not {checks.show(cell)}: {source}"
                )
        if sum(shown) > trainings:
            raise ValueError(
                f"a tally of endings must not have more endings than trainings of width {width}, "
                f"{sum(shown):,} of {trainings:,}: {source}"
            )
