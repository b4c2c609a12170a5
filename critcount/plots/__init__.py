"""Figures (matplotlib, in the extra "plot"): functions that take what to draw and return a Figure.

`critcount.plots.style` is the look that all figures share, and saves them; `counts` draws numbers,
`graphs` small graphs.
"""
