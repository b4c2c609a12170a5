"""What an activation's identities leave of a network: a part with clean symmetry, and a remainder.

σ(z) = κ + o(z) or λz + e(z), o odd and e even: a network is one with o or e for its activation,
plus a constant or a linear function, which are sums over its weights. Copies up to sign, sums of
outgoing weights and idle neurons are then those of the odd or even part, and two networks compute
the same function exactly when these and the remainders agree (*derived*, ``docs/activations.md``).
For the homogeneous kind incoming weights are brought to length 1 first, and biases of an
exponential to 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.checks import show
from critcount._support.types import Array, EntryFunction
from critcount.activations import Activation, Parity
from critcount.counting.domains import smooth_parts
from critcount.weights.depth import DeepForm, deep_form, turned_back
from critcount.weights.grouping import signed_groups
from critcount.weights.network import Network
from critcount.weights.reduction import ReducedLayer, reduced_layer, sums_of

__all__ = ["CanonicalForm", "Prepared", "prepare", "straightened", "turns_of"]

#: Beyond it e^b is no sensible factor of a weight.
LARGEST_BIAS = 300.0
#: Phases of sines are brought to within π/2 of it: away from 0 and π/2, which are in use.
CUT = 0.1


@dataclass(frozen=True, eq=False)
class CanonicalForm:
    """The function of a network with one hidden layer: classes with sums, and a remainder.

    f(x) = Σ_k sums[:, k] part(directions[k]·x + offsets[k]) + linear x + constant, the part being
    σ, or its odd or even part. Unique up to the order of the classes and, for an odd or even part,
    their signs.

    Attributes
    ----------
    activation : Activation or None
    directions : numpy.ndarray
        (classes, d_in).
    offsets : numpy.ndarray
        (classes,).
    sums : numpy.ndarray
        (d_out, classes).
    linear : numpy.ndarray
        (d_out, d_in).
    constant : numpy.ndarray
        (d_out,).
    """

    activation: Activation | None
    directions: Array
    offsets: Array
    sums: Array
    linear: Array
    constant: Array

    def part(self, z: Array) -> Array:
        """Return σ(z) less what the remainder has of it; ValueError when σ is not named."""
        if self.activation is None:
            raise ValueError("the form of a network whose activation is not named has no values")
        rest = self.activation.slope * z + self.activation.constant
        return np.asarray(self.activation(z) - rest)

    def __call__(self, x: npt.ArrayLike) -> Array:
        """Return the outputs for inputs of shape (n, d_in)."""
        inputs = np.asarray(x, dtype=np.float64)
        hidden = self.part(inputs @ self.directions.T + self.offsets)
        return np.asarray(hidden @ self.sums.T + inputs @ self.linear.T + self.constant)

    def _key(self) -> tuple[object, ...]:
        arrays = (self.directions, self.offsets, self.sums, self.linear, self.constant)
        return (self.activation, *((a.shape, (a + 0.0).tobytes()) for a in arrays))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CanonicalForm) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Prepared:
    """A network made ready for the reduction by equal, or equal up to sign, neurons.

    Attributes
    ----------
    network : Network
        Whose activation is `function`.
    parity : str
        "generic", "odd" or "even": of `function`.
    function : callable or None
    linear : numpy.ndarray
        What the original computes beside it, of one hidden layer; zero otherwise. A constant
        goes to the output bias, also where the original has none.
    slope, kappa : float
        λ and κ where there is a remainder that flips change; zero otherwise.
    scales : tuple of numpy.ndarray
        Of every hidden layer, what the incoming weights have been divided by.
    dead, straight : tuple of int
        Neurons without a kink on the domain: constant, or linear.
    shifted : bool
        Whether biases carry κ times the sums of outgoing weights.
    notes : tuple of str
        The relations of the activation that are not used, and why.
    deep : DeepForm or None
        Of several hidden layers of an activation with a linear part.
    flips : tuple of tuple of int
        The neurons that have been turned in them.
    """

    network: Network
    parity: Parity
    function: EntryFunction | None
    linear: Array
    slope: float = 0.0
    kappa: float = 0.0
    scales: tuple[Array, ...] = ()
    dead: tuple[int, ...] = ()
    straight: tuple[int, ...] = ()
    shifted: bool = False
    notes: tuple[str, ...] = ()
    deep: DeepForm | None = None
    flips: tuple[tuple[int, ...], ...] = ()

    @property
    def scaled(self) -> bool:
        """Whether incoming weights have been divided by something."""
        return any((scale != 1).any() for scale in self.scales)

    def back(self, network: Network, kappa: float) -> Network:
        """Return a network of the odd part as one of σ = κ + odd part: the constants go back."""
        if not self.shifted:
            return network
        return _shifted(network, -kappa)


def prepare(
    network: Network,
    activation: Activation | None,
    tolerance: float,
    domain: npt.ArrayLike | None = None,
) -> Prepared:
    """Return a network's part with clean symmetry, and the remainder.

    Parameters
    ----------
    network : Network
    activation : Activation or None
        None: nothing is known of σ, and no relation is used.
    tolerance : float
        Incoming weights below it, relative to the largest of the layer, are not normalised.
    domain : array_like, optional
        Inputs, (n, d_in): for activations with a kink and one hidden layer neurons that are
        constant or linear between them are taken out.

    Raises
    ------
    TypeError, ValueError
        When the domain is no such array, or the activation is of another kind.
    """
    q, d = len(network.weights[-1]), network.weights[0].shape[1]
    zero = Prepared(network, "generic", None, np.zeros((q, d)))
    if domain is not None and (activation is None or smooth_parts(activation) is None):
        raise ValueError(
            "domain goes with relu, leaky_relu, elu, selu and celu: neurons of other activations "
            "have no kink"
        )
    if domain is not None and len(network.weights) > 2:
        raise ValueError("domain goes with one hidden layer")
    if activation is None:
        return zero
    function, kind, single = activation.function, activation.kind, len(network.weights) == 2
    zero = replace(zero, function=function)
    later = all(bias is not None for bias in network.biases[1:])
    earlier = any(bias is not None for bias in network.biases[:-1])
    if kind in ("odd", "even"):
        return replace(zero, parity=kind)
    if kind == "trigonometric":
        zero = replace(zero, parity="odd" if activation.vanishes_at_zero else "even")
        if not earlier:
            return zero
        if not single:
            note = ("in several hidden layers neurons of one frequency and different phases are "
                    "not added up",)  # fmt: skip
            return replace(zero, network=_phases(network, tolerance, activation), notes=note)
        turned, whole = _added(network, tolerance, activation)
        note = (
            "several outputs: neurons of one frequency whose amplitudes have different phases at "
            "the outputs are not added up",
        )
        return replace(zero, network=turned, notes=() if whole else note)
    if kind == "exponential":
        return replace(zero, network=_without_biases(network, tolerance, activation))
    if kind == "odd_constant":
        kappa = activation.constant
        odd = _minus(function, lambda z: np.full(np.shape(z), kappa))
        if later:
            return replace(
                zero,
                network=_shifted(network, kappa),
                parity="odd",
                function=odd,
                shifted=True,
            )
        if single:
            end = _plus(None, kappa * network.weights[1].sum(axis=1))
            part = Network._trusted(
                map(np.array, network.weights), [network.biases[0], end], network.precision
            )
            return replace(zero, network=part, parity="odd", function=odd, kappa=kappa)
        note = (f"{activation.identity} is not used: a layer above has no bias for the constants",)
        return replace(zero, notes=note)
    if kind == "generic":
        return zero if domain is None else _half_linear(zero, activation, tolerance, domain)
    if not single:
        return _deep(zero, activation, tolerance)
    scales: tuple[Array, ...] = ()
    if kind == "homogeneous":
        network, scales = _normalised(network, tolerance)
    return _even(replace(zero, network=network, scales=scales), activation, tolerance, domain)


def _deep(start: Prepared, activation: Activation, tolerance: float) -> Prepared:
    """Turn the neurons of several hidden layers back, where no linear function is left over."""
    network = start.network
    form = deep_form(network, activation, tolerance)
    scales = tuple(layer.scales for layer in form.layers)
    if activation.kind == "homogeneous":
        network = _divided(network, scales)
    note = (
        "in several hidden layers further identities are not excluded: the network is reduced, "
        "not canonical",
    )
    homogeneous = activation.kind == "homogeneous"
    start = replace(start, deep=form, scales=scales if homogeneous else (), notes=note)
    if not form.opposite:
        return replace(start, network=network)
    biases = [bias is not None for bias in network.biases]
    turns = form.turns(tolerance, biases)
    if turns is None:
        left = (
            f"opposite neurons leave a linear function over ({activation.identity}): in the "
            "configurations they stay apart, the minimal network has linear neurons for it",
        )
        return replace(start, network=network, notes=left + note)
    network, flips = turned_back(network, form, turns)
    return replace(start, network=network, flips=flips)


def _even(
    start: Prepared, activation: Activation, tolerance: float, domain: npt.ArrayLike | None
) -> Prepared:
    """Take the linear part out of a network with one hidden layer."""
    network, slope = start.network, activation.slope
    (incoming, outgoing), bias = network.weights, network.biases[0]
    offsets = np.zeros(len(incoming)) if bias is None else bias
    slopes = np.full(len(incoming), slope)
    dead = straight = np.zeros(len(incoming), dtype=bool)
    if domain is not None:
        dead, straight = _off_the_kinks(network, domain, tolerance)
        slopes[straight], slopes[dead] = slope + activation.kink, slope - activation.kink
        outgoing = np.where(dead | straight, 0.0, outgoing)
    weighted = network.weights[1] * slopes
    end = _plus(network.biases[1], weighted @ offsets)
    return replace(
        start,
        network=Network._trusted([incoming, np.array(outgoing)], [bias, end], network.precision),
        parity="even",
        function=_minus(activation.function, lambda z: slope * np.asarray(z)),
        linear=weighted @ incoming,
        slope=slope,
        dead=tuple(np.flatnonzero(dead).tolist()),
        straight=tuple(np.flatnonzero(straight).tolist()),
    )


def _half_linear(
    start: Prepared, activation: Activation, tolerance: float, domain: npt.ArrayLike
) -> Prepared:
    """Take out the neurons that are linear on the domain, for σ(z) = γz where z > 0."""
    network, slope = start.network, float(activation(1.0))
    _, straight = _off_the_kinks(network, domain, tolerance)
    incoming, bias = network.weights[0], network.biases[0]
    weighted = slope * np.where(straight, network.weights[1], 0.0)
    end = network.biases[1]
    if straight.any():
        if bias is None or end is None:
            raise ValueError(
                f"{activation.name} on a domain goes with biases of the hidden neurons and of the "
                f"outputs: neuron {int(np.argmax(straight))} is linear there, and they take it up"
            )
        end = end + weighted @ bias
    outgoing = np.where(straight, 0.0, network.weights[1])
    note = (
        "neurons that are negative on all of the domain are exponentials there; of two with the "
        "same incoming weights and different biases this is not used",
    )
    return replace(
        start,
        network=Network._trusted(
            [np.array(incoming), outgoing], [bias, end], network.precision, network.activation
        ),
        linear=weighted @ incoming,
        straight=tuple(np.flatnonzero(straight).tolist()),
        notes=note,
    )


def straightened(
    network: Network, linear: Array, activation: Activation, domain: npt.ArrayLike
) -> Network:
    """Return the network with a linear function added by neurons that are linear on the domain.

    Parameters
    ----------
    network : Network
        One hidden layer with biases, and biases of the outputs.
    linear : numpy.ndarray
        (d_out, d_in).
    activation : Activation
        With σ(z) = γz for z > 0.
    domain : array_like
        (n, d_in).
    """
    u, values, v = np.linalg.svd(linear, full_matrices=False)
    rank = int((values > 1e-9 * values[0]).sum())
    lift = 1 - np.minimum((np.asarray(domain) @ v[:rank].T).min(axis=0), 0)
    out = u[:, :rank] * values[:rank] / float(activation(1.0))
    (incoming, outgoing), (bias, end) = network.weights, network.biases
    return Network._trusted(
        [np.concatenate([incoming, v[:rank]]), np.column_stack([outgoing, out])],
        [
            None if bias is None else np.concatenate([bias, lift]),
            None if end is None else end - float(activation(1.0)) * (out @ lift),
        ],
        network.precision,
    )


def _off_the_kinks(
    network: Network, domain: npt.ArrayLike, tolerance: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which neurons are negative, and which positive, on all of the domain."""
    inputs = np.asarray(domain, dtype=np.float64)
    d = network.weights[0].shape[1]
    if inputs.ndim != 2 or inputs.shape[1] != d or not len(inputs):
        raise ValueError(f"domain must have shape (inputs, {d}), not {inputs.shape}")
    if not np.isfinite(inputs).all():
        raise ValueError("domain must be finite")
    bias = network.biases[0]
    z = inputs @ network.weights[0].T + (0 if bias is None else bias)
    margin = tolerance * np.abs(z).max(axis=0)
    moving = np.linalg.norm(network.weights[0], axis=1) > 0
    dead = (z.max(axis=0) <= margin) & moving
    return dead, (z.min(axis=0) >= -margin) & moving & ~dead


def _plus(bias: Array | None, constant: Array) -> Array:
    """Return an output bias that also takes up the constant, where there was none too."""
    return constant if bias is None else bias + constant


def _minus(function: EntryFunction, other: EntryFunction) -> EntryFunction:
    return lambda z: np.asarray(function(z) - other(z))


def _shifted(network: Network, kappa: float) -> Network:
    """Return the network with κ times the sums of the weights added to later biases."""
    biases: list[Array | None] = [network.biases[0]]
    for weight, bias in zip(network.weights[1:], network.biases[1:], strict=True):
        biases.append(None if bias is None else bias + kappa * weight.sum(axis=1))
    return Network._trusted(map(np.array, network.weights), biases, network.precision)


def _normalised(network: Network, tolerance: float) -> tuple[Network, tuple[Array, ...]]:
    """Return a network with one hidden layer with incoming weights of length 1."""
    norms = np.linalg.norm(network.weights[0], axis=1)
    scales = (np.where(norms > tolerance * norms.max(initial=0), norms, 1.0),)
    return _divided(network, scales), scales


def _divided(network: Network, scales: Sequence[Array]) -> Network:
    """Return the network with incoming weights over their scales, which are pushed upwards."""
    weights, biases = list(network.weights), list(network.biases)
    for k, scale in enumerate(scales):
        bias = biases[k]
        weights[k] = weights[k] / scale[:, None]
        biases[k] = None if bias is None else bias / scale
        weights[k + 1] = weights[k + 1] * scale
    return Network._trusted(map(np.array, weights), biases, network.precision)


def turns_of(phases: Array) -> Array:
    """Return how many half turns bring phases near 0; the cut is at no phase that is in use."""
    return np.asarray(np.round((phases - CUT) / np.pi))


def _probed(network: Network, k: int, probes: Array) -> Array:
    """Return ±1 for each neuron of a layer: equal ones agree, and opposite ones are opposite.

    The preactivation of a neuron at one input less that at another does not depend on its bias,
    on the order and the signs of the neurons below, or on what idle ones add.
    """
    z = probes @ network.weights[k].T
    return np.where(z[0] - z[1] < 0, -1.0, 1.0)


def _above(network: Network, k: int, probes: Array, activation: Activation) -> Array:
    bias = network.biases[k]
    return activation(probes @ network.weights[k].T + (0.0 if bias is None else bias))


def _probes(network: Network) -> Array:
    return np.random.default_rng(0).standard_normal((2, network.weights[0].shape[1]))


def _phases(network: Network, tolerance: float, activation: Activation) -> Network:
    """Return the network of sines with biases of half a turn: σ(z + π) = -σ(z).

    The biases are those with the constants of the layer below. The cut is one for a neuron and
    its opposite: phases are brought near 0 in the sign in which the neuron ascends.
    """
    weights, biases = list(network.weights), list(network.biases)
    parity: Parity = "odd" if activation.vanishes_at_zero else "even"
    below: ReducedLayer | None = None
    probes = _probes(network)
    for k in range(len(weights) - 1):
        bias = biases[k]
        now = Network._trusted(weights, biases, network.precision)
        if bias is not None:
            _, offset = sums_of(now, k, below)
            sign = _probed(now, k, probes)
            turns = turns_of(sign * (bias if offset is None else offset))
            biases[k] = bias - np.pi * sign * turns
            weights[k + 1] = weights[k + 1] * np.where(turns % 2 == 0, 1.0, -1.0)
            now = Network._trusted(weights, biases, network.precision)
        if k + 2 < len(weights):
            below = reduced_layer(now, k, below, tolerance, parity, activation.function)
            probes = _above(now, k, probes, activation)
    return Network._trusted(weights, biases, network.precision)


def _added(network: Network, tolerance: float, activation: Activation) -> tuple[Network, bool]:
    """Return the network of sines with one phase for every frequency, and whether all have one.

    With signs ε, a σ(ε(wx + ψ)) of one w add up to one sine of the amplitude Σ ±a e^(iψ) = z. With
    z = u e^(iφ), u real, each has the phase φ instead and the weight a cos(ψ - φ): these add up
    to u, and what is left out adds up to 0.
    """
    network = _phases(network, tolerance, activation)
    ascent = _probed(network, 0, _probes(network))
    (incoming, outgoing), bias = network.weights, network.biases[0]
    phases = np.zeros(len(incoming)) if bias is None else np.array(bias)
    outgoing = np.array(outgoing)
    norms = np.linalg.norm(incoming, axis=1)
    live = np.flatnonzero(norms > tolerance * norms.max(initial=0))
    letters, signs = signed_groups(incoming[live], tolerance * norms.max(initial=0))
    size, whole = float(np.abs(outgoing).max(initial=0)), True
    odd = activation.vanishes_at_zero
    for block in range(int(letters.max(initial=-1)) + 1):
        where, sign = live[letters == block], signs[letters == block]
        shift = sign * phases[where]
        factor = sign if odd else np.ones(len(where))
        amplitude = (outgoing[:, where] * factor) @ np.exp(1j * shift)  # (d_out,)
        phase = shift[0]
        if np.abs(amplitude).max(initial=0) > tolerance * size:
            phase = 0.5 * float(np.angle((amplitude**2).sum()))
        if np.abs((amplitude * np.exp(-1j * phase)).imag).max(initial=0) > tolerance * size:
            whole = False
            continue
        first = ascent[where[0]]  # whose sign in its block is 1
        phase -= np.pi * first * float(turns_of(np.array(first * phase)))
        outgoing[:, where] *= np.cos(shift - phase)
        phases[where] = sign * phase
    return (
        Network._trusted(
            [np.array(incoming), outgoing], [phases, network.biases[1]], network.precision
        ),
        whole,
    )


def _without_biases(network: Network, tolerance: float, activation: Activation) -> Network:
    """Return the network of exponentials with hidden biases of 0, e^b pushed upwards.

    The biases are those with the constants of the layer below.
    """
    weights, biases = list(network.weights), list(network.biases)
    below: ReducedLayer | None = None
    for k in range(len(weights) - 1):
        bias = biases[k]
        now = Network._trusted(weights, biases, network.precision)
        if bias is not None:
            _, offset = sums_of(now, k, below)
            offset = bias if offset is None else offset
            if np.abs(offset).max(initial=0) > LARGEST_BIAS:
                raise ValueError(
                    f"biases[{k}] of exponentials must be at most {LARGEST_BIAS:g} in magnitude, "
                    f"not {show(float(np.abs(offset).max()))}"
                )
            biases[k] = bias - offset
            weights[k + 1] = weights[k + 1] * np.exp(offset)
            now = Network._trusted(weights, biases, network.precision)
        if k + 2 < len(weights):
            below = reduced_layer(now, k, below, tolerance, "generic", activation.function)
    return Network._trusted(map(np.array, weights), biases, network.precision)
