"""The checks of inertias and plateaus can fail."""

import dataclasses

import pytest

from critcount.claims import (
    inertia,
)
from tests.claims.verdicts import verdict


def test_a_wrong_inertia_is_noticed(monkeypatch):
    """With all shares taken for positive, and with one region for all."""
    real = inertia.split_inertia

    def positive(problem, network, layer, neuron, shares):
        return real(problem, network, layer, neuron, [1 / len(shares)] * len(shares))

    unit = {"widths": [2, 2, 1], "seeds": [0, 1, 2]}
    assert verdict("inertia-of-copies", inertia.measure_theorem(**unit)) == "holds"
    monkeypatch.setattr(inertia, "split_inertia", positive)
    assert verdict("inertia-of-copies", inertia.measure_theorem(**unit)) == "fails as stated"
    assert verdict("plateau-counts", inertia.measure_plateaus(extra=1, **unit)) == "holds"
    monkeypatch.setattr(inertia, "count_plateau_regions", lambda *a: 1)
    assert verdict("plateau-counts", inertia.measure_plateaus(extra=1, **unit)) != "holds"


@pytest.mark.exhaustive
def test_wrong_plateaus_of_layers_and_ties_are_noticed(monkeypatch):
    unit = {"width": 1, "seeds": [0, 2]}
    assert verdict("plateaus-of-layers", inertia.measure_layers(**unit)) == "holds"
    real = inertia.summarise

    def more(*arguments):
        found = real(*arguments)
        return dataclasses.replace(found, regions=found.regions + 1)

    monkeypatch.setattr(inertia, "summarise", more)
    assert verdict("plateaus-of-layers", inertia.measure_layers(**unit)) == "fails as stated"
    point = inertia.tied_point

    def other(*arguments):
        found = point(*arguments)
        return dataclasses.replace(found, antisymmetric=2 * found.antisymmetric)

    monkeypatch.setattr(inertia, "tied_point", other)
    measured = inertia.measure_ties([2, 3, 2], [0, 1])
    assert verdict("tied-index", measured) == "fails as stated"
