"""What the figures of counts draw, as pandas frames of logarithms.

Numbers of any length are drawn by their decimal logarithms, which come from the integers or,
where these are long, from enclosures (`critcount.counting.enclosures`) right to 10^-10. Long
ranges of widths are thinned out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flint import arb

from critcount._support import checks, numerals
from critcount._support.columns import frame
from critcount.counting import enclosures, layer, regimes
from critcount.counting.isolation import isolated, precision

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["dimensions_frame", "growth_frame", "ratio_frame", "spaced"]

#: Largest width drawn.
DRAWN_M = 10**12
#: Largest minimal width of a ratio drawn.
DRAWN_R_STAR = 1000
#: Points of a curve.
CURVE_POINTS = 120
#: Numbers of at most so many digits are computed in full.
_EXACT_DIGITS = 1000


def spaced(first: int, last: int, points: int = CURVE_POINTS) -> list[int]:
    """Return the integers from first to last, or about so many of them, denser at the beginning.

    Neighbours are one apart or about in a fixed proportion, counted from just before the first.

    >>> spaced(3, 7)
    [3, 4, 5, 6, 7]
    >>> chosen = spaced(1, 10**9, 10)
    >>> chosen[0], chosen[-1], len(chosen)
    (1, 1000000000, 10)
    """
    span = last - first
    if span < points:
        return list(range(first, last + 1))
    steps = {round((span + 1) ** (i / (points - 1))) for i in range(points)}
    return [first - 1 + min(step, span + 1) for step in sorted(steps)]


def ratio_frame(
    r_stars: Iterable[int] = (3, 10, 30, 100), max_m: int | None = None
) -> pd.DataFrame:
    """Return how many critical subspaces of smaller widths there are for each global one.

    Parameters
    ----------
    r_stars : iterable of int
        Minimal widths, each from 2 to 1000.
    max_m : int, optional
        Widths from r_star to this; by default to three times as many extra neurons as the
        crossover needs, and a few. The crossover is among the widths where it is reached.

    Returns
    -------
    pandas.DataFrame
        Columns r_star, crossover (`critcount.crossover`), m, log10_ratio.

    Raises
    ------
    TypeError, ValueError
        When a number is no integer or out of its domain.

    Examples
    --------
    >>> ratio_frame([4], 6).round(4).values.tolist()
    [[4, 1, 4, 0.3274], [4, 1, 5, -0.2986], [4, 1, 6, -0.7902]]
    """
    chosen = _widths("r_stars", r_stars, minimum=2, maximum=DRAWN_R_STAR)
    _check_max_m(chosen, max_m)
    rows = []
    for r_star in chosen:
        h = regimes.crossover(r_star)
        last = r_star + 3 * h + 6 if max_m is None else max_m
        widths = {*spaced(r_star, last), min(r_star + h, last)}
        rows += [(r_star, h, m, _log10_ratio(r_star, m)) for m in sorted(widths)]
    return frame(("r_star", "crossover", "m", "log10_ratio"), rows)


def growth_frame(widths: Iterable[int] = (1, 4, 16, 64), max_m: int = 200) -> pd.DataFrame:
    """Return the logarithms of T(r, m) and G(r, m) against m for several r.

    Parameters
    ----------
    widths : iterable of int
        The r, each at least 1.
    max_m : int
        Widths from r to this, at most 10^12.

    Returns
    -------
    pandas.DataFrame
        Columns r, m, log10_T, log10_G.

    Raises
    ------
    TypeError, ValueError
        When a number is no integer or out of its domain.

    Examples
    --------
    >>> growth_frame([2], 4).round(3).values.tolist()
    [[2, 2, 0.301, 0.301], [2, 3, 1.079, 0.778], [2, 4, 1.792, 1.146]]
    """
    chosen = _widths("widths", widths, minimum=1)
    _check_max_m(chosen, max_m)
    rows = [(r, m, _log10(r, m, "T"), _log10(r, m, "G")) for r in chosen for m in spaced(r, max_m)]
    return frame(("r", "m", "log10_T", "log10_G"), rows)


def dimensions_frame(r: int, m: int, d_in: int, d_out: int, points: int = 400) -> pd.DataFrame:
    """Return how many of the subspaces of global minima have which dimension.

    Parameters
    ----------
    r, m : int
        Minimal width and width, 0 ≤ r ≤ m ≤ 10^12.
    d_in, d_out : int
        Inputs and outputs, at least 1.
    points : int
        Where there are more numbers of zero-type blocks than this, so many of them are taken.

    Returns
    -------
    pandas.DataFrame
        Columns zero_blocks, dimension, log10_count: N_j = G(r+j, m)/j! of them have j zero-type
        blocks and the dimension (m-r-j) d_out + j d_in. Where d_in = d_out a single row: all have
        the same dimension, and zero_blocks is missing.

    Raises
    ------
    TypeError, ValueError
        When a number is no integer or out of its domain.

    Examples
    --------
    >>> dimensions_frame(2, 4, 2, 1).round(3).values.tolist()
    [[0, 2, 1.146], [1, 3, 1.556], [2, 4, 1.079]]
    """
    r = checks.integer("r", r, minimum=0)
    m = checks.integer("m", m, minimum=r, maximum=DRAWN_M)
    d_in = checks.integer("d_in", d_in, minimum=1)
    d_out = checks.integer("d_out", d_out, minimum=1)
    points = checks.integer("points", points, minimum=2)
    columns = ["zero_blocks", "dimension", "log10_count"]
    if d_in == d_out:
        whole = ((m - r) * d_out, _log10(r, m, "T"))
        return frame(columns, [(None, *whole)])
    first, span = int(r == 0 < m), m - r  # without neurons to copy, some neuron is zero-type
    if span - first < points:
        chosen = list(range(first, span + 1))
    else:
        chosen = sorted({first + (span - first) * i // (points - 1) for i in range(points)})
    rows = [(j, (span - j) * d_out + j * d_in, _log10_blocks(r, m, j)) for j in chosen]
    return frame(columns, rows)


def _log10_ratio(r_star: int, m: int) -> float:
    exact_digits = 20 * _EXACT_DIGITS if r_star > 50 else _EXACT_DIGITS  # which is faster
    if layer.bound_log10_T(r_star, m) <= exact_digits:
        return numerals.log10(layer.critical_to_global_ratio(r_star, m))
    return _float(regimes.log10_ratio(r_star, m))


def _log10(r: int, m: int, count: enclosures.TorG) -> float:
    if layer.bound_log10_T(r, m) <= _EXACT_DIGITS:
        return numerals.log10({"T": layer.T, "G": layer.G}[count](r, m))
    return _float({"T": enclosures.log10_T, "G": enclosures.log10_G}[count](r, m))


@isolated
def _log10_blocks(r: int, m: int, j: int) -> float:
    """log10 of N_j = (r+j)!/j! S(m, r+j)."""
    with precision(200):
        return _float(enclosures.log10_G(r + j, m) - arb(j + 1).lgamma() / arb(10).log())


def _float(ball: arb) -> float:
    return float(ball.mid())


def _widths(
    name: str, values: Iterable[int], *, minimum: int, maximum: int = DRAWN_M
) -> tuple[int, ...]:
    chosen = checks.integers(name, values, minimum=minimum, maximum=maximum)
    if not 1 <= len(chosen) <= 12:
        raise ValueError(f"{name} must be from 1 to 12 widths, not {len(chosen)}")
    return tuple(dict.fromkeys(chosen))


def _check_max_m(widths: tuple[int, ...], max_m: int | None) -> None:
    if max_m is not None:
        checks.integer("max_m", max_m, minimum=max(widths) + 1, maximum=DRAWN_M)
