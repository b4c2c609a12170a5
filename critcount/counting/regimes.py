"""Critical subspaces against global ones at any size: ratio, crossover, limits.

Everything rests on the enclosures of `critcount.counting.enclosures`, so that it is proved
far beyond the sizes of exact numbers. [S21] is Şimşek, Ged, Jacot, Spadaro, Hongler, Gerstner,
Brea 2021, arXiv 2105.12221.

**The sum over the smaller widths.** The numbers G(r, m), r = 0 … m, are log-concave: the
polynomials P_m(x) = Σ_r G(r, m) x^r satisfy P_(m+1) = x ((1+x) P_m)', by the recurrence of G, so
by Rolle's theorem all their zeros are real and lie in [-1, 0], and Newton's inequalities hold. So
the quotients of neighbours only fall, and beyond the terms of a window that holds the largest of
them the sum Σ G(r, m) is at most a geometric series on either side.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from flint import arb

from critcount._support import checks, markup
from critcount.counting import enclosures, layer
from critcount.counting.isolation import isolated, precision

__all__ = [
    "Comparison",
    "crossover",
    "log10_ratio",
    "mild_limit",
    "vast_limit_G",
    "vast_limit_T",
]

#: Largest minimal width of `crossover` and `log10_ratio`: the window grows with its root.
MAX_R_STAR = 10**6
#: Minimal widths up to which exact numbers are as fast.
_EXACT_R_STAR = 1000
_BITS = 44


class Comparison(NamedTuple):
    """A limit formula beside the number that it stands for.

    Attributes
    ----------
    log10_limit, log10_value : flint.arb
        Balls that contain the decimal logarithms of the formula and of the number.
    relative_error : float
        Of the formula, limit/value - 1.
    """

    log10_limit: arb
    log10_value: arb
    relative_error: float

    def _repr_html_(self) -> str:
        return markup.record(self)


@isolated
def log10_ratio(r_star: int, m: int) -> arb:
    """Return a ball that contains log10 of `critcount.critical_to_global_ratio`.

    Parameters
    ----------
    r_star, m : int
        2 ≤ r_star ≤ 10^6, r_star ≤ m ≤ 10^100.

    Returns
    -------
    flint.arb
        log10 of Σ_{r=1}^{r_star-1} G(r, m) / T(r_star, m), one critical point for each smaller
        width; its radius is at most 10^-10.

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or out of its domain.
    SizeLimitError
        For r_star > 10^6 or m > 10^100.

    Notes
    -----
    Up to some 10 √r_star enclosures of G where m is below 1.4 r_star, few far above.

    Examples
    --------
    >>> log10_ratio(4, 5).str(12), log10_ratio(4, 10**50).str(12)
    ('[-0.298623925898 +/- 1.03e-13]', '[-4.70494501138e+51 +/- 3.13e+38]')
    """
    r_star, m = _domain(r_star, m)
    with precision(_working(_BITS, m)):
        return _Sum(r_star - 1, m).narrow() - enclosures.log10_T(r_star, m)


@isolated
def crossover(r_star: int, *, max_digits: int | None = None) -> int:
    """Return the least number of extra neurons at which global minima dominate.

    Parameters
    ----------
    r_star : int
        Minimal width, 1 to 10^6.
    max_digits : int, optional
        Refuse exact numbers of more digits, see `critcount.T`. They are needed for
        r_star ≤ 1000, and where the enclosures of the two sides never part.

    Returns
    -------
    int
        The first h ≥ 1 with Σ_{r=1}^{r_star-1} G(r, r_star+h) < T(r_star, r_star+h).

    Raises
    ------
    TypeError, ValueError
        When `r_star` is no integer or below 1.
    SizeLimitError
        For r_star > 10^6.

    See Also
    --------
    critcount.critical_to_global_ratio : the ratio that falls below 1 there.
    critcount.tables.regime_table : both against the minimal width and the width.

    Notes
    -----
    Found by bisection, about 2 log2(h) comparisons of both sides, because the ratio of the two
    never grows with m (derived): the coefficients a_m = G(r, m)/m! of (e^x - 1)^r form a
    log-concave sequence, since those of e^x - 1 do; T(r_star, m)/m! is the convolution of a with
    the non-negative coefficients b_k of (e^x - 1)^(r_star-r) exp(e^x - 1); so
    T(r_star, m)/G(r, m) = Σ_k b_k a_(m-k)/a_m, in which every a_(m-k)/a_m grows with m or stays.
    A comparison is of enclosures, which are made narrower until they part.

    Examples
    --------
    >>> [crossover(r) for r in (1, 3, 6, 10, 30, 100)]
    [1, 1, 2, 3, 12, 44]
    >>> crossover(10_000)
    4672
    """
    r_star = checks.integer("r_star", r_star, minimum=1)
    checks.size("the crossover", r_star, MAX_R_STAR, "minimal neurons", "ask for fewer")
    if r_star <= _EXACT_R_STAR:
        return layer.crossover_from_integers(r_star, max_digits=max_digits)
    return layer.first(lambda h: _is_vast(r_star, r_star + h, max_digits))


@isolated
def mild_limit(r_star: int, h: int, l: int = 1) -> Comparison:  # noqa: E741 - [S21]'s letter
    """Compare G(r_star-l, m)/T(r_star, m), m = r_star + h, with its limit in the mild regime.

    Parameters
    ----------
    r_star, h, l : int
        1 ≤ l < r_star, h ≥ 0.

    Returns
    -------
    Comparison
        The limit m^l h!/(2^l (l+h)!), for r_star → ∞ at fixed h and l [S21].

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.log10_T`.

    Examples
    --------
    >>> [round(mild_limit(10**k, 2).relative_error, k) for k in (1, 2, 3)]
    [1.2, 0.09, 0.008]
    """
    r_star = checks.integer("r_star", r_star, minimum=2)
    h = checks.integer("h", h, minimum=0)
    l = checks.integer("l", l, minimum=1, maximum=r_star - 1)  # noqa: E741
    m, bits = r_star + h, _bits(r_star + h)
    critical = enclosures.enclosure(r_star - l, m, "G", bits)
    expansions = enclosures.enclosure(r_star, m, "T", bits)
    with precision(_working(bits, m)):
        limit = l * (arb(m) / 2).log() + arb(h + 1).lgamma() - arb(h + l + 1).lgamma()
        return _compare(limit, critical - expansions)


@isolated
def vast_limit_T(r: int, m: int) -> Comparison:
    """Compare T(r, m) with its limit in the vast regime.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m, m ≥ 1.

    Returns
    -------
    Comparison
        The limit Bell(m) (m/W(m))^r, W the Lambert function, for m → ∞ at fixed r [S21].

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `critcount.log10_T`.

    Examples
    --------
    >>> [round(vast_limit_T(3, 10**k).relative_error, 3) for k in (1, 2, 4)]
    [1.841, 0.197, 0.004]
    """
    m = checks.integer("m", m, minimum=1)
    bits = _bits(m)
    value = enclosures.enclosure(r, m, "T", bits)
    bell = enclosures.enclosure(0, m, "T", bits)
    with precision(_working(bits, m)):
        limit = r * (m / arb(m).lambertw()).log() + bell * arb(10).log()
        return _compare(limit, value)


@isolated
def vast_limit_G(r: int, m: int) -> Comparison:
    """Compare G(r, m) with its limit r^m for m → ∞ at fixed r ≥ 1 [S21], as `vast_limit_T` does.

    >>> [round(vast_limit_G(3, m).relative_error, 8) for m in (3, 10, 30)]
    [3.5, 0.05482315, 1.565e-05]
    """
    r = checks.integer("r", r, minimum=1)
    m = checks.integer("m", m, minimum=1)
    bits = _bits(m)
    value = enclosures.enclosure(r, m, "G", bits)
    with precision(_working(bits, m)):
        return _compare(m * arb(r).log(), value)


def _compare(log_limit: arb, log10_value: arb) -> Comparison:
    log10_limit = log_limit / arb(10).log()
    error = ((log10_limit - log10_value) * arb(10).log()).expm1()
    return Comparison(log10_limit, log10_value, float(error.mid()))


def _bits(m: int) -> int:
    """Enough of a logarithm to measure a relative error of about 1/m."""
    return 60 + 2 * m.bit_length()


def _working(bits: int, m: int) -> int:
    return bits + 2 * m.bit_length() + 40


def _domain(r_star: int, m: int) -> tuple[int, int]:
    r_star = checks.integer("r_star", r_star, minimum=2)
    m = checks.integer("m", m, minimum=r_star)
    checks.size("the ratio", r_star, MAX_R_STAR, "minimal neurons", "ask for fewer")
    return r_star, m


def _is_vast(r_star: int, m: int, max_digits: int | None) -> bool:
    decided = _compare_enclosures(r_star, m)
    return layer.is_vast(r_star, m, max_digits) if decided is None else decided


def _compare_enclosures(r_star: int, m: int) -> bool | None:
    """Whether the ratio is below 1; None where the enclosures are narrow and still overlap."""
    with precision(_working(_BITS, m)):
        expansions = enclosures.log10_T(r_star, m)
        critical = _Sum(r_star - 1, m)
        while not (critical.ball() < expansions or critical.ball() > expansions):
            if not critical.widen():
                return None
        return bool(critical.ball() < expansions)


class _Sum:
    """log10 Σ_{r=1}^{last} G(r, m) between two bounds, from a window of its terms.

    The window lies about the largest term. `widen` takes another term in, on the side where more
    may be left.
    """

    def __init__(self, last: int, m: int) -> None:
        self._last, self._m = last, m
        # the largest G(r, m) of all has r near m/(2 log 2)
        self._low = self._high = min(last, max(1, round(min(m, 2 * last) / (2 * math.log(2)))))
        self._base = enclosures.log10_G(self._low, m)
        self._total = self._first = self._final = arb(1)  # terms relative to the base
        self._below = self._above = arb("inf")
        self._settle()

    def widen(self) -> bool:
        """Take one more term in; return whether that could still narrow the bounds."""
        if self._below + self._above < self._total * arb(2) ** -_BITS:
            return False
        if self._high == self._last or (self._low > 1 and self._below >= self._above):
            if self._low == 1:
                return False
            self._low -= 1
            term = self._term(self._low)
            self._below = _tail(term, self._first)
            self._first = term
        else:
            self._high += 1
            term = self._term(self._high)
            self._above = _tail(term, self._final)
            self._final = term
        self._total += term
        self._settle()
        return True

    def ball(self) -> arb:
        """Return the ball of log10 between the bounds, of infinite radius while there is none."""
        ten = arb(10).log()
        upper = (self._total + self._below + self._above).log() / ten
        return self._base + (self._total.log() / ten).union(upper)

    def narrow(self) -> arb:
        """Return the ball when more terms would not make it smaller."""
        while self.widen():
            pass
        return self.ball()

    def _settle(self) -> None:
        if self._low == 1:
            self._below = arb(0)
        if self._high == self._last:
            self._above = arb(0)

    def _term(self, r: int) -> arb:
        return arb(10) ** (enclosures.log10_G(r, self._m) - self._base)


def _tail(term: arb, before: arb) -> arb:
    """A bound of all terms beyond `term`, `before` its neighbour on the inner side."""
    quotient = term / before
    return term * quotient / (1 - quotient) if quotient < 1 else arb("inf")
