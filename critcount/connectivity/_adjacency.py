"""Kernels: the edges of both graphs as sparse matrices, and searches of these.

A node is the rank of a word. The half of an adjacency matrix that is built has an entry for every
edge, in the row of the greater node and the column of the smaller one.

**Intersections.** Which words meet a word is decided for one word of each orbit under permutations
of the neurons; the neighbours of the others are the images of its neighbours. The ranks of these
are found by a fingerprint of the words.

**Mergers.** Merging the zero-type block Z_b into another block, of label t or Z_a with a < b,
puts a smaller letter where Z_b begins and leaves all letters before it: the rank falls, and
ascending b, then ascending target, lists the results in ascending order. Read as a number in base
m, a word changes by multiples of the numbers Σ m^(m-1-i) over the places i of a letter, so a
merger is a few additions for all words at once. For the rank the word is cut in two. How many
words come before those that begin with the first half is looked up, and so is how many second
halves come before this one, which depends only on the labels and the number of zero-type blocks
that the first half has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from critcount._support.progress import silent
from critcount._support.types import Advance, Words
from critcount.configurations.meeting import meeting

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["components", "intersections", "levels", "mergers", "symmetric"]

Integers = npt.NDArray[np.signedinteger[Any]]

#: pairs of words that are decided at once, and neighbours that are looked at at once
DECIDED_AT_ONCE = 1 << 21


def index_type(number: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the type of integers up to `number`."""
    return np.dtype(np.int32 if number < 1 << 31 else np.int64)


def intersections(
    words: Words,
    r: int,
    edges: int,
    advance: Advance = silent,
) -> sparse.csr_array[Any]:
    """Return the half of the adjacency matrix of the intersection graph.

    Parameters
    ----------
    words : array of shape (n, m)
        All words for (r, m), in order.
    r : int
        Number of labels.
    edges : int
        The number of edges.
    advance : callable, optional
        Called with the number of rows after each block of them.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), ones of int8. Work: (orbits · n) decisions, and the sorting of the edges.
    """
    n = len(words)
    dtype = index_type(max(n, 2 * edges))
    orbit, firsts, order = _orbits(words, r)
    finger = _Fingerprints(words, r)
    near = []
    for first in firsts:
        met = meeting(words[first : first + 1], words, r)[0]
        met[first] = False
        near.append(np.flatnonzero(met))
    degrees = np.array(list(map(len, near)), dtype)[orbit]
    indptr = np.zeros(n + 1, dtype)
    np.cumsum(degrees, out=indptr[1:])
    indices = np.empty(2 * edges, dtype)
    for number, (first, neighbours) in enumerate(zip(firsts, near, strict=True)):
        members = np.flatnonzero(orbit == number)
        back = np.argsort(order[first])
        chunk = max(1, DECIDED_AT_ONCE // (len(neighbours) + 1))
        for start in range(0, len(members), chunk):
            some = members[start : start + chunk]
            if len(neighbours):
                ranks = finger.ranks_of_images(words[neighbours], order[some][:, back])
                ranks.sort(axis=1)
                indices[indptr[some][:, None] + np.arange(len(neighbours))] = ranks
            advance(len(some))
    lower = indices < np.repeat(np.arange(n, dtype=dtype), degrees)
    before = np.append(dtype.type(0), np.cumsum(lower, dtype=dtype))
    return _matrix(indices[lower], before[indptr])


def _orbits(
    words: Words, r: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the orbit of each word under permutations of the neurons, and how it arises.

    Returns
    -------
    orbit : array of shape (n,)
        Number of the orbit.
    firsts : array
        A word of each orbit.
    order : array of shape (n, m)
        The neurons, block after block, in an order of the blocks that is the same all over an
        orbit: taking order[a, i] to order[b, i] for all i takes the word a to the word b.
    """
    letters = int(words.max(initial=0)) + 1
    sizes = np.stack([(words == c).sum(axis=1) for c in range(letters)], axis=1)
    by_size = np.argsort(-sizes[:, r:], axis=1, kind="stable")
    sizes[:, r:] = np.take_along_axis(sizes[:, r:], by_size, axis=1)
    place = np.tile(np.arange(letters), (len(words), 1))
    place[:, r:] = r + np.argsort(by_size, axis=1)
    blocks = np.take_along_axis(place, words.astype(np.intp), axis=1)
    order = np.argsort(blocks, axis=1, kind="stable")
    _, firsts, orbit = np.unique(sizes, axis=0, return_index=True, return_inverse=True)
    return orbit.reshape(-1), firsts, order


class _Fingerprints:
    """Words told apart by a number that is quick to find for their images under permutations.

    A configuration is determined by the pairs (neuron, label) and by the pairs of neurons that
    share a block. Each such pair has an integer drawn at random, and the fingerprint is their
    sum: exact in a float, since it stays below 2^53, and so a product of matrices. The integers
    are drawn anew until no two words have the same fingerprint; then the image of a word is found
    for certain.
    """

    def __init__(self, words: Words, r: int) -> None:
        m = words.shape[1]
        self._r = r
        self._pairs = np.triu_indices(m, 1)
        terms = m + len(self._pairs[0]) + 1
        rng = np.random.default_rng(0)
        while True:
            top = (1 << 53) // terms
            self._labels = rng.integers(top, size=(m, r)).astype(np.float64)
            shared = np.triu(rng.integers(top, size=(m, m)), 1).astype(np.float64)
            self._shared = shared + shared.T
            identity = np.arange(m)[None]
            prints = np.concatenate(
                [
                    self._of_images(words[start : start + DECIDED_AT_ONCE // 64], identity)[0]
                    for start in range(0, len(words), DECIDED_AT_ONCE // 64)
                ]
            )
            self._order = np.argsort(prints)
            self._sorted = prints[self._order]
            if (np.diff(self._sorted) > 0).all():
                break

    def ranks_of_images(
        self, words: Words, permutations: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.intp]:
        """Return the ranks of the words after each permutation of the neurons.

        Parameters
        ----------
        words : array of shape (k, m)
        permutations : array of shape (p, m)
            Neuron i moves to place permutations[., i].

        Returns
        -------
        array of shape (p, k)
        """
        images = self._of_images(words, permutations)
        ranks: npt.NDArray[np.intp] = self._order[np.searchsorted(self._sorted, images)]
        return ranks

    def _of_images(
        self, words: Words, permutations: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float64]:
        """Return the fingerprints of the words after each permutation."""
        i, j = self._pairs
        labelled = words[:, :, None] == np.arange(self._r)
        together = words[:, i] == words[:, j]
        holds = np.hstack([labelled.reshape(len(words), -1), together]).astype(np.float64)
        values = np.hstack(
            [
                self._labels[permutations].reshape(len(permutations), -1),
                self._shared[permutations[:, i], permutations[:, j]],
            ]
        )
        prints: npt.NDArray[np.float64] = values @ holds.T
        return prints


def mergers(words: Words, r: int, edges: int) -> sparse.csr_array[Any]:
    """Return the half of the adjacency matrix of the refinement graph.

    Parameters
    ----------
    words, r, edges
        As in `intersections`.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), ones of int8; O(m · edges) work at most.
    """
    n, m = words.shape
    dtype = index_type(max(n, edges))
    zeros = words.max(axis=1, initial=0).astype(dtype) + 1 - r if m else np.zeros(n, dtype)
    np.maximum(zeros, 0, out=zeros)
    indptr = np.zeros(n + 1, dtype)
    np.cumsum(zeros * r + zeros * (zeros - 1) // 2, out=indptr[1:])
    indices = np.empty(edges, dtype)
    if not edges:
        return _matrix(indices, indptr)
    ranks = _Ranks(words, r)
    for j in range(1, int(zeros.max()) + 1):
        rows = np.flatnonzero(zeros == j)
        place = indptr[rows]
        some = words[rows]
        ones = [ranks.halves(some == r + a) for a in range(j)]
        shifted = ranks.halves(some)
        for b in reversed(range(j)):
            # `shifted`: the words with the letters above r + b lowered by one
            high, low = (whole - (r + b) * ones[b][side] for side, whole in enumerate(shifted))
            first = b * r + b * (b - 1) // 2
            for target in range(r + b):
                indices[place + (first + target)] = ranks.of(high, low)
                high += ones[b][0]
                low += ones[b][1]
            shifted = (shifted[0] - ones[b][0], shifted[1] - ones[b][1])
    return _matrix(indices, indptr)


class _Ranks:
    """Ranks of words from their two halves, each read as a number in base m."""

    def __init__(self, words: Words, r: int) -> None:
        n, m = words.shape
        self._cut = m - m // 2
        self._weights = [
            (max(m, 2) ** np.arange(places)[::-1]).astype(index_type(max(m, 2) ** places))
            for places in (self._cut, m - self._cut)
        ]
        high, low = self.halves(words)
        starts = np.flatnonzero(np.diff(high, prepend=-1))
        stops = np.append(starts[1:], n)
        halves = max(m, 2) ** self._cut
        self._before = np.zeros(halves, index_type(n))
        self._before[high[starts]] = starts
        # first halves after which the same second halves come share the table of these
        head = words[starts, : self._cut].astype(np.int64)
        used = (np.int64(1) << head.clip(0, r)) & ((1 << r) - 1)
        state = np.bitwise_or.reduce(used, axis=1) * (m + 1) + (head.max(axis=1) + 1).clip(r)
        _, first, which = np.unique(state, return_index=True, return_inverse=True)
        width = max(m, 2) ** (m - self._cut)
        self._table = np.zeros(halves, index_type(width * len(first)))
        self._table[high[starts]] = which * width
        self._within = np.zeros(width * len(first), index_type(n))
        for number, start in enumerate(first):
            tails = low[starts[start] : stops[start]]
            self._within[number * width + tails] = np.arange(len(tails))

    def halves(self, letters: Words) -> tuple[Integers, Integers]:
        """Return Σ letter · m^place over the first half and over the second."""
        sums = []
        for start, weights in zip((0, self._cut), self._weights, strict=True):
            total = np.zeros(len(letters), weights.dtype)
            for place, weight in enumerate(weights, start=start):
                total += letters[:, place] * weight
            sums.append(total)
        return sums[0], sums[1]

    def of(self, high: Integers, low: Integers) -> Integers:
        """Return the ranks of the words with these halves."""
        ranks: Integers = self._before[high] + self._within[self._table[high] + low]
        return ranks


def table_bytes(r: int, m: int) -> int:
    """Return how many bytes the tables of ranks take, a little more at most."""
    base = max(m, 2)
    states: int = (m + 1) * 2 ** min(r, m - m // 2)
    size: int = 16 * base ** (m - m // 2) + 8 * states * base ** (m // 2)
    return size


def _matrix(indices: npt.NDArray[Any], indptr: npt.NDArray[Any]) -> sparse.csr_array[Any]:
    from scipy import sparse

    n = len(indptr) - 1
    half = sparse.csr_array((np.ones(len(indices), np.int8), indices, indptr), shape=(n, n))
    half.has_canonical_format = True
    return half


def symmetric(half: sparse.csr_array[Any]) -> sparse.csr_array[Any]:
    """Return the adjacency matrix of which this is the half, rows ascending."""
    upper = half.tocsc()  # its columns are the rows of the other half
    before = np.diff(half.indptr)
    after = np.diff(upper.indptr)
    indptr = np.zeros(len(half.indptr), index_type(max(half.shape[0], 2 * half.nnz)))
    np.cumsum(before + after, out=indptr[1:])
    indices = np.empty(2 * half.nnz, indptr.dtype)
    below = np.zeros(2 * half.nnz + 1, np.int8)
    # a run of entries below the diagonal, then one above, for every row
    filled = before > 0
    below[indptr[:-1][filled]] += 1
    ends = (indptr[:-1] + before)[filled]
    below[ends] -= 1
    mask = np.cumsum(below[:-1], dtype=np.int8).view(bool)
    indices[mask] = half.indices
    indices[~mask] = upper.indices
    return _matrix(indices, indptr)


def components(half: sparse.csr_array[Any]) -> npt.NDArray[np.int32]:
    """Return for each node the number of its component."""
    from scipy.sparse import csgraph

    labels: npt.NDArray[np.int32]
    _, labels = csgraph.connected_components(half, directed=False)
    return labels


def levels(matrix: sparse.csr_array[Any], start: int) -> npt.NDArray[np.int32]:
    """Return the distance of every node from `start`, -1 where no walk leads; O(edges)."""
    indptr, indices = matrix.indptr, matrix.indices
    distance = np.full(matrix.shape[0], -1, np.int32)
    distance[start] = 0
    frontier = np.array([start])
    step = 0
    while len(frontier):
        step += 1
        degrees = (indptr[frontier + 1] - indptr[frontier]).astype(np.int64)
        begins = np.searchsorted(degrees.cumsum(), np.arange(0, degrees.sum(), DECIDED_AT_ONCE))
        for part, sizes in zip(
            np.split(frontier, begins[1:]), np.split(degrees, begins[1:]), strict=True
        ):
            offset = np.repeat(indptr[part] - (sizes.cumsum() - sizes), sizes)
            near = indices[offset + np.arange(len(offset))]
            distance[near[distance[near] < 0]] = step
        frontier = np.flatnonzero(distance == step)
    return distance
