"""Shapes are read or refused."""

import pytest

from critcount import Configuration
from critcount.configurations.block_sizes import Shape


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (7, TypeError, "shape must be a pair"),
        ("21", TypeError, "shape must be a pair"),
        (([1],), ValueError, "shape must have two parts"),
        (([1], [0]), ValueError, r"shape\[1\]\[0\] must be at least 1, not 0"),
        (([1.0], []), TypeError, r"shape\[0\]\[0\] must be an integer"),
    ],
)
def test_bad_shapes(value, error, message):
    with pytest.raises(error, match=message):
        Shape.of("shape", value)


def test_zero_type_sizes_are_sorted_and_labels_keep_their_order():
    assert Shape.of("shape", ([3, 1], [2, 1, 2])) == ((3, 1), (1, 2, 2))
    assert Shape.of("shape", ([], [])) == Configuration.from_word([], 0).shape
