"""The line of critical points between the copies of a neuron: loss, eigenvalues, plateaus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.landscape.inertia import wide_network
from critcount.landscape.neurons import require_layer
from critcount.landscape.problem import Problem
from critcount.landscape.small_matrices import NeuronBlock, neuron_blocks
from critcount.landscape.spectra import Spectrum
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network

__all__ = ["CriticalLine", "along_critical_line"]

#: A step off the line, relative to the length of the weights.
OFF = 1e-2


@dataclass(frozen=True, repr=False)
class CriticalLine:
    """Points at which a neuron is replaced by two copies; made by `along_critical_line`.

    Attributes
    ----------
    layer, neuron : int
    shares : numpy.ndarray
        (points,), of the outgoing weights that the first copy has; the second has the rest.
    loss : float
        The same at all points.
    lower : numpy.ndarray
        (points,), the lower of the losses a step off the line to either side, along the
        eigenvector of the lowest eigenvalue.
    step : float
        Its length.
    eigenvalues : numpy.ndarray
        (points, parameters), of the Hessian, ascending.
    reduced : Spectrum
        Of the Hessian of the narrow network.
    block : NeuronBlock
        Of the neuron, which says where the plateau is.
    """

    layer: int
    neuron: int
    shares: Array
    loss: float
    lower: Array
    step: float
    eigenvalues: Array
    reduced: Spectrum
    block: NeuronBlock

    def index(self, share: float) -> int | None:
        """Return the index at a point of the line, derived; None when undecided."""
        added = self.block.added([share, 1 - share])
        if added is None or self.reduced.index is None:
            return None
        return self.reduced.index + added.negative

    def plateaus(self) -> tuple[tuple[float, float], ...]:
        """Return the open intervals of shares in which the points are local minima.

        From (-∞, 0), (0, 1) and (1, ∞); none of them when the network is no strict minimum, or
        where that is undecided.
        """
        if self.reduced.index != 0 or self.reduced.nullity != 0:
            return ()
        inside, outside = (0.0, 1.0), ((-np.inf, 0.0), (1.0, np.inf))
        if self.block.kind == "positive":
            return (inside,)
        return outside if self.block.kind == "negative" else ()

    def _repr_html_(self) -> str:
        return markup.record(self)


def along_critical_line(
    problem: Problem,
    network: Network,
    layer: int,
    neuron: int,
    *,
    shares: Sequence[float] | None = None,
    limit: int = 500,
) -> CriticalLine:
    """Return loss and eigenvalues where a neuron of a critical point is replaced by two copies.

    Parameters
    ----------
    problem : Problem
        Without weight decay.
    network : Network
        A critical point of the loss.
    layer, neuron : int
    shares : sequence of float, optional
        Two or more, ascending. By default 111 from -0.6 to 1.6.
    limit : int
        The most parameters of the wider network, whose Hessian is made at every point.

    Returns
    -------
    CriticalLine

    Raises
    ------
    TypeError, ValueError, IndexError
        No such neuron; weight decay.
    SizeLimitError
        Past the limit.

    See Also
    --------
    critcount.landscape.inertia : index and nullity of any such point without a wide Hessian.
    critcount.plots.critical.critical_line : a figure of it.
    critcount.Plateaus : the subspaces with plateaus as a family: no weights, no loss.

    Examples
    --------
    >>> from critcount.landscape.training import train
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(-2, 2, size=(60, 2))
    >>> teacher = Network([rng.normal(size=(8, 2)), rng.normal(size=(1, 8))])
    >>> problem = Problem(x, teacher(x, "generic"))
    >>> network = train(problem, 2, seed=0).network
    >>> found = along_critical_line(problem, network, 0, 1, shares=[0.5, 1.2])
    >>> found.plateaus(), (found.eigenvalues < -1e-9).sum(axis=1)
    (((-inf, 0.0), (1.0, inf)), array([2, 0]))
    """
    if problem.weight_decay:
        raise ValueError(
            "problem must have no weight decay: with it only equal shares are critical"
        )
    layer = require_layer(network, layer)
    blocks = neuron_blocks(problem, network, layer)
    neuron = checks.integer("neuron", neuron)
    if not 0 <= neuron < len(blocks):
        raise IndexError(
            f"neuron must be one of the neurons 0, …, {len(blocks) - 1} of hidden layer {layer}, "
            f"not {neuron}"
        )
    given = np.linspace(-0.6, 1.6, 111) if shares is None else np.asarray(shares, np.float64)
    if given.ndim != 1 or len(given) < 2 or not np.isfinite(given).all():
        raise ValueError("shares must be a list of two finite numbers or more")
    if not (np.diff(given) > 0).all():
        raise ValueError("shares must ascend")
    words = [list(range(n)) for n in network.widths[1:-1]]
    words[layer].append(neuron)
    lower, eigenvalues = [], []
    step = OFF * float(np.linalg.norm(to_vector(network)))
    for share in given:
        betas = [np.ones(len(word)) for word in words]
        betas[layer][[neuron, -1]] = share, 1 - share
        wide = wide_network(network, words, betas)
        objective, vector = problem.at(wide), to_vector(wide)
        values, vectors = np.linalg.eigh(objective.hessian(vector, limit=limit))
        eigenvalues.append(values)
        lower.append(min(objective.loss(vector + s * step * vectors[:, 0]) for s in (1, -1)))
    norm = float(np.linalg.norm(problem.gradient(network)))
    return CriticalLine(
        layer,
        neuron,
        given,
        problem.loss(network),
        np.array(lower),
        step,
        np.array(eigenvalues),
        problem.spectrum(network, error=norm),
        blocks[neuron],
    )
