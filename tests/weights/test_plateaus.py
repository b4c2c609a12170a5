"""Plateaus of tolerances against a fine sweep."""

import numpy as np
import pytest

from critcount.weights.plateaus import HIGHEST, LOWEST, Plateau, sweep, widest


def step(edges):
    return lambda tolerance: sum(tolerance > edge for edge in edges)


@pytest.mark.parametrize(
    "edges", [[], [1e-4], [3e-8, 2e-3], [1.1e-5, 1.6e-5, 5e-2], [1e-12], [0.5]]
)
def test_against_a_fine_sweep(edges):
    found = sweep(step(edges))
    keys = [key for *_, key in found]
    inside = [edge for edge in edges if LOWEST * 1.0001 < edge < HIGHEST / 1.0001]
    assert len(found) == len(inside) + 1
    assert keys == sorted(set(keys))
    assert found[0][0] == pytest.approx(LOWEST)
    assert found[-1][1] == pytest.approx(HIGHEST)
    for (_, high, _), (low, _, _), edge in zip(found, found[1:], inside, strict=False):
        assert high <= edge <= low * (1 + 1e-12)
        assert low / high == pytest.approx(10**0.125)


def test_how_often_it_is_tried():
    tried = []

    def answer(tolerance):
        tried.append(tolerance)
        return tolerance > 3e-5

    sweep(answer)
    assert len(tried) == len(set(tried)) <= 12
    assert min(tried) == pytest.approx(LOWEST)


def test_a_range_of_one_tolerance():
    assert sweep(lambda _: 1, 0.1, 0.1) == [(pytest.approx(0.1), pytest.approx(0.1), 1)]
    assert sweep(lambda _: 1, 0.2, 0.1)[0][2] == 1


def test_the_widest():
    one, two = Plateau(1e-9, 1e-7, (2, 4, 1)), Plateau(1e-6, 1e-2, (2, 3, 1))
    none = Plateau(1e-2, 1e-1, (), "because")
    assert widest([one, two, none]) is two
    assert widest([none]) is widest([]) is None
    equal = Plateau(1e-4, 1e-2, (2, 3, 1))
    assert widest([one, equal]) is equal
    assert np.isclose(two.decades, 4)
    assert np.isclose(two.middle, 1e-4)
    assert str(none) == "no answer from 1e-02 to 1e-01"
