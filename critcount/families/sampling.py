"""Exactly uniform samples of words, many at a time, by comparisons of integers only.

A configuration with k blocks is a set partition of the neurons into k blocks, some of which are
given the labels. The set partition is drawn neuron by neuron from the last to the first: among
the partitions of n neurons into k blocks the last neuron is alone in S(n-1, k-1) of S(n, k), and
in the others it is in each of the k blocks equally often.

A choice with probability a/b is made with 63 uniform bits x: yes when x < ⌊2^63 a/b⌋, no when x is
larger; when the two are equal, which comes once in 2^63 draws, a uniform integer below b decides
by the remainder of the division. So the probability is a/b exactly, and no float is involved.
"""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from flint import fmpz

from critcount._support import checks
from critcount._support.types import Words, letter_dtype
from critcount.configurations.block_sizes import Shape
from critcount.counting import layer

__all__ = ["below", "canonical", "labelled_words", "paired_words", "shaped_words"]

BITS = 63
DRAWS_AT_ONCE = 1 << 20

Numbers = npt.NDArray[np.int64]


def labelled_words(
    r: int, m: int, zeros: int | None, rng: np.random.Generator, size: int
) -> Words:
    """Return uniform words for (r, m), with `zeros` zero-type blocks when that is fixed.

    Parameters
    ----------
    r, m : int
        Minimal width and width.
    zeros : int or None
        Number of zero-type blocks.
    rng : numpy.random.Generator
        Where the bits come from.
    size : int
        How many words.

    Returns
    -------
    numpy.ndarray
        Shape (size, m).

    Raises
    ------
    ValueError
        When there is no such word.

    Notes
    -----
    The first call computes how many configurations have j zero-type blocks, for every j, and
    refuses more than 50 million digits of that. About m (r + j) divisions of integers as long as
    S(m, r + j) make a table of 8 m (r + j) bytes, for the largest number j of zero-type blocks
    drawn. Both are kept for the last four (r, m). Then m steps of a few array operations each.
    """
    size = _size(size)
    alphabet = max(1, m if zeros is None else r + zeros)
    out: Words = np.empty((size, m), letter_dtype(alphabet))
    if m < r + (zeros or 0) or (m and not r and zeros == 0):
        raise ValueError(f"there is no configuration to draw for r = {checks.show(r)}, m = {m}")
    for part in _chunks(size, m):
        rows = part.stop - part.start
        if zeros is None:
            blocks = _number_of_blocks(r, m, rng, rows)
        else:
            blocks = np.full(rows, r + zeros, np.int64)
        partition = _set_partitions(m, blocks, rng)
        out[part] = np.take_along_axis(_labels(r, blocks, rng), partition, axis=1)
    return out


def paired_words(n: int, order: int, rng: np.random.Generator, size: int) -> Words:
    """Return uniform words of n letters in which `order` letters come twice, the others once.

    Parameters and errors as for `labelled_words`.
    """
    size = _size(size)
    if n < 2 * order:
        raise ValueError(
            f"there is no permutation point to draw for n = {n}, order = {checks.show(order)}"
        )
    singles = n - order
    out: Words = np.empty((size, n), letter_dtype(max(1, singles)))
    for part in _chunks(size, n):
        letters = np.tile(np.arange(singles, dtype=out.dtype), (part.stop - part.start, 1))
        twice = rng.permuted(letters, axis=1)[:, :order]
        out[part] = rng.permuted(np.hstack((letters, twice)), axis=1)
    return out


def shaped_words(shape: Shape, rng: np.random.Generator, size: int) -> Words:
    """Return uniform words with these block sizes.

    Parameters and errors as for `labelled_words`.
    """
    size = _size(size)
    r, sizes = len(shape.replication), (*shape.replication, *shape.zero)
    dtype = letter_dtype(max(1, len(sizes)))
    letters = np.repeat(np.arange(len(sizes), dtype=dtype), sizes)
    out: Words = np.empty((size, len(letters)), dtype)
    for part in _chunks(size, len(letters)):
        block = np.tile(letters, (part.stop - part.start, 1))
        out[part] = canonical(rng.permuted(block, axis=1), r)
    return out


def canonical(block: Words, r: int) -> Words:
    """Return words with their zero-type letters numbered by first appearance.

    Parameters
    ----------
    block : numpy.ndarray
        Shape (rows, m); in every row the letters r, r + 1, … up to the same largest one occur.
    r : int
        Number of labels.

    Returns
    -------
    numpy.ndarray
        Of the same shape and type.

    Examples
    --------
    >>> canonical(np.array([[2, 0, 1, 2]], np.uint8), 1)
    array([[1, 0, 2, 1]], dtype=uint8)
    """
    zeros = int(block.max(initial=0)) + 1 - r
    if zeros < 2:
        return block
    first = np.empty((len(block), zeros), np.int64)
    for number in range(zeros):
        first[:, number] = (block == r + number).argmax(axis=1)
    letters = np.empty((len(block), r + zeros), block.dtype)
    letters[:, :r] = np.arange(r)
    numbered = np.arange(r, r + zeros, dtype=block.dtype)
    np.put_along_axis(letters, r + first.argsort(axis=1), numbered[None], axis=1)
    return np.take_along_axis(letters, block.astype(np.int64), axis=1)


def below(bound: int, rng: np.random.Generator) -> int:
    """Return a uniform integer from 0 to bound - 1, of any size.

    >>> below(1, np.random.default_rng(0))
    0
    """
    bits = (bound - 1).bit_length()
    while True:
        draw = int.from_bytes(rng.bytes((bits + 7) // 8), "little") & ((1 << bits) - 1)
        if draw < bound:
            return draw


def _size(size: object) -> int:
    return checks.integer("size", size, minimum=0)


def _bits(rng: np.random.Generator, shape: int | tuple[int, int]) -> npt.NDArray[np.uint64]:
    return rng.integers(0, 1 << BITS, shape, np.uint64)


def _chunks(size: int, m: int) -> Iterator[slice]:
    """Yield slices of the rows, for arrays of about DRAWS_AT_ONCE numbers at a time."""
    rows = max(1, DRAWS_AT_ONCE // max(1, m))
    for begin in range(0, size, rows):
        yield slice(begin, min(begin + rows, size))


def _number_of_blocks(r: int, m: int, rng: np.random.Generator, rows: int) -> Numbers:
    """Draw the number of blocks of a configuration for (r, m), once a row."""
    cumulated = _cumulated(r, m)
    total = cumulated[-1]
    thresholds = _thresholds(r, m, BITS)
    drawn = _bits(rng, rows)
    extra = np.searchsorted(thresholds, drawn, side="right")
    for row in np.flatnonzero(np.isin(drawn, thresholds)).tolist():
        exact = int(drawn[row]) * total + below(total, rng)
        extra[row] = bisect_right(cumulated, exact, key=lambda c: c << BITS)
    return r + extra.astype(np.int64)


@functools.lru_cache(maxsize=4)
def _cumulated(r: int, m: int) -> list[int]:
    """Return the number of configurations for (r, m) with at most j zero-type blocks, by j."""
    return list(itertools.accumulate(layer.expansions_by_zero_blocks(r, m)))


@functools.lru_cache(maxsize=4)
def _thresholds(r: int, m: int, bits: int) -> npt.NDArray[np.uint64]:
    cumulated = _cumulated(r, m)
    return np.array([(c << bits) // cumulated[-1] for c in cumulated], np.uint64)


def _set_partitions(m: int, blocks: Numbers, rng: np.random.Generator) -> Numbers:
    """Draw a set partition of m neurons into so many blocks, once a row.

    Returns
    -------
    numpy.ndarray
        Shape (rows, m): the block of each neuron, blocks numbered by first appearance.
    """
    rows, most = len(blocks), min(m, -(-int(blocks.max(initial=0)) // 32) * 32)
    table, drawn = _alone(m, most, BITS), _bits(rng, (m, rows))
    # by neuron: the number of blocks of the neurons up to it, and whether it is alone in one
    k = np.empty((m, rows), np.int64)
    alone = np.empty((m, rows), np.bool_)
    now = blocks
    for n in range(m, 0, -1):
        thresholds = table[n, now]
        np.less(drawn[n - 1], thresholds, out=alone[n - 1])
        for row in np.flatnonzero(drawn[n - 1] == thresholds).tolist():
            whole = int(fmpz.stirling_s2(n, int(now[row])))
            part = int(fmpz.stirling_s2(n - 1, int(now[row]) - 1))
            alone[n - 1, row] = below(whole, rng) < (part << BITS) % whole
        k[n - 1] = now
        now = now - alone[n - 1]
    return np.where(alone, k - 1, rng.integers(0, k)).T


@functools.lru_cache(maxsize=4)
def _alone(m: int, most: int, bits: int) -> npt.NDArray[np.uint64]:
    """Return ⌊2^bits S(n-1, k-1)/S(n, k)⌋ for n ≤ m, k ≤ most."""
    table = np.zeros((m + 1, most + 1), np.uint64)
    row = [fmpz(1)] + [fmpz(0)] * most
    for n in range(1, m + 1):
        above, row = row, [fmpz(0)] * (most + 1)
        for k in range(1, min(n, most) + 1):
            row[k] = above[k - 1] + k * above[k]
            table[n, k] = int((above[k - 1] << bits) // row[k])
    return table


def _labels(r: int, blocks: Numbers, rng: np.random.Generator) -> Numbers:
    """Give the labels to blocks, uniformly, and number the other blocks on: letters by block.

    Returns
    -------
    numpy.ndarray
        Shape (rows, most blocks of a row); where a row has fewer, the rest means nothing.
    """
    rows, most = len(blocks), int(blocks.max(initial=0))
    places = np.tile(np.arange(most), (rows, 1))
    row = np.arange(rows)
    for t in range(r):
        other = rng.integers(t, blocks)
        places[row, t], places[row, other] = places[row, other], places[row, t]
    letters = np.full((rows, most), -1)
    np.put_along_axis(letters, places[:, :r], np.arange(r)[None], axis=1)
    unlabelled = letters < 0
    return np.where(unlabelled, r - 1 + unlabelled.cumsum(axis=1), letters)
