"""The ways on which sines of one frequency become one sine, and turn by half a turn.

In a network of sines with biases the neurons of one frequency, up to sign, are in the same class
and their amplitudes a e^(ib) add up (``docs/activations.md``). With all weight on two of them, of
different phases, the phase of one turns while both weights follow: what they add up to is fixed,
and so are the weights. Where it arrives the other one is free. A phase that differs from that of
the minimal network by half turns is changed by help of a free neuron (*derived*).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from critcount._support.types import Array, Indices
from critcount.activations import Activation
from critcount.weights.network import Network
from critcount.weights.pieces import Piece, Straight
from critcount.weights.positions import FREE, IDLE, Position, SeparatedError, labelled
from critcount.weights.roles import Role

__all__ = ["Phases", "Rotation"]

#: Below it two phases are the same, up to rounding, or up to what training has left.
SAME_PHASE = 1e-4
PHASE_ROUNDING = 1e-9


@dataclass(frozen=True)
class Rotation:
    """The curve of two neurons of one frequency on which the phase of the first turns.

    Attributes
    ----------
    network : Network
        One hidden layer.
    pair : (int, int)
    signs : (float, float)
        Of their incoming weights.
    phases : (float, float, float)
        Of the first at t = 0 and t = 1, and of the second, in the sign of the class.
    target : float
        The phase of what they add up to.
    total : numpy.ndarray
        (d_out,), what they add up to.
    odd : bool
        Sine, not cosine.
    """

    network: Network
    pair: tuple[int, int]
    signs: tuple[float, float]
    phases: tuple[float, float, float]
    target: float
    total: Array
    odd: bool

    def at(self, t: float) -> Network:
        """Return the point t of it."""
        start, end, other = self.phases
        phase = (1 - t) * start + t * end
        shares = np.array([np.sin(self.target - other), np.sin(phase - self.target)])
        shares = shares / np.sin(phase - other)
        factors = np.array(self.signs) if self.odd else np.ones(2)
        outgoing = np.array(self.network.weights[1])
        outgoing[:, list(self.pair)] = self.total[:, None] * (shares * factors)
        bias = np.array(self.network.biases[0])
        bias[self.pair[0]] = self.signs[0] * phase
        return Network._trusted(
            [self.network.weights[0], outgoing],
            [bias, self.network.biases[1]],
            self.network.precision,
            self.network.activation,
        )


class Phases:
    """The zero-loss set above a minimal network of sines, and the ways in it.

    Parameters
    ----------
    minimal : Network
        One hidden layer with biases, phases as `critcount.weights.canonical` has them.
    activation : Activation
        Of the kind trigonometric.
    """

    def __init__(self, minimal: Network, activation: Activation) -> None:
        bias, self.end = minimal.biases
        self.minimal, self.sigma = minimal, activation
        self.odd = activation.vanishes_at_zero
        self.rows, self.sums = minimal.weights[0], minimal.weights[1].T
        self.phases = np.zeros(len(self.rows)) if bias is None else bias
        self.r, self.d = self.rows.shape

    def position(self, network: Network, roles: tuple[Role, ...]) -> Position:
        """Return the position near a network of which the roles are known."""
        found = labelled(network, roles, self.r)
        rows, label, sign = found.rows, found.label, found.sign
        for block in range(int(label.max(initial=-1)) + 1):
            where = np.flatnonzero(label == block)
            if not len(where):
                continue
            turn = sign[where, None]
            copy = block < self.r
            row = self.rows[block] if copy else (turn * rows[where, : self.d]).mean(axis=0)
            found.rows[where, : self.d] = turn * row
            shift = self._shift(found, where)
            if copy and np.abs(np.sin(shift - shift[0])).max() < SAME_PHASE:
                target = self.phases[block]
                shift = target + np.pi * np.round((shift - target) / np.pi)
                found.rows[where, self.d] = turn[:, 0] * shift
            waves = np.stack([np.cos(shift), np.sin(shift)])
            goal = np.zeros((2, self.sums.shape[1]))
            if copy:
                goal = np.outer(self._wave(self.phases[block]), self.sums[block])
            factor = self._factor(found, where)
            off = goal - waves @ (factor[:, None] * found.out[where])
            found.out[where] += factor[:, None] * np.linalg.lstsq(waves, off)[0]
        return found

    def network(self, position: Position) -> Network:
        """Return the network of a position; its output bias is what the function needs."""
        idle = position.label == IDLE
        constant = position.out[idle].T @ self.sigma(position.rows[idle, self.d])
        return Network._trusted(
            [np.array(position.rows[:, : self.d]), np.array(position.out.T)],
            [
                np.array(position.rows[:, self.d]),
                None if self.end is None else self.end - constant,
            ],
            self.minimal.precision,
            self.minimal.activation,
        )

    def unwind(self, position: Position) -> Iterator[Piece]:
        """Yield the pieces of a way to a network with one sine, of its phase, in every class."""
        before, pairs = self.network(position), []
        live = position.label[position.label >= 0]
        for block in np.unique(live).tolist():
            where = np.flatnonzero(position.label == block)
            if block >= self.r:
                position.release(where.tolist())
            elif (pair := self._concentrated(position, block, where)) is not None:
                pairs.append((block, pair))
        if self.end is not None:
            position.release(np.flatnonzero(position.label == IDLE).tolist())
        yield Straight(before, self.network(position))
        for block, pair in pairs:
            yield self._rotated(position, block, pair)
        for block in self.flipped(position):
            if not position.free:
                return
            (neuron,), spare = np.flatnonzero(position.label == block), position.free[0]
            before = self.network(position)
            position.rows[spare] = np.append(self.rows[block], self.phases[block])
            between = self.network(position)
            yield Straight(before, between)
            position.release([int(neuron)])
            position.out[spare], position.label[spare] = self.sums[block], block
            position.sign[spare] = 1
            yield Straight(between, self.network(position))

    def turned(self, position: Position) -> bool:
        """Whether every class has its phase."""
        return not self.flipped(position)

    def flipped(self, position: Position) -> list[int]:
        """Return the classes of which the phase is half turns off."""
        found = []
        for block in range(self.r):
            where = np.flatnonzero(position.label == block)
            off = np.abs(self._shift(position, where) - self.phases[block])
            if off.max(initial=0) > PHASE_ROUNDING:
                found.append(block)
        return found

    def is_isolated(self, position: Position) -> bool:
        """Whether a position where `unwind` ends is cut off: it is, where no neuron is free."""
        return not position.free

    def joined(self, one: Position, two: Position) -> Iterator[Piece]:
        """Return the way between two positions where `unwind` ends, or raise `SeparatedError`."""
        for i in range(len(one.label)):
            here, there = (int(item.label[i]) for item in (one, two))
            if here != there:
                raise SeparatedError(
                    f"neuron {i} is a copy of neuron {here} in network_a and of {there} in "
                    "network_b"
                )
            if np.abs(one.rows[i] - two.rows[i]).max() > PHASE_ROUNDING:
                raise SeparatedError(
                    f"neuron {i} has the phases {one.rows[i, self.d]:.6g} and "
                    f"{two.rows[i, self.d]:.6g}, half turns or a sign apart"
                )
        return iter([Straight(self.network(one), self.network(two))])

    def _shift(self, position: Position, where: Indices) -> Array:
        """Return the phases of neurons in the sign of their class."""
        return np.asarray(position.sign[where] * position.rows[where, self.d])

    def _factor(self, position: Position, where: Indices) -> Array:
        return np.where(self.odd & (position.sign[where] < 0), -1.0, 1.0)

    def _wave(self, phase: float) -> Array:
        return np.array([np.cos(phase), np.sin(phase)])

    def _concentrated(
        self, position: Position, block: int, where: Indices
    ) -> tuple[int, int] | None:
        """Give the weight of a class to one neuron of its phase, or else to two."""
        shift, factor = self._shift(position, where), self._factor(position, where)
        off = np.sin(shift - self.phases[block])
        best = int(np.argmin(np.abs(off)))
        if abs(off[best]) < PHASE_ROUNDING:
            chosen = [best]
            shares = np.array([np.cos(shift[best] - self.phases[block])])
        else:
            apart = np.abs(np.sin(shift[:, None] - shift))
            chosen = [int(i) for i in np.unravel_index(int(np.argmax(apart)), apart.shape)]
            waves = np.stack([np.cos(shift[chosen]), np.sin(shift[chosen])])
            shares = np.linalg.solve(waves, self._wave(self.phases[block]))
        position.out[where] = 0
        kept = where[chosen]
        position.out[kept] = (shares * factor[chosen])[:, None] * self.sums[block]
        position.label[np.setdiff1d(where, kept)] = FREE
        return None if len(chosen) == 1 else (int(kept[0]), int(kept[1]))

    def _rotated(self, position: Position, block: int, pair: tuple[int, int]) -> Piece:
        start, other = self._shift(position, np.array(pair, dtype=np.intp)).tolist()
        target = float(self.phases[block])
        # from where it is to the phase of the class, on the side of the other where it is
        end = start + (target - other) % np.pi - (start - other) % np.pi
        signs = float(position.sign[pair[0]]), float(position.sign[pair[1]])
        piece = Rotation(
            self.network(position), pair, signs, (start, end, other), target, self.sums[block],
            self.odd,
        )  # fmt: skip
        half = np.round((end - target) / np.pi)
        position.rows[pair[0], self.d] = signs[0] * (target + np.pi * half)
        factor = signs[0] if self.odd else 1.0
        position.out[pair[0]] = (factor if half % 2 == 0 else -factor) * self.sums[block]
        position.release([pair[1]])
        return piece
