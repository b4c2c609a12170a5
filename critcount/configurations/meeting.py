"""When two subspaces meet: decided on the words of their configurations.

Take two configurations for the same (r, m) and the join of their partitions: two neurons are in
one of its blocks when a chain of neurons leads from one to the other in which each shares a block
with the next, in either configuration. The two affine subspaces meet exactly when

- no block of the join holds two different labels, and
- for every label t, the blocks K_t of the two configurations lie in the same block of the join

(*derived*). For the incoming weights are equal all over a block of the join, so a block of two
labels asks for w_s = w_t, which an irreducible network does not have; and where the blocks K_t lie
apart, one of the two has outgoing weights that must add up to a_t within the other configuration's
zero-type blocks, to zero. Conversely the conditions on the outgoing weights of one block of the
join with n neurons, p blocks of one and q of the other configuration have rank p + q - 1, the one
dependence being that both ask for the same total. So the dimension of the intersection is the
sum of (n - p - q + 1)·d_out over the blocks of the join, and d_in for each that has no label.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from critcount._support import markup

__all__ = ["Join", "intersection", "join", "meet", "meeting"]

Letters: TypeAlias = npt.NDArray[Any]
Booleans: TypeAlias = npt.NDArray[np.bool_]

#: neurons up to which blocks of words are decided with one machine word for each set of neurons
MASK_BITS = 64
#: pairs decided at once
PAIRS_AT_ONCE = 1 << 22


class Join:
    """The blocks of a join, from elements joined two at a time; each block may hold one label.

    An element is made when it is first named, a block of its own without a label.

    Examples
    --------
    >>> join = Join()
    >>> join.give("a", 3), join.join("a", "b"), join.label("b"), join.label("c")
    (True, True, 3, None)
    >>> join.give("c", 4), join.join("b", "c"), join.compatible("b", "c")
    (True, False, False)
    """

    __slots__ = ("_label", "_parent")

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}
        self._label: dict[Hashable, int] = {}

    def find(self, x: Hashable) -> Hashable:
        """Return the representative of the block of `x`."""
        above = self._parent.get
        up = above(x)
        while up is not None:
            further = above(up)
            if further is None:
                return up
            self._parent[x] = further
            x, up = further, above(further)
        return x

    def label(self, x: Hashable) -> int | None:
        """Return the label of the block of `x`, if it has one."""
        return self._label.get(self.find(x))

    def admits(self, x: Hashable, label: int) -> bool:
        """Tell whether the block of `x` has this label or none."""
        return self._label.get(self.find(x), label) == label

    def compatible(self, x: Hashable, y: Hashable) -> bool:
        """Tell whether the blocks of `x` and `y` do not hold two different labels."""
        one, two = self.label(x), self.label(y)
        return one is None or two is None or one == two

    def give(self, x: Hashable, label: int) -> bool:
        """Give the block of `x` a label; False, and nothing is done, where it has another."""
        return self._label.setdefault(self.find(x), label) == label

    def join(self, x: Hashable, y: Hashable) -> bool:
        """Join two blocks; False, and nothing is done, where they have different labels."""
        x, y = self.find(x), self.find(y)
        if x == y:
            return True
        one, two = self._label.get(x), self._label.get(y)
        if two is None or one == two:
            self._parent[y] = x
        elif one is None:
            self._parent[x] = y
        else:
            return False
        return True

    def _repr_html_(self) -> str:
        return markup.record(self)


def join(one: Letters, two: Letters) -> list[int]:
    """Return, for every neuron, the smallest neuron of its block of the join.

    Parameters
    ----------
    one, two : array of shape (m,)
        Words.

    Returns
    -------
    list of int
        O(m) steps, nearly.

    Examples
    --------
    >>> join(np.array([0, 1, 2, 2]), np.array([2, 1, 0, 3]))
    [0, 1, 2, 2]
    """
    blocks = Join()
    letters = one.tolist()
    for s, t in zip(letters, two.tolist(), strict=True):  # a neuron joins its two blocks
        blocks.join(s, ~t)
    smallest: dict[Hashable, int] = {}
    return [smallest.setdefault(blocks.find(s), i) for i, s in enumerate(letters)]


def meet(one: Letters, two: Letters, r: int) -> bool:
    """Tell whether the subspaces of two words meet, in time nearly linear in m.

    Parameters
    ----------
    one, two : array of shape (m,)
        Words of configurations for (r, m).
    r : int
        Number of labels.

    Returns
    -------
    bool

    Examples
    --------
    >>> meet(np.array([0, 1, 2]), np.array([0, 1, 1]), 2)
    True
    >>> meet(np.array([0, 1, 1]), np.array([0, 1, 0]), 2)
    False
    """
    return _label_of_blocks(join(one, two), one, two, r) is not None


def intersection(one: Letters, two: Letters, r: int, d_in: int, d_out: int) -> int | None:
    """Return the dimension of the intersection of two subspaces, None where it is empty.

    Parameters
    ----------
    one, two : array of shape (m,)
        Words of configurations for (r, m).
    r, d_in, d_out : int
        Number of labels; incoming and outgoing weights of a neuron.

    Returns
    -------
    int or None

    Examples
    --------
    >>> intersection(np.array([0, 1, 2]), np.array([0, 1, 1]), 2, 3, 1)
    0
    """
    blocks = join(one, two)
    labels = _label_of_blocks(blocks, one, two, r)
    if labels is None:
        return None
    size = sum(int(word.max()) + 1 for word in (one, two) if len(word))
    joined = len(set(blocks))
    return (len(blocks) - size + joined) * d_out + (joined - len(labels)) * d_in


def _label_of_blocks(
    blocks: list[int], one: Letters, two: Letters, r: int
) -> dict[int, int] | None:
    """Return the label of every block that has one, or None where two labels or blocks clash."""
    label: dict[int, int] = {}
    home: dict[int, int] = {}
    for word in (one, two):
        for block, letter in zip(blocks, word.tolist(), strict=True):
            if letter < r and not (
                label.setdefault(block, letter) == letter
                and home.setdefault(letter, block) == block
            ):
                return None
    return label


def meeting(rows: Letters, columns: Letters, r: int) -> Booleans:
    """Decide every word of one block against every word of another.

    Parameters
    ----------
    rows, columns : array of shape (n, m) and (k, m)
        Words of configurations for (r, m), one a row.
    r : int
        Number of labels.

    Returns
    -------
    numpy.ndarray
        Boolean, of shape (n, k): whether the subspaces meet.

    Notes
    -----
    A product of two matrices counts, for each pair, the neurons that carry different labels,
    which drops most pairs. For the others the blocks of the join grow from the K_t of the row,
    all pairs at once, a set of neurons being the bits of an integer. Beyond 64 neurons every
    pair is decided by itself.

    Examples
    --------
    >>> words = np.array([[0, 1, 2], [0, 1, 1], [0, 1, 0]])
    >>> meeting(words, words, 2).astype(int)
    array([[1, 1, 1],
           [1, 1, 0],
           [1, 0, 1]])
    """
    rows, columns = np.asarray(rows), np.asarray(columns)
    n, k = len(rows), len(columns)
    if rows.shape[1] > MASK_BITS:
        found = (meet(one, two, r) for one in rows for two in columns)
        return np.fromiter(found, bool, n * k).reshape(n, k)
    out = np.zeros((n, k), bool)
    if not out.size:
        return out
    chunk = max(1, PAIRS_AT_ONCE // max(1, k))
    sets = _sets(columns)
    clash_columns = _clashes(columns, r)
    for start in range(0, n, chunk):
        part = rows[start : start + chunk]
        clashing = _labels(part, r) @ clash_columns.T
        one, two = np.nonzero(clashing == 0)
        keep = _joined(_sets(part), one, sets, two, r)
        out[start + one[keep], two[keep]] = True
    return out


def _labels(words: Letters, r: int) -> npt.NDArray[np.float32]:
    """Return, flat, whether neuron i carries label t: shape (n, r·m)."""
    carries: Booleans = words[:, None, :] == np.arange(r)[:, None]
    return carries.reshape(len(words), words.shape[1] * r).astype(np.float32)


def _clashes(words: Letters, r: int) -> npt.NDArray[np.float32]:
    """Return, flat, whether neuron i carries a label other than t: shape (n, r·m)."""
    other: Booleans = (words < r)[:, None, :] & (words[:, None, :] != np.arange(r)[:, None])
    return other.reshape(len(words), words.shape[1] * r).astype(np.float32)


def _sets(words: Letters) -> Letters:
    """Return the blocks as sets of neurons: bits of integers, of shape (letters, n)."""
    n, m = words.shape
    dtype = next(d for d in (np.uint8, np.uint16, np.uint32, np.uint64) if m <= 8 * d().itemsize)
    letters = int(words.max()) + 1 if words.size else 0
    sets = np.zeros((letters, n), dtype)
    for i in range(m):
        for letter in range(letters):
            sets[letter] |= (words[:, i] == letter).astype(dtype) << dtype(i)
    return sets


def _joined(
    rows: Letters, one: npt.NDArray[np.intp], columns: Letters, two: npt.NDArray[np.intp], r: int
) -> Booleans:
    """Tell which of the pairs (one, two) meet, among those whose labels do not clash."""
    alive = np.ones(len(one), bool)
    for label in range(r):
        places = np.flatnonzero(alive)
        left, right = one[places], two[places]
        start = rows[label][left]
        foreign = np.zeros_like(start)
        for other in range(r):
            if other != label:
                foreign |= rows[other][left] | columns[other][right]
        own = columns[label][right]
        zero = [rows[z][left] for z in range(r, len(rows))]
        zero += [columns[z][right] for z in range(r, len(columns))]
        zero.append(own)
        reached = start
        while True:
            before = reached
            for neurons in zero:
                reached = np.where(reached & neurons, reached | neurons, reached)
            if np.array_equal(before, reached):
                break
        good = ((reached & own) != 0) & ((reached & foreign) == 0)
        alive[places[~good]] = False
    return alive
