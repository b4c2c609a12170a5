"""What a zero-loss path is made of: two legs, and the straight walk between their ends.

A *leg* leads from a network along the curve that makes its scales equal, where there are scales,
to the nearest point at zero loss, and, where signs leave something over, on to a network of
which no class is flipped (`critcount.weights.balancing`). Everything is made again when it is
asked for, so that a path of wide networks takes the memory of a few.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from critcount.configurations.configuration import Configuration
from critcount.connectivity.walks.paths import Walk
from critcount.weights.balancing import Balance
from critcount.weights.canonical import prepare
from critcount.weights.deep_turning import DeepTurns, HalfTurns
from critcount.weights.findings import Classification
from critcount.weights.flipping import turning, turning_length
from critcount.weights.network import Network, interpolate
from critcount.weights.phases import Phases
from critcount.weights.pieces import Piece, Straight, backwards, divided
from critcount.weights.positions import Position
from critcount.weights.subspaces import AffineSubspace

__all__ = ["Itinerary", "Leg"]

#: A piece, and whether it lies between the two projections.
PlacedPiece = tuple[Piece, bool]


class Leg:
    """The way from a network to where the straight walk, or another leg, begins.

    Attributes
    ----------
    end : Position or None
        Where the turning of signs ends, when that was to be balanced.
    network : Network
        At the end of the leg.
    number : int
        Of pieces.
    """

    def __init__(
        self,
        network: Network,
        curve: Piece | None = None,
        balance: Balance | Phases | None = None,
        found: Classification | None = None,
        deep: DeepTurns | HalfTurns | None = None,
    ) -> None:
        self.curve, self.balance, self.deep = curve, balance, deep
        self.scaled = network if curve is None else curve.at(1.0)
        self.network, self.position, self.end = self.scaled, None, None
        if balance is not None and found is not None:
            self.position = balance.position(self.scaled, found.roles)
            self.end = self.position.copy()
        self.number = sum(1 for _ in self._pieces(self.end))
        if balance is not None and self.end is not None:
            self.network = balance.network(self.end)
        if deep is not None:
            for piece in deep(self.scaled):
                self.network = piece.at(1.0)

    def pieces(self) -> Iterator[PlacedPiece]:
        """Yield the pieces from the network on."""
        return self._pieces(None if self.position is None else self.position.copy())

    def _pieces(self, now: Position | None) -> Iterator[PlacedPiece]:
        if self.curve is not None:
            for part in divided(self.curve):
                yield part, False
        if self.deep is not None:
            for piece in self.deep(self.scaled):
                yield piece, False
        if self.balance is not None and now is not None:
            yield Straight(self.scaled, self.balance.network(now)), False
            for piece in self.balance.unwind(now):
                for part in divided(piece):
                    yield part, True

    @property
    def turned(self) -> bool:
        """Whether no class is flipped at the end."""
        return self.balance is None or self.end is None or self.balance.turned(self.end)

    def what(self, found: Classification) -> str:
        """Return in words what cannot turn at the end."""
        if self.balance is None or self.end is None:
            return "nothing to turn"
        neurons = "{" + ", ".join(map(str, self.balance.flipped(self.end))) + "}"
        if isinstance(self.balance, Phases):
            return f"the neurons {neurons} of the minimal network at phases half turns off"
        text = f"the neurons {neurons} of the minimal network flipped"
        if (shape := found.shape) is None:
            return text
        counts = {
            "classes with neurons of both signs": shape.mixed,
            "opposite pairs": shape.mixed_zero,
            "idle neurons": shape.idle,
        }
        by = " and ".join(f"{number} {kind}" for kind, number in counts.items() if number)
        return text + (f", balanced by {by}" if by else "")

    @property
    def isolated(self) -> bool:
        """Whether the end is known to be cut off from the networks without flips."""
        return (
            self.balance is not None
            and self.end is not None
            and not self.turned
            and self.balance.is_isolated(self.end)
        )

    def to(self, other: Leg) -> tuple[Piece, ...]:
        """Return the pieces from the end to that of another leg, or raise `SeparatedError`."""
        if self.balance is None or self.end is None or other.end is None:
            return ()
        return tuple(self.balance.joined(self.end.copy(), other.end.copy()))

    @property
    def projection(self) -> Network | None:
        """The nearest point at zero loss, where signs are balanced."""
        if self.balance is None or self.position is None:
            return None
        return self.balance.network(self.position)


class Itinerary:
    """All pieces of a path.

    Attributes
    ----------
    number : int
        Of pieces.
    middle : int
        Of straight pieces along the subspaces.
    projection : Network
        The first network's.
    distances : (float, float)
        From the networks to their projections.
    walks : sequence of Walk
    """

    def __init__(
        self,
        legs: tuple[Leg, Leg],
        ends: tuple[Classification, Classification],
        minimal: Network,
        walks: Sequence[Walk],
        joining: tuple[Piece, ...] | None = None,
    ) -> None:
        self.walks = walks
        self._first, self._second = legs
        self._ends, self._minimal, self._joining = ends, minimal, joining
        if joining is None:
            self.middle = max(len(walk) for walk in walks) + 1
            self._last = tuple(
                AffineSubspace(minimal, found.configurations).project(found.equivalent)
                for found in ends
            )
            turns = [turning_length(found.configurations, found.flips) for found in ends]
            extra = self.middle + 2 + sum(turns)
        else:
            self.middle, self._last = 0, ()
            extra = sum(1 for piece in joining for _ in divided(piece))
        self.number = self._first.number + self._second.number + extra
        projections = [leg.projection or self._last[i] for i, leg in enumerate(legs)]
        self.projection = projections[0]
        self.distances = tuple(
            _distance(leg.scaled if leg.balance is not None else found.equivalent, point)
            for leg, found, point in zip(legs, ends, projections, strict=True)
        )

    def pieces(self) -> Iterator[PlacedPiece]:
        """Yield the pieces, each with whether it lies between the projections."""
        yield from self._first.pieces()
        if self._joining is None:
            balanced = self._first.balance is not None
            yield from _straight(self._start(), (balanced, True))
            yield from _straight(self._middle(), (True, True))
            yield from _straight(self._arrival(), (True, balanced))
        else:
            for piece in self._joining:
                for part in divided(piece):
                    yield part, True
        for piece, inside in reversed(list(self._second.pieces())):
            yield backwards(piece), inside

    def configurations(self) -> Iterator[tuple[Configuration, ...]]:
        """Yield the subspaces of the straight pieces, one after another."""
        last = tuple(walk.end for walk in self.walks)
        walks = [walk.configurations() for walk in self.walks]
        for _ in range(self.middle):
            yield tuple(next(walk, end) for walk, end in zip(walks, last, strict=True))

    def _start(self) -> Iterator[Network]:
        (end, _), (last, _) = self._ends, self._last
        yield self._first.network
        yield from _turned(end, last)

    def _middle(self) -> Iterator[Network]:
        first, last = self._last
        yield first
        subspaces = (
            AffineSubspace(self._minimal, configurations)
            for configurations in self.configurations()
        )
        for step, (a, b) in enumerate(itertools.pairwise(subspaces), 1):
            both = a.intersection(b)
            if both is None:
                raise ArithmeticError(f"steps {step - 1} and {step} of the walk do not meet")
            yield both.project(interpolate(first, last, step / self.middle))
        yield last

    def _arrival(self) -> Iterator[Network]:
        (_, end), (_, last) = self._ends, self._last
        yield from reversed(list(_turned(end, last)))
        yield self._second.network


def _straight(vertices: Iterator[Network], inside: tuple[bool, bool]) -> Iterator[PlacedPiece]:
    """Yield the straight pieces between vertices; `inside` is of the first and of the last."""
    waiting: Straight | None = None
    opened = inside[0]
    for a, b in itertools.pairwise(vertices):
        if waiting is not None:
            yield waiting, opened
            opened = True
        waiting = Straight(a, b)
    if waiting is not None:
        yield waiting, opened and inside[1]


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


def _distance(a: Network, b: Network) -> float:
    pairs = [*zip(a.weights, b.weights, strict=True), *zip(a.biases, b.biases, strict=True)]
    squares = [float(np.square(u - v).sum()) for u, v in pairs if u is not None and v is not None]
    return float(np.sqrt(sum(squares)))
