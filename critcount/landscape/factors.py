"""A large Hessian made positive definite by a shift, and factored in its own memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from critcount._support import markup
from critcount._support.types import Array

__all__ = ["Factor", "factor_bytes", "factored"]

#: The most bytes of a factored Hessian.
FACTOR_BYTES = 2**30
#: What is added to the diagonal at first, relative to its largest entry, and by how much it grows.
SHIFT, SHIFT_GROWTH = 1e-10, 30.0


class Factor(NamedTuple):
    """Cholesky's factor of a symmetric matrix plus a multiple of the unit; made by `factored`.

    Attributes
    ----------
    lower : numpy.ndarray
        (n, n), in LAPACK's order; what is above the diagonal is without meaning.
    shift : float
        The multiple. No eigenvalue of the matrix is below its negative.
    """

    lower: Array
    shift: float

    def solve(self, vector: Array) -> Array:
        """Return the inverse of the shifted matrix times a vector."""
        from scipy.linalg import lapack

        return np.asarray(lapack.dpotrs(self.lower, vector, lower=1)[0], np.float64)

    def _repr_html_(self) -> str:
        return markup.record(self)


def factor_bytes(size: int) -> int:
    """Return the memory that a factored Hessian takes; 0 where it is too large to be made.

    >>> factor_bytes(5000), factor_bytes(50_000)
    (200000000, 0)
    """
    held = 8 * size * size
    return held if held <= FACTOR_BYTES else 0


def factored(
    rows: Iterable[tuple[int, Array]],
    size: int,
    adjust: Callable[[Array], None] | None = None,
) -> Factor:
    """Return the factor of a symmetric matrix, with as small a shift as serves.

    Parameters
    ----------
    rows : iterable of (int, numpy.ndarray)
        Blocks of rows, with the number of the first of each.
    size : int
    adjust : callable, optional
        Changes the matrix in place before it is factored.

    Returns
    -------
    Factor
        Its shift is 1e-10 times the largest entry of the diagonal, or that times the least power
        of 30 with which the matrix is positive definite.

    Raises
    ------
    ArithmeticError
        When the matrix is not finite.

    Notes
    -----
    n³/3 operations for each shift that is tried; 8 n² bytes.

    Examples
    --------
    >>> found = factored([(0, np.array([[2.0, 0.0], [0.0, 4.0]]))], 2)
    >>> found.solve(np.array([2.0, 4.0])).round(6), found.shift
    (array([1., 1.]), 4e-10)
    """
    from scipy.linalg import lapack

    hessian = np.empty((size, size))
    for start, block in rows:
        hessian[start : start + len(block)] = block
    if adjust is not None:
        adjust(hessian)
    matrix = hessian.T  # in the order of LAPACK, which is told to take the lower triangle
    diagonal = np.diag(matrix).copy()
    largest = float(np.abs(diagonal).max(initial=0)) or 1.0
    if not all(np.isfinite(row).all() for row in hessian):
        raise ArithmeticError("the Hessian is not finite: the weights are too large")
    shift = SHIFT * largest
    while True:
        np.fill_diagonal(matrix, diagonal + shift)
        lower, failed = lapack.dpotrf(matrix, lower=1, clean=0, overwrite_a=1)
        if not failed:
            return Factor(np.asarray(lower, np.float64), shift)
        for k in range(size - 1):  # what is above the diagonal has been left as it was
            matrix[k + 1 :, k] = matrix[k, k + 1 :]
        shift *= SHIFT_GROWTH
