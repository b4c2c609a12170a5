"""The checks of the Hessian at copied minima can fail."""

import dataclasses

import pytest

from critcount.claims import (
    hessians,
    training,
)
from tests.claims.verdicts import verdict


@pytest.mark.exhaustive
def test_too_few_vanishing_eigenvalues_are_noticed(monkeypatch):
    """At semidefinite points, of teachers whose loss is zero and of a trained network."""
    trained = training.minima((2, 2, 1), range(3))
    monkeypatch.setattr(hessians, "minima", lambda widths, seeds: trained)
    measured = hessians.measure_semidefinite([2, 2, 1], [0])
    assert verdict("vanishing-semidefinite", measured) == "holds"
    points = hessians.doubled_points

    def fewer(found, layer):
        for point in points(found, layer):
            nullity = point.nullity and point.following - 1
            yield dataclasses.replace(point, nullity=nullity)

    monkeypatch.setattr(hessians, "doubled_points", fewer)
    measured = hessians.measure_semidefinite([2, 2, 1], [0])
    assert verdict("vanishing-semidefinite", measured) == "fails as stated"
