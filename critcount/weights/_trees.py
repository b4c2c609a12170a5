"""Parameters as frameworks hold them in memory: nested mappings and sequences of arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from critcount._support.checks import show
from critcount._support.types import Array
from critcount.weights._arrays import doubles
from critcount.weights._chain import StoredLayer, stored_layers
from critcount.weights._normalisation import without_normalisations

__all__ = ["flat", "reading", "shapes_of", "written_like"]


def flat(tree: Any) -> dict[str, Any]:
    """Return the arrays of a tree by their path, the parts joined by slashes.

    A tree is a mapping, or a list or tuple that holds arrays or trees. What is not an array is
    left out when it is None.

    >>> flat({"params": {"Dense_0": {"kernel": np.ones((2, 3)), "bias": None}}}).keys()
    dict_keys(['params/Dense_0/kernel'])
    >>> flat([(np.ones((3, 2)), np.ones(3)), ()]).keys()
    dict_keys(['0/0', '0/1'])
    """
    if not isinstance(tree, Mapping) and not _is_node(tree):
        raise TypeError(
            "a state dict must be a mapping of names to arrays, or a tree of such, not "
            f"{show(tree)}"
        )
    found: dict[str, Any] = {}
    for name, leaf in _leaves(tree, ""):
        if name in found:
            raise ValueError(f"the tree has two arrays of the path {show(name)}")
        found[name] = leaf
    return found


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        parts = tree.items()
    elif _is_node(tree):
        parts = enumerate(tree)  # type: ignore[assignment]
    else:
        if not hasattr(tree, "shape") and hasattr(tree, "value"):  # a variable
            tree = tree.value
        if tree is not None:
            yield path, tree
        return
    for name, part in parts:
        yield from _leaves(part, f"{path}/{name}" if path else str(name))


def _is_node(value: Any) -> bool:
    """Return whether a list or tuple holds arrays or trees, and is no array itself."""
    if not isinstance(value, list | tuple):
        return False
    return not value or any(
        hasattr(item, "shape") or isinstance(item, Mapping) or _is_node(item) for item in value
    )


def shapes_of(leaves: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of arrays of any framework, or of lists of numbers.

    Raises
    ------
    TypeError
        For a list whose rows differ in length.
    """
    found = {}
    for name, value in leaves.items():
        shape = getattr(value, "shape", None)
        try:
            found[name] = tuple(map(int, np.shape(value) if shape is None else shape))
        except ValueError:
            raise TypeError(f"{show(name)} must be a rectangular array of real numbers") from None
    return found


def written_like(
    weights: tuple[Array, ...],
    biases: tuple[Array | None, ...],
    like: Any,
    **options: Any,
) -> Any:
    """Return arrays under the names, in the layout and of the types of another tree.

    Sizes may differ. Whatever belongs to no layer is taken over.

    Raises
    ------
    TypeError, ValueError
        When `like` is no network of as many layers; when it has no place for a bias that is not
        zero, or makes a matrix of several tensors; when it keeps a batch normalisation, which
        would act on the new layers as well; when its type of numbers cannot hold the new ones.
    """
    leaves = flat(like)
    shapes = shapes_of(leaves)
    if kept := without_normalisations(shapes)[0]:
        raise ValueError(
            f"like has the batch normalisation {show(kept[0].name.rstrip('./'))}, which would act "
            "on the new layers as well: a network has none, so take one without it"
        )
    found = stored_layers(shapes, **options)
    if len(found) != len(weights):
        raise ValueError(f"like has {len(found)} layers, the network {len(weights)}")
    new: dict[str, Any] = {}
    for layer, weight, bias in zip(found, weights, biases, strict=True):
        for name, array in _stored(layer, weight, bias, shapes):
            new[name] = _held(name, array, _as(array, leaves[name]))
    return _replaced(like, "", new)


def _stored(
    layer: StoredLayer, weight: Array, bias: Array | None, shapes: Mapping[str, tuple[int, ...]]
) -> Iterator[tuple[str, Array]]:
    """Yield a layer's arrays as they are stored."""
    for source in (layer.matrix, layer.bias):
        if source is not None and source.kind != "plain":
            raise ValueError(f"like has {show(source.name)} in several tensors: {source.parts}")
    zeros = np.zeros(len(weight)) if bias is None else bias
    if layer.layout == "bias-column":
        yield layer.matrix.name, np.column_stack([weight, zeros])
        return
    if layer.bias is None and zeros.any():
        raise ValueError(
            f"like has no bias for {show(layer.matrix.name)}, and the network has one"
        )
    yield layer.matrix.name, weight.T if layer.layout == "in-out" else weight
    if layer.bias is not None:
        shape = shapes[layer.bias.name]
        if len(shape) == 2:
            row = shape[0] == 1 and shape[1] > 1
            zeros = zeros[None] if row or (shape == (1, 1) and len(zeros) > 1) else zeros[:, None]
        yield layer.bias.name, zeros


def _held(name: str, array: Array, made: Any) -> Any:
    """Return what was made of an array, or raise ValueError where it is another one.

    Rounding to a narrower type of floating-point numbers is none.
    """
    values, precision = doubles(name, made)
    exact = precision == np.finfo(np.float64).eps  # float64 or integers
    if not np.isfinite(values).all() or (exact and not np.array_equal(values, array)):
        raise ValueError(
            f"like has {show(name)} in the type {made.dtype}, which cannot hold the weights of "
            "the network: give it arrays of a wider type of floating-point numbers"
        )
    return made


def _as(array: Array, like: Any) -> Any:
    """Return an array in the framework, type and place of another one."""
    if callable(getattr(like, "new_tensor", None)):  # of PyTorch
        return like.detach().new_tensor(np.ascontiguousarray(array))
    if hasattr(like, "value") and not hasattr(like, "shape"):
        like = like.value
    if isinstance(like, np.ndarray | list | tuple) or not hasattr(like, "__array_namespace__"):
        with np.errstate(over="ignore"):  # is refused with its name
            return np.array(array, dtype=np.asarray(like).dtype)
    return like.__array_namespace__().asarray(array, dtype=like.dtype)


def _replaced(tree: Any, path: str, new: Mapping[str, Any]) -> Any:
    """Return the same tree, of plain dicts, with other arrays at some of its places."""
    if isinstance(tree, Mapping):
        return {k: _replaced(v, f"{path}/{k}" if path else str(k), new) for k, v in tree.items()}
    if _is_node(tree):
        parts = [_replaced(v, f"{path}/{k}" if path else str(k), new) for k, v in enumerate(tree)]
        return tuple(parts) if isinstance(tree, tuple) else parts
    return new.get(path, tree)


def reading(leaves: Mapping[str, Any]) -> Any:
    """Return a function that reads an array of a tree, for `assembled`."""

    def tensor(name: str) -> Any:
        found = doubles(name, leaves[name])
        return found._replace(values=np.array(found.values))

    return tensor
