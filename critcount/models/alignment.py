"""Two sets of parameters of one model brought as near to each other as its symmetry allows.

The sum over all tensors of the products a·(g b) is made large over the elements g of the group.
It starts from what no permutation changes: the sorted entries of each unit's weights. Then one
family after another gets its best assignment while the others stay, until nothing improves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from critcount._support import checks, markup
from critcount._support.types import Array
from critcount.models.elements import (
    Relabelling,
    axis_groups,
    gather,
    images_of,
    permutation,
    rearranged,
    strided,
)
from critcount.models.labels import Labels
from critcount.models.states import State
from critcount.models.symmetry import Symmetry
from critcount.models.tree import Part

__all__ = ["ParameterAlignment", "align_parameters", "output_loss", "parameter_barrier"]

Tensors = Mapping[str, np.ndarray]
#: Pairs (place, unit): which unit of the second model goes to which place.
Moves = list[tuple[Labels, Labels]]


@dataclass(frozen=True, slots=True)
class ParameterAlignment:
    """The second of two models brought near the first.

    Attributes
    ----------
    tensors : dict
        Its parameters, rearranged by an element of the group.
    element : Relabelling
        That element.
    before, after : float
        Euclidean distance of the parameters.
    equal : bool
        Whether the rearranged parameters are those of the first, number by number: the two
        models are the same up to the group.
    rounds : int
        How often every family was assigned.
    """

    tensors: dict[str, np.ndarray]
    element: Relabelling
    before: float
    after: float
    equal: bool
    rounds: int

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Positions of some axes of a part of a parameter, and the units that name them.

    `units` has a column for each position, a row for each unit that it belongs to: one, or the
    leaders of a unit that follows others.
    """

    name: str
    piece: int
    axes: tuple[int, ...]
    units: Labels
    places: Labels


def parameter_distance(a: Tensors, b: Tensors) -> float:
    """Return the Euclidean distance of the parameters."""
    total = sum(
        float(np.sum((np.asarray(a[n], np.float64) - np.asarray(b[n], np.float64)) ** 2))
        for n in a
        if n in b and np.asarray(a[n]).dtype.kind == "f"
    )
    return float(np.sqrt(total))


def parameter_barrier(
    loss: Callable[[dict[str, np.ndarray]], float], a: Tensors, b: Tensors, points: int = 11
) -> float:
    """Return how far the loss rises above the straight line between its ends, on a segment.

    Parameters
    ----------
    loss : callable
        Parameters to a number.
    a, b : mapping of str to array
        The ends.
    points : int
        Points of the segment, its ends included; at least 3.

    Examples
    --------
    >>> a, b = {"x": -np.ones(1)}, {"x": np.ones(1)}
    >>> parameter_barrier(lambda w: float(w["x"][0] ** 4), a, b)
    0.0
    """
    points = checks.integer("points", points, minimum=3)
    values = []
    steps = np.linspace(0, 1, points)
    for t in steps:
        mixed = {
            n: np.asarray(v) + t * (np.asarray(b[n]) - np.asarray(v))  # exact where both agree
            if np.asarray(v).dtype.kind == "f"
            else np.asarray(v)
            for n, v in a.items()
        }
        values.append(loss(mixed))
    line = (1 - steps) * values[0] + steps * values[-1]
    return float(np.max(np.array(values) - line))


def output_loss(
    symmetry: Symmetry, a: Tensors
) -> Callable[[Mapping[str, np.ndarray]], float] | None:
    """Return the loss that compares a model's outputs with those of the parameters `a`.

    The mean squared difference on the random inputs of the proof, in float64. None when the model
    cannot be run, as on the meta device.
    """
    run = symmetry.run
    if run is None:
        return None
    inputs = run.inputs()
    wanted = run(_wide(a), inputs)

    def loss(b: Mapping[str, np.ndarray]) -> float:
        found = run(_wide(b), inputs)
        squares = sum(float(np.sum((x - y) ** 2)) for x, y in zip(wanted, found, strict=True))
        return squares / max(1, sum(x.size for x in wanted))

    return loss


def _wide(tensors: Tensors) -> dict[str, np.ndarray]:
    """Return the parameters with those of floating point in float64."""
    return {
        n: v.astype(np.float64) if v.dtype.kind == "f" else v
        for n, v in ((n, np.asarray(v)) for n, v in tensors.items())
    }


def align_parameters(
    symmetry: Symmetry,
    a: Tensors,
    b: Tensors,
    rng: np.random.Generator,
    *,
    restarts: int = 1,
    rounds: int = 50,
) -> ParameterAlignment:
    """Return the parameters of `b` rearranged by the element of the group that comes nearest `a`.

    Parameters
    ----------
    symmetry : Symmetry
        Of the model whose parameters both are.
    a, b : mapping of str to array
        The same names and shapes.
    rng : numpy.random.Generator
        Draws the order in which families are assigned, and the starts after the first.
    restarts : int
        Starts: the first from the sorted entries of each unit, the others from random elements.
    rounds : int
        Most rounds of a start.

    Notes
    -----
    One assignment problem for each family and round (Git Re-Basin's weight matching), nested for
    units with inner structure: heads, and the dimensions of each. The nearest element over all
    families at once is a hard problem; a local optimum is returned. Two models that are equal up
    to the group, with units that no sorted entries confuse, are recognised from the first start.
    """
    restarts = checks.integer("restarts", restarts, minimum=1)
    rounds = checks.integer("rounds", rounds, minimum=0)
    for name in symmetry.original.parameters:
        for which, tensors in (("a", a), ("b", b)):
            if name not in tensors:
                raise ValueError(f"{which} has no tensor {name!r}")
            shape = symmetry.original.shapes[symmetry.original.parameters[name]]
            if np.asarray(tensors[name]).shape != shape:
                raise ValueError(
                    f"{which}[{name!r}] must have the shape {shape}, "
                    f"not {np.asarray(tensors[name]).shape}"
                )
    work = _Work(symmetry, a, b)
    best: tuple[float, Labels, int] | None = None
    for start in range(restarts):
        if start == 0:
            image = work.first()
        else:
            image = work.of_nodes(np.concatenate(list(work.root.arrangement(rng.permutation))))
        found = work.improve(image, rng, rounds)
        if best is None or found[0] > best[0]:
            best = found
    if best is None:
        raise ValueError("restarts must be at least 1")
    element = work.element(best[1])
    moved = element.apply(b)
    equal = all(np.array_equal(np.asarray(a[n]), moved[n]) for n in symmetry.original.parameters)
    return ParameterAlignment(
        moved, element, parameter_distance(a, b), parameter_distance(a, moved), equal, best[2]
    )


class _Work:
    """Two models, cut into the parts that move."""

    def __init__(self, symmetry: Symmetry, a: Tensors, b: Tensors) -> None:
        self.symmetry = symmetry
        self.root, self.followers, self.contracted, structure = symmetry.inside()
        self.parts: dict[str, list[tuple[State, Array, Array]]] = {}
        self.rows: list[_Rows] = []
        leaders = {int(n): f.leaders[:, k] for f in self.followers for k, n in enumerate(f.nodes)}
        merged = symmetry.program.merged
        for name, pieces in structure.items():
            whole = [gather(t, merged, name).astype(np.float64) for t in (a, b)]
            self.parts[name] = []
            for k, (view, state) in enumerate(pieces):
                mine, theirs = (np.array(strided(w, view)) for w in whole)
                self.parts[name].append((state, mine, theirs))
                for axes, slots in axis_groups(state):
                    lengths = [n if x in axes else 1 for x, n in enumerate(state.shape)]
                    for slot in slots:
                        labels = np.broadcast_to(slot, lengths).ravel()
                        nodes = self.contracted.node[labels]
                        self._add(name, k, axes, nodes, leaders)

    def _add(
        self,
        name: str,
        piece: int,
        axes: Sequence[int],
        nodes: Labels,
        leaders: Mapping[int, Labels],
    ) -> None:
        by_count: dict[int, list[int]] = {}
        columns = [self._leads(int(n), leaders) for n in nodes]
        for place, column in enumerate(columns):
            by_count.setdefault(len(column), []).append(place)
        for places in by_count.values():
            units = np.array([columns[p] for p in places], np.int64).T
            self.rows.append(_Rows(name, piece, tuple(axes), units, np.array(places, np.int64)))

    def _leads(self, node: int, leaders: Mapping[int, Labels]) -> list[int]:
        if node not in leaders:
            return [node]
        return [x for leader in leaders[node] for x in self._leads(int(leader), leaders)]

    def of_nodes(self, end: Labels) -> Labels:
        """Return the image of every node, given those of the free nodes."""
        image = np.arange(len(self.contracted.colour), dtype=np.int64)
        image[self.root.nodes()] = end
        return image

    def element(self, image: Labels) -> Relabelling:
        """Return the element with these images of nodes."""
        nodes = self.root.nodes()
        labels = images_of(self.contracted, self.followers, nodes, image[nodes])
        return self.symmetry.of_image(labels)

    def score(self, image: Labels) -> float:
        """Return the sum of products of the first model and the rearranged second."""
        labels = self.element(image).image
        total = 0.0
        for pieces in self.parts.values():
            for state, mine, theirs in pieces:
                places = permutation(labels, state)
                moved = theirs if places is None else rearranged(theirs, places)
                total += float(np.vdot(mine, moved))
        return total

    def similarity(self, nodes: Labels, image: Labels | None) -> Array:
        """Return how well each unit (column) fits each place (row), the others as they are.

        Without an image: by the sorted entries of each.
        """
        where = np.full(len(self.contracted.colour), -1, np.int64)
        where[nodes] = np.arange(len(nodes))
        result = np.zeros((len(nodes), len(nodes)))
        labels = None if image is None else self.element(image).image
        for rows in self.rows:
            state, mine, theirs = self.parts[rows.name][rows.piece]
            for column in range(len(rows.units)):
                inside = where[rows.units[column]] >= 0
                if not inside.any():
                    continue
                places = rows.places[inside]
                units = where[rows.units[column]][inside]
                if labels is not None:
                    moves = permutation(labels, state) or []
                    others = [m for m in moves if tuple(m[0]) != rows.axes]
                    theirs_now = rearranged(theirs, others)
                else:
                    theirs_now = theirs
                left, right = (
                    np.moveaxis(t, rows.axes, range(len(rows.axes))).reshape(
                        int(np.prod([state.shape[x] for x in rows.axes])), -1
                    )[places]
                    for t in (mine, theirs_now)
                )
                if image is None:
                    result += _by_sorted(left, right, units, len(nodes))
                    continue
                products = left @ right.T
                for other in range(len(rows.units)):
                    if other != column:
                        at = rows.units[other][inside]
                        products = products * (at[:, None] == image[at][None, :])
                cells = rows.units.shape[0] == 1
                if cells and len(np.unique(units)) == len(units):
                    result[np.ix_(units, units)] += products
                else:
                    sums = np.zeros((len(nodes), products.shape[1]))
                    np.add.at(sums, units, products)
                    np.add.at(result.T, units, sums.T)
        return result

    def first(self) -> Labels:
        """Return a start: every family by the sorted entries of its units."""
        image = np.arange(len(self.contracted.colour), dtype=np.int64)
        for family in self.families():
            _assign(family, self.similarity(family.nodes(), None), image)
        return image

    def families(self) -> list[Part]:
        """Return the families at the top, each as a part of its own."""
        sets = [Part(0, sets=[(c, n)]) for c, n in self.root.sets if len(n) > 1]
        orbits = [self.root] if self.root.orbit else []
        return [*sets, *(Part(0, classes=[parts]) for parts in self.root.classes), *orbits]

    def improve(
        self, image: Labels, rng: np.random.Generator, rounds: int
    ) -> tuple[float, Labels, int]:
        """Assign one family after another while the score grows."""
        score, families = self.score(image), self.families()
        for k in range(rounds):
            better = False
            for at in rng.permutation(len(families)):
                trial = image.copy()
                family = families[at]
                _assign(family, self.similarity(family.nodes(), image), trial)
                value = self.score(trial)
                if value > score + 1e-12 * abs(score):
                    score, image, better = value, trial, True
            if not better:
                return score, image, k
        return score, image, rounds


def _by_sorted(left: Array, right: Array, units: Labels, count: int) -> Array:
    """Return minus half the squared distances of the sorted entries of places and units."""
    result = np.zeros((count, count))
    names, sizes = np.unique(units, return_counts=True)
    if len(np.unique(sizes)) > 1:
        return result
    order = np.argsort(units, kind="stable")
    a, b = (np.sort(t[order].reshape(len(names), -1), axis=1) for t in (left, right))
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :]
    result[np.ix_(names, names)] = a @ b.T - squares / 2
    return result


def _assign(family: Part, similarity: Array, image: Labels) -> None:
    """Give every unit of a family its place."""
    nodes = family.nodes()
    where = {int(n): k for k, n in enumerate(nodes)}
    _, moves = _best(family, family, similarity, where)
    for places, units in moves:
        image[units] = places


def _best(
    places: Part, units: Part, similarity: Array, where: Mapping[int, int]
) -> tuple[float, Moves]:
    """Return the best way to put the units of one part in the places of an isomorphic one."""
    total, moves = 0.0, []

    def at(nodes: Labels) -> list[int]:
        return [where[n] for n in nodes.tolist()]

    for (_, here), (_, there) in zip(places.sets, units.sets, strict=True):
        block = similarity[np.ix_(at(here), at(there))]
        rows, columns = linear_sum_assignment(block, maximize=True)
        total += float(block[rows, columns].sum())
        moves.append((here[rows], there[columns]))
    for mine, theirs in zip(places.classes, units.classes, strict=True):
        found = [[_best(p, q, similarity, where) for q in theirs] for p in mine]
        values = np.array([[value for value, _ in row] for row in found])
        rows, columns = linear_sum_assignment(values, maximize=True)
        for r, c in zip(rows.tolist(), columns.tolist(), strict=True):
            total += found[r][c][0]
            moves += found[r][c][1]
    if places.orbit:
        first = places.choices[0]
        options = []
        for choice, part in zip(units.choices, units.orbit, strict=True):
            value, inner = _best(places.orbit[0], part, similarity, where)
            value += float(similarity[where[first], where[choice]])
            options.append((value, choice, inner))
        value, choice, inner = max(options, key=lambda option: option[0])
        total += value
        moves += [(np.array([first]), np.array([choice])), *inner]
    return total, moves
