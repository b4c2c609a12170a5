r"""G(r, m) and T(r, m) where m - r is small beside m, from a short power series.

With h = m - r, both are m! times a coefficient of x^h [S21, generating functions]:

    G(r, m) = m! [x^h] ((e^x - 1)/x)^r,
    T(r, m) = m! [x^h] ((e^x - 1)/x)^r exp(e^x - 1).

Since (e^x - 1)/x = e^(x/2) · sinh(x/2)/(x/2), the r-th power is e^(rx/2) times a series in x², so
that only h/2 coefficients need to be raised to the r-th power. All is exact over the rationals,
whose denominators depend on h and not on m.
"""

from __future__ import annotations

from flint import fmpq, fmpq_poly, fmpz, fmpz_poly

from critcount._support.numerals import factorial


def surjections(r: int, m: int) -> fmpz:
    """Return G(r, m) for 0 ≤ r ≤ m.

    >>> surjections(3, 5)
    150
    """
    return _coefficient(r, m, _exponentials(fmpq(r, 2), m - r))


def expansions(r: int, m: int) -> fmpz:
    """Return T(r, m) for 0 ≤ r ≤ m.

    >>> expansions(3, 5)
    450
    """
    h = m - r
    bell = [fmpq(fmpz.bell_number(i), factorial(i)) for i in range(h + 1)]
    return _coefficient(r, m, _exponentials(fmpq(r, 2), h).mul_low(fmpq_poly(bell), h + 1))


def _coefficient(r: int, m: int, other: fmpq_poly) -> fmpz:
    """m! times the coefficient of x^(m-r) in (sinh(x/2)/(x/2))^r · other."""
    h = m - r
    half = h // 2
    # sinh(x/2)/(x/2) = Σ_i x^(2i) / (4^i (2i+1)!), over the common denominator of its last term
    denominator = factorial(2 * half + 1) * fmpz(4) ** half
    numerators = [denominator]
    for i in range(half):
        numerators.append(numerators[-1] // (4 * (2 * i + 2) * (2 * i + 3)))
    even = fmpq_poly(fmpz_poly(numerators), denominator).pow_trunc(r, half + 1)
    # one common denominator for each factor, so that the sum runs over integers
    p, q = even.numer(), other.numer()
    total = sum((p[i] * q[h - 2 * i] for i in range(half + 1)), fmpz(0))
    return factorial(m) * total // (even.denom() * other.denom())


def _exponentials(c: fmpq, h: int) -> fmpq_poly:
    """e^(cx) up to x^h."""
    terms = [fmpq(1)]
    for i in range(1, h + 1):
        terms.append(terms[-1] * c / i)
    return fmpq_poly(terms)
