"""Channels to infinity: pairs of neurons that become a gated linear unit, and their limit.

Two neurons of a layer whose incoming weights near each other while their outgoing weights grow
with opposite signs [M25]. With w = (w_i + w_j)/2, ε = |w_i - w_j|/2, Δ = (w_i - w_j)/|w_i - w_j|,
c = a_i + a_j and a = ε(a_i - a_j) the pair sends on c σ(z) + a (Δ·h) σ'(z) + O(ε²). The loss is
L_0 + ε² h + O(ε⁴): what is at ε = 0 can be minimised in finite coordinates, and h says whether the
loss falls towards it. A bias is a part of w.

[M25] is Martinelli, van Meegen, Şimşek, Gerstner, Brea 2025, arXiv 2506.14951.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.architecture import widths_text
from critcount.landscape.neurons import merge, require_layer, require_pair
from critcount.landscape.optimise import Function, Options, minimum
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import Spectrum, spectrum
from critcount.landscape.vectors import layout_of, network_of, number_of_parameters, to_vector
from critcount.weights.network import Network, require_network

__all__ = [
    "Channel",
    "ChannelEnd",
    "ChannelPoint",
    "Gate",
    "GatedNetwork",
    "find_channels",
    "follow_channel",
    "limit_network",
    "minimise_limit",
    "named_end",
]

#: Neurons are near each other when 1 - cos of their incoming weights is below this, …
NEAR = 1e-3
#: … and cancel when the sum of their outgoing weights is below this part of the sum of norms.
CANCELLED = 0.1
#: The step of a derivative by ε, relative to it.
STEP = 1e-4
#: The most that h may be negative, relative to the loss: rounding.
FLAT_RISE = 1e-9


@dataclass(frozen=True)
class Channel:
    """Neurons that are on their way to infinity together; found by `find_channels`.

    Attributes
    ----------
    layer : int
    neurons : tuple of int
        Two, or a group of more.
    cosine : float
        The largest 1 - cos of the incoming weights of two of them.
    cancellation : float
        The norm of the sum of their outgoing weights over the sum of the norms.
    size : float
        The largest norm of their outgoing weights over the median of the others in the layer;
        infinite where there are no others.
    """

    layer: int
    neurons: tuple[int, ...]
    cosine: float
    cancellation: float
    size: float


@dataclass(frozen=True)
class Gate:
    """A gated linear unit in place of two neurons.

    Attributes
    ----------
    layer, neuron : int
        The neuron of the narrower network that has the pair's mean and the sum of its outgoing
        weights.
    direction : numpy.ndarray
        Δ, a unit vector of incoming weights, that of the bias at the end.
    outgoing : numpy.ndarray
        a, the outgoing weights of (Δ·h) σ'(z).
    """

    layer: int
    neuron: int
    direction: Array
    outgoing: Array


@dataclass(frozen=True, repr=False)
class GatedNetwork:
    """A network with gated linear units: the end of a channel, in finite weights.

    Made by `limit_network`.

    Attributes
    ----------
    base : Network
        With one neuron in place of each pair.
    gates : tuple of Gate
    """

    base: Network
    gates: tuple[Gate, ...]

    def __call__(self, inputs: npt.ArrayLike, activation: str) -> Array:
        """Return the outputs, (samples, d_out)."""
        from critcount.landscape import _gated, _kernels

        zero = np.zeros(len(self.gates))
        found = _gated.outputs(
            self.vector,
            zero,
            _kernels.array(inputs),
            layout=layout_of(self.base),
            gates=self.shapes,
            activation=activation,
            limit=True,
        )
        return np.array(found)

    @property
    def vector(self) -> Array:
        """The weights of the base, then Δ and a of every gate."""
        parts = [to_vector(self.base)]
        for gate in self.gates:
            parts += [gate.direction, gate.outgoing]
        return np.concatenate(parts)

    @property
    def shapes(self) -> tuple[tuple[int, int, int, int], ...]:
        """Layer, neuron, and the lengths of Δ and a, of every gate."""
        return tuple(
            (gate.layer, gate.neuron, len(gate.direction), len(gate.outgoing))
            for gate in self.gates
        )

    def at(self, vector: Array) -> GatedNetwork:
        """Return the gated network with other weights, each Δ made a unit vector."""
        layout = layout_of(self.base)
        place = number_of_parameters(layout)
        base = network_of(vector[:place], layout)
        gates = []
        for layer, neuron, d, n in self.shapes:
            direction = vector[place : place + d]
            outgoing = vector[place + d : place + d + n]
            gates.append(Gate(layer, neuron, direction / np.linalg.norm(direction), outgoing))
            place += d + n
        return GatedNetwork(base, tuple(gates))

    def network(self, epsilon: float) -> Network:
        """Return the network of the full widths at a distance ε > 0 from the end.

        The second neuron of each pair stands at the end of its layer.
        """
        if not 0 < epsilon < np.inf:
            raise ValueError(f"epsilon must be positive and finite, not {checks.show(epsilon)}")
        weights = [np.array(w) for w in self.base.weights]
        biases = [None if b is None else np.array(b) for b in self.base.biases]
        for gate in self.gates:
            k, i = gate.layer, gate.neuron
            step = epsilon * gate.direction
            grown = step[: weights[k].shape[1]]
            row, column = weights[k][i].copy(), weights[k + 1][:, i].copy()
            far = gate.outgoing / epsilon
            weights[k] = np.vstack([weights[k], row - grown])
            weights[k][i] = row + grown
            weights[k + 1] = np.column_stack([weights[k + 1], (column - far) / 2])
            weights[k + 1][:, i] = (column + far) / 2
            if (bias := biases[k]) is not None:
                wider = np.append(bias, bias[i] - step[-1])
                wider[i] += step[-1]
                biases[k] = wider
        return Network(weights, biases)

    def __repr__(self) -> str:
        places = ", ".join(f"layer {gate.layer}, neuron {gate.neuron}" for gate in self.gates)
        return f"<GatedNetwork {widths_text(self.base.widths)}, gates at {places}>"

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, repr=False)
class ChannelEnd:
    """The end of a channel, minimised; made by `minimise_limit`.

    Attributes
    ----------
    gated : GatedNetwork
    loss : float
        L_0.
    gradient_norm : float
    spectrum : Spectrum
        Of the Hessian of the limit loss; the length of Δ, which does not count, is left out.
    rises : tuple of float
        h of every gate.
    converged : bool
        Whether it is a minimum of the limit loss.
    """

    gated: GatedNetwork
    loss: float
    gradient_norm: float
    spectrum: Spectrum
    rises: tuple[float, ...]
    converged: bool

    @property
    def stable(self) -> bool:
        """Whether it is a minimum at infinity: one of the limit loss, with every h positive."""
        return self.converged and all(h > FLAT_RISE * self.loss for h in self.rises)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON has them, without the network."""
        return {
            "loss": self.loss,
            "gradient_norm": self.gradient_norm,
            "rises": list(self.rises),
            "converged": self.converged,
            "stable": self.stable,
            "outgoing": [gate.outgoing.tolist() for gate in self.gated.gates],
        }

    def __repr__(self) -> str:
        state = "a minimum at infinity" if self.stable else "not stable"
        return (
            f"<ChannelEnd of {widths_text(self.gated.base.widths)}: loss {self.loss:.6g}, {state}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class ChannelPoint:
    """A point on the floor of a channel.

    Attributes
    ----------
    epsilon, loss : float
    slope : float
        How steeply the loss falls along the channel, per length of the weights: it is of the
        order of ε³, and with it the way of an optimiser.
    largest_eigenvalue : float
        Of the Hessian of the network.
    network : Network
    """

    epsilon: float
    loss: float
    slope: float
    largest_eigenvalue: float
    network: Network


def find_channels(
    network: Network, *, near: float = NEAR, cancelled: float = CANCELLED
) -> tuple[Channel, ...]:
    """Return the groups of neurons that are near each other and cancel, in every hidden layer.

    Parameters
    ----------
    network : Network
    near : float
        Two neurons are near when 1 - cos of their incoming weights, bias included, is below this.
        Groups are what is connected by that.
    cancelled : float
        A group is one when the norm of the sum of its outgoing weights is below this part of the
        sum of their norms.

    Returns
    -------
    tuple of Channel

    Examples
    --------
    >>> weights = [[[1.0, 2.0], [1.001, 2.0], [-1.0, 0.5]], [[158.6, -157.6, 1.0]]]
    >>> [channel.neurons for channel in find_channels(Network(weights))]
    [(0, 1)]
    """
    require_network("network", network)
    found = []
    for layer in range(len(network.weights) - 1):
        rows, columns = network.weights[layer], network.weights[layer + 1]
        if (bias := network.biases[layer]) is not None:
            rows = np.column_stack([rows, bias])
        norms = np.linalg.norm(rows, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            units = rows / norms[:, None]
        distances = 1 - units @ units.T
        sizes = np.linalg.norm(columns, axis=0)
        for group in _connected(distances < near):
            total = sizes[group].sum()
            part = float(np.linalg.norm(columns[:, group].sum(axis=1)) / total) if total else 1.0
            if part < cancelled:
                others = np.delete(sizes, group)
                middle = float(np.median(others)) if len(others) else 0.0
                found.append(
                    Channel(
                        layer,
                        tuple(int(i) for i in group),
                        float(distances[np.ix_(group, group)].max()),
                        part,
                        float(sizes[group].max()) / middle if middle else np.inf,
                    )
                )
    return tuple(found)


def limit_network(network: Network, pairs: Sequence[tuple[int, int, int]]) -> GatedNetwork:
    """Return the gated network that pairs of neurons tend to.

    Parameters
    ----------
    network : Network
    pairs : sequence of (int, int, int)
        Hidden layer and two neurons of it; no neuron in two of them.

    Returns
    -------
    GatedNetwork

    Raises
    ------
    TypeError, ValueError, IndexError
        No such neurons; neurons with the same incoming weights, which have no direction.

    Examples
    --------
    >>> weights = [[[1.0, 2.0], [1.002, 2.0], [-1.0, 0.5]], [[500.5, -499.5, 1.0]]]
    >>> limit_network(Network(weights), [(0, 0, 1)]).gates[0].outgoing.round(9)
    array([1.])
    """
    given = [
        (
            require_layer(network, layer),
            *require_pair(network, require_layer(network, layer), i, j),
        )
        for layer, i, j in pairs
    ]
    if any(abs(a[0] - b[0]) == 1 for a in given for b in given):
        raise ValueError("pairs must not be in neighbouring layers")
    used = [(layer, neuron) for layer, *both in given for neuron in both]
    if not given or len(set(used)) < len(used):
        raise ValueError(f"pairs must be one or more, and disjoint, not {checks.show(given)}")
    base = network
    gates: list[Gate] = []
    # from the last neuron on, so that the numbers of the others stay
    for layer, i, j in sorted(given, key=lambda pair: -pair[2]):
        rows, columns = network.weights[layer], network.weights[layer + 1]
        if (bias := network.biases[layer]) is not None:
            rows = np.column_stack([rows, bias])
        difference = rows[i] - rows[j]
        length = float(np.linalg.norm(difference))
        if not length:
            raise ValueError(
                f"neurons {i} and {j} of hidden layer {layer} have the same incoming weights"
            )
        gates.append(
            Gate(layer, i, difference / length, length / 2 * (columns[:, i] - columns[:, j]))
        )
        base = merge(base, layer, i, j)
    gates = [_moved(gate, given) for gate in gates]
    return GatedNetwork(base, tuple(sorted(gates, key=lambda gate: (gate.layer, gate.neuron))))


def minimise_limit(
    problem: Problem,
    gated: GatedNetwork,
    *,
    tolerance: float = 1e-12,
    iterations: int = 500,
) -> ChannelEnd:
    """Return the end of a channel: the limit loss minimised in finite coordinates.

    Parameters
    ----------
    problem : Problem
        Without weight decay, which has no minima at infinity.
    gated : GatedNetwork
        The start.
    tolerance : float
        Of the norm of the gradient.
    iterations : int
        The most Hessians.

    Returns
    -------
    ChannelEnd

    Raises
    ------
    ValueError
        With weight decay.

    Notes
    -----
    The limit loss is that of the gated network. h = Σ δ·(c (Δ·h)² σ''(z)/2 + a (Δ·h)³ σ'''(z)/6)
    over the samples, δ the derivatives of the loss by what the next layer receives; it is the
    derivative of the loss by ε².
    """
    function = _function(problem, gated, np.zeros(len(gated.gates)), limit=True)
    found = minimum(
        function,
        gated.vector,
        Options(tolerance=tolerance, iterations=iterations, largest=1e4),
    )
    end = gated.at(found.x)
    vector = end.vector
    hessian = function.hessian(vector)
    place = number_of_parameters(layout_of(gated.base))
    kept = np.eye(len(vector))
    for _, _, d, n in gated.shapes:
        direction = vector[place : place + d]
        kept[place : place + d, place : place + d] -= np.outer(direction, direction)
        place += d + n
    basis = np.linalg.svd(kept)[0][:, : len(vector) - len(gated.gates)]
    norm = float(np.linalg.norm(function.gradient(vector)))
    measured = basis.T @ hessian @ basis
    return ChannelEnd(
        end,
        function.value(vector),
        norm,
        spectrum((measured + measured.T) / 2, error=norm),
        _rises(problem, end),
        found.converged,
    )


def follow_channel(
    problem: Problem,
    gated: GatedNetwork,
    epsilons: Sequence[float],
    *,
    tolerance: float = 1e-10,
    iterations: int = 100,
) -> tuple[ChannelPoint, ...]:
    """Return points on the floor of a channel: everything minimised at each distance ε.

    Parameters
    ----------
    problem : Problem
        Without weight decay.
    gated : GatedNetwork
        Where to start, such as the end of the channel.
    epsilons : sequence of float
        Positive, in the order in which they are gone through; halving them is the procedure of
        [M25]. Those of all gates are the same.
    tolerance : float
        Of the gradient at fixed ε.
    iterations : int
        The most Hessians for each.

    Returns
    -------
    tuple of ChannelPoint

    Raises
    ------
    ValueError
        A distance that is not positive; weight decay.
    """
    for epsilon in epsilons:
        if not 0 < epsilon < np.inf:
            raise ValueError(f"epsilons must be positive and finite, not {checks.show(epsilon)}")
    points = []
    here = gated
    for epsilon in epsilons:
        function = _function(problem, here, np.full(len(here.gates), epsilon), limit=False)
        options = Options(tolerance=tolerance, iterations=iterations, largest=1e4)
        here = here.at(minimum(function, here.vector, options).x)
        network = here.network(epsilon)
        points.append(
            ChannelPoint(
                float(epsilon),
                problem.loss(network),
                _slope(problem, here, float(epsilon)),
                float(np.linalg.eigvalsh(problem.hessian(network))[-1]),
                network,
            )
        )
    return tuple(points)


def named_end(problem: Problem, network: Network) -> str:
    """Return which channels a network is in and the limit loss, in words; "" when in none.

    The limit is that of the channels of two neurons; where there are others it is not given.

    Examples
    --------
    >>> problem = Problem([[1.0, 0.0], [0.0, 1.0]], [[1.0], [0.0]], activation="tanh")
    >>> named_end(problem, Network([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]]))
    ''
    """
    found = find_channels(network)
    if not found:
        return ""
    names = "; ".join(
        f"layer {channel.layer}, neurons {', '.join(map(str, channel.neurons))}"
        for channel in found
    )
    text = f"in a channel to infinity ({names})"
    pairs = [(channel.layer, channel.neurons[0], channel.neurons[1]) for channel in found]
    if any(len(channel.neurons) > 2 for channel in found):
        return text
    try:
        end = minimise_limit(problem, limit_network(network, pairs))
    except (ArithmeticError, ValueError):
        return text
    state = "a minimum at infinity" if end.stable else "not stable itself"
    return f"{text} with the limit loss {end.loss:.6g}, {state}"


def _slope(problem: Problem, gated: GatedNetwork, epsilon: float) -> float:
    """Return the derivative of the loss along the channel, per length of the weights."""
    ends = [to_vector(gated.network(epsilon * factor)) for factor in (1 + STEP, 1 - STEP)]
    along = ends[0] - ends[1]
    gradient = problem.gradient(gated.network(epsilon))
    return float(gradient @ along / np.linalg.norm(along))


def _function(problem: Problem, gated: GatedNetwork, distances: Array, *, limit: bool) -> Function:
    from critcount.landscape import _gated

    if problem.weight_decay:
        raise ValueError("problem must have no weight decay: with it nothing runs to infinity")
    problem.at(gated.base)
    given = {
        "layout": layout_of(gated.base),
        "gates": gated.shapes,
        "activation": problem.activation,
        "loss": problem.loss_name,
        "limit": limit,
    }
    data = problem.data[:2]

    def value(x: Array) -> float:
        return float(_gated.value(x, distances, *data, **given))

    def gradient(x: Array) -> Array:
        return np.array(_gated.gradient(x, distances, *data, **given))

    def hessian(x: Array) -> Array:
        found: Array = np.array(_gated.hessian(x, distances, *data, **given))
        return np.asarray((found + found.T) / 2)

    return Function(value, gradient, hessian)


def _rises(problem: Problem, gated: GatedNetwork) -> tuple[float, ...]:
    from critcount.landscape import _gated

    found = _gated.rises(
        gated.vector,
        np.zeros(len(gated.gates)),
        *problem.data[:2],
        layout=layout_of(gated.base),
        gates=gated.shapes,
        activation=problem.activation,
        loss=problem.loss_name,
        limit=True,
    )
    return tuple(float(h) for h in np.asarray(found))


def _moved(gate: Gate, given: Sequence[tuple[int, int, int]]) -> Gate:
    """Return the gate with the number that its neuron has once the others' seconds are gone."""
    gone = sum(layer == gate.layer and j < gate.neuron for layer, _, j in given)
    return Gate(gate.layer, gate.neuron - gone, gate.direction, gate.outgoing)


def _connected(near: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the components of two neurons or more."""
    from scipy.sparse.csgraph import connected_components

    number, labels = connected_components(near, directed=False)
    for label in range(number):
        group = np.flatnonzero(labels == label)
        if len(group) > 1:
            yield group
