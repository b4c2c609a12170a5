"""Exchanges between tensors: parallel layers, sums of layers, equal branches."""

from __future__ import annotations

import math

import numpy as np
import pytest

from critcount.models import Symmetry, layers
from critcount.models.program import Program

f = math.factorial
RNG = np.random.default_rng(2)
X = RNG.standard_normal((5, 3))


class Network:
    """A program and the same network as a function of its parameters."""

    def __init__(self):
        self.p = Program()
        self.x = self.p.input(X.shape)

    def layer(self, x, name, n_in, n_out, fn=None):
        y = layers.linear(
            self.p,
            x,
            self.p.parameter(f"{name}.w", (n_out, n_in)),
            self.p.parameter(f"{name}.b", (n_out,)),
        )
        return self.p.combine([y], fn) if fn else y

    def symmetry(self, y):
        self.p.outputs.append(y)
        return Symmetry.of_program(self.p)


def apply(weights, x, name, fn=None):
    y = x @ weights[f"{name}.w"].T + weights[f"{name}.b"]
    return {"tanh": np.tanh, "sin": np.sin, None: lambda z: z}[fn](y)


def beside(widths, functions):
    """Layers of the same input side by side, then a read-out."""
    n = Network()
    parts = [
        n.layer(n.x, f"l{k}", 3, m, fn)
        for k, (m, fn) in enumerate(zip(widths, functions, strict=True))
    ]
    y = n.layer(n.p.concatenate(parts, -1), "r", sum(widths), 2)

    def run(w):
        zs = [apply(w, X, f"l{k}", fn) for k, fn in enumerate(functions)]
        return apply(w, np.concatenate(zs, -1), "r")

    return n.symmetry(y), run


def added(widths, deep=None):
    """Branches of one hidden layer (or two, of `deep` units first), added."""
    n = Network()
    ends = []
    for k, m in enumerate(widths):
        x, n_in = n.x, 3
        if deep:
            x, n_in = n.layer(n.x, f"d{k}", 3, deep[k], "tanh"), deep[k]
        ends.append(n.layer(n.layer(x, f"l{k}", n_in, m, "tanh"), f"e{k}", m, 2))
    y = ends[0]
    for end in ends[1:]:
        y = n.p.combine([y, end], "add")

    def run(w):
        result = 0
        for k in range(len(widths)):
            x = apply(w, X, f"d{k}", "tanh") if deep else X
            result = result + apply(w, apply(w, x, f"l{k}", "tanh"), f"e{k}")
        return result

    return n.symmetry(y), run


CASES = {
    "layers of 4 and 3": (lambda: beside([4, 3], ["tanh", "tanh"]), f(7), f(4) * f(3)),
    "three layers": (lambda: beside([2, 1, 3], ["tanh"] * 3), f(6), 2 * f(3)),
    "other functions": (lambda: beside([4, 3], ["tanh", "sin"]), f(4) * f(3), f(4) * f(3)),
    "branches added": (lambda: added([4, 3]), f(7), f(4) * f(3)),
    "three branches added": (lambda: added([2, 2, 1]), f(5), 4),
    "equal deep branches": (lambda: added([3, 3], [2, 2]), 2 * (f(3) * 2) ** 2, (f(3) * 2) ** 2),
    "unequal deep branches": (
        lambda: added([3, 3], [2, 4]),
        f(3) ** 2 * 2 * f(4),
        f(3) ** 2 * 2 * f(4),
    ),
    "three equal deep branches": (lambda: added([2, 2, 2], [2, 2, 2]), 6 * 4**3, 4**3),
}


@pytest.mark.parametrize("name", CASES)
def test_exchanges_between_tensors_count(name):
    make, across, within = CASES[name]
    symmetry, run = make()
    assert (symmetry.order, symmetry.within.order) == (across, within)
    rng = np.random.default_rng(0)
    weights = {
        n: rng.standard_normal(symmetry.original.shapes[k])
        for n, k in symmetry.original.parameters.items()
    }
    before = run(weights)
    for _ in range(4):
        moved = symmetry.random(rng).apply(weights)
        assert {n: w.shape for n, w in moved.items()} == {n: w.shape for n, w in weights.items()}
        assert np.abs(run(moved) - before).max() < 1e-13


def test_a_layer_that_something_else_reads_is_not_merged():
    n = Network()
    a, b = n.layer(n.x, "a", 3, 4, "tanh"), n.layer(n.x, "b", 3, 4, "tanh")
    y = n.layer(n.p.concatenate([a, b], -1), "r", 8, 2)
    y = n.p.combine([y, n.layer(a, "s", 4, 2)], "add")
    assert n.symmetry(y).order == f(4) ** 2


def test_a_difference_is_no_sum():
    n = Network()
    a = n.layer(n.layer(n.x, "a", 3, 4, "tanh"), "u", 4, 2)
    b = n.layer(n.layer(n.x, "b", 3, 4, "tanh"), "v", 4, 2)
    assert n.symmetry(n.p.combine([a, b], "linear Sub")).order == f(4) ** 2
