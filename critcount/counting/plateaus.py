"""How many critical subspaces contain local minima, and the index over permutation points.

A neuron of a critical point with one output is *positive* when its matrix S (see
`critcount.landscape.small_matrices.NeuronBlock`) is positive definite, *negative* when it is
negative definite, and *indefinite* when S has both signs. Above a non-degenerate local minimum a
point of a critical subspace is a local minimum exactly where every neuron with copies is positive
and all its shares are, or is negative and exactly one of its shares is positive ([M25], [FA00] for
two copies; *derived* for any number). So copies of an indefinite neuron are never minima, and a
block of k ≥ 2 copies of a negative neuron has k regions, one for each choice of the positive
share.

[FA00] is Fukumizu and Amari 2000, Neural Networks 13:317; [M25] is Martinelli, van Meegen, Şimşek,
Gerstner, Brea 2025, arXiv 2506.14951.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from flint import fmpq_poly, fmpz, fmpz_poly

from critcount._support import checks
from critcount.counting import layer, limits

__all__ = ["count_plateau_regions", "count_plateaus", "index_distribution"]

#: The longest power series of `count_plateau_regions`.
SERIES = 2000
#: The most terms of the generating function of the index.
TERMS = 1_000_000


def count_plateaus(
    definite: int, indefinite: int, m: int, *, max_digits: int | None = None
) -> int:
    """Return how many critical subspaces of width m contain local minima.

    Parameters
    ----------
    definite, indefinite : int
        How many neurons of a local minimum have a definite and an indefinite S, at least 0.
    m : int
        Width, at least 0.
    max_digits : int, optional
        Refuse a result of more digits; 10,000,000 by default.

    Returns
    -------
    int
        C(m, s) s! G(p, m - s) of the G(p + s, m), with p definite and s indefinite ones: m! times
        the coefficient of x^m in (e^x - 1)^p x^s (derived).

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or is negative.
    SizeLimitError
        When the result would have more than `max_digits` digits.

    See Also
    --------
    critcount.Plateaus : the subspaces themselves: listed, ranked, drawn at random.
    critcount.landscape.critical_subspace_inertia : the Hessian at a point of one of them.
    critcount.count_plateau_regions : in how many connected regions the minima lie.
    critcount.G : how many critical subspaces there are in all.
    critcount.landscape.summarise : all of them above a critical point with weights.

    Examples
    --------
    >>> [count_plateaus(2, 1, m) for m in range(2, 7)]
    [0, 6, 24, 70, 180]
    >>> count_plateaus(3, 0, 5) == layer.G(3, 5)
    True
    """
    p = checks.integer("definite", definite, minimum=0)
    s = checks.integer("indefinite", indefinite, minimum=0)
    m = checks.integer("m", m, minimum=0)
    if s > m:
        return 0
    bound = layer.bound_log10_G(p + s, m) if m >= p + s else 0.0
    limits.refuse(f"the number of plateaus in width {checks.show(m)}", bound, max_digits)
    return math.perm(m, s) * layer.G(p, m - s, max_digits=max_digits)


def count_plateau_regions(positive: int, negative: int, indefinite: int, m: int) -> int:
    """Return how many connected regions of local minima the critical subspaces of width m have.

    Parameters
    ----------
    positive, negative, indefinite : int
        How many neurons of a local minimum have an S of that kind, at least 0.
    m : int
        Width, at least 0.

    Returns
    -------
    int
        m! times the coefficient of x^m in (e^x - 1)^p (x e^x)^q x^s, with p positive, q negative
        and s indefinite neurons (derived):
        m!/(m-q-s)! Σ_i (-1)^(p-i) C(p, i) (q + i)^(m-q-s).

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or is negative.
    SizeLimitError
        When the sum would have more than 2,000 terms or the width is above 100,000.

    See Also
    --------
    critcount.count_plateaus : how many subspaces they lie in.
    critcount.Plateaus : the subspaces themselves: listed, ranked, drawn at random.
    critcount.landscape.along_critical_line : the loss across one of them.

    Examples
    --------
    >>> [count_plateau_regions(0, 1, 0, m) for m in range(1, 5)]
    [1, 2, 3, 4]
    >>> [count_plateau_regions(1, 1, 1, m) for m in range(3, 7)]
    [6, 36, 140, 450]
    """
    p = checks.integer("positive", positive, minimum=0)
    q = checks.integer("negative", negative, minimum=0)
    s = checks.integer("indefinite", indefinite, minimum=0)
    m = checks.integer("m", m, minimum=0)
    checks.size("the sum", p + 1, SERIES, "terms", "there is no faster way here")
    checks.size("the width", m, 100_000, "neurons", "there is no faster way here")
    left = m - q - s
    if left < p:
        return 0
    total = sum(
        ((-1) ** (p - i) * math.comb(p, i) * fmpz(q + i) ** left for i in range(p + 1)), fmpz(0)
    )
    return int(total * math.perm(m, q + s))


def index_distribution(
    indices: Sequence[int], m: int, *, spread: Literal["pairs", "any"] = "pairs", index: int = 0
) -> dict[int, int]:
    """Return how many permutation points of width m have each index.

    Parameters
    ----------
    indices : sequence of int
        For every neuron of the critical point of width r what one copy of it adds to the index:
        the negative eigenvalues of [[S, Mᵀ], [M, 0]].
    m : int
        Width, at least r; the order of the points is K = m - r.
    spread : {"pairs", "any"}
        Which points: K disjoint pairs of neurons coincide, or blocks of any size.
    index : int
        Of the critical point itself.

    Returns
    -------
    dict
        From the index, ascending, to the number of points with it. As a polynomial in q it is
        m!/2^K times the coefficient of t^K in Π_j (1 + t q^{i_j}); for blocks of any size m!
        times the coefficient of x^m in Π_j (exp(x q^{i_j}) - 1)/q^{i_j} (derived).

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer, is negative, or the width is below r.
    SizeLimitError
        When the generating function would have more than a million terms.

    See Also
    --------
    critcount.count_permutation_points : how many a network has, whatever their index.
    critcount.PermutationPoints :
        those of one layer as configurations: listed, ranked, drawn at random.
    critcount.landscape.summarise : all of them above a critical point with weights.

    Examples
    --------
    >>> index_distribution([0, 1, 2], 4)
    {0: 12, 1: 12, 2: 12}
    >>> index_distribution([0, 1], 4, spread="any")
    {0: 4, 1: 6, 2: 4}
    """
    added = checks.integers("indices", indices, minimum=0)
    r = len(added)
    m = checks.integer("m", m, minimum=r)
    checks.choice("spread", spread, ("pairs", "any"))
    start = checks.integer("index", index, minimum=0)
    order = m - r
    largest = sum(sorted(added)[-order:]) if spread == "pairs" else order * max(added, default=0)
    checks.size(
        "the generating function", (order + 1) * (largest + 1), TERMS, "terms", "ask for less"
    )
    if spread == "pairs":
        numbers = _pairs(added, order)
        factor, divisor = math.factorial(m), 2**order
    else:
        numbers = _blocks(added, m)
        factor, divisor = 1, 1
    return {
        start + i: int(number * factor // divisor) for i, number in enumerate(numbers) if number
    }


def _pairs(added: Sequence[int], order: int) -> list[fmpz]:
    """The coefficients by q of that of t^order in Π (1 + t q^i)."""
    rows = [fmpz_poly([1])] + [fmpz_poly()] * order
    for i in added:
        for k in range(order, 0, -1):
            rows[k] += rows[k - 1].left_shift(i)
    return list(rows[order])


def _blocks(added: Sequence[int], m: int) -> list[fmpz]:
    """The coefficients by q of m! times that of x^m in Π Σ_k x^k/k! q^((k-1)i)."""
    r = len(added)
    # by the number of neurons beyond one a block: rows[e] is divided by (number + e)!
    rows = [fmpq_poly([1])] + [fmpq_poly()] * (m - r)
    for i in added:
        rows = [
            sum(
                (rows[e - k].left_shift(k * i) / math.factorial(k + 1) for k in range(e + 1)),
                fmpq_poly(),
            )
            for e in range(m - r + 1)
        ]
    last = rows[-1] * math.factorial(m)
    return [fmpz(int(c.p)) for c in last]
