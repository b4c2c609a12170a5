"""The best fit of one network to another of the same widths, up to the symmetries of both.

Permuting the neurons of a hidden layer does not change the function; with an odd or even
activation neither does flipping signs, with a homogeneous one scaling. Here a network is carried
along these ways as near to another as can be found: by weight matching, which solves an assignment
problem for one layer after another until no layer improves (Ainsworth et al. 2023, "Git Re-Basin",
arXiv 2209.04836). What is left is a distance and, along the straight line, a barrier of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.types import Array, EntryFunction, Indices
from critcount.activations import Activation, activation_of
from critcount.architecture import widths_text
from critcount.weights._scales import refitted, scaled
from critcount.weights.network import Network, interpolate, require_network
from critcount.weights.subspaces import require_same_biases

__all__ = ["Alignment", "align", "barrier", "function_loss"]

ALIGNMENT_SWEEPS = 1000  # over the layers; each improves the fit, and a few are usual


@dataclass(frozen=True)
class Alignment:
    """The answer of `align`.

    Attributes
    ----------
    a, b : Network
        The two networks as they were given.
    aligned : Network
        The network b with its neurons in a's order, signs and scales: the same function.
    symmetries : tuple of str
        What was used: "permutations", and "signs" or "scales" where the activation has them.
    places : tuple of tuple of int
        For every hidden layer: neuron i of `aligned` is neuron places[i] of b.
    signs : tuple of tuple of int
        1 or -1 for every neuron of `aligned`.
    scales : tuple of tuple of float
        By which its incoming weights and bias were multiplied, all 1 but for homogeneous
        activations.
    before, distance : float
        The Euclidean distance of b, and of `aligned`, from a.
    relative : float
        `distance` divided by the root of ‖a‖ ‖b'‖, b' the aligned network: about √2 for networks
        that have nothing in common, 0 for copies.
    """

    a: Network
    b: Network
    aligned: Network
    symmetries: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]
    signs: tuple[tuple[int, ...], ...]
    scales: tuple[tuple[float, ...], ...]
    before: float
    distance: float
    relative: float

    def __repr__(self) -> str:
        return (
            f"<Alignment of {widths_text(self.a.widths)}, distance {self.distance:.3g} "
            f"instead of {self.before:.3g}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


def align(
    a: Network,
    b: Network,
    activation: str | Activation | None = None,
    *,
    starts: int = 10,
    rng: np.random.Generator | int = 0,
) -> Alignment:
    """Return the best fit of b to a that weight matching finds.

    Parameters
    ----------
    a, b : Network
        Of the same widths, with biases in the same layers.
    activation : str or Activation, optional
        It says which symmetries there are besides permutations: signs for odd ones (tanh, erf,
        sin) and even ones, and for the sigmoid where the next layer has a bias; scales for relu
        and leaky_relu. By default a's own, where it is known, and else "generic", which has none.
    starts : int
        From how many orders of the neurons the search begins: the given one, that of a first
        pass from the inputs, and random ones. With one hidden layer any finds the best of all;
        with several the problem is hard, and the best fit found is kept.
    rng : numpy.random.Generator or int
        Of the random starts.

    Returns
    -------
    Alignment

    Raises
    ------
    TypeError, ValueError
        For other widths or biases, or an activation that is not known.

    Notes
    -----
    Let A and B be the weight matrices and P the permutations. ‖A_k - P_k B_k P_(k-1)ᵀ‖² summed
    over the layers is least where Σ⟨A_k, P_k B_k P_(k-1)ᵀ⟩ is largest, and for one P_k with all
    others held that is an assignment problem. With signs the gain of a pair of neurons is the
    magnitude of what it is without (*derived*). The sigmoid is brought into the odd form first,
    σ(z) = 1/2 + o(z) with 1/2 made part of the next bias: what is least is the distance in that
    form.

    With scales both networks are first brought to incoming weights of norm 1 and fitted. Then, for
    one layer after another with the others held, order and scales are chosen together: for a pair
    of neurons the best scale is the root of a polynomial of degree four, and the assignment takes
    what is left of each pair. So with one hidden layer the distance is the least over all orders
    and scales; with several no layer alone can lower it (*derived*). A neuron whose incoming or
    outgoing weights are all 0 keeps the scale that it has.

    softplus, silu and gelu have no symmetry of a single neuron, and only permutations are used: as
    σ(z) - σ(-z) = 2λz with λ not 0, a flipped neuron changes the layer's output by a linear
    function of its inputs, for which nothing makes up unless Σ a w = 0 over several flipped ones.

    Complexity: for every sweep O(Σ m³) for the assignments and the products of the matrices;
    with scales m² roots for a layer besides.

    Examples
    --------
    >>> a = Network([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 3.0]]])
    >>> b = Network([[[0.0, -1.0], [1.1, 0.0]], [[-3.0, 2.0]]])
    >>> found = align(a, b, "tanh")
    >>> found.places, found.signs, round(found.distance, 3)
    (((1, 0),), ((1, -1),), 0.1)
    """
    require_network("a", a)
    require_network("b", b)
    if a.widths != b.widths:
        raise ValueError(
            f"a is {widths_text(a.widths)} and b is {widths_text(b.widths)}: a fit is between "
            "networks of the same widths"
        )
    require_same_biases(a, b)
    sigma = activation_of("activation", activation or a.activation or "generic")
    starts = checks.integer("starts", starts, minimum=1)
    one, two = _centred(a, sigma, 1), _centred(b, sigma, 1)
    unit = np.ones
    norms_a, norms_b = ([unit(m) for m in a.widths[1:-1]] for _ in range(2))
    if sigma.kind == "homogeneous":
        (one, norms_a), (two, norms_b) = _normalised(one), _normalised(two)
    fit = _Fit(one, two, _signs(a, sigma))
    places, signs = fit.best(starts, np.random.default_rng(rng))
    moved = _moved(two, places, signs, _parity(sigma) == "even")
    scales = [mine / theirs[at] for mine, theirs, at in zip(norms_a, norms_b, places, strict=True)]
    if sigma.kind == "homogeneous":
        moved, places, scales = refitted(a, scaled(moved, norms_a), places, scales)
    aligned = _centred(moved, sigma, -1)
    distance = _norm(_minus(a, aligned))
    size = float(np.sqrt(_norm(_arrays(a)) * _norm(_arrays(aligned))))
    return Alignment(
        a=a,
        b=b,
        aligned=aligned,
        symmetries=_symmetries(fit.free, sigma),
        places=tuple(tuple(place.tolist()) for place in places),
        signs=tuple(tuple(sign.astype(int).tolist()) for sign in signs),
        scales=tuple(tuple(scale.tolist()) for scale in scales),
        before=_norm(_minus(a, b)),
        distance=distance,
        relative=distance / size if size else 0.0,
    )


def barrier(a: Network, b: Network, loss: Callable[[Network], float], points: int = 25) -> float:
    """Return how high a loss rises along the straight line between two networks.

    Parameters
    ----------
    a, b : Network
        Of one kind.
    loss : callable
        Of a network, for instance of `function_loss`.
    points : int
        At which the line is tried, its ends included.

    Returns
    -------
    float
        max over t of loss((1 - t) a + t b) - (1 - t) loss(a) - t loss(b), never below 0.

    Examples
    --------
    >>> a = Network([[[1.0]], [[1.0]]])
    >>> b = Network([[[-1.0]], [[-1.0]]])
    >>> round(barrier(a, b, function_loss([[1.0]], a([[1.0]], "tanh"), "tanh")), 3)
    0.58
    """
    points = checks.integer("points", points, minimum=2)
    ends = loss(a), loss(b)
    highest = 0.0
    for t in np.linspace(0, 1, points)[1:-1]:
        line = (1 - t) * ends[0] + t * ends[1]
        highest = max(highest, loss(interpolate(a, b, float(t))) - line)
    return float(highest)


def function_loss(
    x: npt.ArrayLike, y: npt.ArrayLike, activation: str | EntryFunction | None = None
) -> Callable[[Network], float]:
    """Return the mean squared error on data, as a function of a network.

    Parameters
    ----------
    x : array_like
        Inputs of shape (n, d_in).
    y : array_like
        Targets of shape (n, d_out).
    activation : str or callable, optional
        As `Network` takes it.
    """
    inputs, targets = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if inputs.ndim != 2 or targets.ndim != 2 or len(inputs) != len(targets) or not len(inputs):
        raise ValueError(
            f"x and y must have shapes (n, d_in) and (n, d_out), not {inputs.shape} and "
            f"{targets.shape}"
        )

    def loss(network: Network) -> float:
        outputs = network(inputs, activation)
        if outputs.shape != targets.shape:
            raise ValueError(f"y must have shape {outputs.shape}, not {targets.shape}")
        return float(np.mean(np.square(outputs - targets).sum(axis=1)))

    return loss


def _signs(network: Network, sigma: Activation) -> list[str]:
    """Return for every hidden layer which signs are free: "no", "both" or "incoming"."""
    hidden = range(len(network.weights) - 1)
    if sigma.kind == "odd_constant":
        return ["both" if network.biases[k + 1] is not None else "no" for k in hidden]
    parity = _parity(sigma)
    return ["both" if parity == "odd" else "incoming" if parity else "no" for _ in hidden]


def _symmetries(free: list[str], sigma: Activation) -> tuple[str, ...]:
    also = ["signs"] * any(word != "no" for word in free)
    return ("permutations", *also, *["scales"] * (sigma.kind == "homogeneous"))


def _parity(sigma: Activation) -> str:
    """Return "odd" or "even" where the activation is that, and "" elsewhere."""
    if sigma.kind == "trigonometric":
        return "odd" if sigma.vanishes_at_zero else "even"
    return sigma.kind if sigma.kind in ("odd", "even") else ""


def _centred(network: Network, sigma: Activation, sign: int) -> Network:
    """Return the network with the constant of σ made part of the next bias, or taken out."""
    if sigma.kind != "odd_constant":
        return network
    biases = list(network.biases)
    for k in range(1, len(biases)):
        if (bias := biases[k]) is not None:
            biases[k] = bias + sign * sigma.constant * network.weights[k].sum(axis=1)
    return _network(network, network.weights, biases)


def _normalised(network: Network) -> tuple[Network, list[Array]]:
    """Return the network with incoming weights of norm 1, and the norms that they had."""
    norms = []
    weights, biases = list(network.weights), list(network.biases)
    for k in range(len(weights) - 1):
        bias = biases[k]
        rows = weights[k] if bias is None else np.column_stack([weights[k], bias])
        norm = np.linalg.norm(rows, axis=1)
        norm[norm == 0] = 1
        norms.append(norm)
        weights[k] = weights[k] / norm[:, None]
        biases[k] = None if bias is None else bias / norm
        weights[k + 1] = weights[k + 1] * norm
    return _network(network, weights, biases), norms


def _moved(
    network: Network, places: Sequence[Indices], signs: Sequence[Array], even: bool
) -> Network:
    """Return the network with the neurons of its layers permuted and flipped."""
    weights, biases = list(network.weights), list(network.biases)
    for k, (place, sign) in enumerate(zip(places, signs, strict=True)):
        weights[k] = weights[k][place] * sign[:, None]
        bias = biases[k]
        biases[k] = None if bias is None else bias[place] * sign
        weights[k + 1] = weights[k + 1][:, place] * (1 if even else sign)
    return _network(network, weights, biases)


def _network(like: Network, weights: Sequence[Array], biases: Sequence[Array | None]) -> Network:
    return Network._trusted(weights, biases, like.precision, like.activation)


class _Fit:
    """Weight matching of two networks."""

    def __init__(self, a: Network, b: Network, free: list[str]) -> None:
        self.a, self.b, self.free = a, b, free

    def best(self, starts: int, rng: np.random.Generator) -> tuple[list[Indices], list[Array]]:
        """Return the permutations and signs of the best fit from several starts."""
        hidden = self.a.widths[1:-1]
        best: tuple[list[Indices], list[Array]] = ([], [])
        most = -np.inf
        for start in range(starts if len(hidden) > 1 else 1):
            shuffled = start > 1
            places = [rng.permutation(m) if shuffled else np.arange(m) for m in hidden]
            signs = [np.ones(m) for m in hidden]
            if start == 1:  # from the inputs on, outgoing weights left out
                for k in range(len(hidden)):
                    self._improve(k, places, signs, outgoing=False)
            value = -np.inf
            for _ in range(ALIGNMENT_SWEEPS):
                order = rng.permutation(len(hidden)) if start else np.arange(len(hidden))
                gained = sum(self._improve(int(k), places, signs) for k in order)
                value = self._value(places, signs)
                if gained <= 1e-12 * max(1.0, abs(value)):
                    break
            if value > most:
                most, best = value, (places, signs)
        return best

    def _improve(
        self, k: int, places: list[Indices], signs: list[Array], *, outgoing: bool = True
    ) -> float:
        """Give one layer its best permutation and signs; return by how much the fit gains."""
        from scipy.optimize import linear_sum_assignment

        into = self._incoming(k, places, signs)
        out = self._outgoing(k, places, signs) if outgoing else np.zeros_like(into)
        if self.free[k] == "both":
            gains, sign = np.abs(into + out), np.where(into + out < 0, -1.0, 1.0)
        elif self.free[k] == "incoming":
            gains, sign = np.abs(into) + out, np.where(into < 0, -1.0, 1.0)
        else:
            gains, sign = into + out, np.ones_like(into)
        rows, chosen = linear_sum_assignment(gains, maximize=True)
        now = places[k]
        factor = signs[k] if self.free[k] != "incoming" else np.ones(len(now))
        before = float((signs[k] * into[rows, now] + factor * out[rows, now]).sum())
        gained = float(gains[rows, chosen].sum()) - before
        if gained > 0:
            places[k], signs[k] = chosen.astype(np.intp), sign[rows, chosen]
        return max(gained, 0.0)

    def _incoming(self, k: int, places: list[Indices], signs: list[Array]) -> Array:
        """Return the scalar products of incoming weights and biases, a's neurons by b's."""
        theirs = self.b.weights[k]
        if k:
            theirs = theirs[:, places[k - 1]] * self._passed(k - 1, signs)
        product = self.a.weights[k] @ theirs.T
        mine, bias = self.a.biases[k], self.b.biases[k]
        return product if mine is None or bias is None else product + np.outer(mine, bias)

    def _outgoing(self, k: int, places: list[Indices], signs: list[Array]) -> Array:
        theirs = self.b.weights[k + 1]
        if k + 1 < len(places):
            theirs = theirs[places[k + 1]] * signs[k + 1][:, None]
        return np.asarray(self.a.weights[k + 1].T @ theirs)

    def _passed(self, k: int, signs: list[Array]) -> Array:
        """Return the signs that a layer's outgoing weights have."""
        return signs[k] if self.free[k] != "incoming" else np.ones_like(signs[k])

    def _value(self, places: list[Indices], signs: list[Array]) -> float:
        moved = _moved(self.b, places, signs, "incoming" in self.free)
        pairs = zip(_arrays(self.a), _arrays(moved), strict=True)
        return sum(float(np.vdot(x, y)) for x, y in pairs)


def _arrays(network: Network) -> list[Array]:
    return [array for array in (*network.weights, *network.biases) if array is not None]


def _minus(a: Network, b: Network) -> list[Array]:
    return [x - y for x, y in zip(_arrays(a), _arrays(b), strict=True)]


def _norm(arrays: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float(np.vdot(array, array)) for array in arrays)))
