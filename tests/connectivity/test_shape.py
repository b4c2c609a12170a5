"""Numbers of the graphs and the shape of the set, against graphs, series and homology."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

from critcount import Expansions, SizeLimitError, T
from critcount.configurations.meeting import meeting
from critcount.connectivity import shape
from critcount.connectivity.graphs import IntersectionGraph, RefinementGraph

EDGES = {(1, 2): 2, (1, 3): 30, (1, 4): 442, (2, 3): 12, (2, 4): 300, (2, 5): 6720}
EDGES |= {(3, 4): 72, (3, 5): 2760, (4, 5): 480, (3, 7): 2_863_980}


@pytest.mark.parametrize(("r", "m"), EDGES)
def test_known_numbers_of_edges(r, m):
    assert shape.number_of_intersections(r, m) == EDGES[r, m]


@pytest.mark.parametrize(("r", "m"), [(r, m) for m in range(7) for r in range(m + 1)])
def test_edges_against_all_pairs(r, m):
    words = Expansions(r, m).words()
    ordered = sum(
        int(meeting(words[i : i + 256], words, r).sum()) for i in range(0, len(words), 256)
    )
    assert shape.number_of_intersections(r, m) == (ordered - len(words)) // 2


@pytest.mark.parametrize("r", range(8))
def test_one_wide_edges(r):
    expected = r * math.factorial(r + 1)
    assert shape.number_of_intersections(r, r + 1) == shape.number_of_mergers(r, r + 1) == expected
    assert shape.number_of_intersections(r, r) == shape.number_of_mergers(r, r) == 0


def bell(n):
    return sum(T(0, k) * math.comb(n - 1, k) for k in range(n)) if n else 1


def product(a, b):
    return [sum(a[i] * b[n - i] for i in range(n + 1)) for n in range(len(a))]


def over(a, b):
    out = []
    for n, value in enumerate(a):
        out.append((value - sum(out[i] * b[n - i] for i in range(n))) / b[0])
    return out


@pytest.mark.parametrize(("r", "m"), [(0, 12), (3, 12), (7, 15), (12, 14)])
def test_edges_against_fractions(r, m):
    series = [
        [Fraction(f(n), math.factorial(n)) for n in range(m + 1)]
        for f in (
            lambda n: bell(n) ** 2,
            lambda n: (bell(n + 1) - bell(n)) * bell(n),
            lambda n: (bell(n + 1) - bell(n)) ** 2,
        )
    ]
    first = over(series[1], series[0])
    both = [x - y for x, y in zip(over(series[2], series[0]), product(first, first), strict=True)]
    total = series[0]
    for _ in range(r):
        total = product(total, both)
    assert shape.number_of_intersections(r, m) == (total[m] * math.factorial(m) - T(r, m)) / 2


@pytest.mark.parametrize(("r", "m"), [(0, 5), (1, 5), (2, 5), (3, 6), (5, 7)])
def test_mergers_against_zero_blocks(r, m):
    zeros = [len(c.zero_blocks) for c in Expansions(r, m)]
    assert shape.number_of_mergers(r, m) == sum(j * r + j * (j - 1) // 2 for j in zeros)


def test_exact_at_large_sizes():
    edges = shape.number_of_intersections(10_000, 10_050)
    assert shape.number_of_intersections(300, 301) == 300 * math.factorial(301)
    assert edges < T(10_000, 10_050) ** 2 // 2
    for function in (shape.number_of_intersections, shape.number_of_mergers):
        with pytest.raises(SizeLimitError):
            function(10**9, 2 * 10**9)
    with pytest.raises(SizeLimitError, match="terms"):
        shape.number_of_intersections(10, 4000)
    with pytest.raises(SizeLimitError, match="bits"):
        shape.euler_characteristic(10**6, 10**7)


def strict_order(r, m):
    """Matrix of c < d: d arises from c by one merger or more."""
    half = RefinementGraph(r, m)._half.toarray().astype(bool)
    step, order = half, half
    while step.any():
        step = (step.astype(np.float32) @ half.astype(np.float32)) > 0
        order = order | step
    return order


@pytest.mark.parametrize(
    ("r", "m"), [(0, 1), (1, 1), (0, 4), (1, 4), (2, 2), (2, 3), (2, 5), (3, 3), (3, 5), (4, 5)]
)
def test_euler_characteristic_against_chains(r, m):
    order = strict_order(r, m).astype(np.int64)
    chains = np.ones(len(order), np.int64)
    euler, sign = 0, 1
    while chains.any():
        euler += sign * int(chains.sum())
        chains, sign = order @ chains, -sign
    assert shape.euler_characteristic(r, m) == euler


@pytest.mark.parametrize("r", range(5))
def test_euler_characteristic_against_its_generating_function(r):
    x = sympy.Symbol("x")
    function = sympy.exp(x) * (1 - sympy.exp(-x)) ** r
    series = sympy.Poly(sympy.series(function, x, 0, 9).removeO(), x)
    for m in range(r, 9):
        expected = series.coeff_monomial(x**m) * math.factorial(m)
        assert shape.euler_characteristic(r, m) == expected


@pytest.mark.parametrize("r", range(7))
def test_euler_characteristic_is_that_of_the_betti_numbers(r):
    for m in range(max(r, 1), 12):
        numbers = shape.betti_numbers(r, m)
        assert sum((-1) ** k * b for k, b in numbers.items()) == shape.euler_characteristic(r, m)
        assert all(b >= 0 for b in numbers.values())


def test_known_betti_numbers():
    known = {(2, 3): 1, (2, 6): 1, (3, 4): 13, (3, 5): 29, (4, 6): 479}
    assert {(r, m): shape.betti_numbers(r, m)[m - r] for r, m in known} == known
    assert shape.betti_numbers(3, 3)[0] == 6
    assert shape.betti_numbers(0, 5) == shape.betti_numbers(1, 5) == {0: 1}


@pytest.mark.parametrize("r", range(2, 9))
def test_betti_numbers_against_their_own_formula(r):
    for m in range(r + 1, 13):
        terms = ((-1) ** (r - k) * math.comb(r, k) * (k - 1) ** m for k in range(2, r + 1))
        assert shape.betti_numbers(r, m) == {0: 1, m - r: sum(terms)}


def betti_by_homology(r, m, prime):
    gudhi = pytest.importorskip("gudhi", reason="gudhi computes the homology")
    order = strict_order(r, m)
    complex_ = gudhi.SimplexTree()
    complex_.insert_batch(np.arange(len(order), dtype=np.int32)[None], np.zeros(len(order)))
    ends = np.array(np.nonzero(order), np.int32)
    complex_.insert_batch(ends, np.zeros(ends.shape[1]))
    complex_.expansion(m - r + 1)
    complex_.compute_persistence(prime, persistence_dim_max=True)
    return {k: b for k, b in enumerate(complex_.betti_numbers()) if b}


QUICK = [
    *[(0, 3), (1, 4), (2, 2), (3, 3), (2, 3), (3, 4), (4, 5), (2, 4), (2, 5), (3, 5)],
    pytest.param(4, 6, marks=pytest.mark.exhaustive),
]


@pytest.mark.parametrize(("r", "m"), QUICK)
@pytest.mark.parametrize("prime", [2, 3])
def test_betti_numbers_against_homology(r, m, prime):
    expected = {k: b for k, b in shape.betti_numbers(r, m).items() if b}
    assert betti_by_homology(r, m, prime) == expected


@pytest.mark.parametrize(
    "function",
    [
        shape.number_of_intersections,
        shape.number_of_mergers,
        shape.euler_characteristic,
        shape.betti_numbers,
    ],
)
def test_bad_arguments(function):
    for r, m in ((2, 1), (-1, 3)):
        with pytest.raises(ValueError, match="must be at least"):
            function(r, m)
    for r, m in ((True, 3), (1, 2.0), ("1", 2)):
        with pytest.raises(TypeError, match="must be an integer"):
            function(r, m)


def test_the_graphs_have_these_edges():
    for r, m in itertools.product(range(4), range(6)):
        if r <= m:
            assert IntersectionGraph(r, m).to_scipy().nnz == 2 * shape.number_of_intersections(
                r, m
            )
            assert RefinementGraph(r, m).to_scipy().nnz == 2 * shape.number_of_mergers(r, m)
