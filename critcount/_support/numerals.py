"""Exact numbers to digits: in full, or rounded from the digits for reading."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from flint import fmpz

from critcount._support import checks

__all__ = [
    "FULL_DIGITS",
    "digits",
    "exact",
    "factorial",
    "is_exact",
    "is_short",
    "log10",
    "number_of_digits",
    "parse",
    "readable",
    "scientific",
]


_EXACT = re.compile(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?")

#: Integers of fewer digits than this are written in full wherever numbers are for reading.
FULL_DIGITS = 10


def factorial(n: int) -> fmpz:
    """Return n! as an fmpz.

    >>> factorial(5)
    120
    """
    return fmpz.fac_ui(n)  # type: ignore[arg-type] # python-flint's stub misses that it is static


def digits(n: int) -> str:
    """Return the decimal digits of an integer, however many there are.

    Python refuses to convert integers of more than 4300 digits to a string unless a global
    limit is changed; this function neither meets the limit nor changes it.

    Parameters
    ----------
    n : int

    Returns
    -------
    str
        With a leading minus sign for a negative integer. Quasi-linear in the number of digits.

    Examples
    --------
    >>> digits(-120)
    '-120'
    >>> len(digits(10**5000))
    5001
    """
    return str(fmpz(checks.integer("n", n)))


def is_exact(text: str) -> bool:
    """Return whether a text is an integer or a fraction as `exact` spells them.

    >>> is_exact("-3/2"), is_exact("03"), is_exact("1.5")
    (True, False, False)
    """
    return _EXACT.fullmatch(text) is not None


def parse(text: str) -> int | Fraction:
    """Return the exact number that `exact` spelled, of any length.

    Raises
    ------
    ValueError
        When the text is no integer and no fraction in this spelling.

    Examples
    --------
    >>> parse("-120"), parse("4/1")
    (-120, Fraction(4, 1))
    >>> parse("1" + 5000 * "0") == 10**5000
    True
    """
    if not isinstance(text, str) or not is_exact(text):
        raise ValueError(f"an exact number must read like 12 or 3/2, not {checks.show(text)}")
    p, slash, q = text.partition("/")
    return Fraction(int(fmpz(p)), int(fmpz(q))) if slash else int(fmpz(p))


def number_of_digits(n: int) -> int:
    """Return how many decimal digits an integer has, the sign not counted.

    >>> number_of_digits(0), number_of_digits(-999), number_of_digits(10**5000)
    (1, 3, 5001)
    """
    return len(digits(abs(n)))


def log10(x: int | Fraction) -> float:
    """Return the decimal logarithm of an exact non-negative number of any size, as a float.

    For the float columns that stand beside exact ones; ``-inf`` for zero. The relative error
    is a few units in the last place, near 1 too.

    >>> log10(10**5000)
    5000.0
    >>> log10(Fraction(1, 1000)), log10(Fraction(10**20 + 1, 10**20))
    (-3.0, 4.342944819032518e-21)
    >>> log10(0)
    -inf
    """
    if x < 0:
        raise ValueError(f"log10 needs a number of at least 0, not {checks.show(x)}")
    if x == 0:
        return -math.inf
    p, q = x.numerator, x.denominator
    if q < 2 * p < 4 * q:
        return math.log1p((p - q) / q) / math.log(10)
    shift = p.bit_length() - q.bit_length()
    if abs(shift) < 1000:
        return math.log10(p / q)
    rest = p / (q << shift) if shift > 0 else (p << -shift) / q
    return math.log10(rest) + shift * math.log10(2)


def scientific(x: int | Fraction, significant: int = 4) -> str:
    """Return a number in scientific notation, rounded half up from its exact value.

    Parameters
    ----------
    x : int or Fraction
    significant : int
        How many digits to show, from 1 to a million. An integer that has no more is written in
        full.

    Returns
    -------
    str
        Such as ``7.157e118``; no float takes part.

    Examples
    --------
    >>> import math
    >>> scientific(math.factorial(80))
    '7.157e118'
    >>> scientific(99996), scientific(0), scientific(Fraction(1, 300))
    ('1.000e5', '0', '3.333e-3')
    """
    significant = checks.integer("significant", significant, minimum=1, maximum=1_000_000)
    sign = "-" if x < 0 else ""
    p, q = abs(x.numerator), x.denominator
    if q == 1:
        text = digits(p)
        if len(text) <= significant:
            return sign + text
        return sign + _mantissa(text, significant, len(text) - 1)
    exponent = number_of_digits(p) - number_of_digits(q)  # floor(log10 x), or one more
    if fmpz(p) * fmpz(10) ** max(0, -exponent) < fmpz(q) * fmpz(10) ** max(0, exponent):
        exponent -= 1
    shift = significant - exponent  # so many digits after the point give one digit too many
    top = fmpz(p) * fmpz(10) ** max(0, shift)
    text = str(top // (fmpz(q) * fmpz(10) ** max(0, -shift)))
    return sign + _mantissa(text, significant, exponent)


def _mantissa(text: str, significant: int, exponent: int) -> str:
    """Round digits half up, more than `significant` of them, and write them with an exponent."""
    mantissa = str(fmpz(text[:significant]) + (text[significant] >= "5"))
    if len(mantissa) > significant:
        mantissa, exponent = mantissa[:significant], exponent + 1
    point = "." if significant > 1 else ""
    return f"{mantissa[0]}{point}{mantissa[1:]}e{exponent}"


def exact(x: int | Fraction) -> str:
    """Return an exact number in full: the digits of an integer, ``p/q`` for a Fraction.

    A Fraction keeps its denominator when that is 1, so that its type survives a round trip.

    >>> exact(12), exact(Fraction(3, 2)), exact(Fraction(4))
    ('12', '3/2', '4/1')
    """
    if isinstance(x, Fraction):
        return f"{digits(x.numerator)}/{digits(x.denominator)}"
    return digits(x)


def readable(x: int | Fraction, significant: int | None = 4) -> str:
    """Return a number for reading: short ones in full, the others rounded, with their length.

    Parameters
    ----------
    x : int or Fraction
        Integers below 10^10 are written in full, and fractions whose numerator times denominator
        is.
    significant : int or None
        How many digits of a longer one to show; None writes all.

    Examples
    --------
    >>> readable(3628800), readable(Fraction(299, 2)), readable(Fraction(4))
    ('3628800', '299/2', '4')
    >>> readable(10**10 + 1)
    '1.000e10 (11 digits)'
    """
    if significant is None or is_short(x):
        return digits(x.numerator) if x.denominator == 1 else exact(x)
    text = scientific(x, significant)
    if x.denominator != 1 or "e" not in text:
        return text
    length = int(text.partition("e")[2]) + 1
    if text.startswith(("1.0", "-1.0")):  # perhaps rounded up to one digit more
        length = number_of_digits(x.numerator)
    return f"{text} ({length:,} digits)"


def is_short(x: int | Fraction) -> bool:
    """Return whether a number is written in full where numbers are for reading.

    >>> is_short(10**10 - 1), is_short(10**10), is_short(Fraction(1, 3))
    (True, False, True)
    """
    if x.denominator == 1:
        return bool(abs(x) < 10**FULL_DIGITS)
    return bool(abs(x.numerator) * x.denominator < 10**FULL_DIGITS)
