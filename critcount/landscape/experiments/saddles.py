"""Permutation saddles of a multilayer network on MNIST, all of its pixels, with weight decay."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from critcount._support import checks, markup
from critcount._support.columns import frame
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount.landscape.experiments.datasets import mnist as read_mnist
from critcount.landscape.experiments.runs import Run, other
from critcount.landscape.problem import Problem
from critcount.landscape.ties import tied_point
from critcount.landscape.vectors import MatrixShapes, network_of, random_vector
from critcount.weights.network import Network

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

__all__ = ["Saddles", "mnist_saddles"]

SADDLE_COLUMNS = (
    "seed",
    "layer",
    "i",
    "j",
    "loss",
    "gradient_norm",
    "index",
    "lowest",
    "converged",
)


@dataclass(frozen=True, eq=False)
class Saddles:
    """Permutation points with ties; made by `mnist_saddles`.

    Attributes
    ----------
    points : tuple of dict
        As `TiedPoint.to_dict` has them, with the seed.
    """

    points: tuple[dict[str, Any], ...]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each point; "lowest" is the lowest eigenvalue of the Hessian."""
        rows = []
        for point in self.points:
            ((i, j),) = point["pairs"]
            blocks = [block["eigenvalues"][0] for block in point["antisymmetric"]]
            rows.append(
                (
                    point["seed"],
                    point["layer"],
                    i,
                    j,
                    point["loss"],
                    point["gradient_norm"],
                    point["index"],
                    min(*blocks, *point["lowest"]),
                    point["converged"],
                )
            )
        return frame(SADDLE_COLUMNS, rows)

    def _repr_html_(self) -> str:
        return markup.frame_table(self.to_frame(), "Saddles")


def mnist_saddles(
    mnist: str | os.PathLike[str],
    widths: Sequence[int] = (10, 10),
    seeds: int = 15,
    seed: int = 0,
    *,
    activation: str = "tanh",
    samples: int = 2000,
    weight_decay: float = 1e-3,
    iterations: int = 300,
    folder: str | os.PathLike[str] | None = None,
    client: Client | None = None,
    advance: Advance = silent,
) -> Saddles:
    """Find permutation points of networks that classify MNIST, one in each layer for each seed.

    Networks with biases and weight decay, cross-entropy; the first two neurons of a layer
    are tied from a random start on and the loss is minimised (`tied_point`).

    Parameters
    ----------
    mnist : path
        The folder with MNIST's idx files.
    widths : sequence of int
        Of the hidden layers, each at least 2.
    seeds, seed : int
        How many starts, and the first of their seeds.
    activation : str
        The name of σ.
    samples : int
        The first so many images.
    weight_decay : float
    iterations : int
        The most of each method of the descent.
    folder : path, optional
        Keeps what is finished: the same call goes on where it was.
    client : distributed.Client, optional
        The cluster that works; one after another by default.
    advance : callable
        Called with 1 after every point.

    Returns
    -------
    Saddles

    Raises
    ------
    OSError, TypeError, ValueError
        Bad arguments; a folder of something else.
    """
    hidden = checks.integers("widths", widths, minimum=2)
    number = checks.integer("seeds", seeds, minimum=1)
    first = checks.integer("seed", seed, minimum=0)
    inputs, labels = read_mnist(mnist, samples)
    problem = Problem(
        inputs, labels, activation, "cross-entropy", biases=True, weight_decay=weight_decay
    )
    parameters = {
        "widths": list(hidden),
        "seeds": number,
        "seed": first,
        "samples": len(inputs),
        "weight_decay": weight_decay,
        "iterations": iterations,
        **other("tanh", activation),
    }
    run = Run(folder, "mnist-saddles", parameters)
    sizes = (problem.d_in, *hidden, problem.d_out)
    layout: MatrixShapes = tuple((sizes[k + 1], sizes[k], True) for k in range(len(sizes) - 1))
    jobs = {}
    for s in range(first, first + number):
        start = network_of(random_vector(layout, np.random.default_rng(s)), layout)
        for layer in range(len(hidden)):
            jobs[f"point-{s:04d}-{layer}"] = partial(_point, problem, start, layer, s, iterations)
    made = run.made(jobs, client, advance)
    return Saddles(tuple(dict(made[key][0]) for key in jobs))


def _point(
    problem: Problem, start: Network, layer: int, seed: int, iterations: int
) -> tuple[dict[str, object], Network]:
    found = tied_point(problem, start, layer, [(0, 1)], iterations=iterations)
    return {"seed": seed, **found.to_dict()}, found.network
