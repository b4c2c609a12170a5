"""Layers that readers share, written in the operations of a `Program`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from critcount.models.program import Program
from critcount.models.space import BILINEAR, NORM, SOFTMAX

__all__ = [
    "MisfitError",
    "attention",
    "channel",
    "conv",
    "group_norm",
    "layer_norm",
    "linear",
    "matmul",
    "pool",
    "recurrent",
    "repeat",
    "tile",
]


class MisfitError(ValueError):
    """The shapes of two tensors do not fit."""


def linear(p: Program, x: int, w: int, b: int | None = None) -> int:
    """x (..., in), w (out, in), b (out)."""
    if p.shapes[x][-1:] != p.shapes[w][1:]:
        raise MisfitError(f"{p.shapes[x]} ends with another length than {p.shapes[w]}")
    y = p.emit("linear", [x, w], (*p.shapes[x][:-1], p.shapes[w][0]))
    return y if b is None else p.combine([y, b], "add")


def matmul(p: Program, a: int, b: int) -> int:
    """The product of two (stacks of) matrices or vectors, as numpy's."""
    left, right = p.shapes[a], p.shapes[b]
    if b in p.parameters.values() and len(right) == 2 and len(left) > 1:
        return linear(p, a, p.permute(b, [1, 0]))
    if len(left) == 1:
        a = p.reshape(a, (1, *left))
    if len(right) == 1:
        b = p.reshape(b, (*right, 1))
    wide = p.reshape(a, (*p.shapes[a], 1))
    other = p.shapes[b]
    tall = p.reshape(b, (*other[:-2], 1, *other[-2:]))
    y = p.contract(wide, tall, [-2])
    shape = list(p.shapes[y])
    if len(right) == 1:
        shape.pop(-1)
    if len(left) == 1:
        shape.pop(-1 if len(right) == 1 else -2)
    return p.reshape(y, shape)


def conv(
    p: Program,
    x: int,
    w: int,
    b: int | None,
    groups: int,
    shape: Sequence[int],
    transposed: bool = False,
) -> int:
    """x (B, C, ...) to `shape`; w (O, C/groups, ...) or transposed (C, O/groups, ...)."""
    y = p.emit(
        "conv",
        [x, w],
        shape,
        groups=groups,
        transposed=transposed,
        spatial=tuple(shape[2:]),
    )
    return channel(p, [y], [b], "add")


def channel(p: Program, xs: Sequence[int], vectors: Sequence[int | None], fn: str) -> int:
    """Combine tensors (B, C, ...) with vectors (C)."""
    rank = len(p.shapes[xs[0]])
    wide = [
        p.reshape(v, (-1 if False else math.prod(p.shapes[v]),) + (1,) * (rank - 2))
        for v in vectors
        if v is not None
    ]
    return p.combine([*xs, *wide], fn) if wide else xs[0]


def layer_norm(p: Program, x: int, rank: int, w: int | None, b: int | None) -> int:
    """Norm over the last `rank` axes."""
    y = p.normalise(x, list(range(-rank, 0)))
    extra = [v for v in (w, b) if v is not None]
    return p.combine([y, *extra], "affine") if extra else y


def group_norm(p: Program, x: int, groups: int, w: int | None, b: int | None) -> int:
    """Norm over the channels of each group and all further axes."""
    shape = p.shapes[x]
    y = p.reshape(x, (shape[0], groups, shape[1] // groups, *shape[2:]))
    y = p.normalise(y, list(range(2, len(shape) + 1)))
    return channel(p, [p.reshape(y, shape)], [w, b], "affine")


def attention(p: Program, q: int, k: int, v: int, mask: int | None = None) -> int:
    """q (..., T, d), k (..., S, d), v (..., S, e); leading axes broadcast."""
    sq, sk = p.shapes[q], p.shapes[k]
    scores = p.contract(
        p.reshape(q, (*sq[:-1], 1, sq[-1])),
        p.reshape(k, (*sk[:-2], 1, *sk[-2:])),
        [-1],
        BILINEAR,
    )
    if mask is not None:
        scores = p.combine([scores, mask], "mask")
    weights = p.normalise(scores, [-1], SOFTMAX)
    sv = p.shapes[v]
    return p.contract(
        p.reshape(weights, (*p.shapes[weights], 1)),
        p.reshape(v, (*sv[:-2], 1, *sv[-2:])),
        [-2],
        BILINEAR,
    )


def repeat(p: Program, x: int, axis: int, times: int) -> int:
    """Each coordinate of an axis `times` times in a row."""
    shape = p.shapes[x]
    axis %= len(shape)
    y = p.reshape(x, (*shape[: axis + 1], 1, *shape[axis + 1 :]))
    y = p.expand(y, (*shape[: axis + 1], times, *shape[axis + 1 :]))
    return p.reshape(y, (*shape[:axis], shape[axis] * times, *shape[axis + 1 :]))


def tile(p: Program, x: int, times: Sequence[int]) -> int:
    """The whole tensor repeated along its axes."""
    shape = p.shapes[x]
    shape = (1,) * (len(times) - len(shape)) + shape
    y = p.reshape(x, [n for s in shape for n in (1, s)])
    y = p.expand(y, [n for t, s in zip(times, shape, strict=True) for n in (t, s)])
    return p.reshape(y, [t * s for t, s in zip(times, shape, strict=True)])


def recurrent(
    p: Program,
    kind: str,
    x: int,
    states: Sequence[int],
    weights: Sequence[int | None],
) -> tuple[int, list[int]]:
    """One layer and direction over x (T, B, in); states (B, H) each; weights w, r, bw, br.

    Two steps decide everything: after the second the state is named as after the first.
    Gates lie in consecutive blocks of H rows: 4 of an LSTM, 3 of a GRU, 1 of a plain RNN. Returns
    the outputs (T, B, H) and the last states.
    """
    w, r, bw, br = weights
    if w is None or r is None:
        raise ValueError("a recurrent layer needs two matrices of weights")
    count = {"lstm": 4, "gru": 3, "rnn": 1}[kind]
    hidden = p.shapes[r][1]
    first = p.select(p.order(x, [0]), 0, 0)
    now = list(states)
    for _ in range(2):
        a = linear(p, first, w, bw)
        c = linear(p, now[0], r, br)
        if kind == "rnn":
            now = [p.combine([p.combine([a, c], "add")], "tanh")]
            continue
        gates_a = p.split(a, -1, [hidden] * count)
        gates_c = p.split(c, -1, [hidden] * count)
        if kind == "lstm":
            gates = [p.combine([g, h], "add") for g, h in zip(gates_a, gates_c, strict=True)]
            cell = p.combine([*gates[:3], now[1]], "gate")
            now = [p.combine([cell, gates[3]], "gate"), cell]
        else:
            now = [p.combine([*gates_a, *gates_c, now[0]], "gate")]
    shape = (*p.shapes[x][:2], hidden)
    ones = p.emit(
        "order",
        [p.expand(p.reshape(now[0], (1, *p.shapes[now[0]])), shape)],
        shape,
        axes=[0],
        lengths={0: shape[0]},
    )
    return ones, now


def pool(p: Program, x: int, shape: Sequence[int], rank: int) -> int:
    """Pooling, resizing, padding over the last `rank` axes."""
    axes = list(range(-rank, 0))
    if all(n == 1 for n in shape[-rank:]):
        return p.reduce(x, axes, NORM, keepdims=True)
    return p.order(x, axes, shape)
