"""What lies above a critical point: kinds of neurons, plateaus, permutation points by index."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.counting.layer import G
from critcount.counting.plateaus import count_plateau_regions, count_plateaus, index_distribution
from critcount.landscape.inertia import Block, neuron_blocks
from critcount.landscape.neurons import require_layer
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import Spectrum, spectrum
from critcount.output.rendering import TableCell
from critcount.weights.network import Network

__all__ = ["COUNT_COLUMNS", "INERTIA_COLUMNS", "CriticalSummary", "read_data", "summarise"]

#: The largest gradient, relative to 1 and the loss, of a point that counts as critical.
CRITICAL = 1e-6

INERTIA_COLUMNS = ("layer", "neuron", "rank", "positive", "negative", "zero", "kind")
COUNT_COLUMNS = ("quantity", "of", "value")


@dataclass(frozen=True)
class CriticalSummary:
    """The critical subspaces above a critical point, in one of its layers; made by `summarise`.

    Attributes
    ----------
    layer, width : int
        The width that the layer is to have.
    blocks : tuple of Block
        Of the neurons of the layer.
    reduced : Spectrum
        Of the Hessian of the critical point.
    subspaces : int
        G(r, m).
    plateaus, regions : int or None
        How many of them contain local minima, and in how many connected regions; None when
        undecided.
    indices : dict or None
        The number of permutation points of order m - r by their index; None when undecided.
    """

    layer: int
    width: int
    blocks: tuple[Block, ...]
    reduced: Spectrum
    subspaces: int
    plateaus: int | None
    regions: int | None
    indices: dict[int, int] | None

    def block_rows(self) -> list[tuple[TableCell, ...]]:
        """Return a row for every neuron, in the columns `INERTIA_COLUMNS`."""
        rows: list[tuple[TableCell, ...]] = []
        for block in self.blocks:
            on = block.signature
            signs = (None, None, None) if on is None else (on.positive, on.negative, on.zero)
            rows.append((block.layer, block.neuron, block.rank, *signs, block.kind))
        return rows

    def count_rows(self) -> list[tuple[TableCell, ...]]:
        """Return the counts, in the columns `COUNT_COLUMNS`."""
        rows: list[tuple[TableCell, ...]] = [
            ("index of the network", None, self.reduced.index),
            ("critical subspaces", None, self.subspaces),
            ("with local minima", None, self.plateaus),
            ("regions of local minima", None, self.regions),
        ]
        if self.indices is None:
            return [*rows, ("permutation points by index", None, None)]
        return rows + [
            ("permutation points of index", index, number)
            for index, number in self.indices.items()
        ]

    def _repr_html_(self) -> str:
        return markup.record(self)


def summarise(
    problem: Problem, network: Network, width: int, *, layer: int = 0, limit: int = 5000
) -> CriticalSummary:
    """Return what lies above a critical point when one of its hidden layers is widened.

    Parameters
    ----------
    problem : Problem
        Without weight decay.
    network : Network
        A critical point of the loss.
    width : int
        That the layer is to have, at least its width.
    layer : int
        A hidden layer, from 0.
    limit : int
        The most parameters, since the Hessian of the network is made.

    Returns
    -------
    CriticalSummary
        Where the network is no strict local minimum, none of the subspaces counts as a plateau.

    Raises
    ------
    ValueError
        When the gradient is larger than 10^-6, the width too small, or there is weight decay.

    Examples
    --------
    >>> from critcount.landscape.training import train
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(-2, 2, size=(60, 2))
    >>> teacher = Network([rng.normal(size=(8, 2)), rng.normal(size=(1, 8))])
    >>> problem = Problem(x, teacher(x, "generic"))
    >>> found = summarise(problem, train(problem, 2, seed=0).network, 4)
    >>> found.subspaces, found.plateaus, found.indices
    (14, 4, {3: 6})
    """
    if problem.weight_decay:
        raise ValueError("problem must have no weight decay: with it subspaces are not critical")
    layer = require_layer(network, layer)
    r = network.widths[layer + 1]
    width = checks.integer("width", width, minimum=r)
    norm = float(np.linalg.norm(problem.gradient(network)))
    if not norm <= CRITICAL:
        raise ValueError(
            f"network must be critical: the norm of its gradient is {norm:.1e}, not "
            f"{CRITICAL:.0e} or less"
        )
    found = neuron_blocks(problem, network, layer)
    reduced = spectrum(problem.hessian(network, limit=limit), error=norm)
    kinds = [block.kind for block in found]
    plateaus, regions = _plateaus(kinds, reduced, r, width)
    added = [block.quadratic(1) for block in found]
    indices = None
    if reduced.index is not None and all(part is not None for part in added):
        indices = index_distribution(
            [part.negative for part in added if part is not None], width, index=reduced.index
        )
    subspaces = G(r, width)
    return CriticalSummary(layer, width, found, reduced, subspaces, plateaus, regions, indices)


def _plateaus(
    kinds: list[str], reduced: Spectrum, r: int, width: int
) -> tuple[int | None, int | None]:
    if reduced.index:
        return 0, 0
    if "undecided" in kinds or reduced.index is None or reduced.nullity:
        return None, None
    single = kinds.count("none")
    positive, negative = kinds.count("positive"), kinds.count("negative")
    return (
        count_plateaus(r - single, single, width),
        count_plateau_regions(positive, negative, single, width),
    )


def read_data(path: str | os.PathLike[str]) -> tuple[Array, Array]:
    """Return the arrays "inputs" and "targets" of an .npz file.

    Raises
    ------
    OSError, ValueError
        When the file cannot be read or has no such arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            return found["inputs"], found["targets"]
    except (KeyError, ValueError, EOFError) as error:
        raise ValueError(
            f"{os.fspath(path)}: is no .npz file with the arrays inputs and targets"
        ) from error
