"""What lies above a critical point: kinds of neurons, plateaus, permutation points by index."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from critcount._support import checks, markup
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.architecture import widths_text
from critcount.counting.layer import G
from critcount.counting.plateaus import count_plateau_regions, count_plateaus, index_distribution
from critcount.landscape.neurons import replicate, require_layer
from critcount.landscape.problem import Problem
from critcount.landscape.reckoning import Announce, spectrum_work
from critcount.landscape.small_matrices import NeuronBlock, neuron_blocks
from critcount.landscape.spectra import Spectrum
from critcount.landscape.ties import TiedPoint, tied_point
from critcount.output.rendering import TableCell
from critcount.weights.network import Network, require_network

__all__ = [
    "COUNT_COLUMNS",
    "INERTIA_COLUMNS",
    "POINT_COLUMNS",
    "CriticalSummary",
    "TiedSummary",
    "summarise",
    "summarise_ties",
]

#: The largest gradient, relative to 1 and the loss, of a point that counts as critical.
CRITICAL_GRADIENT = 1e-6

INERTIA_COLUMNS = ("layer", "neuron", "rank", "positive", "negative", "zero", "kind")
COUNT_COLUMNS = ("quantity", "of", "value")
POINT_COLUMNS = ("doubled", "loss", "gradient_norm", "index", "lowest")


@dataclass(frozen=True)
class CriticalSummary:
    """The critical subspaces above a critical point with wider layers; made by `summarise`.

    Attributes
    ----------
    layers : tuple of int
        Those that are looked at.
    widths : tuple of int
        That they are to have.
    blocks : tuple of NeuronBlock
        Of the neurons of these layers.
    reduced : Spectrum
        Of the Hessian of the critical point.
    subspaces : int
        The product of the G(r, m).
    plateaus, regions : int or None
        How many of them contain local minima, and in how many connected regions; None when
        undecided.
    indices : dict or None
        The number of permutation points, of the order m - r in every layer, by their index; None
        when undecided.
    """

    layers: tuple[int, ...]
    widths: tuple[int, ...]
    blocks: tuple[NeuronBlock, ...]
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


@dataclass(frozen=True)
class TiedSummary:
    """Permutation points with weight decay; made by `summarise_ties`.

    Attributes
    ----------
    layer, width : int
        The width that the layer has.
    points : tuple of TiedPoint
        One for each choice of neurons that are doubled.
    doubled : tuple of tuple of int
        Which.
    each : int
        How many networks each of them is, with the neurons of the layer in any order.
    """

    layer: int
    width: int
    points: tuple[TiedPoint, ...]
    doubled: tuple[tuple[int, ...], ...]
    each: int

    @property
    def indices(self) -> dict[int | None, int]:
        """The number of points by index, ascending; None at last, where undecided."""
        found = Counter(point.index for point in self.points)
        order = sorted(found, key=lambda index: (index is None, index))
        return {index: found[index] * self.each for index in order}

    def point_rows(self) -> list[tuple[TableCell, ...]]:
        """Return a row for every choice of doubled neurons, in the columns `POINT_COLUMNS`."""
        return [
            (
                ", ".join(map(str, doubled)),
                point.loss,
                point.gradient_norm,
                point.index,
                min(float(block.eigenvalues[0]) for block in point.antisymmetric),
            )
            for doubled, point in zip(self.doubled, self.points, strict=True)
        ]

    def count_rows(self) -> list[tuple[TableCell, ...]]:
        """Return the counts, in the columns `COUNT_COLUMNS`."""
        rows: list[tuple[TableCell, ...]] = [
            ("permutation points", None, len(self.points) * self.each)
        ]
        return rows + [
            ("permutation points of index", index, number)
            for index, number in self.indices.items()
        ]

    def _repr_html_(self) -> str:
        return markup.record(self)


def summarise(
    problem: Problem,
    network: Network,
    width: int | Sequence[int],
    *,
    layer: int | None = None,
    limit: int = 5000,
    announce: Announce | None = None,
) -> CriticalSummary:
    """Return what lies above a critical point when hidden layers are widened.

    Parameters
    ----------
    problem : Problem
        Without weight decay; with it there is `summarise_ties`.
    network : Network
        A critical point of the loss.
    width : int or sequence of int
        That a layer is to have, at least its width; or one for each hidden layer.
    layer : int, optional
        A hidden layer, from 0, where there is one width; by default the first.
    limit : int
        The most parameters for which the Hessian of the network is made; beyond it its lowest
        eigenvalues come from products.
    announce : callable, optional
        Told before the spectrum of the network how much memory and time it takes, a
        `spectrum_work`; ``print`` shows it.

    Returns
    -------
    CriticalSummary
        Where the network is no strict local minimum, none of the subspaces counts as a plateau.

    Raises
    ------
    ValueError
        When the gradient is larger than 10^-6, a width too small, or there is weight decay.
    SizeLimitError
        When the spectrum takes more memory than the machine has.

    See Also
    --------
    summarise_ties : the permutation points with weight decay.
    critcount.count_plateaus : the number of subspaces with local minima, from the neurons' kinds.
    critcount.index_distribution : the number of permutation points by index.
    critcount.landscape.critical_subspace_inertia : the Hessian at a single point.

    Notes
    -----
    The words of several layers are chosen independently, and what they add to index and nullity
    adds up, but for further zeros where neighbouring layers are widened: they belong
    to the weights between copies and copies, along which the loss stays. So the numbers of
    subspaces, of those with local minima and of their regions are products, and the index has as
    generating function the product of those of the layers (derived). In a layer that is not
    widened every order of its neurons is one.

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
    hidden = require_network("network", network).widths[1:-1]
    if isinstance(width, Sequence) and not isinstance(width, str):
        widths = checks.integers("width", width, minimum=1)
        if layer is not None:
            raise ValueError(f"width must be one number for one layer, not {widths_text(widths)}")
        if len(widths) != len(hidden):
            raise ValueError(
                f"width must have as many numbers as {widths_text(network.widths)} has hidden "
                f"layers, {len(hidden)}, not {widths_text(widths)}"
            )
        layers = tuple(range(len(hidden)))
    else:
        layers = (require_layer(network, 0 if layer is None else layer),)
        widths = (checks.integer("width", width),)
    for k, m in zip(layers, widths, strict=True):
        checks.integer("width", m, minimum=hidden[k])
    norm = float(np.linalg.norm(problem.gradient(network)))
    if not norm <= CRITICAL_GRADIENT:
        raise ValueError(
            f"network must be critical: the norm of its gradient is {norm:.1e}, not "
            f"{CRITICAL_GRADIENT:.0e} or less"
        )
    if announce is not None:
        announce(spectrum_work(problem, network, limit=limit))
    reduced = problem.spectrum(network, error=norm, limit=limit)
    blocks: list[NeuronBlock] = []
    plateaus: int | None = 1
    regions: int | None = 1
    indices: dict[int, int] | None = None if reduced.index is None else {reduced.index: 1}
    for k, m in zip(layers, widths, strict=True):
        found = neuron_blocks(problem, network, k)
        blocks += found
        more = _plateaus([block.kind for block in found], reduced, hidden[k], m)
        plateaus = None if plateaus is None or more is None else plateaus * more.subspaces
        regions = None if regions is None or more is None else regions * more.regions
        indices = _convolved(indices, found, m)
    subspaces = math.prod(G(hidden[k], m) for k, m in zip(layers, widths, strict=True))
    return CriticalSummary(
        layers, widths, tuple(blocks), reduced, subspaces, plateaus, regions, indices
    )


def _convolved(
    indices: dict[int, int] | None, blocks: Sequence[NeuronBlock], width: int
) -> dict[int, int] | None:
    """Return the numbers of points by index when one more layer is widened."""
    if indices is None or width == len(blocks):
        return None if indices is None else _times(indices, {0: math.factorial(width)})
    added = [block.quadratic(1) for block in blocks]
    if any(part is None for part in added):
        return None
    negative = [part.negative for part in added if part is not None]
    return _times(indices, index_distribution(negative, width))


def _times(one: dict[int, int], two: dict[int, int]) -> dict[int, int]:
    total: Counter[int] = Counter()
    for (i, a), (j, b) in itertools.product(one.items(), two.items()):
        total[i + j] += a * b
    return dict(sorted(total.items()))


class _WithMinima(NamedTuple):
    """How many subspaces of a layer contain local minima, and in how many regions."""

    subspaces: int
    regions: int


def _plateaus(kinds: list[str], reduced: Spectrum, r: int, width: int) -> _WithMinima | None:
    """Return the plateaus above a layer; None if undecided."""
    if reduced.index:
        return _WithMinima(0, 0)
    if reduced.index is None or reduced.nullity != 0:
        return None
    if width == r:
        return _WithMinima(math.factorial(r), math.factorial(r))
    if "undecided" in kinds:
        return None
    single = kinds.count("none")
    positive, negative = kinds.count("positive"), kinds.count("negative")
    return _WithMinima(
        count_plateaus(r - single, single, width),
        count_plateau_regions(positive, negative, single, width),
    )


def summarise_ties(
    problem: Problem,
    network: Network,
    width: int,
    *,
    layer: int = 0,
    most: int = 1000,
    advance: Advance = silent,
) -> TiedSummary:
    """Return the permutation points with weight decay that lie near a network, by index.

    With weight decay copies with equal shares alone stay critical, and elsewhere than without: for
    every choice of width - r neurons that are doubled the loss is minimised with their copies tied
    (`tied_point`), from the network with these neurons halved. Other starts may lead to others.

    Parameters
    ----------
    problem : Problem
    network : Network
        Where the descents begin, mostly a minimum of the same problem.
    width : int
        That the layer is to have, from its width r to 2r.
    layer : int
        A hidden layer, from 0.
    most : int
        The most choices.
    advance : callable
        Told of choices done.

    Returns
    -------
    TiedSummary

    Raises
    ------
    ValueError
        A width that is not from r + 1 to 2r.
    SizeLimitError
        More choices than that.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(-2, 2, size=(60, 2))
    >>> problem = Problem(x, np.arange(60) % 3, "tanh", "cross-entropy", weight_decay=1e-3)
    >>> start = Network([rng.normal(size=(2, 2)), rng.normal(size=(3, 2))])
    >>> found = summarise_ties(problem, start, 3)
    >>> found.doubled, found.each, sum(found.indices.values())
    (((0,), (1,)), 3, 6)
    """
    layer = require_layer(network, layer)
    r = network.widths[layer + 1]
    width = checks.integer("width", width, minimum=r + 1, maximum=2 * r)
    order = width - r
    number = math.comb(r, order)
    advice = "name a narrower width, or raise most"
    checks.size("the permutation points", number, most, "choices of doubled neurons", advice)
    doubled = tuple(itertools.combinations(range(r), order))
    points = []
    for chosen in doubled:
        start = replicate(network, layer, [*range(r), *chosen])
        pairs = [(neuron, r + place) for place, neuron in enumerate(chosen)]
        points.append(tied_point(problem, start, layer, pairs))
        advance(1)
    return TiedSummary(layer, width, tuple(points), doubled, math.factorial(width) >> order)
