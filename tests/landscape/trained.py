"""A task and a network that is trained on it, for the tests."""

import numpy as np
import pytest

from critcount import Network

pytest.importorskip("jax")
from critcount.landscape import (
    Problem,
    train,
)


def task(widths, seed, loss="mse", activation="generic", biases=False, target="generic"):
    """Return the problem of a wider teacher, and a minimum of narrower networks."""
    rng = np.random.default_rng(seed)
    d_in, *hidden, d_out = widths
    x = rng.uniform(-2, 2, size=(60, d_in))
    teacher = Network(
        [rng.normal(size=(8, d_in)), rng.normal(size=(d_out, 8))],
        [rng.normal(size=8), rng.normal(size=d_out)],
    )
    y = teacher(x, target)
    if loss == "cross-entropy":
        y = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    problem = Problem(x, y, activation, loss, biases)
    found = train(problem, hidden, seed)
    assert found.converged, found.message
    return problem, found.network
