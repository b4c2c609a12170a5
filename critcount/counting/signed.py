r"""Counts for odd and even activations, where neurons may also change sign (derived).

For an odd activation σ(-z) = -σ(z), so (w, a) and (-w, -a) are the same neuron; for an even one
(w, a) and (-w, a) are. The symmetry of a layer of m neurons grows from m! to 2^m m! elements, and
a network is irreducible when no two of its incoming weights agree up to sign. An expansion then
says for every neuron to which block it belongs *and* with which sign: w_i = ε_i w_t in the
replication block of t, where Σ ε_i a_i = a_t (odd) or Σ a_i = a_t (even), and w_i = ε_i w' in
a zero-type block, whose w' is free, so that its signs count only up to a common one. With j
zero-type blocks that is a factor 2^(m-j) on N_j(r, m), see `critcount.expansions_by_zero_blocks`,
the same for odd and even.

Where σ(0) = 0 and there is no bias, a neuron with w = 0 contributes nothing whatever its outgoing
weights: with ``idle=True`` such *idle* neurons are a part of the expansion. At r = 0 their numbers
are the Dowling numbers (OEIS A007405).

At a critical point an idle neuron must leave the gradient zero too. For an even σ with σ(0) = 0,
where σ'(0) = 0 as well, it does with any outgoing weights a. For an odd one the derivative by w is
σ'(0) aᵀE[e xᵀ], e that of the loss by what the next layer receives. It vanishes for a in the left
kernel of a matrix of d_out rows and d_in columns: for d_out ≤ d_in in general for a = 0 only, for
more outputs in d_out - d_in dimensions at least. The number of sets is the same (derived).

For activations whose symmetry involves a constant or a linear term see
`critcount.counting.activations`; `critcount.SignedExpansions` lists the expansions.
"""

from __future__ import annotations

import math

from flint import fmpz

from critcount._support import checks
from critcount._support.numerals import factorial
from critcount.counting import layer, limits

__all__ = ["signed_G", "signed_T"]


def signed_T(r: int, m: int, *, idle: bool = False, max_digits: int | None = None) -> int:
    """Return the number of expansions (r, m) for an odd or even activation.

    Parameters
    ----------
    r, m : int
        Minimal width and width, at least 0.
    idle : bool
        Also those with neurons of incoming weight zero, for σ(0) = 0 without bias.
    max_digits : int, optional
        Refuse a result of more digits; 50,000 by default.

    Returns
    -------
    int
        Σ_j (r+j)!/j! S(m, r+j) 2^(m-j); the exponential generating function is
        (e^(2x) - 1)^r exp((e^(2x) - 1)/2), times e^x with idle neurons (derived).

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or is negative.
    SizeLimitError
        When the result would have more than `max_digits` digits.

    See Also
    --------
    critcount.T : the number for activations that are neither odd nor even.
    critcount.families.SignedExpansions : the expansions themselves.

    Examples
    --------
    >>> [signed_T(1, m) for m in range(1, 5)]
    [2, 8, 38, 208]
    >>> [signed_T(0, m, idle=True) for m in range(5)]
    [1, 2, 6, 24, 116]
    """
    r, m = _domain(r, m, max_digits)
    if not idle:
        numbers = layer.expansions_by_zero_blocks(r, m)
        return sum(number << (m - j) for j, number in enumerate(numbers))
    checks.size(f"the triangle up to m = {m}", m, 2000, "rows", "there is no faster way here")
    row = [fmpz(1)]  # partitions of n neurons into b signed blocks, the others idle, by b
    for _ in range(m):
        row = [
            (2 * b + 1) * here + before
            for b, (here, before) in enumerate(zip([*row, fmpz(0)], [fmpz(0), *row], strict=True))
        ]
    total, labellings = fmpz(0), factorial(r) << r
    for b in range(r, m + 1):
        total += labellings * row[b]
        labellings = labellings * (b + 1) // (b + 1 - r)
    return int(total)


def signed_G(r: int, m: int, *, idle: bool = False, max_digits: int | None = None) -> int:
    """Return the number of critical subspaces (r, m) for an odd or even activation.

    Parameters
    ----------
    r, m : int
        Reduced width and width, at least 0.
    idle : bool
        Also those with neurons of incoming weight zero, for σ(0) = 0 without bias. Their outgoing
        weights are free for an even σ, in general zero for an odd one with no more outputs than
        inputs; see `critcount.counting.signed`.
    max_digits : int, optional
        Refuse a result of more digits; 50,000 by default.

    Returns
    -------
    int
        2^m r! S(m, r); with idle neurons Σ_k (-1)^(r-k) C(r, k) (2k+1)^m, the exponential
        generating function being (e^(2x) - 1)^r e^x (derived).

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `signed_T`.

    See Also
    --------
    critcount.G : the number for activations that are neither odd nor even.
    critcount.families.SignedCriticalSubspaces :
        the subspaces themselves: listed, ranked, drawn at random.

    Examples
    --------
    >>> [signed_G(1, m) for m in range(4)], [signed_G(1, m, idle=True) for m in range(4)]
    ([0, 2, 4, 8], [0, 2, 8, 26])
    """
    r, m = _domain(r, m, max_digits)
    if not idle:
        return layer.G(r, m) << m
    return int(sum((-1) ** (r - k) * math.comb(r, k) * fmpz(2 * k + 1) ** m for k in range(r + 1)))


def _domain(r: int, m: int, max_digits: int | None) -> tuple[int, int]:
    r = checks.integer("r", r, minimum=0)
    m = checks.integer("m", m, minimum=0)
    # at most 2^m signs and C(m, u) sets of idle neurons: a factor of 4^m
    bound = 0.0 if m < r else layer.bound_log10_T(r, m) + m * math.log10(4)
    what = f"the signed number for r = {checks.show(r)}, m = {checks.show(m)}"
    limits.refuse(what, bound, max_digits, default=limits.MAX_DIGITS_OF_SIGNS)
    return r, m
