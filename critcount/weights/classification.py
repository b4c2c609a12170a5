"""Which subspace a network lies on, and the minimal network that computes its function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from critcount._support.types import Array, EntryFunction, Indices
from critcount.activations import Activation, Parity, activation_of
from critcount.configurations.configuration import Configuration
from critcount.weights.canonical import CanonicalForm, Prepared, prepare, straightened
from critcount.weights.constraints import Blocks, join_blocks
from critcount.weights.depth import deep_difference
from critcount.weights.findings import (
    BlockResidual,
    Change,
    Classification,
    ConstantNeuron,
    NamedBlock,
    NamedBlocks,
)
from critcount.weights.irreducible import require_irreducible
from critcount.weights.matching import match
from critcount.weights.network import Network, require_network
from critcount.weights.rebuilding import rebuild
from critcount.weights.reduction import NeedsFunctionError, Reduction, reduce
from critcount.weights.roles import roles
from critcount.weights.subspaces import AffineSubspace, joined, require_tolerance
from critcount.weights.tolerance_ranges import (
    HIGHEST_TOLERANCE,
    LOWEST_TOLERANCE,
    ToleranceRange,
    sweep,
    widest,
)

__all__ = ["classify", "difference"]

SMALLEST = 1e-140  # the square of what a tolerance leaves of it is still a number


def classify(
    network: Network,
    tolerance: float | Literal["auto"] = "auto",
    reference: Network | None = None,
    activation: str | Activation | None = None,
    *,
    domain: npt.ArrayLike | None = None,
) -> Classification:
    """Return which neurons of a network are copies, which cancel, and its minimal network.

    Parameters
    ----------
    network : Network
    tolerance : float or "auto"
        Two neurons of a layer are copies when their incoming weights and biases (in deeper
        layers the sums over the blocks below) differ by no more than this times the largest norm
        of a neuron's in the layer, and so are chains of such neurons. Outgoing weights of a block
        cancel when their sum is no larger than this times the largest norm of a neuron's outgoing
        weights. About the relative accuracy of the weights: 1e-9 for exact constructions in
        float64, 1e-2 to 1e-4 for trained students. By default it is chosen: tolerances from 1e-9,
        or eight times the precision of the weights, to 0.1 are tried, and the middle of the widest
        range with one answer is taken; `tolerance_ranges` lists the ranges.
    reference : Network, optional
        An irreducible network that gives the labels: neurons of K_t are copies of its neuron t.
    activation : str or Activation, optional
        σ. Its relations are used: neurons that agree up to sign (tanh, erf, sigmoid, Gaussian,
        softplus, GELU, SiLU) or up to sign and scale (ReLU) are one block. By
        default that of the network, where it is known; without any no relation is used, and
        neurons that compute constants are refused.
    domain : array_like, optional
        Inputs, (n, d_in), for relu, leaky_relu, elu, selu and celu and one hidden layer: neurons
        with no kink between them are dead or linear. The answer holds on them.

    Returns
    -------
    Classification

    Raises
    ------
    TypeError, ValueError
        For a bad argument; when the reference is not irreducible, or is not what the network
        reduces to (the message says in what they differ); when constants are to be folded and
        no activation is named.

    See Also
    --------
    critcount.Expansions : the subspaces themselves: listed, ranked, drawn at random.
    critcount.embed : the other way: weights for a configuration.
    critcount.weights.difference : whether two networks compute the same function.

    Notes
    -----
    Derived: after merging forwards and dropping backwards the minimal network is irreducible, and
    for an activation without further identities (Şimşek et al. 2021, arXiv 2105.12221) there is
    no smaller one. For those with a linear part (softplus, GELU, SiLU, ReLU) and one hidden layer,
    `form` is unique; a network of the activation is built from it, with `width_bounds`.

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
    >>> pair = Network([[[1.0, 2.0], [-2.0, -4.0]], [[3.0, 1.0]]])
    >>> [(role.role, role.sign) for role in classify(pair, 1e-9, activation="relu").roles]
    [('copy', 1), ('copy', -1)]
    >>> near = Network([[[1.0, 0.0], [1.0, 1e-7], [0.0, 1.0]], [[1.0, 1.0, 2.0]]])
    >>> [str(found) for found in classify(near).tolerance_ranges]
    ['2-3-1 from 1e-09 to 7e-08', '2-2-1 from 1e-07 to 1e-01']
    """
    require_network("network", network)
    sigma = sigma_of(network, activation)
    if reference is not None:
        require_irreducible("reference", reference)
    ranges: tuple[ToleranceRange, ...] = ()
    if tolerance == "auto":
        ranges = tolerance_ranges_of(network, reference, sigma, domain)
        if (best := widest(ranges)) is None:
            reason = f"there is no answer at any tolerance: {ranges[0].note}"
            if domain is None and sigma is not None and sigma.kind == "homogeneous":
                reason += (
                    f"; if they agree on the data only, a {sigma.name} neuron may be dead or "
                    "linear there: pass the inputs as domain (--domain)"
                )
            raise ValueError(reason)
        tolerance = best.middle
    target = _target(reference, sigma, require_tolerance(tolerance))
    found = classify_as("the network", network, tolerance, target, sigma, domain)
    return replace(found, tolerance_ranges=ranges) if ranges else found


def _target(
    reference: Network | None, sigma: Activation | None, tolerance: float
) -> Target | None:
    if reference is None:
        return None
    prepared = prepare(reference, sigma, tolerance)
    return Target("the reference", prepared.network, prepared)


def tolerance_ranges_of(
    network: Network,
    reference: Network | None,
    sigma: Activation | None,
    domain: npt.ArrayLike | None = None,
) -> tuple[ToleranceRange, ...]:
    """Return the ranges of tolerances with one answer each."""
    notes: dict[float, str] = {}

    def answer(tolerance: float) -> tuple[tuple[int, ...], tuple[Configuration, ...]]:
        try:
            target = _target(reference, sigma, tolerance)
            prepared = prepare(network, sigma, tolerance, domain)
            found = reduce(prepared.network, tolerance, prepared.parity, prepared.function)
            if target is not None:
                names = ("the network", target.name)
                match(found.minimal, target.network, tolerance, prepared.parity, names)
        except ValueError as error:
            notes[tolerance] = str(error)
            return (), ()
        return found.minimal.widths, _configurations(found)

    ranges = sweep(answer, max(LOWEST_TOLERANCE, min(8 * network.precision, HIGHEST_TOLERANCE)))
    return tuple(
        ToleranceRange(low, high, widths, "" if widths else notes[low])
        for low, high, (widths, _) in ranges
    )


def sigma_of(network: Network, activation: str | Activation | None) -> Activation | None:
    """Return the activation that is named, or else the network's own, or None."""
    chosen = network.activation if activation is None else activation
    return None if chosen is None else activation_of("activation", chosen)


class Target(NamedTuple):
    """What a network is to be matched with: a name, and a minimal network with its remainder."""

    name: str
    network: Network
    prepared: Prepared


def target_of(name: str, found: Classification) -> Target:
    """Return what makes another network's labels follow those of one that is classified."""
    prepared = prepare(found.network, found.activation, found.tolerance)
    if prepared.shifted:
        return Target(name, prepare(found.minimal, found.activation, 0.0).network, prepared)
    return Target(name, found.part, replace(prepared, scales=()))


def classify_as(
    name: str,
    network: Network,
    tolerance: float,
    target: Target | None,
    activation: Activation | None,
    domain: npt.ArrayLike | None = None,
) -> Classification:
    """Return what `classify` does, with names for the networks in messages."""
    tolerance = require_tolerance(tolerance)
    _require_squares(name, network)
    prepared = prepare(network, activation, tolerance, domain)
    core, parity = prepared.network, prepared.parity
    reduction = reduce(core, tolerance, parity, prepared.function)
    part = reduction.minimal
    places = [np.arange(r) for r in part.widths[1:-1]]
    signs = [layer.signs for layer in reduction.layers]
    minimal, bounds, turned = part, None, None
    remainder = bool(prepared.slope or prepared.kappa)
    if target is not None:
        matching = match(part, target.network, tolerance, parity, (name, target.name))
        _same_remainder(name, prepared, target, tolerance)
        part, places, turned = matching.network, list(matching.places), matching.signs
    if remainder:
        form = _form(part, prepared, activation)
        minimal, turn, bounds = _rebuilt(form, network, prepared, activation, tolerance, target)
        if target is None:
            part, turned = _turned(part, turn, parity), (turn,)
    elif len(network.weights) == 2 and not prepared.notes:
        bounds = (part.widths[1], part.widths[1])
    if turned is not None:
        for layer, sign in zip(reduction.layers, turned, strict=True):
            position = _positions(layer.letters, layer.kept)
            kept = position >= 0
            layer.signs[kept] *= sign[position[kept]]
            if parity == "odd":
                layer.feed = layer.feed * sign
    if not remainder:
        minimal = prepared.back(part, activation.constant if activation else 0.0)
    if activation and domain is not None and prepared.straight and not remainder:
        over = float(np.abs(prepared.linear).max(initial=0))
        if over > tolerance * _linear_size(network):
            minimal = straightened(minimal, prepared.linear, activation, domain)
    if target is not None and target.prepared.scaled:
        minimal = _scaled(minimal, target.prepared.scales)
    if network.activation is not None:
        minimal = Network._trusted(
            minimal.weights, minimal.biases, minimal.precision, network.activation
        )
    if prepared.deep is not None and prepared.deep.opposite and not prepared.flips:
        here = [bias is not None for bias in network.biases]
        minimal, _ = prepared.deep.network(tolerance, here)
    configurations = _configurations(reduction, places)
    equivalent = _equivalent(core, reduction, configurations, places, parity)
    projection = AffineSubspace(part, configurations).project(equivalent)
    layers = range(len(network.weights))
    differences = [joined(equivalent, k) - joined(projection, k) for k in layers]
    flips = prepared.flips or tuple(tuple(np.flatnonzero(sign < 0).tolist()) for sign in signs)
    constants = _constant_neurons(core, reduction)
    residual = _residual(equivalent, differences, configurations)
    single = len(network.weights) == 2
    if prepared.shifted:
        kappa = activation.constant if activation else 0.0
        equivalent, projection = (prepared.back(n, kappa) for n in (equivalent, projection))
    return Classification(
        network=network,
        tolerance=tolerance,
        minimal=minimal,
        configurations=configurations,
        constant_neurons=constants,
        flips=flips,
        equivalent=equivalent,
        projection=projection,
        distance=float(np.sqrt(sum(float(np.vdot(d, d)) for d in differences))),
        residual=residual,
        changes=_changes(core, tolerance, parity, prepared.function, configurations),
        activation=activation,
        part=minimal if prepared.shifted else part,
        form=_form(part, prepared, activation) if single else prepared.deep,
        roles=roles(
            configurations,
            flips,
            [(neuron.layer, neuron.neuron) for neuron in constants],
            prepared.dead,
            prepared.straight,
            prepared.scales,
        ),
        width_bounds=bounds,
        notes=_unnamed(activation) + prepared.notes,
    )


def difference(
    network: Network,
    other: Network,
    tolerance: float,
    activation: str | Activation,
    *,
    domain: npt.ArrayLike | None = None,
) -> str | None:
    """Return in what the functions of two networks differ, or None when they are the same.

    Decided by the canonical forms, for one hidden layer and for several with an activation whose
    symmetry is only one of signs; elsewhere the reduced networks are compared, and functions
    that are said to differ may be the same.

    Parameters
    ----------
    network, other : Network
        With the same inputs and outputs; widths may differ.
    tolerance, activation, domain
        As in `classify`.

    Examples
    --------
    >>> a, b = Network([[[2.0]], [[1.0]]]), Network([[[-2.0]], [[1.0]]])
    >>> difference(a, b, 1e-9, "gaussian") is None
    True
    >>> difference(a, b, 1e-9, "gelu")
    'network and other have the same classes of neurons and different linear parts: by 2'
    """
    require_network("network", network)
    require_network("other", other)
    for name, item in (("network", network), ("other", other)):
        _require_squares(name, item)
    sigma, tolerance = activation_of("activation", activation), require_tolerance(tolerance)
    first, second = (prepare(item, sigma, tolerance, domain) for item in (network, other))
    if first.deep is not None and second.deep is not None:
        return deep_difference(first.deep, second.deep, tolerance)
    one, two = (
        reduce(item.network, tolerance, item.parity, item.function).minimal
        for item in (first, second)
    )
    try:
        match(one, two, tolerance, first.parity, ("network", "other"))
        _same_remainder("network", first, Target("other", two, second), tolerance)
    except ValueError as error:
        return str(error)
    return None


def _require_squares(name: str, network: Network) -> None:
    """Raise ValueError when all weights of a layer are so small that their squares vanish."""
    for k, weight in enumerate(network.weights):
        if 0 < (size := float(np.abs(weight).max(initial=0))) < SMALLEST:
            raise ValueError(
                f"weights[{k}] of {name} are at most {size:.1e} in magnitude, so small that their "
                "squares vanish: rescale the layer"
            )


def _unnamed(activation: Activation | None) -> tuple[str, ...]:
    if activation is not None:
        return ()
    return ("no activation is named: no sign, scale or linear relation of it is used",)


def _same_remainder(name: str, prepared: Prepared, target: Target, tolerance: float) -> None:
    """Raise when the linear parts beside the classes differ."""
    off = np.abs(prepared.linear - target.prepared.linear).max(initial=0)
    if off > tolerance * _linear_size(prepared.network):
        raise ValueError(
            f"{name} and {target.name} have the same classes of neurons and different linear "
            f"parts: by {off:.2g}"
        )


def _linear_size(network: Network) -> float:
    """Return what the linear part of a network is measured against."""
    incoming, outgoing = network.weights[0], network.weights[-1]
    size = float(np.abs(outgoing).sum()) * float(np.linalg.norm(incoming, axis=1).max(initial=0))
    return size or 1.0


def _form(part: Network, prepared: Prepared, activation: Activation | None) -> CanonicalForm:
    bias, end = part.biases
    return CanonicalForm(
        activation,
        part.weights[0],
        np.zeros(part.widths[1]) if bias is None else bias,
        part.weights[1],
        prepared.linear,
        np.zeros(part.widths[-1]) if end is None else end,
    )


def _rebuilt(
    form: CanonicalForm,
    network: Network,
    prepared: Prepared,
    activation: Activation | None,
    tolerance: float,
    target: Target | None,
) -> tuple[Network, Array, tuple[int, int]]:
    """Return a network of the activation with the function of a form; see `rebuild`."""
    if activation is None:
        raise TypeError("activation must be named")
    hidden, output = (bias is not None for bias in network.biases)
    sizes = np.linalg.norm(np.column_stack([form.directions, form.offsets]), axis=1)
    limit = tolerance * float((np.abs(prepared.network.weights[1]).sum()) * sizes.max(initial=1.0))
    return rebuild(form, activation, (hidden, output), limit, signs=target is None)


def _turned(part: Network, turn: Array, parity: Parity) -> Network:
    """Return the network with classes turned round."""
    bias = part.biases[0]
    factor = turn if parity == "odd" else np.ones(len(turn))
    return Network._trusted(
        [part.weights[0] * turn[:, None], part.weights[1] * factor],
        [None if bias is None else bias * turn, part.biases[1]],
        part.precision,
    )


def _scaled(network: Network, scales: Sequence[Array]) -> Network:
    """Return the network with the incoming weights of every layer times its scales."""
    weights, biases = list(network.weights), list(network.biases)
    for k, scale in enumerate(scales):
        bias = biases[k]
        weights[k] = weights[k] * scale[:, None]
        biases[k] = None if bias is None else bias * scale
        weights[k + 1] = weights[k + 1] / scale
    return Network._trusted(weights, biases, network.precision)


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
    parity: Parity,
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
        for number, (kind, block) in enumerate(_named(configuration)):
            where = list(block)
            found.append(
                BlockResidual(
                    k,
                    kind,
                    number if kind == "replication" else number - configuration.r,
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
    parity: Parity,
    function: EntryFunction | None,
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


def _differences(a: Configuration, b: Configuration) -> list[tuple[NamedBlocks, NamedBlocks]]:
    """Return the blocks of both, join block by join block, where they are not the same."""
    first, second = _named(a), _named(b)
    joins = join_blocks(Blocks.of(a), Blocks.of(b)).tolist()
    parts: dict[int, tuple[list[NamedBlock], list[NamedBlock]]] = {}
    for i, block in enumerate((*first, *second)):
        parts.setdefault(joins[i], ([], []))[int(i >= len(first))].append(block)
    return [(tuple(x), tuple(y)) for x, y in parts.values() if sorted(x) != sorted(y)]


def _named(configuration: Configuration) -> list[NamedBlock]:
    return [
        *(("replication", block) for block in configuration.replication_blocks),
        *(("zero", block) for block in configuration.zero_blocks),
    ]
