"""Gates: what groups of neurons of a layer become when they run to infinity together.

The incoming weights of k neurons near each other lie on a curve w + Δ t + κ_2 t²/2 + …, at nodes
t_i (`critcount.landscape.curves`), and their outgoing weights a(i) have the moments a_m = Σ_i a(i)
t_i^m/m!. As the nodes go to 0 with the moments held, the outgoing weights grow like ε^(1-k), and
the group tends to a *gate*, which sends on a_0 σ(z) + Σ_{m=1}^{k-1} a_m g^(m)(0), g(t) = σ of what
a neuron at t receives (derived; [M25] for two). For two it is the gated linear unit a_0 σ(z) + a_1
(Δ·h) σ'(z).

The next layer is fed with the g^(m)(0) of the gates too: the incoming weights of its neurons have
further entries, the a_m. So gates can stand in any layers, also in neighbouring ones.

[M25] is Martinelli, van Meegen, Şimşek, Gerstner, Brea 2025, arXiv 2506.14951.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.activations import ACTIVATIONS, activation_of
from critcount.architecture import widths_text
from critcount.landscape.curves import Curve, curve_through, mixing, nodes
from critcount.landscape.neurons import require_layer
from critcount.landscape.vectors import layout_of, network_of, number_of_parameters, to_vector
from critcount.weights.network import Network, require_network

__all__ = [
    "Channel",
    "Gate",
    "GatedNetwork",
    "Mirror",
    "limit_network",
    "merged_columns",
    "mirror_of",
]


@dataclass(frozen=True)
class Channel:
    """Neurons that are on their way to infinity together; found by `find_channels`.

    Attributes
    ----------
    layer : int
    neurons : tuple of int
        Two, or a group of more.
    mirrored : tuple of int
        Those of them whose mirror images are meant: all incoming weights with the other sign.
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
    mirrored: tuple[int, ...]
    cosine: float
    cancellation: float
    size: float

    @property
    def name(self) -> str:
        """Layer and neurons in words."""
        text = f"layer {self.layer}, neurons {', '.join(map(str, self.neurons))}"
        if self.mirrored:
            text += f", {', '.join(map(str, self.mirrored))} mirrored"
        return text

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Gate:
    """A gate in place of a group of k neurons.

    Attributes
    ----------
    layer, neuron : int
        The neuron of the narrower network that has the group's mean and the sum of its outgoing
        weights.
    direction : numpy.ndarray
        Δ, a unit vector of incoming weights, (d,): from the neurons of the layer below, then from
        the derivatives of its gates, gate by gate, then the bias.
    outgoing : numpy.ndarray
        a_1, …, a_{k-1}, the outgoing weights of the derivatives, (k - 1, n).
    bends : numpy.ndarray
        κ_2, …, κ_{k-1}, orthogonal to Δ, (k - 2, d).
    """

    layer: int
    neuron: int
    direction: Array
    outgoing: Array
    bends: Array

    @property
    def order(self) -> int:
        """k, the number of neurons that it stands for."""
        return len(self.outgoing) + 1

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, repr=False)
class GatedNetwork:
    """A network with gates: the end of a channel, in finite weights.

    Made by `limit_network`. It is evaluated by calling it; `critcount.landscape.limit_loss` gives
    the loss with its derivatives, `critcount.landscape.minimise_limit` trains it.

    Attributes
    ----------
    base : Network
        With one neuron in place of each group.
    gates : tuple of Gate
        By layer and neuron.
    """

    base: Network
    gates: tuple[Gate, ...]

    def __call__(self, inputs: npt.ArrayLike, activation: str) -> Array:
        """Return the outputs, (samples, d_out)."""
        from critcount.landscape import _gated, _kernels

        found = _gated.outputs(
            self.vector,
            None,
            _kernels.array(inputs),
            layout=layout_of(self.base),
            gates=self.shapes,
            activation=activation,
            limit=True,
        )
        return np.array(found)

    @property
    def vector(self) -> Array:
        """The weights of the base, then Δ, the bends and the outgoing weights of every gate."""
        parts = [to_vector(self.base)]
        for gate in self.gates:
            parts += [gate.direction, gate.bends.ravel(), gate.outgoing.ravel()]
        return np.concatenate(parts)

    @property
    def shapes(self) -> tuple[tuple[int, int, int, int, int], ...]:
        """Layer, neuron, the lengths of Δ and of an a, and k, of every gate."""
        return tuple(
            (gate.layer, gate.neuron, len(gate.direction), gate.outgoing.shape[1], gate.order)
            for gate in self.gates
        )

    def at(self, vector: Array) -> GatedNetwork:
        """Return the gated network with other weights: Δ a unit vector, the bends orthogonal."""
        layout = layout_of(self.base)
        place = number_of_parameters(layout)
        base = network_of(vector[:place], layout)
        gates = []
        for layer, neuron, d, n, order in self.shapes:
            middle, stop = place + d * (order - 1), place + (d + n) * (order - 1)
            given = vector[place:middle].reshape(order - 1, d)
            direction = given[0] / np.linalg.norm(given[0])
            bends = given[1:] - np.outer(given[1:] @ direction, direction)
            outgoing = vector[middle:stop].reshape(order - 1, n)
            gates.append(Gate(layer, neuron, direction, outgoing, bends))
            place = stop
        return GatedNetwork(base, tuple(gates))

    def idle(self) -> Array:
        """Return unit vectors that change nothing: the length of Δ, and bends along it."""
        place = number_of_parameters(layout_of(self.base))
        size = len(self.vector)
        rows = []
        for gate in self.gates:
            d = len(gate.direction)
            for m in range(gate.order - 1):
                row = np.zeros(size)
                row[place + m * d : place + (m + 1) * d] = gate.direction
                rows.append(row)
            place += (d + gate.outgoing.shape[1]) * (gate.order - 1)
        return np.array(rows)

    def network(self, epsilon: float) -> Network:
        """Return the network of the full widths at a distance ε > 0 from the end.

        The nodes of each group are evenly spaced, its first neuron the gate's; the others stand at
        the end of the layer.
        """
        if not 0 < epsilon < np.inf:
            raise ValueError(f"epsilon must be positive and finite, not {checks.show(epsilon)}")
        weights: list[Array] = []
        biases: list[Array | None] = []
        below: list[Gate] = []
        for k, matrix in enumerate(self.base.weights):
            bias = self.base.biases[k]
            rows = np.column_stack([matrix, *(gate.outgoing.T for gate in below)])
            if bias is not None:
                rows = np.column_stack([rows, bias])
            here = [gate for gate in self.gates if gate.layer == k]
            for gate in here:
                curve = np.vstack([rows[gate.neuron], gate.direction, gate.bends])
                places = epsilon * nodes(gate.order)
                points = Curve(places, curve).moments() @ curve
                rows[gate.neuron] = points[0]
                rows = np.vstack([rows, points[1:]])
            place = matrix.shape[1]
            for gate in below:
                columns = [gate.neuron, *range(place, place + gate.order - 1)]
                powers = epsilon ** np.arange(gate.order)
                rows[:, columns] = rows[:, columns] @ (mixing(gate.order) / powers).T
                place += gate.order - 1
            weights.append(rows[:, :place])
            biases.append(None if bias is None else rows[:, place])
            below = here
        return Network(weights, biases)

    def __repr__(self) -> str:
        places = ", ".join(
            f"layer {gate.layer}, neuron {gate.neuron}"
            + (f" of {gate.order}" if gate.order > 2 else "")
            for gate in self.gates
        )
        return f"<GatedNetwork {widths_text(self.base.widths)}, gates at {places}>"

    def _repr_html_(self) -> str:
        return markup.record(self)


class Mirror(NamedTuple):
    """What becomes of a neuron's outgoing weights when all its incoming ones change sign.

    They are multiplied with the sign, and shift times them goes to the biases of the next layer.
    """

    sign: int
    shift: float

    def _repr_html_(self) -> str:
        return markup.record(self)


def mirror_of(activation: str, bias: bool) -> Mirror | None:
    """Return how a neuron's function stays when its incoming weights change sign.

    None where it does not: σ has no such symmetry, or its constant needs a bias in the next layer.

    >>> mirror_of("tanh", False), mirror_of("sigmoid", True), mirror_of("sigmoid", False)
    (Mirror(sign=-1, shift=0.0), Mirror(sign=-1, shift=1.0), None)
    """
    sigma = ACTIVATIONS.get(activation)
    if sigma is None:
        return None
    if sigma.kind == "odd" or sigma.name == "sin":
        return Mirror(-1, 0.0)
    if sigma.kind == "even" or sigma.name == "cos":
        return Mirror(1, 0.0)
    if sigma.kind == "odd_constant" and bias:
        return Mirror(-1, 2 * sigma.constant)
    return None


def limit_network(
    network: Network,
    groups: Iterable[Channel | Sequence[int]],
    *,
    activation: str | None = None,
) -> GatedNetwork:
    """Return the gated network that groups of neurons tend to.

    Parameters
    ----------
    network : Network
    groups : iterable of Channel or sequences of int
        What `find_channels` returns; or for each group its hidden layer and two or more neurons
        of it. No neuron in two of them. The layers may be any, also neighbouring ones.
    activation : str, optional
        The name of an odd or even one, or of the sigmoid: neurons of a group whose incoming
        weights point away from those of its first are replaced by their mirror images.

    Returns
    -------
    GatedNetwork

    Raises
    ------
    TypeError, ValueError, IndexError
        No such neurons; neurons through which there is no curve, such as those with the same
        incoming weights.

    Notes
    -----
    O(k³) for a group of k. The curve through two neurons is a straight line; that through more is
    the one of the lowest degree that is parametrised by its own direction at the mean.

    Examples
    --------
    >>> weights = [[[1.0, 2.0], [1.002, 2.0], [-1.0, 0.5]], [[500.5, -499.5, 1.0]]]
    >>> limit_network(Network(weights), [(0, 0, 1)]).gates[0].outgoing.round(9)
    array([[1.]])
    """
    given = _groups(network, groups)
    if activation is not None:
        activation_of("activation", activation)
    weights: list[Array] = []
    biases: list[Array | None] = [None if b is None else np.array(b) for b in network.biases]
    raw = [np.array(w) for w in network.weights]
    gates: list[Gate] = []
    below: list[tuple[tuple[int, ...], Curve]] = []
    unfinished: list[tuple[int, int, Array]] = []
    for k, matrix in enumerate(raw):
        matrix = merged_columns(matrix, below)
        bias = biases[k]
        rows = matrix if bias is None else np.column_stack([matrix, bias])
        curves: list[tuple[tuple[int, ...], Curve]] = []
        here = [neurons for layer, neurons in given if layer == k]
        for neurons in here:
            _mirrored(rows, raw, biases, k, neurons, activation)
            curve = curve_through(rows[list(neurons)])
            if curve is None:
                names = ", ".join(map(str, neurons))
                raise ValueError(
                    f"neurons {names} of hidden layer {k} have no curve through their incoming "
                    "weights: two are the same, or three are far from a straight line"
                )
            rows[neurons[0]] = curve.jets[0]
            curves.append((neurons, curve))
        gone = [neuron for neurons in here for neuron in neurons[1:]]
        rows = np.delete(rows, gone, axis=0)
        inputs = matrix.shape[1]
        place = plain = inputs - sum(len(neurons) - 1 for neurons, _ in below)
        for layer, neuron, jets in unfinished:
            order = len(jets)
            outgoing = rows[:, place : place + order - 1].T
            gates.append(Gate(layer, neuron, jets[1], outgoing, jets[2:]))
            place += order - 1
        unfinished = [
            (k, neurons[0] - sum(j < neurons[0] for j in gone), curve.jets)
            for neurons, curve in curves
        ]
        weights.append(rows[:, :plain])
        biases[k] = None if bias is None else rows[:, inputs]
        below = curves
    return GatedNetwork(Network(weights, biases), tuple(gates))


def merged_columns(matrix: Array, groups: Sequence[tuple[tuple[int, ...], Curve]]) -> Array:
    """Return a matrix with the moments of columns that belong to a group in place of them.

    The sum stands in the place of the first, the others at the end, group by group.
    """
    if not groups:
        return matrix
    kept, moved = matrix.copy(), []
    for neurons, curve in groups:
        found = matrix[:, list(neurons)] @ curve.moments()
        kept[:, neurons[0]] = found[:, 0]
        moved.append(found[:, 1:])
    gone = [neuron for neurons, _ in groups for neuron in neurons[1:]]
    return np.column_stack([np.delete(kept, gone, axis=1), *moved])


def _groups(
    network: Network, groups: Iterable[Channel | Sequence[int]]
) -> list[tuple[int, tuple[int, ...]]]:
    """Return layer and sorted neurons of every group, by layer and first neuron, or raise."""
    require_network("network", network)
    given = []
    if isinstance(groups, Channel) or not isinstance(groups, Iterable):
        raise TypeError(f"groups must be a list of channels or groups, not {checks.show(groups)}")
    for number, found in enumerate(groups):
        group = (found.layer, *found.neurons) if isinstance(found, Channel) else found
        numbers = checks.integers(f"groups[{number}]", group)
        if len(numbers) < 3:
            raise ValueError(
                f"groups[{number}] must be a layer and two neurons of it or more, not "
                f"{checks.show(numbers)}"
            )
        layer = require_layer(network, numbers[0])
        width = network.widths[layer + 1]
        for neuron in numbers[1:]:
            if not 0 <= neuron < width:
                raise IndexError(
                    f"groups[{number}] must have neurons 0, …, {width - 1} of hidden layer "
                    f"{layer}, not {neuron}"
                )
        given.append((layer, tuple(sorted(numbers[1:]))))
    used = [(layer, neuron) for layer, neurons in given for neuron in neurons]
    if not given or len(set(used)) < len(used):
        raise ValueError(f"groups must be one or more, and disjoint, not {checks.show(given)}")
    return sorted(given)


def _mirrored(
    rows: Array,
    raw: list[Array],
    biases: list[Array | None],
    layer: int,
    neurons: tuple[int, ...],
    activation: str | None,
) -> None:
    """Put mirror images in place of neurons that point away from the first of a group."""
    following = biases[layer + 1]
    mirror = None if activation is None else mirror_of(activation, following is not None)
    if mirror is None:
        return
    for neuron in neurons[1:]:
        if rows[neuron] @ rows[neurons[0]] < 0:
            rows[neuron] *= -1
            if following is not None:
                following += mirror.shift * raw[layer + 1][:, neuron]
            raw[layer + 1][:, neuron] *= mirror.sign
