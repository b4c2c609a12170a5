"""T, G and their kin against enumeration, published sequences, sum rules and recurrences."""

import math
import random
from fractions import Fraction

import pytest
import sympy
from flint import fmpz
from hypothesis import given
from hypothesis import strategies as st

from critcount import (
    G,
    SizeLimitError,
    T,
    count_smaller_critical_subspaces,
    critical_to_global_ratio,
    crossover,
    dimension_distribution,
    expansions_by_zero_blocks,
    triangle_G,
    triangle_T,
)
from critcount._support import numerals
from critcount.counting import _near_diagonal, _power_sums, layer
from tests.oracles import counts_brute_force as brute
from tests.oracles.published import PUBLISHED

SMALL = [(r, m) for m in range(8) for r in range(9)]
HUGE = 10**5000
CONVENTIONS = {(0, 0): (1, 1), (0, 1): (1, 0), (1, 0): (0, 0), (3, 2): (0, 0), (5, 5): (120, 120)}


@pytest.mark.parametrize(("pair", "expected"), CONVENTIONS.items())
def test_degenerate_cases(pair, expected):
    assert (T(*pair), G(*pair)) == expected


@pytest.mark.parametrize(("r", "m"), SMALL)
def test_T_G_and_N_against_enumeration(r, m):
    assert T(r, m) == brute.expansions(r, m)
    assert G(r, m) == brute.critical(r, m)
    assert expansions_by_zero_blocks(r, m) == brute.expansions_by_zero_blocks(r, m)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sequences(name):
    sequence = PUBLISHED[name]
    for index, term in sequence.items():
        assert sequence.value(T, G, *index) == term


@pytest.mark.parametrize(("r", "m"), [(r, m) for m in range(6) for r in range(m + 2)])
@pytest.mark.parametrize(("d_in", "d_out"), [(1, 1), (2, 1), (1, 3), (3, 2)])
def test_dimensions_against_linear_algebra(r, m, d_in, d_out):
    distribution = dimension_distribution(r, m, d_in, d_out)
    assert distribution == brute.dimension_distribution(r, m, d_in, d_out)
    assert list(distribution) == sorted(distribution)


def by_generating_function(r: int, m: int) -> int:
    """m! times the coefficient of x^m in (e^x - 1)^r exp(e^x - 1), by rational series."""
    size = m + 1
    e = [Fraction(0)] + [Fraction(1, math.factorial(i)) for i in range(1, size)]

    def times(a, b):
        return [sum(a[i] * b[k - i] for i in range(k + 1)) for k in range(size)]

    total = [Fraction(1)] + [Fraction(0)] * m  # exp(e) from k c_k = Σ i e_i c_(k-i)
    for k in range(1, size):
        total[k] = sum(i * e[i] * total[k - i] for i in range(1, k + 1)) / k
    for _ in range(r):
        total = times(total, e)
    return int(total[m] * math.factorial(m))


@pytest.mark.parametrize(("r", "m"), [(0, 12), (1, 13), (4, 15), (9, 14), (14, 14)])
def test_exponential_generating_function(r, m):
    assert T(r, m) == by_generating_function(r, m)


@given(st.integers(1, 300), st.data())
def test_recurrences(m, data):
    r = data.draw(st.integers(1, m))
    assert T(r, m + 1) == r * T(r - 1, m) + (r + 1) * T(r, m) + T(r + 1, m)
    assert G(r, m) == r * (G(r, m - 1) + G(r - 1, m - 1))


@pytest.mark.parametrize("m", [0, 1, 2, 17, 60])
def test_T_is_G_and_what_has_zero_type_blocks(m):
    for r in range(m + 1):
        rest = sum(math.comb(m, u) * G(r, m - u) * sympy.bell(u) for u in range(1, m - r + 1))
        assert T(r, m) == G(r, m) + rest


@pytest.mark.parametrize("m", [1, 2, 3, 10, 25])
def test_T_as_a_derivative_of_the_touchard_polynomial(m):
    x = sympy.Symbol("x")
    touchard = sum(
        sympy.functions.combinatorial.numbers.stirling(m, k) * x**k for k in range(m + 1)
    )
    for r in range(m + 2):
        assert T(r, m) == sympy.diff(touchard, x, r).subs(x, 1)


@pytest.mark.parametrize("m", [2, 31, 64, 101, 150])
def test_every_way_to_T_gives_the_same(m):
    for r in range(m + 1):
        weights, top, divisor = _power_sums.expansion_weights(r, m)
        expected = layer.T_by_definition(r, m)
        assert _power_sums.power_sum(weights, top, m, divisor) == expected
        assert _near_diagonal.expansions(r, m) == expected
        assert _near_diagonal.surjections(r, m) == G(r, m)


def random_pairs(seed: int, number: int, largest: int) -> list[tuple[int, int]]:
    rng = random.Random(seed)
    pairs = []
    for _ in range(number):
        m = rng.randrange(2, largest)
        pairs.append((rng.randrange(m), m))
    return pairs


@pytest.mark.parametrize(("r", "m"), [*random_pairs(1, 12, 700), (0, 3000), (1, 3000), (7, 2001)])
def test_T_modulo_primes_at_larger_sizes(r, m):
    """Σ_k S(m, k) k!/(k-r)! modulo a prime, by the triangle of the Stirling numbers."""
    p = 2**31 - 1
    row = [1]
    for _ in range(m):
        row = [0] + [
            (k * (row[k] if k < len(row) else 0) + row[k - 1]) % p for k in range(1, len(row) + 1)
        ]
    expected, falling = 0, math.factorial(r) % p
    for k in range(r, m + 1):
        expected += row[k] * falling
        falling = falling * (k + 1) * pow(k + 1 - r, -1, p) % p
    assert T(r, m) % p == expected % p
    assert G(r, m) % p == row[r] * math.factorial(r) % p


@pytest.mark.parametrize(("r", "m"), random_pairs(2, 20, 400))
def test_T_at_m_prime_is_known_modulo_it(r, m):
    """Touchard's congruence: B(n+p) ≡ B(n) + B(n+1) modulo p, and Stirling numbers alike."""
    p = sympy.nextprime(m)
    assert T(0, p) % p == 2
    assert G(r + 2, p) % p == 0


def test_triangles():
    ts, gs = triangle_T(60), triangle_G(60)
    assert ts == [[T(r, m) for r in range(m + 1)] for m in range(61)]
    assert gs == [[G(r, m) for r in range(m + 1)] for m in range(61)]
    assert triangle_T(0) == triangle_G(0) == [[1]]


def test_N_sum_to_T_and_average_as_T_says():
    """E[j] = T(r+1, m)/T(r, m) and E[j(j-1)] = T(r+2, m)/T(r, m) for a uniform configuration."""
    for r, m in random_pairs(3, 10, 90):
        numbers = expansions_by_zero_blocks(r, m)
        assert sum(numbers) == T(r, m)
        assert sum(j * n for j, n in enumerate(numbers)) == T(r + 1, m)
        assert sum(j * (j - 1) * n for j, n in enumerate(numbers)) == T(r + 2, m)


@pytest.mark.parametrize("r_star", [1, 2, 3, 9, 40])
def test_smaller_critical_subspaces_against_the_sum(r_star):
    for m in range(r_star, r_star + 30, 7):
        expected = sum(G(r, m) for r in range(1, r_star))
        assert count_smaller_critical_subspaces(r_star, m) == expected
        assert critical_to_global_ratio(r_star, m) == Fraction(expected, T(r_star, m))


def test_ratio_at_r_star_4():
    ratios = [float(critical_to_global_ratio(4, m)) for m in range(4, 9)]
    assert ratios == pytest.approx([2.125, 0.5028, 0.1621, 0.0575, 0.0210], abs=5e-5)


def test_the_ratio_never_grows_with_m():
    for r_star in range(1, 14):
        ratios = [critical_to_global_ratio(r_star, m) for m in range(r_star, 60)]
        assert ratios == sorted(ratios, reverse=True)


@pytest.mark.parametrize("r_star", [*range(1, 25), 30, 41, 50])
def test_crossover_is_the_first_by_scanning(r_star):
    h = 1
    while sum(G(r, r_star + h) for r in range(1, r_star)) >= layer.T_by_definition(
        r_star, r_star + h
    ):
        h += 1
    assert crossover(r_star) == h


def test_crossovers_known_before():
    r_stars = (3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)
    assert [crossover(r) for r in r_stars] == [1, 1, 1, 2, 3, 3, 6, 8, 12, 21, 44]


@pytest.mark.parametrize(("r", "m"), [(0, 1), (3, 3), (2, 9), (50, 80), (400, 500), (1, 700)])
def test_bounds_are_bounds_and_tight(r, m):
    for bound, value in ((layer.bound_log10_T, T), (layer.bound_log10_G, G)):
        if value(r, m):
            exact = numerals.log10(value(r, m))
            assert exact - 1e-9 <= bound(r, m) <= exact + 2 + 0.01 * exact


@pytest.mark.parametrize("function", [T, G, expansions_by_zero_blocks, critical_to_global_ratio])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((True, 3), TypeError, "must be an integer, not True"),
        ((2, 3.0), TypeError, "m must be an integer, not 3.0"),
        (("2", 3), TypeError, "must be an integer, not '2'"),
        ((-1, 3), ValueError, "must be at least [01], not -1"),
        ((1, -3), ValueError, "m must be at least [01], not -3"),
    ],
)
def test_bad_arguments(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(*arguments)


@pytest.mark.parametrize(
    "call",
    [
        lambda: T(4, 10**9),
        lambda: T(0, 10**6),
        lambda: T(0, 10**16),
        lambda: T(0, 10**5),
        lambda: T(988553, 10**6),
        lambda: G(988553, 10**6),
        lambda: T(3, HUGE),
        lambda: G(3, HUGE),
        lambda: expansions_by_zero_blocks(2, HUGE),
        lambda: crossover(HUGE),
        lambda: count_smaller_critical_subspaces(4, HUGE),
        lambda: critical_to_global_ratio(3, 10**400),
        lambda: G(5000, 10**9),
        lambda: T(10**20, 10**30),
        lambda: expansions_by_zero_blocks(0, 10**5),
        lambda: triangle_T(10**6),
        lambda: triangle_G(1001),
        lambda: crossover(10**7),
        lambda: critical_to_global_ratio(50, 10**7),
        lambda: T(3, 60, max_digits=20),
        lambda: dimension_distribution(3, 10**6, 1, 1),
    ],
)
def test_what_would_not_fit_is_refused_with_its_size(call):
    with pytest.raises(SizeLimitError, match=r"would have (some )?[0-9,^]+ "):
        call()


def test_limits_can_be_raised_and_light_work_is_not_refused():
    assert T(3, 60, max_digits=70) == T(3, 60)
    near = T(10**5 - 1, 10**5)
    assert near == G(10**5 - 1, 10**5) + math.factorial(10**5)
    assert G(1, 10**30) == 1
    assert G(2, 10**6) == 2**10**6 - 2


@pytest.mark.parametrize("number", [T, G, expansions_by_zero_blocks])
def test_limits_are_validated_before_anything_is_answered(number):
    for arguments in ((5, 3), (1, 9)):
        with pytest.raises(TypeError, match="max_digits must be an integer"):
            number(*arguments, max_digits="x")
        with pytest.raises(ValueError, match="max_digits must be at least 1"):
            number(*arguments, max_digits=0)


@pytest.mark.parametrize(("m", "last"), [(0, 0), (1, 1), (40, 40), (451, 450), (700, 300)])
def test_rows_of_stirling_numbers(m, last):
    assert layer.stirling_row(m, last) == [fmpz.stirling_s2(m, k) for k in range(last + 1)]


def test_numpy_integers_are_integers():
    import numpy as np

    assert T(np.int64(4), np.uint8(5)) == 360
    assert type(T(np.int64(4), np.uint8(5))) is int


@pytest.mark.parametrize("r_star", [101, 150, 300])
def test_a_limit_that_lets_the_search_begin_lets_it_end(r_star):
    """The bisection looks at wider layers than that whose size is compared with the limit."""
    known = layer.crossover_from_integers(r_star)
    least = math.ceil(layer.bound_log10_T(r_star, 7 * r_star // 5))
    assert layer.crossover_from_integers(r_star, max_digits=least) == known
    with pytest.raises(SizeLimitError, match="the numbers around the crossover"):
        layer.crossover_from_integers(r_star, max_digits=least - 1)
