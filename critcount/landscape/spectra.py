"""Which eigenvalues of a Hessian vanish, and whether that can be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.types import Array
from critcount.landscape.factors import Factor

__all__ = ["EPSILON", "GAP", "Spectrum", "lowest_eigenvalues", "lowest_spectrum", "spectrum"]


#: The spacing of the numbers next to 1.
EPSILON = float(np.finfo(np.float64).eps)
#: An eigenvalue that is not zero is so many times larger than those that are.
GAP = 1e3
#: Up to this size a matrix is made where only its products are given.
DENSE_SIZE = 60
#: The error of the eigenvalues that Lanczos's method finds, relative to the largest.
LANCZOS = 1e-8
#: The same of the inverses of eigenvalues, each relative to itself.
SHIFTED = 1e-10
#: How many of them `lowest_spectrum` asks for.
LOWEST_WANTED = 6


@dataclass(frozen=True, repr=False)
class Spectrum:
    """The eigenvalues of a symmetric matrix, and which of them are zero; made by `spectrum`.

    Attributes
    ----------
    eigenvalues : numpy.ndarray
        Ascending, read-only; the lowest ones only where `lowest_spectrum` made it.
    noise : float
        The error that they may have; see `spectrum`.
    nullity : int or None
        How many of them are zero; None when that cannot be decided.
    index : int or None
        How many of them are negative; None when that cannot be decided.
    gap : float
        The smallest eigenvalue in magnitude above the noise, divided by the noise; infinite when
        there is none. The answer is decided when it is at least 10^3; what is zero and what is not
        are then at least so far apart.
    largest_zero : float
        The largest magnitude up to the noise; 0 when there is none.
    smallest_nonzero : float
        The smallest magnitude above the noise; infinite when there is none.
    """

    eigenvalues: Array
    noise: float
    nullity: int | None
    index: int | None
    gap: float
    largest_zero: float
    smallest_nonzero: float

    def to_dict(self) -> dict[str, object]:
        """Return the attributes as JSON has them: lists, and None for an infinity."""
        return {
            "eigenvalues": self.eigenvalues.tolist(),
            "noise": self.noise,
            "nullity": self.nullity,
            "index": self.index,
            "gap": self.gap if np.isfinite(self.gap) else None,
            "largest_zero": self.largest_zero,
            "smallest_nonzero": (
                self.smallest_nonzero if np.isfinite(self.smallest_nonzero) else None
            ),
        }

    def __repr__(self) -> str:
        number = len(self.eigenvalues)
        if self.nullity is None and self.index is not None:
            return f"<Spectrum of {number}: {self.index} negative, nullity undecided>"
        if self.nullity is None:
            return f"<Spectrum of {number}, nullity undecided, gap {self.gap:.1e}>"
        return (
            f"<Spectrum of {number}: {self.index} negative, {self.nullity} zero, "
            f"gap {self.gap:.1e}>"
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


def spectrum(matrix: npt.ArrayLike, *, error: float = 0.0) -> Spectrum:
    """Return the eigenvalues of a symmetric matrix, and how many of them are zero and negative.

    The noise is n ε ‖H‖ + error, with n the size of the matrix, ε = 2^-52 and ‖H‖ its largest
    eigenvalue in magnitude: the first term bounds, up to a constant near 1, the error of the
    eigenvalues that a backward stable method finds, the second is the caller's own bound of how
    far the matrix is from the one that is meant (by Weyl's inequality no eigenvalue is off by
    more than the spectral norm of the difference). An eigenvalue is zero when it is not above the
    noise. That stands only when every other one is at least 10^3 times the noise; otherwise the
    answer is that it is undecided. Nothing is tuned to the matrix at hand.

    Parameters
    ----------
    matrix : array_like
        Of shape (n, n), finite, symmetric up to rounding.
    error : float
        At least 0.

    Returns
    -------
    Spectrum

    Raises
    ------
    ValueError
        When it is no such matrix, or the error is negative.

    Examples
    --------
    >>> spectrum([[0.0, 1.0], [1.0, 0.0]])
    <Spectrum of 2: 1 negative, 0 zero, gap 2.3e+15>
    >>> spectrum([[1.0, 0.0], [0.0, 1e-20]]).nullity
    1
    >>> spectrum([[1.0, 0.0], [0.0, 1e-14]]).nullity is None
    True
    """
    values = np.asarray(matrix, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ValueError(f"matrix must be square, not of shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("matrix must be finite: it holds NaN or an infinity")
    if not (np.isfinite(error) and error >= 0):
        raise ValueError(f"error must be finite and at least 0, not {error}")
    n = len(values)
    asymmetry = float(np.abs(values - values.T).max(initial=0))
    if asymmetry > n * EPSILON * np.abs(values).max(initial=0) + error:
        raise ValueError(f"matrix must be symmetric; entries differ by up to {asymmetry:.2g}")
    eigenvalues: Array = np.asarray(np.linalg.eigvalsh((values + values.T) / 2), np.float64)
    eigenvalues.flags.writeable = False
    sizes = np.abs(eigenvalues)
    noise = n * EPSILON * float(sizes.max(initial=0)) + float(error)
    zero = sizes <= noise
    largest_zero = float(sizes[zero].max(initial=0))
    smallest = float(sizes[~zero].min(initial=np.inf))
    # the noise is 0 only for a matrix of zeros, and then nothing is above it
    gap = smallest / noise if np.isfinite(smallest) else np.inf
    decided = gap >= GAP
    return Spectrum(
        eigenvalues=eigenvalues,
        noise=noise,
        nullity=int(zero.sum()) if decided else None,
        index=int((eigenvalues[~zero] < 0).sum()) if decided else None,
        gap=float(gap),
        largest_zero=largest_zero,
        smallest_nonzero=smallest,
    )


def lowest_spectrum(
    product: Callable[[Array], Array],
    size: int,
    *,
    error: float = 0.0,
    factor: Factor | None = None,
) -> Spectrum:
    """Return the lowest eigenvalues of a large symmetric matrix that is known by its products.

    The noise is 10^-8 times the largest eigenvalue in magnitude, the error of Lanczos's method,
    plus the caller's own. The index is the number of eigenvalues below minus the noise: more may
    be negative by less. The nullity is known where the gap decides it and the zeros are among the
    eigenvalues found.

    Parameters
    ----------
    product : callable
        The matrix times a vector.
    size : int
    error : float
        As in `spectrum`.
    factor : Factor, optional
        Of the matrix with a shift: with it Lanczos's method takes some tens of solutions instead
        of thousands of products.

    Returns
    -------
    Spectrum
        Of the six lowest eigenvalues; for a size of up to 60 of all, as `spectrum` has them. Its
        index is None when all of them are negative, its nullity
        when the highest of them is not above the noise.

    Raises
    ------
    ArithmeticError
        When the iteration does not come to an end.

    Examples
    --------
    >>> values = np.arange(100.0) - 1
    >>> lowest_spectrum(lambda v: values * v, 100)
    <Spectrum of 6: 1 negative, 1 zero, gap 1.0e+06>
    """
    if size <= DENSE_SIZE:
        return spectrum(_made(product, size), error=error)
    found, largest = _lowest(product, size, LOWEST_WANTED, LANCZOS, factor)
    found.flags.writeable = False
    noise = LANCZOS * largest + error
    sizes = np.abs(found)
    negative = int((found < -noise).sum())
    smallest = float(sizes[sizes > noise].min(initial=np.inf))
    gap = smallest / noise if noise and np.isfinite(smallest) else np.inf
    above = bool(found[-1] > noise)
    return Spectrum(
        eigenvalues=found,
        noise=noise,
        nullity=int((sizes <= noise).sum()) if gap >= GAP and above else None,
        index=None if negative == len(found) else negative,
        gap=gap,
        largest_zero=float(sizes[sizes <= noise].max(initial=0)),
        smallest_nonzero=smallest,
    )


def _made(product: Callable[[Array], Array], size: int) -> Array:
    """Return a small matrix from its products, symmetric."""
    matrix = np.stack([product(row) for row in np.eye(size)]) if size else np.zeros((0, 0))
    return np.asarray((matrix + matrix.T) / 2, np.float64)


def lowest_eigenvalues(
    product: Callable[[Array], Array],
    size: int,
    number: int,
    *,
    tolerance: float = LANCZOS,
    factor: Factor | None = None,
) -> Array:
    """Return the lowest eigenvalues of a symmetric matrix that is known by its products.

    Lanczos's method, ARPACK's by scipy; a small matrix is made from its columns.

    Parameters
    ----------
    product : callable
        The matrix times a vector.
    size : int
    number : int
        How many; all when there are fewer.
    tolerance : float
        Of the eigenvalues, relative to the largest in magnitude.
    factor : Factor, optional
        As in `lowest_spectrum`.

    Returns
    -------
    numpy.ndarray
        Ascending.

    Raises
    ------
    ArithmeticError
        When the iteration does not come to an end.

    Examples
    --------
    >>> matrix = np.diag(np.arange(100.0) - 1)
    >>> lowest_eigenvalues(lambda v: matrix @ v, 100, 2).round(6) + 0.0
    array([-1.,  0.])
    """
    found, _ = _lowest(product, size, number, tolerance, factor)
    return found


def _lowest(
    product: Callable[[Array], Array],
    size: int,
    number: int,
    tolerance: float,
    factor: Factor | None,
) -> tuple[Array, float]:
    """Return the lowest eigenvalues, and the largest of all in magnitude."""
    if size <= max(DENSE_SIZE, 2 * number):
        every = np.asarray(np.linalg.eigvalsh(_made(product, size)), np.float64)
        return every[:number], float(np.abs(every).max(initial=0))
    from scipy.sparse import linalg

    def made(operation: Callable[[Array], Array]) -> linalg.LinearOperator:
        return linalg.LinearOperator((size, size), matvec=operation, dtype=np.float64)

    def ends(
        shift: float,
        number: int,
        which: Literal["LM", "SA"],
        tolerance: float,
        operation: Callable[[Array], Array] | None = None,
    ) -> Array:
        operator = made(operation or (lambda v: product(v) - shift * v))
        found = linalg.eigsh(
            operator,
            number,
            which=which,
            v0=np.random.default_rng(0).standard_normal(size),
            tol=tolerance,
            ncv=min(size, max(40, 4 * number)),
            return_eigenvectors=False,
        )
        return np.asarray(found, np.float64) + shift

    try:
        # ARPACK measures errors by the eigenvalue: shifted, so that none of those is small
        largest = float(np.abs(ends(0.0, 1, "LM", 1e-3)).max())
        if factor is None:
            found = ends(2 * largest, number, "SA", tolerance)
        else:
            # the lowest eigenvalue has the largest inverse: all are above minus the shift
            inverses = ends(0.0, number, "LM", SHIFTED, factor.solve)
            found = 1 / inverses - factor.shift
    except linalg.ArpackNoConvergence as error:
        raise ArithmeticError(
            "Lanczos's method does not come to an end: the lowest eigenvalues are too close"
        ) from error
    return np.sort(found), largest
