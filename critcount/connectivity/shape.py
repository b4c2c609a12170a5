"""Numbers that describe the graphs and the set of global minima, at any size, with no graph built.

**Edges of the intersection graph** (*derived*). An ordered pair of configurations that meet is a
partition of the neurons into the blocks of the join, and on every block of it a pair of partitions
of which the join is that block: with no label, or with one label t that both carry in one of their
blocks. Over the neurons of a set, pairs of partitions have the generating function
F = Σ B(n)² x^n/n!, B the Bell numbers, so connected ones log F. With b(n) = T(1, n) ways to
partition and mark a block, let F_1 = Σ b(n) B(n) x^n/n! and F_2 = Σ b(n)² x^n/n!. Connected pairs
in which the first, the second, both have a mark: with C_1 = F_1/F, by marking the block that lies
in the component C_1, two marks are either in one component or in two, so F_2 = F (D + C_1²), which
gives D = F_2/F - (F_1/F)². Hence m! [x^m] F D^r ordered pairs meet, T(r, m) of them equal.

**Edges of the refinement graph.** A configuration with j zero-type blocks has j r + j(j-1)/2
mergers of one of them into another block, all different, and Σ_j N_j j = T(r+1, m),
Σ_j N_j j(j-1) = T(r+2, m): choose and order the zero-type blocks that become labelled.

**Euler characteristic** (*derived*). The subspaces are closed, convex, and every non-empty
intersection of them is too, so their union is homotopy equivalent to the order complex of the
configurations under merging. Its Euler characteristic is Σ_k (-1)^k C(r, k) (1-k)^m, with the
generating function e^x (1-e^{-x})^r. For r ≥ 2 and m > r the union is a wedge of
(m-r)-spheres (*derived*). docs/connectivity-graphs.md has the proofs.
"""

from __future__ import annotations

from flint import fmpq, fmpq_poly, fmpz

from critcount._support import checks
from critcount._support.numerals import factorial
from critcount.counting import layer, limits
from critcount.counting._series import inverse

__all__ = [
    "betti_numbers",
    "euler_characteristic",
    "number_of_intersections",
    "number_of_mergers",
]

#: widths in excess up to which the series of `number_of_intersections` is worked out
MOST_EXCESS = 3000
#: bits of all the powers that a sum may have in all
MOST_BITS = 1 << 33


def number_of_intersections(r: int, m: int, *, max_digits: int | None = None) -> int:
    """Return the number of pairs of subspaces that meet: the edges of I(r, m).

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m.
    max_digits : int, optional
        Refuse a result that may have more digits; as in `critcount.T`.

    Returns
    -------
    int
        (m! [x^m] F D^r - T(r, m)) / 2, see `critcount.connectivity.shape` (*derived*).

    Raises
    ------
    TypeError, ValueError
        When r or m is no integer, or not 0 ≤ r ≤ m.
    critcount.SizeLimitError
        For a result of too many digits, and for m - r > 3000.

    See Also
    --------
    critcount.IntersectionGraph.number_of_edges : the same, of the graph.

    Notes
    -----
    Series of m - r + 2 terms: F D^r = F E^r x^r with E = D/x. 0.1 s for (300, 600).

    Examples
    --------
    >>> number_of_intersections(2, 3), number_of_intersections(3, 7)
    (12, 2863980)
    """
    r, m = _widths(r, m)
    what = f"the number of edges of I({checks.show(r)}, {checks.show(m)})"
    checks.size(what, m - r, MOST_EXCESS, "terms in its series", "take a width m closer to r")
    limits.refuse(what, 2 * layer.bound_log10_T(r, m), max_digits)
    size = m - r + 2
    bell = [fmpz.bell_number(n) for n in range(size + 1)]
    marked = [bell[n + 1] - bell[n] for n in range(size)]
    one, two, both = (
        fmpq_poly([fmpq(a[n] * b[n], factorial(n)) for n in range(size)])
        for a, b in ((bell, bell), (marked, bell), (marked, marked))
    )
    reciprocal = inverse(one, size)
    first = two.mul_low(reciprocal, size)
    connected = both.mul_low(reciprocal, size) - first.mul_low(first, size)
    power = fmpq_poly(connected.coeffs()[1:]).pow_trunc(r, size - 1)
    ordered = one.mul_low(power, size - 1)[size - 2] * factorial(m)
    return (int(ordered.p) - layer.T(r, m, max_digits=max_digits)) // 2


def number_of_mergers(r: int, m: int, *, max_digits: int | None = None) -> int:
    """Return the number of edges of the refinement graph R(r, m).

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m.
    max_digits : int, optional
        As in `critcount.T`.

    Returns
    -------
    int
        r T(r+1, m) + T(r+2, m)/2 (*derived*).

    Raises
    ------
    TypeError, ValueError
        When r or m is no integer, or not 0 ≤ r ≤ m.
    critcount.SizeLimitError
        As in `critcount.T`.

    Examples
    --------
    >>> number_of_mergers(2, 3), number_of_mergers(3, 9)
    (12, 9354492)
    """
    r, m = _widths(r, m)
    once = layer.T(r + 1, m, max_digits=max_digits)
    return r * once + layer.T(r + 2, m, max_digits=max_digits) // 2


def euler_characteristic(r: int, m: int) -> int:
    """Return the Euler characteristic of the set of global minima.

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m.

    Returns
    -------
    int
        Σ_k (-1)^k C(r, k) (1-k)^m, with 0^0 = 1 (*derived*).

    Raises
    ------
    TypeError, ValueError
        When r or m is no integer, or not 0 ≤ r ≤ m.
    critcount.SizeLimitError
        When the powers have more than 2^33 bits in all.

    See Also
    --------
    critcount.betti_numbers : the homology behind it.
    critcount.count_components : the number of components.

    Examples
    --------
    >>> [euler_characteristic(r, 4) for r in range(5)]
    [1, 1, 2, -12, 24]
    """
    r, m = _widths(r, m)
    what = f"the sum for ({checks.show(r)}, {checks.show(m)})"
    bits = (r + 1) * (m * (r + 1).bit_length() + r)
    checks.size(what, bits, MOST_BITS, "bits of powers", "take smaller widths")
    total, binomial = fmpz(0), fmpz(1)
    for k in range(r + 1):
        total += (-1) ** k * binomial * fmpz(1 - k) ** m
        binomial = binomial * (r - k) // (k + 1)
    return int(total)


def betti_numbers(r: int, m: int) -> dict[int, int]:
    """Return the Betti numbers of the set of global minima: degree to rank, all others zero.

    For r ≤ 1 the set is contractible; for m = r it has r! points. Else, with h = m - r, its
    homology is free and sits in the degrees 0 and h, with the ranks 1 and
    Σ_{k=2}^r (-1)^{r-k} C(r, k) (k-1)^m (*derived*; docs/connectivity-graphs.md has the proof).

    Parameters
    ----------
    r, m : int
        0 ≤ r ≤ m.

    Returns
    -------
    dict of int to int
        In the order of the degrees.

    Raises
    ------
    TypeError, ValueError, critcount.SizeLimitError
        As `euler_characteristic`.

    See Also
    --------
    critcount.euler_characteristic : their alternating sum.
    critcount.count_components : the first of them, for several hidden layers too.

    Examples
    --------
    >>> betti_numbers(2, 3)  # a circle
    {0: 1, 1: 1}
    >>> betti_numbers(3, 5), betti_numbers(3, 3), betti_numbers(1, 4)
    ({0: 1, 2: 29}, {0: 6}, {0: 1})
    """
    r, m = _widths(r, m)
    if r <= 1:
        return {0: 1}
    h, euler = m - r, euler_characteristic(r, m)
    return {0: euler} if h == 0 else {0: 1, h: (-1) ** h * (euler - 1)}


def _widths(r: int, m: int) -> tuple[int, int]:
    r = checks.integer("r", r, minimum=0)
    return r, checks.integer("m", m, minimum=r)
