"""The checks of counts of permutation points can fail; their brute force by hand."""

from critcount.claims import (
    counting,
)
from tests.claims.verdicts import verdict


def test_a_wrong_factor_is_noticed(monkeypatch):
    monkeypatch.setattr(
        counting.network,
        "count_permutation_points",
        lambda architecture, order, spread="layer": 1,
    )
    assert verdict("permutation-point-count", counting.measure_count([4])) == "fails as stated"
    assert verdict("refined-counts", counting.measure_refined([4])) == "fails as stated"


def test_brute_force_of_collisions_by_hand():
    assert {k: counting.collisions(3, 1)[k] for k in (True, False)} == {True: 6, False: 0}
    assert counting.collisions(3, 2)[False] == 1
    assert [counting.brute_force((2, 2), k, "network") for k in (1, 2)] == [4, 1]
    assert [counting.brute_force((2, 2), k, "layer") for k in (1, 2)] == [4, 0]
