"""Figures of counts: what is drawn equals the frame, or the exact counts."""

import itertools

import numpy as np
import pytest

from critcount import (
    Architecture,
    crossover,
    permutation_point_factor,
    tables,
)
from critcount._support import numerals

pytest.importorskip("matplotlib")
from critcount.plots import counts, frames


def lines(axes):
    """Every drawn line by its label."""
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def tick_labels(figure, axis):
    figure.draw_without_rendering()
    low, high = axis.get_view_interval()
    ticks = axis.get_major_ticks()
    return [t.label1.get_text() for t in ticks if low <= t.get_loc() <= high]


def test_ratio_is_drawn():
    frame = frames.ratio_frame([3, 10])
    figure = counts.ratio(frame)
    drawn = lines(figure.axes[0])
    for r_star in (3, 10):
        curve = frame[frame.r_star == r_star]
        assert np.array_equal(drawn[f"$r^* = {r_star}$"], curve[["m", "log10_ratio"]])
        ((m, height),) = drawn[f"_crossover {r_star}"]
        assert m == r_star + crossover(r_star)
        assert height == curve.log10_ratio[curve.m == m].item() < 0
        assert (curve.log10_ratio[curve.m < m] >= 0).any()
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()][-1] == "crossover"
    assert "mild: critical subspaces dominate" in [t.get_text() for t in figure.axes[0].texts]


def test_the_crossover_is_marked_where_widths_are_thinned_out():
    drawn = lines(counts.ratio(frames.ratio_frame([400])).axes[0])
    assert drawn["_crossover 400"].tolist()[0][0] == 400 + crossover(400)
    drawn = lines(counts.ratio(frames.ratio_frame([400], 500)).axes[0])
    assert len(drawn["_crossover 400"]) == 0


def test_growth_is_drawn_with_numbers_of_any_length():
    frame = frames.growth_frame([2, 50], 50_000)
    assert frame.log10_T.max() > 10**5
    figure = counts.growth(frame)
    drawn = lines(figure.axes[0])
    for r in (2, 50):
        for name in "TG":
            curve = frame[frame.r == r][["m", f"log10_{name}"]]
            assert np.array_equal(drawn[f"{name}({r}, m)"], curve)
    labels = tick_labels(figure, figure.axes[0].yaxis)
    assert labels[0] == "$10^{0}$"
    assert r"$10^{150\,000}$" in labels


def test_dimensions_are_drawn():
    frame = frames.dimensions_frame(4, 20, 10, 1)
    figure = counts.dimensions(frame, "10-20-1")
    ((_, drawn),) = lines(figure.axes[0]).items()
    assert np.array_equal(drawn, frame[["dimension", "log10_count"]])
    assert figure.axes[0].get_title() == "10-20-1"


@pytest.mark.parametrize("widths", ["784-300-100-10", "2-4-1", "2-1-1"])
def test_factors_are_drawn(widths):
    architecture = Architecture.parse(widths)
    frame = tables.permutation_point_table([architecture], 12)
    drawn = lines(counts.factors(frame).axes[0])
    labels = {
        "pairs, all in one layer": "layer",
        "pairs, in any layers": "network",
        "blocks of any size collide": "any",
    }
    assert drawn.keys() == labels.keys()
    for label, spread in labels.items():
        exact = {k: permutation_point_factor(architecture, k, spread) for k in range(1, 13)}
        expected = [(k, numerals.log10(f)) for k, f in exact.items() if f]
        assert drawn[label].tolist() == [list(map(float, point)) for point in expected]


def test_factors_of_one_architecture_only():
    both = [Architecture.parse("2-4-1"), Architecture.parse("2-5-1")]
    with pytest.raises(ValueError, match="one architecture, not of 2"):
        counts.factors(tables.permutation_point_table(both, 2))


def test_no_two_labels_overlap():
    figure = counts.dimensions(frames.dimensions_frame(10, 30_000, 784, 10, points=20))
    figure.draw_without_rendering()
    axis = figure.axes[0].xaxis
    boxes = [
        tick.label1.get_window_extent()
        for tick in axis.get_major_ticks()
        if axis.get_view_interval()[0] <= tick.get_loc() <= axis.get_view_interval()[1]
    ]
    assert len(boxes) >= 4
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
