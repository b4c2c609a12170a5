"""Which rows of a matrix are equal within a tolerance: exact, and quick in many dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from critcount._support.types import Array, Indices

__all__ = ["groups", "signed_groups"]


DIMENSIONS = 12  # of the random projection: enough to part what is apart
CANDIDATES_AT_ONCE = 4_000_000  # candidates held at once
ROWS_AT_ONCE = 512  # rows compared with all others at once where candidates are more
VERIFIED_AT_ONCE = 8192  # candidates verified at once
CACHED_NUMBERS = 2**18  # in an array of differences: small ones stay in the cache


def groups(rows: Array, tolerance: float) -> Indices:
    """Return the group of every row; rows within the tolerance of one another share one.

    Two rows are in one group exactly when a chain of rows leads from one to the other in which
    neighbours have a Euclidean distance of at most the tolerance, so that the result does not
    depend on the order of the rows.

    Parameters
    ----------
    rows : numpy.ndarray
        Of shape (m, d), finite.
    tolerance : float
        A distance, at least 0; 0 asks for equal rows.

    Returns
    -------
    numpy.ndarray
        Of shape (m,): groups numbered by first appearance.

    Notes
    -----
    The rows are projected on a few random orthonormal directions, which makes no distance
    larger. Rows in one cell of a grid of the projections are compared with the first of the cell;
    then pairs of the remaining rows whose projections are close are candidates. Every candidate
    is verified in all dimensions. With few groups or small tolerance the time is about that of
    the projection, 2·m·d·12 operations. Where the candidates would be too many (a tolerance of
    the order of the distances between distinct rows) all pairs are compared, block by block.

    Examples
    --------
    >>> groups(np.array([[0.0, 1.0], [2.0, 2.0], [0.0, 1.001]]), 0.01)
    array([0, 1, 0])
    """
    m = len(rows)
    return _groups(_Turned(rows, np.arange(m), np.ones(m)), tolerance)


class _Turned(NamedTuple):
    """Rows of a matrix, some of them negated, some twice; many numbers, and not copied."""

    matrix: Array
    source: Indices
    turn: Array

    def take(self, where: Indices) -> Array:
        """Return some rows."""
        rows = self.matrix[self.source[where]]
        back = self.turn[where] < 0
        if back.any():
            rows *= np.where(back, -1.0, 1.0)[:, None]
        return np.asarray(rows)

    @property
    def all(self) -> Array:
        """All rows."""
        return self.take(np.arange(len(self.source)))


def _groups(rows: _Turned, tolerance: float) -> Indices:
    """Return the group of every row."""
    m = len(rows.source)
    if m < 2:
        return np.zeros(m, dtype=np.intp)
    if tolerance == 0:
        return _by_first(_equal(rows.all))
    points = _projected(rows.matrix)[rows.source] * rows.turn[:, None]
    # cells as wide as the tolerance; a row not close to the first of its cell stands for itself
    with np.errstate(over="ignore"):
        cell = _equal(np.floor(points / tolerance))
    first = np.unique(cell, return_index=True)[1]
    leader = first[cell]
    distance = _distances(rows, np.arange(m), leader)
    alone = distance > tolerance / 8
    leader[alone] = np.flatnonzero(alone)
    distance[alone] = 0.0
    leaders, member = np.unique(leader, return_inverse=True)
    radius = np.zeros(len(leaders))
    np.maximum.at(radius, member, distance)
    label = np.arange(len(leaders))
    order = np.argsort(member, kind="stable")
    ends = np.cumsum(np.bincount(member, minlength=len(leaders)))
    starts = np.concatenate([[0], ends[:-1]])
    for i, j in _candidates(rows, points, leaders, radius, tolerance):
        members = order, starts, ends
        label = _joined(rows, tolerance, leaders, radius, label, i, j, members)
    return _by_first(label[member])


def signed_groups(rows: Array, tolerance: float) -> tuple[Indices, Array]:
    """Return the group of every row up to sign, and the sign that makes a group's rows equal.

    The first row of a group has the sign +1. The rows must be farther than the tolerance from
    zero: a row that is near its own negative has no sign, and gets +1.

    Parameters
    ----------
    rows : numpy.ndarray
        Of shape (m, d), finite.
    tolerance : float
        As in `groups`.

    Returns
    -------
    labels : numpy.ndarray
        Of shape (m,): groups numbered by first appearance.
    signs : numpy.ndarray
        Of shape (m,), of +1.0 and -1.0.

    Examples
    --------
    >>> signed_groups(np.array([[0.0, 1.0], [2.0, 2.0], [0.0, -1.0]]), 0.01)
    (array([0, 1, 0]), array([ 1.,  1., -1.]))
    """
    # rows on one side of a random hyperplane; those near it stand on both
    direction = np.random.default_rng(rows.shape[1]).standard_normal(rows.shape[1])
    direction /= max(float(np.linalg.norm(direction)), 1e-300)
    height = rows @ direction
    turn = np.where(height < 0, -1.0, 1.0)
    slack = 1e-9 * float(np.abs(height).max(initial=0))  # of rounding
    near = np.flatnonzero(np.abs(height) <= 2 * tolerance + slack)
    source = np.concatenate([np.arange(len(rows)), near])
    both = _groups(_Turned(rows, source, np.concatenate([turn, -turn[near]])), tolerance)
    side, other = both[: len(rows)], both[len(rows) :]
    root, parity = _mirrored(int(both.max(initial=-1)) + 1, side[near], other)
    signs = turn * parity[side]
    label = _by_first(root[side])
    first = np.unique(label, return_index=True)[1]
    return label, signs * signs[first][label]


def _mirrored(number: int, one: Indices, two: Indices) -> tuple[Indices, Array]:
    """Return what labels are one when each pair is one and its mirror image, and their signs."""
    root, parity = np.arange(number), np.ones(number)
    for a, b in zip(one.tolist(), two.tolist(), strict=True):
        if root[a] != root[b]:
            members = root == root[b]
            parity[members] *= -parity[a] * parity[b]
            root[members] = root[a]
    return root, parity


def _by_first(labels: npt.NDArray[np.integer]) -> Indices:
    """Return labels numbered by first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.intp)
    number[np.argsort(first)] = np.arange(len(first))
    return number[inverse]


def _equal(rows: Array) -> Indices:
    """Return a label for every row, the same for equal rows."""
    rows = np.ascontiguousarray(rows + 0.0)  # -0.0 is 0.0
    if not rows.shape[1]:
        return np.zeros(len(rows), dtype=np.intp)
    keys = rows.view(f"V{rows.shape[1] * rows.itemsize}").reshape(-1)
    return np.unique(keys, return_inverse=True)[1].astype(np.intp)


def _projected(rows: Array) -> Array:
    """Return the rows in a few random orthonormal directions, shifted by a random amount."""
    d = rows.shape[1]
    if d <= DIMENSIONS:
        return rows
    rng = np.random.default_rng(d)  # a seed of its own: the result does not depend on it
    basis, _ = np.linalg.qr(rng.standard_normal((d, DIMENSIONS)))
    return np.asarray(rows @ basis)


def _distances(rows: _Turned, i: Indices, j: Indices) -> Array:
    """Return the Euclidean distances of the pairs of rows, from their differences."""
    out = np.empty(len(i))
    step = max(1, CACHED_NUMBERS // max(1, rows.matrix.shape[1]))
    for start in range(0, len(i), step):
        part = slice(start, start + step)
        difference = rows.take(i[part])
        difference -= rows.take(j[part])
        out[part] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return out


def _candidates(
    rows: _Turned,
    points: Array,
    leaders: Indices,
    radius: Array,
    tolerance: float,
) -> Iterator[tuple[Indices, Indices]]:
    """Yield pairs of leaders, among them all whose groups may have rows within the tolerance."""
    from scipy.spatial import cKDTree

    reach = tolerance + 2 * float(radius.max())
    slack = reach * (1 + 1e-9) + 1e-12 * float(np.abs(points).max())
    tree = cKDTree(points[leaders])
    # a sample tells whether the pairs are few
    some = points[leaders[:: max(1, len(leaders) // 64)]]
    found = tree.query_ball_point(some, slack, return_length=True)
    if float(np.mean(found)) * len(leaders) / 2 <= CANDIDATES_AT_ONCE:
        pairs = tree.query_pairs(slack, output_type="ndarray")
        yield pairs[:, 0], pairs[:, 1]
        return
    # distances by scalar products lose digits far from the origin: centre what is close together
    chosen = rows.take(leaders)
    size = float(np.sqrt(np.einsum("ij,ij->i", chosen, chosen).max()))
    coarse = (
        groups(chosen, 1000 * slack) if slack < 1e-5 * size else np.zeros(len(leaders), np.intp)
    )
    for label in np.flatnonzero(np.bincount(coarse) > 1):
        where = np.flatnonzero(coarse == label)
        centred = chosen[where] - chosen[where[0]]
        squares = np.einsum("ij,ij->i", centred, centred)
        for start in range(0, len(where), ROWS_AT_ONCE):
            block = slice(start, start + ROWS_AT_ONCE)
            sums = squares[block, None] + squares[start:]
            near = sums - 2 * (centred[block] @ centred[start:].T) <= slack**2 + 1e-12 * sums
            i, j = np.nonzero(np.triu(near, 1))
            yield where[start + i], where[start + j]


def _joined(
    rows: _Turned,
    tolerance: float,
    leaders: Indices,
    radius: Array,
    label: Indices,
    i: Indices,
    j: Indices,
    members: tuple[Indices, Indices, Indices],
) -> Indices:
    """Return the labels of the leaders after the candidates have been verified."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    order, starts, ends = members
    size = VERIFIED_AT_ONCE
    start = 0
    while start < len(i):
        part = slice(start, start + size)
        start += size
        a, b = i[part], j[part]
        apart = label[a] != label[b]
        a, b = a[apart], b[apart]
        if not len(a):
            continue
        distance = _distances(rows, leaders[a], leaders[b])
        close = distance <= tolerance
        wide = ~close & (distance <= tolerance + radius[a] + radius[b])
        for k in np.flatnonzero(wide):  # two clouds of rows: compare their members
            left = order[starts[a[k]] : ends[a[k]]]
            right = order[starts[b[k]] : ends[b[k]]]
            close[k] = _touch(rows, left, right, tolerance)
        if close.any():
            n = int(label.max()) + 1
            edges = label[a[close]], label[b[close]]
            graph = coo_array((np.ones(len(edges[0]), dtype=bool), edges), shape=(n, n))
            label = connected_components(graph, directed=False)[1].astype(np.intp)[label]
    return label


def _touch(rows: _Turned, left: Indices, right: Indices, tolerance: float) -> bool:
    """Return whether a row of one set is within the tolerance of a row of another."""
    for i in left:
        distances = _distances(rows, np.full(len(right), i), right)
        if (distances <= tolerance).any():
            return True
    return False
