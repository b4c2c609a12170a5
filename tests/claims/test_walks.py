"""The claims on walks, and that each check can fail."""

import pytest

from critcount.claims import walks
from critcount.claims.claim import all_within
from critcount.connectivity import Bounds
from critcount.connectivity.hardness import CycleInstance, cycle_instance


def kind(cases):
    return all_within(cases).kind


@pytest.mark.parametrize(("r", "h", "search"), [(2, 1, True), (3, 2, True), (7, 2, False)])
def test_a_bound_that_is_two_steps_too_low_is_noticed(monkeypatch, r, h, search):
    assert kind(walks.measure_diameter(r, h, search)) == "holds"
    limits = walks.diameter_range
    monkeypatch.setattr(walks, "diameter_range", lambda r, h: (3, limits(r, h)[1] - 3))
    assert kind(walks.measure_diameter(r, h, search)) == "fails as stated"


def test_a_lower_bound_that_is_too_high_is_noticed(monkeypatch):
    monkeypatch.setattr(walks, "diameter_range", lambda r, h: (7, 9))
    assert kind(walks.measure_diameter(3, 2, True)) == "fails as stated"


def test_a_step_that_is_none_is_noticed(monkeypatch):
    assert kind(walks.measure_four(2, 8, False)) == "holds"
    monkeypatch.setattr(walks, "meet", lambda x, y, r: False)
    assert kind(walks.measure_four(2, 8, False)) == "fails as stated"
    assert kind(walks.measure_diameter(7, 2, False)) == "fails as stated"


def test_another_diameter_is_noticed(monkeypatch):
    assert kind(walks.measure_four(2, 4, True)) == "holds"
    assert kind(walks.measure_four(3, 5, True)) == "fails as stated"
    monkeypatch.setattr(walks, "path", longer(walks.path))
    assert kind(walks.measure_four(3, 12, False)) == "fails as stated"


def longer(path):
    """A path that goes there, back and there again."""

    class Walk:
        def __init__(self, a, b):
            self.nodes = list(path(a, b).configurations())
            self.nodes += self.nodes[-2::-1] + self.nodes[1:]

        def __len__(self):
            return len(self.nodes) - 1

        def configurations(self):
            return iter(self.nodes)

    return Walk


@pytest.mark.parametrize("change", [lambda x: (x + 6, x + 6), lambda x: (0, 6), lambda x: (0, 0)])
def test_bounds_that_do_not_hold_or_lie_apart_are_noticed(monkeypatch, change):
    assert kind(walks.measure_bounds(2, 4)) == "holds"
    monkeypatch.setattr(walks, "distance_bounds", lambda a, b: Bounds(*change(1)))
    assert kind(walks.measure_bounds(2, 4)) == "fails as stated"


@pytest.mark.parametrize("answer", [True, False])
def test_a_wrong_decision_is_noticed(monkeypatch, answer):
    assert kind(walks.measure_nearby(2, 4)) == "holds"
    monkeypatch.setattr(walks.nearby, "within", lambda a, b, steps, limit: answer)
    assert kind(walks.measure_nearby(2, 4)) == "fails as stated"


def test_another_reduction_is_noticed(monkeypatch):
    assert kind(walks.measure_cycle(2, 4)) == "holds"
    assert kind(walks.measure_cycle(3, 4)) == "holds"

    def without_turn(edges):
        """B with the labels of A: no label has to move."""
        given = cycle_instance(edges)
        return CycleInstance(given.edges, given.first, given.first)

    monkeypatch.setattr(walks, "cycle_instance", without_turn)
    assert kind(walks.measure_cycle(3, 4)) == "fails as stated"


def test_a_graph_taken_for_one_with_a_cycle_is_noticed(monkeypatch):
    monkeypatch.setattr(walks, "has_cycle", lambda edges, n: False)
    assert kind(walks.measure_cycle(2, 4)) == "fails as stated"
