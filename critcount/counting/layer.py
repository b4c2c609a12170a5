"""T(r, m), G(r, m) and what is made of them for one hidden layer, exactly.

[B19] is Brea, Şimşek, Illing, Gerstner 2019, arXiv 1907.02911; [S21] is Şimşek, Ged, Jacot,
Spadaro, Hongler, Gerstner, Brea 2021, arXiv 2105.12221.

Every function refuses, before any work, a result of more decimal digits than its limit; the
argument ``max_digits`` raises it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction

from flint import fmpz, fmpz_poly

from critcount._support import checks
from critcount._support.numerals import factorial
from critcount.counting import _near_diagonal, _power_sums
from critcount.counting.limits import (
    MAX_DIGITS,
    MAX_DIGITS_OF_A_SEARCH,
    MAX_DIGITS_OF_SUMS,
    refuse,
    refuse_total,
)

__all__ = [
    "G",
    "T",
    "T_by_definition",
    "bound_log10_G",
    "bound_log10_T",
    "count_smaller_critical_subspaces",
    "critical_to_global_ratio",
    "crossover_from_integers",
    "dimension_distribution",
    "expansions_by_zero_blocks",
    "first",
    "is_vast",
    "stirling_row",
    "triangle_G",
    "triangle_T",
]


def T(r: int, m: int, *, max_digits: int | None = None) -> int:
    r"""Return the number of affine subspaces of global minima: the expansions (r, m).

    The number of ways to expand an irreducible network with r hidden neurons to m: partitions
    of the m neurons into r non-empty blocks labelled by the neuron they copy and any number of
    unlabelled blocks whose outgoing weights sum to zero [S21].

    Parameters
    ----------
    r : int
        Minimal width, at least 0.
    m : int
        Width, at least 0.
    max_digits : int, optional
        Refuse a result of more digits. By default 100,000, or 10,000,000 where m - r is at
        most 1000 and the work light.

    Returns
    -------
    int
        Σ_{j=0}^{m-r} (r+j)!/j! · S(m, r+j), S the Stirling numbers of the second kind. 0 for
        m < r; T(0, m) are the Bell numbers.

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or is negative.
    SizeLimitError
        When the result would have more than `max_digits` digits.

    See Also
    --------
    critcount.count_expansions : their number for any number of hidden layers.
    critcount.Expansions : the subspaces themselves: listed, ranked, drawn at random.
    critcount.IntersectionGraph : which of them meet.
    critcount.embed : a network with weights on one of them.
    critcount.log10_T : its logarithm, far beyond exact size.
    critcount.counting.activations.count_types : the same for any activation, with biases.

    Notes
    -----
    About m/4 multiplications of integers as long as the result (`critcount.counting._power_sums`),
    or a power series of length m - r where that is less (`critcount.counting._near_diagonal`).
    `T_by_definition` is the sum above, term by term.

    Examples
    --------
    >>> T(4, 5)
    360
    >>> [T(2, m) for m in range(7)]
    [0, 0, 2, 12, 62, 320, 1712]
    """
    r, m, max_digits = _domain(r, m, max_digits)
    if m < r:
        return 0
    refuse(_name("T", r, m), bound_log10_T(r, m), max_digits, default=_default(m - r > 1000))
    if _is_near_diagonal(r, m):
        return int(_near_diagonal.expansions(r, m))
    if r == 0:
        return int(fmpz.bell_number(m))
    if r == 1:  # Σ_k S(m, k) k, by the recurrence of the Stirling numbers
        return int(fmpz.bell_number(m + 1) - fmpz.bell_number(m))
    weights, top, divisor = _power_sums.expansion_weights(r, m)
    return int(_power_sums.power_sum(weights, top, m, divisor))


def T_by_definition(r: int, m: int) -> int:
    """Return T(r, m) as the sum that defines it: the readable version, for small sizes.

    >>> T_by_definition(4, 5)
    360
    """
    return sum(expansions_by_zero_blocks(r, m))


def G(r: int, m: int, *, max_digits: int | None = None) -> int:
    """Return the number of critical subspaces (r, m): the surjections of m neurons on r.

    Every irreducible critical point of the width-r loss, taken with its r! permutations, gives
    G(r, m) critical subspaces of the width-m loss [S21].

    Parameters
    ----------
    r : int
        Reduced width, at least 0.
    m : int
        Width, at least 0.
    max_digits : int, optional
        Refuse a result of more digits; by default 100,000, or 10,000,000 where r < 10 or
        m - r is at most 1000 and the work light.

    Returns
    -------
    int
        r! · S(m, r). 0 for m < r and for r = 0 < m; G(0, 0) = 1.

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or is negative.
    SizeLimitError
        When the result would have more than `max_digits` digits.

    See Also
    --------
    critcount.count_critical_subspaces : their number for any number of hidden layers.
    critcount.CriticalSubspaces : the subspaces themselves: listed, ranked, drawn at random.
    critcount.log10_G : its logarithm, far beyond exact size.
    critcount.Plateaus : those of them that contain local minima.
    critcount.landscape.critical_subspace_inertia : the Hessian at a point of one of them.
    critcount.counting.activations.count_critical_types : the same for any activation.

    Examples
    --------
    >>> [G(3, m) for m in range(8)]
    [0, 0, 0, 6, 36, 150, 540, 1806]
    """
    r, m, max_digits = _domain(r, m, max_digits)
    if m < r or r <= 1:
        return int(m == r or r == 1 <= m)
    h = m - r
    default = _default(h > 1000 and r >= 10)
    refuse(_name("G", r, m), bound_log10_G(r, m), max_digits, default=default)
    if h >= 25 and 30 * h <= m and 2 * h**3 <= m**2:  # where it was measured to be faster
        return int(_near_diagonal.surjections(r, m))
    return int(factorial(r) * fmpz.stirling_s2(m, r))


def expansions_by_zero_blocks(r: int, m: int, *, max_digits: int | None = None) -> list[int]:
    """Return [N_0, …, N_(m-r)]: the expansions (r, m) by their number of zero-type blocks.

    Parameters
    ----------
    r, m : int
        At least 0.
    max_digits : int, optional
        Refuse a list of more digits in all; 50,000,000 by default.

    Returns
    -------
    list of int
        N_j = (r+j)!/j! · S(m, r+j), which sum to T(r, m) [S21]; empty for m < r.

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or is negative.
    SizeLimitError
        When the list would hold more than `max_digits` digits.

    See Also
    --------
    critcount.T : their number for one hidden layer.
    critcount.dimension_distribution : the same numbers by the dimension of the subspace.
    critcount.Expansions : with ``zero_blocks``: those with a given number of zero-type blocks.

    Examples
    --------
    >>> expansions_by_zero_blocks(2, 4)
    [14, 36, 12]
    """
    r, m, max_digits = _domain(r, m, max_digits)
    if m < r:
        return []
    what = f"the list of the {_name('N_j', r, m)}"
    refuse_total(what, m - r + 1, bound_log10_T(r, m), max_digits)
    falling = factorial(r)  # (r+j)!/j!
    result = []
    for j, partitions in enumerate(stirling_row(m, m)[r:]):
        result.append(int(falling * partitions))
        falling = falling * (r + j + 1) // (j + 1)
    return result


def stirling_row(m: int, last: int) -> list[fmpz]:
    """Return [S(m, 0), …, S(m, last)], the Stirling numbers of the second kind.

    Parameters
    ----------
    m, last : int
        At least 0; `last` at most m.

    Returns
    -------
    list of fmpz
        One by one while they are few; a long row by a single product of polynomials, since
        S(m, k) is the coefficient of x^k in (Σ_i i^m x^i/i!) (Σ_j (-x)^j/j!).

    Examples
    --------
    >>> stirling_row(4, 3)
    [0, 1, 7, 6]
    """
    if last * m < 200_000:
        return [fmpz.stirling_s2(m, k) for k in range(last + 1)]
    ratios = [fmpz(1)]  # last!/i!, for i = last … 0
    for i in range(last, 0, -1):
        ratios.append(ratios[-1] * i)
    ratios.reverse()
    powers = fmpz_poly([fmpz(i) ** m * ratio for i, ratio in enumerate(ratios)])
    signs = fmpz_poly([-ratio if j % 2 else ratio for j, ratio in enumerate(ratios)])
    product = powers.mul_low(signs, last + 1)
    scale = ratios[0] ** 2
    return [product[k] // scale for k in range(last + 1)]


def dimension_distribution(
    r: int, m: int, d_in: int, d_out: int, *, max_digits: int | None = None
) -> dict[int, int]:
    """Return how many of the expansions (r, m) have which dimension.

    Parameters
    ----------
    r, m : int
        At least 0.
    d_in, d_out : int
        Inputs (a constant input for a bias included) and outputs, at least 1.
    max_digits : int, optional
        As in `expansions_by_zero_blocks`.

    Returns
    -------
    dict of int to int
        {dimension: count}, dimensions ascending, no count zero; empty for m < r. An expansion
        with j zero-type blocks has dimension (m-r-j)·d_out + j·d_in (derived).

    Raises
    ------
    TypeError, ValueError
        When an argument is no integer or out of its domain.
    SizeLimitError
        As `expansions_by_zero_blocks`.

    See Also
    --------
    critcount.Configuration.dimension : the dimension of one of them.
    critcount.dimension_range : the smallest and the largest, for several hidden layers.

    Examples
    --------
    >>> dimension_distribution(2, 4, d_in=2, d_out=1)
    {2: 14, 3: 36, 4: 12}
    """
    d_in = checks.integer("d_in", d_in, minimum=1)
    d_out = checks.integer("d_out", d_out, minimum=1)
    result: dict[int, int] = {}
    for j, count in enumerate(expansions_by_zero_blocks(r, m, max_digits=max_digits)):
        if count:
            dimension = (m - r - j) * d_out + j * d_in
            result[dimension] = result.get(dimension, 0) + count
    return dict(sorted(result.items()))


def count_smaller_critical_subspaces(r_star: int, m: int, *, max_digits: int | None = None) -> int:
    """Return Σ_{r=1}^{r_star-1} G(r, m): the critical subspaces of all smaller widths.

    One irreducible critical point up to permutation is assumed for every width (a_r = 1).

    Parameters
    ----------
    r_star, m : int
        Minimal width, at least 1, and width, at least `r_star`.
    max_digits : int, optional
        As in `T`.

    Returns
    -------
    int
        As one sum of powers, Σ_i i^m Σ_{r=i}^{r_star-1} (-1)^(r-i) C(r, i), from the explicit
        formula of G; about r_star/2 long multiplications.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `T`.

    Examples
    --------
    >>> count_smaller_critical_subspaces(4, 5) == G(1, 5) + G(2, 5) + G(3, 5)
    True
    """
    r_star = checks.integer("r_star", r_star, minimum=1)
    m = checks.integer("m", m, minimum=r_star)
    last = r_star - 1
    if last <= 1:
        return last
    # the maps to `last` values whose image is the first r of them, for some r, are not more
    # than all maps: Σ_{r ≤ last} G(r, m) ≤ last^m
    what = f"the sum of G(r, m) for r < {checks.show(r_star)}, m = {checks.show(m)}"
    bound = m * math.log10(last) if m <= 10**15 else math.inf
    refuse(what, bound, max_digits, default=_default(last >= 10))
    # a_i = Σ_{r=i}^{last} (-1)^(last-r) C(r, i) satisfies 2 a_i + a_(i-1) = C(last+1, i), which
    # runs down from a_(last+1) = 0
    weights = []
    binomial, a = fmpz(1), fmpz(0)
    for i in range(last + 1, 1, -1):
        a = binomial - 2 * a
        weights.append(a if (last - i + 1) % 2 == 0 else -a)
        binomial = binomial * i // (last + 2 - i)
    return int(_power_sums.power_sum(iter(weights), last, m, fmpz(1)))


def critical_to_global_ratio(r_star: int, m: int, *, max_digits: int | None = None) -> Fraction:
    """Return how many critical subspaces of smaller widths there are for each global one.

    Parameters
    ----------
    r_star : int
        Minimal width, at least 1.
    m : int
        Width, at least `r_star`.
    max_digits : int, optional
        As in `T`.

    Returns
    -------
    Fraction
        Σ_{r=1}^{r_star-1} G(r, m) / T(r_star, m), one critical point for each smaller width.
        Above 1 critical subspaces dominate (the mild regime), below 1 the global minima do
        (the vast one) [S21]. It never grows with m; see `crossover`.

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `T`.

    See Also
    --------
    critcount.regimes.log10_ratio : its logarithm, far beyond exact size.
    critcount.crossover : the number of extra neurons from which on it is below 1.

    Examples
    --------
    >>> critical_to_global_ratio(4, 4), critical_to_global_ratio(4, 5)
    (Fraction(17, 8), Fraction(181, 360))
    """
    critical = count_smaller_critical_subspaces(r_star, m, max_digits=max_digits)
    return Fraction(critical, T(r_star, m, max_digits=max_digits))


def crossover_from_integers(r_star: int, *, max_digits: int | None = None) -> int:
    """Return `critcount.crossover` from exact integers: for r_star up to about 6000.

    Parameters
    ----------
    r_star : int
        Minimal width, at least 1.
    max_digits : int, optional
        Refuse to search among numbers of more digits; 30,000 by default.

    Returns
    -------
    int
        The first h ≥ 1 with Σ_{r=1}^{r_star-1} G(r, r_star+h) < T(r_star, r_star+h).

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `T`.

    Examples
    --------
    >>> [crossover_from_integers(r) for r in (1, 3, 6, 10, 30, 100)]
    [1, 1, 2, 3, 12, 44]
    """
    r_star = checks.integer("r_star", r_star, minimum=1)
    if r_star > 100:  # the bisection goes beyond m = 1.4 r_star, where the crossover has not been
        m = 7 * r_star // 5
        what = f"the numbers around the crossover of {checks.show(r_star)}"
        refuse(what, bound_log10_T(r_star, m), max_digits, default=MAX_DIGITS_OF_A_SEARCH)
        max_digits = MAX_DIGITS_OF_SUMS if max_digits is None else 2 * max_digits
    return first(lambda h: is_vast(r_star, r_star + h, max_digits))


def is_vast(r_star: int, m: int, max_digits: int | None) -> bool:
    """Return whether Σ_{r=1}^{r_star-1} G(r, m) < T(r_star, m), from exact integers.

    >>> is_vast(4, 4, None), is_vast(4, 5, None)
    (False, True)
    """
    smaller = count_smaller_critical_subspaces(r_star, m, max_digits=max_digits)
    return smaller < T(r_star, m, max_digits=max_digits)


def first(holds: Callable[[int], bool]) -> int:
    """Return the first h ≥ 1 at which a condition holds that holds ever after, by bisection.

    >>> first(lambda h: h * h > 50)
    8
    """
    low, high = 0, 1  # holds(high) in the end; low = 0 or not holds(low)
    while not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def triangle_T(max_m: int) -> list[list[int]]:
    """Return the rows [T(0, m), …, T(m, m)] for m = 0 … max_m.

    Parameters
    ----------
    max_m : int
        At least 0, at most 1000.

    Returns
    -------
    list of list of int
        Two additions and a short multiplication for each entry, by
        T(r, m+1) = r·s(r-1) + s(r), s(r) = T(r, m) + T(r+1, m) (derived).

    Raises
    ------
    TypeError, ValueError
        When `max_m` is no integer or is negative.
    SizeLimitError
        When `max_m` is above 1000: half a million numbers of up to 2600 digits.

    Examples
    --------
    >>> triangle_T(3)
    [[1], [1, 1], [2, 3, 2], [5, 10, 12, 6]]
    """
    rows = [[1]]
    for _ in range(_triangle_size(max_m)):
        row = rows[-1]
        sums = list(map(operator.add, row, [*row[1:], 0]))
        products = map(operator.mul, range(1, len(row) + 1), sums)
        rows.append([sums[0], *map(operator.add, products, [*sums[1:], 0])])
    return rows


def triangle_G(max_m: int) -> list[list[int]]:
    """Return the rows [G(0, m), …, G(m, m)] for m = 0 … max_m.

    By G(r, m+1) = r (G(r-1, m) + G(r, m)); as `triangle_T` otherwise.

    >>> triangle_G(3)
    [[1], [0, 1], [0, 1, 2], [0, 1, 6, 6]]
    """
    rows = [[1]]
    for _ in range(_triangle_size(max_m)):
        row = rows[-1]
        sums = map(operator.add, row, [*row[1:], 0])
        rows.append([0, *map(operator.mul, range(1, len(row) + 1), sums)])
    return rows


def bound_log10_T(r: int, m: int) -> float:
    """Return an upper bound of log10 T(r, m), a float, tight to a few digits.

    By Cauchy's inequality T(r, m) ≤ m! F(ρ)/ρ^m for every ρ > 0, F the exponential generating
    function (e^x - 1)^r exp(e^x - 1); ρ is taken near the best.

    >>> 2.55 < bound_log10_T(4, 5) < 3.1
    True
    """
    return _cauchy(r, m, 1)


def bound_log10_G(r: int, m: int) -> float:
    """Return an upper bound of log10 G(r, m), as `bound_log10_T` does.

    >>> 2.17 < bound_log10_G(3, 5) < 3
    True
    """
    return _cauchy(r, m, 0)


def _cauchy(r: int, m: int, exponential: int) -> float:
    """The bound for (e^x - 1)^r, times exp(e^x - 1) where `exponential` is 1."""
    if m < r or m == 0:
        return 0.0
    if m > 10**15:
        return math.inf if exponential or r > 1 else 0.0
    low, high = 1e-9, 50.0 if exponential else m + 1.0
    for _ in range(80):  # bisect the increasing derivative of log F(ρ) - m log ρ
        rho = math.sqrt(low * high)
        slope = rho * (r / -math.expm1(-rho) + (math.exp(rho) if exponential else 0)) - m
        low, high = (low, rho) if slope > 0 else (rho, high)
    rho = low
    value = r * (rho + math.log(-math.expm1(-rho))) - m * math.log(rho)
    value += math.expm1(rho) if exponential else 0
    return max(0.0, (value + math.lgamma(m + 1)) / math.log(10))


def _is_near_diagonal(r: int, m: int) -> bool:
    """Whether the power series was measured to be the faster way to T(r, m)."""
    h = m - r
    return 2 * h**3 <= 3 * m**2


def _default(sums: bool) -> int:
    """The default limit, of digits that are summed up or not."""
    return MAX_DIGITS_OF_SUMS if sums else MAX_DIGITS


def _name(number: str, r: int, m: int) -> str:
    return f"{number}({checks.show(r)}, {checks.show(m)})"


def _domain(r: int, m: int, max_digits: int | None) -> tuple[int, int, int | None]:
    """The arguments of T and G and their like, validated."""
    if max_digits is not None:
        max_digits = checks.integer("max_digits", max_digits, minimum=1)
    return checks.integer("r", r, minimum=0), checks.integer("m", m, minimum=0), max_digits


def _triangle_size(max_m: int) -> int:
    max_m = checks.integer("max_m", max_m, minimum=0)
    rows = (max_m + 1) * (max_m + 2) // 2
    checks.size("the triangle", rows, 1001 * 1002 // 2, "numbers", "ask for fewer rows")
    return max_m
