"""The data of the experiments: grids, teachers, MNIST."""

from __future__ import annotations

import numpy as np
import pytest

from critcount._support.errors import SizeLimitError
from critcount.landscape.experiments import datasets
from tests.landscape.experiments.idx_files import idx_bytes


def test_the_grid_of_the_teacher_student_task():
    points = datasets.grid()
    assert points.shape == (41 * 41, 2)
    assert len(np.unique(points, axis=0)) == len(points)
    assert set(points.ravel()) == {k / 4 for k in range(-20, 21)}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0, 1, 0.3, 1), ValueError),
        ((1, 0, 0.5, 1), ValueError),
        ((0, 1, 0, 1), ValueError),
        ((0, 10**400, 1, 1), ValueError),
        ((float("nan"), 1, 1, 1), ValueError),
        ((0, 1, 1e-320, 1), SizeLimitError),
        ((-1e308, 1e308, 1e-5, 1), SizeLimitError),
        ((0, 1, "1", 1), TypeError),
        ((0, 1, True, 1), TypeError),
        ((0, float("inf"), 1, 1), ValueError),
        ((0, 1, 0.5, 9), ValueError),
        ((0, 1, 0.5, True), TypeError),
        ((0, 1, 0.001, 4), SizeLimitError),
    ],
)
def test_what_is_no_grid_is_refused(arguments, error):
    with pytest.raises(error):
        datasets.grid(*arguments)


def test_the_teachers_are_irreducible_and_from_their_seed():
    from critcount.weights.irreducible import require_irreducible

    for network in (
        datasets.teacher(),
        datasets.deep_teacher_network(),
        datasets.deep_teacher_network(7),
    ):
        require_irreducible("teacher", network)
    first, again, other = (datasets.deep_teacher_network(s).weights[2] for s in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_mnist_files_that_do_not_fit_are_refused(mnist_folder, tmp_path):
    folder, _, labels = mnist_folder
    path = folder / "train-labels-idx1-ubyte"
    path.write_bytes(idx_bytes(labels[:-1]))
    with pytest.raises(ValueError, match="30 images and 29 labels"):
        datasets.mnist(folder)
    path.write_bytes(idx_bytes(np.full(30, 10)))
    with pytest.raises(ValueError, match="labels must be digits, not 10"):
        datasets.mnist(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="train-labels-idx1-ubyte"):
        datasets.mnist(folder)
    with pytest.raises(NotADirectoryError):
        datasets.mnist(tmp_path / "nowhere")
    path.write_bytes(idx_bytes(labels))
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((30, 27, 28))))
    with pytest.raises(ValueError, match="28×28"):
        datasets.mnist(folder)
