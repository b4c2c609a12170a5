"""The oracles themselves: brute force, published sequences and typed-in tables agree."""

from collections import Counter
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest

from tests.oracles import counts_brute_force as brute
from tests.oracles.published import PUBLISHED

# Rows r, columns m = r, r + 1, ...
SMALL_T = {
    0: [1, 1, 2, 5, 15, 52, 203],
    1: [1, 3, 10, 37, 151, 674],
    2: [2, 12, 62, 320, 1712],
    3: [6, 60, 450, 3120, 21336],
    4: [24, 360, 3720, 33600, 287784],
}
SMALL_G = {
    0: [1, 0, 0, 0, 0, 0, 0],
    1: [1, 1, 1, 1, 1, 1],
    2: [2, 6, 14, 30, 62],
    3: [6, 36, 150, 540, 1806],
    4: [24, 240, 1560, 8400, 40824],
}
REACH = 7  # widths m up to which everything is enumerated

expansions = cache(brute.expansions)
critical = cache(brute.critical)


class OutOfReachError(Exception):
    pass


def reachable_expansions(r: int, m: int) -> int:
    if m > REACH:
        raise OutOfReachError
    return expansions(r, m)


def reachable_critical(r: int, m: int) -> int:
    if m > REACH:
        raise OutOfReachError
    return critical(r, m)


# ---- published sequences and tables -----------------------------------------------------


@pytest.mark.parametrize("number", PUBLISHED)
def test_brute_force_gives_the_published_terms(number):
    sequence = PUBLISHED[number]
    compared = 0
    for index, term in sequence.items():
        try:
            value = sequence.value(reachable_expansions, reachable_critical, *index)
        except OutOfReachError:
            continue
        assert value == term, (number, index)
        compared += 1
    assert compared >= 5
    assert len(sequence.terms) >= 10


@pytest.mark.parametrize("r", SMALL_T)
def test_brute_force_gives_the_table_of_expansions(r):
    assert [expansions(r, r + h) for h in range(len(SMALL_T[r]))] == SMALL_T[r]


@pytest.mark.parametrize("r", SMALL_G)
def test_brute_force_gives_the_table_of_critical_subspaces(r):
    assert [critical(r, r + h) for h in range(len(SMALL_G[r]))] == SMALL_G[r]


# ---- the enumeration --------------------------------------------------------------------


@pytest.mark.parametrize(("r", "m"), [(1, 0), (2, 1), (3, 0), (4, 3)])
def test_nothing_when_the_network_is_narrower_than_the_minimal_width(r, m):
    assert expansions(r, m) == 0
    assert critical(r, m) == 0
    assert brute.expansions_by_zero_blocks(r, m) == []
    assert brute.dimension_distribution(r, m, 2, 2) == {}


def test_no_neurons_have_one_configuration():
    assert list(brute.configurations(0, 0)) == [((), frozenset())]
    assert brute.expansions_by_zero_blocks(0, 0) == [1]
    assert brute.dimension_distribution(0, 0, 2, 3) == {0: 1}


def as_word(configuration, m):
    """Label t for neurons that copy t, from r on for zero-type blocks by first appearance."""
    replication, zero = configuration
    word = [-1] * m
    for label, block in enumerate([*replication, *sorted(zero, key=min)]):
        for neuron in block:
            assert word[neuron] == -1
            word[neuron] = label
    return tuple(word)


def is_canonical(word, r):
    """Whether all of range(r) occurs, and what is above does so in restricted growth."""
    zero_labels = list(dict.fromkeys(label for label in word if label >= r))
    return set(range(r)) <= set(word) and zero_labels == list(range(r, r + len(zero_labels)))


@pytest.mark.parametrize(("r", "m"), [(r, m) for m in range(6) for r in range(m + 2)])
def test_configurations_are_the_canonical_words_once_each(r, m):
    words = [as_word(c, m) for c in brute.configurations(r, m)]
    filtered = [word for word in product(range(r + m), repeat=m) if is_canonical(word, r)]
    assert sorted(words) == filtered


@pytest.mark.parametrize(("r", "m"), [(r, m) for m in range(7) for r in range(m + 1)])
def test_zero_blocks_split_the_expansions(r, m):
    by_zero_blocks = brute.expansions_by_zero_blocks(r, m)
    assert len(by_zero_blocks) == m - r + 1
    assert sum(by_zero_blocks) == expansions(r, m)
    assert by_zero_blocks[0] == critical(r, m)


def test_zero_blocks_alone_are_the_stirling_numbers():
    for (n, k), term in PUBLISHED["A008277"].items():
        if n <= REACH:
            assert brute.expansions_by_zero_blocks(0, n)[k] == term


# ---- permutation points -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("hidden", "order", "layer", "network", "any_groups"),
    [
        ((1,), 1, 0, 0, 0),
        ((2,), 1, 1, 1, 1),
        ((3,), 1, 6, 6, 6),
        ((3,), 2, 0, 0, 1),
        ((4,), 2, 6, 6, 14),  # 6 ways of two pairs, 8 of a triple and a single
        ((5,), 2, 90, 90, 150),
        ((6,), 3, 90, 90, 540),
        ((3, 2), 1, 18, 18, 18),  # 6 * 2! in the first layer, 3! * 1 in the second
        ((3, 2), 2, 0, 6, 8),
        ((2, 2, 2), 3, 0, 1, 1),
        ((4, 3), 4, 0, 0, 20),  # (3, 1) collisions: 1 * 6; (2, 2): 14 * 1
        ((4, 3), 9, 0, 0, 0),
    ],
)
def test_permutation_points_counted_by_hand(hidden, order, layer, network, any_groups):
    counted = [brute.permutation_points(hidden, order, s) for s in ("layer", "network", "any")]
    assert counted == [layer, network, any_groups]


def test_first_order_points_of_a_layer_are_the_lah_numbers():
    for (n,), term in PUBLISHED["A001286"].items():
        if n <= REACH:
            for spread in ("layer", "network", "any"):
                assert brute.permutation_points((n,), 1, spread) == term


def test_any_collisions_in_a_layer_are_the_critical_subspaces():
    for n in range(1, 7):
        for order in range(1, n + 1):
            assert brute.permutation_points((n,), order, "any") == critical(n - order, n)


@pytest.mark.parametrize("order", [0, -1])
def test_permutation_points_need_a_collision(order):
    with pytest.raises(ValueError, match="order"):
        brute.permutation_points((3,), order, "layer")


def test_permutation_points_know_three_spreads():
    with pytest.raises(ValueError, match="spread"):
        brute.permutation_points((3,), 1, "everywhere")


# ---- dimensions -------------------------------------------------------------------------


@pytest.mark.parametrize(("d_in", "d_out"), [(1, 1), (2, 2), (3, 1), (1, 3), (2, 5)])
@pytest.mark.parametrize(("r", "m"), [(0, 3), (1, 1), (1, 4), (2, 4), (3, 3), (3, 4)])
def test_dimension_counts_the_free_weights(r, m, d_in, d_out):
    expected = Counter()
    for j, count in enumerate(brute.expansions_by_zero_blocks(r, m)):
        expected[(m - r - j) * d_out + j * d_in] += count
    assert brute.dimension_distribution(r, m, d_in, d_out) == {
        dimension: count for dimension, count in expected.items() if count
    }


@pytest.mark.parametrize(("r", "m"), [(1, 3), (2, 3), (2, 4)])
def test_one_hidden_layer_is_a_network(r, m):
    for c in brute.configurations(r, m):
        assert brute.network_dimension((3, m, 2), (r,), (c,)) == brute.dimension(c, 3, 2)


@pytest.mark.parametrize(
    ("widths", "minimal"),
    [((2, 2, 2, 1), (1, 1)), ((2, 3, 2, 3), (1, 2)), ((1, 2, 2, 2, 2), (1, 1, 1))],
)
def test_network_dimension_counts_the_free_weights(widths, minimal):
    d_in, *hidden, d_out = widths
    for layers in brute.network_configurations(minimal, hidden):
        blocks_of_zeros = [len(zero) for _, zero in layers]
        expected = blocks_of_zeros[0] * d_in
        for k in range(len(hidden)):
            spare = hidden[k] - minimal[k] - blocks_of_zeros[k]
            if k + 1 < len(hidden):
                expected += hidden[k + 1] * spare
                expected += blocks_of_zeros[k + 1] * (minimal[k] + blocks_of_zeros[k])
            else:
                expected += d_out * spare
        assert brute.network_dimension(widths, minimal, layers) == expected


def test_contradictory_equations_are_refused():
    with pytest.raises(ValueError, match="no solution"):
        brute.solution_dimension([({"x": 1}, 1), ({"x": 1}, 2)], ["x"])


# ---- the subspaces are zero-loss sets, and no smaller than these --------------------------


def activation(z):
    return 1 / (1 + np.exp(-4 * z)) + np.log(1 + np.exp(z))


def network_output(matrices, inputs):
    """Outputs, of shape (d_out, samples), of inputs of shape (d_in, samples)."""
    *below, last = matrices
    for matrix in below:
        inputs = activation(matrix @ inputs)
    return last @ inputs


def random_point(widths, target, layers, rng):
    """Weight matrices at a random point of the subspace."""
    equations, unknowns = brute.network_equations(widths, target, layers)
    matrix, values = brute.as_matrix(equations, unknowns)
    particular = np.linalg.lstsq(matrix, values, rcond=None)[0]
    _, singular, directions = np.linalg.svd(matrix)
    free = directions[np.sum(singular > 1e-9) :]
    solution = particular + free.T @ rng.normal(size=len(free))
    weights = [np.zeros((rows, columns)) for columns, rows in pairwise(widths)]
    for (k, i, j), value in zip(unknowns, solution, strict=True):
        weights[k][i, j] = value
    return weights


def nullity(matrices, inputs):
    """Independent directions of weight space in which no output changes, to first order."""
    step = 1e-30
    columns = []
    for k, matrix in enumerate(matrices):
        for position in np.ndindex(matrix.shape):
            moved = [m.astype(complex) for m in matrices]
            moved[k][position] += 1j * step
            columns.append(network_output(moved, inputs).imag.ravel() / step)
    singular = np.linalg.svd(np.array(columns).T, compute_uv=False)
    return int(np.sum(singular < 1e-9 * singular[0]))


def small_target(widths, minimal):
    """An irreducible network with weights small enough not to saturate the activation."""
    return [matrix / 10 for matrix in brute.irreducible_network(widths, minimal)]


@pytest.mark.parametrize(
    ("widths", "minimal"),
    [((2, 3, 2), (1,)), ((2, 3, 1), (2,)), ((2, 3, 2, 2), (2, 1)), ((1, 2, 2, 2, 1), (1, 1, 1))],
)
def test_every_point_of_a_subspace_computes_the_function_of_the_minimal_network(widths, minimal):
    rng = np.random.default_rng(0)
    target = small_target(widths, minimal)
    inputs = rng.normal(size=(widths[0], 20))
    for layers in brute.network_configurations(minimal, widths[1:-1]):
        weights = random_point(widths, target, layers, rng)
        np.testing.assert_allclose(
            network_output(weights, inputs), network_output(target, inputs), rtol=1e-8, atol=1e-8
        )


@pytest.mark.parametrize(
    ("widths", "minimal"),
    [
        ((2, 1, 1), (1,)),
        ((2, 2, 2), (1,)),
        ((2, 3, 3), (1,)),
        ((2, 3, 3), (2,)),
        ((2, 2, 3, 3), (1, 2)),
    ],
)
def test_with_many_outputs_no_other_direction_keeps_the_function(widths, minimal):
    """Many: each layer is no wider than the outputs or the minimal layer above it."""
    rng = np.random.default_rng(1)
    target = small_target(widths, minimal)
    inputs = rng.normal(scale=2, size=(2, 60))
    for layers in brute.network_configurations(minimal, widths[1:-1]):
        weights = random_point(widths, target, layers, rng)
        expected = brute.network_dimension(widths, minimal, layers)
        assert nullity(weights, inputs) == expected
