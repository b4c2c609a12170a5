"""Batch normalisation in evaluation: a map of every neuron, made part of a linear layer.

With running mean μ and variance v the map is z → γ (z - μ)/√(v + eps) + β, so that it is exact to
let a linear layer before it or after it do the same. Neither eps nor where the map stands is in a
file: the caller says eps, and the numbers of `torch.nn.Sequential` may show the place.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from critcount._support.checks import show
from critcount._support.types import Array
from critcount.weights._bytes import Tensor
from critcount.weights._chain import StoredLayer
from critcount.weights._sources import ArrayShape

__all__ = [
    "Normalisation",
    "Place",
    "Scaling",
    "folded",
    "places",
    "required_eps",
    "scaling",
    "then_layer",
    "then_scaling",
    "without_normalisations",
]

STATISTICS = ("running_mean", "running_var")


def required_eps(value: float) -> float:
    """Return the eps of batch normalisations, or raise TypeError or ValueError."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"batch_norm_eps must be a number, not {show(value)}")
    if not 0 <= value < math.inf:
        raise ValueError(f"batch_norm_eps must be 0 or more and finite, not {show(value)}")
    return float(value)


class Scaling(NamedTuple):
    """The map z → scale z + shift of every neuron."""

    scale: Array
    shift: Array


def scaling(
    mean: Array, variance: Array, eps: float, weight: Array | None, bias: Array | None
) -> Scaling:
    """Return what a batch normalisation does in evaluation.

    >>> one = np.ones(1)
    >>> scaling(one, 3 * one, 1.0, 4 * one, None)
    Scaling(scale=array([2.]), shift=array([-2.]))
    """
    if not (variance + eps > 0).all():
        raise ValueError(
            f"a running variance and eps must add up to more than 0, here eps is {eps:g}"
        )
    scale = 1 / np.sqrt(variance + eps)
    if weight is not None:
        scale = scale * weight
    shift = -mean * scale
    return Scaling(scale, shift if bias is None else shift + bias)


def then_scaling(weight: Array, bias: Array | None, after: Scaling) -> tuple[Array, Array]:
    """Return the layer that does what a layer and a scaling after it do."""
    moved = after.shift if bias is None else bias * after.scale + after.shift
    return weight * after.scale[:, None], moved


def then_layer(before: Scaling, weight: Array, bias: Array | None) -> tuple[Array, Array]:
    """Return the layer that does what a scaling and a layer after it do."""
    moved = weight @ before.shift
    return weight * before.scale, moved if bias is None else bias + moved


class Normalisation(NamedTuple):
    """The tensors of a batch normalisation.

    Attributes
    ----------
    name : str
        What their names begin with.
    parts : dict of str to str
        "running_mean", "running_var", and maybe "weight" and "bias": the names of the tensors.
    width : int
    """

    name: str
    parts: dict[str, str]
    width: int


class Place(NamedTuple):
    """Where a batch normalisation stands: directly after a layer, or directly before it."""

    normalisation: Normalisation
    layer: int
    after: bool


def without_normalisations(
    shapes: Mapping[str, ArrayShape],
) -> tuple[list[Normalisation], dict[str, ArrayShape]]:
    """Return the batch normalisations among tensors by name, and the shapes of the others.

    >>> found, rest = without_normalisations(
    ...     {"0.weight": (5, 2), "1.running_mean": (5,), "1.running_var": (5,)})
    >>> found[0].name, list(rest)
    ('1.', ['0.weight'])
    """
    rest = dict(shapes)
    found = []
    for name, shape in shapes.items():
        stem = name.removesuffix(STATISTICS[0])
        if stem == name or len(shape) != 1 or shapes.get(stem + STATISTICS[1]) != shape:
            continue
        parts = {
            part: stem + part
            for part in (*STATISTICS, "weight", "bias")
            if shapes.get(stem + part) == shape
        }
        found.append(Normalisation(stem, parts, shape[0]))
        for part in (*parts.values(), f"{stem}num_batches_tracked"):
            rest.pop(part, None)
    return found, rest


def places(found: Sequence[Normalisation], layers: Sequence[StoredLayer]) -> list[Place]:
    """Return where batch normalisations stand by the numbers of a sequence of modules.

    Number n + 1 after a linear layer n, with no linear layer n + 2, is directly after it, as no
    activation has a number between; number n - 1 before a linear layer n, with no linear layer
    n - 2, is directly before it.

    Raises
    ------
    ValueError
        When the numbers show no place, or a length does not fit.
    """
    by_number = {_numbered(layer.matrix.name): k for k, layer in enumerate(layers)}
    placed: list[Place] = []
    for norm in found:
        head, number = _numbered(norm.name)
        before = by_number.get((head, number - 1)) if number >= 0 else None
        after = by_number.get((head, number + 1)) if number >= 0 else None
        if (before is None) == (after is None):
            why = (
                "directly between two linear layers, where an activation without a number may "
                "come before or after it"
                if before is not None
                else "not directly after or before a linear layer by the numbers of its name"
            )
            raise ValueError(
                f"the batch normalisation {show(norm.name.rstrip('./'))} stands {why}: "
                "Network.from_torch(module) folds it exactly"
            )
        place = Place(norm, before if after is None else after, after is None)  # type: ignore[arg-type]
        outputs, inputs = layers[place.layer].ends
        if norm.width != (outputs if place.after else inputs):
            raise ValueError(
                f"the batch normalisation {show(norm.name.rstrip('./'))} is of {norm.width} "
                f"neurons and stands next to {outputs if place.after else inputs}"
            )
        placed.append(place)
    return placed


def _numbered(name: str) -> tuple[str, int]:
    """Return what stands before the last number of a module's name, and the number, or -1."""
    found = re.fullmatch(r"(.*?)([0-9]{1,9})[./][^./0-9]*", name)
    return (found[1], int(found[2])) if found else (name, -1)


def folded(
    read: tuple[list[Array], list[Array | None], float],
    placed: Sequence[Place],
    tensor: Callable[[str], Tensor],
    eps: float,
) -> tuple[list[Array], list[Array | None], float]:
    """Return weights, biases and precision with the normalisations made part of the layers."""
    weights, biases, precision = read
    for (_, parts, _), k, after in placed:
        values = {part: tensor(name) for part, name in parts.items()}
        precision = max(precision, *(value.precision for value in values.values()))
        arrays = {part: value.values for part, value in values.items()}
        mean, variance = (arrays[part] for part in STATISTICS)
        map_ = scaling(mean, variance, eps, arrays.get("weight"), arrays.get("bias"))
        if after:
            weights[k], biases[k] = then_scaling(weights[k], biases[k], map_)
        else:
            weights[k], biases[k] = then_layer(map_, weights[k], biases[k])
    return weights, biases, precision
