"""A configuration as a row of neurons: a colour for each label, grey for zero-type blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from critcount._support import markup

if TYPE_CHECKING:
    from critcount.configurations.configuration import Configuration

__all__ = ["MOST", "color", "drawing", "neurons"]

#: neurons up to which a configuration is drawn
MOST = 60
STEP, RADIUS = 30, 12


def color(letter: int, r: int) -> str:
    """Return the colour of a letter of the word."""
    return markup.BLOCK_COLORS[letter % len(markup.BLOCK_COLORS)] if letter < r else markup.GREY


def neurons(configuration: Configuration, left: float, y: float) -> Iterable[str]:
    """Yield the neurons of a configuration as a row of discs, each with its block's name."""
    r = configuration.r
    for i, letter in enumerate(configuration.word):
        x = left + STEP * (i + 0.5)
        name = f"K{letter}" if letter < r else f"Z{letter - r}"
        yield markup.circle(x, y, RADIUS, color(letter, r), f"neuron {i} in {name}")
        yield markup.svg_text(x, y, name)


def drawing(configurations: Iterable[Configuration], names: Iterable[str] = ()) -> str:
    """Return configurations as rows below one another, each behind its name."""
    shown, titles = list(configurations), list(names)
    margin = 8 * max(map(len, titles), default=0)
    parts: list[str] = []
    for row, configuration in enumerate(shown):
        y = STEP * (row + 0.5)
        if titles:
            parts.append(markup.svg_text(margin - 6, y, titles[row], "end"))
        parts += neurons(configuration, margin, y)
    width = margin + STEP * max((c.m for c in shown), default=0)
    return markup.svg(max(width, 1), max(STEP * len(shown), 1), parts)
