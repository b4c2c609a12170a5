r"""Enclosures of log10 T and log10 G at sizes far beyond the exact ones, and an estimate.

**The integral.** By Cauchy's formula, with F the exponential generating function and any ρ > 0,

    T(r, m) = m!/(2π) ∫_{-π}^{π} F(ρe^{iθ}) (ρe^{iθ})^{-m} dθ,   F(z) = (e^z - 1)^r exp(e^z - 1),

and G(r, m) with F(z) = (e^z - 1)^r [S21, generating functions]. How it is enclosed is told in
`critcount.counting.contours`.

**The alternating sum.** G(r, m) = Σ_k (-1)^k C(r, k) (r-k)^m is enclosed by any two successive
partial sums (the inequalities of Bonferroni). Where r(1 - 1/r)^m is below 1/2 a few terms are
enough, and the circle of the integral would pass many zeros of e^z - 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from flint import arb, fmpz

from critcount._support import checks, markup, numerals
from critcount._support.errors import SizeLimitError
from critcount.counting import layer
from critcount.counting.contours import Contour, Growth
from critcount.counting.isolation import isolated, precision

__all__ = [
    "MAX_M",
    "LeadingDigits",
    "digits_of_ball",
    "enclosure",
    "estimate_log10_T",
    "leading_digits",
    "log10_G",
    "log10_T",
    "precision",
]


#: Which of the two numbers.
TorG = Literal["T", "G"]

#: Largest m of an enclosure. The integral has as many scales as log2 of its peak's width.
MAX_M = 10**100

_MOST_TRIES = 10

# numbers of at most so many digits are computed in full for their leading ones
_EXACT_DIGITS = 5000


class LeadingDigits(NamedTuple):
    """The first decimal digits of a number and how many digits it has."""

    digits: str
    number_of_digits: int

    def _repr_html_(self) -> str:
        return markup.record(self)


def log10_T(r: int, m: int) -> arb:
    """Return a ball that contains log10 T(r, m).

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m ≤ 10^100.

    Returns
    -------
    flint.arb
        Its radius, ``.rad()``, is at most 10^-10; the midpoint, ``.mid()``, has as many digits as
        that needs. Proved, by interval arithmetic; some milliseconds at most sizes.

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer, or T(r, m) is 0.
    SizeLimitError
        For m > 10^100.

    See Also
    --------
    critcount.T : the exact number.
    critcount.leading_digits : its first digits, proved.
    critcount.estimate_log10_T : an estimate at any size, with nothing proved.

    Examples
    --------
    >>> log10_T(4, 10**6).str(20)
    '[4547605.6162815051524 +/- 4.72e-14]'
    """
    return enclosure(r, m, "T", 40)


def log10_G(r: int, m: int) -> arb:
    """Return a ball that contains log10 G(r, m), as `log10_T` does.

    >>> log10_G(4, 10**6).str(20)
    '[602059.99132796239043 +/- 2.53e-15]'
    """
    return enclosure(r, m, "G", 40)


def leading_digits(r: int, m: int, digits: int = 10, count: TorG = "T") -> LeadingDigits:
    """Return the first decimal digits of T(r, m) or G(r, m), each of them proved.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m ≤ 10^100.
    digits : int
        How many, 1 to 1000; all of them when the number has fewer.
    count : {"T", "G"}

    Returns
    -------
    LeadingDigits
        The digits, cut off and not rounded, and the exact number of digits of the number.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `log10_T`.

    Examples
    --------
    >>> leading_digits(4, 10**6, 20)
    LeadingDigits(digits='41331532186153156478', number_of_digits=4547606)
    """
    r, m = _domain(r, m, count)
    digits = checks.integer("digits", digits, minimum=1, maximum=1000)
    bound = layer.bound_log10_T if count == "T" else layer.bound_log10_G
    if m <= 10**15 and bound(r, m) <= _EXACT_DIGITS:
        text = numerals.digits(layer.T(r, m) if count == "T" else layer.G(r, m))
        return LeadingDigits(text[:digits], len(text))
    what = f"{count}(r, m) for r = {checks.show(r)}, m = {checks.show(m)}"
    return digits_of_ball(lambda bits: enclosure(r, m, count, bits), m, digits, what)


def digits_of_ball(ball: Callable[[int], arb], m: int, digits: int, what: str) -> LeadingDigits:
    """Return the first digits of a number from balls about its log10, of radius about 2^-bits.

    The digits beyond must not all be zeros: no ball tells 36 from what is a little less.

    >>> digits_of_ball(lambda bits: enclosure(4, 5, "T", bits), 5, 1, "T(4, 5) = 360")
    LeadingDigits(digits='3', number_of_digits=3)
    """
    bits = math.ceil(digits * math.log2(10)) + 30
    for _ in range(_MOST_TRIES):  # a ball that holds a whole number of units says nothing yet
        found = _digits(ball(bits), bits + 2 * m.bit_length() + 40, digits)
        if found is not None:
            return found
        bits *= 2
    raise ArithmeticError(f"the digits of {what} did not come out; please report it")


@isolated
def _digits(value: arb, bits: int, digits: int) -> LeadingDigits | None:
    with precision(bits):
        whole = value.floor().unique_fmpz()
        if whole is None:
            return None
        first = (arb(10) ** (value - whole) * fmpz(10) ** (digits - 1)).floor().unique_fmpz()
        return None if first is None else LeadingDigits(str(first), int(whole) + 1)


@isolated
def estimate_log10_T(r: int, m: int) -> arb:
    """Return an estimate of log10 T(r, m): the saddle-point formula, with nothing proved of it.

    Parameters
    ----------
    r, m : int
        0 ≤ r < m; of any size.

    Returns
    -------
    flint.arb
        The midpoint of log10(m! F(ρ)/(ρ^m √(2π b))), F(x) = (e^x - 1)^r exp(e^x - 1), where
        ρ solves ρ F'(ρ)/F(ρ) = m and b is the second logarithmic derivative of F there. The
        error vanishes as m - r → ∞ [S21 gives the limits]; at a fixed h = m - r the formula is off
        by the factor h!/(√(2πh) (h/e)^h), 8% at h = 1.

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer, or not 0 ≤ r < m.

    Examples
    --------
    >>> estimate_log10_T(4, 100).str(6), log10_T(4, 100).str(6)
    ('[121.431 +/- 4.25e-4]', '[121.430 +/- 3.46e-4]')
    """
    r = checks.integer("r", r, minimum=0)
    m = checks.integer("m", m, minimum=r + 1)
    with precision(100 + 3 * m.bit_length()):
        contour = Contour(growth(r, "T"), m)
        value = (
            contour.height.real + arb(m + 1).lgamma() - (2 * arb.pi() * contour.spread).log() / 2
        )
        return (value / arb(10).log()).mid()


def _domain(r: int, m: int, count: TorG) -> tuple[int, int]:
    checks.choice("count", count, ("T", "G"))
    m = checks.integer("m", m, minimum=0)
    r = checks.integer("r", r, minimum=0)
    if m < r or (count == "G" and r == 0 < m):
        raise ValueError(f"{count}(r, m) is 0 for r = {checks.show(r)}, m = {checks.show(m)}")
    if m > MAX_M:
        raise SizeLimitError(
            f"m must be at most 10^100 for a proved enclosure, not {checks.show(m)}: "
            "estimate_log10_T has no such limit"
        )
    return r, m


@isolated
def enclosure(r: int, m: int, count: TorG, bits: int) -> arb:
    """Return a ball that contains log10 of T or G (`count`), of radius about 2^-bits.

    >>> enclosure(4, 5, "T", 100).contains(log10_T(4, 5).mid())
    False
    """
    r, m = _domain(r, m, count)
    for _ in range(_MOST_TRIES):
        with precision(bits + 60 + 2 * m.bit_length()):
            value = _enclosure(r, m, count, bits)
        if value.rad() < arb((1, 4 - bits)):
            return value
        # another thread of a bundled program set the precision in between
    raise ArithmeticError(
        f"no narrow ball about log10 {count}(r, m) for r = {checks.show(r)}, m = "
        f"{checks.show(m)}: other threads change the precision of flint.ctx"
    )


def _enclosure(r: int, m: int, count: TorG, bits: int) -> arb:
    """The ball at the precision that is set."""
    if r == m:
        value = arb(m + 1).lgamma()
    elif count == "G" and (sum_ := alternating(r, m, bits + 10)) is not None:
        value = m * arb(r).log() + sum_.log()
    else:
        value = Contour(growth(r, count), m).log_number(bits)
    return value / arb(10).log()


def growth(r: int, count: TorG) -> Growth:
    """Return the generating function of T(r, m) or of G(r, m).

    >>> growth(4, "T")
    Growth(minus=4, plus=0, power=0, once=1, pairs=0)
    """
    return Growth(r, 0, 0, int(count == "T"), 0)


def alternating(r: int, m: int, bits: int, idle: int = 0) -> arb | None:
    """G(r, m)/r^m by its alternating sum, where that converges at once.

    With `idle` Σ_k (-1)^k C(r, k) (2(r-k) + 1)^m/(2r + 1)^m, signed copies or an idle neuron.
    """
    base = r + arb(idle) / 2
    total, term = arb(1), arb(1)
    for k in range(1, min(r + idle, 2 * bits)):
        term = (arb(fmpz.bin_uiui(r, k)) if r < 2**60 else _binomial(r, k)) * (
            m * (-arb(k) / base).log1p()
        ).exp()
        if k == 1 and not term < 0.5:
            return None
        total = total - term if k % 2 else total + term
        if term < arb(2) ** -bits:
            return total + arb(0, term.abs_upper())
    return total


def _binomial(r: int, k: int) -> arb:
    return arb(math.prod(range(r - k + 1, r + 1))) / math.factorial(k)
