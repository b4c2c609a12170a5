"""The claims on several hidden layers, and that each check can fail."""

import itertools

import numpy as np

from critcount import Architecture, Configuration, NetworkExpansions
from critcount.claims import deeper
from critcount.claims.claim import all_within
from critcount.weights.network import Network


def kind(cases):
    return all_within(cases).kind


def test_meeting_decided_otherwise_is_noticed(monkeypatch):
    cases = deeper.measure_meeting([1, 2], [2, 3], 7, 0)
    assert kind(cases) == "holds"
    family = NetworkExpansions(Architecture([2, 2, 3, 1]), (1, 2))
    pairs = itertools.islice(itertools.combinations(family, 2), 0, None, 7)
    meeting = [all(map(Configuration.meets, a.layers, b.layers)) for a, b in pairs]
    assert 0 < sum(meeting) < len(meeting)
    distance = deeper.least_distance

    def nearer(one, two):
        error = distance(one, two)[1]
        return (
            (0.0, error) if one.configurations[0][0] == two.configurations[0][0] else (1.0, error)
        )

    monkeypatch.setattr(deeper, "least_distance", nearer)
    assert kind(deeper.measure_meeting([1, 2], [2, 3], 7, 0)) == "fails as stated"


def test_constants_that_do_not_cancel_or_lie_on_a_subspace_are_noticed(monkeypatch):
    assert kind(deeper.measure_cancelling([0, 1])) == "holds"
    cancelling = deeper.cancelling

    def perturbed(teacher):
        *weights, last = cancelling(teacher).weights
        return Network([*weights, last + np.array([[0.0, 0.0, 1e-9]])])

    def on_one(teacher):
        """The two neurons of the constant are alike: a zero-type block."""
        below, above, last = (weight.copy() for weight in cancelling(teacher).weights)
        above[2], last[0, 2] = above[1], -last[0, 1]
        return Network([below, above, last])

    for wrong in (perturbed, on_one):
        monkeypatch.setattr(deeper, "cancelling", wrong)
        assert kind(deeper.measure_cancelling([0, 1])) == "fails as stated"
