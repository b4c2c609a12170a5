"""From a permutation point to every permutation of its layer at the same loss."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from critcount._support import checks, markup
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.activations import Activation, activation_of
from critcount.architecture import widths_text
from critcount.landscape.neurons import permute
from critcount.landscape.permutation_points import PermutationPoint
from critcount.landscape.problem import Problem
from critcount.weights.network import Network, interpolate
from critcount.weights.paths import ZeroLossPath, zero_loss_path

__all__ = ["Route", "Valley", "connect", "valley"]

#: Copies of a neuron differ by rounding only.
COPY_TOLERANCE = 1e-9


@dataclass(frozen=True, repr=False)
class Valley:
    """A way from a permutation point to the same point permuted; made by `valley`.

    Attributes
    ----------
    layer : int
    permutation : tuple of int
        Neuron i of the layer moves to place permutation[i].
    path : ZeroLossPath
        From the point to the permuted one in straight lines: iteration yields the vertices.
    loss : float
        At the point.
    deviation : float
        The largest difference of the loss from that, at the vertices and in between.
    samples : int
        The number of networks at which it was measured.
    """

    layer: int
    permutation: tuple[int, ...]
    path: ZeroLossPath
    loss: float
    deviation: float
    samples: int

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON has them."""
        return {
            "layer": self.layer,
            "permutation": list(self.permutation),
            "segments": self.path.segments,
            "loss": self.loss,
            "deviation": self.deviation,
            "samples": self.samples,
        }

    def __repr__(self) -> str:
        return (
            f"<Valley of layer {self.layer} to {list(self.permutation)}: "
            f"{self.path.segments} segments, loss {self.loss:.6g} within {self.deviation:.1e}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, repr=False)
class Route:
    """A way from a minimum to the same minimum permuted; made by `connect`.

    Attributes
    ----------
    point : PermutationPoint
    valley : Valley
    networks : tuple of Network
        Vertices of the route: the path up to the point, the valley, the permuted path down.
    losses : tuple of float
        Of the networks.
    highest : float
        The largest loss at the networks and in between, on straight lines from one to the next.
    """

    point: PermutationPoint
    valley: Valley
    networks: tuple[Network, ...]
    losses: tuple[float, ...]
    highest: float

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON has them, without the networks."""
        return {
            "point": self.point.to_dict(),
            "valley": self.valley.to_dict(),
            "losses": list(self.losses),
            "highest": self.highest,
        }

    def __repr__(self) -> str:
        return (
            f"<Route of {widths_text(self.point.point.widths)} to "
            f"{list(self.valley.permutation)} in layer {self.valley.layer}: {len(self.networks)} "
            f"networks, loss from {self.losses[0]:.6g} to at most {self.highest:.6g}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


def valley(
    problem: Problem,
    point: PermutationPoint,
    permutation: Iterable[int],
    *,
    samples: int = 5,
) -> Valley:
    """Return the way through the equal-loss valley to a permutation of a permutation point.

    The narrower network, with one neuron in place of each pair, takes the part of a teacher: the
    networks of the layer's full width that compute the same function make up affine subspaces,
    one for each node of I(n - K, n), and a walk in that graph is a path of straight lines. For
    K = 1 it is the graph of `critcount.valley_graph`, which is connected for n ≥ 2: all
    permutations of the layer are reached at the loss of the point (Brea et al. 2019,
    arXiv 1907.02911).

    Parameters
    ----------
    problem : Problem
    point : PermutationPoint
        Of any order.
    permutation : iterable of int
        Of the neurons of its layer: neuron i moves to place permutation[i].
    samples : int
        Networks on every straight line, besides its ends, at which the loss is measured.

    Returns
    -------
    Valley

    Raises
    ------
    TypeError, ValueError
        No permutation of the layer's neurons; the narrower network has copies or useless neurons
        itself.

    See Also
    --------
    critcount.valley_graph :
        the valley of a layer as a graph of configurations; no weights, no loss.
    critcount.landscape.permutation_point :
        one of a trained network, found by descent, with its Hessian.
    critcount.landscape.connect : the way through it to a permutation of the layer.

    Examples
    --------
    >>> import numpy as np
    >>> from critcount.landscape.permutation_points import permutation_point
    >>> from critcount.landscape.training import train
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(-2, 2, size=(60, 2))
    >>> teacher = Network([rng.normal(size=(8, 2)), rng.normal(size=(1, 8))])
    >>> problem = Problem(x, teacher(x, "generic"))
    >>> found = train(problem, 2, seed=0)
    >>> point = permutation_point(problem, found.network, 0, 0, 1)
    >>> valley(problem, point, [1, 0]).deviation < 1e-14
    True
    """
    samples = checks.integer("samples", samples, minimum=0)
    places = checks.integers("permutation", permutation)
    end = permute(point.point, point.layer, places)
    # copies and permutations alone are wanted, whatever other relations σ has
    sigma = activation_of("activation", problem.activation)
    plain = Activation(sigma.name, sigma.function, "generic")
    path = zero_loss_path(point.point, end, COPY_TOLERANCE, plain)
    loss = problem.loss(point.point)
    losses = [problem.loss(network) for network in _between(path, samples)]
    return Valley(
        layer=point.layer,
        permutation=places,
        path=path,
        loss=loss,
        deviation=max(abs(other - loss) for other in losses),
        samples=len(losses),
    )


def connect(
    problem: Problem,
    point: PermutationPoint,
    permutation: Iterable[int],
    *,
    samples: int = 5,
    advance: Advance = silent,
) -> Route:
    """Return the whole way from a minimum to a permutation of it, through a permutation point.

    Up the path of the point, through the equal-loss valley to the permuted point, and down the
    path permuted.

    Parameters
    ----------
    problem : Problem
    point : PermutationPoint
        The way begins where its path begins.
    permutation : iterable of int
        Of the neurons of its layer: neuron i moves to place permutation[i].
    samples : int
        Networks on every straight line, besides its ends, at which the loss is measured.
    advance : callable, optional
        Called with 1 after each of the three parts, for a progress bar.

    Returns
    -------
    Route

    Raises
    ------
    TypeError, ValueError
        As `valley`.

    See Also
    --------
    critcount.valley_graph :
        the valley of a layer as a graph of configurations; no weights, no loss.
    critcount.landscape.valley : the valley at a permutation point of a trained network.
    critcount.zero_loss_path : the same for networks wider than they need to be.
    """
    across = valley(problem, point, permutation, samples=samples)
    advance(1)
    down = tuple(permute(n, point.layer, across.permutation) for n in reversed(point.path))
    # the ends of the valley are the point and the permuted point
    networks = (*point.path, *tuple(across.path)[1:-1], *down)
    losses = tuple(problem.loss(network) for network in networks)
    advance(1)
    highest = max(problem.loss(network) for network in _between(networks, samples))
    advance(1)
    return Route(point, across, networks, losses, highest)


def _between(vertices: Iterable[Network], samples: int) -> Iterator[Network]:
    """Yield networks one after another, and so many on the straight line between each two."""
    for number, (a, b) in enumerate(itertools.pairwise(vertices)):
        if number == 0:
            yield a
        for k in range(1, samples + 1):
            yield interpolate(a, b, k / (samples + 1))
        yield b
