"""Minima, permutation points and subspaces of a whole architecture, exactly.

[B19] is Brea, Şimşek, Illing, Gerstner 2019, arXiv 1907.02911; [S21] is Şimşek, Ged, Jacot,
Spadaro, Hongler, Gerstner, Brea 2021, arXiv 2105.12221. As in `critcount.counting.layer`, a
result of more digits than the limit is refused before any work.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal

from flint import fmpq, fmpq_poly, fmpz

from critcount._support import checks
from critcount._support.numerals import factorial
from critcount.architecture import ArchitectureLike, as_architecture, widths_text
from critcount.counting._series import inverse
from critcount.counting.layer import G, T
from critcount.counting.limits import log10_factorial, refuse

__all__ = [
    "SPREADS",
    "bound_log10_minima",
    "count_components",
    "count_critical_subspaces",
    "count_expansions",
    "count_minima",
    "count_permutation_points",
    "dimension",
    "dimension_range",
    "layer_pairs",
    "permutation_point_factor",
    "permutation_point_factors",
    "times",
]


#: Which collisions count together, see `permutation_point_factor`.
Spread = Literal["layer", "network", "any"]
SPREADS: tuple[Spread, ...] = ("layer", "network", "any")


def count_minima(architecture: ArchitectureLike, *, max_digits: int | None = None) -> int:
    """Return the number of equivalent global minima that the permutations of neurons make.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    max_digits : int, optional
        Refuse a result of more digits; 10,000,000 by default.

    Returns
    -------
    int
        Π n_k! over the hidden layers: the copies that permutations make of one minimum in which
        the neurons of a layer are all distinct. In a network wider than it needs to be the global
        minima are not isolated points; `count_expansions` counts the subspaces that they form.

    Raises
    ------
    TypeError
        When `architecture` is none.
    SizeLimitError
        When the result would have more than `max_digits` digits.

    See Also
    --------
    critcount.count_expansions :
        the subspaces of global minima of a network wider than it needs to be.
    critcount.count_permutation_points : how many a network has, at any size.

    Examples
    --------
    >>> count_minima("2-4-3-1")
    144
    """
    architecture = as_architecture(architecture)
    bound = bound_log10_minima(architecture)
    refuse(f"the number of minima of {architecture}", bound, max_digits)
    return int(math.prod(map(factorial, architecture.hidden), start=fmpz(1)))


def permutation_point_factor(
    architecture: ArchitectureLike, order: int, spread: Spread = "layer"
) -> Fraction:
    """Return by what factor the permutation points of an order outnumber the minima.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    order : int
        K, the number of collisions; at least 1.
    spread : {"layer", "network", "any"}
        Which points are counted. ``layer``: K disjoint pairs of neurons collide in one layer,
        the bound Σ_k C(n_k-K, K)/2^K of [B19]. ``network`` (derived): the K pairs may lie in
        different layers, the coefficient of x^K in Π_k Σ_i C(n_k-i, i)(x/2)^i. ``any``
        (derived): blocks of any size collide, the coefficient of x^K in
        Π_k Σ_i G(n_k-i, n_k)/n_k! x^i. Each is at least as large as the one before.

    Returns
    -------
    Fraction
        0 for an order too large.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong type or out of its domain.
    SizeLimitError
        When the work would not be light: more than a few million digits in all, or, for ``any``,
        an order above 1000.

    See Also
    --------
    critcount.count_permutation_points : how many a network has, at any size.
    critcount.PermutationPoints :
        those of one layer as configurations: listed, ranked, drawn at random.
    critcount.connectivity.ValleyGraph.pair_nodes : those of first order as nodes of a graph.
    critcount.landscape.permutation_point :
        one of a trained network, found by descent, with its Hessian.

    Examples
    --------
    >>> lenet = "784-300-100-10"
    >>> [permutation_point_factor(lenet, 1, spread) for spread in SPREADS]
    [Fraction(199, 1), Fraction(199, 1), Fraction(199, 1)]
    >>> permutation_point_factor("2-4-1", 2)
    Fraction(1, 4)
    """
    architecture = as_architecture(architecture)
    order = checks.integer("order", order, minimum=1)
    if spread != "layer":
        return permutation_point_factors(architecture, order, spread)[order - 1]
    widths = architecture.hidden
    _refuse_factors(f"the factor of order {checks.show(order)}", widths, order, 1)
    pairings = sum((_pairings(n, order) for n in widths), fmpz(0))
    return Fraction(int(pairings), 2**order if pairings else 1)


def permutation_point_factors(
    architecture: ArchitectureLike, max_order: int, spread: Spread = "layer"
) -> list[Fraction]:
    """Return the factors of the orders 1 … max_order; see `permutation_point_factor`.

    Notes
    -----
    For ``any`` by (derived) Σ_i G(n-i, n)/n! x^i = (x/log(1+x))^(n+1)/(1+x) up to x^(n-1): with
    f = (e^y - 1)/y, G(n-i, n)/n! is the coefficient of y^i in f^n · (1/f)^i, and by the formula of
    Lagrange and Bürmann Σ_i x^i [y^i] H(y) φ(y)^i = H(y)/(1 - xφ'(y)) at y = xφ(y), here at
    φ = 1/f and y = log(1+x).

    Examples
    --------
    >>> permutation_point_factors("2-4-1", 3, "any")
    [Fraction(3, 2), Fraction(7, 12), Fraction(1, 24)]
    """
    architecture = as_architecture(architecture)
    widths = architecture.hidden
    order = checks.integer("max_order", max_order, minimum=1)
    spread = checks.choice("spread", spread, SPREADS)
    what = f"the factors of the orders 1 to {checks.show(order)}"
    if spread == "layer":
        _refuse_factors(what, widths, order, order)
        return [permutation_point_factor(architecture, k) for k in range(1, order + 1)]
    _refuse_factors(what, widths, order, order * len(widths))
    if spread == "any":
        most = min(order, max(widths))
        checks.size(what, most, 1000, "terms of a power series", "ask for a lower order")
    product = fmpq_poly([1])
    for n in widths:
        if spread == "network":
            most = min(order, n // 2)
            ways = fmpq_poly([fmpq(_pairings(n, i), fmpz(2) ** i) for i in range(most + 1)])
        else:
            ways = _mergers(n, min(order, n - 1))
        product = product.mul_low(ways, order + 1)
    return [Fraction(int(product[k].p), int(product[k].q)) for k in range(1, order + 1)]


def count_permutation_points(
    architecture: ArchitectureLike,
    order: int,
    spread: Spread = "layer",
    *,
    max_digits: int | None = None,
) -> int:
    """Return the number of permutation points of an order: the factor times the minima.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    order : int
        K, at least 1.
    spread : {"layer", "network", "any"}
        As in `permutation_point_factor`.
    max_digits : int, optional
        Refuse a number of minima of more digits; 10,000,000 by default.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError, SizeLimitError
        As `permutation_point_factor` and `count_minima`.

    See Also
    --------
    critcount.permutation_point_factor : how many there are for each minimum.
    critcount.PermutationPoints :
        those of one layer as configurations: listed, ranked, drawn at random.
    critcount.connectivity.ValleyGraph.pair_nodes : those of first order as nodes of a graph.
    critcount.landscape.permutation_point :
        one of a trained network, found by descent, with its Hessian.

    Examples
    --------
    >>> count_permutation_points("2-4-1", 1)
    36
    """
    architecture = as_architecture(architecture)
    factor = permutation_point_factor(architecture, order, spread)
    return times(count_minima(architecture, max_digits=max_digits), factor)


def times(minima: int, factor: Fraction) -> int:
    """Return the number of points, the factor times the minima, which is an integer.

    >>> times(24, Fraction(3, 2))
    36
    """
    return int(fmpz(minima) * factor.numerator // factor.denominator)


def count_expansions(
    architecture: ArchitectureLike,
    minimal: int | Sequence[int],
    *,
    max_digits: int | None = None,
) -> int:
    """Return the number of affine subspaces of global minima of a network.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        The minimal width of every hidden layer; an int for a single hidden layer. At least 1,
        or 0 for a single hidden layer (the zero function).
    max_digits : int, optional
        As in `T`, for each layer.

    Returns
    -------
    int
        Π_k T(r_k, m_k) over the hidden layers ([S21]; several layers: derived).

    Raises
    ------
    TypeError, ValueError
        When a minimal width is missing, too many, or wider than its layer.
    SizeLimitError
        As `T`.

    See Also
    --------
    critcount.T : their number for one hidden layer.
    critcount.NetworkExpansions : the same for several hidden layers.
    critcount.IntersectionGraph : which of them meet.
    critcount.embed : a network with weights on one of them.
    critcount.connectivity.NetworkGraph : which of them meet, in several hidden layers.

    Examples
    --------
    >>> count_expansions("2-5-1", 4)
    360
    >>> count_expansions("2-5-5-5-1", (4, 4, 4)) == 360**3
    True
    """
    architecture = as_architecture(architecture)
    pairs = layer_pairs(architecture, minimal, "minimal")
    return _product(T(r, m, max_digits=max_digits) for r, m in pairs)


def count_critical_subspaces(
    architecture: ArchitectureLike,
    reduced: int | Sequence[int],
    *,
    max_digits: int | None = None,
) -> int:
    """Return how many critical subspaces a smaller network's critical point gives.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    reduced : int or sequence of int
        The width of every hidden layer of the smaller network; an int for a single one.
    max_digits : int, optional
        As in `G`, for each layer.

    Returns
    -------
    int
        Π_k G(r_k, m_k) over the hidden layers, for each irreducible critical point of the
        smaller network taken with its permutations ([S21]; several layers: derived).

    Raises
    ------
    TypeError, ValueError
        When a reduced width is missing, too many, or wider than its layer.
    SizeLimitError
        As `G`.

    See Also
    --------
    critcount.G : their number for one hidden layer.
    critcount.CriticalSubspaces : the subspaces themselves: listed, ranked, drawn at random.
    critcount.Plateaus : those of them that contain local minima.
    critcount.landscape.critical_subspace_inertia : the Hessian at a point of one of them.

    Examples
    --------
    >>> count_critical_subspaces("2-5-1", 3)
    150
    """
    architecture = as_architecture(architecture)
    pairs = layer_pairs(architecture, reduced, "reduced")
    return _product(G(r, m, max_digits=max_digits) for r, m in pairs)


def count_components(
    architecture: ArchitectureLike,
    minimal: int | Sequence[int],
    *,
    max_digits: int | None = None,
) -> int:
    """Return the number of connected components of the union of the expansions' subspaces.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        As in `count_expansions`.
    max_digits : int, optional
        Refuse a result of more digits; 10,000,000 by default.

    Returns
    -------
    int
        Π_k r_k! over the layers with m_k = r_k: without a spare neuron the permutations of a
        layer are isolated from one another, one extra neuron connects them all ([S21] for one
        hidden layer; several: derived).

    Raises
    ------
    TypeError, ValueError
        As `count_expansions`.

    See Also
    --------
    critcount.is_connected : whether there is one, with the reason.
    critcount.IntersectionGraph.components : to which of them each subspace belongs, by search.

    Examples
    --------
    >>> lenet = "784-5-3-10"
    >>> count_components(lenet, (4, 2)), count_components(lenet, (4, 3))
    (1, 6)
    """
    architecture = as_architecture(architecture)
    pairs = layer_pairs(architecture, minimal, "minimal")
    tight = [r for r, m in pairs if r == m]
    refuse("the number of components", sum(map(log10_factorial, tight)), max_digits)
    return int(math.prod(map(factorial, tight), start=fmpz(1)))


def dimension(
    architecture: ArchitectureLike, minimal: int | Sequence[int], zero_blocks: int | Sequence[int]
) -> int:
    """Return the dimension of the expansions with given numbers of zero-type blocks.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        Widths d_in, m_1, …, m_l, d_out.
    minimal : int or sequence of int
        r_1, …, r_l, as in `count_expansions`.
    zero_blocks : int or sequence of int
        j_1, …, j_l with 0 ≤ j_k ≤ m_k - r_k; an int for a single hidden layer.

    Returns
    -------
    int
        j_1 d_in + Σ_k [m_(k+1) (m_k - r_k - j_k) + j_(k+1) (r_k + j_k)] + d_out (m_l - r_l - j_l),
        the sum over neighbouring hidden layers (derived); for a single hidden layer
        (m-r-j) d_out + j d_in.

    Raises
    ------
    TypeError, ValueError
        When an argument does not fit the architecture.

    See Also
    --------
    critcount.Configuration.dimension : the same for a configuration of one hidden layer.
    critcount.dimension_range : the smallest and the largest.
    critcount.dimension_distribution : how many have which, for one hidden layer.

    Examples
    --------
    >>> dimension("2-5-1", 4, 1)
    2
    """
    architecture = as_architecture(architecture)
    pairs = layer_pairs(architecture, minimal, "minimal")
    blocks = (zero_blocks,) if not isinstance(zero_blocks, Iterable) else zero_blocks
    j = checks.integers("zero_blocks", blocks, minimum=0)
    if len(j) != len(pairs):
        raise ValueError(
            f"zero_blocks must have one number for each hidden layer, {len(pairs)} of them, "
            f"not {checks.show(j)}"
        )
    for k, (r, m) in enumerate(pairs):
        checks.integer(f"zero_blocks[{k}]", j[k], minimum=int(r == 0), maximum=m - r)
    total = j[0] * architecture.d_in
    for k in range(len(pairs) - 1):
        total += _between(pairs[k], j[k], pairs[k + 1], j[k + 1])
    r, m = pairs[-1]
    return total + architecture.d_out * (m - r - j[-1])


def dimension_range(
    architecture: ArchitectureLike, minimal: int | Sequence[int]
) -> tuple[int, int]:
    """Return the smallest and the largest dimension of a network's expansions.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        As in `count_expansions`.

    Returns
    -------
    tuple of int
        The dimension is linear in every j_k for itself, so both extremes lie where each j_k is
        smallest or largest; found layer by layer, in time linear in the number of layers.

    Raises
    ------
    TypeError, ValueError
        As `count_expansions`.

    See Also
    --------
    critcount.dimension : that of given numbers of zero-type blocks.

    Examples
    --------
    >>> dimension_range("2-7-1", 4)
    (3, 6)
    """
    architecture = as_architecture(architecture)
    pairs = layer_pairs(architecture, minimal, "minimal")
    extremes = [(int(r == 0), m - r) for r, m in pairs]
    low = {j: j * architecture.d_in for j in extremes[0]}
    high = dict(low)
    for k in range(1, len(pairs)):
        step = {
            (i, j): _between(pairs[k - 1], i, pairs[k], j)
            for i in extremes[k - 1]
            for j in extremes[k]
        }
        low = {j: min(low[i] + step[i, j] for i in extremes[k - 1]) for j in extremes[k]}
        high = {j: max(high[i] + step[i, j] for i in extremes[k - 1]) for j in extremes[k]}
    r, m = pairs[-1]
    last = {j: architecture.d_out * (m - r - j) for j in extremes[-1]}
    return min(low[j] + last[j] for j in last), max(high[j] + last[j] for j in last)


def bound_log10_minima(architecture: ArchitectureLike) -> float:
    """Return log10 Π n_k!, a float.

    >>> 2.1 < bound_log10_minima("2-4-3-1") < 2.2
    True
    """
    architecture = as_architecture(architecture)
    return sum(map(log10_factorial, architecture.hidden))


def layer_pairs(
    architecture: ArchitectureLike, widths: int | Sequence[int], name: str
) -> list[tuple[int, int]]:
    """Return (smaller width, width) for every hidden layer, validated.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    widths : int or sequence of int
        One width for each hidden layer, none above the layer's; an int for a single one. 0 is
        allowed for a single hidden layer.
    name : str
        What the widths are, for the message: "minimal" or "reduced".

    Examples
    --------
    >>> layer_pairs("2-5-6-1", (4, 4), "minimal")
    [(4, 5), (4, 6)]
    """
    architecture = as_architecture(architecture)
    hidden = architecture.hidden
    if not isinstance(widths, Iterable):
        widths = (widths,)
    smaller = checks.integers(name, widths, minimum=0 if len(hidden) == 1 else 1)
    if len(smaller) != len(hidden):
        raise ValueError(
            f"{name} must have one width for each hidden layer of {architecture}, which has "
            f"{len(hidden)}, not {len(smaller)}: {widths_text(smaller)}"
        )
    for k, (r, m) in enumerate(zip(smaller, hidden, strict=True)):
        if r > m:
            raise ValueError(
                f"{name}[{k}] is {checks.show(r)}, wider than the hidden layer of {m} in "
                f"{architecture}"
            )
    return list(zip(smaller, hidden, strict=True))


def _product(factors: Iterable[int]) -> int:
    return int(math.prod(map(fmpz, factors), start=fmpz(1)))


def _refuse_factors(what: str, widths: tuple[int, ...], order: int, numbers: int) -> None:
    """Refuse factors of so many numbers whose work would not be light."""
    checks.size(what, order, 100_000, "collisions to go through", "ask for a lower order")
    # C(n-K, K) ≤ 2^n, and ≤ n^K; a factor "any" is at most n^(2K)
    most = min(order, max(widths))
    digits = numbers * (1 + min(max(widths), 2 * most * max(widths).bit_length()) // 3)
    checks.size(what, digits, 20_000_000, "digits in all", "ask for a lower order")


def _pairings(n: int, order: int) -> fmpz:
    """C(n-K, K): ways to merge K disjoint pairs of n neurons, times 2^K/n! and the labels'."""
    return fmpz.bin_uiui(n - order, order) if n >= 2 * order else fmpz(0)


def _mergers(n: int, order: int) -> fmpq_poly:
    """Σ_i G(n-i, n)/n! x^i up to x^order, order < n."""
    size = order + 1
    log = fmpq_poly([fmpq((-1) ** i, i + 1) for i in range(size)])  # log(1+x)/x
    geometric = fmpq_poly([(-1) ** i for i in range(size)])  # 1/(1+x)
    return inverse(log, size).pow_trunc(n + 1, size).mul_low(geometric, size)


def _between(before: tuple[int, int], i: int, after: tuple[int, int], j: int) -> int:
    """The dimensions of the weights between two hidden layers (r, m) with i and j zero blocks."""
    return after[1] * (before[1] - before[0] - i) + j * (before[0] + i)
