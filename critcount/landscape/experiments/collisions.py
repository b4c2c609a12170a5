"""Experiments in which pairs of neurons collide: minima, the permutation points between them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from critcount._support import markup
from critcount._support.columns import frame
from critcount._support.types import Advance
from critcount.architecture import widths_text
from critcount.landscape.experiments.runs import Run
from critcount.landscape.permutation_points import permutation_point
from critcount.landscape.problem import Problem
from critcount.landscape.reckoning import Announce, path_work
from critcount.landscape.spectra import EPSILON
from critcount.landscape.training import Training, train
from critcount.weights.network import Network

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

__all__ = ["Collision", "Collisions", "collide", "number_of_pairs", "pairs_of"]


COLLISION_COLUMNS = (
    "seed",
    "layer",
    "i",
    "j",
    "minimum",
    "loss",
    "gradient_norm",
    "index",
    "nullity",
    "derived_nullity",
    "equal_loss_dimension",
    "gap",
    "jumps",
    "highest",
    "converged",
    "note",
)
MINIMUM_COLUMNS = ("seed", "loss", "gradient_norm", "converged", "note")
COLLISION_TALLY_COLUMNS = (
    "layer",
    "index",
    "nullity",
    "derived_nullity",
    "equal_loss_dimension",
    "highest",
    "smooth",
    "points",
)


@dataclass(frozen=True, eq=False)
class Collision:
    """What is measured at the permutation point of a pair of neurons.

    Attributes
    ----------
    seed : int
        Of the minimum where the path begins.
    layer, i, j : int
    note : str
        Why there is no point; what follows is empty then.
    distances, losses : tuple of float
        Along the path, from the minimum to the point.
    jumps : int
        Places where the path is not continuous.
    gradient_norm : float
        At the point.
    converged : bool
        Whether all gradients on the path are within the tolerance.
    eigenvalues : tuple of float
        Of the Hessian at the point, ascending.
    noise, gap : float or None
        Eigenvalues up to the noise in magnitude are zero; the next one is so many times larger.
    index, nullity, derived_nullity : int or None
        Numbers of negative and of vanishing eigenvalues; None when they are undecided.
    equal_loss_dimension : int or None
    """

    seed: int
    layer: int
    i: int
    j: int
    note: str = ""
    distances: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    jumps: int = 0
    gradient_norm: float = float("nan")
    converged: bool = False
    eigenvalues: tuple[float, ...] = field(default=(), repr=False)
    noise: float | None = None
    gap: float | None = None
    index: int | None = None
    nullity: int | None = None
    derived_nullity: int | None = None
    equal_loss_dimension: int | None = None

    @property
    def highest(self) -> bool | None:
        """Whether no loss on the path is above that of the point, up to its rounding."""
        if not self.losses:
            return None
        return max(self.losses) <= self.losses[-1] * (1 + 1000 * EPSILON)

    @classmethod
    def from_facts(cls, seed: int, facts: Mapping[str, Any]) -> Collision:
        """Return what `PermutationPoint.to_dict` describes."""
        ((i, j),) = facts["pairs"]
        spectrum = facts["spectrum"]
        return cls(
            seed,
            facts["layer"],
            i,
            j,
            distances=tuple(facts["distances"]),
            losses=tuple(facts["losses"]),
            jumps=len(facts["jumps"]),
            gradient_norm=facts["gradient_norm"],
            converged=facts["converged"],
            eigenvalues=tuple(spectrum["eigenvalues"]),
            noise=spectrum["noise"],
            gap=spectrum["gap"],
            index=facts["index"],
            nullity=facts["hessian_nullity"],
            derived_nullity=facts["derived_nullity"],
            equal_loss_dimension=facts["equal_loss_dimension"],
        )

    def _repr_html_(self) -> str:
        return markup.record(self)


@dataclass(frozen=True, eq=False)
class Collisions:
    """The answer of `toy`.

    Attributes
    ----------
    experiment : str
    problem : Problem
    minima : tuple of Training
        By seed; those that did not converge are among them.
    points : tuple of Collision
        Of the minima that converged, by layer and pair.
    """

    experiment: str
    problem: Problem
    minima: tuple[Training, ...]
    points: tuple[Collision, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for every pair.

        Returns
        -------
        pandas.DataFrame
            Columns seed, layer, i, j, minimum (the loss where the path begins), loss (at the
            point), gradient_norm, index, nullity, derived_nullity, equal_loss_dimension, gap (by
            which eigenvalues are zero or not), jumps, highest (whether the path is highest at the
            point), converged, note.
        """
        return frame(COLLISION_COLUMNS, [_row(point) for point in self.points])

    def minima_frame(self) -> pd.DataFrame:
        """Return one row for every minimum: seed, loss, gradient_norm, converged, note."""
        rows = [
            (m.seed, m.loss, m.gradient_norm, m.converged, None if m.converged else m.message)
            for m in self.minima
        ]
        return frame(MINIMUM_COLUMNS, rows)

    def tally(self) -> pd.DataFrame:
        """Return how many points there are of each kind.

        Returns
        -------
        pandas.DataFrame
            Columns layer, index, nullity, derived_nullity, equal_loss_dimension, highest, smooth
            (paths that are continuous), points. Points that did not converge are left out; an
            undecided index or nullity is missing.
        """
        kinds: dict[tuple[Any, ...], int] = {}
        for p in self.points:
            if p.converged:
                kind = (
                    p.layer,
                    p.index,
                    p.nullity,
                    p.derived_nullity,
                    p.equal_loss_dimension,
                    p.highest,
                    p.jumps == 0,
                )
                kinds[kind] = kinds.get(kind, 0) + 1
        ordered = sorted(kinds.items(), key=lambda item: tuple(map(_order, item[0])))
        return frame(COLLISION_TALLY_COLUMNS, [(*kind, number) for kind, number in ordered])

    def __repr__(self) -> str:
        minima = sum(minimum.converged for minimum in self.minima)
        return (
            f"<Collisions of {widths_text(self.minima[0].network.widths)}: {minima} of "
            f"{len(self.minima)} minima, {len(self.points)} pairs>"
        )

    def _repr_html_(self) -> str:
        return markup.frame_table(self.tally(), repr(self))


def _order(value: int | None) -> tuple[bool, int]:
    """Numbers ascending, what is missing last."""
    return value is None, int(value or 0)


def _row(point: Collision) -> tuple[object, ...]:
    there = bool(point.losses)
    return (
        point.seed,
        point.layer,
        point.i,
        point.j,
        point.losses[0] if there else None,
        point.losses[-1] if there else None,
        point.gradient_norm if there else None,
        point.index,
        point.nullity,
        point.derived_nullity,
        point.equal_loss_dimension,
        point.gap,
        point.jumps if there else None,
        point.highest,
        point.converged,
        point.note or None,
    )


def number_of_pairs(widths: Sequence[int]) -> int:
    """Return how many pairs `pairs_of` yields for hidden layers of these widths.

    >>> number_of_pairs([4, 3])
    9
    """
    return sum(width * (width - 1) // 2 for width in widths)


def pairs_of(network: Network) -> Iterator[tuple[int, int, int]]:
    """Yield (layer, i, j) for all pairs of neurons of every hidden layer, i < j.

    >>> list(pairs_of(Network([[[0.0], [3.0], [2.0]], [[0.0, 0.0, 0.0]]])))
    [(0, 0, 1), (0, 0, 2), (0, 1, 2)]
    """
    for layer, width in enumerate(network.widths[1:-1]):
        for i, j in itertools.combinations(range(width), 2):
            yield layer, i, j


def collide(
    experiment: str,
    problem: Problem,
    widths: Sequence[int],
    seeds: Sequence[int],
    parameters: Mapping[str, Any],
    folder: str | os.PathLike[str] | None,
    client: Client | None,
    announce: Announce | None,
    advance: Advance,
) -> Collisions:
    """Return minima of a problem from several seeds, and the permutation points of their pairs.

    `parameters` is what the folder's manifest holds; announce is told what a path takes before
    the first that is still to be gone; advance is called with 1 for each minimum and each pair,
    and for a minimum that did not converge with the number of its pairs.
    """
    run = Run(folder, experiment, parameters)
    trainings = {f"minimum-{seed:04d}": partial(train, problem, widths, seed) for seed in seeds}
    minima = tuple(run.trainings(trainings, client, advance).values())
    jobs, places = {}, {}
    for seed, minimum in zip(seeds, minima, strict=True):
        if not minimum.converged:
            advance(number_of_pairs(widths))
            continue
        for layer, i, j in pairs_of(minimum.network):
            key = f"point-{seed:04d}-{layer}-{i}-{j}"
            places[key] = seed, layer, i, j
            jobs[key] = partial(_point, problem, minimum.network, layer, i, j)
    missing = next((key for key in jobs if run.read(key) is None), None)
    if announce is not None and missing is not None:
        minimum = minima[places[missing][0] - seeds[0]]
        announce(path_work(problem, minimum.network))
    made = run.made(jobs, client, advance)
    points = [_collision(*place, made[key][0]) for key, place in places.items()]
    return Collisions(experiment, problem, minima, tuple(points))


def _point(
    problem: Problem, network: Network, layer: int, i: int, j: int
) -> tuple[Mapping[str, Any], Network | None]:
    """Return the facts of a permutation point, or why there is none."""
    try:
        found = permutation_point(problem, network, layer, i, j)
    except (ArithmeticError, ValueError) as error:
        return {"note": str(error)}, None
    return found.to_dict(), found.point


def _collision(seed: int, layer: int, i: int, j: int, facts: Mapping[str, Any]) -> Collision:
    if "note" in facts:
        return Collision(seed, layer, i, j, note=str(facts["note"]))
    return Collision.from_facts(seed, facts)
