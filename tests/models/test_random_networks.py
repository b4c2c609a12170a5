"""Random networks: an element of the group found never changes the function."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from critcount.models import Symmetry, layers
from critcount.models.program import Program

KINDS = ["linear", "linear", "tanh", "norm", "softmax", "add", "multiply"]
KINDS += ["cat", "split", "take", "grouped", "scores"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from([0, 0, 0, 1, 2, 4]),
        st.integers(1, 5),
    ),
    min_size=3,
    max_size=12,
)


def norm(x):
    return (x - x.mean(-1, keepdims=True)) / (x.std(-1, keepdims=True) + 1e-3)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Built:
    """A program and, step by step, a function of weights that computes the same."""

    def __init__(self):
        self.p = Program()
        data = np.random.default_rng(0).standard_normal((4, 3))
        self.made = [(self.p.input((4, 3)), lambda w: data)]
        self.shapes = {}

    def width(self, k):
        return self.p.shapes[self.made[k][0]][1]

    def push(self, number, function):
        self.made.append((number, function))

    def weight(self, *shape):
        name = f"p{len(self.shapes)}"
        self.shapes[name] = shape
        return name, self.p.parameter(name, shape)

    def step(self, kind, at, size):
        p, at = self.p, len(self.made) - 1 - at % len(self.made)  # the last made, mostly
        x, f = self.made[at]
        n = self.width(at)
        partners = [k for k in range(len(self.made)) if k != at and self.width(k) == n]
        if kind == "linear":
            name, w = self.weight(size, n)
            self.push(layers.linear(p, x, w), lambda v: f(v) @ v[name].T)
        elif kind == "tanh":
            self.push(p.combine([x], "tanh"), lambda v: np.tanh(f(v)))
        elif kind == "norm":
            self.push(p.normalise(x, [-1]), lambda v: norm(f(v)))
        elif kind == "softmax":
            self.push(p.normalise(x, [-1], "softmax"), lambda v: softmax(f(v)))
        elif kind in ("add", "multiply") and partners:
            y, g = self.made[partners[size % len(partners)]]
            if kind == "add":
                self.push(p.combine([x, y], "add"), lambda v: f(v) + g(v))
            else:
                self.push(p.combine([x, y], "mul"), lambda v: f(v) * g(v))
        elif kind == "cat":
            y, g = self.made[size % len(self.made)]
            self.push(p.concatenate([x, y], 1), lambda v: np.concatenate([f(v), g(v)], 1))
        elif kind == "split" and n > 1:
            k = 1 + size % (n - 1)
            a, b = p.split(x, 1, [k, n - k])
            self.push(a, lambda v: f(v)[:, :k])
            self.push(b, lambda v: f(v)[:, k:])
        elif kind == "take":
            index = np.arange(size) * 2 % n
            self.push(p.take(x, 1, index), lambda v: f(v)[:, index])
        elif kind == "grouped" and n % 2 == 0:
            name, w = self.weight(2, size, n // 2)
            y = p.contract(p.reshape(x, (4, 2, 1, n // 2)), w, [-1])
            self.push(
                p.reshape(y, (4, 2 * size)),
                lambda v: np.einsum("bgi,goi->bgo", f(v).reshape(4, 2, -1), v[name]).reshape(
                    4, -1
                ),
            )
        elif kind == "scores" and partners:
            y, g = self.made[partners[0]]
            a, b = p.reshape(x, (4, 1, n)), p.reshape(y, (1, 4, n))
            self.push(p.contract(a, b, [-1]), lambda v: f(v) @ g(v).T)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.integers(0, 2**32 - 1))
def test_no_element_changes_the_function(steps, seed):
    built = Built()
    for step in steps:
        if sum(built.p.shapes[k][1] for k, _ in built.made) < 200:
            built.step(*step)
    last, function = built.made[-1]
    name, w = built.weight(2, built.width(-1))
    built.p.outputs.append(layers.linear(built.p, last, w))
    symmetry = Symmetry.of_program(built.p)
    rng = np.random.default_rng(seed)
    # trained weights are small where many layers follow each other: keep away from overflow
    weights = {k: rng.standard_normal(shape) / 2 for k, shape in built.shapes.items()}
    before = function(weights) @ weights[name].T
    for _ in range(2):
        moved = symmetry.random(rng).apply(weights)
        after = function(moved) @ moved[name].T
        assert np.abs(after - before).max() <= 1e-9 * np.abs(before).max() + 1e-300
