"""The checks of equal-loss planes and valleys can fail."""

import itertools

import numpy as np

from critcount.claims import (
    minima,
    plateaus,
    rounding,
)
from critcount.configurations.configuration import Configuration
from critcount.weights.subspaces import AffineSubspace
from tests.claims.verdicts import verdict


def test_a_narrower_or_wider_plateau_is_noticed(monkeypatch):
    monkeypatch.setattr(
        plateaus, "further_directions", lambda *a: plateaus.FurtherDirections(1, 1e9)
    )
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
    assert plateaus.further_directions(plane, x, plane.random(rng), rng).number == 0
    assert plateaus.further_directions(smaller, x, plane.random(rng), rng).number == 2
    points = (plane.random(rng) for _ in range(3))
    assert all(plateaus.further_directions(plane, x, p, rng).gap > 1e3 for p in points)


def test_all_permutations_are_walked_to():
    plane = plateaus.collided([2, 3, 1], 0, 0)
    point = plateaus.replicate(plane.network, 0, plane.configurations[0][0].word)
    images = {
        tuple(plateaus.take(point, 0, np.array(order)).weights[0].ravel())
        for order in itertools.permutations(range(3))
    }
    assert len(images) == 3  # the pair is the same either way round
