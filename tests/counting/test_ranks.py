"""Dimensions of types by the rank of the map from parameters to functions.

The neurons of a type are tied as it says, everything else is free; the derivative of the network's
values at many inputs by what is free is taken at a zero-loss network that a solver finds. Its rank
is what the type's equations take away. The same rank comes out in float64 and in 40 digits.
"""

import itertools

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy.optimize import least_squares

from critcount.counting.setting import Setting, TypeShape

INPUTS = np.random.default_rng(2).uniform(-4, 4, (40, 2))

#: The activations in arbitrary precision, from their definitions.
PRECISE = {
    "cos": mpmath.cos,
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "erf": mpmath.erf,
    "exp": mpmath.exp,
    "gaussian": lambda z: mpmath.exp(-z * z),
    "gelu": lambda z: z * mpmath.ncdf(z),
    "leaky_relu": lambda z: z if z > 0 else mpf("0.01") * z,
    "mish": lambda z: z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))),
    "relu": lambda z: max(z, mpf(0)),
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "sin": mpmath.sin,
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "tanh": mpmath.tanh,
}

#: Two of those that a setting has are tried.
SHAPES = [
    TypeShape(*shape)
    for shape in (
        (1, 0, 0, 1, 0),
        (2, 0, 0, 1, 2),
        (0, 1, 0, 1, 0),
        (1, 1, 0, 0, 0),
        (0, 0, 1, 0, 2),
        (0, 0, 1, 0, 0),
    )
]


class Tied:
    """A student of one output whose neurons are tied as its type says; r = 2, one copy more."""

    def __init__(self, setting, shape, rng):
        self.setting, self.trig = setting, setting.form == "trigonometric"
        d = setting.d_in + setting.hidden_biases
        angle = rng.uniform(0, 6) + np.array([0, 1.2])
        self.theta = np.column_stack([np.cos(angle), np.sin(angle), rng.uniform(-1, 1, 2)])[:, :d]
        self.a = rng.choice([-1, 1], 2) * [0.8, 1.3]
        flipped, mixed, zero, pairs, idle = shape
        self.neurons = [(0, -1 if flipped else 1)]  # (block, sign), the copy more
        for t in range(2):
            both = flipped <= t < flipped + mixed
            self.neurons += [(t, s) for s in ((1, -1) if both else (-1 if t < flipped else 1,))]
        for j in range(zero + pairs):
            self.neurons += [(2 + j, 1)] + [(2 + j, -1)] * (j >= zero)
        self.neurons += [(-1, 1)] * idle
        m, free = len(self.neurons), zero + pairs
        extra = m if setting.scales or self.trig else 0
        parts = (m, free * d, idle * setting.hidden_biases, extra, setting.output_bias * 1)
        self.ends = np.cumsum([*parts, setting.d_in * setting.skip])
        self.size, self.d, self.m, self.free = int(self.ends[-1]), d, m, free

    def values(self, y, sigma, inputs, one):
        """Return the outputs; y may hold numbers of any kind."""
        a, v, b, extra, c, skip = (
            y[i:j] for i, j in zip([0, *self.ends], self.ends, strict=False)
        )
        hidden, idle = self.setting.hidden_biases, 0
        total = [c[0] if len(c) else 0 * one for _ in inputs]
        for i, (block, sign) in enumerate(self.neurons):
            if block < 0:
                vector = [0 * one] * self.setting.d_in + ([b[idle]] if hidden else [])
                idle += 1
            elif block < 2:
                vector = [sign * one * w for w in self.theta[block]]
            else:
                vector = [sign * w for w in v[(block - 2) * self.d : (block - 1) * self.d]]
            if block >= 0 and self.setting.scales:
                vector = [extra[i] * w for w in vector]
            if block >= 0 and self.trig:
                vector[-1] = sign * extra[i]
            for n, x in enumerate(inputs):
                z = sum((w * one * u for w, u in zip(vector, x, strict=False)), 0 * one)
                total[n] += a[i] * sigma(z + vector[-1] if hidden else z)
        for n, x in enumerate(inputs):
            total[n] += sum((w * one * u for w, u in zip(skip, x, strict=False)), 0 * one)
        return total

    def solution(self, rng):
        """Return free numbers of zero loss at which no part of the type vanishes."""
        sigma = self.setting.activation
        bar = np.column_stack([INPUTS, np.ones(len(INPUTS))])[:, : self.d]
        target = sigma(bar @ self.theta.T) @ self.a
        columns = [np.array(x) for x in INPUTS.T]

        def residual(y):
            return np.array(self.values(y, sigma, [columns], 1.0)[0]) - target

        for _ in range(60):
            start = rng.standard_normal(self.size)
            if self.setting.scales:
                scales = slice(self.ends[2], self.ends[3])
                start[scales] = rng.uniform(0.5, 2, self.m)
            y = least_squares(residual, start, xtol=1e-15, ftol=1e-15, gtol=1e-15).x
            if np.abs(residual(y)).max() < 1e-9 and self.is_generic(y):
                return y
        return None

    def is_generic(self, y):
        """Tell whether no weight or class vanishes and no two classes are one."""
        blocks = [b for b, _ in self.neurons]
        weights = np.array(
            [abs(y[i]) for i, b in enumerate(blocks) if blocks.count(b) > 1 or b < 2]
        )
        lone = [abs(y[i]) for i, b in enumerate(blocks) if b >= 2 and blocks.count(b) == 1]
        if weights.min() < 0.05 or weights.max() > 30 or max(lone, default=0) > 1e-8:
            return False
        idle = y[self.ends[1] : self.ends[2]]
        if len(idle) and np.abs(idle).max() > 4:
            return False
        if self.setting.scales and y[self.ends[2] : self.ends[3]].min() < 0.05:
            return False
        free = y[self.ends[0] : self.ends[1]].reshape(self.free, self.d)
        d = self.setting.d_in
        vectors = [*self.theta, *free] if not self.trig else [*self.theta[:, :d], *free[:, :d]]
        for v, w in itertools.combinations(vectors, 2):
            apart = min(np.linalg.norm(v - w), np.linalg.norm(v + w))
            if self.setting.scales:  # directions
                apart = np.sqrt(max(0, 1 - (v @ w) ** 2 / (v @ v) / (w @ w)))
            if apart < 0.1:
                return False
        if self.setting.scales:  # every kink among the inputs
            bar = np.column_stack([INPUTS, np.ones(len(INPUTS))])[:, : self.d]
            on = (bar @ np.array(vectors).T > 0).sum(axis=0)
            return bool(((on > 7) & (on < len(INPUTS) - 7)).all())
        return all(0.1 < np.linalg.norm(v[:d]) < 5 for v in vectors)

    def dimension(self, rank):
        # a scale of a free vector is counted with it and with each of its neurons
        idle = sum(b < 0 for b, _ in self.neurons)
        unused = 0
        if self.setting.scales or self.trig:
            unused = idle + self.free  # idle neurons have no scale; a phase is no part of v
        return self.size - unused - rank


def jacobian(tied, y, sigma, one, step, inputs):
    columns = []
    for k in range(tied.size):
        up, down = list(y), list(y)
        up[k] += step
        down[k] -= step
        pairs = zip(
            tied.values(up, sigma, inputs, one), tied.values(down, sigma, inputs, one), strict=True
        )
        columns.append([(p - q) / (2 * step) for p, q in pairs])
    return columns


CASES = [
    ("mish", "hidden"),
    ("exp", "none"),
    ("elu", "all"),
    ("tanh", "all"),
    ("erf", "hidden"),
    ("gaussian", "hidden"),
    ("sigmoid", "all"),
    ("sigmoid", "none"),
    ("sigmoid", "hidden"),
    ("softplus", "none"),
    ("gelu", "hidden"),
    ("silu", "all"),
    ("relu", "all"),
    ("leaky_relu", "none"),
    ("sin", "all"),
    ("cos", "hidden"),
    ("gelu", "skip"),
]


def expected(tied, setting, shape):
    m = tied.m
    lone = shape.zero if setting.form == "trigonometric" else 0
    return setting.dimension(2, m, shape, lone)


@pytest.mark.parametrize(("name", "biases"), CASES)
def test_dimensions_by_ranks_of_the_map(name, biases):
    skip = biases == "skip"
    setting = Setting(name, 2, 1, "all" if skip else biases, skip)
    found = 0
    for place, shape in enumerate(SHAPES):
        if not setting.has(shape) or found == 2:
            continue
        rng = np.random.default_rng([7, place])
        tied = Tied(setting, shape, rng)
        y = tied.solution(rng)
        if y is None:  # no start led to one
            continue
        columns = [np.array(x) for x in INPUTS.T]
        rows = jacobian(tied, y, setting.activation, 1.0, 1e-6, [columns])
        values = np.linalg.svd(np.array([row[0] for row in rows]), compute_uv=False)
        rank = int((values > 1e-6 * values[0]).sum())
        assert tied.dimension(rank) == expected(tied, setting, shape), shape
        found += 1
        if found == 1:  # the same with 40 digits, where the gap is wide
            with mpmath.workdps(40):
                exact = [mpf(v) for v in y]
                points = [[mpf(u) for u in x] for x in INPUTS[: 2 * tied.size]]
                step = mpf(10) ** -18
                rows = jacobian(tied, exact, PRECISE[name], mpf(1), step, points)
                values = mpmath.svd_r(mpmath.matrix(rows), compute_uv=False)
                assert sum(v > values[0] * mpf(10) ** -13 for v in values) == rank, shape
    assert found
