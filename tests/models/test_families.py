"""Continuous symmetries that are told of families: they hold, and none is told where none is."""

from __future__ import annotations

import numpy as np
import pytest

from critcount.models import Symmetry
from tests.models.small import CASES

#: The case, the parameters that A and A^-T act on, the rows and columns of one copy.
HOLD = [
    ("one head", ("p0", 0), ("p1", 0), slice(0, 3), "queries and keys"),
    ("one head", ("p2", 0), ("p3", 1), slice(0, 3), "the layers"),
    ("two heads", ("p0", 0), ("p1", 0), slice(0, 2), "queries and keys"),
    ("two heads", ("p2", 0), ("p3", 1), slice(2, 4), "the layers"),
    ("multi-query", ("p0", 0), ("p1", 0), None, "queries and keys"),
]
NONE = [
    "two heads of one dimension",
    "three heads of one dimension",
    "depthwise",
    "rnn",
    "tied embedding",
    "three experts of one unit",
    "weight norm",
    "residual with layer norm",
]


def linear_group(family):
    return [text for text in family.continuous if text.startswith("GL(")]


@pytest.mark.parametrize(("name", "first", "second", "rows", "between"), HOLD)
def test_a_linear_map_between_two_layers_changes_nothing(name, first, second, rows, between):
    program, function, shapes = CASES[name]()
    told = {
        tuple(axis for axis in f.parameters): linear_group(f)
        for f in Symmetry.of_program(program).families
        if linear_group(f)
    }
    texts = [t for names, found in told.items() if (first[0], (first[1],)) in names for t in found]
    assert any(between in text for text in texts)
    if rows is None:
        return  # one key for several queries: A acts on all of them
    rng = np.random.default_rng(4)
    weights = {f"p{k}": rng.standard_normal(shape) for k, shape in enumerate(shapes)}
    before = function(*weights.values())
    a = rng.standard_normal((rows.stop - rows.start,) * 2)
    for (parameter, axis), matrix in ((first, a), (second, np.linalg.inv(a).T)):
        front = np.moveaxis(weights[parameter].copy(), axis, 0)
        front[rows] = np.tensordot(matrix, front[rows], 1)
        weights[parameter] = np.moveaxis(front, 0, axis)
    after = function(*weights.values())
    assert np.abs(after - before).max() <= 1e-9 * np.abs(before).max()


@pytest.mark.parametrize("name", NONE)
def test_none_is_told_where_none_is(name):
    families = Symmetry.of_program(CASES[name]()[0]).families
    assert families
    assert not any(linear_group(f) for f in families)
