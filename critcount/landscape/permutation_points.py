"""Permutation points: from a minimum, two neurons of a layer are made to collide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount.architecture import widths_text
from critcount.landscape.approach import ON_PATH, Approach, NoCollisionError, approach
from critcount.landscape.inertia import Inertia, critical_subspace_inertia
from critcount.landscape.neurons import permute, replicate, require_layer, require_pairs
from critcount.landscape.problem import Problem
from critcount.landscape.reckoning import Announce, path_memory, path_work
from critcount.landscape.spectra import GAP, Spectrum
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network, require_network

__all__ = [
    "NoCollisionError",
    "PermutationPoint",
    "permutation_point",
    "successive_permutation_points",
]


#: The largest gradient at which a network passes for a minimum.
MINIMUM = ON_PATH


@dataclass(frozen=True, repr=False)
class PermutationPoint:
    """A permutation point, and the path of networks that leads there.

    Made by `permutation_point`.

    Attributes
    ----------
    layer : int
        The hidden layer, from 0.
    pairs : tuple of (int, int)
        The neurons that have collided; their number is the order K of the point.
    path : tuple of Network
        From the minimum (for K > 1 from the point of order K - 1) to the point, minimised at
        every distance of the last pair.
    distances : tuple of float
        The Euclidean distances of the last pair along the path, incoming weights, bias and
        outgoing weights taken together; the last one is 0.
    losses : tuple of float
    gradient_norms : tuple of float
        Of the gradient along the weights that have the pair at the same distance; of the whole
        gradient at the two ends.
    jumps : tuple of (float, float)
        Distances at which the path is not continuous, as far as steps of a hundredth of the usual
        length can tell, and how far the weights moved there. Also the end of a gap, where for
        larger distances the minimum is at infinity.
    point : Network
        Collided neurons have the same incoming weights and bias and half of the outgoing weights.
    reduced : Network
        The network with one neuron in place of each pair; a minimum of the loss for its widths.
        The neurons keep their order, the merged one the place of the first of its pair.
    miss : float
        How far the point is from where the path led to: the Euclidean distance of the weights,
        the difference of the pair left out.
    direction : numpy.ndarray
        The unit vector along which the pair separates: the difference of its neurons at the last
        distance that is not zero (incoming weights, bias, outgoing weights). The path goes
        on beyond the point along its negative.
    spectrum : Spectrum
        Of the Hessian at the point; beyond the limit its lowest eigenvalues.
    reduced_spectrum : Spectrum
        Of the Hessian of the reduced network; as there.
    inertia : Inertia
        Of the Hessian at the point, from the small matrices of the collided neurons.
    equal_loss_dimension : int
        The dimension of the plane through the point on which the loss stays: with a_i + a_j
        fixed the outgoing weights of a pair can be shared in any way.
    equal_loss_deviation : float
        The largest difference of the loss from that of the point, measured at steps as long as
        the pair's outgoing weights, to both sides along each axis of that plane and its diagonal.
    converged : bool
        Whether the gradients are small: 1e-9 on the path, the tolerance at the point.
    tolerance : float
    softmax : bool
        Whether the next layer is the output of a softmax.
    """

    layer: int
    pairs: tuple[tuple[int, int], ...]
    path: tuple[Network, ...]
    distances: tuple[float, ...]
    losses: tuple[float, ...]
    gradient_norms: tuple[float, ...]
    jumps: tuple[tuple[float, float], ...]
    point: Network
    reduced: Network
    miss: float
    direction: Array
    spectrum: Spectrum
    reduced_spectrum: Spectrum
    inertia: Inertia
    equal_loss_dimension: int
    equal_loss_deviation: float
    converged: bool
    tolerance: float
    softmax: bool

    @property
    def order(self) -> int:
        """K, the number of pairs that have collided."""
        return len(self.pairs)

    @property
    def loss(self) -> float:
        """The loss at the point."""
        return self.losses[-1]

    @property
    def gradient_norm(self) -> float:
        """The norm of the gradient at the point."""
        return self.gradient_norms[-1]

    @property
    def index(self) -> int | None:
        """The number of negative eigenvalues of the Hessian; None when undecided.

        By `critcount.landscape.inertia`; the spectrum measures the same.
        """
        return self.inertia.index

    @property
    def hessian_nullity(self) -> int | None:
        """The measured number of vanishing eigenvalues of the Hessian; None when undecided."""
        return self.spectrum.nullity

    @property
    def reduced_nullity(self) -> int | None:
        """The same for the reduced network: what is there without a collision."""
        return self.reduced_spectrum.nullity

    @property
    def derived_nullity(self) -> int | None:
        """What the Hessian's nullity is in general, at non-zero loss.

        That of the reduced network plus max(1, n - d) for each pair, with n neurons in the next
        layer and d incoming weights, bias included; for the outputs of a softmax, which can all
        be shifted, plus 1 + max(1, n - 1 - d) (derived).
        """
        if self.reduced_nullity is None:
            return None
        d = self.point.widths[self.layer] + (self.point.biases[self.layer] is not None)
        n = self.point.widths[self.layer + 2]
        added = 1 + max(1, n - 1 - d) if self.softmax else max(1, n - d)
        return self.reduced_nullity + self.order * added

    @property
    def through(self) -> tuple[Network, ...]:
        """The path through the point, to the start with the last pair exchanged.

        The second half is the first one reversed, with the two neurons exchanged: exactly so, to
        the last bit.
        """
        i, j = self.pairs[-1]
        swap = list(range(self.point.widths[self.layer + 1]))
        swap[i], swap[j] = j, i
        back = (permute(network, self.layer, swap) for network in self.path[-2::-1])
        return (*self.path, *back)

    def share(self, shifts: npt.ArrayLike) -> Network:
        """Return another point of the equal-loss plane.

        Parameters
        ----------
        shifts : array_like
            Of shape (K, n), n the neurons of the next layer: for every pair what is added to the
            outgoing weights of its first neuron and taken from those of its second.

        Returns
        -------
        Network
        """
        return _share(self.point, self.layer, self.pairs, np.asarray(shifts, np.float64))

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON has them, without the networks."""
        return {
            "widths": list(self.point.widths),
            "layer": self.layer,
            "pairs": [list(pair) for pair in self.pairs],
            "loss": self.loss,
            "start_loss": self.losses[0],
            "gradient_norm": self.gradient_norm,
            "converged": self.converged,
            "tolerance": self.tolerance,
            "index": self.index,
            "hessian_nullity": self.hessian_nullity,
            "reduced_nullity": self.reduced_nullity,
            "derived_nullity": self.derived_nullity,
            "equal_loss_dimension": self.equal_loss_dimension,
            "equal_loss_deviation": self.equal_loss_deviation,
            "miss": self.miss,
            "jumps": [list(jump) for jump in self.jumps],
            "direction": self.direction.tolist(),
            "distances": list(self.distances),
            "losses": list(self.losses),
            "gradient_norms": list(self.gradient_norms),
            "spectrum": self.spectrum.to_dict(),
            "reduced_spectrum": self.reduced_spectrum.to_dict(),
        }

    def __repr__(self) -> str:
        pairs = ", ".join(f"{i} and {j}" for i, j in self.pairs)
        index = "undecided" if self.index is None else self.index
        nullity = "undecided" if self.hessian_nullity is None else self.hessian_nullity
        state = "" if self.converged else ", not converged"
        state += f", {len(self.jumps)} jumps" if self.jumps else ""
        where = f"{widths_text(self.point.widths)}, layer {self.layer}, neurons {pairs}"
        return (
            f"<PermutationPoint of {where}: loss {self.loss:.6g}, index {index}, "
            f"nullity {nullity}{state}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


def permutation_point(
    problem: Problem,
    network: Network,
    layer: int,
    i: int,
    j: int,
    *,
    steps: int = 40,
    tolerance: float = 1e-12,
    limit: int = 5000,
    announce: Announce | None = None,
    advance: Advance = silent,
) -> PermutationPoint:
    """Return the permutation point at which two neurons of a layer collide.

    From a minimum of the loss the distance of the two neurons is shrunk to zero, and at every
    distance everything else is minimised: all other weights, the pair's mean, and the direction
    of their difference. The distance is that of the joint vectors of incoming weights, bias and
    outgoing weights. (With only the incoming weights held at a distance δ, and more than one
    neuron in the next layer, there is no minimum in the limit: the differences of the
    outgoing weights grow like 1/δ, and the pair becomes a neuron and a derivative of it.)
    At the end the pair is merged into one neuron, the loss of the narrower network is minimised
    from there, and the neuron is doubled: a critical point of the loss, beyond which the path is
    its own mirror image, i and j exchanged (Brea et al. 2019, arXiv 1907.02911).

    Parameters
    ----------
    problem : Problem
    network : Network
        A minimum: gradient at most 1e-9, no negative eigenvalue of the Hessian.
    layer : int
        A hidden layer, from 0.
    i, j : int
        Two of its neurons, from 0.
    steps : int
        Of the path, at least; where it bends, and at its end, there are more.
    tolerance : float
        Of the norm of the gradient at the point; on the path it is 1e-9.
    limit : int
        The most weights for which Hessians are made; a wider network is led along the path by
        products with them.
    announce : callable, optional
        Told before the path begins how much memory and time it takes, a `path_work`; ``print``
        shows it.
    advance : callable, optional
        Called after every step with the part of the distance that it went, for a progress bar.

    Returns
    -------
    PermutationPoint

    Raises
    ------
    NoCollisionError
        When the path does not arrive: as the pair is moved together the minimum of all else can
        run off to infinity, and that of the narrower network too.
    TypeError, IndexError, ValueError
        No such layer or neurons, twice the same neuron, a layer of one neuron; the network is no
        minimum; the neurons are copies of each other already.
    SizeLimitError
        When the path takes more memory than the machine has.

    See Also
    --------
    critcount.count_permutation_points : how many a network has, at any size.
    critcount.PermutationPoints :
        those of one layer as configurations: listed, ranked, drawn at random.
    critcount.landscape.valley : the valley at a permutation point of a trained network.
    critcount.connectivity.ValleyGraph.pair_nodes : those of first order as nodes of a graph.
    critcount.landscape.tied_point : one found by minimising with the pair tied; with weight decay.

    Notes
    -----
    Steps follow the tangent of the path, are halved where it bends, and corrected by Newton's
    method with exact Hessians: some 5 of them each step, of P² entries, and O(P³) operations. With
    more weights than the limit conjugate gradients within a trust region take products with the
    Hessian instead, each as long as two to four gradients; as long as a Hessian fits into a GiB
    one is factored for every P/10 products or so, and preconditions them. Then some 100 products
    are taken each step, without it thousands: `announce` and `path_work` say how much that is.
    Folds are then found less sharply, and the nullity mostly not.
    Where the minimum at a distance ceases to exist a longer descent leads to another one; where
    that runs off to infinity the path is taken up again from the other end, the minimum of the
    narrower network, with the pair drawn apart. Both are in ``jumps``.

    The Hessian at the point splits. In the symmetric directions it is congruent to the Hessian of
    the narrower network; in the antisymmetric ones, where the pair's incoming weights w differ by
    +p and -p and its outgoing weights a by +q and -q, it is [[S, Mᵀ], [M, 0]] with aᵀM = 0
    (derived). So there are rank M negative eigenvalues, at least, from each collision.

    Examples
    --------
    >>> from critcount.landscape.training import train
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(-2, 2, size=(60, 2))
    >>> teacher = Network([rng.normal(size=(8, 2)), rng.normal(size=(1, 8))])
    >>> problem = Problem(x, teacher(x, "generic"))
    >>> found = train(problem, 2, seed=0)
    >>> permutation_point(problem, found.network, 0, 0, 1)
    <PermutationPoint of 2-2-1, layer 0, neurons 0 and 1: loss 1.41321, index 1, nullity 1>
    """
    search = _Search(problem, steps, tolerance, limit, announce, advance)
    return search.run(network, layer, [(i, j)])[0]


def successive_permutation_points(
    problem: Problem,
    network: Network,
    layer: int,
    pairs: Iterable[Sequence[int]],
    *,
    steps: int = 40,
    tolerance: float = 1e-12,
    limit: int = 5000,
    announce: Announce | None = None,
    advance: Advance = silent,
) -> tuple[PermutationPoint, ...]:
    """Return the permutation points at which disjoint pairs of a layer collide, one by one.

    Pairs that have collided stay so: the next pair collides in the narrower network, and the
    result is doubled. The point of order K has K pairs of collided neurons.

    Parameters
    ----------
    problem, network, layer, steps, tolerance, limit, announce
        As in `permutation_point`; what is announced is for each pair.
    pairs : iterable of (int, int)
        Disjoint, in the order in which they collide.
    advance : callable, optional
        As there; for every pair the parts make 1.

    Returns
    -------
    tuple of PermutationPoint
        Of the orders 1, 2, …

    Raises
    ------
    TypeError, IndexError, ValueError
        As there, and when a neuron is in two pairs.
    """
    search = _Search(problem, steps, tolerance, limit, announce, advance)
    return tuple(search.run(network, layer, pairs))


class _Search:
    """The arguments that all pairs share."""

    def __init__(
        self,
        problem: Problem,
        steps: int,
        tolerance: float,
        limit: int,
        announce: Announce | None,
        advance: Advance,
    ) -> None:
        if not isinstance(problem, Problem):
            raise TypeError(f"problem must be a Problem, not {checks.show(problem)}")
        if problem.weight_decay:
            raise ValueError(
                "problem must have no weight decay: with it two neurons do not merge; see "
                "tied_point"
            )
        self.problem = problem
        self.steps = checks.integer("steps", steps, minimum=1)
        if not 0 < tolerance < 1:
            raise ValueError(
                f"tolerance must be above 0 and below 1, not {checks.show(tolerance)}"
            )
        self.tolerance = float(tolerance)
        self.limit = checks.integer("limit", limit, minimum=1)
        self.announce = announce
        self.advance = advance

    def run(
        self, network: Network, layer: int, pairs: Iterable[Sequence[int]]
    ) -> list[PermutationPoint]:
        layer = require_layer(require_network("network", network), layer)
        given = require_pairs(network, layer, pairs)
        neurons = [neuron for pair in given for neuron in pair]
        for neuron in neurons:
            if neurons.count(neuron) > 1:
                raise ValueError(f"pairs must be disjoint: neuron {neuron} is in two of them")
        path_memory(self.problem.at(network), self.limit)
        self._require_minimum(network)
        if self.announce is not None:
            work = path_work(self.problem, network, steps=self.steps, limit=self.limit)
            self.announce(work)
        word = list(range(network.widths[layer + 1]))
        points: list[PermutationPoint] = []
        reduced = network
        for number, (i, j) in enumerate(given):
            a, b = word[i], word[j]  # a < b: both are still single
            trail = approach(
                self.problem,
                reduced,
                layer,
                a,
                b,
                steps=self.steps,
                tolerance=self.tolerance,
                limit=self.limit,
                advance=self.advance,
            )
            merged = [c if c < b else a if c == b else c - 1 for c in word]
            points.append(self._point(trail, layer, tuple(given[: number + 1]), word, merged))
            reduced, word = trail.reduced, merged
        return points

    def _inertia(
        self, reduced: Network, layer: int, word: Sequence[int], found: Spectrum
    ) -> Inertia:
        words: list[Sequence[int]] = [range(n) for n in reduced.widths[1:-1]]
        words[layer] = word
        return critical_subspace_inertia(self.problem, reduced, words, reduced=found)

    def _require_minimum(self, network: Network) -> None:
        norm = float(np.linalg.norm(self.problem.gradient(network)))
        if not norm <= MINIMUM:
            raise ValueError(
                f"network must be a minimum of the loss: the norm of its gradient is {norm:.1e}, "
                f"not {MINIMUM:.0e} or less; minimise it first"
            )
        found = self.problem.spectrum(network, limit=self.limit)
        lowest = float(found.eigenvalues.min(initial=0))
        # the noise of Lanczos's method is far above rounding, and says enough
        exact = len(found.eigenvalues) == len(to_vector(network))
        if lowest < -(GAP if exact else 1) * found.noise:
            raise ValueError(
                f"network must be a minimum of the loss: the Hessian has the eigenvalue "
                f"{lowest:.2g}, so that it is a saddle"
            )

    def _point(
        self,
        trail: Approach,
        layer: int,
        pairs: tuple[tuple[int, int], ...],
        word: list[int],
        merged: list[int],
    ) -> PermutationPoint:
        problem = self.problem
        path = tuple(replicate(network, layer, word) for network in trail.networks)
        point = path[-1]
        losses = tuple(problem.loss(network) for network in path)
        ends = [float(np.linalg.norm(problem.gradient(path[k]))) for k in (0, -1)]
        norms = (ends[0], *trail.gradient_norms[1:-1], ends[1])
        # H v = (g, -g)/…, for v the pair's outgoing weights with opposite signs, is as small as
        # the gradient g of the incoming weights: that is how far a zero can be off
        columns = point.weights[layer + 1][:, [i for i, _ in pairs]]
        size = float(np.linalg.norm(columns, axis=0).min())
        reduced_size = 2 * size
        measured = problem.spectrum(point, error=ends[1] / size, limit=self.limit)
        reduced = problem.spectrum(
            trail.reduced,
            error=float(np.linalg.norm(problem.gradient(trail.reduced))) / reduced_size,
            limit=self.limit,
        )
        return PermutationPoint(
            layer=layer,
            pairs=pairs,
            path=path,
            distances=trail.distances,
            losses=losses,
            gradient_norms=norms,
            jumps=trail.jumps,
            point=point,
            reduced=trail.reduced,
            miss=trail.miss,
            direction=trail.direction,
            spectrum=measured,
            reduced_spectrum=reduced,
            inertia=self._inertia(trail.reduced, layer, merged, reduced),
            equal_loss_dimension=columns.size,
            equal_loss_deviation=_deviation(problem, point, layer, pairs),
            converged=max(norms) <= ON_PATH and norms[-1] <= self.tolerance,
            tolerance=self.tolerance,
            softmax=problem.loss_name == "cross-entropy" and layer == len(point.weights) - 2,
        )


def _share(
    point: Network, layer: int, pairs: tuple[tuple[int, int], ...], shifts: Array
) -> Network:
    columns = np.array(point.weights[layer + 1])
    expected = (len(pairs), len(columns))
    if shifts.shape != expected:
        raise ValueError(f"shifts must have shape {expected}, not {shifts.shape}")
    for (i, j), shift in zip(pairs, shifts, strict=True):
        columns[:, i] += shift
        columns[:, j] -= shift
    weights = list(point.weights)
    weights[layer + 1] = columns
    return Network(weights, point.biases)


def _deviation(
    problem: Problem, point: Network, layer: int, pairs: tuple[tuple[int, int], ...]
) -> float:
    """Return the largest change of the loss along the axes of the equal-loss plane."""
    outgoing = point.weights[layer + 1][:, [i for i, _ in pairs]].T
    axes = np.eye(outgoing.size).reshape(-1, *outgoing.shape)
    steps = float(np.linalg.norm(outgoing)) * np.concatenate([axes, axes.sum(0)[None]])
    loss = problem.loss(point)
    shared = (_share(point, layer, pairs, shift) for shift in (*steps, *-steps))
    return max(abs(problem.loss(network) - loss) for network in shared)
