"""Made-up images in the files of MNIST."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from tests.landscape.experiments.idx_files import idx_bytes


@pytest.fixture
def mnist_folder(tmp_path):
    """30 made-up images of 28×28 pixels, the images compressed, the labels not."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (30, 28, 28))
    images[:, :4] = 0  # as in MNIST, pixels at the border never change
    labels = rng.integers(0, 10, 30)
    folder = tmp_path / "mnist"
    folder.mkdir()
    with gzip.open(folder / "train-images-idx3-ubyte.gz", "wb") as stream:
        stream.write(idx_bytes(images))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    return folder, images, labels
