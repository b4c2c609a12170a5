"""Valleys at a permutation point reach every permutation, and connect minima."""

import itertools
import json

import numpy as np
import pytest

pytest.importorskip("jax")
from critcount.landscape import (
    connect,
    permutation_point,
    permute,
    successive_permutation_points,
    to_vector,
    valley,
)
from tests.landscape.trained import task


@pytest.fixture(scope="module")
def four():
    """Four neurons, three outputs, neurons 0 and 2 collided."""
    problem, network = task((2, 4, 3), 3)
    return problem, network, permutation_point(problem, network, 0, 0, 2)


@pytest.mark.parametrize(
    "orders",
    [
        [
            (0, 1, 2, 3),
            (1, 0, 2, 3),
            (0, 2, 3, 1),
            (2, 3, 0, 1),
            (3, 0, 1, 2),
        ],  # of every cycle type
        pytest.param([*itertools.permutations(range(4))], marks=pytest.mark.exhaustive),
    ],
)
def test_valley_reaches_every_permutation(four, orders):
    problem, _, point = four
    for order in orders:
        found = valley(problem, point, order, samples=2)
        assert found.deviation < 1e-12
        vertices = list(found.path)
        np.testing.assert_allclose(to_vector(vertices[0]), to_vector(point.point), rtol=1e-13)
        np.testing.assert_allclose(
            to_vector(vertices[-1]), to_vector(permute(point.point, 0, order)), rtol=1e-13
        )
        assert found.samples == 1 + 3 * (len(vertices) - 1)


def test_connect(four):
    problem, network, point = four
    told = []
    route = connect(problem, point, [1, 2, 3, 0], samples=2, advance=told.append)
    assert sum(told) == 3
    end = permute(network, 0, [1, 2, 3, 0])
    np.testing.assert_array_equal(to_vector(route.networks[0]), to_vector(network))
    np.testing.assert_array_equal(to_vector(route.networks[-1]), to_vector(end))
    assert route.losses[0] == pytest.approx(route.losses[-1], rel=1e-13)
    assert route.highest == pytest.approx(point.loss, rel=1e-12)
    json.dumps(route.to_dict(), allow_nan=False)
    assert "loss from" in repr(route)
    assert "segments" in repr(route.valley)


def test_second_order(four):
    problem, network, first = four
    told = []
    points = successive_permutation_points(
        problem, network, 0, [(2, 0), (3, 1)], advance=told.append
    )
    assert sum(told) == pytest.approx(2)
    assert [point.order for point in points] == [1, 2]
    np.testing.assert_array_equal(to_vector(points[0].point), to_vector(first.point))
    last = points[1]
    assert last.pairs == ((0, 2), (1, 3))
    assert last.gradient_norm < 1e-10
    assert last.reduced.widths == (2, 2, 3)
    assert last.hessian_nullity == last.derived_nullity
    assert last.equal_loss_dimension == 6
    assert last.equal_loss_deviation < 1e-12
    assert last.index >= 4
    weights = last.point.weights
    for i, j in last.pairs:
        np.testing.assert_array_equal(weights[0][i], weights[0][j])
        np.testing.assert_array_equal(weights[1][:, i], weights[1][:, j])
    # pairs that have collided stay together on the way to the next collision
    for step in last.path:
        np.testing.assert_array_equal(step.weights[0][0], step.weights[0][2])
    assert valley(problem, last, [3, 2, 1, 0]).deviation < 1e-12


def test_result_for_people_and_json(four):
    _, _, point = four
    read = json.loads(json.dumps(point.to_dict(), allow_nan=False))
    assert read["index"] == point.index
    assert read["losses"] == list(point.losses)
    assert repr(point).startswith("<PermutationPoint of 2-4-3, layer 0, neurons 0 and 2: loss 0.2")
    with pytest.raises(AttributeError):
        point.layer = 1
