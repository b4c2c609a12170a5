"""One look for all figures: colours, fonts, sizes, and how a figure is saved.

A function that draws runs inside `look`, most simply as a decorator; it makes its figure with
`figure` and returns it. No window is opened and nothing is left changed in matplotlib.

>>> @look()
... def line(x, y):
...     drawn = figure()
...     axes = drawn.add_subplot(xlabel="width $m$", ylabel="ratio")
...     axes.plot(x, y, color=BLUE)
...     return drawn
>>> line([1, 2, 3], [3, 2, 1]).axes[0].get_xlabel()
'width $m$'
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from critcount._support import checks, files
from critcount._support.extras import optional

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "COLORS",
    "DARK",
    "FIGURE_SUFFIXES",
    "GREY",
    "LINESTYLES",
    "MARKERS",
    "ORANGE",
    "colors",
    "figure",
    "image_format",
    "look",
    "save_figure",
    "text_color",
]

#: Colours that people who confuse red and green, or blue and yellow, tell apart (Okabe and Ito
#: 2008); their yellow is too pale for lines and left out.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
BLUE, ORANGE, *_ = COLORS
#: Of references and what stands back; of notes and the frame.
GREY, DARK = "#7F7F7F", "#4D4D4D"
#: A series differs from the others by its marker or line as well as by its colour.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINESTYLES = ("-", "--", "-.", ":")

#: Width and height of a figure in inches: the text of a page wide.
SIZE = (6.4, 4.0)
#: File suffixes of figures.
FIGURE_SUFFIXES = (".png", ".svg", ".pdf")

# what makes two runs write the same bytes: no date, no random names in SVG
_METADATA: dict[str, dict[str, object]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def _settings() -> dict[str, Any]:
    from cycler import cycler

    return {
        "axes.axisbelow": True,
        "axes.edgecolor": DARK,
        "axes.formatter.use_mathtext": True,
        "axes.grid": True,
        "axes.labelsize": 10,
        "axes.linewidth": 0.8,
        "axes.prop_cycle": cycler(color=COLORS),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": 10,
        "figure.dpi": 150,
        "figure.titlesize": 11,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same everywhere
        "font.size": 9,
        "grid.color": "#D9D9D9",
        "grid.linewidth": 0.6,
        "legend.borderaxespad": 0.4,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "lines.linewidth": 1.4,
        "lines.markeredgewidth": 0,
        "lines.markersize": 4.5,
        "mathtext.fontset": "dejavusans",
        "pdf.fonttype": 42,
        "savefig.dpi": 150,
        "svg.fonttype": "path",
        "svg.hashsalt": "critcount",
        "xtick.color": DARK,
        "xtick.labelcolor": "black",
        "ytick.color": DARK,
        "ytick.labelcolor": "black",
    }


@contextlib.contextmanager
def look() -> Iterator[None]:
    """Give everything drawn inside the one look; as ``with look():`` or the decorator ``@look()``.

    Raises
    ------
    ImportError
        When matplotlib is not installed.
    """
    matplotlib = _matplotlib()
    # the reader's own settings, of a matplotlibrc, would change the picture or ask for LaTeX
    defaults = {
        name: value
        for name, value in matplotlib.rcParamsDefault.items()
        if not name.startswith(("backend", "webagg", "interactive", "toolbar", "date.epoch"))
    }
    with matplotlib.rc_context():
        matplotlib.rcParams.update(defaults | _settings())
        yield


def figure(width: float = SIZE[0], height: float = SIZE[1]) -> Figure:
    """Return an empty figure of so many inches, laid out so that nothing overlaps.

    Raises
    ------
    ImportError
        When matplotlib is not installed.

    Examples
    --------
    >>> figure(3, 2)
    <Figure size 300x200 with 0 Axes>
    """
    _matplotlib()
    return _shown()(figsize=(width, height), layout="constrained")


@functools.cache
def _shown() -> type[Figure]:
    """The class of figures: a notebook shows them, with no magic command."""
    from matplotlib.figure import Figure

    class Shown(Figure):
        """A figure that a notebook shows as it is saved."""

        def _repr_png_(self) -> bytes:
            stream = io.BytesIO()
            save_figure(self, stream)
            return stream.getvalue()

    Shown.__name__ = Shown.__qualname__ = "Figure"
    return Shown


def colors(number: int) -> list[str]:
    """Return colours for so many series: `COLORS`, or steps from dark to light where more.

    >>> colors(2)
    ['#0072B2', '#D55E00']
    >>> len(set(colors(100)))
    100
    """
    number = checks.integer("number", number, minimum=0)
    if number <= len(COLORS):
        return list(COLORS[:number])
    _matplotlib()
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    steps = colormaps["viridis"]
    return [to_hex(steps(0.95 * i / (number - 1))) for i in range(number)]


def text_color(background: str) -> str:
    """Return black or white, whichever is read better on a colour such as "#0072B2".

    >>> text_color("#0072B2"), text_color("#56B4E9")
    ('white', 'black')
    """
    _matplotlib()
    from matplotlib.colors import to_rgb

    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(background)
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # sRGB
    return "black" if luminance > 0.179 else "white"


def image_format(target: str | os.PathLike[str]) -> str:
    """Return the format that the suffix of a path names: "png", "svg" or "pdf".

    Raises
    ------
    ValueError
        When the suffix is another.

    Examples
    --------
    >>> image_format("ratio.SVG")
    'svg'
    >>> image_format("ratio.jpg")
    Traceback (most recent call last):
        ...
    ValueError: the file of a figure must end in .png, .svg or .pdf, not 'ratio.jpg'
    """
    suffix = os.path.splitext(os.fspath(target))[1].lower()
    if suffix not in FIGURE_SUFFIXES:
        name = checks.show(os.fspath(target))
        raise ValueError(f"the file of a figure must end in .png, .svg or .pdf, not {name}")
    return suffix.removeprefix(".")


def save_figure(figure: Figure, target: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a figure to a file, whole or not at all; the same figure gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    target : path or binary stream
        A path that ends in .png, .svg or .pdf; a stream receives PNG.

    Raises
    ------
    ValueError
        When the suffix is another.
    OSError
        When the file cannot be written.
    """
    if not isinstance(target, str | os.PathLike):
        _write(figure, target, "png")
        return
    kind = image_format(target)
    with files.whole_file(target, binary=True) as stream:
        _write(figure, stream, kind)


def _write(figure: Figure, stream: IO[bytes], kind: str) -> None:
    with look():
        figure.savefig(stream, format=kind, metadata=_METADATA[kind])


def _matplotlib() -> Any:
    return optional("matplotlib", "plot", "figures need matplotlib")
