"""Connectedness by theorem: at any width, for any number of hidden layers."""

from __future__ import annotations

from collections.abc import Sequence

from critcount.architecture import Architecture, ArchitectureLike, as_architecture
from critcount.connectivity.answers import Answer
from critcount.counting.network import layer_pairs

__all__ = ["connected_with_reason", "is_connected"]


def is_connected(architecture: ArchitectureLike, minimal: int | Sequence[int]) -> bool:
    """Tell whether the union of the subspaces is connected.

    Parameters
    ----------
    architecture : Architecture, str or sequence of int
    minimal : int or sequence of int
        The minimal width of every hidden layer, as in `critcount.count_expansions`.

    Returns
    -------
    bool
        By theorem, never by search: True unless a hidden layer has m_k = r_k ≥ 2 ([S21] for one
        hidden layer; several: *derived*, components of the strong product of the layers' graphs).

    Raises
    ------
    TypeError, ValueError
        When a minimal width is missing, too many, or wider than its layer.

    See Also
    --------
    connected_with_reason : the same, and which layers cut the union into pieces.
    critcount.count_components : how many components there are.
    critcount.IntersectionGraph.components : which, by search of the graph.
    critcount.connectivity.path : a walk between two subspaces.

    Examples
    --------
    >>> is_connected(Architecture.parse("2-5-1"), 4)
    True
    >>> is_connected(Architecture.parse("2-4-1"), 4)
    False
    """
    architecture = as_architecture(architecture)
    return not _tight(architecture, minimal)


def connected_with_reason(
    architecture: ArchitectureLike, minimal: int | Sequence[int]
) -> Answer[bool]:
    """Tell whether the union of the subspaces is connected, and why.

    Parameters
    ----------
    architecture, minimal
        As in `is_connected`.

    Returns
    -------
    Answer

    Raises
    ------
    TypeError, ValueError
        As `is_connected`.

    Examples
    --------
    >>> print(connected_with_reason(Architecture.parse("2-5-1"), 4))
    True by theorem: every hidden layer has m > r or r <= 1
    >>> print(connected_with_reason(Architecture.parse("784-5-3-10"), (4, 3)))
    False by theorem: hidden layer 2 has m = r: each of its r! permutations is isolated
    """
    architecture = as_architecture(architecture)
    tight = _tight(architecture, minimal)
    return Answer(not tight, "theorem", _because(tight))


def _tight(architecture: Architecture, minimal: int | Sequence[int]) -> list[int]:
    """Return the hidden layers, from 1 on, that have several isolated permutations."""
    pairs = layer_pairs(architecture, minimal, "minimal")
    return [k for k, (r, m) in enumerate(pairs, start=1) if r == m >= 2]


def _because(tight: list[int]) -> str:
    if not tight:
        return "every hidden layer has m > r or r <= 1"
    if len(tight) == 1:
        return f"hidden layer {tight[0]} has m = r: each of its r! permutations is isolated"
    shown = ", ".join(map(str, tight[:20])) + (", …" if len(tight) > 20 else "")
    return f"hidden layers {shown} have m = r: each of their r! permutations is isolated"
