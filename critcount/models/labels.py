"""Labels, and what a permutation of them must keep.

A label is one coordinate of one axis that may move. What is known of a model is collected here as
a coloured graph on the labels; its automorphisms are the symmetries of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelGraph", "Labels"]

Labels = NDArray[np.int64]


@dataclass(slots=True)
class Use:
    """A sum, norm or softmax that ran over labels, or a function of each (``fn:relu``).

    `inner`: only inside blocks, over the dimensions of each head, say.
    """

    kind: str
    labels: Labels
    inner: bool = False


@dataclass(slots=True)
class LabelGraph:
    """Labels 0, 1, ..., with the colours and the relations that a symmetry keeps.

    Attributes
    ----------
    size : int
        The number of labels.
    colours : list of (labels, values)
        Labels of different values in one entry, or inside and outside of one, never change
        places. No label occurs twice in an entry.
    relations : list of (left, right)
        Pairs of labels; each entry is a relation of its own, kept as a set.
    uses : list of Use
        Which operation ran over which labels: what decides about duplication.
    """

    size: int = 0
    colours: list[tuple[Labels, Labels]] = field(default_factory=list)
    relations: list[tuple[Labels, Labels]] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    _pinned: list[Labels] = field(default_factory=list)
    _is_pinned: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def fresh(self, count: int, pinned: bool = False) -> Labels:
        """Return `count` new labels: a set that is kept, pinned one by one when asked."""
        labels = np.arange(self.size, self.size + count, dtype=np.int64)
        self.size += count
        if pinned:
            self.pin(labels)
        else:
            self.colour(labels, np.zeros(count, np.int64))
        return labels

    def colour(self, labels: Labels, values: Labels) -> None:
        """Keep labels of different values apart, and apart from all other labels."""
        self.colours.append((labels, values))

    def pin(self, labels: Labels) -> None:
        """Let each of the labels stay where it is."""
        labels = np.unique(labels)
        self._grow()
        new = labels[~self._is_pinned[labels]]
        if new.size:
            self._is_pinned[new] = True
            self._pinned.append(new)

    def _grow(self) -> None:
        if self._is_pinned.size < self.size:
            larger = np.zeros(max(self.size, 2 * self._is_pinned.size), np.bool_)
            larger[: self._is_pinned.size] = self._is_pinned
            self._is_pinned = larger

    def are_pinned(self, labels: Labels) -> NDArray[np.bool_]:
        """Tell which labels were pinned by name."""
        self._grow()
        return self._is_pinned[labels]

    def relate(self, left: Labels, right: Labels) -> None:
        """Keep the set of pairs (left[i], right[i])."""
        self.relations.append((left, right))

    def use(self, kind: str, labels: Labels, inner: bool = False) -> None:
        """Note that an operation of this kind ran over the labels."""
        self.uses.append(Use(kind, labels.ravel(), inner))

    def pins(self) -> Labels:
        """Return every label pinned by name."""
        return np.flatnonzero(self._is_pinned[: self.size]).astype(np.int64)
