"""Arrays of numbers as they come, made into finite float64."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from critcount._support.checks import show
from critcount._support.types import Array
from critcount.weights._bytes import Tensor
from critcount.weights._chain import StoredLayer
from critcount.weights._sources import Source

__all__ = ["assembled", "doubles", "own_array", "require_finite", "sequence"]

#: Beyond this, squares of weights overflow.
LARGEST_ENTRY = 1e150


def sequence(name: str, value: Any) -> list[Any]:
    """Return a sequence of arrays as a list, or raise TypeError."""
    if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a sequence of arrays, not {show(value)}")
    return list(value)


def doubles(name: str, value: Any) -> Tensor:
    """Return what can be made an array of real numbers as float64, and its precision.

    Arrays of numpy and JAX and tensors of PyTorch, on any device and whether they require a
    gradient or not; bfloat16 as well. The array may be the caller's own.

    Raises
    ------
    TypeError, ValueError
        For complex numbers, more than 64 bits, integers beyond 2^53, masked entries, and what is
        no number.
    """
    if callable(getattr(value, "detach", None)) and callable(getattr(value, "cpu", None)):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            return Tensor(value.double().numpy(), 2.0**-7)
        value = value.numpy()
    if np.ma.is_masked(value):
        raise ValueError(f"{name} has masked entries: fill them (numpy.ma.filled) first")
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.name == "bfloat16":
        return Tensor(array.astype(np.float64), 2.0**-7)
    if array.dtype.kind in "iu":
        if not ((array >= -(2**53)) & (array <= 2**53)).all():
            raise ValueError(f"{name} holds integers beyond 2^53, where float64 is not exact")
        precision = float(np.finfo(np.float64).eps)
    elif array.dtype.kind == "f" and array.dtype.itemsize <= 8:
        precision = float(np.finfo(array.dtype).eps)
    elif not array.size and array.dtype.kind == "O":
        raise TypeError(f"{name} must be an array of numbers")
    elif array.dtype.kind in "cf":
        raise ValueError(
            f"{name} must hold real numbers of at most 64 bits, not of type {array.dtype}"
        )
    else:
        raise TypeError(
            f"{name} must be a rectangular array of real numbers, not of type {array.dtype}"
        )
    with np.errstate(invalid="ignore"):  # NaN is refused with its place
        return Tensor(np.asarray(array, dtype=np.float64), precision)


def own_array(name: str, value: Any, dimensions: int, precision: list[float]) -> Array:
    """Return an array of float64 of its own; append the precision of what it was."""
    array, spacing = doubles(name, value)
    precision.append(spacing)
    if array.ndim != dimensions:
        raise ValueError(
            f"{name} must have {dimensions} dimension{'s' * (dimensions > 1)}, not "
            f"{array.ndim} (shape {array.shape}){_advice(array.ndim)}"
        )
    return np.array(array, dtype=np.float64, order="C")


def require_finite(name: str, array: Array) -> None:
    """Raise ValueError with the place of the first number that is not finite or is too large."""
    if not array.size or (array.min() >= -LARGEST_ENTRY and array.max() <= LARGEST_ENTRY):
        return
    place = tuple(int(i) for i in np.argwhere(~(np.abs(array) <= LARGEST_ENTRY))[0])
    found = float(array[place])
    rule = "finite" if not np.isfinite(found) else f"at most {LARGEST_ENTRY:g} in magnitude"
    raise ValueError(f"{name}{list(place)} must be {rule}, not {found}")


def _advice(dimensions: int) -> str:
    if dimensions <= 2:
        return ""
    return (
        ": this is no fully connected layer. A convolution whose kernel covers its whole input is "
        "one: reshape its weights to (out, -1) in the order in which the input is flattened; "
        "others share weights between places, and the subspaces counted here are not theirs"
    )


def assembled(
    layers: Sequence[StoredLayer], read: Callable[[str], Tensor]
) -> tuple[list[Array], list[Array | None], float]:
    """Return the weight matrices, the biases, and the coarsest precision, of layers.

    Every tensor is read once for each layer that uses it.

    Parameters
    ----------
    layers : sequence of StoredLayer
    read : callable
        Returns the tensor of a name, its array not shared with anybody.
    """
    weights: list[Array] = []
    biases: list[Array | None] = []
    precision = 0.0
    for layer in layers:
        matrix, spacing = _made(layer.matrix, read)
        precision = max(precision, spacing)
        bias: Array | None = None
        if layer.layout == "bias-column":
            bias = np.array(matrix[:, -1])
            matrix = matrix[:, :-1]
        elif layer.layout == "in-out":
            matrix = matrix.T
        if layer.bias is not None:
            vector, spacing = _made(layer.bias, read)
            precision = max(precision, spacing)
            bias = np.array(vector).reshape(-1)
        weights.append(np.ascontiguousarray(matrix))
        biases.append(bias)
    return weights, biases, precision


def _made(source: Source, read: Callable[[str], Tensor]) -> Tensor:
    """Return the values of what one or two tensors make."""
    first, precision = read(source.parts[0])
    if source.kind == "plain":
        return Tensor(first, precision)
    second, spacing = read(source.parts[1])
    precision = max(precision, spacing)
    if source.kind == "masked":
        return Tensor(first * second, precision)
    axis = None if first.size == 1 else 1 if first.shape == (source.shape[0], 1) else 0
    norm = np.linalg.norm(second, axis=axis, keepdims=axis is not None)
    if not np.all(norm):
        raise ValueError(f"{source.parts[1]} has a direction of length 0")
    return Tensor(second * (first / norm), precision)
