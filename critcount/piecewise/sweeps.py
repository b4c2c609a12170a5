"""Networks with many knots, planned: gadgets that fold the line again and again.

A network of the plan has a read-out φ, an affine function of its last layer, that sweeps the
interval [0, 12] Z times: it rises and falls Z times in turn, each time from 0 or less to 12 or
more or back. Between two sweeps it turns at a site, low (at most 0) or high (at least 12). Every
gadget is a layer or two on φ that makes several sweeps of each. This module counts; the weights
are made in `critcount.piecewise.constructions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

__all__ = ["Gadget", "Plan", "plan"]

#: How many plans are kept from layer to layer.
KEPT = 64


GadgetKind: TypeAlias = Literal[
    "fold", "vee", "double vee", "above", "below", "pass", "clamped vee", "crests", "cross"
]


@dataclass(frozen=True)
class Gadget:
    """One step of a plan.

    Attributes
    ----------
    kind : str
        "fold" (n >= 3 neurons: n + 1 sweeps of each), "vee" (2 neurons: 2 sweeps), "double vee"
        (two layers of 2: 6 sweeps), "above" and "below" (1 neuron: the part on one side of the
        middle), "pass" (1 neuron after another: nothing new), "clamped vee" (2, 1 and 1 neurons:
        a vee with a kink, cut off at both ends), "crests" (2, 3 and 1 neurons: four crests with
        flats between them), "cross" (the last layer, n >= 2: n knots on
        every sweep).
    width : int
        Of its layers, the first where there are several.
    """

    kind: GadgetKind
    width: int


# a gadget and the trail before it
Trail: TypeAlias = "tuple[Gadget, Trail] | None"


@dataclass(frozen=True)
class Plan:
    """The gadgets so far, and what the read-out looks like.

    Attributes
    ----------
    sweeps : int
    low, high : int
        Knots at the low and at the high sites between sweeps: where φ <= 0, and φ >= 12.
    crossed : int
        Knots of the last layer on the sweeps.
    left, right : tuple of (bool, int)
        Of the two ends: whether it is high, and its knots.
    folded : bool
        Whether the last layer was one neuron that shows its argument's positive part.
    trail : tuple or None
        The last gadget and the trail before it; no part of what two plans are compared by.
    """

    sweeps: int = 1
    low: int = 0
    high: int = 0
    crossed: int = 0
    left: tuple[bool, int] = (False, 0)
    right: tuple[bool, int] = (True, 0)
    folded: bool = False
    trail: Trail = field(default=None, compare=False)

    @property
    def gadgets(self) -> tuple[Gadget, ...]:
        """The gadgets, the first first."""
        found, trail = [], self.trail
        while trail is not None:
            gadget, trail = trail
            found.append(gadget)
        return tuple(reversed(found))

    @property
    def knots(self) -> int:
        """All knots of the vector of the last layer."""
        return self.low + self.high + self.crossed + self.left[1] + self.right[1]

    def _low_sites(self) -> int:
        """Sites alternate; of the sweeps + 1 turning points and ends every second one is low."""
        ends = (not self.left[0]) + (not self.right[0])
        return (self.sweeps + 1 - (ends == 0) + (ends == 2)) // 2 - ends

    def _high_sites(self) -> int:
        return self.sweeps - 1 - self._low_sites()


def plan(hidden: Sequence[int]) -> Plan:
    """Return a plan with as many knots as these gadgets can give.

    Parameters
    ----------
    hidden : sequence of int
        Positive widths.

    Returns
    -------
    Plan
        Its knots are those of the network that it plans, exactly.

    Examples
    --------
    >>> plan((3, 3)).knots, plan((2, 2)).knots, plan((2, 2, 4)).gadgets
    (15, 6, (Gadget(kind='double vee', width=2), Gadget(kind='cross', width=4)))
    """
    hidden = tuple(hidden)
    plans: dict[int, dict[Plan, Plan]] = {0: {Plan(): Plan()}}
    for start in range(len(hidden)):
        found = plans.pop(start, {}).values()
        for done in sorted(found, key=lambda p: (p.knots, p.sweeps), reverse=True)[:KEPT]:
            for layers, after in _steps(done, hidden[start:]):
                plans.setdefault(start + layers, {})[after] = after
    return max(plans[len(hidden)].values(), key=lambda p: p.knots)


def _steps(done: Plan, rest: tuple[int, ...]) -> Iterator[tuple[int, Plan]]:
    """Yield every gadget that may come next: how many layers it takes, and the plan with it."""
    width, sweeps = rest[0], done.sweeps
    last = len(rest) == 1
    if width == 1:
        if done.folded:
            yield 1, _with(done, "pass", 1)
        yield 1, _above(done, "above")
        yield 1, _above(_turned(done), "below")
    elif last:
        yield 1, _with(done, "cross", width, crossed=width * sweeps)
    elif width > 2:
        yield 1, _fold(done, width)
    else:
        yield 1, _vee(done)
        if rest[1] == 2 and len(rest) > 2:
            yield 2, _double_vee(done)
        if rest[1:3] == (1, 1):
            yield 3, _clamped_vee(done)
        if rest[1:3] == (3, 1):
            yield 3, _crests(done)


def _with(done: Plan, kind: GadgetKind, width: int, **changes: object) -> Plan:
    trail = (Gadget(kind, width), done.trail)
    folded = kind in ("above", "below", "pass")
    return replace(done, trail=trail, folded=folded, **changes)  # type: ignore[arg-type]


def _fold(done: Plan, width: int) -> Plan:
    """Low stays low; high becomes high for an even width and low for an odd one."""
    more_low, more_high = width // 2 * done.sweeps, (width + 1) // 2 * done.sweeps
    if width % 2:
        low, high = done.low + done.high + more_low, more_high
        left, right = (False, done.left[1]), (False, done.right[1])
    else:
        low, high, left, right = done.low + more_low, done.high + more_high, done.left, done.right
    sweeps = done.sweeps * (width + 1)
    return _with(done, "fold", width, sweeps=sweeps, low=low, high=high, left=left, right=right)


def _raised(done: Plan, kind: GadgetKind, sweeps: int, low: int, high: int) -> Plan:
    """All old sites and ends become high, and between them are `low` and `high` new knots."""
    return _with(
        done,
        kind,
        2,
        sweeps=sweeps * done.sweeps,
        low=low * done.sweeps,
        high=done.low + done.high + high * done.sweeps,
        left=(True, done.left[1]),
        right=(True, done.right[1]),
    )


def _vee(done: Plan) -> Plan:
    return _raised(done, "vee", 2, 2, 0)


def _double_vee(done: Plan) -> Plan:
    return _raised(done, "double vee", 6, 4, 2)


def _clamped_vee(done: Plan) -> Plan:
    """Each sweep becomes two, with a flat low site and a kink; old sites become flat and high."""
    return _with(
        done,
        "clamped vee",
        2,
        sweeps=2 * done.sweeps,
        low=2 * done.sweeps,
        high=2 * (done.sweeps - 1) + done.sweeps,
        left=(True, 1),
        right=(True, 1),
    )


def _crests(done: Plan) -> Plan:
    """Each sweep becomes eight, up and down four crests, one with a kink; the rest is flat."""
    return _with(
        done,
        "crests",
        2,
        sweeps=8 * done.sweeps,
        low=2 * (4 * done.sweeps - 1),
        high=5 * done.sweeps,
        left=(False, 1),
        right=(False, 1),
    )


def _turned(done: Plan) -> Plan:
    """The plan of 12 - φ: low and high exchanged."""
    return replace(
        done,
        low=done.high,
        high=done.low,
        left=(not done.left[0], done.left[1]),
        right=(not done.right[0], done.right[1]),
    )


def _above(done: Plan, kind: GadgetKind) -> Plan:
    """max(φ - 6, 0): low sites become flat, with a knot at both ends; so do low ends, with one."""
    return _with(
        done,
        kind,
        1,
        low=2 * done._low_sites(),
        left=done.left if done.left[0] else (False, 1),
        right=done.right if done.right[0] else (False, 1),
    )
