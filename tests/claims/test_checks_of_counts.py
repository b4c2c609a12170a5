"""Every check of counts and subspaces can fail."""

import itertools
import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from critcount.claims import (
    connection,
    counting,
    disjointness,
    minima,
    plateaus,
    ranks,
    regimes,
    registry,
    rounding,
)
from critcount.claims.claim import Finding
from critcount.configurations.configuration import Configuration
from critcount.counting import layer
from critcount.weights.network import Network
from critcount.weights.routes import Itinerary
from critcount.weights.subspaces import AffineSubspace, embed

CLAIMS = registry.CLAIMS


def verdict(name, measured):
    return Finding.of(CLAIMS[name], measured).verdict.kind


def test_a_wrong_factor_is_noticed(monkeypatch):
    monkeypatch.setattr(
        counting.network,
        "count_permutation_points",
        lambda architecture, order, spread="layer": 1,
    )
    assert verdict("permutation-point-count", counting.measure_count([4])) == "fails as stated"
    assert verdict("refined-counts", counting.measure_refined([4])) == "fails as stated"


def test_a_wrong_number_of_subspaces_is_noticed(monkeypatch):
    monkeypatch.setattr(minima, "layer", SimpleNamespace(T=layer.G))
    cases = minima.measure_zero_loss([2], [3], 2, 1, 0)
    assert verdict("zero-loss-subspaces", cases) == "fails as stated"


def test_a_perturbed_student_is_noticed(monkeypatch):
    def perturbed(teacher, configuration, rng):
        student = embed(teacher, configuration, rng)
        return Network([student.weights[0] * (1 + 1e-9), student.weights[1]])

    monkeypatch.setattr(minima, "embed", perturbed)
    cases = minima.measure_zero_loss([2], [3], 2, 1, 0)
    assert verdict("zero-loss-subspaces", cases) == "fails as stated"


def test_shuffled_labels_are_noticed(monkeypatch):
    """Points of the subspaces of another teacher, its neurons exchanged."""
    measured = minima.worst_deviation

    def shuffled(teacher, students, x):
        order = [1, 0]
        other = Network([teacher.weights[0], teacher.weights[1][:, order]])
        return measured(other, students, x)

    monkeypatch.setattr(minima, "worst_deviation", shuffled)
    cases = minima.measure_zero_loss([2], [3], 2, 2, 0)
    assert verdict("zero-loss-subspaces", cases) == "fails as stated"


def test_a_subspace_that_comes_twice_is_noticed(monkeypatch):
    twice = [Configuration.from_word([0, 1, 1], 2)] * 2
    monkeypatch.setattr(minima, "Expansions", lambda r, m: twice)
    assert verdict("subspaces-distinct", minima.measure_distinct(2, 3, 2, 1, 0)) != "holds"
    monkeypatch.setattr(disjointness, "CriticalSubspaces", lambda r, m: twice)
    assert verdict("critical-disjoint", disjointness.measure(2, 3, 2, 1, 0)) != "holds"


def test_a_smaller_subspace_is_noticed(monkeypatch):
    monkeypatch.setattr(minima, "gap_rank", lambda values: (0, math.inf))
    assert verdict("dimension-at-least-h", minima.measure_dimension(1, 2, 1, 1)) != "holds"


def test_a_wrong_rank_formula_is_noticed(monkeypatch):
    monkeypatch.setattr(ranks, "rank_formula", lambda shape, d_in, d_out: 5)
    assert verdict("hessian-rank", ranks.measure(1, 3, 1, 1, 0)) == "fails as stated"


def test_wrong_limits_are_noticed(monkeypatch):
    right = regimes.mild_ratio
    monkeypatch.setattr(regimes, "mild_ratio", lambda *a: right(*a) * Fraction(101, 100))
    assert verdict("mild-regime", regimes.measure_mild(1, 1, 256)) == "fails as stated"
    errors = regimes.vast_errors
    monkeypatch.setattr(
        regimes, "vast_errors", lambda r, m: (errors(r, m)[0], 0.1, errors(r, m)[2])
    )
    assert verdict("vast-regime", regimes.measure_vast(4, 4)) == "fails as stated"
    monkeypatch.setattr(regimes.layer, "crossover_from_integers", lambda r: 2)
    assert verdict("crossover", regimes.measure_crossover(4, 5)) == "fails as stated"


def test_a_path_off_the_subspaces_is_noticed(monkeypatch):
    def bent(route):
        for k, vertex in enumerate(vertices(route)):
            yield vertex if k != 1 else Network([1.001 * w for w in vertex.weights])

    vertices = Itinerary._middle
    monkeypatch.setattr(Itinerary, "_middle", bent)
    cases = connection.measure_extra([2], 2, 1, [0])
    assert verdict("one-extra-connects", cases) == "fails as stated"


def test_a_graph_in_two_parts_is_noticed(monkeypatch):
    monkeypatch.setattr(connection, "components_by_search", lambda minimal, widths: 2)
    assert verdict("one-extra-connects", connection.measure_extra([2], 2, 1, [0])) != "holds"
    assert verdict("none-does-not", connection.measure_none([3], [0])) != "holds"


def test_a_minimum_that_is_not_isolated_is_noticed(monkeypatch):
    monkeypatch.setattr(connection, "embed", lambda teacher, order, seed: copies(teacher))
    cases = connection.measure_isolated([2, 2, 2], [0])
    assert verdict("isolated-minima", cases) == "fails as stated"


def copies(teacher):
    """A network in which two neurons are the same."""
    return Network([teacher.weights[0][[0, 0]], teacher.weights[1]])


def test_a_narrower_or_wider_plateau_is_noticed(monkeypatch):
    monkeypatch.setattr(plateaus, "further_directions", lambda *a: (1, 1e9))
    cases = plateaus.measure_dimension([2, 3, 2], 0, 0)
    assert verdict("equal-loss-dimension", cases) == "fails as stated"
    monkeypatch.setattr(plateaus, "valley_components", lambda n: (2, 6, 2))
    assert verdict("valley-reaches-all", plateaus.measure_valley([2, 3, 1], 0, 0)) != "holds"


def test_a_further_direction_is_found():
    """A zero-type pair in place of a replication pair: its incoming weights are free."""
    teacher = rounding.random_network((2, 2, 2), 0)
    plane = AffineSubspace(teacher, Configuration.from_word([0, 1, 2], 2))
    smaller = AffineSubspace(teacher, Configuration.from_word([0, 1, 1], 2))
    x = minima.inputs(60, 2, 0)
    rng = np.random.default_rng(0)
    assert plateaus.further_directions(plane, x, plane.random(rng), rng)[0] == 0
    more, _ = plateaus.further_directions(smaller, x, plane.random(rng), rng)
    assert more == 2
    points = (plane.random(rng) for _ in range(3))
    assert all(plateaus.further_directions(plane, x, p, rng)[1] > 1e3 for p in points)


def test_brute_force_of_collisions_by_hand():
    assert {k: counting.collisions(3, 1)[k] for k in (True, False)} == {True: 6, False: 0}
    assert counting.collisions(3, 2)[False] == 1
    assert [counting.brute_force((2, 2), k, "network") for k in (1, 2)] == [4, 1]
    assert [counting.brute_force((2, 2), k, "layer") for k in (1, 2)] == [4, 0]


def test_all_permutations_are_walked_to():
    plane = plateaus.collided([2, 3, 1], 0, 0)
    point = plateaus.replicate(plane.network, 0, plane.configurations[0][0].word)
    images = {
        tuple(plateaus.take(point, 0, np.array(order)).weights[0].ravel())
        for order in itertools.permutations(range(3))
    }
    assert len(images) == 3  # the pair is the same either way round


def test_a_ratio_that_grows_is_noticed(monkeypatch):
    """Below 1 from the crossover on, as it should be, and yet not falling all the way."""
    right, h = regimes.layer.critical_to_global_ratio, 1
    assert [item.figure for item in regimes.measure_crossover(4, 5)] == [0.0]
    monkeypatch.setattr(
        regimes.layer,
        "critical_to_global_ratio",
        lambda r, m: right(r, m) if m < r + h + 3 else right(r, m - 2),
    )
    (case,) = regimes.measure_crossover(4, 5)
    assert case.figure == 1.0
    assert verdict("crossover", [case]) == "fails as stated"
