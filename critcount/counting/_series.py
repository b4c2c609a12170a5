"""Power series over the rationals, cut after so many terms."""

from __future__ import annotations

from flint import fmpq_poly


def inverse(series: fmpq_poly, size: int) -> fmpq_poly:
    """Return 1/series up to x^(size-1), for a series that begins with 1.

    >>> inverse(fmpq_poly([1, -1]), 4)
    x^3 + x^2 + x + 1
    """
    result, known = fmpq_poly([1]), 1
    while known < size:  # Newton's iteration doubles the terms known
        known = min(2 * known, size)
        result = result.mul_low(2 - series.mul_low(result, known), known)
    return result
