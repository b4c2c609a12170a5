"""Exact numbers to digits: in full, or rounded from the digits for reading."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from flint import fmpz

from critcount import checks

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
    if not isinstance(text, str) or not _EXACT.fullmatch(text):
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
    is a few units in the last place.

    >>> log10(10**5000)
    5000.0
    >>> log10(Fraction(1, 1000))
    -3.0
    >>> log10(0)
    -inf
    """
    if x < 0:
        raise ValueError(f"log10 needs a number of at least 0, not {checks.show(x)}")
    if x == 0:
        return -math.inf
    if isinstance(x, Fraction):
        return log10(x.numerator) - log10(x.denominator)
    shift = max(0, x.bit_length() - 1000)
    return math.log10(x >> shift) + shift * math.log10(2)


def scientific(x: int | Fraction, significant: int = 4) -> str:
    """Return a number in scientific notation, rounded half up from its exact value.

    Parameters
    ----------
    x : int or Fraction
    significant : int
        How many digits to show, at least 1.

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
    significant = checks.integer("significant", significant, minimum=1)
    if x == 0:
        return "0"
    sign, x = ("-", -x) if x < 0 else ("", x)
    p, q = (x.numerator, x.denominator) if isinstance(x, Fraction) else (x, 1)
    exponent = number_of_digits(p) - number_of_digits(q)  # floor(log10 x), or one more
    if fmpz(p) * 10 ** max(0, -exponent) < fmpz(q) * 10 ** max(0, exponent):
        exponent -= 1
    shift = exponent - significant + 1
    top = fmpz(p) * fmpz(10) ** max(0, -shift)
    bottom = fmpz(q) * fmpz(10) ** max(0, shift)
    mantissa = (2 * top + bottom) // (2 * bottom)
    if mantissa >= fmpz(10) ** significant:
        mantissa, exponent = mantissa // 10, exponent + 1
    text = str(mantissa)
    point = "." if significant > 1 else ""
    return f"{sign}{text[0]}{point}{text[1:]}e{exponent}"


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
        Integers below 10^10 and fractions of at most ten digits in numerator and denominator
        together are written in full.
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
    return f"{text} ({number_of_digits(x.numerator):,} digits)" if x.denominator == 1 else text


def is_short(x: int | Fraction) -> bool:
    """Return whether a number is written in full where numbers are for reading.

    >>> is_short(10**10 - 1), is_short(10**10), is_short(Fraction(1, 3))
    (True, False, True)
    """
    if x.denominator == 1:
        return bool(abs(x) < 10**FULL_DIGITS)
    return bool(abs(x.numerator) * x.denominator < 10**FULL_DIGITS)
