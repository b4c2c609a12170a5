"""Permutation points of networks that are trained on images."""

from __future__ import annotations

import numpy as np
import pytest


def test_saddles_with_all_pixels(mnist_folder, run, tmp_path):
    """From the command line; the index against all eigenvalues would take too long here."""
    from critcount.landscape.experiments.datasets import mnist

    folder, images, labels = mnist_folder
    inputs, found = mnist(folder, 20)
    assert np.array_equal(inputs, images[:20].reshape(20, -1) / 255)
    assert np.array_equal(found, labels[:20])
    with pytest.raises(ValueError, match="samples must be at most 30, the images of"):
        mnist(folder, 31)
    kept = tmp_path / "run"
    arguments = (
        "experiment", "mnist-saddles", "--mnist", folder, "--widths", "2", "--samples", 30,
        "--seeds", 1, "--weight-decay", "0.1", "--folder", kept, "--format", "csv",
    )  # fmt: skip
    code, out, err = run(*arguments)
    assert code == 0, err
    header, row = out.splitlines()
    assert header == "seed,layer,i,j,loss,gradient_norm,index,lowest,converged"
    assert row.startswith("0,0,0,1,")
    assert row.endswith(",True")
    assert run(*arguments)[1] == out
    assert (kept / "point-0000-0.npz").exists()
