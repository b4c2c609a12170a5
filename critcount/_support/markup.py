"""What a notebook shows: tables as HTML with long numbers folded, drawings as SVG.

Plain text is put together here, with no library; the objects that are shown have methods such as
``_repr_html_`` and ``_repr_svg_``, which notebooks call.
"""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterable, Sequence, Sized
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from critcount._support import numerals

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BLOCK_COLORS",
    "MUTED",
    "cell",
    "circle",
    "frame_table",
    "html_table",
    "line",
    "record",
    "svg",
    "svg_text",
]

#: Colours of blocks, told apart by people who confuse red and green (Okabe and Ito 2008).
BLOCK_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442")
#: Of what has no label.
MUTED = "#BBBBBB"
#: parts of a value, and signs of its text, that a table of fields shows
_PARTS_SHOWN, _SIGNS_SHOWN = 12, 100


def cell(value: object) -> str:
    """Return a value as HTML: a long number rounded, with all its digits folded behind it.

    >>> cell(3720), cell(True), cell(None), cell("a < b")
    ('3720', 'yes', '', 'a &lt; b')
    >>> cell(10**12 + 1)
    '<details><summary>1.000e12 (13 digits)</summary>1000000000001</details>'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Fraction):
        short, exact = numerals.readable(value), numerals.readable(value, None)
        if short == exact:
            return short
        return f"<details><summary>{short}</summary>{exact}</details>"
    return html.escape(f"{value:.6g}" if isinstance(value, float) else str(value))


def html_table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Return an HTML table.

    >>> html_table(["m", "T"], [[3, 12]])
    '<table><tr><th>m</th><th>T</th></tr><tr><td>3</td><td>12</td></tr></table>'
    """
    head = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    lines = ["".join(f"<th>{html.escape(name)}</th>" for name in columns)] if columns else []
    lines += ["".join(f"<td>{cell(value)}</td>" for value in row) for row in rows]
    return f"<table>{head}{''.join(f'<tr>{inner}</tr>' for inner in lines)}</table>"


def frame_table(table: pd.DataFrame, caption: str = "") -> str:
    """Return a pandas frame as an HTML table, missing cells empty, without its index."""
    columns = [str(name).replace("_", " ") for name in table.columns]
    rows = table.astype(object).where(table.notna(), None).itertuples(index=False, name=None)
    return html_table(columns, rows, caption)


def record(shown: Any) -> str:
    """Return the fields of a dataclass or a named tuple as an HTML table.

    >>> from critcount.connectivity import Bounds
    >>> "<td>lower</td><td>4</td>" in record(Bounds(4, 6))
    True
    """
    if isinstance(shown, tuple):
        names = list(type(shown)._fields)  # type: ignore[attr-defined]
    else:
        names = [field.name for field in dataclasses.fields(shown)]
    rows = [(name.replace("_", " "), _brief(getattr(shown, name))) for name in names]
    return html_table((), rows, type(shown).__name__)


def _brief(value: object) -> object:
    """Return what a cell shows: a number or a text as it is, of much else how much it is."""
    if value is None or isinstance(value, int | float | Fraction | str):
        return value
    if (shape := getattr(value, "shape", None)) is not None and hasattr(value, "dtype"):
        return f"array of shape {shape}"
    if isinstance(value, Sized) and len(value) > _PARTS_SHOWN:
        return f"{type(value).__name__} of {len(value)}"
    short = repr(value)
    return short if len(short) <= _SIGNS_SHOWN else f"{short[: _SIGNS_SHOWN - 1]}…"


def svg(width: float, height: float, parts: Iterable[str]) -> str:
    """Return a drawing of so many pixels, its parts in the order in which they are drawn."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="sans-serif" font-size="11">'
        f"{''.join(parts)}</svg>"
    )


def circle(x: float, y: float, radius: float, fill: str, title: str = "") -> str:
    """Return a disc, with a title that shows when it is pointed at."""
    inner = f"<title>{html.escape(title)}</title>" if title else ""
    return (
        f'<circle cx="{x:.4g}" cy="{y:.4g}" r="{radius:.4g}" fill="{fill}" stroke="#333">'
        f"{inner}</circle>"
    )


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = "#999") -> str:
    """Return a straight line."""
    return f'<line x1="{x1:.4g}" y1="{y1:.4g}" x2="{x2:.4g}" y2="{y2:.4g}" stroke="{stroke}"/>'


def svg_text(x: float, y: float, content: str, anchor: str = "middle") -> str:
    """Return a line of text, its middle at a place, or its "start" or "end"."""
    return (
        f'<text x="{x:.4g}" y="{y:.4g}" text-anchor="{anchor}" dominant-baseline="central">'
        f"{html.escape(content)}</text>"
    )
