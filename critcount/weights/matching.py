"""Which neuron of one irreducible network is which of another that computes the same function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.types import Array
from critcount.activations import Parity
from critcount.architecture import widths_text
from critcount.weights.grouping import groups, signed_groups
from critcount.weights.network import Network

__all__ = ["Matching", "match"]


@dataclass(frozen=True)
class Matching:
    """How the neurons of a network correspond to a reference's.

    Attributes
    ----------
    places : tuple of numpy.ndarray
        For every hidden layer: neuron t of the network is neuron places[t] of the reference.
    signs : tuple of numpy.ndarray
        +1.0 or -1.0 for every neuron of the network: by which sign its weights differ.
    network : Network
        The network with its neurons in the reference's order and signs.
    """

    places: tuple[npt.NDArray[np.intp], ...]
    signs: tuple[Array, ...]
    network: Network

    def _repr_html_(self) -> str:
        return markup.record(self)


def match(
    network: Network,
    reference: Network,
    tolerance: float,
    parity: Parity = "generic",
    names: tuple[str, str] = ("the network", "the reference"),
) -> Matching:
    """Return how the neurons of a network correspond to those of a reference.

    Parameters
    ----------
    network, reference : Network
        Irreducible, with biases in the same layers.
    tolerance : float
        Relative to the largest norm of a neuron's incoming weights and bias in the reference's
        layer.
    parity : {"generic", "odd", "even"}
        Whether neurons may differ by a sign.
    names : (str, str)
        What the networks are, for messages.

    Raises
    ------
    ValueError
        When they do not correspond; the message says in what they differ.
    """
    a, b = names
    if network.widths[0] != reference.widths[0] or network.widths[-1] != reference.widths[-1]:
        raise ValueError(
            f"{a} has {network.widths[0]} inputs and {network.widths[-1]} outputs, "
            f"{b} {reference.widths[0]} and {reference.widths[-1]}"
        )
    if len(network.weights) != len(reference.weights):
        raise ValueError(
            f"{a} has {len(network.weights) - 1} hidden layers, {b} {len(reference.weights) - 1}"
        )
    weights, biases = list(network.weights), list(network.biases)
    places, signs = [], []
    for k in range(len(weights) - 1):
        mine, theirs = (
            _rows(weights[k], biases[k]),
            _rows(reference.weights[k], reference.biases[k]),
        )
        if mine.shape[1] != theirs.shape[1]:
            raise ValueError(_one_bias(names, f"in layer {k}"))
        place, sign = _layer(k, mine, theirs, tolerance, parity, network, reference, names)
        order = np.argsort(place)
        weights[k] = (sign[:, None] * weights[k])[order]
        bias = biases[k]
        biases[k] = None if bias is None else (sign * bias)[order]
        factor = sign if parity == "odd" else np.ones(len(sign))
        weights[k + 1] = (weights[k + 1] * factor)[:, order]
        places.append(place)
        signs.append(sign)
    mine, theirs = (
        _rows(weights[-1], biases[-1]),
        _rows(reference.weights[-1], reference.biases[-1]),
    )
    if mine.shape[1] != theirs.shape[1]:
        raise ValueError(_one_bias(names, "at the output"))
    scale = float(np.linalg.norm(theirs, axis=1).max(initial=0))
    off = np.linalg.norm(mine - theirs, axis=1)
    if len(off) and off.max() > tolerance * scale:
        raise ValueError(
            f"{a} and {b} have the same hidden neurons and different outgoing weights: at output "
            f"{int(off.argmax())} by {off.max() / scale if scale else np.inf:.2g} of the largest "
            "norm"
        )
    ordered = Network._trusted(
        map(np.array, weights), biases, network.precision, network.activation
    )
    return Matching(tuple(places), tuple(signs), ordered)


def _rows(weight: Array, bias: Array | None) -> Array:
    return weight if bias is None else np.column_stack((weight, bias))


def _layer(
    k: int,
    mine: Array,
    theirs: Array,
    tolerance: float,
    parity: Parity,
    network: Network,
    reference: Network,
    names: tuple[str, str],
) -> tuple[npt.NDArray[np.intp], Array]:
    a, b = names
    r = len(theirs)
    scale = float(np.linalg.norm(theirs, axis=1).max(initial=0))
    both = np.concatenate([theirs, mine])
    if parity == "generic":
        label, sign = groups(both, tolerance * scale), np.ones(len(both))
    else:
        label, sign = signed_groups(both, tolerance * scale)
    number = int(label.max(initial=-1)) + 1
    of_theirs = np.bincount(label[:r], minlength=number)
    of_mine = np.bincount(label[r:], minlength=number)
    if (of_theirs > 1).any():
        same = np.flatnonzero(label[:r] == int(np.argmax(of_theirs > 1)))
        raise ValueError(
            f"hidden layer {k}: the neurons {same[0]} and {same[1]} of {b} are equal within the "
            "tolerance; a smaller one would tell them apart"
        )
    if (of_mine > 1).any():
        which = int(np.argmax(of_mine > 1))
        same = np.flatnonzero(label[r:] == which)
        with_theirs = np.flatnonzero(label[:r] == which)
        raise ValueError(
            f"hidden layer {k}: two blocks of {a}, {same[0]} and {same[1]} of its minimal "
            f"network, are within the tolerance of neuron {with_theirs[0]} of {b} and not of one "
            "another; up to twice the tolerance would make them one"
        )
    missing, extra = of_mine[label[:r]] == 0, of_theirs[label[r:]] == 0
    if missing.any() or extra.any():
        parts = [
            f"{_listed(np.flatnonzero(lone))} of {name}"
            for lone, name in ((missing, b), (extra, a))
            if lone.any()
        ]
        distance = _nearest(mine[extra], theirs, scale)
        raise ValueError(
            f"{a} reduces to {widths_text(network.widths)}, {b} is "
            f"{widths_text(reference.widths)}; hidden layer {k}: no counterpart "
            f"for {' and '.join(parts)}{distance}"
        )
    where = np.empty(number, dtype=np.intp)
    where[label[:r]] = np.arange(r)
    place = where[label[r:]]
    return place, sign[r:] * sign[place]


def _one_bias(names: tuple[str, str], where: str) -> str:
    return (
        f"of {names[0]} and {names[1]} one has a bias {where}, the other has none: give it zeros"
    )


def _listed(neurons: npt.NDArray[np.intp]) -> str:
    text = ", ".join(map(str, neurons[:8].tolist())) + (", …" if len(neurons) > 8 else "")
    return f"{'neurons' if len(neurons) > 1 else 'neuron'} {text}"


def _nearest(rows: Array, theirs: Array, scale: float) -> str:
    """Say how far the first row is from the nearest of the others."""
    if not len(rows) or not len(theirs) or not scale:
        return ""
    distance = float(np.linalg.norm(theirs - rows[0], axis=1).min()) / scale
    return f" (the first differs from its nearest by {distance:.2g} of the largest norm)"
