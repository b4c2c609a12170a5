"""The data of the experiments: grids, a function to approximate, digit images, teachers."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from critcount._support import checks, markup
from critcount._support.extras import optional
from critcount._support.types import Array
from critcount.landscape.experiments.idx import read_idx
from critcount.weights.network import Network

__all__ = [
    "Images",
    "deep_teacher_network",
    "digit_images",
    "grid",
    "mnist",
    "raw_mnist",
    "teacher",
]

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
    if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(step) and step > 0):
        raise ValueError(f"low, high and step must be finite and step > 0, not {low, high, step}")
    steps = (high - low) / step
    if steps < 0 or abs(steps - round(steps)) > 1e-9:
        raise ValueError(f"high - low must be a multiple of step, not {steps:g} steps")
    checks.size("the grid", (round(steps) + 1) ** dimension, 10**7, "points", "take larger steps")
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


@dataclass(frozen=True, eq=False)
class Images:
    """Images of digits as inputs of a network.

    Attributes
    ----------
    name : str
        Where they are from.
    inputs : numpy.ndarray
        Of shape (images, pixels): every pixel has mean 0 and variance 1.
    labels : numpy.ndarray
        The digits, integers from 0 to 9.
    side : int
        Of an image after averaging, in pixels.
    pixels : tuple of int
        Those that are inputs, row by row from 0; the others are the same in all images.
    """

    name: str
    inputs: Array
    labels: npt.NDArray[np.int64]
    side: int
    pixels: tuple[int, ...]

    def one_hot(self) -> Array:
        """Return the labels as vectors, 1 in the place of the digit and 0 elsewhere."""
        return np.eye(10)[self.labels]

    def parity(self, reach: float = 0.5) -> Array:
        """Return how odd the digits are around every image: a smooth function of the image.

        The share of odd digits among all images, each weighted with exp(-q²/2·reach²), where q²
        is its mean squared difference from the image in a standardised pixel.

        Parameters
        ----------
        reach : float
            Positive. The shorter, the closer to 1 for odd digits and 0 for even ones.

        Returns
        -------
        numpy.ndarray
            Of shape (images, 1), from 0 to 1.

        Examples
        --------
        >>> images = digit_images(2, samples=100)
        >>> odd = images.labels % 2 == 1
        >>> found = images.parity()[:, 0]
        >>> bool(found[odd].mean() > found[~odd].mean()), images.parity(1e-3)[odd].min()
        (True, np.float64(1.0))
        """
        if not (isinstance(reach, int | float) and 0 < reach < math.inf):
            raise ValueError(f"reach must be a positive number, not {checks.show(reach)}")
        from scipy.spatial.distance import cdist

        odd = (self.labels % 2).astype(np.float64)
        shares = []
        for start in range(0, len(odd), 1000):
            apart = cdist(self.inputs[start : start + 1000], self.inputs, "sqeuclidean")
            weights = np.exp(-apart / (2 * reach**2 * len(self.pixels)))
            shares.append(weights @ odd / weights.sum(axis=1))
        return np.concatenate(shares)[:, None]

    def _repr_html_(self) -> str:
        return markup.record(self)


def digit_images(side: int = 4, samples: int | None = None, seed: int = 0) -> Images:
    """Return scikit-learn's 1,797 images of digits, 8×8 pixels, averaged to side×side.

    Parameters
    ----------
    side : {8, 4, 2}
        8 leaves the images as they are.
    samples : int, optional
        How many images; all by default.
    seed : int
        Of the choice of images.

    Returns
    -------
    Images

    Raises
    ------
    ImportError
        When scikit-learn is not installed.
    TypeError, ValueError
        For a bad argument.

    Examples
    --------
    >>> digit_images().inputs.shape, digit_images(8).inputs.shape
    ((1797, 16), (1797, 61))
    """
    need = "the digit images need scikit-learn"
    loaded = optional("sklearn.datasets", "landscape", need).load_digits()
    return _images("scikit-learn digits", loaded.images, loaded.target, side, samples, seed)


def mnist(
    folder: str | os.PathLike[str], side: int = 4, samples: int | None = 2000, seed: int = 0
) -> Images:
    """Return MNIST's training images, 28×28 pixels, averaged to side×side.

    Parameters
    ----------
    folder : path
        With the files train-images-idx3-ubyte and train-labels-idx1-ubyte, as they are or
        compressed, with the suffix .gz. Nothing is downloaded.
    side : int
        A divisor of 28, at least 2; 28 leaves the images as they are.
    samples : int, optional
        How many images, chosen by the seed; None for all.
    seed : int

    Returns
    -------
    Images

    Raises
    ------
    OSError
        When a file is missing or cannot be read.
    TypeError, ValueError
        For a bad argument, and for files that are damaged or not those of MNIST.
    """
    found = []
    for stem, dimensions in MNIST_FILES:
        file = _file(os.fspath(folder), stem, dimensions)
        found.append(read_idx(file, dimensions))
    images, labels = found
    name = os.fspath(folder)
    if len(images) != len(labels):
        raise ValueError(f"{name}: there are {len(images):,} images and {len(labels):,} labels")
    if not len(images) or images.shape[1:] != (28, 28):
        raise ValueError(f"{name}: images must have 28×28 pixels, not shape {images.shape}")
    if labels.max() > 9:
        raise ValueError(f"{name}: labels must be digits, not {int(labels.max())}")
    return _images("MNIST", images, labels, side, samples, seed)


def raw_mnist(
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
    if len(images) != len(labels) or number > len(images):
        raise ValueError(
            f"samples must be at most the {len(images):,} images and {len(labels):,} labels of "
            f"{os.fspath(folder)}, not {number:,}"
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


def _images(
    name: str,
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    side: int,
    samples: int | None,
    seed: int,
) -> Images:
    values, digit = np.asarray(images, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    full = values.shape[1]
    side = checks.integer("side", side, minimum=2, maximum=full)
    if full % side:
        possible = ", ".join(str(s) for s in range(2, full + 1) if full % s == 0)
        raise ValueError(f"side must be one of {possible}, not {side}")
    if samples is not None:
        samples = checks.integer("samples", samples, minimum=1)
        if samples > len(values):
            raise ValueError(
                f"samples must be at most {len(values):,}, the images there are, not {samples:,}"
            )
        rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
        chosen = np.sort(rng.choice(len(values), samples, replace=False))
        values, digit = values[chosen], digit[chosen]
    pool = full // side
    values = values.reshape(-1, side, pool, side, pool).mean(axis=(2, 4)).reshape(-1, side**2)
    kept = np.flatnonzero(values.max(axis=0) > values.min(axis=0))
    if not len(kept):
        raise ValueError("all images are the same: take more samples")
    values = values[:, kept]
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    values.flags.writeable = digit.flags.writeable = False
    return Images(name, values, digit, side, tuple(kept.tolist()))
