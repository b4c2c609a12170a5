"""Proof by numbers: a random element of the group, float64, the largest deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from critcount._support import markup
from critcount.models.elements import Relabelling, cycle
from critcount.models.labels import Labels
from critcount.models.tree import Draw

__all__ = ["Forward", "Proof", "prove"]

#: Largest relative deviation that rounding explains in float64.
PROOF_TOLERANCE = 1e-10


class Forward(Protocol):
    """Runs a model in float64."""

    def __call__(
        self, weights: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray], /
    ) -> Sequence[np.ndarray]:
        """Return the outputs of the model with these parameters."""
        ...

    def inputs(self) -> Sequence[np.ndarray]:
        """Return inputs of the shapes that the model was read with."""
        ...


class Provable(Protocol):
    """What a proof asks of a symmetry."""

    @property
    def weights(self) -> Mapping[str, np.ndarray] | None:
        """The parameters."""
        ...

    @property
    def run(self) -> Forward | None:
        """What runs the model."""
        ...

    def drawn(self, draw: Draw, /) -> Relabelling:
        """Return the element that draws make."""
        ...

    def movable(self) -> Labels:
        """Return the labels that some element moves."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """What a random element of the group did to the outputs.

    Attributes
    ----------
    deviation : float
        Largest absolute difference of an output.
    scale : float
        Largest absolute output.
    moved : float
        Share of the coordinates that the group can move which the element moved.
    tolerance : float
        Largest relative deviation that passes.
    """

    deviation: float
    scale: float
    moved: float
    tolerance: float = PROOF_TOLERANCE

    @property
    def relative(self) -> float:
        """The deviation relative to the scale."""
        return self.deviation / self.scale if self.scale else self.deviation

    @property
    def holds(self) -> bool:
        """Whether the deviation is rounding."""
        return bool(np.isfinite(self.relative) and self.relative <= self.tolerance)

    def _repr_html_(self) -> str:
        return markup.record(self)


def generic(weights: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return weights near the given ones in which no two are equal.

    Fresh models have biases 0 and gains 1, trained ones a layer that was never used: there a wrong
    permutation would change nothing. Positive tensors (variances) stay positive.
    """
    result = {}
    for name, value in weights.items():
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(np.float64)
            noise = rng.standard_normal(array.shape)
            size = float(np.sqrt(np.mean(array**2))) if array.size else 0.0
            if array.size and float(array.min()) > 0:
                array = array * np.exp(0.1 * noise)
            else:
                array = array + (0.1 * size or 0.05) * noise
        result[name] = array
    return result


def prove(
    symmetry: Provable,
    rng: np.random.Generator,
    inputs: Sequence[np.ndarray] | None = None,
) -> Proof:
    """Apply a random element of the group in float64 and compare the outputs.

    The element is drawn as one cycle through the units of each family, so that every unit moves.
    The parameters are made generic first (`generic`), so that none is hidden by a 0.

    Parameters
    ----------
    symmetry : Symmetry
        Of a model that can be run.
    rng : numpy.random.Generator
    inputs : sequence of arrays, optional
        The model's inputs; by default random ones of the shapes read.

    Raises
    ------
    ValueError
        When the model cannot be run: it has no parameters (meta device), or its program came
        from an architecture.
    """
    if symmetry.run is None or symmetry.weights is None:
        raise ValueError("the model cannot be run: it was read without parameters")
    if inputs is None:
        inputs = symmetry.run.inputs()
    element = symmetry.drawn(cycle(rng))
    weights = generic(symmetry.weights, rng)
    changed = element.apply(weights)
    before = symmetry.run(weights, inputs)
    after = symmetry.run(changed, inputs)
    deviation = scale = 0.0
    for a, b in zip(before, after, strict=True):
        if a.size:
            deviation = max(deviation, float(np.max(np.abs(a - b))))
            scale = max(scale, float(np.max(np.abs(a))))
    nodes = symmetry.movable()
    moved = element.image[nodes] != nodes
    return Proof(deviation, scale, float(np.mean(moved)) if nodes.size else 0.0)
