"""Columns of exact numbers in pandas frames."""

from fractions import Fraction

import pytest

from critcount._support.columns import CELL_KINDS, frame, kind_of

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([], "text"),
        ([None], "text"),
        ([1, None, 10**400], "integer"),
        ([HALF, None], "fraction"),
        ([0.5, float("inf")], "float"),
        ([True, False], "boolean"),
        (["a", None], "text"),
        ([1, HALF], "mixed"),
        ([1, True], "mixed"),
        ([1, 1.0], "mixed"),
    ],
)
def test_kinds(cells, kind):
    assert kind_of(cells) == kind
    assert kind_of(reversed(cells)) == kind
    assert kind in CELL_KINDS


@pytest.mark.parametrize(
    "cells",
    [[1, 2], [10**400, None], [HALF, Fraction(2)], [1, HALF], [1, 0.5], [True, None], [None]],
)
def test_exact_cells_stay_the_objects_they_are(cells):
    made = frame(["x"], [[cell] for cell in cells])["x"]
    assert made.dtype == object
    assert all(a is b for a, b in zip(made, cells, strict=True))


def test_floats_and_truth_values_have_types_of_numpy():
    made = frame(["a", "b"], [[0.5, True], [2.0, False]])
    assert made.dtypes.astype(str).tolist() == ["float64", "bool"]


def test_no_rows_and_no_columns():
    made = frame(["m", "T"], [])
    assert list(made.columns) == ["m", "T"]
    assert len(made) == 0
    assert made.dtypes.tolist() == [object, object]
    assert frame([], []).shape == (0, 0)


def test_rows_keep_their_order_and_cells_their_columns():
    made = frame(["m", "T"], [[3, "x"], [1, "y"]])
    assert made.to_numpy().tolist() == [[3, "x"], [1, "y"]]
    assert made.index.tolist() == [0, 1]
