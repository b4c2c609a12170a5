"""Channels to infinity: groups of neurons that become a gate, and the limit that they tend to.

Two neurons of a layer whose incoming weights near each other while their outgoing weights grow
with opposite signs [M25]. With w = (w_i + w_j)/2, ε = |w_i - w_j|/2, Δ = (w_i - w_j)/|w_i - w_j|,
c = a_i + a_j and a = ε(a_i - a_j) the pair sends on c σ(z) + a (Δ·h) σ'(z) + O(ε²). Groups of more
become a gate with higher derivatives (`critcount.landscape.gates`). The loss is L_0 + ε² h +
O(ε³), and O(ε⁴) for nodes that are evenly spaced: what is at ε = 0 can be minimised in finite
coordinates, and h says whether the loss falls towards it. A bias is a part of w.

[M25] is Martinelli, van Meegen, Şimşek, Gerstner, Brea 2025, arXiv 2506.14951.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount.activations import activation_of
from critcount.architecture import widths_text
from critcount.landscape.curves import Curve, curve_through
from critcount.landscape.gates import (
    Channel,
    GatedNetwork,
    limit_network,
    merged_columns,
    mirror_of,
)
from critcount.landscape.optimise import Function, Options, by_products, minimum
from critcount.landscape.problem import Problem
from critcount.landscape.spectra import Spectrum, lowest_eigenvalues, lowest_spectrum, spectrum
from critcount.landscape.vectors import layout_of, to_vector
from critcount.weights.network import Network, require_network

__all__ = [
    "ChannelEnd",
    "ChannelPoint",
    "channel_end",
    "find_channels",
    "follow_channel",
    "limit_loss",
    "minimise_limit",
    "named_end",
]

#: Neurons are near each other when 1 - cos of their incoming weights is below this, …
NEAR = 1e-3
#: … and cancel when the sum of their outgoing weights is below this part of the sum of norms.
CANCELLED = 0.1
#: The step of a derivative by ε, relative to it.
DERIVATIVE_STEP = 1e-4
#: The most that h may be negative, relative to the loss: rounding.
FLAT_RISE = 1e-9


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
        Of the Hessian of the limit loss, all of it or its lowest part; the length of Δ and the
        bends along it, which do not count, are left out.
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

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON has them, without the network."""
        return {
            "loss": self.loss,
            "gradient_norm": self.gradient_norm,
            "rises": list(self.rises),
            "converged": self.converged,
            "stable": self.stable,
            "outgoing": [gate.outgoing.tolist() for gate in self.gated.gates],
            "bends": [gate.bends.tolist() for gate in self.gated.gates],
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
        How steeply the loss falls along the channel, per length of the weights. For groups of k
        it is of the order of ε^(k+1): the loss falls by 2hε dε, and the outgoing weights, of the
        order ε^(1-k), move by ε^(-k) dε. By ε itself, or by the distance of the incoming weights,
        the loss falls as ε.
    largest_eigenvalue : float
        Of the Hessian of the network; of the order of ε^(2-2k).
    network : Network
    """

    epsilon: float
    loss: float
    slope: float
    largest_eigenvalue: float
    network: Network

    def _repr_html_(self) -> str:
        return markup.record(self)


def find_channels(
    network: Network,
    *,
    activation: str | None = None,
    near: float = NEAR,
    cancelled: float = CANCELLED,
) -> tuple[Channel, ...]:
    """Return the groups of neurons that are near each other and cancel, in every hidden layer.

    Parameters
    ----------
    network : Network
    activation : str, optional
        The name of an odd or even one, or of the sigmoid where the next layer has biases: neurons
        near the negatives of others are found too. Without it none are.
    near : float
        Two neurons are near when 1 - cos of their incoming weights, bias included, is below this.
        Groups are what is connected by that.
    cancelled : float
        A group is one when the norm of the sum of its outgoing weights is below this part of the
        sum of their norms; those of mirrored neurons with the sign that they have as mirror
        images.

    Returns
    -------
    tuple of Channel

    See Also
    --------
    critcount.landscape.channel_end : where the channels of a network lead to.
    critcount.landscape.limit_network : the gates that groups of neurons become.

    Notes
    -----
    The layers are gone through from the first. The columns of a group are replaced by their
    moments before the next layer is looked at: large weights from a channel make all neurons of
    the next layer look alike.

    Examples
    --------
    >>> weights = [[[1.0, 2.0], [1.001, 2.0], [-1.0, 0.5]], [[158.6, -157.6, 1.0]]]
    >>> [channel.neurons for channel in find_channels(Network(weights))]
    [(0, 1)]
    >>> weights[0][1], weights[1][0][1] = [-1.001, -2.0], 157.6
    >>> find_channels(Network(weights), activation="tanh")[0].mirrored
    (1,)
    """
    require_network("network", network)
    if activation is not None:
        activation_of("activation", activation)
    found: list[Channel] = []
    below: list[tuple[tuple[int, ...], Curve]] = []
    columns = np.array(network.weights[0])
    for layer in range(len(network.weights) - 1):
        rows = merged_columns(columns, below)
        columns, below = np.array(network.weights[layer + 1]), []
        if (bias := network.biases[layer]) is not None:
            rows = np.column_stack([rows, bias])
        following = network.biases[layer + 1] is not None
        mirror = None if activation is None else mirror_of(activation, following)
        norms = np.linalg.norm(rows, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            units = rows / norms[:, None]
        cosines = units @ units.T
        distances = 1 - (cosines if mirror is None else np.abs(cosines))
        sizes = np.linalg.norm(columns, axis=0)
        for group in _connected(distances < near):
            away = group[cosines[group[0], group] < 0]
            if mirror is not None:
                rows[away] *= -1
                columns[:, away] *= mirror.sign
            total = sizes[group].sum()
            part = float(np.linalg.norm(columns[:, group].sum(axis=1)) / total) if total else 1.0
            if not part < cancelled:
                continue
            others = np.delete(sizes, group)
            middle = float(np.median(others)) if len(others) else 0.0
            neurons = tuple(int(i) for i in group)
            found.append(
                Channel(
                    layer,
                    neurons,
                    tuple(int(i) for i in away),
                    float(distances[np.ix_(group, group)].max()),
                    part,
                    float(sizes[group].max()) / middle if middle else np.inf,
                )
            )
            if (curve := curve_through(rows[group])) is not None:
                below.append((neurons, curve))
    return tuple(found)


def limit_loss(problem: Problem, gated: GatedNetwork) -> Function:
    """Return the loss of gated networks of one form, with its derivatives, of their vectors.

    Parameters
    ----------
    problem : Problem
        Without weight decay, with which nothing runs to infinity.
    gated : GatedNetwork
        Says which form; its `vector` is an argument.

    Returns
    -------
    Function
        Of `value`, `gradient` and `hessian`.

    Raises
    ------
    ValueError
        With weight decay; where inputs or outputs are not those of the data.

    Examples
    --------
    >>> x = np.linspace(-2, 2, 30)[:, None]
    >>> problem = Problem(x, np.tanh(x) + x / np.cosh(x) ** 2, activation="tanh")
    >>> start = limit_network(Network([[[1.1], [0.9]], [[6.0, -5.0]]]), [(0, 0, 1)])
    >>> loss = limit_loss(problem, start)
    >>> loss.gradient(start.vector).shape
    (4,)
    >>> round(loss.value(np.array([1.0, 1.0, 1.0, 1.0])), 9)
    0.0
    """
    return _function(problem, gated, None)


def minimise_limit(
    problem: Problem,
    gated: GatedNetwork,
    *,
    tolerance: float = 1e-12,
    iterations: int = 500,
    limit: int = 5000,
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
        The most Hessians, or iterations of methods that need only products with them.
    limit : int
        The most weights for which Hessians are made; beyond it products with them are.

    Returns
    -------
    ChannelEnd

    Raises
    ------
    ValueError
        With weight decay.

    See Also
    --------
    critcount.landscape.limit_network : a gated network to begin with.
    critcount.landscape.follow_channel : points on the way there.

    Notes
    -----
    The limit loss is that of the gated network. h is the derivative of the loss by ε²; for a gate
    of k neurons

        h = Σ δ·(a_{k-2} g^(k)(0)/(k(k-1)) + a_{k-1} g^(k+1)(0)/((k+1)k))

    over the samples, δ the derivatives of the loss by what the next layer receives. It is the same
    for all nodes, evenly spaced or not, with Σ t_i = 0 and Σ t_i² = 2ε² (derived): with e_2 and
    e_3 their elementary symmetric polynomials t^k = -e_2 t^(k-2) + e_3 t^(k-3) - …, so that the
    moments of the orders k and k + 1 are those of the orders k - 2 and k - 1 times -e_2 = ε², up
    to ε³. So near a non-degenerate minimum of the limit loss with every h positive the loss is
    larger at all finite networks of the group.
    """
    function = _function(problem, gated, None)
    options = Options(tolerance=tolerance, iterations=iterations, largest=1e4)
    start = gated.vector
    product = _product(problem, gated)
    if small := len(start) <= checks.integer("limit", limit, minimum=0):
        found = minimum(function, start, options)
    else:
        found = by_products(function, product, start, options)
    end = gated.at(found.x)
    vector = end.vector
    norm = float(np.linalg.norm(function.gradient(vector)))
    idle = end.idle()
    if small:
        basis = np.linalg.svd(idle)[2][len(idle) :].T
        measured = basis.T @ function.hessian(vector) @ basis
        spectrum_there = spectrum((measured + measured.T) / 2, error=norm)
    else:
        spectrum_there = _lowest_part(product, vector, idle, norm)
    return ChannelEnd(
        end,
        function.value(vector),
        norm,
        spectrum_there,
        _rises(problem, end),
        found.converged and (small or spectrum_there.index == 0),
    )


def _lowest_part(
    product: Callable[[Array, Array], Array], vector: Array, idle: Array, error: float
) -> Spectrum:
    """Return the lowest eigenvalues, idle directions lifted above all others."""
    size = len(vector)
    probe = np.random.default_rng(0).standard_normal(size)
    # the expected square of this is that of the Frobenius norm, at least the largest eigenvalue
    lift = 2 * float(np.linalg.norm(product(vector, probe)))

    def lifted(v: Array) -> Array:
        across = idle @ v
        inside = product(vector, v - idle.T @ across)
        return np.asarray(inside - idle.T @ (idle @ inside) + lift * (idle.T @ across))

    return lowest_spectrum(lifted, size, error=error)


def follow_channel(
    problem: Problem,
    gated: GatedNetwork,
    epsilons: Sequence[float],
    *,
    tolerance: float = 1e-10,
    iterations: int = 100,
    advance: Advance = silent,
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
    advance : callable
        Told of points done.

    Returns
    -------
    tuple of ChannelPoint

    Raises
    ------
    ValueError
        A distance that is not positive; weight decay.

    See Also
    --------
    critcount.landscape.minimise_limit : the end of the channel, at infinity.
    critcount.plots.critical.channel_laws : a figure of the laws along it.
    """
    if not isinstance(epsilons, Sequence | np.ndarray) or isinstance(epsilons, str):
        raise TypeError(f"epsilons must be a list of numbers, not {checks.show(epsilons)}")
    for epsilon in epsilons:
        if not 0 < epsilon < np.inf:
            raise ValueError(f"epsilons must be positive and finite, not {checks.show(epsilon)}")
    points = []
    here = gated
    for epsilon in epsilons:
        function = _function(problem, here, np.full(len(here.gates), epsilon))
        options = Options(tolerance=tolerance, iterations=iterations, largest=1e4)
        here = here.at(minimum(function, here.vector, options).x)
        network = here.network(epsilon)
        points.append(
            ChannelPoint(
                float(epsilon),
                problem.loss(network),
                _slope(problem, here, float(epsilon)),
                _largest_eigenvalue(problem, network),
                network,
            )
        )
        advance(1)
    return tuple(points)


def channel_end(problem: Problem, network: Network, *, limit: int = 5000) -> ChannelEnd:
    """Return the end of the channels that a network is in, minimised.

    Parameters
    ----------
    problem : Problem
        Without weight decay.
    network : Network
    limit : int
        As in `minimise_limit`.

    Returns
    -------
    ChannelEnd

    Raises
    ------
    ValueError
        When it is in none, or its neurons do not lie on a curve.

    See Also
    --------
    critcount.landscape.find_channels : which neurons are in a channel.
    critcount.landscape.follow_channel : points on its floor.
    critcount.landscape.along_critical_line : two copies of a neuron in finite weights.
    """
    found = find_channels(network, activation=problem.activation)
    if not found:
        raise ValueError(
            "network must be in a channel: it has no neurons of a layer that are near each other "
            "and cancel"
        )
    gated = limit_network(network, found, activation=problem.activation)
    return minimise_limit(problem, gated, limit=limit)


def named_end(problem: Problem, network: Network, *, limit: int = 5000) -> str:
    """Return which channels a network is in and the limit loss, in words; "" when in none.

    `limit` is that of `minimise_limit`.

    Examples
    --------
    >>> problem = Problem([[1.0, 0.0], [0.0, 1.0]], [[1.0], [0.0]], activation="tanh")
    >>> named_end(problem, Network([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]]))
    ''
    """
    found = find_channels(network, activation=problem.activation)
    if not found:
        return ""
    text = f"in a channel to infinity ({'; '.join(channel.name for channel in found)})"
    try:
        end = channel_end(problem, network, limit=limit)
    except (ArithmeticError, ValueError):
        return text
    state = "a minimum at infinity" if end.stable else "not stable itself"
    return f"{text} with the limit loss {end.loss:.6g}, {state}"


def _largest_eigenvalue(problem: Problem, network: Network) -> float:
    objective, vector = problem.at(network), to_vector(network)
    [found] = lowest_eigenvalues(lambda v: -objective.product(vector, v), objective.size, 1)
    return -float(found)


def _slope(problem: Problem, gated: GatedNetwork, epsilon: float) -> float:
    """Return the derivative of the loss along the channel, per length of the weights."""
    ends = [
        to_vector(gated.network(epsilon * factor))
        for factor in (1 + DERIVATIVE_STEP, 1 - DERIVATIVE_STEP)
    ]
    along = ends[0] - ends[1]
    gradient = problem.gradient(gated.network(epsilon))
    return float(gradient @ along / np.linalg.norm(along))


def _function(problem: Problem, gated: GatedNetwork, distances: Array | None) -> Function:
    """Return the loss at distances, or in the limit."""
    from critcount.landscape import _gated

    given = _names(problem, gated, distances)
    data = problem.data[:2]

    def value(x: Array) -> float:
        return float(_gated.value(x, distances, *data, **given))

    def gradient(x: Array) -> Array:
        return np.array(_gated.gradient(x, distances, *data, **given))

    def hessian(x: Array) -> Array:
        found: Array = np.array(_gated.hessian(x, distances, *data, **given))
        return np.asarray((found + found.T) / 2)

    return Function(value, gradient, hessian)


def _names(problem: Problem, gated: GatedNetwork, distances: Array | None) -> dict[str, Any]:
    """Return what the functions are compiled for, after the problem was looked at."""
    if not isinstance(gated, GatedNetwork):
        advice = ": limit_network makes one" if isinstance(gated, Network) else ""
        raise TypeError(f"gated must be a GatedNetwork, not {checks.show(gated)}{advice}")
    if problem.weight_decay:
        raise ValueError("problem must have no weight decay: with it nothing runs to infinity")
    problem.at(gated.base)
    return {
        "layout": layout_of(gated.base),
        "gates": gated.shapes,
        "activation": problem.activation,
        "loss": problem.loss_name,
        "limit": distances is None,
    }


def _product(problem: Problem, gated: GatedNetwork) -> Callable[[Array, Array], Array]:
    """Return the Hessian of the limit loss, as products: of a vector and a direction."""
    from critcount.landscape import _gated

    given = _names(problem, gated, None)
    data = problem.data[:2]
    return lambda x, v: np.array(_gated.product(x, v, None, *data, **given))


def _rises(problem: Problem, gated: GatedNetwork) -> tuple[float, ...]:
    from critcount.landscape import _gated

    given = _names(problem, gated, None)
    found = _gated.rises(gated.vector, np.zeros(len(gated.gates)), *problem.data[:2], **given)
    return tuple(float(h) for h in np.asarray(found))


def _connected(near: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the components of two neurons or more."""
    from scipy.sparse.csgraph import connected_components

    number, labels = connected_components(near, directed=False)
    for label in range(number):
        group = np.flatnonzero(labels == label)
        if len(group) > 1:
            yield group
