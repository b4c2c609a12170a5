"""The most knots that a ReLU network from R to R^p can have: proved bounds, exact where they meet.

A knot is a point at which the vector of the last hidden layer changes its slope; the output of a
generic read-out has the same knots. The theorems and their proofs are in the guide on piecewise
linear networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from critcount._support import markup
from critcount._support.checks import show
from critcount.architecture import ArchitectureLike, as_architecture
from critcount.piecewise.sweeps import plan

__all__ = ["KnotBounds", "hidden_widths", "max_knots"]


Theorem: TypeAlias = Literal[
    "wide layers", "layers of two", "two, then three or four", "recursion"
]


@dataclass(frozen=True)
class KnotBounds:
    """How many knots a network of an architecture can have at most.

    Attributes
    ----------
    lower : int
        The knots of `critcount.piecewise.most_knots_network`.
    upper : int
        No network has more: proved.
    theorem : {"wide layers", "layers of two", "two, then three or four", "recursion"}
        What the bounds rest on; the third is computer-assisted, by exact certificates.
    """

    lower: int
    upper: int
    theorem: Theorem

    @property
    def exact(self) -> int | None:
        """The maximum where the bounds meet, otherwise None."""
        return self.upper if self.lower == self.upper else None

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class _State:
    """What bounds the functions that the layers so far can compute.

    The most knots of the vector, pieces on which it is not constant, zeros of an affine functional
    of it; how many of its two ends are certainly constant; and the pieces before the last layer
    and before the one before it.
    """

    knots: int
    pieces: int
    zeros: int
    flat: int
    before: tuple[int, int] = (0, 0)

    def dominates(self, other: _State) -> bool:
        return (
            self.knots >= other.knots
            and self.pieces >= other.pieces
            and self.zeros >= other.zeros
            and self.flat <= other.flat
            and self.before[0] >= other.before[0]
            and self.before[1] >= other.before[1]
        )


def max_knots(architecture: ArchitectureLike) -> KnotBounds:
    """Return proved bounds for the most knots of networks with one input.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
        With one input; the number of outputs does not matter.

    Returns
    -------
    KnotBounds
        Python integers of any size. At most (n_1 + 1) … (n_L + 1) - 1, and that exactly when
        every width but the last is at least 3 and the last at least 2, or there is one layer.

    Raises
    ------
    TypeError, ValueError
        When it is no architecture, or has more than one input.

    Notes
    -----
    *Derived.* The upper bound is a recursion over the layers (theorem "recursion"), the lower one
    the number of knots of an explicit network. Chen 2016 (arXiv 1611.09448) states a tight bound
    of about n_1 … n_L. O(L) operations on integers as long as the result.

    Examples
    --------
    >>> max_knots("1-3-3-1")
    KnotBounds(lower=15, upper=15, theorem='wide layers')
    >>> max_knots("1-2-2-1").exact                  # not 8: layers of two lose
    6
    >>> max_knots([1, 2, 5, 2, 1])
    KnotBounds(lower=36, upper=38, theorem='recursion')
    """
    architecture = as_architecture(architecture)
    hidden = hidden_widths(architecture)
    lower = plan(hidden).knots
    states = [_State(0, 1, 1, 0)]
    widths = shortened(hidden)
    for previous, width in zip((0, *widths), widths, strict=False):
        states = _undominated(
            after for state in states for after in _layer(state, width, previous)
        )
    return KnotBounds(lower, max(state.knots for state in states), _theorem(hidden))


def hidden_widths(architecture: ArchitectureLike) -> tuple[int, ...]:
    """Return the hidden widths of an architecture with one input.

    Raises
    ------
    TypeError, ValueError
        When it is no architecture, or has more than one input.
    """
    architecture = as_architecture(architecture)
    if architecture.d_in != 1:
        raise ValueError(
            f"knots are those of a network with one input, not {show(architecture.d_in)}: "
            f"{show(str(architecture))}"
        )
    return architecture.hidden


def shortened(hidden: Sequence[int]) -> tuple[int, ...]:
    """Return the widths with every run of single neurons cut to two.

    Three single neurons in a row compute what two can: a constant at both ends.

    >>> shortened((1, 1, 1, 4, 1, 1, 1, 1))
    (1, 1, 4, 1, 1)
    """
    return tuple(n for i, n in enumerate(hidden) if n > 1 or i < 2 or hidden[i - 2 : i] != (1, 1))


def _layer(state: _State, width: int, previous: int) -> Iterable[_State]:
    knots, pieces, zeros, flat = state.knots, state.pieces, state.zeros, state.flat
    before = (pieces, state.before[0])
    if width > 1:
        more = pieces + width * zeros
        most = more
        if width == 2:
            most = min(more, 2 * pieces)
        elif width in (3, 4) and previous == 2:
            most = min(more, (2 * width + 2) * state.before[0])
        yield _State(knots + width * zeros, more, most, flat, before)
        return
    yield _State(knots, pieces, zeros, flat, before)
    for found in {zeros, zeros - 1} - {0}:
        if found % 2:
            gone = found // 2 + (flat == 2)
            yield _State(knots + found - gone, pieces, zeros, min(flat + 1, 2), before)
        else:
            gone = found // 2 - 1 + flat
            yield _State(knots + found - gone, pieces, zeros, 2, before)
            yield _State(knots + found - found // 2, pieces, zeros, flat, before)


def _undominated(states: Iterable[_State]) -> list[_State]:
    kept: list[_State] = []
    for state in states:
        if not any(other.dominates(state) for other in kept):
            kept = [other for other in kept if not state.dominates(other)] + [state]
    return kept


def _theorem(hidden: tuple[int, ...]) -> Theorem:
    inner = hidden[:-1]
    if min(inner, default=3) >= 3:
        return "wide layers"
    if any(pair in ((2, 3), (2, 4)) for pair in pairwise(inner)):
        return "two, then three or four"
    wide = next((i for i, n in enumerate(inner) if n < 3), len(inner))
    if inner[wide:] in ((2,), (2, 2)) and hidden[-1] > 1:
        return "layers of two"
    return "recursion"
