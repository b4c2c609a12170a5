"""The group found is all of it: brute force over the permutations of all axes."""

from __future__ import annotations

import numpy as np
import pytest

from critcount import Architecture
from critcount.models import Symmetry
from tests.models.small import CASES
from tests.oracles.models_brute_force import count


@pytest.mark.parametrize("name", CASES)
def test_no_permutation_of_axes_is_missed(name):
    program, function, shapes = CASES[name]()
    symmetry = Symmetry.of_program(program)
    assert symmetry.gaps == ()
    assert symmetry.order == count(function, shapes)


@pytest.mark.parametrize("name", CASES)
def test_random_elements_leave_the_function_unchanged(name):
    program, function, shapes = CASES[name]()
    symmetry = Symmetry.of_program(program)
    rng = np.random.default_rng(3)
    weights = {f"p{k}": rng.standard_normal(shape) for k, shape in enumerate(shapes)}
    before = function(*weights.values())
    for _ in range(5):
        moved = symmetry.random(rng).apply(weights)
        after = function(*(moved[name] for name in weights))
        assert np.abs(after - before).max() <= 1e-12 * np.abs(before).max()


def test_fixed_parameters_are_not_moved():
    a = Architecture.parse("3-4-2-1")
    s = Symmetry.from_architecture(a, fixed=["layers.1.weight"])
    assert s.order == 1  # its axes are those of both hidden layers
    s = Symmetry.from_architecture(a, fixed=["layers.0.bias"])
    assert (s.order, s.fixed) == (2, ("layers.0.bias",))
    assert s.within.order == 2


@pytest.mark.parametrize(
    ("fixed", "error"), [("layers.0.bias", TypeError), ([1], TypeError), (["none"], ValueError)]
)
def test_fixed_must_be_names(fixed, error):
    with pytest.raises(error, match="fixed"):
        Symmetry.from_architecture(Architecture.parse("3-4-1"), fixed=fixed)
