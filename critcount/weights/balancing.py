r"""The ways on which flipped neurons turn back while what they leave over stays balanced.

For σ(z) = λz + e(z) and σ(z) = κ + o(z) a neuron of negative sign, (-θ, a), leaves over -2λaθ or
2κa, and where no bias takes that up the sum of it over a network must stay (softplus, GELU,
SiLU, ReLU of one scale; sigmoid without output bias). *Agents* change that sum and nothing else:
weight that goes from one sign of a class to the other, idle neurons without output bias, and for
the linear kinds the free incoming weights ±v of opposite pairs. The moves (*derived*):

- weights of equal neurons go to one; the others are *free*, of weight 0, and may go anywhere;
- with a free neuron for every flipped class all that is flipped, mixed or idle shrinks at once;
- with fewer, some classes turn while the agents follow: s v = -R stays for the pairs;
- agents beyond those needed shrink while the rest follows, which makes free neurons;
- a last pair without a free neuron can only go to a class that it is parallel to, along the
  hyperbola s v = -R, and become copies there.

All but the last are straight lines. When none is possible the network lies in a piece of the
zero-loss set where no class can turn, for one output and a minimal network in general position.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from critcount._support.types import Array
from critcount.activations import Activation
from critcount.weights.network import Network
from critcount.weights.pair_moves import (
    INDEPENDENT,
    dependence,
    elimination,
    independent,
    sheared,
    spanned,
)
from critcount.weights.pieces import Hyperbola, IdleShift, Piece, Straight
from critcount.weights.positions import IDLE, Position, SeparatedError, labelled
from critcount.weights.roles import Role

__all__ = ["Balance"]

#: What of the largest weight, or of a direction, is rounding.
DIRECTION_ROUNDING = 1e-11
#: Rounds in which pairs that are fewer than the outputs are brought into balance.
SETTLING = 20


class _Agents(NamedTuple):
    """What can follow: classes with both signs, and idle neurons; whether pairs move by v."""

    classes: list[int]
    idle: list[int]
    moving: bool


class Balance:
    """The zero-loss set above a minimal network, and the ways in it.

    Parameters
    ----------
    minimal : Network
        One hidden layer.
    activation : Activation
        Of the kind odd_constant, even_linear or homogeneous; of the last the networks must have
        one scale for every class.
    """

    def __init__(self, minimal: Network, activation: Activation) -> None:
        (incoming, outgoing), (bias, end) = minimal.weights, minimal.biases
        self.minimal, self.sigma = minimal, activation
        self.hidden, self.output = bias is not None, end is not None
        self.linear = activation.kind != "odd_constant"
        self.r, self.d, self.q = len(incoming), incoming.shape[1], len(outgoing)
        offsets = np.zeros(self.r) if bias is None else bias
        self.rows, self.sums = np.column_stack([incoming, offsets]), outgoing.T
        # how many columns of the incoming weights and bias are balanced, and whether idle ones are
        self.width = self.d + (self.hidden and not self.output)
        self.idle_counts = not self.output and (not self.linear or self.hidden)
        teacher = Position(self.rows, self.sums, np.arange(self.r), np.ones(self.r, dtype=np.intp))
        self.goal = self._balanced(teacher)
        self.constant = self._constant(teacher) + (0.0 if end is None else end)

    def position(self, network: Network, roles: tuple[Role, ...]) -> Position:
        """Return the position near a network of which the roles are known."""
        found = labelled(network, roles, self.r)
        label, sign = found.label, found.sign
        for block in range(int(label.max(initial=-1)) + 1):
            where = np.flatnonzero(label == block)
            if not len(where):
                continue
            turn = sign[where, None]
            copy = block < self.r
            row = self.rows[block] if copy else (turn * found.rows[where]).mean(axis=0)
            found.rows[where] = turn * row
            turn = np.ones_like(turn) if self.linear else turn
            off = (turn * found.out[where]).sum(axis=0) - (self.sums[block] if copy else 0)
            found.out[where] -= turn * off / len(where)
        idle = np.flatnonzero(label == IDLE)
        bare = not self.idle_counts and not self.output
        if len(idle) and bare and not self.sigma.vanishes_at_zero:
            found.out[idle] -= found.out[idle].mean(axis=0)
        self._settle(found)
        return found

    def _settle(self, position: Position) -> None:
        """Bring a position that is nearly balanced into balance."""
        if (agents := self._chosen(position)) is not None:
            self._follow(position, agents)
            return
        # too few to follow anything: what is balanced already, by turns by its factors
        pairs = self._pairs(position) if self.linear else []
        for _ in range(SETTLING):
            if pairs:
                self._follow(position, _Agents(pairs, [], True))
            if (every := self._agents(position)).classes or every.idle:
                self._follow(position, every)

    def network(self, position: Position) -> Network:
        """Return the network of a position; its output bias is what the function needs."""
        rows = position.rows
        return Network._trusted(
            [np.array(rows[:, : self.d]), np.array(position.out.T)],
            [
                np.array(rows[:, self.d]) if self.hidden else None,
                self.constant - self._constant(position) if self.output else None,
            ],
            self.minimal.precision,
            self.minimal.activation,
        )

    def unwind(self, position: Position) -> Iterator[Piece]:
        """Yield the pieces of a way to a network without flipped and mixed classes.

        The position is changed on the way; `turned` says of its end whether it is such a network.
        """
        while True:
            yield from self._concentrated(position)
            flipped = self.flipped(position)
            free = position.free
            agents = self._chosen(position)
            if len(flipped) <= len(free):
                yield from self._turn(position, flipped, None)
                return
            if free and agents is not None:
                yield from self._turn(position, flipped[: len(free)], agents)
            elif agents is not None and (rest := self._superfluous(position, agents)):
                yield from self._shrink(position, *rest, agents)
            elif self.q > 1 and (move := self._by_pairs(position, flipped)) is not None:
                yield from move
            elif not free and (merge := self._merge(position)) is not None:
                yield from merge
            else:
                return

    def turned(self, position: Position) -> bool:
        """Whether a position has no flipped and no mixed classes."""
        live = position.label >= 0
        return bool((position.sign[live] > 0).all()) and not (
            self.idle_counts and (position.label == IDLE).any()
        )

    def flipped(self, position: Position) -> list[int]:
        """Return the classes of the minimal network with neurons of negative sign only."""
        return [t for t in range(self.r) if not position.part(t, 1) and position.part(t, -1)]

    def is_isolated(self, position: Position) -> bool:
        """Whether a position where `unwind` ends is known to be cut off from those without flips.

        In general position, as is assumed: for one output, or where constants are balanced; for
        several when pairs, as many, balance more flipped classes, no more than inputs.
        """
        if self._chosen(position) is None:
            return False
        if self.q == 1 or not self.linear:
            return True
        every, flipped = self._agents(position), self.flipped(position)
        pairs = len(self._pairs(position)) == len(every.classes) == self.q < len(flipped)
        return pairs and not every.idle and self.width == self.d >= self.r

    def joined(self, one: Position, two: Position) -> Iterator[Piece]:
        """Return the pieces of a way between two positions where `unwind` ends.

        Raises
        ------
        SeparatedError
            When they lie in different pieces.
        """
        here, there = (self.flipped(item) for item in (one, two))
        if here != there:
            raise SeparatedError(
                f"of network_a the neurons {_set(here)} of the minimal network are flipped, of "
                f"network_b {_set(there)}"
            )
        copies, others = (
            [
                (int(t), int(s)) if 0 <= t < self.r else (int(min(t, self.r)), 0)
                for t, s in zip(item.label, item.sign, strict=True)
            ]
            for item in (one, two)
        )
        for i, (a, b) in enumerate(zip(copies, others, strict=True)):
            if a != b:
                raise SeparatedError(
                    f"neuron {i} is {self._named(*a)} in network_a and {self._named(*b)} in "
                    "network_b"
                )
        for item in (one, two):  # the first neuron of a pair is the one at v
            for block in self._pairs(item):
                ends = sorted(np.flatnonzero(item.label == block).tolist())
                item.sign[ends] = (1, -1)
        if self.q > 1 and self.linear:
            self._separated_by_pairs(one, two)
        for i in np.flatnonzero((one.label >= self.r) | (one.label == IDLE)).tolist():
            a, b = one.out[i], two.out[i]
            if (np.sign(a) != np.sign(b)).any():
                raise SeparatedError(
                    f"the outgoing weight of neuron {i}, which keeps the balance, has opposite "
                    f"signs, {a[0]:.3g} and {b[0]:.3g}, and cannot be 0 on the way"
                )
        return self._within(one, two)

    def _separated_by_pairs(self, one: Position, two: Position) -> None:
        """Raise for as many pairs as outputs: their weights, a regular matrix, stay regular."""
        found = []
        for item in (one, two):
            pairs = sorted(
                np.flatnonzero(item.label == block).tolist() for block in self._pairs(item)
            )
            size = np.linalg.det(item.out[[pair[0] for pair in pairs]])
            found.append((pairs, float(size)))
        (mine, here), (theirs, there) = found
        if mine != theirs:
            raise SeparatedError(f"the opposite pairs are the neurons {mine} and {theirs}")
        if here * there < 0:
            raise SeparatedError(
                "the outgoing weights of the first neurons of the opposite pairs, which keep the "
                f"balance, have determinants of opposite signs, {here:.3g} and {there:.3g}, and "
                "cannot be singular on the way"
            )
        raise NotImplementedError(
            "both networks have the same flipped neurons, balanced by the same opposite pairs, as "
            "many as outputs: they lie in one piece, but no way between them is made"
        )

    def _named(self, label: int, sign: int) -> str:
        if label >= self.r:
            return "one of an opposite pair"
        if label < 0:
            return "idle" if label == IDLE else "free"
        return f"a copy of neuron {label} with the sign {'+' if sign > 0 else '-'}"

    def _within(self, one: Position, two: Position) -> Iterator[Piece]:
        now = one.copy()
        for block in self._pairs(now):
            pair = (now.part(block, 1)[0], now.part(block, -1)[0])
            if self.width == self.d and self.hidden:
                before = self.network(now)
                now.rows[list(pair), self.d] = two.rows[list(pair), self.d]
                yield Straight(before, self.network(now))
            ratio = float(now.out[pair[0], 0] / two.out[pair[0], 0])
            yield self._bent(now, pair, ratio)
        for i in np.flatnonzero(now.label == IDLE).tolist():
            if self.hidden:
                piece = IdleShift(self.network(now), i, float(two.rows[i, self.d]), self.sigma)
                yield piece
                end = piece.at(1.0)
                now.rows[i, self.d], now.out[i] = two.rows[i, self.d], end.weights[1][:, i]
        yield Straight(self.network(now), self.network(two))

    # what is balanced

    def _vectors(self, position: Position) -> Array:
        """Return what every neuron adds to the balance for a unit of outgoing weight."""
        idle = position.label == IDLE
        if not self.linear:
            found = np.full((len(idle), 1), self.sigma.constant)
        else:
            found = self.sigma.slope * position.rows[:, : self.width]
        if self.idle_counts:
            found[idle, -1] = self.sigma(position.rows[idle, self.d])
        elif not self.linear:
            found[idle] = 0
        return found

    def _balanced(self, position: Position) -> Array:
        return np.asarray(position.out.T @ self._vectors(position))

    def _constant(self, position: Position) -> Array:
        """Return the constant that the neurons compute beside their odd or even parts."""
        idle = position.label == IDLE
        values = self.sigma.constant + self.sigma.slope * position.rows[:, self.d]
        values[idle] = self.sigma(position.rows[idle, self.d])
        return np.asarray(position.out.T @ values)

    def _pairs(self, position: Position) -> list[int]:
        """Return the zero-type classes with both signs."""
        high = int(position.label.max(initial=-1)) + 1
        return [b for b in range(self.r, high) if position.part(b, 1) and position.part(b, -1)]

    def _agents(self, position: Position) -> _Agents:
        mixed = [t for t in range(self.r) if position.part(t, 1) and position.part(t, -1)]
        idle = np.flatnonzero(position.label == IDLE).tolist() if self.idle_counts else []
        return _Agents([*mixed, *self._pairs(position)], idle, False)

    def _chosen(self, position: Position) -> _Agents | None:
        """Return as few agents as can follow any change; None when all together cannot."""
        pairs = self._pairs(position) if self.linear else []
        some = independent(self._weights(position, pairs))
        if pairs and len(some) == self.q:
            return _Agents([pairs[i] for i in some], [], True)
        every = self._agents(position)
        some = independent(self._directions(position, every))
        if len(some) < self.goal.shape[1]:
            return None
        number = len(every.classes)
        return _Agents(
            [every.classes[i] for i in some if i < number],
            [every.idle[i - number] for i in some if i >= number],
            False,
        )

    def _weights(self, position: Position, classes: list[int]) -> Array:
        """Return the outgoing weights of the neurons of positive sign, class by class."""
        found = [position.out[position.part(block, 1)].sum(axis=0) for block in classes]
        return np.array(found).reshape(len(found), self.q)

    def _directions(self, position: Position, agents: _Agents) -> Array:
        """Return how the balance changes with a unit that each agent shifts."""
        vectors = self._vectors(position)
        found = [
            vectors[position.part(block, 1)[0]]
            + (-1 if self.linear else 1) * vectors[position.part(block, -1)[0]]
            for block in agents.classes
        ]
        found += [vectors[i] for i in agents.idle]
        return np.array(found).reshape(len(found), self.goal.shape[1])

    def _follow(self, position: Position, agents: _Agents) -> None:
        """Bring the balance back by help of agents."""
        missing = self.goal - self._balanced(position)
        if agents.moving:
            weights = 2 * self.sigma.slope * self._weights(position, agents.classes).T
            step = np.linalg.lstsq(weights, missing)[0]
            for block, change in zip(agents.classes, step, strict=True):
                for sign in (1, -1):
                    part = position.part(block, sign)
                    position.rows[part, : self.width] += sign * change
            return
        ends = [(position.part(b, 1)[0], position.part(b, -1)[0]) for b in agents.classes]
        shifts = np.linalg.lstsq(self._directions(position, agents).T, missing.T)[0]
        turn = -1 if self.linear else 1
        for (one, two), shift in zip(ends, shifts, strict=False):
            position.out[one] += shift
            position.out[two] += turn * shift
        for i, shift in zip(agents.idle, shifts[len(ends) :], strict=True):
            position.out[i] += shift

    # the moves

    def _concentrated(self, position: Position) -> Iterator[Piece]:
        """Give the weight of equal neurons to one of them."""
        before, free = self.network(position), len(position.free)
        for block in np.unique(position.label[position.label >= 0]).tolist():
            parts = [position.part(block, sign) for sign in (1, -1)]
            if block >= self.r and not all(parts):
                position.release(parts[0] + parts[1])
                continue
            for part in parts:
                if len(part) > 1:
                    position.out[part[0]] = position.out[part].sum(axis=0)
                    position.release(part[1:])
            limit = DIRECTION_ROUNDING * float(np.abs(self.sums).max(initial=0))
            for part in parts if all(parts) else ():
                if np.abs(position.out[part[0]]).max() <= limit:
                    position.release(part)
        if not self.idle_counts:
            position.release(np.flatnonzero(position.label == IDLE).tolist())
        if len(position.free) > free:
            yield Straight(before, self.network(position))

    def _turn(
        self, position: Position, flipped: list[int], agents: _Agents | None
    ) -> Iterator[Piece]:
        """Turn classes by help of free neurons; without agents all else shrinks with them."""
        spares = position.free[: len(flipped)]
        if flipped:
            before = self.network(position)
            position.rows[spares] = self.rows[flipped]
            yield Straight(before, self.network(position))
        before = self.network(position)
        for spare, t in zip(spares, flipped, strict=True):
            position.release(position.part(t, -1))
            position.out[spare], position.label[spare] = self.sums[t], t
            position.sign[spare] = 1
        if agents is None:
            every = self._agents(position)
            moved = bool(flipped or every.classes or every.idle)
            self._vanish(position, every.classes, every.idle)
        else:
            moved = True
            self._follow(position, agents)
        if moved:
            yield Straight(before, self.network(position))

    def _vanish(self, position: Position, classes: list[int], idle: list[int]) -> None:
        for block in classes:
            position.release(position.part(block, -1))
            plus = position.part(block, 1)
            if block < self.r:
                position.out[plus[0]] = self.sums[block]
            else:
                position.release(plus)
        position.release(idle)

    def _by_pairs(self, position: Position, flipped: list[int]) -> Iterator[Piece] | None:
        """Return a way on which pairs follow that span what turns, not all outputs."""
        pairs = self._pairs(position)
        if not self.linear or self.width > self.d or not pairs:
            return None
        v, s = self._moving(position, pairs), self._weights(position, pairs)
        for rows, turned in ((v, False), (s, True)):
            if (found := dependence(rows, INDEPENDENT)) is not None:
                return self._lost(position, pairs, *found, turned=turned)
        agents = _Agents(pairs, [], True)
        able = [t for t in flipped if spanned(s, self.sums[t])]
        if position.free and able:
            return self._turn(position, able[: len(position.free)], agents)
        for t in range(self.r):
            both = [position.part(t, sign) for sign in (1, -1)]
            if all(both) and spanned(s, position.out[both[1]].sum(axis=0)):
                return self._shrink(position, [t], [], agents)
        parallel = all(spanned(self.rows[flipped, : self.width], row) for row in v)
        if len(pairs) == len(flipped) and parallel and not position.free:
            return self._merged(position, pairs, flipped)
        return None

    def _moving(self, position: Position, pairs: list[int]) -> Array:
        """Return the v of pairs."""
        places = [position.part(block, 1)[0] for block in pairs]
        return np.array(position.rows[places, : self.width])

    def _placed(self, position: Position, pairs: list[int], v: Array, s: Array) -> Piece:
        """Return the line to other v and s of pairs, and go there."""
        before = self.network(position)
        for block, row, weight in zip(pairs, v, s, strict=True):
            for sign in (1, -1):
                part = position.part(block, sign)
                position.rows[part, : self.width] = sign * row
                position.out[part] = sign * weight
        return Straight(before, self.network(position))

    def _lost(
        self, position: Position, pairs: list[int], i: int, factors: Array, *, turned: bool
    ) -> Iterator[Piece]:
        """Yield the way on which pair i, whose v or s depends on the others', vanishes."""
        v, s = self._moving(position, pairs), self._weights(position, pairs)
        s, v = sheared(s, v, i, factors) if turned else sheared(v, s, i, factors)[::-1]
        yield self._placed(position, pairs, v, s)
        before = self.network(position)
        position.release(position.part(pairs[i], 1) + position.part(pairs[i], -1))
        yield Straight(before, self.network(position))

    def _merged(self, position: Position, pairs: list[int], flipped: list[int]) -> Iterator[Piece]:
        """Yield the way on which pairs become copies of flipped classes, one of each."""
        v, s = self._moving(position, pairs), self._weights(position, pairs)
        targets = self.rows[flipped, : self.width]
        steps, places = elimination(v, s, targets)
        for v, s in steps:
            yield self._placed(position, pairs, v, s)
        for block, place, row in zip(pairs, places, v, strict=True):
            along = float(row @ targets[place] / np.square(targets[place]).sum())
            one, two = position.part(block, 1)[0], position.part(block, -1)[0]
            pair = (one, two) if along > 0 else (two, one)
            yield from self._bent_to(position, pair, flipped[place], 1 / abs(along))

    def _superfluous(
        self, position: Position, agents: _Agents
    ) -> tuple[list[int], list[int]] | None:
        """Return the classes and idle neurons that are not needed to follow."""
        every = self._agents(position)
        classes = [block for block in every.classes if block not in agents.classes]
        idle = [i for i in every.idle if i not in agents.idle]
        return (classes, idle) if classes or idle else None

    def _shrink(
        self, position: Position, classes: list[int], idle: list[int], agents: _Agents
    ) -> Iterator[Piece]:
        before = self.network(position)
        self._vanish(position, classes, idle)
        self._follow(position, agents)
        yield Straight(before, self.network(position))

    def _merge(self, position: Position) -> Iterator[Piece] | None:
        """Return the way on which the only pair becomes copies of a class, where there is one."""
        pairs = self._pairs(position)
        if len(pairs) != 1 or not self.r:
            return None
        pair = (position.part(pairs[0], 1)[0], position.part(pairs[0], -1)[0])
        if not self.linear:
            return self._moved(position, pair, 0)
        if self.q > 1:
            return None
        v = position.rows[pair[0], : self.width]
        targets = self.rows[:, : self.width]
        along = targets @ v / np.square(targets).sum(axis=1)
        off = np.linalg.norm(v - along[:, None] * targets, axis=1)
        t = int(np.argmin(off))
        if off[t] > INDEPENDENT * np.linalg.norm(v) or not along[t]:
            return None
        if along[t] < 0:
            pair = pair[::-1]
        return self._bent_to(position, pair, t, 1 / abs(float(along[t])))

    def _moved(self, position: Position, pair: tuple[int, int], t: int) -> Iterator[Piece]:
        """Move a pair of which the incoming weights are free to ±θ_t."""
        before = self.network(position)
        for i, sign in zip(pair, (1, -1), strict=True):
            position.rows[i], position.label[i], position.sign[i] = sign * self.rows[t], t, sign
        yield Straight(before, self.network(position))

    def _bent_to(
        self, position: Position, pair: tuple[int, int], t: int, ratio: float
    ) -> Iterator[Piece]:
        if self.width == self.d and self.hidden:
            before = self.network(position)
            position.rows[list(pair), self.d] = self.rows[t, self.d] * np.array([1, -1])
            yield Straight(before, self.network(position))
        yield self._bent(position, pair, ratio)
        for i, sign in zip(pair, (1, -1), strict=True):
            position.rows[i], position.label[i], position.sign[i] = sign * self.rows[t], t, sign

    def _bent(self, position: Position, pair: tuple[int, int], ratio: float) -> Piece:
        biased = self.width > self.d
        piece = Hyperbola(self.network(position), pair, ratio, self.sigma.slope, biased)
        position.rows[list(pair), : self.width] *= ratio
        position.out[list(pair)] /= ratio
        return piece


def _set(items: list[int]) -> str:
    return "{" + ", ".join(map(str, items)) + "}"
