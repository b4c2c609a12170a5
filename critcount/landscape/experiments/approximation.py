"""Experiments on permutation points: a function to approximate, images of digits."""

from __future__ import annotations

import os
from collections.abc import Sequence

from critcount._support import checks
from critcount._support.progress import silent
from critcount._support.types import Advance, Array
from critcount.landscape.experiments import datasets
from critcount.landscape.experiments.collisions import Collisions, collide
from critcount.landscape.experiments.runs import other
from critcount.landscape.problem import Problem

__all__ = ["digits", "ridges", "toy"]


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
    return collide("toy", problem, [width], _seeds(seeds, seed), None, parameters, folder, advance)


def digits(
    widths: Sequence[int] = (2, 2),
    seeds: int = 10,
    seed: int = 0,
    *,
    activation: str = "generic",
    side: int = 2,
    samples: int | None = 300,
    pairs: int | None = 3,
    mnist: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    advance: Advance = silent,
) -> Collisions:
    """Let pairs of neurons collide in every hidden layer of networks that look at digits.

    Images are averaged to side×side pixels; pixels that never change are dropped, the others
    standardised. The target is a smooth function of the image, the share of odd digits among the
    images around it (`critcount.landscape.experiments.datasets.Images.parity`), so that no neuron
    has to be a step. One output, no biases, mean squared error. Some trainings do not reach a
    minimum and some paths do not arrive: there the loss only falls towards infinite weights, which
    the answer says.

    Parameters
    ----------
    widths : sequence of int
        Of the hidden layers.
    seeds, seed, activation, folder, advance
        As in `toy`.
    side : int
        A divisor of 8, or of 28 for MNIST.
    samples : int, optional
        How many images; None for all. They are chosen by the seed 0, whatever `seed` is.
    pairs : int, optional
        The closest pairs of every hidden layer; None for all.
    mnist : path, optional
        A folder with MNIST's idx files; scikit-learn's digits by default.

    Returns
    -------
    Collisions

    Raises
    ------
    ImportError
        When JAX or scikit-learn is not installed.
    TypeError, ValueError, OSError
        For a bad argument or files that are not MNIST's, and when the folder holds something
        else.
    """
    widths = checks.integers("widths", widths, minimum=2)
    if pairs is not None:
        pairs = checks.integer("pairs", pairs, minimum=1)
    chosen = _seeds(seeds, seed)
    if mnist is None:
        images = datasets.digit_images(side, samples)
    else:
        images = datasets.mnist(mnist, side, samples)
    problem = Problem(images.inputs, images.parity(), activation)
    parameters = {
        "images": images.name,
        "widths": widths,
        "seeds": seeds,
        "seed": seed,
        "side": side,
        "samples": samples,
        "pairs": pairs,
        **other("generic", activation),
    }
    return collide("digits", problem, widths, chosen, pairs, parameters, folder, advance)


def _seeds(seeds: int, seed: int) -> range:
    seed = checks.integer("seed", seed, minimum=0)
    return range(seed, seed + checks.integer("seeds", seeds, minimum=1, maximum=10_000))
