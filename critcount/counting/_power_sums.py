r"""Exact sums of m-th powers, Σ_N x_N N^m, and the weights that make T(r, m) one of them.

**The sum.** The powers are completely multiplicative, so a term is folded into a smaller one:
with p a prime factor of N, x_N N^m = (x_N p^m)(N/p)^m adds x_N p^m to the weight of N/p. From
the largest N down to 2 this costs one multiplication by p^m for every odd N (p the smallest
factor, so that the multiplier is short), a shift for every even N, and in the end the weight of
1 is the sum. Most of a weight's digits are not needed: x_N is held to an absolute error that
stays below a fixed unit after the remaining factor N^m, and since the sum is known to be a
multiple of a given divisor, rounding gives it exactly.

**The weights** (derived). T(r, m)/m! is the coefficient of x^m in (e^x - 1)^r exp(e^x - 1)
[S21]. Only the series modulo x^(m+1) matters, and modulo (y - 1)^(m+1), y = e^x, that function
equals exactly one Laurent polynomial Σ_n q_n y^(n-A), 0 ≤ n ≤ m, for every A. Hence
T(r, m) = Σ_n q_n (n - A)^m. With A ≈ m/2 the powers N^m and (-N)^m fall together and half of
them are even: some m/4 long multiplications in all, where Dobinski's series needs more than four
times as many. Next to nothing cancels for small r, and 2% of the bits at m = 4000, r = 3700.

In t = y - 1 the polynomial is (1+t)^A t^r e^t cut after t^m. The uncut f satisfies
y(y-1) f' = [A(y-1) + r y + y(y-1)] f; the cut leaves a right-hand side (y-1)^(m+1)(ρ₁ + ρ₂(y-1)),
and comparing coefficients of y^n gives

    q_(n-2) = (n-A-r) q_(n-1) - (n-A) q_n - R_n,
    R_n = (-1)^(m+1-n) [C(m+1, n)(ρ₁-ρ₂) - C(m+1, n-1) ρ₂],

which runs down from n = m + 2 and, solved for q_n, up from n = 0; the same multiples of the
binomials serve both ends. Everything is an integer after multiplication by (m-r)!. For even m
the cut is made after t^(m+1) instead, so that both ends stay in step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from flint import fmpz

from critcount._support.numerals import factorial

#: Bits kept beyond the divisor's; the proof in `power_sum` needs 11 + log2(number of terms), so
#: that the error is also below what its check allows.
_GUARD = 64


def power_sum(weights: Iterable[fmpz], top: int, m: int, divisor: fmpz) -> fmpz:
    """Return Σ_{N=1}^{top} x_N N^m / divisor, which must be an integer.

    Parameters
    ----------
    weights : iterable of fmpz
        x_top, x_(top-1), …, x_1, in this order.
    top, m : int
        At least 1.
    divisor : fmpz
        Positive, a divisor of the sum.

    Raises
    ------
    ArithmeticError
        When the sum is no multiple of the divisor, as far as the kept digits tell.

    Notes
    -----
    About top/2 multiplications of at most as many bits as the largest term has beyond the
    divisor. Error: let u = 2^unit ≤ divisor / 2^(_GUARD - 1). A term of index N is held in units
    of 2^d with d ≤ unit - m log2 N, so cutting it off, cutting the product with p^m off and
    cutting the multiplier to the digits that matter each change the final sum by less than u:
    less than 4u for each N, 4·top·u in all, below 2^-8 of the divisor for top < 2^50. The
    logarithms are floats; their rounding, below 2^-20 for m < 2^26, is covered by one bit.

    Examples
    --------
    >>> power_sum(map(fmpz, [1, 1, 1]), 3, 2, fmpz(7))
    2
    """
    factor = smallest_prime_factors(top)
    unit = int(divisor.bit_length()) - _GUARD
    needed = [0] + [math.ceil(m * math.log2(n)) - unit + 1 for n in range(1, top + 1)]
    # the exponent d of the unit 2^d in which index n is held: never below 1
    held = [max(0, -bits) for bits in needed]
    folded: list[fmpz] = [fmpz(0)] * (top + 1)
    powers: dict[int, fmpz] = {}
    for n, weight in zip(range(top, 0, -1), weights, strict=True):
        x = folded[n] + (weight >> held[n])
        folded[n] = x
        if n == 1 or not x:
            continue
        p = factor[n]
        k = n // p
        if p == 2:
            exponent = m
        else:
            multiplier = powers.get(p)
            if multiplier is None:
                multiplier = fmpz(p) ** m
                if p * p <= top:  # otherwise it is not met again
                    powers[p] = multiplier
            # relative precision: the bits of x itself, and those still lacking below its unit
            bits = int(x.bit_length()) + max(0, needed[n]) + 2
            exponent = max(0, int(multiplier.bit_length()) - bits)
            x *= multiplier >> exponent
        exponent += held[n] - held[k]
        folded[k] += x << exponent if exponent >= 0 else x >> -exponent
        folded[n] = fmpz(0)
    total = folded[1] << held[1]
    quotient, remainder = divmod(total + divisor // 2, divisor)
    if abs(remainder - divisor // 2) << 8 > divisor:
        raise ArithmeticError("the sum is no multiple of the divisor")
    return quotient


def smallest_prime_factors(top: int) -> list[int]:
    """Return a list whose entry n is the smallest prime factor of n, for 2 ≤ n ≤ top.

    >>> smallest_prime_factors(9)[2:]
    [2, 3, 2, 5, 2, 7, 2, 3]
    """
    factor = list(range(top + 1))
    for p in range(2, math.isqrt(top) + 1):
        if factor[p] == p:
            for n in range(p * p, top + 1, p):
                if factor[n] == n:
                    factor[n] = p
    return factor


def expansion_weights(r: int, m: int) -> tuple[Iterator[fmpz], int, fmpz]:
    """Return the weights x_top … x_1, top and the divisor D: D·T(r, m) = Σ_N x_N N^m.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m, m ≥ 1.

    Returns
    -------
    weights : iterator of fmpz
    top : int
    divisor : fmpz
        The arguments of `power_sum`. O(m) operations of a machine word with an integer of
        O(m log m) bits.
    """
    degree = m if m % 2 else m + 1
    return _expansion_weights(r, m, degree), (degree + 1) // 2, factorial(degree - r)


def _expansion_weights(r: int, m: int, degree: int) -> Iterator[fmpz]:
    a = (degree + 1) // 2
    h = degree - r
    # c = h! c_degree and before = (h-1)! c_(degree-1), where Σ c_k t^k = (1+t)^a t^r e^t
    before, c = fmpz(0), fmpz(1)
    for j in range(1, h + 1):
        before, c = c, (a + 2 - j) * c + (j - 1) * before
    rho_2 = -c
    rho_1 = (h - a - 1) * c - h * before
    sign = -1 if m % 2 else 1
    # u = C(degree+1, i)(ρ₁-ρ₂) and w = C(degree+1, i) ρ₂
    u, w = rho_1 - rho_2, rho_2
    u_before = w_before = fmpz(0)
    low = low_before = fmpz(0)  # q_(i-1), q_(i-2)
    high = high_after = fmpz(0)  # q_(degree+1-i), q_(degree+2-i)
    for i in range(a):
        even = i % 2 == 0
        residue = u - w_before if even else w_before - u  # R_i
        quotient = ((a + r - i) * low + low_before + residue) // (a - i)
        low, low_before = quotient, low
        yield high + low if sign > 0 else high - low
        n = degree + 2 - i
        residue = w - u_before if even else u_before - w  # R_n
        high, high_after = (n - a - r) * high - (n - a) * high_after - residue, high
        u_before, w_before = u, w
        u = u * (degree + 1 - i) // (i + 1)
        w = w * (degree + 1 - i) // (i + 1)
