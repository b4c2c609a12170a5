"""Which subspace a network lies on, and the minimal network that computes its function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from critcount._support import checks
from critcount._support.types import Array, Function, Indices
from critcount.architecture import widths_text
from critcount.configurations.configuration import Configuration
from critcount.weights.constraints import Blocks, join
from critcount.weights.irreducible import require_irreducible
from critcount.weights.matching import match
from critcount.weights.network import Network, activation_function, require_network
from critcount.weights.reduction import NeedsFunctionError, Reduction, reduce
from critcount.weights.subspaces import AffineSubspace, joined, require_tolerance

__all__ = ["BlockResidual", "Change", "Classification", "ConstantNeuron", "classify"]

Block: TypeAlias = tuple[str, tuple[int, ...]]
Named: TypeAlias = tuple[Block, ...]
SMALLEST = 1e-140  # the square of what a tolerance leaves of it is still a number
PARITIES = ("generic", "odd", "even")


class BlockResidual(NamedTuple):
    """How far the neurons of one block are from the subspace.

    Attributes
    ----------
    layer : int
        The hidden layer, from 0.
    kind : str
        "replication" or "zero".
    label : int
        t of K_t, l of Z_l.
    neurons : tuple of int
    incoming : float
        The largest distance of a neuron's incoming weights and bias from those of the nearest
        point of the subspace, relative to the largest norm of a neuron's in the layer.
    outgoing : float
        The distance of the block's outgoing weights from those of the nearest point, relative to
        the largest norm of a neuron's outgoing weights in the layer.
    total : float
        The norm of the sum of the block's outgoing weights, relative to the same: a replication
        block for which it is small is nearly of zero type.
    """

    layer: int
    kind: str
    label: int
    neurons: tuple[int, ...]
    incoming: float
    outgoing: float
    total: float


class ConstantNeuron(NamedTuple):
    """A neuron whose incoming weights vanish, so that it computes a constant.

    Attributes
    ----------
    layer, neuron : int
        From 0.
    bias : float
        Its bias, with what constant neurons below add to it; 0 where there is none.
    folded : bool
        Whether its outgoing weights have been made into a bias of the next layer or into those of
        another constant neuron. False when they cancel within its zero-type block, and
        for the one constant neuron that takes the place of a bias.
    """

    layer: int
    neuron: int
    bias: float
    folded: bool


class Change(NamedTuple):
    """Blocks that another tolerance would make other blocks.

    Attributes
    ----------
    layer : int
        The hidden layer, from 0.
    tolerance : float
        The other tolerance.
    before, after : tuple of (str, tuple of int)
        Kind and neurons of the blocks at the given and at the other tolerance.
    note : str
        Empty, or why the network cannot be classified at the other tolerance.
    """

    layer: int
    tolerance: float
    before: Named
    after: Named
    note: str = ""


@dataclass(frozen=True, repr=False)
class Classification:
    """The answer of `classify`.

    Attributes
    ----------
    network : Network
        What was classified.
    tolerance : float
    minimal : Network
        The irreducible network that computes the same function: means over the blocks. Its
        neurons are in the order of the reference's, or of first appearance.
    configurations : tuple of Configuration
        One for every hidden layer.
    constant_neurons : tuple of ConstantNeuron
        They are zero-type in the configuration.
    flips : tuple of tuple of int
        For every hidden layer the neurons whose incoming weights and bias are taken negatively
        (odd and even activations).
    equivalent : Network
        The network after the flips and after constants were made into biases: the same
        function, and near `projection`.
    projection : Network
        The point of the subspace nearest to `equivalent`.
    distance : float
        Their Euclidean distance.
    residual : tuple of BlockResidual
        How far the blocks are from the subspace; replication blocks first in every layer.
    changes : tuple of Change
        What half and twice the tolerance would change.
    """

    network: Network
    tolerance: float
    minimal: Network
    configurations: tuple[Configuration, ...]
    constant_neurons: tuple[ConstantNeuron, ...]
    flips: tuple[tuple[int, ...], ...]
    equivalent: Network
    projection: Network
    distance: float
    residual: tuple[BlockResidual, ...]
    changes: tuple[Change, ...]

    @property
    def subspace(self) -> AffineSubspace:
        """The subspace of the configurations."""
        return AffineSubspace(self.minimal, self.configurations)

    def __repr__(self) -> str:
        extra = f", {len(self.constant_neurons)} constant" if self.constant_neurons else ""
        return (
            f"<Classification: {widths_text(self.network.widths)} reduces to "
            f"{widths_text(self.minimal.widths)}{extra}, distance {self.distance:.2g}>"
        )


def classify(
    network: Network,
    tolerance: float,
    reference: Network | None = None,
    activation: str = "generic",
    *,
    function: str | Function | None = None,
) -> Classification:
    """Return the subspace that a network lies on, and its minimal network.

    Parameters
    ----------
    network : Network
    tolerance : float
        Two neurons of a layer are copies when their incoming weights and biases (in deeper
        layers the sums over the blocks below) differ by no more than this times the largest norm
        of a neuron's in the layer, and so are chains of such neurons. Outgoing weights of a block
        cancel when their sum is no larger than this times the largest norm of a neuron's outgoing
        weights. About the relative accuracy of the weights: 1e-9 for exact constructions in
        float64, 1e-2 to 1e-4 for trained students.
    reference : Network, optional
        An irreducible network that gives the labels: neurons of K_t are copies of its neuron t.
    activation : {"generic", "odd", "even"}
        Whether σ(-z) = -σ(z) (tanh, erf) or σ(-z) = σ(z): neurons that agree up to sign are
        flipped to the sign of the first of them, or of the reference's, before everything else.
    function : str or callable, optional
        σ itself, by name or as a numpy function. Needed only when neurons compute constants that
        are to be folded into biases.

    Returns
    -------
    Classification

    Raises
    ------
    TypeError, ValueError
        For a bad argument; when the reference is not irreducible, or is not what the network
        reduces to (the message says in what they differ); when constants are to be folded and
        `function` is missing.

    See Also
    --------
    critcount.Expansions : the subspaces themselves: listed, ranked, drawn at random.
    critcount.embed : the other way: weights for a configuration.

    Notes
    -----
    Derived: after merging forwards and dropping backwards the minimal network is irreducible, and
    for an activation without further identities (Şimşek et al. 2021, arXiv 2105.12221) there is
    no smaller one. Not seen are coincidences that such identities allow: scaling for ReLU,
    σ(z) + σ(-z) = 1 for the sigmoid, softplus(z) - softplus(-z) = z.

    Examples
    --------
    >>> from critcount import Configuration
    >>> from critcount.weights.subspaces import embed
    >>> teacher = Network([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 3.0]]])
    >>> student = embed(teacher, Configuration.from_word([1, 0, 2, 1, 2], 2), rng=0)
    >>> classify(student, 1e-9).configurations
    (Configuration(K0={0, 3}, K1={1}, Z0={2, 4}),)
    >>> found = classify(student, 1e-9, reference=teacher)
    >>> found.configurations
    (Configuration(K0={1}, K1={0, 3}, Z0={2, 4}),)
    >>> found.minimal.weights[1].round(9)
    array([[2., 3.]])
    """
    require_network("network", network)
    if reference is not None:
        require_irreducible("reference", reference)
    return classify_as(
        "the network", network, tolerance, reference, "the reference", activation, function
    )


def classify_as(
    name: str,
    network: Network,
    tolerance: float,
    reference: Network | None = None,
    reference_name: str = "",
    activation: str = "generic",
    function: str | Function | None = None,
) -> Classification:
    """Return what `classify` does, with names for the networks in messages."""
    tolerance = require_tolerance(tolerance)
    parity = checks.choice("activation", activation, PARITIES)
    sigma = None if function is None else activation_function("function", function)
    for k, weight in enumerate(network.weights):
        if 0 < (size := float(np.abs(weight).max(initial=0))) < SMALLEST:
            raise ValueError(
                f"weights[{k}] of {name} are at most {size:.1e} in magnitude, so small that their "
                "squares vanish: rescale the layer"
            )
    reduction = reduce(network, tolerance, parity, sigma)
    minimal = reduction.minimal
    places = [np.arange(r) for r in minimal.widths[1:-1]]
    signs = [layer.signs for layer in reduction.layers]
    if reference is not None:
        matching = match(minimal, reference, tolerance, parity, (name, reference_name))
        minimal, places = matching.network, list(matching.places)
        for layer, sign in zip(reduction.layers, matching.signs, strict=True):
            position = _positions(layer.letters, layer.kept)
            kept = position >= 0
            layer.signs[kept] *= sign[position[kept]]
            if parity == "odd":
                layer.feed = layer.feed * sign
    configurations = _configurations(reduction, places)
    equivalent = _equivalent(network, reduction, configurations, places, parity)
    projection = AffineSubspace(minimal, configurations).project(equivalent)
    layers = range(len(network.weights))
    differences = [joined(equivalent, k) - joined(projection, k) for k in layers]
    return Classification(
        network=network,
        tolerance=tolerance,
        minimal=minimal,
        configurations=configurations,
        constant_neurons=_constant_neurons(network, reduction),
        flips=tuple(tuple(np.flatnonzero(sign < 0).tolist()) for sign in signs),
        equivalent=equivalent,
        projection=projection,
        distance=float(np.sqrt(sum(float(np.vdot(d, d)) for d in differences))),
        residual=_residual(equivalent, differences, configurations),
        changes=_changes(network, tolerance, parity, sigma, configurations),
    )


def _positions(letters: Indices, kept: Indices) -> Indices:
    """Return the minimal neuron of every neuron, -1 where there is none."""
    number = max(int(letters.max(initial=-1)), int(kept.max(initial=-1))) + 1
    position = np.full(number, -1, dtype=np.intp)
    position[kept] = np.arange(len(kept))
    return np.asarray(position[letters])


def _configurations(
    reduction: Reduction, places: list[Indices] | None = None
) -> tuple[Configuration, ...]:
    layers = []
    for k, layer in enumerate(reduction.layers):
        position = _positions(layer.letters, layer.kept)
        r = len(layer.kept)
        place = np.arange(r) if places is None else places[k]
        letters = layer.letters + r
        letters[position >= 0] = place[position[position >= 0]]
        layers.append(Configuration._canonical(letters.tolist(), r))
    return tuple(layers)


def _equivalent(
    network: Network,
    reduction: Reduction,
    configurations: tuple[Configuration, ...],
    places: list[Indices],
    parity: str,
) -> Network:
    """Return the network with neurons flipped and constants made into biases."""
    weights, biases = [], []
    last = len(network.weights) - 1
    for k, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        if k:
            below = reduction.layers[k - 1]
            raw = weight
            factor = below.signs if parity == "odd" else np.ones(len(below.signs))
            weight = weight * factor if (factor < 0).any() else weight
            if below.folded.any():
                blocks = Blocks.of(configurations[k - 1])
                letters = blocks.letters
                sums = blocks.sums(weight)
                goal = sums.copy()
                goal[:, places[k - 1]] = np.asarray((below.feed.T @ raw.T).T)
                folded = np.unique(letters[below.folded])
                goal[:, folded[folded >= len(below.kept)]] = 0
                weight = weight + ((goal - sums) / blocks.sizes)[:, letters]
                if bias is not None:
                    bias = bias + raw @ below.value
        if k < last:
            signs = reduction.layers[k].signs
            if (signs < 0).any():
                weight = weight * signs[:, None]
                bias = None if bias is None else bias * signs
        weights.append(weight)
        biases.append(bias)
    return Network._trusted(weights, biases, network.precision, network.activation)


def _constant_neurons(network: Network, reduction: Reduction) -> tuple[ConstantNeuron, ...]:
    found = []
    for k, layer in enumerate(reduction.layers):
        bias = network.biases[k]
        offset = np.zeros(len(layer.letters)) if bias is None else bias
        if k and bias is not None:
            offset = offset + network.weights[k] @ reduction.layers[k - 1].value
        found += [
            ConstantNeuron(k, i, float(offset[i]), bool(layer.folded[i]))
            for i in np.flatnonzero(layer.constant).tolist()
        ]
    return tuple(found)


def _residual(
    network: Network, differences: list[Array], configurations: tuple[Configuration, ...]
) -> tuple[BlockResidual, ...]:
    found = []
    for k, configuration in enumerate(configurations):
        above = network.weights[k + 1]
        rows = np.linalg.norm(differences[k], axis=1)
        columns = np.square(differences[k + 1][:, : configuration.m]).sum(axis=0)
        size = float(np.linalg.norm(joined(network, k), axis=1).max(initial=0)) or 1.0
        out = float(np.linalg.norm(above, axis=0).max(initial=0)) or 1.0
        for kind, blocks in (
            ("replication", configuration.replication_blocks),
            ("zero", configuration.zero_blocks),
        ):
            for label, block in enumerate(blocks):
                where = list(block)
                found.append(
                    BlockResidual(
                        k,
                        kind,
                        label,
                        block,
                        float(rows[where].max()) / size,
                        float(np.sqrt(columns[where].sum())) / out,
                        float(np.linalg.norm(above[:, where].sum(axis=1))) / out,
                    )
                )
    return tuple(found)


def _changes(
    network: Network,
    tolerance: float,
    parity: str,
    function: Function | None,
    configurations: tuple[Configuration, ...],
) -> tuple[Change, ...]:
    """Return what half and twice the tolerance change."""
    found = []
    for other in (tolerance / 2, min(2 * tolerance, 1.0)):
        if other == tolerance:
            continue
        try:
            others = _configurations(reduce(network, other, parity, function))
        except NeedsFunctionError as error:
            found.append(Change(error.layer, other, (), (), str(error)))
            continue
        for k, (a, b) in enumerate(zip(configurations, others, strict=True)):
            if a != b:
                found += [Change(k, other, *pair) for pair in _differences(a, b)]
    return tuple(found)


def _differences(a: Configuration, b: Configuration) -> list[tuple[Named, Named]]:
    """Return the blocks of both, join block by join block, where they are not the same."""
    first, second = _named(a), _named(b)
    joins = join(Blocks.of(a), Blocks.of(b)).tolist()
    parts: dict[int, tuple[list[Block], list[Block]]] = {}
    for i, block in enumerate((*first, *second)):
        parts.setdefault(joins[i], ([], []))[int(i >= len(first))].append(block)
    return [(tuple(x), tuple(y)) for x, y in parts.values() if sorted(x) != sorted(y)]


def _named(configuration: Configuration) -> list[Block]:
    return [
        *(("replication", block) for block in configuration.replication_blocks),
        *(("zero", block) for block in configuration.zero_blocks),
    ]
