"""The straight zero-loss way from one network to another that computes the same function."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.progress import silent
from critcount._support.types import Advance, Array, EntryFunction
from critcount.activations import Activation
from critcount.architecture import widths_text
from critcount.configurations.configuration import Configuration
from critcount.connectivity.walks.paths import Walk, path
from critcount.weights import files
from critcount.weights.canonical import prepare
from critcount.weights.classification import classify_as, plateaus_of, sigma_of, target_of
from critcount.weights.findings import Classification
from critcount.weights.flipping import turning, turning_length
from critcount.weights.network import Network, interpolate, require_network
from critcount.weights.plateaus import common, widest
from critcount.weights.subspaces import AffineSubspace, require_tolerance

__all__ = ["Deviation", "NoPathError", "ZeroLossPath", "zero_loss_path"]


class NoPathError(ValueError):
    """Two networks compute the same function and no path of subspaces joins them."""


class Deviation(NamedTuple):
    """How much a function changes along a path.

    Attributes
    ----------
    between : float
        The largest difference of an output from that of the first projection, on the way from
        there to the second projection, relative to the largest output of the minimal network in
        magnitude (absolute, where that is 0 for all inputs).
    overall : float
        The same for the whole path: it includes the ways from the networks to their projections.
    """

    between: float
    overall: float

    def _repr_html_(self) -> str:
        return markup.record(self)


class ZeroLossPath:
    """A piecewise straight path of networks that compute one function; made by `zero_loss_path`.

    Iteration yields the vertices as networks, one at a time: the first network, its projection
    on its subspace, one point in the intersection of each two subspaces that follow one another,
    the second network's projection, the second network. Vertices are worked out when they
    are asked for, and none is kept.

    Attributes
    ----------
    start, end : Classification
        Of the two networks; labels of both follow `minimal`.
    minimal : Network
        The irreducible network whose function the path keeps: the mean of the two networks' own.
    distances : tuple of float
        Euclidean distances of the two networks (constants made into biases) from their
        projections.
    """

    def __init__(
        self,
        start: Classification,
        end: Classification,
        minimal: Network,
        walks: Sequence[Walk],
        scalings: tuple[Scaling, Scaling] | None = None,
    ) -> None:
        self.start, self.end, self.minimal = start, end, minimal
        self._walks, self._scalings = walks, scalings
        self._length = max(len(walk) for walk in walks) + 1
        self._ends = tuple(
            AffineSubspace(minimal, found.configurations).project(found.equivalent)
            for found in (start, end)
        )
        self.distances = tuple(
            _distance(found.equivalent, point)
            for found, point in zip((start, end), self._ends, strict=True)
        )

    def __len__(self) -> int:
        """Return the number of vertices."""
        extra = 2 * (SAMPLES - 1) if self._scalings is not None else 0
        extra += sum(
            turning_length(found.configurations, found.flips) for found in (self.start, self.end)
        )
        return self._length + 3 + extra

    @property
    def segments(self) -> int:
        """Number of straight segments between the two projections."""
        return self._length

    def configurations(self) -> Iterator[tuple[Configuration, ...]]:
        """Yield the subspaces that the segments between the projections lie in, one after another.

        Yields
        ------
        tuple of Configuration
            One for every hidden layer. A layer that has arrived stays where it is.
        """
        last = tuple(walk.end for walk in self._walks)
        walks = [walk.configurations() for walk in self._walks]
        for _ in range(self._length):
            yield tuple(next(walk, end) for walk, end in zip(walks, last, strict=True))

    def __iter__(self) -> Iterator[Network]:
        first, last = self._ends
        if self._scalings is not None:
            yield from itertools.islice(self._scalings[0].vertices(), SAMPLES - 1)
        yield self.start.network
        yield from _turned(self.start, first)
        subspaces = (
            AffineSubspace(self.minimal, configurations)
            for configurations in self.configurations()
        )
        for step, (a, b) in enumerate(itertools.pairwise(subspaces), 1):
            both = a.intersection(b)
            if both is None:
                raise ArithmeticError(f"steps {step - 1} and {step} of the walk do not meet")
            yield both.project(interpolate(first, last, step / self._length))
        yield from reversed(list(_turned(self.end, last)))
        yield self.end.network
        if self._scalings is not None:
            back = list(itertools.islice(self._scalings[1].vertices(), SAMPLES - 1))
            yield from reversed(back)

    def sample(self, number: int) -> Iterator[Network]:
        """Return an iterator over points of the path, as many on every segment up to one.

        Parameters
        ----------
        number : int
            At least 2; the first point and the last are the two networks.

        Returns
        -------
        iterator of Network
        """
        number = checks.integer("number", number, minimum=2)
        return self._sample(number)

    def _sample(self, number: int) -> Iterator[Network]:
        segments = len(self) - 1
        places = (i * segments / (number - 1) for i in range(number))
        place = next(places)
        for segment, (a, b) in enumerate(itertools.pairwise(self)):
            while place <= segment + 1:
                yield interpolate(a, b, place - segment)
                following = next(places, None)
                if following is None:
                    return
                place = following

    def deviation(
        self,
        x: npt.ArrayLike,
        activation: str | EntryFunction,
        samples: int = 200,
        *,
        advance: Advance = silent,
    ) -> Deviation:
        """Return how much the function changes along the path, at its vertices and in between.

        Parameters
        ----------
        x : array_like
            Inputs of shape (n, d_in).
        activation : str or callable
            As `Network` takes it.
        samples : int
            Points on the path besides its vertices, spread evenly over the segments.
        advance : callable, optional
            Called with 1 after every segment, for a progress bar.

        Returns
        -------
        Deviation
        """
        samples = checks.integer("samples", samples, minimum=0)
        segments = len(self) - 1
        expected = self._ends[0](x, activation)
        size = float(np.abs(self.minimal(x, activation)).max(initial=0)) or 1.0
        between = overall = 0.0
        done = 0
        for segment, (a, b) in enumerate(itertools.pairwise(self)):
            more = samples * (segment + 1) // segments - done
            done += more
            for i in range(more + 2):
                point = interpolate(a, b, i / (more + 1))
                off = float(np.abs(point(x, activation) - expected).max(initial=0)) / size
                overall = max(overall, off)
                if 0 < segment < segments - 1:
                    between = max(between, off)
            advance(1)
        return Deviation(between, overall)

    def save(self, path: str | os.PathLike[str], *, advance: Advance = silent) -> None:
        """Write the vertices to an ``.npz`` file, one at a time.

        The arrays of vertex 7 are ``7/0.weight``, ``7/0.bias``, ``7/1.weight``, …; so
        ``Network.load(path, ["7/0.weight", "7/1.weight"])`` reads one vertex, biases and all.

        Parameters
        ----------
        path : path
        advance : callable, optional
            Called with 1 after every vertex, for a progress bar.

        Raises
        ------
        OSError
            When the file cannot be written.
        ValueError
            For another suffix, or past the 65,536 arrays that a file can hold.
        """
        if os.path.splitext(path)[1].lower() != ".npz":
            raise ValueError(f"a path is written to an .npz file, not {os.fspath(path)!r}")
        network = self.start.network
        arrays = len(self) * sum(1 for _ in network._tensors())
        checks.size(
            "the file", arrays, files.MAX_TENSORS, "arrays", "take the vertices one by one"
        )
        files.save(path, _named(self, advance))

    def __eq__(self, other: object) -> bool:
        """Whether both lead over the same vertices."""
        return self._key() == other._key() if isinstance(other, ZeroLossPath) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        ends = [] if self._scalings is None else [s.network for s in self._scalings]
        return self.start, self.end, self.minimal, *self._walks, *ends

    def _repr_html_(self) -> str:
        rows = [
            ("widths", widths_text(self.start.network.widths)),
            ("over", widths_text(self.minimal.widths)),
            ("segments between the projections", self.segments),
            ("distances of the ends from them", ", ".join(f"{x:.3g}" for x in self.distances)),
        ]
        walks = (walk._repr_svg_() or "" for walk in self._walks)
        return markup.html_table((), rows, "zero-loss path") + "<br>".join(walks)

    def __repr__(self) -> str:
        return (
            f"<ZeroLossPath of {widths_text(self.start.network.widths)} over "
            f"{widths_text(self.minimal.widths)}, {self.segments} segments between "
            "the projections>"
        )


def zero_loss_path(
    network_a: Network,
    network_b: Network,
    tolerance: float | Literal["auto"] = "auto",
    activation: str | Activation | None = None,
) -> ZeroLossPath:
    """Return a piecewise straight path between two networks along which the function stays.

    Both networks are classified; when they reduce to the same minimal network, a walk in the
    intersection graph leads from the subspace of one to that of the other (see
    `critcount.connectivity.path`), and the path goes straight from a point of the intersection of
    two subspaces to a point of the next: on a subspace the function is constant. Several hidden
    layers are walked in step, since subspaces of a network meet exactly when they meet in
    every layer (derived).

    Parameters
    ----------
    network_a, network_b : Network
        Of the same widths, with biases in the same layers.
    tolerance : float or "auto"
        As in `critcount.classify`; also that within which the minimal networks must agree. By
        default the middle of the widest range in which both reduce to the same widths.
    activation : str or Activation, optional
        σ, as in `critcount.classify`: the same symmetries are used. Neurons change sign by help of
        a spare one; for relu and leaky_relu scales change along a curve of which 32 points are
        vertices (between them the function is kept to the order of the step squared).

    Returns
    -------
    ZeroLossPath

    Raises
    ------
    NoPathError
        When a hidden layer is as wide as the minimal network's and its neurons are in another
        order or of other signs: its subspaces are then isolated points; or when the
        networks lie in different connected pieces. The message names what separates them.
    NotImplementedError
        When neurons of both signs share a linear part or a constant that must be balanced on the
        way (softplus, GELU, SiLU, ReLU; sigmoid without output bias): a path may exist.
    TypeError, ValueError
        For bad arguments, and when the networks do not reduce to the same minimal network; the
        message says in what they differ.

    See Also
    --------
    critcount.connectivity.path : a walk between two configurations, with no graph built.
    critcount.landscape.connect : the way through it to a permutation of the layer.

    Examples
    --------
    >>> from critcount.weights.subspaces import embed
    >>> teacher = Network([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 3.0]]])
    >>> a, b = (embed(teacher, Configuration.from_word(word, 2), 0) for word in
    ...         ([0, 1, 2], [1, 0, 1]))
    >>> path = zero_loss_path(a, b, 1e-9)
    >>> path.deviation([[0.3, -0.7], [1.0, 0.5]], "generic").between < 1e-12
    True
    """
    a, b = require_network("network_a", network_a), require_network("network_b", network_b)
    tolerance = tolerance if tolerance == "auto" else require_tolerance(tolerance)
    if a.widths != b.widths:
        raise ValueError(
            f"network_a is {widths_text(a.widths)} and network_b {widths_text(b.widths)}: a "
            "path leads between networks of the same widths"
        )
    sigma = sigma_of(a, activation)
    if tolerance == "auto":
        tolerance = _common_tolerance(a, b, sigma)
    start = classify_as("network_a", a, tolerance, None, sigma)
    target = target_of("network_a's minimal network", start)
    end = classify_as("network_b", b, tolerance, target, sigma)
    scalings = None
    prepared = prepare(a, sigma, tolerance), prepare(b, sigma, tolerance)
    exponential = sigma is not None and sigma.kind == "exponential"
    if sigma is not None and (
        exponential or any(item.slope or item.kappa or item.scales for item in prepared)
    ):
        _require_plain(start, end)
        if exponential or any(item.scaled for item in prepared):
            scalings = (
                Scaling(a, prepared[0].scales, sigma),
                Scaling(b, prepared[1].scales, sigma),
            )
            a, b = (scaling.at(1.0) for scaling in scalings)
        # without flips every type is one of an activation without relations
        plain = Activation(sigma.name, sigma.function, "generic")
        start = classify_as("network_a", a, tolerance, None, plain)
        target = target_of("network_a's minimal network", start)
        end = classify_as("network_b", b, tolerance, target, plain)
    minimal = interpolate(start.minimal, end.minimal, 0.5)
    pairs = list(zip(start.configurations, end.configurations, strict=True))
    for k, (one, two) in enumerate(pairs):
        _require_walk(k, one, two, start.flips[k], end.flips[k])
    return ZeroLossPath(start, end, minimal, [path(one, two) for one, two in pairs], scalings)


def _common_tolerance(a: Network, b: Network, sigma: Activation | None) -> float:
    """Return a tolerance at which two networks reduce to the same widths."""
    one, two = plateaus_of(a, None, sigma), plateaus_of(b, None, sigma)
    best = widest(common(one, two))
    if best is None:
        raise ValueError(
            "network_a and network_b reduce to the same widths at no tolerance: "
            f"{', '.join(map(str, one))}; {', '.join(map(str, two))}"
        )
    return best.middle


#: Vertices on the curve along which a network's scales change.
SAMPLES = 32


class Scaling(NamedTuple):
    """The curve on which incoming weights of a network go to their normal form."""

    network: Network
    scales: tuple[Array, ...]
    activation: Activation

    def at(self, t: float) -> Network:
        """Return the point t of it, the network at 0, the normal form at 1."""
        weights, biases = list(self.network.weights), list(self.network.biases)
        for k in range(len(weights) - 1):
            bias = biases[k]
            if self.activation.kind == "exponential":
                if bias is not None:
                    weights[k + 1], biases[k] = weights[k + 1] * np.exp(t * bias), (1 - t) * bias
                continue
            factor = self.scales[k] ** -t
            weights[k] = weights[k] * factor[:, None]
            biases[k] = None if bias is None else bias * factor
            weights[k + 1] = weights[k + 1] / factor
        return Network._trusted(weights, biases, self.network.precision)

    def vertices(self) -> Iterator[Network]:
        """Yield the vertices, both ends included."""
        for i in range(SAMPLES):
            yield self.at(i / (SAMPLES - 1))


def _require_plain(start: Classification, end: Classification) -> None:
    """Refuse types with neurons of both signs, and say what separates those that are alone."""
    for name, found in (("network_a", start), ("network_b", end)):
        shape = found.shape
        if shape is None or not (shape.flipped or shape.mixed or shape.mixed_zero):
            continue
        other = end if found is start else start
        text = (
            f"{name} has {shape.flipped} of its blocks flipped, {shape.mixed} with neurons of "
            f"both signs, and {shape.mixed_zero} opposite pairs of zero type"
        )
        if found.is_alone and other.shape != shape:
            raise NoPathError(
                f"no path: {text}; with {found.network.widths[1]} neurons that type is a "
                "connected piece of its own"
            )
        raise NotImplementedError(
            f"{text}: their remainders must balance on the way, and no path through such types is "
            "made here"
        )


def _turned(found: Classification, end: Network) -> Iterator[Network]:
    """Yield the vertices from where the flipped neurons are as they were to the end."""
    if not any(found.flips):
        yield end
        return
    prepared = prepare(end, found.activation, found.tolerance)
    kappa = found.activation.constant if found.activation else 0.0
    way = turning(prepared.network, found.configurations, found.flips, prepared.parity)
    for vertex in way:
        yield prepared.back(vertex, kappa)


def _require_walk(
    k: int,
    a: Configuration,
    b: Configuration,
    flips_a: Sequence[int],
    flips_b: Sequence[int],
) -> None:
    """Raise NoPathError when no walk joins two configurations of a hidden layer."""
    if a.m > a.r:
        return
    if a != b:
        i = int(np.flatnonzero(a.letters != b.letters)[0])
        place = int(np.flatnonzero(b.letters == a.letters[i])[0])
        raise NoPathError(
            f"no path: hidden layer {k} has {a.m} neurons, as many as the minimal network, so its "
            f"{a.r}! subspaces of zero loss are isolated points; neuron {i} of network_a is "
            f"neuron {place} of network_b, and to exchange them takes one extra neuron"
        )
    if other := sorted(set(flips_a) ^ set(flips_b)):
        raise NoPathError(
            f"no path: hidden layer {k} has {a.m} neurons, as many as the minimal network, so its "
            f"2^{a.r} {a.r}! subspaces of zero loss are isolated points; neuron {other[0]} has "
            "opposite signs in the two networks, and to turn it takes one extra neuron"
        )
    if flips_a:
        raise NoPathError(
            f"no path: hidden layer {k} has no spare neuron to turn neuron {flips_a[0]}"
        )


def _named(vertices: Iterable[Network], advance: Advance) -> Iterator[tuple[str, Array]]:
    for number, vertex in enumerate(vertices):
        yield from vertex._tensors(f"{number}/")
        advance(1)


def _distance(a: Network, b: Network) -> float:
    pairs = [*zip(a.weights, b.weights, strict=True), *zip(a.biases, b.biases, strict=True)]
    squares = [float(np.square(u - v).sum()) for u, v in pairs if u is not None and v is not None]
    return float(np.sqrt(sum(squares)))
