"""Figures: what is drawn equals the frame, and the frame equals the exact counts."""

import importlib
import io
import itertools
import math
import sys

import numpy as np
import pytest

from critcount import (
    Architecture,
    G,
    IntersectionGraph,
    RefinementGraph,
    SizeLimitError,
    T,
    critical_to_global_ratio,
    crossover,
    dimension_distribution,
    permutation_point_factor,
    tables,
    valley_graph,
)
from critcount._support import numerals

pytest.importorskip("matplotlib")
import matplotlib as mpl

from critcount.plots import counts, frames, graphs, style


def lines(axes):
    """Every drawn line by its label."""
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def tick_labels(figure, axis):
    figure.draw_without_rendering()
    low, high = axis.get_view_interval()
    ticks = axis.get_major_ticks()
    return [t.label1.get_text() for t in ticks if low <= t.get_loc() <= high]


# ---- frames ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last"), [(0, 0), (3, 50), (1, 119), (1, 121), (100, 2000), (5, 10**12)]
)
def test_spaced(first, last):
    chosen = frames.spaced(first, last)
    assert (chosen[0], chosen[-1]) == (first, last)
    assert all(a < b for a, b in itertools.pairwise(chosen))
    assert len(chosen) <= 120
    if last - first < 120:
        assert chosen == list(range(first, last + 1))


def test_ratio_frame():
    frame = frames.ratio_frame([2, 4, 30], 40)
    for row in frame.itertuples():
        exact = numerals.log10(critical_to_global_ratio(row.r_star, row.m))
        assert row.log10_ratio == pytest.approx(exact, abs=1e-9)
        assert row.crossover == crossover(row.r_star)
    assert set(frame[frame.r_star == 30].m) == set(range(30, 41))
    assert frames.ratio_frame([10]).m.max() == 10 + 3 * crossover(10) + 6


def test_frames_of_long_numbers_agree_with_the_integers(monkeypatch):
    monkeypatch.setattr(frames, "_EXACT_DIGITS", 0)
    for row in frames.ratio_frame([4, 12], 20).itertuples():
        exact = numerals.log10(critical_to_global_ratio(row.r_star, row.m))
        assert row.log10_ratio == pytest.approx(exact, abs=1e-9)
    for row in frames.growth_frame([1, 30], 40).itertuples():
        assert row.log10_T == pytest.approx(numerals.log10(T(row.r, row.m)), abs=1e-9)
        assert row.log10_G == pytest.approx(numerals.log10(G(row.r, row.m)), abs=1e-9)


def test_growth_frame():
    for row in frames.growth_frame([1, 3], 30).itertuples():
        assert row.log10_T == numerals.log10(T(row.r, row.m))
        assert row.log10_G == numerals.log10(G(row.r, row.m))


@pytest.mark.parametrize(
    "case",
    [(0, 0, 2, 1), (0, 5, 3, 1), (1, 1, 1, 2), (4, 12, 10, 3), (3, 9, 2, 2), (2, 60, 1, 7)],
)
def test_dimension_frame(case):
    frame = frames.dimensions_frame(*case)
    exact = dimension_distribution(*case)
    assert dict.fromkeys(sorted(frame.dimension)) == dict.fromkeys(exact)
    for row in frame.itertuples():
        assert row.log10_count == pytest.approx(numerals.log10(exact[row.dimension]), abs=1e-9)


def test_dimension_frame_is_thinned_out():
    frame = frames.dimensions_frame(3, 100, 5, 1, points=7)
    assert list(frame.zero_blocks) == [0, 16, 32, 48, 64, 80, 97]
    exact = dimension_distribution(3, 100, 5, 1)
    for row in frame.itertuples():
        assert row.log10_count == pytest.approx(numerals.log10(exact[row.dimension]), abs=1e-9)
    assert len(frames.dimensions_frame(3, 10**9, 5, 1, points=5)) == 5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: frames.ratio_frame([1]), ValueError, r"r_stars\[0\] must be at least 2"),
        (lambda: frames.ratio_frame([]), ValueError, "from 1 to 12 widths, not 0"),
        (lambda: frames.ratio_frame(range(2, 30)), ValueError, "from 1 to 12 widths, not 28"),
        (lambda: frames.ratio_frame([5], 5), ValueError, "max_m must be at least 6"),
        (lambda: frames.growth_frame([0]), ValueError, r"widths\[0\] must be at least 1"),
        (lambda: frames.growth_frame([3], 10**13), ValueError, "max_m must be at most"),
        (lambda: frames.growth_frame([3], 5.0), TypeError, "max_m must be an integer"),
        (lambda: frames.dimensions_frame(4, 3, 1, 2), ValueError, "m must be at least 4"),
        (lambda: frames.dimensions_frame(4, 5, 0, 2), ValueError, "d_in must be at least 1"),
    ],
)
def test_bad_frames(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- figures of counts -----------------------------------------------------------------------


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


# ---- graphs ----------------------------------------------------------------------------------


def offsets(figure):
    """Labels of the nodes' groups and how many nodes each has, and the number of edges."""
    from matplotlib.collections import LineCollection, PathCollection

    axes = figure.axes[0]
    nodes = {c.get_label(): len(c.get_offsets()) for c in axes.collections
             if isinstance(c, PathCollection)}  # fmt: skip
    edges = [len(c.get_segments()) for c in axes.collections if isinstance(c, LineCollection)]
    return nodes, sum(edges)


def test_a_valley_is_drawn():
    graph = valley_graph(4)
    figure = graphs.draw(graph)
    nodes, edges = offsets(figure)
    assert nodes == {"1, 1, 1 | 1 (24)": 24, "2, 1, 1 (36)": 36}
    assert edges == graph.number_of_edges() == 72
    words = {text.get_text() for text in figure.axes[0].texts}
    assert words == {"".join(map(str, c.word)) for c in graph.family}
    assert figure.get_suptitle() == "I(3, 4)"


@pytest.mark.parametrize("graph", [IntersectionGraph(0, 0), RefinementGraph(3, 3)])
def test_isolated_nodes_are_drawn(graph):
    nodes, edges = offsets(graphs.draw(graph))
    assert sum(nodes.values()) == graph.number_of_nodes()
    assert edges == 0


def test_many_nodes_carry_no_words():
    figure = graphs.draw(RefinementGraph(1, 5))
    assert not figure.axes[0].texts
    assert sum(offsets(figure)[0].values()) == 151


@pytest.mark.parametrize("graph", [IntersectionGraph(3, 6), IntersectionGraph(500, 1000)])
def test_graphs_too_large_to_draw(graph):
    with pytest.raises(SizeLimitError, match="500"):
        graphs.draw(graph)


# ---- the look --------------------------------------------------------------------------------


def test_nothing_is_left_changed():
    before = dict(mpl.rcParams)
    figure = counts.ratio(frames.ratio_frame([3]))
    style.save_figure(figure, io.BytesIO())
    assert dict(mpl.rcParams) == before
    assert "matplotlib.pyplot" not in sys.modules or not mpl.pyplot.get_fignums()


def test_settings_of_the_reader_change_no_byte(tmp_path):
    """A matplotlibrc may ask for LaTeX, large letters or a dark figure."""
    theirs = {
        "text.usetex": True,
        "font.size": 31,
        "figure.facecolor": "black",
        "savefig.bbox": "tight",
        "axes.titlelocation": "left",
        "svg.fonttype": "none",
        "path.simplify": False,
    }
    for folder, settings in (("plain", {}), ("theirs", theirs)):
        (tmp_path / folder).mkdir()
        with mpl.rc_context(settings):
            before = dict(mpl.rcParams)
            figure = counts.growth(frames.growth_frame([1, 4], 12))
            style.save_figure(figure, tmp_path / folder / "a.svg")
            assert dict(mpl.rcParams) == before
    plain, theirs = (tmp_path / folder / "a.svg" for folder in ("plain", "theirs"))
    assert plain.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("SVG", b"<?xml")]
)
def test_the_same_figure_gives_the_same_bytes(tmp_path, suffix, start):
    paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        style.save_figure(counts.growth(frames.growth_frame([2], 20)), path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first.startswith(start)
    assert b"Date" not in first


def test_a_stream_receives_png():
    stream = io.BytesIO()
    style.save_figure(style.figure(2, 1), stream)
    assert stream.getvalue().startswith(b"\x89PNG")


def test_a_failed_figure_leaves_no_file(tmp_path, monkeypatch):
    figure = style.figure(2, 1)
    with pytest.raises(ValueError, match=r"must end in \.png, \.svg or \.pdf, not"):
        style.save_figure(figure, tmp_path / "figure.bmp")

    def fail(stream, **options):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(OSError, match="No space"):
        style.save_figure(figure, tmp_path / "figure.png")
    assert not list(tmp_path.iterdir())


def _linear(color):
    parts = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


# how people without cones for red, or for green, see linear RGB (Viénot, Brettel, Mollon 1999)
PROTAN = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
DEUTAN = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])


@pytest.mark.parametrize("seen", [np.eye(3), PROTAN, DEUTAN])
def test_colours_are_told_apart_by_the_colour_blind(seen):
    points = [np.cbrt(np.clip(seen @ _linear(color), 0, 1)) for color in style.COLORS]
    closest = min(math.dist(a, b) for a, b in itertools.combinations(points, 2))
    assert closest > 0.1


def test_confused_colours_are_found():
    """Blue and purple of matplotlib's own colours look alike without cones for red."""
    blue, purple = (
        np.cbrt(np.clip(PROTAN @ _linear(color), 0, 1)) for color in ("#1f77b4", "#9467bd")
    )
    assert math.dist(blue, purple) < 0.05


def test_colors():
    assert style.colors(3) == list(style.COLORS[:3])
    assert len(set(style.colors(40))) == 40
    with pytest.raises(ValueError, match="at least 0"):
        style.colors(-1)
    assert style.text_color("#000000") == "white"
    assert style.text_color("#FFFFFF") == "black"


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = r"^figures need matplotlib: pip install 'critcount\[plot\]'$"
    importlib.import_module("critcount.plots.counts")
    for call in (style.figure, lambda: counts.ratio(None), lambda: style.colors(9)):
        with pytest.raises(ImportError, match=message):
            call()
