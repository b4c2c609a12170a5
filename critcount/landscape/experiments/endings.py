"""How trainings of the modified Rosenbrock function end: minima, plateaus, channels."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from critcount._support import checks, markup
from critcount._support.columns import frame
from critcount._support.errors import SizeLimitError
from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount.landscape.experiments.runs import Run, other
from critcount.landscape.flow import require_time
from critcount.landscape.problem import Problem
from critcount.landscape.training import OUTCOMES, Training, train

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

__all__ = ["ENDINGS", "Endings", "rosenbrock_data", "starts", "train_rosenbrock"]

#: How a training with the mean squared error can end.
ENDINGS = tuple(name for name in OUTCOMES if name != "separated")
MOST_TRAININGS = 10**6
TRAINING_COLUMNS = ("width", "seed", "outcome", "loss", "gradient_norm", "largest", "note")


def rosenbrock_data(points: int = 100, dimension: int = 2) -> tuple[Array, Array]:
    """Return inputs and targets of the modified Rosenbrock function.

    log10(0.1 + Σ_i 3 (x_{i+1} + 1 - x_i²)² + (1 - x_i)²) on a regular grid of [-√3, √3]^d, less
    its mean and divided by its standard deviation (Martinelli et al. 2025, arXiv 2506.14951).

    Parameters
    ----------
    points : int
        Along each coordinate, at least 2.
    dimension : int
        2 to 6.

    Returns
    -------
    inputs : numpy.ndarray
        Of shape (points^d, d).
    targets : numpy.ndarray
        Of shape (points^d, 1).

    Raises
    ------
    TypeError, ValueError
        Bad arguments.
    SizeLimitError
        Beyond 10^6 points.

    Examples
    --------
    >>> inputs, targets = rosenbrock_data(20)
    >>> inputs.shape, float(targets.mean().round(12)), float(targets.std().round(12))
    ((400, 2), 0.0, 1.0)
    """
    points = checks.integer("points", points, minimum=2)
    dimension = checks.integer("dimension", dimension, minimum=2, maximum=6)
    checks.size("the grid", points**dimension, 10**6, "points", "take fewer")
    line = np.linspace(-math.sqrt(3), math.sqrt(3), points)
    x = np.stack([axis.ravel() for axis in np.meshgrid(*[line] * dimension, indexing="ij")], 1)
    here, there = x[:, :-1], x[:, 1:]
    y = np.log10(0.1 + (3 * (there + 1 - here**2) ** 2 + (1 - here) ** 2).sum(axis=1))
    return x, ((y - y.mean()) / y.std())[:, None]


@dataclass(frozen=True, eq=False)
class Endings:
    """How trainings have ended; made by `train_rosenbrock`.

    Attributes
    ----------
    problem : Problem
    trainings : dict
        Of each width the trainings, by seed.
    """

    problem: Problem
    trainings: dict[int, tuple[Training, ...]]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each training.

        Returns
        -------
        pandas.DataFrame
            Columns width, seed, outcome, loss, gradient_norm, largest (the largest magnitude of a
            weight), note (why it is no minimum).
        """
        rows = [
            (
                width,
                found.seed,
                found.outcome,
                found.loss,
                found.gradient_norm,
                max(float(np.abs(w).max()) for w in found.network.weights),
                None if found.converged else found.message,
            )
            for width, trained in self.trainings.items()
            for found in trained
        ]
        return frame(TRAINING_COLUMNS, rows)

    def tally(self) -> pd.DataFrame:
        """Return how many trainings of each width ended in which way.

        Returns
        -------
        pandas.DataFrame
            Columns width, trainings, one for each of `ENDINGS` (not_done for "not done"),
            lowest_loss.
        """
        rows: list[tuple[object, ...]] = []
        for width, trained in self.trainings.items():
            number = Counter(found.outcome for found in trained)
            lowest = min(found.loss for found in trained)
            rows.append((width, len(trained), *(number[name] for name in ENDINGS), lowest))
        names = (name.replace(" ", "_") for name in ENDINGS)
        return frame(("width", "trainings", *names, "lowest_loss"), rows)

    def _repr_html_(self) -> str:
        return markup.frame_table(self.tally(), "Endings")


def train_rosenbrock(
    widths: Iterable[int] = (1, 2, 3, 4, 5),
    seeds: int | None = None,
    seed: int = 0,
    *,
    activation: str = "generic",
    points: int = 100,
    biases: bool = False,
    steps: int = 500,
    flow: float = 0.0,
    folder: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    advance: Advance = silent,
) -> Endings:
    """Train networks of one hidden layer on the modified Rosenbrock function.

    From normal weights of the variance 2/(inputs + outputs), activation sigmoid(4z) + softplus(z).

    Parameters
    ----------
    widths : iterable of int
        Of the hidden layer, one or more, different.
    seeds : int, optional
        How many networks of each width r are trained; 50·2^r, as in the paper, by default.
    seed : int
        The first of their seeds.
    activation : str
        The name of σ.
    points : int
        Of the grid along each of its two coordinates.
    biases : bool
    steps : int
        Of Adam, before the second-order method takes over.
    flow : float
        The time of gradient flow after these steps: with ``steps=0`` the flow of the paper.
    folder : path, optional
        Keeps what is finished: the same call goes on where it was.
    client : distributed.Client, optional
        The cluster that trains; one after another by default.
    advance : callable
        Called with 1 after every training.

    Returns
    -------
    Endings

    Raises
    ------
    OSError, TypeError, ValueError
        Bad arguments; a folder of something else.
    SizeLimitError
        For more than a million networks in all.

    Examples
    --------
    >>> train_rosenbrock([1], seeds=2, points=8).tally()["trainings"].tolist()
    [2]
    """
    numbers = starts(widths, seeds)
    first = checks.integer("seed", seed, minimum=0)
    steps = checks.integer("steps", steps, minimum=0)
    flow = require_time("flow", flow)
    problem = Problem(*rosenbrock_data(points), activation, biases=biases)
    parameters = {
        "widths": list(numbers),
        "seeds": seeds,
        "seed": first,
        "points": points,
        "biases": biases,
        "steps": steps,
        **({"flow": flow} if flow else {}),
        **other("generic", activation),
    }
    run = Run(folder, "rosenbrock", parameters)
    names = {
        width: [(f"network-{width}-{s:04d}", s) for s in range(first, first + number)]
        for width, number in numbers.items()
    }
    jobs = {
        key: partial(train, problem, width, s, steps=steps, flow=flow, glorot=True)
        for width, keys in names.items()
        for key, s in keys
    }
    found = run.trainings(jobs, client, advance)
    trained = {width: tuple(found[key] for key, _ in keys) for width, keys in names.items()}
    return Endings(problem, trained)


def starts(widths: Iterable[int], seeds: int | None = None) -> dict[int, int]:
    """Return how many networks of each width r `train_rosenbrock` trains: 50·2^r, as the paper.

    Parameters
    ----------
    widths : iterable of int
        One or more, different.
    seeds : int, optional
        How many of every width instead.

    Returns
    -------
    dict
        In the order of the widths.

    Raises
    ------
    TypeError, ValueError
        Bad arguments.
    SizeLimitError
        For more than a million networks in all.

    Examples
    --------
    >>> starts([1, 2, 5])
    {1: 100, 2: 200, 5: 1600}
    """
    chosen = checks.integers("widths", widths, minimum=1)
    if not chosen or len(set(chosen)) != len(chosen):
        raise ValueError(
            f"widths must be one or more different widths, not {checks.show(list(chosen))}"
        )
    if seeds is not None:
        seeds = checks.integer("seeds", seeds, minimum=1)
    if seeds is None and max(chosen) > MOST_TRAININGS.bit_length():
        raise SizeLimitError(
            f"this experiment would have 50·2^{max(chosen)} networks of width {max(chosen):,}, "
            f"past the limit of {MOST_TRAININGS:,}: name a number of seeds"
        )
    numbers = {width: 50 << width if seeds is None else seeds for width in chosen}
    total = sum(numbers.values())
    checks.size("this experiment", total, MOST_TRAININGS, "networks", "name fewer seeds")
    return numbers
