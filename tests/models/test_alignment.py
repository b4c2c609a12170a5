"""Two checkpoints brought together over the group found."""

from __future__ import annotations

import itertools
import pathlib

import numpy as np
import pytest

from critcount import Architecture
from critcount.models import Symmetry, align_parameters, parameter_barrier
from critcount.models.alignment import parameter_distance
from tests.models.small import CASES

FILES = pathlib.Path(__file__).parents[1] / "fixtures" / "models"


def weights_of(symmetry, rng):
    return {
        name: rng.standard_normal(symmetry.original.shapes[k])
        for name, k in symmetry.original.parameters.items()
    }


@pytest.mark.parametrize("name", CASES)
def test_equal_up_to_the_group_is_recognised_exactly(name):
    symmetry = Symmetry.of_program(CASES[name]()[0])
    rng = np.random.default_rng(1)
    a = weights_of(symmetry, rng)
    b = symmetry.random(rng).apply(a)
    found = align_parameters(symmetry, a, b, rng)
    assert found.equal
    assert found.after == 0
    assert all(np.array_equal(found.tensors[n], a[n]) for n in a)


@pytest.mark.parametrize("name", ["llama", "gpt2", "vit", "grouped", "lstm", "beside"])
def test_a_noisy_copy_comes_back(name):
    symmetry = Symmetry.from_onnx(FILES / f"{name}.onnx")
    rng = np.random.default_rng(2)
    a = weights_of(symmetry, rng)
    noisy = {n: w + 1e-3 * rng.standard_normal(w.shape) for n, w in a.items()}
    found = align_parameters(symmetry, a, symmetry.random(rng).apply(noisy), rng)
    assert not found.equal
    assert found.after == pytest.approx(parameter_distance(a, noisy), rel=1e-9)
    assert found.after < found.before


def test_the_nearest_element_of_one_layer_is_found():
    """One hidden layer is one assignment problem: compared with all permutations."""
    symmetry = Symmetry.from_architecture(Architecture.parse("3-4-2"))
    rng = np.random.default_rng(3)
    for _ in range(5):
        a, b = weights_of(symmetry, rng), weights_of(symmetry, rng)
        found = align_parameters(symmetry, a, b, rng)
        least = min(
            parameter_distance(
                a,
                {
                    "layers.0.weight": b["layers.0.weight"][list(order)],
                    "layers.0.bias": b["layers.0.bias"][list(order)],
                    "layers.1.weight": b["layers.1.weight"][:, list(order)],
                    "layers.1.bias": b["layers.1.bias"],
                },
            )
            for order in itertools.permutations(range(4))
        )
        assert found.after == pytest.approx(least, rel=1e-12)
        assert found.after <= found.before


def test_restarts_never_make_it_worse():
    symmetry = Symmetry.from_architecture(Architecture.parse("3-6-6-2"))
    a, b = (weights_of(symmetry, np.random.default_rng(s)) for s in (4, 5))
    distances = [
        align_parameters(symmetry, a, b, np.random.default_rng(0), restarts=k).after
        for k in (1, 4, 8)
    ]
    assert distances == sorted(distances, reverse=True)


def test_the_barrier_of_a_hill():
    loss = lambda w: float(1 - w["x"][0] ** 2)  # noqa: E731
    assert parameter_barrier(loss, {"x": np.array([-1.0])}, {"x": np.array([1.0])}) == 1
    assert parameter_barrier(loss, {"x": np.array([1.0])}, {"x": np.array([1.0])}) == 0


def test_bad_input():
    symmetry = Symmetry.from_architecture(Architecture.parse("3-4-2"))
    rng = np.random.default_rng(0)
    a = weights_of(symmetry, rng)
    with pytest.raises(ValueError, match=r"b has no tensor 'layers\.0\.weight'"):
        align_parameters(symmetry, a, {}, rng)
    with pytest.raises(ValueError, match="must have the shape"):
        align_parameters(symmetry, a, {n: w[:1] for n, w in a.items()}, rng)
    with pytest.raises(TypeError, match="restarts"):
        align_parameters(symmetry, a, a, rng, restarts=1.5)
