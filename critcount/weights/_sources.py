"""The matrices and vectors that tensors stand for: themselves, or what several make together.

Pruning by a mask stores a matrix and a mask of ones and zeros; weight normalisation stores lengths
g and directions v of the rows. Both are read as the one matrix that they stand for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from critcount.weights._names import is_mask

__all__ = ["ArrayShape", "Source", "is_vector", "masks", "sources"]

ArrayShape: TypeAlias = tuple[int, ...]


class Source(NamedTuple):
    """What makes a matrix or a vector.

    Attributes
    ----------
    name : str
        That of the tensor, or what it would be called without mask or normalisation.
    shape : tuple of int
    parts : tuple of str
        The tensors that are read for it.
    kind : {"plain", "masked", "normed"}
        "masked": a tensor times a mask. "normed": g v / ‖v‖, g before v.
    """

    name: str
    shape: ArrayShape
    parts: tuple[str, ...]
    kind: Literal["plain", "masked", "normed"] = "plain"


def sources(shapes: Mapping[str, ArrayShape]) -> dict[str, Source]:
    """Return what the tensors make; those that are parts of something else are not in it.

    The names are those of PyTorch's `prune`, `weight_norm` and `parametrizations.weight_norm`.

    >>> pruned = {"0.weight_orig": (5, 2), "0.weight_mask": (5, 2), "2.weight": (1, 5)}
    >>> [source.name for source in sources(pruned).values()]
    ['0.weight', '2.weight']
    """
    found: dict[str, Source] = {}
    used: set[str] = set()
    for name, shape in shapes.items():
        source = _made(name, shape, shapes)
        if source.name in shapes and source.name != name:  # not without a clash of names
            source = Source(name, shape, (name,))
        if source.kind != "plain":
            used.update(source.parts)
        found[source.name] = source
    return {
        name: source
        for name, source in found.items()
        if source.kind != "plain" or name not in used
    }


def _made(name: str, shape: ArrayShape, shapes: Mapping[str, ArrayShape]) -> Source:
    stem = name.removesuffix("_orig")
    if stem != name and shapes.get(mask := f"{stem}_mask") == shape:
        return Source(stem, shape, (name, mask), "masked")
    for v, g in (("_v", "_g"), (".original1", ".original0")):
        stem = name.removesuffix(v)
        if stem == name or len(shape) != 2 or stem + g not in shapes:
            continue
        if shapes[stem + g] in ((shape[0], 1), (1, shape[1]), (1, 1), (1,), ()):
            return Source(_without_parametrizations(stem), shape, (stem + g, name), "normed")
    return Source(name, shape, (name,))


def _without_parametrizations(name: str) -> str:
    head, found, tail = name.rpartition("parametrizations.")
    return head + tail if found else name


def is_vector(shape: ArrayShape, length: int | None = None) -> bool:
    """Return whether a shape is that of a vector, maybe as one column or row of a matrix.

    >>> [is_vector(shape, 5) for shape in ((5,), (5, 1), (1, 5), (5, 2), (4,))]
    [True, True, True, False, False]
    """
    if len(shape) == 1 or (len(shape) == 2 and 1 in shape):
        return length is None or math.prod(shape) == length
    return False


def masks(found: Mapping[str, Source]) -> set[str]:
    """Return the names of masks: so called, and of the shape of a matrix that is none.

    >>> sorted(masks(sources({"0.weight": (5, 2), "0.weight_mask": (5, 2), "mask": (1, 5)})))
    ['0.weight_mask']
    """
    others = {source.shape for name, source in found.items() if not is_mask(name)}
    return {name for name, source in found.items() if is_mask(name) and source.shape in others}
