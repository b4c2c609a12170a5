"""Gradient descents on images, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from critcount import Network
from critcount.landscape.experiments import datasets


def test_descents_on_all_pixels(mnist_folder, run, tmp_path):
    folder, _, labels = mnist_folder
    kept = tmp_path / "run"
    arguments = (
        "experiment", "mnist-descents", "--mnist", folder, "--widths", "2,3", "--samples", 30,
        "--steps", 20, "--folder", kept, "--format", "csv", "--table", "descents",
    )  # fmt: skip
    code, out, err = run(*arguments)
    assert code == 0, err
    rows = [line.split(",") for line in out.splitlines()[1:]]
    assert [row[:3] for row in rows] == [[w, "0", s] for w in "23" for s in ("0", "10", "20")]
    for narrow in (rows[:3], rows[3:]):
        losses = [float(row[3]) for row in narrow]
        assert losses == sorted(losses, reverse=True)
    # loss and gradient at the end, again from the network that was kept
    images, _ = datasets.mnist(folder, 30)
    network = Network.load(kept / "descent-3-0000.npz")
    outputs = network(images, "softplus")
    shares = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    assert float(rows[-1][3]) == pytest.approx(-np.log(shares[np.arange(30), labels]).mean())
    assert run(*arguments)[1] == out
