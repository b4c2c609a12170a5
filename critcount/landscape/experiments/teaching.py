"""Experiments in which students learn what a teacher computes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from critcount._support import checks
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.activations import activation_of
from critcount.architecture import widths_text
from critcount.landscape.experiments.datasets import deep_teacher_network as make_deep_teacher
from critcount.landscape.experiments.datasets import grid, published_deep_teacher
from critcount.landscape.experiments.datasets import teacher as make_teacher
from critcount.landscape.experiments.runs import Run, other
from critcount.landscape.experiments.students import Measure, Students, judge
from critcount.landscape.experiments.tolerances import constant, scale, separation
from critcount.landscape.problem import Problem
from critcount.landscape.training import train
from critcount.weights.network import Network

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["deep_teacher", "teacher_student"]

#: Tolerances stay below this share of the least distance of two of the teacher's neurons.
SHARE = 0.25


def teacher_student(
    widths: Sequence[int] = (4, 5, 10),
    seeds: int = 20,
    seed: int = 0,
    *,
    activation: str = "generic",
    steps: int = 500,
    step: float = 0.25,
    folder: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    advance: Advance = silent,
) -> Students:
    """Train students of a teacher 2-4-1, and find the configurations that they end in.

    Teacher: w = (.6, .5), (-.5, .5), (-.2, -.6), (.1, -.6), a = 1; inputs: the grid from -5 to 5,
    squared; activation sigmoid(4x) + softplus(x), "generic"; mean squared error; no biases
    (Şimşek et al. 2021, arXiv 2105.12221).

    Parameters
    ----------
    widths : sequence of int
        The hidden widths of the students.
    seeds : int
        How many students of each width.
    seed : int
        The first of their seeds; the others follow.
    activation : str
        The name of σ, of teacher and students; students are classified up to its symmetries.
    steps : int
        Of Adam, before the second-order method.
    step : float
        Of the grid.
    folder : path, optional
        Keeps every student that is trained: the same call goes on where it was. Student 7 of
        width 5 is ``student-5-0007.npz``, which `Network.load` reads.
    client : distributed.Client, optional
        The cluster that trains; one student after another by default.
    advance : callable, optional
        Called with 1 for every student.

    Returns
    -------
    Students

    Raises
    ------
    ImportError
        When JAX is not installed.
    TypeError, ValueError
        For a bad argument, and when the folder holds something else.

    Notes
    -----
    A student takes some tenths of a second.

    Examples
    --------
    >>> found = teacher_student([5], seeds=1, step=1.0)
    >>> found.to_frame().loc[0, ["outcome", "copies", "zero_type"]].tolist()
    ['zero loss', '{1,1,1,1}', '{1}']
    """
    settings = Settings(steps, 0.05, step, 1000)
    return _students(
        "teacher-student", make_teacher(), activation, settings, widths, seeds, seed,
        other("generic", activation), folder, client, advance,
    )  # fmt: skip


def deep_teacher(
    widths: Sequence[int] = (5, 20),
    seeds: int = 20,
    seed: int = 0,
    *,
    activation: str = "tanh",
    teacher_seed: int | None = None,
    steps: int = 60_000,
    iterations: int = 4000,
    step: float = 0.25,
    folder: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    advance: Advance = silent,
) -> Students:
    """Train students of a teacher 2-4-4-4-1, with tanh, all hidden layers of one width.

    The same as `teacher_student` for the published teacher of Şimşek et al. 2021, with biases
    (`critcount.landscape.experiments.datasets.published_deep_teacher`), or for a random one,
    without (`critcount.landscape.experiments.datasets.deep_teacher_network`). Configurations are
    found up to the signs of neurons, since tanh is odd.

    Parameters
    ----------
    widths : sequence of int
        Each is the width of all three hidden layers of some students.
    seeds, seed, activation, steps, step, folder, advance
        As in `teacher_student`; a student is called ``student-5-5-5-0007.npz``. With fewer steps
        of Adam fewer students reach zero loss: the second-order method alone ends in a local
        minimum or on a plateau.
    teacher_seed : int, optional
        Of the weights of a random teacher; the published one by default.
    iterations : int
        The most of each second-order method.

    Returns
    -------
    Students

    Raises
    ------
    ImportError, TypeError, ValueError
        As `teacher_student`.
    """
    if teacher_seed is None:
        teacher = published_deep_teacher()
    else:
        teacher = make_deep_teacher(checks.integer("teacher_seed", teacher_seed, minimum=0))
    settings = Settings(steps, 0.02, step, checks.integer("iterations", iterations, minimum=1))
    return _students(
        "deep-teacher", teacher, activation, settings, widths, seeds, seed,
        {"teacher_seed": teacher_seed, **other("tanh", activation)}, folder, client, advance,
    )  # fmt: skip


class Settings(NamedTuple):
    """Steps and first rate of Adam, step of the grid of inputs, iterations of second order."""

    steps: int
    rate: float
    step: float
    iterations: int


def _students(
    experiment: str,
    teacher: Network,
    activation: str,
    settings: Settings,
    widths: Sequence[int],
    seeds: int,
    seed: int,
    more: Mapping[str, int | str | None],
    folder: str | os.PathLike[str] | None,
    client: Client | None,
    advance: Advance,
) -> Students:
    widths = checks.integers("widths", widths, minimum=teacher.widths[1])
    if len(set(widths)) != len(widths) or not widths:
        raise ValueError(f"widths must be one or more different widths, not {list(widths)}")
    seeds = checks.integer("seeds", seeds, minimum=1, maximum=10_000)
    seed = checks.integer("seed", seed, minimum=0)
    checks.integer("steps", settings.steps, minimum=0)
    inputs = grid(step=settings.step)
    kind = activation_of("activation", activation).kind
    biases = teacher.biases[0] is not None
    problem = Problem(inputs, teacher(inputs, activation), activation, biases=biases)
    parameters = {"widths": widths, "seeds": seeds, "seed": seed, **settings._asdict(), **more}
    run = Run(folder, experiment, parameters)
    parity = "generic" if kind in ("generic", "exponential") else "odd"
    largest = SHARE * separation(teacher, parity)
    factor = constant(problem, teacher)
    measure = Measure(
        teacher, None if parity == "generic" else activation, scale(problem), factor, largest
    )
    jobs = {}
    for width in widths:
        hidden = [width] * (len(teacher.widths) - 2)
        for number in range(seed, seed + seeds):
            jobs[f"student-{widths_text(hidden)}-{number:04d}"] = partial(
                train, problem, hidden, number,
                steps=settings.steps, rate=settings.rate, iterations=settings.iterations,
            )  # fmt: skip
    trained = run.trainings(jobs, client, advance)
    students = [judge(found, measure) for found in trained.values()]
    return Students(experiment, teacher, activation, measure, tuple(students))
