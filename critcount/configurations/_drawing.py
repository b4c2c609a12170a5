"""Words as rows of neurons: a colour for each label, grey for zero-type blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from critcount._support import markup

__all__ = ["MOST_CIRCLES", "drawing"]

#: neurons up to which a word is drawn
MOST_CIRCLES = 60
CIRCLE_STEP, RADIUS = 30, 12


def drawing(
    words: Iterable[Sequence[int]],
    r: int | Sequence[int],
    names: Iterable[str] = (),
    signs: Sequence[Sequence[int]] | None = None,
    alone: Sequence[str] = (),
) -> str:
    """Return words below one another, each behind its name, letters from r on zero-type.

    With a minimal width for each word, or one for all; with the signs of the neurons of each. The
    letter -1 is of a neuron outside all blocks: idle, or what `alone` calls it.
    """
    shown, titles = list(words), list(names)
    widths = [r] * len(shown) if isinstance(r, int) else list(r)
    margin = 8 * max(map(len, titles), default=0)
    parts: list[str] = []
    for row, word in enumerate(shown):
        y = CIRCLE_STEP * (row + 0.5)
        if titles:
            parts.append(markup.svg_text(margin - 6, y, titles[row], "end"))
        parts += _neurons(word, widths[row], margin, y, signs[row] if signs else None, alone)
    width = margin + CIRCLE_STEP * max(map(len, shown), default=0)
    return markup.svg(max(width, 1), max(CIRCLE_STEP * len(shown), 1), parts)


def _neurons(
    word: Sequence[int],
    r: int,
    left: float,
    y: float,
    signs: Sequence[int] | None,
    alone: Sequence[str],
) -> Iterable[str]:
    """Yield the neurons of a word as a row of discs, each with its block's name."""
    for i, letter in enumerate(word):
        x = left + CIRCLE_STEP * (i + 0.5)
        labelled = 0 <= letter < r
        name = "" if letter < 0 else f"K{letter}" if labelled else f"Z{letter - r}"
        what = f"in {name}" if name else alone[i] if alone else "idle"
        if signs is not None and name:
            sign = "+" if signs[i] > 0 else "\u2212"
            name, what = sign + name, f"{what}, sign {sign}"
        fill = markup.BLOCK_COLORS[letter % len(markup.BLOCK_COLORS)] if labelled else markup.MUTED
        yield markup.circle(x, y, RADIUS, fill, f"neuron {i} {what}")
        yield markup.svg_text(x, y, name)
