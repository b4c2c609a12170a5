"""Figures of what a run of the claims has measured, and the page that shows them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from critcount._support import files
from critcount.claims import table
from critcount.claims.claim import Case, Finding
from critcount.claims.hessians import Doubled, added
from critcount.claims.page import filled
from critcount.claims.regimes import Quotients
from critcount.claims.saddles import PathLosses
from critcount.claims.students import WithSigns
from critcount.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "mild", "paths", "signs", "vanishing", "write_page"]


@style.look()
def vanishing(cases: Sequence[Case]) -> Figure:
    """Draw how many eigenvalues a collision adds, against the width of the next layer.

    Parameters
    ----------
    cases : sequence of Case
        Of the claim "vanishing-count".

    Returns
    -------
    matplotlib.figure.Figure
        A panel for every number of incoming weights; numbers of permutation points beside the
        marks.
    """
    doubled = [case.told(Doubled) for case in cases if case.decided]
    points = Counter(
        (point.incoming, point.following, point.nullity - point.reduced)
        for point in doubled
        if point.nullity is not None and point.reduced is not None
    )
    panels = sorted({d for d, _, _ in points})
    most = max((n for _, n, _ in points), default=1)
    figure = style.figure(height=2.9)
    widths = range(1, most + 1)
    for place, d in enumerate(panels, 1):
        axes = figure.add_subplot(1, len(panels), place, xlabel="$n_{k+1}$")
        axes.set_title(f"{d} incoming weight{'s' * (d > 1)}")
        axes.plot(widths, widths, ":", color=style.GREY, label="stated: $n_{k+1}$")
        derived = [added(n, d) for n in widths]
        axes.plot(widths, derived, "-", color=style.BLUE, label=r"$\max(1, n_{k+1}-d)$")
        here = [(n, more, number) for (e, n, more), number in sorted(points.items()) if e == d]
        axes.plot(
            [n for n, _, _ in here],
            [more for _, more, _ in here],
            linestyle="",
            marker="o",
            color=style.ORANGE,
            label="measured",
        )
        for n, more, number in here:
            axes.annotate(
                str(number), (n, more), xytext=(4, -9), textcoords="offset points", fontsize=7
            )
        axes.set_xticks(list(widths))
        axes.set_yticks(list(widths))
        axes.set_xlim(0.6, most + 0.4)
        axes.set_ylim(0.4, most + 0.4)
        if place == 1:
            axes.set_ylabel("vanishing eigenvalues added")
            axes.legend(loc="upper left", fontsize=7)
    return figure


@style.look()
def mild(cases: Sequence[Case]) -> Figure:
    """Draw how the ratio of the mild regime nears its limit.

    Parameters
    ----------
    cases : sequence of Case
        Of the claim "mild-regime".

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = style.figure(height=3.2)
    axes = figure.add_subplot(xlabel="$r^*$", ylabel="|ratio / limit - 1|")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    measured = [case.told(Quotients) for case in cases]
    extras = sorted({found.extra for found in measured})
    for found in measured:
        number = extras.index(found.extra)
        errors = np.abs(found.errors)
        axes.plot(
            found.r_star,
            np.where(errors > 0, errors, np.nan),
            style.LINESTYLES[(found.less - 1) % len(style.LINESTYLES)],
            marker=style.MARKERS[number % len(style.MARKERS)],
            color=style.COLORS[number % len(style.COLORS)],
            label=f"$h = {found.extra}$, $l = {found.less}$",
        )
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7)
    return figure


@style.look()
def signs(cases: Sequence[Case]) -> Figure:
    """Draw the neurons of students in the plane of the inputs, with the teacher's directions.

    Parameters
    ----------
    cases : sequence of Case
        Of the claim "students-tanh"; those of the first shape are drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = style.figure(width=4.2, height=4.0)
    axes = figure.add_subplot(xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
    chosen = [case.told(WithSigns) for case in cases if case.shape == cases[0].shape]
    students = np.concatenate([np.asarray(student.incoming) for student in chosen])
    teacher = np.asarray(chosen[0].teacher)
    for sign, name, line in ((1, "teacher", "-"), (-1, "teacher, sign changed", "--")):
        for t, row in enumerate(sign * teacher):
            axes.plot(
                [0, row[0]],
                [0, row[1]],
                line,
                color=style.BLUE,
                marker="o",
                markersize=9,
                markevery=[1],
                markerfacecolor="none",
                markeredgewidth=1.2,
                label=name if t == 0 else None,
            )
    axes.plot(
        students[:, 0],
        students[:, 1],
        linestyle="",
        marker=".",
        color=style.ORANGE,
        label="neurons of students",
    )
    limit = 1.6 * float(np.abs(teacher).max())
    axes.set_xlim(-limit, limit)
    axes.set_ylim(-limit, limit)
    axes.legend(loc="upper left", fontsize=7)
    return figure


@style.look()
def paths(cases: Sequence[Case]) -> Figure:
    """Draw the losses on paths through permutation points, from minimum to permuted minimum.

    Parameters
    ----------
    cases : sequence of Case
        Of the claim "path-highest-at-point"; the decided ones.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each of the first three shapes. The half beyond the point is the mirror image.
    """
    decided = [case for case in cases if case.decided]
    shapes = list(dict.fromkeys(case.shape for case in decided))[:3]
    figure = style.figure(height=2.7)
    for place, shape in enumerate(shapes, 1):
        axes = figure.add_subplot(1, len(shapes), place, xlabel="distance of the pair")
        axes.set_title(shape)
        for number, case in enumerate(case for case in decided if case.shape == shape):
            path = case.told(PathLosses)
            distances, losses = list(path.distances), list(path.losses)
            axes.plot(
                [-x for x in distances] + distances[::-1],
                losses + losses[::-1],
                style.LINESTYLES[number % len(style.LINESTYLES)],
                color=style.COLORS[number % len(style.COLORS)],
            )
            axes.plot([0], losses[-1:], "o", color=style.DARK)
        if place == 1:
            axes.set_ylabel("loss")
    return figure


#: Of the names of claims: what draws their cases.
FIGURES: dict[str, Callable[[Sequence[Case]], Figure]] = {
    "vanishing-count": vanishing,
    "path-highest-at-point": paths,
    "mild-regime": mild,
    "students-tanh": signs,
}


def write_page(findings: Sequence[Finding], path: str | os.PathLike[str]) -> list[str]:
    """Bring the page of the documentation up to date, and its figures in ``pictures`` beside it.

    Parameters
    ----------
    findings : sequence of Finding
        Of all claims.
    path : path
        Of the page.

    Returns
    -------
    list of str
        The paths written.

    Raises
    ------
    OSError
        When a file cannot be read or written.
    ValueError
        When the page has no place for a claim.
    """
    with open(path, encoding="utf-8") as stream:
        text = filled(stream.read(), table.claim_rows(findings))
    folder = os.path.join(os.path.dirname(os.path.abspath(path)), "pictures")
    os.makedirs(folder, exist_ok=True)
    written = []
    for finding in findings:
        if finding.claim.name in FIGURES and finding.cases:
            target = os.path.join(folder, f"claims-{finding.claim.name}.svg")
            style.save_figure(FIGURES[finding.claim.name](finding.cases), target)
            written.append(target)
    files.put(text, path)
    return [*written, os.fspath(path)]
