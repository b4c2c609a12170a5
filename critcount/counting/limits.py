"""How long an exact number may be before it is refused: limits on digits, known before any work.

Every function that takes ``max_digits`` refuses a result of more decimal digits. None is the
default that suits its work, which is one of the numbers here.
"""

from __future__ import annotations

import math

from critcount._support import checks

__all__ = [
    "MAX_DIGITS",
    "MAX_DIGITS_OF_A_SEARCH",
    "MAX_DIGITS_OF_SIGNS",
    "MAX_DIGITS_OF_SUMS",
    "MAX_TOTAL_DIGITS",
    "factorial_digits",
    "log10_factorial",
    "refuse",
    "refuse_total",
]

#: Default limit on the digits of a result.
MAX_DIGITS = 10_000_000
#: Default limit where the work grows with more than the square of the digits.
MAX_DIGITS_OF_SUMS = 100_000
#: Default limit where neurons have signs: the sums have a term for every number of blocks.
MAX_DIGITS_OF_SIGNS = 50_000
#: Default limit where some thirty such results are needed.
MAX_DIGITS_OF_A_SEARCH = 30_000
#: Default limit on the digits of a list or a table in all.
MAX_TOTAL_DIGITS = 50_000_000


def refuse(what: str, bound: float, max_digits: int | None, *, default: int = MAX_DIGITS) -> None:
    """Refuse a result of more digits than the limit.

    Parameters
    ----------
    what : str
    bound : float
        An upper bound of the result's decimal logarithm.
    max_digits : int or None
        None for the default.
    default : int
        The limit in that case.

    Raises
    ------
    SizeLimitError

    Examples
    --------
    >>> refuse("the number", 9.5, 10)
    >>> refuse("the number", 9.5, 5)
    Traceback (most recent call last):
        ...
    critcount._support.errors.SizeLimitError: the number would have 10 digits, past the limit of
        5: raise max_digits
    """
    limit = default if max_digits is None else checks.integer("max_digits", max_digits, minimum=1)
    size = math.ceil(bound) if bound < 1e18 else 10**18
    advice = "raise max_digits"
    checks.size(what, size, limit, "digits", advice)


def factorial_digits(n: int) -> int:
    """Return about how many digits n! has, at least; 10^18 where they are more.

    >>> factorial_digits(20), factorial_digits(10**30)
    (19, 1000000000000000000)
    """
    return math.ceil(min(log10_factorial(n), 1e18))


def log10_factorial(n: int) -> float:
    """Return the decimal logarithm of n!, infinite where no float holds it.

    >>> log10_factorial(1), round(log10_factorial(70), 6), log10_factorial(10**400)
    (0.0, 100.078405, inf)
    """
    return math.lgamma(n + 1) / math.log(10) if n < 10**300 else math.inf


def refuse_total(
    what: str, numbers: int, bound: float, max_digits: int | None, *, times: int = 1
) -> None:
    """Refuse a list or a table of more digits in all than the limit.

    Parameters
    ----------
    what : str
    numbers : int
        How many there are.
    bound : float
        An upper bound of their average decimal logarithm.
    max_digits : int or None
        None for the default, `MAX_TOTAL_DIGITS`.
    times : int
        How many times `max_digits` all may have together.

    Raises
    ------
    SizeLimitError
    """
    total = numbers * (bound + 1) if numbers < 10**15 else math.inf
    if max_digits is not None:
        max_digits = times * checks.integer("max_digits", max_digits, minimum=1)
    refuse(what, total, max_digits, default=MAX_TOTAL_DIGITS)
