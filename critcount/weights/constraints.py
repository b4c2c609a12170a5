"""What a configuration demands of one weight matrix: linear conditions on sums over blocks.

Between two layers a matrix W has a row for every neuron above and a column for every neuron
below. Let S be its sums over the blocks below, of shape (rows, blocks below). A row of the
replication block K_t above must have the sums of row t of the minimal matrix in the replication
blocks below, and 0 in the zero-type blocks below; the rows of one zero-type block above must have
equal sums, whatever they are. Inputs and outputs are blocks of one, all of replication type. The
bias is one more column that is never summed. So the conditions on different matrices are
independent, and a subspace is a product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from critcount._support import markup
from critcount._support.types import Array
from critcount.configurations import meeting
from critcount.configurations.configuration import Configuration

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["Blocks", "Critical", "Expanded", "intersect", "join_blocks", "project"]

Point = tuple[Array, Array | None]  # weight matrix and bias


class Blocks(NamedTuple):
    """The blocks of a layer: letters below `labelled` are replication blocks.

    Attributes
    ----------
    letters : numpy.ndarray
        Of shape (m,), the block of every neuron.
    labelled : int
        Number of replication blocks.
    sizes : numpy.ndarray
        Number of neurons of every block.
    """

    letters: npt.NDArray[np.intp]
    labelled: int
    sizes: npt.NDArray[np.intp]

    @classmethod
    def of(cls, configuration: Configuration) -> Blocks:
        """Return the blocks of a configuration."""
        letters = configuration.letters.astype(np.intp)
        return cls(letters, configuration.r, np.bincount(letters, minlength=configuration.r))

    @classmethod
    def ends(cls, width: int) -> Blocks:
        """Return the blocks of the inputs or outputs: every one a replication block."""
        return cls(np.arange(width), width, np.ones(width, dtype=np.intp))

    @property
    def trivial(self) -> bool:
        """Whether neuron t is block t."""
        return len(self.sizes) == len(self.letters)

    @property
    def ordered(self) -> bool:
        """Whether every block is one neuron, and they are in order."""
        return self.trivial and bool((self.letters == np.arange(len(self.letters))).all())

    def sums(self, matrix: Array) -> Array:
        """Return the sums of the columns over the blocks, of shape (rows, blocks)."""
        if self.trivial:
            out = np.empty_like(matrix)
            out[:, self.letters] = matrix
            return out
        return np.asarray((self.indicator().T @ matrix.T).T)

    def indicator(self) -> sparse.csr_array[np.float64]:
        """Return the sparse matrix of shape (m, blocks) that is 1 where a neuron is in a block."""
        from scipy.sparse import csr_array

        m = len(self.letters)
        shape = (m, len(self.sizes))
        return csr_array((np.ones(m), self.letters, np.arange(m + 1)), shape=shape)

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True)
class Expanded:
    """The matrices between two expanded layers.

    Attributes
    ----------
    above, below : Blocks
    target : numpy.ndarray
        The minimal matrix.
    bias : numpy.ndarray or None
        The minimal bias.
    """

    above: Blocks
    below: Blocks
    target: Array
    bias: Array | None

    def nearest(self, weight: Array, bias: Array | None, *, direction: bool = False) -> Point:
        """Return the nearest point; with `direction`, that of the parallel space through 0."""
        target = None if direction else self.target
        if self.below.ordered:
            nearest = self._levelled(weight, target)
        else:
            sums = self.below.sums(weight)
            change = (self._levelled(sums, target) - sums) / self.below.sizes
            nearest = weight + change[:, self.below.letters]
        if bias is not None:
            column = None if direction or self.bias is None else self.bias[:, None]
            bias = self._levelled(bias[:, None], column)[:, 0]
        return nearest, bias

    def _levelled(self, sums: Array, target: Array | None) -> Array:
        """Return the sums that the rows should have: targets, or means over zero-type blocks."""
        above, r = self.above, self.above.labelled
        goal = np.zeros((len(above.sizes), sums.shape[1]))
        if target is not None:
            goal[:r, : target.shape[1]] = target
        if len(above.sizes) > r:
            rest = np.flatnonzero(above.letters >= r)
            np.add.at(goal, above.letters[rest], sums[rest])
            goal[r:] /= above.sizes[r:, None]
        return np.asarray(goal[above.letters])


@dataclass(frozen=True)
class Critical:
    """The same for a critical subspace: every column is a multiple of its neuron's minimal one.

    Attributes
    ----------
    above, below : Blocks
        Without zero-type blocks.
    target : numpy.ndarray
    bias : numpy.ndarray or None
    fixed : bool
        Whether the columns are those of the inputs, which have no factors.
    """

    above: Blocks
    below: Blocks
    target: Array
    bias: Array | None
    fixed: bool

    def nearest(self, weight: Array, bias: Array | None) -> Point:
        """Return the nearest point."""
        rows = self.target[self.above.letters]
        near = np.array(rows[:, self.below.letters])
        if not self.fixed:
            letters = self.below.letters
            squares = np.einsum("ij,ij->j", rows, rows)[letters]
            share = np.einsum("ij,ij->j", near, weight) / squares
            missing = 1 - np.bincount(letters, share, len(self.below.sizes))
            near *= share + (missing / self.below.sizes)[letters]
        return near, None if self.bias is None else self.bias[self.above.letters]

    def basis(self) -> sparse.csc_array[np.float64]:
        """Return sparse columns that span the directions: weight row by row, then the bias."""
        from scipy.sparse import csc_array

        rows, columns = len(self.above.letters), len(self.below.letters)
        size = rows * columns + (0 if self.bias is None else rows)
        if self.fixed:
            return csc_array((size, 0))
        letters = self.below.letters
        first = np.unique(letters, return_index=True)[1]
        others = np.setdiff1d(np.arange(columns), first)
        values = self.target[self.above.letters][:, letters[others]].T
        places = np.arange(rows) * columns
        index = np.concatenate(
            [places + others[:, None], places + first[letters[others]][:, None]], axis=1
        )
        data = np.concatenate([values, -values], axis=1)
        ends = np.arange(len(others) + 1) * 2 * rows
        return csc_array((data.ravel(), index.ravel(), ends), shape=(size, len(others)))


def project(pieces: Sequence[Expanded], weight: Array, bias: Array | None) -> Point:
    """Return the nearest point of the intersection of one or two spaces for a matrix.

    Of two it is found by conjugate gradients: with Q_A and Q_B the orthogonal projections on the
    normal spaces, the step d to the nearest point is the solution in the range of Q_A + Q_B of
    (Q_A + Q_B) d = g_A + g_B, where g_A and g_B are the steps to the nearest points of the two
    spaces. For, any point z of the intersection has g_A = Q_A (z - x), g_B = Q_B (z - x), so d is
    the part of z - x in that range, and Q_A d = g_A, Q_B d = g_B. In exact arithmetic they end
    after as many steps as Q_A + Q_B has different eigenvalues, mostly a few.

    Raises
    ------
    ArithmeticError
        When the steps do not converge: never seen for spaces that meet.
    """
    if len(pieces) == 1:
        return pieces[0].nearest(weight, bias)
    if all(piece.below.trivial for piece in pieces):
        # no sums: the rows of a join block are equal
        first = pieces[0]
        return replace(first, above=_joined(first.above, pieces[1].above)).nearest(weight, bias)

    def joined(point: Point) -> Array:
        return point[0] if point[1] is None else np.column_stack((point[0], point[1]))

    def parted(x: Array) -> Point:
        return (x, None) if bias is None else (x[:, :-1], x[:, -1])

    x = joined((weight, bias))
    scale = max(1.0, float(np.abs(x).max(initial=0)))
    for _ in range(3):  # once more from where rounding has left it
        gap = sum(joined(piece.nearest(*parted(x))) for piece in pieces) - len(pieces) * x
        squares = start = float(np.vdot(gap, gap))
        if start <= (1e-15 * scale) ** 2 * gap.size:
            break
        step = np.zeros_like(x)
        conjugate = gap.copy()
        steps = 4 * sum(len(piece.below.sizes) + len(piece.above.sizes) for piece in pieces) + 50
        for _ in range(steps):
            if squares <= 1e-32 * start:
                break
            image = len(pieces) * conjugate - sum(
                joined(piece.nearest(*parted(conjugate), direction=True)) for piece in pieces
            )
            curvature = float(np.vdot(conjugate, image))
            if curvature <= 1e-13 * float(np.vdot(conjugate, conjugate)):
                break  # only rounding errors outside the range are left
            along = squares / curvature
            step += along * conjugate
            gap = gap - along * image
            before, squares = squares, float(np.vdot(gap, gap))
            conjugate = gap + (squares / before) * conjugate
        x = x + step
    left = max(float(np.abs(joined(p.nearest(*parted(x))) - x).max(initial=0)) for p in pieces)
    if left > 1e-9 * scale:
        raise ArithmeticError(f"the nearest point was found only up to {left:.1e}")
    return parted(x)


class Meeting(NamedTuple):
    """The joins of two layers' blocks: how two configurations of a layer meet.

    Attributes
    ----------
    joins : numpy.ndarray
        The join block of every block, those of the first configuration before those of the
        second.
    free : numpy.ndarray
        Whether a join block has no label.
    """

    joins: npt.NDArray[np.intp]
    free: npt.NDArray[np.bool_]


def intersect(a: Blocks, b: Blocks) -> Meeting | None:
    """Return how the blocks of two configurations of one layer join; None when they do not meet.

    They meet when no join block holds two labels and the two blocks of every label are in one
    (derived; see `critcount.connectivity`).
    """
    joins = join_blocks(a, b)
    first, second = joins[: a.labelled], joins[len(a.sizes) : len(a.sizes) + b.labelled]
    if (first != second).any() or len(np.unique(first)) != len(first):
        return None
    free = np.ones(int(joins.max(initial=-1)) + 1, dtype=bool)
    free[first] = False
    return Meeting(joins, free)


def _joined(a: Blocks, b: Blocks) -> Blocks:
    """Return the blocks of the join of two configurations that meet."""
    met = intersect(a, b)
    if met is None:
        raise ValueError("the subspaces do not meet")
    letter = np.empty(len(met.free), dtype=np.intp)
    letter[met.joins[: a.labelled]] = np.arange(a.labelled)
    free = np.flatnonzero(met.free)
    letter[free] = a.labelled + np.arange(len(free))
    letters = letter[met.joins[a.letters]]
    return Blocks(letters, a.labelled, np.bincount(letters, minlength=len(letter)))


def join_blocks(a: Blocks, b: Blocks) -> npt.NDArray[np.intp]:
    """Return the join block of every block: those of the first partition, then of the second."""
    number = np.unique(meeting.join(a.letters, b.letters), return_inverse=True)[1]
    joins = np.empty(len(a.sizes) + len(b.sizes), dtype=np.intp)
    joins[a.letters] = joins[len(a.sizes) + b.letters] = number
    return joins
