"""How fast wide networks learn MNIST: loss and gradient against the steps of Adam."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from critcount._support import checks, markup
from critcount._support.columns import frame
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.landscape.experiments.datasets import mnist as read_mnist
from critcount.landscape.experiments.runs import Run, other
from critcount.landscape.problem import Problem
from critcount.landscape.training import descend
from critcount.weights.network import Network

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

__all__ = ["Descents", "mnist_descents"]

DESCENT_COLUMNS = ("width", "seed", "step", "loss", "gradient_norm")


@dataclass(frozen=True, eq=False)
class Descents:
    """Losses and norms of gradients along descents; made by `mnist_descents`.

    Attributes
    ----------
    rows : tuple of tuple
        Width, seed, step, loss and norm of the gradient.
    """

    rows: tuple[tuple[int, int, int, float, float], ...]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each step that was looked at: width, seed, step, loss, gradient."""
        return frame(DESCENT_COLUMNS, self.rows)

    def last_frame(self) -> pd.DataFrame:
        """Return the last row of each descent."""
        last = {(width, seed): row for row in self.rows for width, seed in [row[:2]]}
        return frame(DESCENT_COLUMNS, list(last.values()))

    def _repr_html_(self) -> str:
        return markup.frame_table(self.last_frame(), "Descents")


def mnist_descents(
    mnist: str | os.PathLike[str],
    widths: Sequence[int] = (10, 20, 50, 100, 250, 1000),
    seeds: int = 1,
    seed: int = 0,
    *,
    activation: str = "softplus",
    samples: int = 10_000,
    steps: int = 500,
    every: int = 10,
    rate: float = 1e-3,
    folder: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    advance: Advance = silent,
) -> Descents:
    """Train networks 784-n-10 on MNIST by Adam on all images, and record how they descend.

    Softplus, biases, cross-entropy; normal weights of the variance 1/inputs. The sizes are of
    Şimşek et al. 2021 (arXiv 2105.12221); the rate of Adam is its authors' default.

    Parameters
    ----------
    mnist : path
        The folder with MNIST's idx files.
    widths : sequence of int
        Of the hidden layer, one or more.
    seeds, seed : int
        How many starts of each width, and the first of their seeds.
    activation : str
        The name of σ.
    samples : int
        The first so many images.
    steps : int
        Of Adam.
    every : int
        Loss and gradient are recorded after so many steps each; a divisor of `steps`.
    rate : float
        Of Adam, constant.
    folder : path, optional
        Keeps what is finished: the same call goes on where it was.
    client : distributed.Client, optional
        The cluster that trains; one after another by default.
    advance : callable
        Called with 1 after every descent.

    Returns
    -------
    Descents

    Raises
    ------
    OSError, TypeError, ValueError
        Bad arguments; a folder of something else.

    Notes
    -----
    A step takes about 5·10^4 · samples · width operations.
    """
    chosen = checks.integers("widths", widths, minimum=1)
    if not chosen or len(set(chosen)) != len(chosen):
        raise ValueError(f"widths must be one or more different widths, not {list(widths)}")
    number = checks.integer("seeds", seeds, minimum=1)
    first = checks.integer("seed", seed, minimum=0)
    steps = checks.integer("steps", steps, minimum=1)
    every = checks.integer("every", every, minimum=1)
    if steps % every:
        raise ValueError(
            f"steps must be a multiple of {every:,}, after which loss and gradient are recorded, "
            f"not {steps:,}"
        )
    inputs, labels = read_mnist(mnist, samples)
    problem = Problem(inputs, np.eye(10)[labels], activation, "cross-entropy", biases=True)
    parameters = {
        "widths": list(chosen),
        "seeds": number,
        "seed": first,
        "samples": len(inputs),
        "steps": steps,
        "every": every,
        "rate": rate,
        **other("softplus", activation),
    }
    run = Run(folder, "mnist-descents", parameters)
    jobs = {
        f"descent-{width}-{s:04d}": partial(_descent, problem, width, s, steps, every, rate)
        for width in chosen
        for s in range(first, first + number)
    }
    made = run.made(jobs, client, advance)
    return Descents(
        tuple(
            (int(facts["width"]), int(facts["seed"]), int(step), float(loss), float(norm))
            for facts in (made[key][0] for key in jobs)
            for step, loss, norm in facts["descent"]
        )
    )


def _descent(
    problem: Problem, width: int, seed: int, steps: int, every: int, rate: float
) -> tuple[dict[str, object], Network]:
    descent = []
    for step, network in descend(problem, width, seed, steps=steps, every=every, rate=rate):
        norm = float(np.linalg.norm(problem.gradient(network)))
        descent.append([step, problem.loss(network), norm])
    return {"width": width, "seed": seed, "descent": descent}, network
