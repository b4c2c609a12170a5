"""The neurons of a network with two inputs as arrows in the input plane."""

from __future__ import annotations

import numpy as np

from critcount._support import markup
from critcount._support.types import Array

__all__ = ["input_plane"]

#: neurons up to which they are drawn, and the half side of the drawing in pixels
MOST_LINES, HALF = 200, 150


def input_plane(incoming: Array, outgoing: Array) -> str:
    """Return the first layer's neurons as arrows, blue where what they send on adds up above 0.

    `incoming` has a row of two weights for each neuron, `outgoing` a sum for each.
    """
    largest = np.abs(incoming).max(initial=0)
    if not 0 < largest < np.inf or len(incoming) > MOST_LINES:
        return ""
    parts = [
        markup.line(0, HALF, 2 * HALF, HALF, "#ddd"),
        markup.line(HALF, 0, HALF, 2 * HALF, "#ddd"),
    ]
    for i, (w, a) in enumerate(zip(incoming, outgoing, strict=True)):
        x, y = HALF + 0.9 * HALF * w[0] / largest, HALF - 0.9 * HALF * w[1] / largest
        shade = markup.BLOCK_COLORS[0] if a >= 0 else markup.BLOCK_COLORS[1]
        title = f"neuron {i}: incoming ({w[0]:.4g}, {w[1]:.4g}), outgoing sum {a:.4g}"
        parts += [markup.line(HALF, HALF, x, y, shade), markup.circle(x, y, 4, shade, title)]
    return markup.svg(2 * HALF, 2 * HALF, parts)
