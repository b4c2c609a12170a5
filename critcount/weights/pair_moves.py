r"""Opposite pairs among one another: what balances the flips of several outputs, made smaller.

Pairs ±v_k of weights ±s_k balance by Σ_k s_k v_k. For any numbers γ the *shear*

    v_i - τ Σ_k γ_k v_k,   s_k + τ γ_k s_i   (k ≠ i),   0 ≤ τ ≤ 1,

a straight line, leaves the sum as it is (derived). By shears a pair whose v depends on the others'
gets v = 0, one whose s does gets s = 0; pairs as many as the flipped classes, of independent v and
s, become parallel to one of these each.
"""

from __future__ import annotations

import numpy as np

from critcount._support.types import Array

__all__ = ["INDEPENDENT", "dependence", "elimination", "independent", "sheared", "spanned"]

#: From which relative size on directions count as independent.
INDEPENDENT = 1e-8


def dependence(rows: Array, rounding: float) -> tuple[int, Array] | None:
    """Return (i, γ) with rows[i] = Σ_k γ_k rows[k], γ_i = 0; None where rows are independent.

    Parameters
    ----------
    rows : numpy.ndarray
    rounding : float
        Singular values below it, relative to the largest, are zero.

    Examples
    --------
    >>> dependence(np.array([[1.0, 2.0], [2.0, 4.0]]), 1e-8)
    (0, array([0. , 0.5]))
    >>> dependence(np.eye(2), 1e-8)
    """
    u, values, _ = np.linalg.svd(rows)
    rank = int((values > rounding * values.max(initial=0)).sum())
    if rank == len(rows):
        return None
    null = u[:, -1]
    i = int(np.argmax(np.abs(null)))
    factors = -null / null[i]
    factors[i] = 0
    return i, factors


def sheared(v: Array, s: Array, i: int, factors: Array) -> tuple[Array, Array]:
    """Return v and s with factors times the other v taken from v_i; Σ_k s_k v_k stays.

    >>> v, s = np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([[1.0], [3.0]])
    >>> v, s = sheared(v, s, 1, np.array([2.0, 0.0]))
    >>> v.tolist(), s.tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [[7.0], [3.0]])
    """
    v, s = np.array(v), np.array(s)
    v[i] -= factors @ v
    s += np.outer(factors, s[i])
    return v, s


def elimination(v: Array, s: Array, targets: Array) -> tuple[list[tuple[Array, Array]], list[int]]:
    """Return how pairs become parallel to targets, one each: v and s after every step, and whose.

    Parameters
    ----------
    v : numpy.ndarray
        (p, d), independent rows in the span of the targets.
    s : numpy.ndarray
        (p, q).
    targets : numpy.ndarray
        (p, d), independent rows.

    Returns
    -------
    steps : list of (numpy.ndarray, numpy.ndarray)
        Straight lines lead from each to the next, on which Σ_k s_k v_k stays.
    places : list of int
        The target that each v is parallel to at the end.

    Examples
    --------
    >>> steps, places = elimination(np.array([[1.0, 1.0], [1.0, -1.0]]), np.eye(2), np.eye(2))
    >>> steps[-1][0].tolist(), places
    ([[1.0, 0.0], [0.0, -2.0]], [0, 1])
    """
    p = len(v)
    steps, places = [], [-1] * p
    for _ in range(p):
        # every v as a combination of the targets; the largest entry is the pivot
        found = np.linalg.lstsq(targets.T, v.T)[0].T
        open_ = np.array([place < 0 for place in places])
        sizes = np.abs(found) * open_[:, None]
        sizes[:, [place for place in places if place >= 0]] = 0
        i, t = np.unravel_index(int(np.argmax(sizes)), sizes.shape)
        places[int(i)] = int(t)
        factors = found[:, t] / found[i, t]
        factors[i] = 0
        # from every other v its part along target t, all in one step
        v, s = v - np.outer(factors, v[i]), np.array(s)
        s[i] += factors @ s
        steps.append((v, s))
    return steps, places


def independent(rows: Array) -> list[int]:
    """Return rows that span what all rows span, the largest first.

    >>> independent(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]))
    [1, 2]
    """
    left, chosen = np.array(rows), []
    size = float(np.linalg.norm(rows, axis=1).max(initial=0))
    for _ in range(min(rows.shape)):
        norms = np.linalg.norm(left, axis=1)
        best = int(np.argmax(norms))
        if norms[best] <= INDEPENDENT * size:
            break
        unit = left[best] / norms[best]
        left = left - np.outer(left @ unit, unit)
        chosen.append(best)
    return chosen


def spanned(rows: Array, row: Array) -> bool:
    """Tell whether a row is a combination of others.

    >>> spanned(np.array([[1.0, 1.0]]), np.array([2.0, 2.0]))
    True
    """
    left = row - np.linalg.lstsq(rows.T, row)[0] @ rows
    return bool(np.linalg.norm(left) <= INDEPENDENT * np.linalg.norm(row))
