"""The experiment on permutation points of networks that approximate a function."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from critcount._support import checks
from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount.landscape.experiments import datasets
from critcount.landscape.experiments.collisions import Collisions, collide
from critcount.landscape.experiments.runs import other
from critcount.landscape.problem import Problem
from critcount.landscape.reckoning import Announce

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ridges", "toy"]


def ridges(activation: str = "generic") -> tuple[Array, Array]:
    """Return inputs and targets of the toy: a sum of four ridges, f(x) = Σ_t σ(w_t·x).

    σ(z) = sigmoid(4z) + softplus(z) unless another activation is named; w_t and the square from
    -5 to 5 are those of the teacher-student task; the grid has steps of 0.5.

    >>> inputs, targets = ridges()
    >>> inputs.shape, targets.shape
    ((441, 2), (441, 1))
    """
    inputs = datasets.grid(step=0.5)
    return inputs, datasets.teacher()(inputs, activation)


def toy(
    width: int = 3,
    seeds: int = 5,
    seed: int = 0,
    *,
    activation: str = "generic",
    folder: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    announce: Announce | None = None,
    advance: Advance = silent,
) -> Collisions:
    """Let all pairs of neurons collide of networks with one hidden layer that fit a function.

    The function is that of `ridges`, the activation its σ, the loss the mean squared error. Three
    neurons are too few to fit it, so that minima have a positive loss; four can.

    Parameters
    ----------
    width : int
        Of the hidden layer, at least 2.
    seeds, seed : int
        How many networks are trained, and the first of their seeds.
    activation : str
        The name of σ, of the function and of the networks.
    folder : path, optional
        Keeps what is finished: the same call goes on where it was. Minima are called
        ``minimum-0003.npz``, points ``point-0003-0-1-2.npz`` (seed, layer, pair).
    client : distributed.Client, optional
        The cluster that works; one after another by default.
    announce : callable, optional
        Told, before the first path begins, how much memory and time each takes.
    advance : callable, optional
        Called with 1 for every minimum and every pair.

    Returns
    -------
    Collisions

    Raises
    ------
    ImportError
        When JAX is not installed.
    TypeError, ValueError
        For a bad argument, and when the folder holds something else.
    """
    width = checks.integer("width", width, minimum=2)
    parameters = {"width": width, "seeds": seeds, "seed": seed, **other("generic", activation)}
    problem = Problem(*ridges(activation), activation)
    every = _seeds(seeds, seed)
    return collide("toy", problem, [width], every, parameters, folder, client, announce, advance)


def _seeds(seeds: int, seed: int) -> range:
    seed = checks.integer("seed", seed, minimum=0)
    return range(seed, seed + checks.integer("seeds", seeds, minimum=1, maximum=10_000))
