"""The data of the experiments: grids, teachers, MNIST."""

from __future__ import annotations

import os
import sys
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from critcount._support import checks
from critcount._support.types import Array
from critcount.landscape.experiments.idx import read_idx
from critcount.weights.network import Network

__all__ = [
    "deep_teacher_network",
    "grid",
    "mnist",
    "published_deep_teacher",
    "teacher",
]

#: How far a number of steps may be from a whole one: decimals are no floats.
MULTIPLE = 1e-9
MNIST_FILES = ("train-images", 3), ("train-labels", 1)


def grid(low: float = -5.0, high: float = 5.0, step: float = 0.25, dimension: int = 2) -> Array:
    """Return the points of a square grid, the ends included; the last coordinate moves first.

    Parameters
    ----------
    low, high : float
        The ends of every coordinate; `high` - `low` must be a multiple of `step`.
    step : float
    dimension : int
        1 to 8.

    Returns
    -------
    numpy.ndarray
        Of shape (points, dimension). The defaults are the 41² inputs of the teacher-student
        task.

    Raises
    ------
    TypeError, ValueError
        When the numbers make no grid.
    SizeLimitError
        Beyond 10^7 points.

    Examples
    --------
    >>> grid().shape
    (1681, 2)
    >>> grid(0, 1, 0.5, 1).ravel()
    array([0. , 0.5, 1. ])
    """
    dimension = checks.integer("dimension", dimension, minimum=1, maximum=8)
    for name, value in (("low", low), ("high", high), ("step", step)):
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise TypeError(f"{name} must be a number, not {checks.show(value)}")
        if not abs(value) <= sys.float_info.max or (name == "step" and value <= 0):
            rule = "finite and greater than 0" if name == "step" else "finite"
            raise ValueError(f"{name} must be {rule}, not {checks.show(value)}")
    low, high, step = float(low), float(high), float(step)
    if high < low:
        raise ValueError(f"high must be at least low = {low:g}, not {high:g}")
    steps = (Fraction(high) - Fraction(low)) / Fraction(step)  # which floats may have no room for
    checks.size("the grid", (round(steps) + 1) ** dimension, 10**7, "points", "take larger steps")
    if abs(steps - round(steps)) > MULTIPLE:
        raise ValueError(f"high - low must be a multiple of step, not {float(steps):g} steps")
    line = low + step * np.arange(round(steps) + 1)
    axes = np.meshgrid(*[line] * dimension, indexing="ij")
    return np.stack([axis.ravel() for axis in axes], axis=1)


def teacher() -> Network:
    """Return the teacher 2-4-1 of the teacher-student task.

    w = (.6, .5), (-.5, .5), (-.2, -.6), (.1, -.6) and a = 1, no biases ([S21]).

    >>> teacher()
    <Network 2-4-1, no biases>
    """
    return Network([[[0.6, 0.5], [-0.5, 0.5], [-0.2, -0.6], [0.1, -0.6]], np.ones((1, 4))])


def deep_teacher_network(seed: int = 0) -> Network:
    """Return the teacher 2-4-4-4-1 of the deep task, without biases.

    Weights of numpy's ``default_rng(seed)``, layer by layer, rows first: standard normal numbers;
    the rows of the first layer are then divided by their norms, and those of the others by
    their norms over 2, so that every neuron sees inputs of the same size.

    Parameters
    ----------
    seed : int

    Returns
    -------
    Network

    Examples
    --------
    >>> deep_teacher_network()
    <Network 2-4-4-4-1, no biases>
    >>> [np.linalg.norm(w, axis=1).round(9).tolist()[0] for w in deep_teacher_network().weights]
    [1.0, 2.0, 2.0, 2.0]
    """
    rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
    weights = [rng.standard_normal(shape) for shape in ((4, 2), (4, 4), (4, 4), (1, 4))]
    return Network(
        [
            (1.0 if k == 0 else 2.0) * w / np.linalg.norm(w, axis=1, keepdims=True)
            for k, w in enumerate(weights)
        ]
    )


#: The published teacher of the deep task, layer by layer.
_WEIGHTS: tuple[tuple[tuple[float, ...], ...], ...] = (
    (
        (
            -0.18295849092410896,
            0.7804681785573752,
        ),
        (
            0.07884022077670189,
            -0.1465591508168933,
        ),
        (
            -0.0006776100961034238,
            -0.5753342110597969,
        ),
        (
            -0.004087729656236544,
            0.18765919486973165,
        ),
    ),
    (
        (
            -1.4966248703636236,
            -0.12076718222817126,
            0.894756433267219,
            1.5114479474313065,
        ),
        (
            -0.22777233953771267,
            -2.0365527674966297,
            -0.48308633806391305,
            -2.5956210355303915,
        ),
        (
            2.281192356630861,
            -0.07241999324324101,
            -2.851031848646282,
            -6.108432396679688,
        ),
        (
            0.3665586834900288,
            1.128325600897833,
            2.8640316335653946,
            8.276582305785169,
        ),
    ),
    (
        (
            1.8731785007685788,
            14.996529203089828,
            -1.6545236215750898,
            5.218306385868382,
        ),
        (
            3.7936449798531915,
            -1.1612043338560116,
            1.1178745772483494,
            -1.4514282248737453,
        ),
        (
            -9.89278446944757,
            0.4163114508522701,
            -5.0124951156923245,
            -3.326074479899465,
        ),
        (
            -1.0008398398686116,
            2.3821573915129037,
            -0.5335246759338316,
            0.5269891920106062,
        ),
    ),
    (
        (
            -2.039005552438561,
            -16.369169803157757,
            -11.109545132565406,
            -13.54102305403078,
        ),
    ),
)
_BIASES = (
    (
        2.5965546364462906,
        0.5436550791983767,
        0.1023093314704724,
        -0.2827111440903739,
    ),
    (
        1.376429442213494,
        0.03694563285674877,
        -2.8764368931239526,
        2.6449408721177603,
    ),
    (
        -1.2307808733517698,
        1.8997166238206356,
        1.8468200537557915,
        1.0909995507783499,
    ),
    (6.034865881710452,),
)


def published_deep_teacher() -> Network:
    """Return the published teacher 2-4-4-4-1 of the deep task, tanh with biases ([S21]).

    It is itself a fit of sin 2x + x + cos 3y - 0.4 (y - 1)².

    >>> published_deep_teacher()
    <Network 2-4-4-4-1, biases>
    """
    return Network([np.array(w) for w in _WEIGHTS], [np.array(b) for b in _BIASES])


def mnist(
    folder: str | os.PathLike[str], samples: int = 2000
) -> tuple[Array, npt.NDArray[np.int64]]:
    """Return the first of MNIST's training images, all 784 pixels from 0 to 1, and their digits.

    Parameters
    ----------
    folder : path
        With the idx files of images and labels, compressed or not.
    samples : int
        At most as many as the files hold.

    Returns
    -------
    images : numpy.ndarray
        Of shape (samples, 784).
    labels : numpy.ndarray
        Of shape (samples,).

    Raises
    ------
    OSError, ValueError
        When the files cannot be read or do not fit, or hold fewer images.
    """
    number = checks.integer("samples", samples, minimum=1)
    images, labels = (
        read_idx(_file(os.fspath(folder), stem, dimensions), dimensions)
        for stem, dimensions in MNIST_FILES
    )
    name = os.fspath(folder)
    if len(images) != len(labels):
        raise ValueError(f"{name}: there are {len(images):,} images and {len(labels):,} labels")
    if images.shape[1:] != (28, 28):
        raise ValueError(f"{name}: images must have 28×28 pixels, not shape {images.shape}")
    if labels.max(initial=0) > 9:
        raise ValueError(f"{name}: labels must be digits, not {int(labels.max())}")
    if number > len(images):
        raise ValueError(
            f"samples must be at most {len(images):,}, the images of {name}, not {number:,}"
        )
    chosen = images[:number].reshape(number, -1) / 255
    return np.asarray(chosen, np.float64), np.asarray(labels[:number], np.int64)


def _file(folder: str, stem: str, dimensions: int) -> str:
    """Return the path of one of MNIST's files, under one of the names in use."""
    if not os.path.isdir(folder):
        raise NotADirectoryError(20, "is no folder with MNIST's idx files", folder)
    names = [f"{stem}{dot}idx{dimensions}-ubyte{suffix}" for dot in "-." for suffix in ("", ".gz")]
    for name in names:
        if os.path.isfile(os.path.join(folder, name)):
            return os.path.join(folder, name)
    raise FileNotFoundError(2, f"the folder has no file {names[0]} or {names[1]}", folder)
