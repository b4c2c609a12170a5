"""The look of figures, and how they are saved."""

import importlib
import io
import itertools
import math
import sys

import numpy as np
import pytest

pytest.importorskip("matplotlib")
import matplotlib as mpl

from critcount.plots import counts, frames, style


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
