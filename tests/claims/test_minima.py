"""The checks of global minima can fail."""

import math
from types import SimpleNamespace

from critcount.claims import (
    disjointness,
    minima,
    rounding,
)
from critcount.configurations.configuration import Configuration
from critcount.counting import layer
from critcount.weights.network import Network
from critcount.weights.subspaces import embed
from tests.claims.verdicts import verdict


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
    monkeypatch.setattr(minima, "gap_rank", lambda values: rounding.GapRank(0, math.inf))
    assert verdict("dimension-at-least-h", minima.measure_dimension(1, 2, 1, 1)) != "holds"
