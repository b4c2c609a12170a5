"""How a network is read from tensors by name: which make its layers, and what is folded in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from critcount._support.types import Array
from critcount.weights._arrays import assembled
from critcount.weights._bytes import Tensor
from critcount.weights._chain import Layout, stored_layers
from critcount.weights._normalisation import (
    folded,
    places,
    required_eps,
    without_normalisations,
)
from critcount.weights._sources import ArrayShape

__all__ = ["Reading"]

#: Weight matrices, biases, precision.
Read: TypeAlias = tuple[list[Array], list[Array | None], float]


class Reading:
    """What is to be read, known from names and shapes alone.

    Attributes
    ----------
    parts : list of str
        The names of the tensors that are read.
    """

    def __init__(
        self,
        shapes: Mapping[str, ArrayShape],
        tensors: Iterable[str] | None,
        layout: Layout | None,
        batch_norm_eps: float | None,
    ) -> None:
        self._eps = 0.0
        self._places = []
        if batch_norm_eps is None:
            self._layers = stored_layers(shapes, tensors, layout)
        else:
            self._eps = required_eps(batch_norm_eps)
            normalisations, rest = without_normalisations(shapes)
            self._layers = stored_layers(rest, tensors, layout)
            self._places = places(normalisations, self._layers)
        sources = [s for layer in self._layers for s in (layer.matrix, layer.bias) if s]
        self.parts = [part for source in sources for part in source.parts]
        self.parts += [part for at in self._places for part in at.normalisation.parts.values()]

    def carried_out(self, read: Callable[[str], Tensor]) -> Read:
        """Return weights, biases and the coarsest precision."""
        return folded(assembled(self._layers, read), self._places, read, self._eps)
