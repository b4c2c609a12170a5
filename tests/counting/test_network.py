"""Counts of whole architectures against enumeration."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from critcount import (
    Architecture,
    G,
    SizeLimitError,
    T,
    count_components,
    count_critical_subspaces,
    count_expansions,
    count_minima,
    count_permutation_points,
    dimension,
    dimension_range,
    permutation_point_factor,
    permutation_point_factors,
)
from tests.oracles import counts_brute_force as brute

SPREADS = ("layer", "network", "any")
SMALL = [(1,), (2,), (3,), (4,), (5,), (6,), (1, 1), (2, 3), (4, 3), (4, 4), (2, 2, 3), (3, 1, 3)]


def network(hidden, d_in=2, d_out=1):
    return Architecture([d_in, *hidden, d_out])


@pytest.mark.parametrize("hidden", SMALL)
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
def test_permutation_points_against_enumeration(hidden, spread, order):
    points = brute.permutation_points(hidden, order, spread)
    assert count_permutation_points(network(hidden), order, spread) == points
    minima = math.prod(map(math.factorial, hidden))
    assert count_minima(network(hidden)) == minima
    assert permutation_point_factor(network(hidden), order, spread) == Fraction(points, minima)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(1, 30))
def test_each_refinement_is_at_least_as_large_and_points_are_whole(hidden, order):
    bounds = [permutation_point_factor(network(hidden), order, spread) for spread in SPREADS]
    assert bounds == sorted(bounds)
    for spread, bound in zip(SPREADS, bounds, strict=True):
        points = count_permutation_points(network(hidden), order, spread)
        assert points == bound * count_minima(network(hidden))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(1, 20))
def test_layer_factor_is_the_formula_of_the_paper(hidden, order):
    expected = Fraction(
        sum(math.comb(n - order, order) if n >= 2 * order else 0 for n in hidden), 2**order
    )
    assert permutation_point_factor(network(hidden), order) == expected


def test_all_orders_at_once_are_the_orders_one_by_one():
    lenet = Architecture.parse("784-300-100-10")
    for spread in SPREADS:
        together = permutation_point_factors(lenet, 7, spread)
        assert together == [permutation_point_factor(lenet, k, spread) for k in range(1, 8)]


def test_any_collisions_of_one_layer_sum_to_the_ordered_bell_numbers():
    """Over all orders, the points of one layer are all ordered set partitions."""
    for n, fubini in ((1, 1), (2, 3), (3, 13), (4, 75), (5, 541), (6, 4683)):
        points = [count_permutation_points(network([n]), k, "any") for k in range(1, n + 1)]
        assert math.factorial(n) + sum(points) == fubini


@pytest.mark.parametrize("spread", SPREADS)
def test_an_order_too_large_has_the_factor_zero(spread):
    assert permutation_point_factor(Architecture.parse("3-2-3-2"), 50, spread) == 0
    assert permutation_point_factor(Architecture.parse("3-1-3"), 1, spread) == 0


@pytest.mark.parametrize("order", [0, -1, 1.0, True, "1", None])
@pytest.mark.parametrize("function", [permutation_point_factor, count_permutation_points])
def test_bad_orders(function, order):
    with pytest.raises((TypeError, ValueError), match="order must be"):
        function(network([4]), order)


def test_a_single_order_is_light_where_all_of_them_are_not():
    wide = Architecture.parse("2-200000-1")
    factor = permutation_point_factor(wide, 50000)
    assert factor * 2**50000 == math.comb(150000, 50000)
    with pytest.raises(SizeLimitError):
        permutation_point_factors(wide, 50000)


def test_a_width_beyond_python_strings():
    with pytest.raises(ValueError, match=r"minimal.0. is an integer of about 5,001 digits, wider"):
        count_expansions(network([5]), 10**5000)
    with pytest.raises(SizeLimitError, match="the number of components"):
        count_components(network([10**7]), 10**7)


def test_bad_spread_and_architecture():
    with pytest.raises(ValueError, match="spread must be one of 'layer', 'network', 'any'"):
        permutation_point_factor(network([4]), 1, "layers")
    for function in (count_minima, lambda a: count_expansions(a, 2)):
        assert function("2-4-1") == function([2, 4, 1]) == function(network([4]))
        for wrong in (None, 3, b"2-4-1", {2: 4}.get):
            with pytest.raises(TypeError, match="architecture must be an Architecture, a text"):
                function(wrong)
        for wrong in ("2", "2-x-1", [2, 1], [2, 0, 1], []):
            with pytest.raises(ValueError, match=r"architecture|widths"):
                function(wrong)


@pytest.mark.parametrize("hidden", [(3,), (4,), (2, 3), (3, 2)])
def test_subspaces_against_enumeration(hidden):
    for minimal in itertools.product(*(range(1, m + 1) for m in hidden)):
        found = list(brute.network_configurations(minimal, hidden))
        a = network(hidden)
        assert count_expansions(a, minimal) == len(found)
        assert count_critical_subspaces(a, minimal) == sum(
            all(not zero for _, zero in layers) for layers in found
        )


@pytest.mark.parametrize(("d_in", "d_out"), [(1, 1), (2, 3), (3, 1)])
@pytest.mark.parametrize(
    ("minimal", "hidden"),
    [((2,), (4,)), ((0,), (3,)), ((1, 2), (2, 3)), ((2, 1), (3, 3)), ((1, 1, 1), (2, 2, 2))],
)
def test_dimension_and_its_range_against_linear_algebra(minimal, hidden, d_in, d_out):
    a = network(hidden, d_in, d_out)
    seen = set()
    for layers in brute.network_configurations(minimal, hidden):
        j = [len(zero) for _, zero in layers]
        if tuple(j) in seen and len(hidden) > 1:
            continue
        seen.add(tuple(j))
        if len(hidden) == 1:
            expected = brute.dimension(layers[0], d_in, d_out)
        else:
            expected = brute.network_dimension(a.widths, minimal, layers)
        assert dimension(a, minimal, j) == expected
    dimensions = [dimension(a, minimal, list(j)) for j in seen]
    assert dimension_range(a, minimal) == (min(dimensions), max(dimensions))


def test_dimension_range_of_many_layers_is_quick():
    deep = Architecture([5] * 200)
    low, high = dimension_range(deep, [3] * 198)
    assert low < high


@pytest.mark.parametrize("a", [network([5]), network([5, 6])])
def test_a_single_width_goes_with_a_single_layer(a):
    if len(a.hidden) == 1:
        assert count_expansions(a, 4) == count_expansions(a, [4]) == T(4, 5)
        assert count_critical_subspaces(a, 4) == G(4, 5)
    else:
        with pytest.raises(ValueError, match="one width for each hidden layer"):
            count_expansions(a, 4)


def test_components():
    assert count_components(network([4]), 4) == 24
    assert count_components(network([5]), 4) == 1
    assert count_components(network([1]), 1) == 1
    assert count_components(network([3]), 0) == 1
    assert count_components(network([4, 3, 5]), (4, 2, 5)) == 24 * 120


@pytest.mark.parametrize(
    ("minimal", "message"),
    [
        ((6, 4), r"minimal\[0\] is 6, wider than the hidden layer of 5"),
        ((4,), "one width for each hidden layer"),
        ((4, 4, 4), "one width for each hidden layer"),
        ((0, 4), r"minimal\[0\] must be at least 1, not 0"),
        ((-1, 4), r"minimal\[0\] must be at least 1, not -1"),
    ],
)
@pytest.mark.parametrize("function", [count_expansions, count_components, dimension_range])
def test_bad_minimal_widths(function, minimal, message):
    with pytest.raises(ValueError, match=message):
        function(network([5, 5]), minimal)


@pytest.mark.parametrize("minimal", ["44", (4.0, 4), None, (True, 4)])
def test_minimal_widths_of_other_types(minimal):
    with pytest.raises(TypeError, match="minimal"):
        count_expansions(network([5, 5]), minimal)


@pytest.mark.parametrize("blocks", [(2, 0), (-1, 0), (0,), (0, 0, 0)])
def test_bad_numbers_of_zero_type_blocks(blocks):
    with pytest.raises(ValueError, match="zero_blocks"):
        dimension(network([5, 5]), (4, 4), blocks)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: count_minima(a),
        lambda a: count_permutation_points(a, 1),
        lambda a: count_expansions(a, 4),
        lambda a: count_critical_subspaces(a, 4),
        lambda a: count_components(a, 10**9),
        lambda a: permutation_point_factor(a, 10**9),
        lambda a: permutation_point_factor(a, 5000, "any"),
        lambda a: permutation_point_factor(a, 50000, "network"),
        lambda a: permutation_point_factors(a, 50000),
    ],
)
def test_a_layer_of_a_thousand_million_neurons_is_refused_with_the_size(call):
    with pytest.raises(SizeLimitError, match=r"would have (some )?[0-9,^]+ "):
        call(Architecture.parse("2-1000000000-1"))


def test_what_is_light_at_that_width_is_answered():
    wide = Architecture.parse("2-1000000000-1")
    assert permutation_point_factor(wide, 1) == Fraction(10**9 - 1, 2)
    assert permutation_point_factor(wide, 1, "any") == Fraction(10**9 - 1, 2)
    assert permutation_point_factor(wide, 300, "any") > permutation_point_factor(wide, 300)
    assert dimension_range(wide, 4) == (10**9 - 4, 2 * (10**9 - 4))


def test_the_factors_of_any_blocks_are_refused_past_order_1000():
    wide = Architecture((1, 2000, 1))
    with pytest.raises(SizeLimitError, match="1,001 terms of a power series, past the limit of"):
        permutation_point_factor(wide, 1001, "any")
    narrow = Architecture((1, 3, 1))  # has no points of such an order, however long it is asked
    assert permutation_point_factor(narrow, 1001, "any") == 0
