"""The zero-loss way from one network to another that computes the same function."""

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
from critcount.connectivity.walks.paths import path
from critcount.weights import files
from critcount.weights.balancing import Balance
from critcount.weights.canonical import Prepared, prepare
from critcount.weights.classification import classify_as, sigma_of, target_of, tolerance_ranges_of
from critcount.weights.deep_turning import DeepTurns, HalfTurns
from critcount.weights.depth import DeepForm
from critcount.weights.findings import Classification
from critcount.weights.network import Network, interpolate, require_network
from critcount.weights.phases import Phases
from critcount.weights.pieces import Exponents, Piece, ScalingCurve
from critcount.weights.positions import SeparatedError
from critcount.weights.routes import Itinerary, Leg
from critcount.weights.subspaces import require_tolerance
from critcount.weights.tolerance_ranges import common, widest

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
    """A path of networks that compute one function, piece by piece; made by `zero_loss_path`.

    Iteration yields the vertices as networks, one at a time: the first network, its projection
    on the zero-loss set, the ends of the pieces from there to the second network's projection,
    the second network. Between the vertices of a straight piece the path is straight; a curve
    (scales of ReLU neurons, the pair of a softplus network that becomes copies) has 32 vertices,
    and `at` and `sample` follow the curve itself between them. Vertices are worked out when they
    are asked for, and none is kept.

    Attributes
    ----------
    start, end : Classification
        Of the two networks; labels of both follow `minimal`.
    minimal : Network
        The irreducible network whose function the path keeps: the mean of the two networks' own.
    distances : tuple of float
        Euclidean distances of the two networks (constants made into biases, scales made equal,
        in several hidden layers flips turned) from their projections.
    """

    def __init__(
        self, start: Classification, end: Classification, minimal: Network, route: Itinerary
    ) -> None:
        self.start, self.end, self.minimal = start, end, minimal
        self._route = route
        self.distances = route.distances

    def __len__(self) -> int:
        """Return the number of vertices."""
        return self._route.number + 1

    @property
    def segments(self) -> int:
        """Number of straight segments along the subspaces, once no sign is to be turned."""
        return self._route.middle

    def configurations(self) -> Iterator[tuple[Configuration, ...]]:
        """Yield the subspaces that those segments lie in, one after another.

        Yields
        ------
        tuple of Configuration
            One for every hidden layer. A layer that has arrived stays where it is.
        """
        return self._route.configurations()

    def __iter__(self) -> Iterator[Network]:
        pieces = self._route.pieces()
        first, _ = next(pieces)
        yield first.at(0.0)
        yield first.at(1.0)
        for piece, _ in pieces:
            yield piece.at(1.0)

    def at(self, t: float) -> Network:
        """Return the point t of the path, every piece between two vertices having the same share.

        Parameters
        ----------
        t : float
            From 0, the first network, to 1, the second.

        Returns
        -------
        Network
        """
        if isinstance(t, bool) or not isinstance(t, (int, float, np.floating, np.integer)):
            raise TypeError(f"t must be a number, not {checks.show(t)}")
        if not 0 <= t <= 1:
            raise ValueError(f"t must be from 0 to 1, not {checks.show(t)}")
        number = self._route.number
        place = min(int(t * number), number - 1)
        piece, _ = next(itertools.islice(self._route.pieces(), place, None))
        return piece.at(float(t * number - place))

    def sample(self, number: int) -> Iterator[Network]:
        """Return an iterator over points of the path, as many on every piece up to one.

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
        segments = self._route.number
        places = (i * segments / (number - 1) for i in range(number))
        place = next(places)
        for segment, (piece, _) in enumerate(self._route.pieces()):
            while place <= segment + 1:
                yield piece.at(place - segment)
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
        expected = self._route.projection(x, activation)
        size = float(np.abs(self.minimal(x, activation)).max(initial=0)) or 1.0
        between = overall = 0.0
        done = 0
        for segment, (piece, inside) in enumerate(self._route.pieces()):
            more = samples * (segment + 1) // segments - done
            done += more
            for i in range(more + 2):
                point = piece.at(i / (more + 1))
                off = float(np.abs(point(x, activation) - expected).max(initial=0)) / size
                overall = max(overall, off)
                if inside:
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
        return self.start, self.end, self.minimal

    def _repr_html_(self) -> str:
        rows = [
            ("widths", widths_text(self.start.network.widths)),
            ("over", widths_text(self.minimal.widths)),
            ("segments between the projections", self.segments),
            ("distances of the ends from them", ", ".join(f"{x:.3g}" for x in self.distances)),
        ]
        walks = (walk._repr_svg_() or "" for walk in self._route.walks)
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
    """Return a piecewise smooth path between two networks along which the function stays.

    Both networks are classified; when they reduce to the same minimal network, a walk in the
    intersection graph leads from the subspace of one to that of the other (see
    `critcount.connectivity.path`), and the path goes straight from a point of the intersection of
    two subspaces to a point of the next: on a subspace the function is constant. Several hidden
    layers are walked in step, since subspaces of a network meet exactly when they meet in
    every layer (derived).

    Before, scales are made equal along a curve (ReLU) and flipped neurons turn back: by help of a
    spare one for odd and even activations, and where they leave over a linear part or a constant
    that no bias takes up (softplus, GELU, SiLU, ReLU; sigmoid without output bias) while other
    neurons keep the balance (`critcount.weights.balancing`); with several hidden layers where each
    flipped class has a neuron to spare (`critcount.weights.deep_turning`). Such types are no
    affine subspaces, but almost all moves in them are straight; the others are curves with a
    closed form, which the path follows exactly. `ZeroLossPath.deviation` measures it.

    Parameters
    ----------
    network_a, network_b : Network
        Of the same widths, with biases in the same layers.
    tolerance : float or "auto"
        As in `critcount.classify`; also that within which the minimal networks must agree. By
        default the middle of the widest range in which both reduce to the same widths.
    activation : str or Activation, optional
        σ, as in `critcount.classify`: the same symmetries are used.

    Returns
    -------
    ZeroLossPath

    Raises
    ------
    NoPathError
        When a hidden layer is as wide as the minimal network's and its neurons are in another
        order or of other signs: its subspaces are then isolated points; or when flipped neurons
        cannot turn back and the networks lie in different connected pieces, for a minimal network
        in general position. The message names what separates them.
    NotImplementedError
        When flipped neurons do not turn back and it is not proved that they cannot (several
        outputs or hidden layers, special position), or when no network of as many neurons as
        classes was found.
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
            f"network_a is {widths_text(a.widths)} and network_b is {widths_text(b.widths)}: a "
            "path leads between networks of the same widths"
        )
    sigma = sigma_of(a, activation)
    if tolerance == "auto":
        tolerance = _common_tolerance(a, b, sigma)
    legs = Leg(a), Leg(b)
    start, end = ends = _ends(legs, tolerance, sigma)
    minimal = _between(ends)
    flipped = any(any(found.flips) for found in ends)
    deep = flipped and isinstance(start.form, DeepForm)
    if sigma is not None:
        prepared = prepare(a, sigma, tolerance), prepare(b, sigma, tolerance)
        if sigma.kind == "trigonometric" and any(bias is not None for bias in a.biases[:-1]):
            legs = _phase_legs(ends, prepared, minimal, sigma)
            if not all(leg.turned for leg in legs):
                joining = _joining(legs, ends)
                return ZeroLossPath(
                    start, end, minimal, Itinerary(legs, ends, minimal, (), joining)
                )
            ends = _ends(legs, tolerance, sigma)
            minimal = _between(ends)
        if (
            deep
            or sigma.kind == "exponential"
            or any(item.slope or item.kappa or item.scales for item in prepared)
        ):
            legs = _legs(ends, prepared, minimal, sigma)
            if not all(leg.turned for leg in legs):
                joining = _joining(legs, ends)
                return ZeroLossPath(
                    start, end, minimal, Itinerary(legs, ends, minimal, (), joining)
                )
            # without flips every type is one of an activation without relations
            plain = Activation(sigma.name, sigma.function, "generic")
            ends = _ends(legs, tolerance, plain)
            minimal = _between(ends)
    one, two = ends
    pairs = list(zip(one.configurations, two.configurations, strict=True))
    for k, (x, y) in enumerate(pairs):
        _require_walk(k, x, y, one.flips[k], two.flips[k])
    route = Itinerary(legs, ends, minimal, [path(x, y) for x, y in pairs])
    return ZeroLossPath(start, end, minimal, route)


def _ends(
    legs: tuple[Leg, Leg], tolerance: float, sigma: Activation | None
) -> tuple[Classification, Classification]:
    """Return the classifications of the networks at the ends of two legs, with one target."""
    first, second = legs
    one = classify_as("network_a", first.network, tolerance, None, sigma)
    target = target_of("network_a's minimal network", one)
    return one, classify_as("network_b", second.network, tolerance, target, sigma)


def _between(ends: tuple[Classification, Classification]) -> Network:
    """Return the minimal network half way between those of two classifications."""
    one, two = ends
    return interpolate(one.minimal, two.minimal, 0.5)


def _legs(
    ends: tuple[Classification, Classification],
    prepared: tuple[Prepared, Prepared],
    minimal: Network,
    sigma: Activation,
) -> tuple[Leg, Leg]:
    """Return the ways of both networks to networks of one scale without flipped neurons."""
    curves: list[Piece | None] = [None, None]
    networks = [found.network for found in ends]
    if sigma.kind == "exponential":
        curves = [
            Exponents(network, item.network)
            for network, item in zip(networks, prepared, strict=True)
        ]
    elif any(item.scaled for item in prepared):
        curves = [
            ScalingCurve(network, item.scales)
            for network, item in zip(networks, prepared, strict=True)
        ]
    balance = None
    if isinstance(ends[0].form, DeepForm):
        turns = DeepTurns(sigma, ends[0].tolerance)
        one, two = (
            Leg(network, curve, deep=turns)
            for network, curve in zip(networks, curves, strict=True)
        )
        return one, two
    if any(any(found.flips) for found in ends):
        r = ends[0].configurations[0].r
        if any(found.minimal.widths[1] != r for found in ends):
            raise NotImplementedError(
                f"the function has {r} classes of neurons, and no network of {r} neurons that "
                "computes it was found: paths through its opposite pairs are not made"
            )
        balance = Balance(minimal, sigma)
    one, two = (
        Leg(network, curve, balance, found)
        for network, curve, found in zip(networks, curves, ends, strict=True)
    )
    return one, two


def _phase_legs(
    ends: tuple[Classification, Classification],
    prepared: tuple[Prepared, Prepared],
    minimal: Network,
    sigma: Activation,
) -> tuple[Leg, Leg]:
    """Return the ways of both networks to networks with one phase for every frequency."""
    if len(minimal.weights) > 2:
        one, two = (
            Leg(found.network, deep=HalfTurns(found, item.network))
            for found, item in zip(ends, prepared, strict=True)
        )
        return one, two
    if any(item.notes for item in prepared):
        if any(found.network != item.network for found, item in zip(ends, prepared, strict=True)):
            raise NotImplementedError(
                "phases that differ by half turns are not turned with amplitudes of several "
                f"phases: {prepared[0].notes[0]}"
            )
        one, two = (Leg(found.network) for found in ends)
        return one, two
    phases = Phases(minimal, sigma)
    one, two = (Leg(found.network, None, phases, found) for found in ends)
    return one, two


def _joining(
    legs: tuple[Leg, Leg], ends: tuple[Classification, Classification]
) -> tuple[Piece, ...]:
    """Return the way between two networks in one isolated piece; raise when they are not."""
    first, second = legs
    stuck = []
    for name, leg, found in zip(("network_a", "network_b"), legs, ends, strict=True):
        if leg.turned:
            continue
        text = f"{name} has {leg.what(found)}"
        if not leg.isolated:
            raise NotImplementedError(
                f"{text}; no way was found on which they turn back, and that there is none is "
                "not proved (several outputs, or a minimal network in special position)"
            )
        stuck.append(
            f"{text}; with {found.network.widths[1]} neurons none is left to turn them, and such "
            "networks are a connected piece of their own"
        )
    if len(stuck) < 2:
        other = "network_b" if second.turned else "network_a"
        raise NoPathError(f"no path: {stuck[0]}, in which {other} does not lie")
    try:
        return first.to(second)
    except SeparatedError as error:
        raise NoPathError(f"no path: {stuck[0]}; {error}") from None


def _common_tolerance(a: Network, b: Network, sigma: Activation | None) -> float:
    """Return a tolerance at which two networks reduce to the same widths."""
    one, two = tolerance_ranges_of(a, None, sigma), tolerance_ranges_of(b, None, sigma)
    best = widest(common(one, two))
    if best is None:
        raise ValueError(
            "network_a and network_b reduce to the same widths at no tolerance: "
            f"{', '.join(map(str, one))}; {', '.join(map(str, two))}"
        )
    return best.middle


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
