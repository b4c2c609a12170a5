"""Which units can be duplicated: gradients at critical points of small models, kind by kind.

A narrow model is led to a critical point; then a unit is copied, its outgoing
weights split into a and 1 - a. Where the family is called duplicable the wide model has the same
function, and no derivative larger than the narrow one's; where not, both change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import least_squares

from critcount.models import Symmetry
from tests.models.small import CASES

jax = pytest.importorskip("jax")
jnp = jax.numpy
RNG = np.random.default_rng(11)
TOKENS = RNG.standard_normal((8, 3, 2))
ROWS = RNG.standard_normal((24, 2))


@dataclass(frozen=True)
class Kind:
    """A model, its shapes, the axes of one family: True where the weights leave the unit."""

    function: Callable[[Mapping[str, np.ndarray]], np.ndarray]
    shapes: Mapping[str, tuple[int, ...]]
    axes: Mapping[str, tuple[int, bool]]
    same: tuple[str, int]
    trained: bool = True


def norm(x):
    return (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, keepdims=True) + 0.1)


def mlp(p):
    return jnp.tanh(ROWS @ p["w"].T + p["b"]) @ p["v"].T


def gated(p):
    return (jax.nn.silu(ROWS @ p["w"].T) * (ROWS @ p["u"].T)) @ p["v"].T


def residual(p, inner=lambda h: h):
    h = ROWS @ p["a"].T
    return (h + jnp.tanh(inner(h) @ p["w"].T) @ p["v"].T) @ p["r"].T


def attention(p):
    """Parameters (heads, dimension, inputs): p["q"], p["k"], p["o"] one value dimension a head."""
    q, k, v = (jnp.einsum("bti,hdi->bhtd", TOKENS, p[n]) for n in ("q", "k", "v"))
    z = jax.nn.softmax(jnp.einsum("bhtd,bhsd->bhts", q, k), -1) @ v
    return jnp.einsum("bhtd,hd->bt", z, p["o"])


def grouped(p):
    """Two groups of channels over the halves of four inputs; p["w"] (groups, channels, inputs)."""
    x = jnp.concatenate([ROWS, ROWS**2], 1).reshape(-1, 2, 2)
    return jnp.einsum("ngc,gc->n", jnp.tanh(jnp.einsum("ngi,gci->ngc", x, p["w"])), p["v"])


def mixture(p):
    """Experts of one unit behind a softmax gate; p["g"] (experts, inputs)."""
    gate = jax.nn.softmax(ROWS @ p["g"].T, -1)
    return (gate * jnp.tanh(ROWS @ p["w"].T)) @ p["v"].T


def recurrent(p):
    h = jnp.zeros((8, p["u"].shape[0]))
    for t in range(3):
        h = jnp.tanh(TOKENS[:, t] @ p["w"].T + h @ p["u"].T)
    return h @ p["v"].T


def inside_softmax(p):
    return jax.nn.softmax(ROWS @ p["w"].T + p["b"], -1) @ p["v"].T


HEADS = {"q": (2, 2, 2), "k": (2, 2, 2), "v": (2, 2, 2), "o": (2, 2)}
DUPLICABLE = {
    "hidden unit": Kind(
        mlp,
        {"w": (2, 2), "b": (2,), "v": (1, 2)},
        {"w": (0, False), "b": (0, False), "v": (1, True)},
        ("mlp", 4),
    ),
    "gated unit": Kind(
        gated,
        {"w": (2, 2), "u": (2, 2), "v": (1, 2)},
        {"w": (0, False), "u": (0, False), "v": (1, True)},
        ("gated", 4),
    ),
    "residual channel": Kind(
        residual,
        {"a": (2, 2), "w": (2, 2), "v": (2, 2), "r": (1, 2)},
        {"a": (0, False), "v": (0, False), "w": (1, True), "r": (1, True)},
        ("residual", 3),
        trained=False,  # minima of two linear maps are no points: derivatives compare anywhere
    ),
    "head": Kind(
        attention,
        HEADS,
        {"q": (0, False), "k": (0, False), "v": (0, False), "o": (0, True)},
        ("two heads of one dimension", 2),
    ),
    "value dimension": Kind(attention, HEADS, {"v": (1, False), "o": (1, True)}, ("one head", 3)),
    "query-key dimension": Kind(
        attention, HEADS, {"k": (1, False), "q": (1, True)}, ("one head", 3)
    ),
    "channel of a group": Kind(
        grouped,
        {"w": (2, 2, 2), "v": (2, 2)},
        {"w": (1, False), "v": (1, True)},
        ("depthwise with multiplier", 2),
    ),
    "recurrent unit": Kind(
        recurrent,
        {"w": (2, 2), "u": (2, 2), "v": (1, 2)},
        {"w": (0, False), "v": (1, True)},
        ("rnn", 3),
    ),
}
SLOW = {"head", "recurrent unit"}
NOT_DUPLICABLE = {
    "residual channel under a norm": Kind(
        lambda p: residual(p, norm),
        {"a": (3, 2), "w": (2, 3), "v": (3, 2), "r": (1, 3)},
        {"a": (0, False), "v": (0, False), "w": (1, True), "r": (1, True)},
        ("residual with layer norm", 3),
        trained=False,
    ),
    "expert, the router copied with it": Kind(
        mixture,
        {"g": (3, 2), "w": (3, 2), "v": (1, 3)},
        {"g": (0, False), "w": (0, False), "v": (1, True)},
        ("three experts of one unit", 3),
    ),
    "unit inside a softmax": Kind(
        inside_softmax,
        {"w": (3, 2), "b": (3,), "v": (1, 3)},
        {"w": (0, False), "b": (0, False), "v": (1, True)},
        ("three experts of one unit", 3),
    ),
}


def widened(p, axes, a):
    """The last unit copied, outgoing weights split; the recurrent matrix has both roles."""
    wide = {}
    for name, array in p.items():
        if name == "u" and name not in axes:
            array = np.concatenate([array, array[-1:]], 0)
            array = np.concatenate([array[:, :-1], a * array[:, -1:], (1 - a) * array[:, -1:]], 1)
        elif name in axes:
            axis, leaves = axes[name]
            last = np.take(array, [-1], axis)
            rest = np.take(array, range(array.shape[axis] - 1), axis)
            parts = [a * last, (1 - a) * last] if leaves else [last, last]
            array = np.concatenate([rest, *parts], axis)
        wide[name] = array
    return wide


def critical(kind):
    """A critical point of the square loss on noisy targets of a teacher, and its gradient."""
    point, gradient, slope = _trained(kind, 0)
    assert slope < 1e-4 or not kind.trained
    return point, gradient


def _trained(kind, seed):
    rng = np.random.default_rng(seed)
    names = list(kind.shapes)
    sizes = [int(np.prod(kind.shapes[n])) for n in names]
    start = rng.standard_normal(sum(sizes))

    def unflat(x):
        parts = jnp.split(x, np.cumsum(sizes)[:-1])
        return {n: v.reshape(kind.shapes[n]) for n, v in zip(names, parts, strict=True)}

    like = kind.function(unflat(jnp.array(start)))
    target = np.array(like) + 0.1 * rng.standard_normal(like.shape)  # a minimum is near

    def loss(p):
        return jnp.mean((kind.function(p) - target) ** 2)

    def errors(x):
        return (kind.function(unflat(x)) - target).ravel() / np.sqrt(target.size)

    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 200 if kind.trained else 1}
    x = least_squares(jax.jit(errors), start, jac=jax.jit(jax.jacobian(errors)), **tight).x
    gradient = jax.jit(jax.grad(loss))
    p = {n: np.array(v) for n, v in unflat(jnp.array(x)).items()}
    slope = max(float(np.abs(g).max()) for g in gradient(p).values())
    return p, gradient, slope


def after_copying(kind, a):
    """Change of the function, largest gradient of the narrow and of the wide model."""
    p, gradient = critical(kind)
    wide = widened(p, kind.axes, a)
    function = jax.jit(kind.function)
    change = float(np.abs(np.subtract(function(wide), function(p))).max())
    slopes = gradient(p), gradient(wide)
    largest = [max(float(np.abs(g).max()) for g in s.values()) for s in slopes]
    return change, *largest


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.exhaustive] if name in SLOW else [])
        for name in DUPLICABLE
    ],
)
def test_a_copy_keeps_function_and_critical_point(name):
    kind = DUPLICABLE[name]
    change, narrow, wide = after_copying(kind, 0.3)
    assert change < 1e-12
    assert wide <= narrow + 1e-12  # every derivative is one of the narrow model's, or a part of it
    flags = [
        f.duplicable
        for f in Symmetry.of_program(CASES[kind.same[0]]()[0]).families
        if f.size == kind.same[1]
    ]
    assert flags
    assert all(flags)


@pytest.mark.parametrize("name", NOT_DUPLICABLE)
def test_a_copy_changes_the_function(name):
    kind = NOT_DUPLICABLE[name]
    change, _, wide = after_copying(kind, 0.3)
    assert change > 1e-4
    assert wide > 1e-4
    flags = [
        f.duplicable
        for f in Symmetry.of_program(CASES[kind.same[0]]()[0]).families
        if f.size == kind.same[1]
    ]
    assert flags
    assert not any(flags)
