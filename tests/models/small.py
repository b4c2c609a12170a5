"""Small models, each written twice: as a `Program`, and as a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import expit

from critcount.models import layers
from critcount.models.program import Program

Case = tuple[Program, Callable[..., np.ndarray], list[tuple[int, ...]]]
RNG = np.random.default_rng(7)


class Model:
    """A program whose parameters are p0, p1, ..., the arguments of the function."""

    def __init__(self) -> None:
        self.p = Program()
        self.shapes: list[tuple[int, ...]] = []

    def new(self, *shape: int) -> int:
        self.shapes.append(shape)
        return self.p.parameter(f"p{len(self.shapes) - 1}", shape)

    def done(self, y: int, function: Callable[..., np.ndarray]) -> Case:
        self.p.outputs.append(y)
        return self.p, function, self.shapes


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def norm(x: np.ndarray, axis: int | tuple[int, ...] = -1) -> np.ndarray:
    return (x - x.mean(axis, keepdims=True)) / (x.std(axis, keepdims=True) + 1e-3)


def mlp(widths: Sequence[int], bias: bool = True) -> Case:
    m = Model()
    x = m.p.input((2, widths[0]))
    data = RNG.standard_normal((2, widths[0]))
    for k in range(len(widths) - 1):
        w = m.new(widths[k + 1], widths[k])
        x = layers.linear(m.p, x, w, m.new(widths[k + 1]) if bias else None)
        if k < len(widths) - 2:
            x = m.p.combine([x], "tanh")

    def run(*ws: np.ndarray) -> np.ndarray:
        y, step = data, 2 if bias else 1
        for k in range(0, len(ws), step):
            y = y @ ws[k].T + (ws[k + 1] if bias else 0)
            if k < len(ws) - step:
                y = np.tanh(y)
        return y

    return m.done(x, run)


def residual(n: int, f: int, kind: str) -> Case:
    """Embed n, one block n -> f -> n, read out 1; the norm before the block."""
    m = Model()
    data = RNG.standard_normal((3, 2))
    a, w1, w2, r = m.new(n, 2), m.new(f, n), m.new(n, f), m.new(1, n)
    h = layers.linear(m.p, m.p.input((3, 2)), a)
    y = h
    if kind == "layer":
        y = layers.layer_norm(m.p, h, 1, None, None)
    elif kind == "group":
        y = layers.group_norm(m.p, h, 2, None, None)
    y = layers.linear(m.p, m.p.combine([layers.linear(m.p, y, w1)], "sigmoid"), w2)
    y = layers.linear(m.p, m.p.combine([h, y], "add"), r)

    def run(a: np.ndarray, w1: np.ndarray, w2: np.ndarray, r: np.ndarray) -> np.ndarray:
        h = data @ a.T
        z = h
        if kind == "layer":
            z = norm(h)
        elif kind == "group":
            z = norm(h.reshape(3, 2, n // 2)).reshape(3, n)
        return (h + expit(z @ w1.T) @ w2.T) @ r.T

    return m.done(y, run)


def gated(f: int) -> Case:
    m = Model()
    data = RNG.standard_normal((3, 2))
    w, v, o = m.new(f, 2), m.new(f, 2), m.new(1, f)
    x = m.p.input((3, 2))
    g = m.p.combine([layers.linear(m.p, x, w)], "silu")
    y = layers.linear(m.p, m.p.combine([g, layers.linear(m.p, x, v)], "mul"), o)
    return m.done(y, lambda w, v, o: (data @ w.T * expit(data @ w.T) * (data @ v.T)) @ o.T)


def fused_gate(f: int) -> Case:
    """Gate and value in one matrix of 2 f rows."""
    m = Model()
    data = RNG.standard_normal((3, 2))
    w, o = m.new(2 * f, 2), m.new(1, f)
    a, b = m.p.split(layers.linear(m.p, m.p.input((3, 2)), w), -1, [f, f])
    y = layers.linear(m.p, m.p.combine([m.p.combine([a], "silu"), b], "mul"), o)

    def run(w: np.ndarray, o: np.ndarray) -> np.ndarray:
        z = data @ w.T
        return (z[:, :f] * expit(z[:, :f]) * z[:, f:]) @ o.T

    return m.done(y, run)


def attention(h: int, d: int, kv: int | None = None, rotary: str = "") -> Case:
    """Heads h of dimension d over 3 tokens of 2 inputs; kv heads of keys and values."""
    kv = kv or h
    m = Model()
    data = RNG.standard_normal((1, 3, 2))
    wq, wk, wv, wo = m.new(h * d, 2), m.new(kv * d, 2), m.new(kv * d, 2), m.new(1, h * d)
    x = m.p.input((1, 3, 2))

    def heads(w: int, k: int) -> int:
        y = m.p.reshape(layers.linear(m.p, x, w), (1, 3, k, d))
        return m.p.permute(y, [0, 2, 1, 3])

    q, k, v = heads(wq, h), heads(wk, kv), heads(wv, kv)
    angle = np.arange(3)[:, None] * np.tile(
        np.ones(d // 2) if rotary == "equal" else 0.5 ** np.arange(d // 2), 2
    )
    cos, sin = np.cos(angle), np.sin(angle)

    def turn(y: int) -> int:
        a, b = m.p.split(y, -1, [d // 2, d // 2])
        z = m.p.concatenate([m.p.combine([b], "neg"), a], -1)
        c, s = m.p.constant(cos), m.p.constant(sin)
        return m.p.combine([m.p.combine([y, c], "mul"), m.p.combine([z, s], "mul")], "add")

    if rotary:
        q, k = turn(q), turn(k)
    k, v = (layers.repeat(m.p, t, 1, h // kv) for t in (k, v))
    y = m.p.permute(layers.attention(m.p, q, k, v), [0, 2, 1, 3])
    y = layers.linear(m.p, m.p.reshape(y, (1, 3, h * d)), wo)

    def run(*ws: np.ndarray) -> np.ndarray:
        def part(w: np.ndarray, k: int) -> np.ndarray:
            return (data @ w.T).reshape(1, 3, k, d).transpose(0, 2, 1, 3)

        def turned(y: np.ndarray) -> np.ndarray:
            z = np.concatenate([-y[..., d // 2 :], y[..., : d // 2]], -1)
            return y * cos + z * sin if rotary else y

        q, k, v = turned(part(ws[0], h)), turned(part(ws[1], kv)), part(ws[2], kv)
        k, v = np.repeat(k, h // kv, 1), np.repeat(v, h // kv, 1)
        y = softmax(q @ k.transpose(0, 1, 3, 2)) @ v
        return y.transpose(0, 2, 1, 3).reshape(1, 3, h * d) @ ws[3].T

    return m.done(y, run)


def experts(e: int, f: int) -> Case:
    """Dense mixture: softmax gate over e experts of f units."""
    m = Model()
    data = RNG.standard_normal((3, 2))
    gate, w, v = m.new(e, 2), m.new(e, f, 2), m.new(e, f)
    x = m.p.input((3, 2))
    g = m.p.normalise(layers.linear(m.p, x, gate), [-1], "softmax")
    z = m.p.contract(m.p.reshape(x, (3, 1, 1, 2)), w, [-1])
    z = m.p.contract(m.p.combine([z], "tanh"), v, [-1])
    y = m.p.contract(g, z, [-1])

    def run(gate: np.ndarray, w: np.ndarray, v: np.ndarray) -> np.ndarray:
        z = np.tanh(np.einsum("bi,efi->bef", data, w))
        return np.einsum("be,bef,ef->b", softmax(data @ gate.T), z, v)

    return m.done(y, run)


def convolution(c: int, f: int, groups: int = 1, flat: bool = False) -> Case:
    """1-d: c channels, then f in groups, then a read-out of means or of everything."""
    m = Model()
    data = RNG.standard_normal((1, 2, 4))
    w1, w2 = m.new(c, 2, 1), m.new(f, c // groups, 2)
    r = m.new(1, f * 3) if flat else m.new(1, f)
    x = layers.conv(m.p, m.p.input((1, 2, 4)), w1, None, 1, (1, c, 4))
    y = layers.conv(m.p, m.p.combine([x], "sigmoid"), w2, None, groups, (1, f, 3))
    y = m.p.combine([y], "tanh")
    y = m.p.reshape(y, (1, f * 3)) if flat else m.p.reduce(y, [-1], "linear")
    y = layers.linear(m.p, y, r)

    def run(w1: np.ndarray, w2: np.ndarray, r: np.ndarray) -> np.ndarray:
        z = expit(np.einsum("bit,oi->bot", data, w1[:, :, 0]))
        z = z.reshape(1, groups, c // groups, 4)
        k = w2.reshape(groups, f // groups, c // groups, 2)
        y = sum(np.einsum("bgit,goi->bgot", z[..., s : s + 3], k[..., s]) for s in (0, 1))
        y = np.tanh(y.reshape(1, f, 3))
        return (y.reshape(1, -1) if flat else y.sum(-1)) @ r.T

    return m.done(y, run)


def shuffle(c: int) -> Case:
    """Channels in two halves, one passed on, one through a layer; interleaved, twice."""
    m = Model()
    data = RNG.standard_normal((2, 2))
    a, w, v, r = m.new(c, 2), m.new(c // 2, c // 2), m.new(c // 2, c // 2), m.new(1, c)
    x = layers.linear(m.p, m.p.input((2, 2)), a)
    half = c // 2
    for k in (w, v):
        u, z = m.p.split(x, -1, [half, half])
        z = m.p.combine([layers.linear(m.p, z, k)], "tanh")
        x = m.p.reshape(m.p.concatenate([u, z], -1), (2, 2, half))
        x = m.p.reshape(m.p.permute(x, [0, 2, 1]), (2, c))
    y = layers.linear(m.p, x, r)

    def run(a: np.ndarray, w: np.ndarray, v: np.ndarray, r: np.ndarray) -> np.ndarray:
        x = data @ a.T
        for k in (w, v):
            x = np.concatenate([x[:, :half], np.tanh(x[:, half:] @ k.T)], -1)
            x = x.reshape(2, 2, half).transpose(0, 2, 1).reshape(2, c)
        return x @ r.T

    return m.done(y, run)


def recurrent(kind: str, n: int) -> Case:
    m = Model()
    data = RNG.standard_normal((3, 1, 2))
    gates = {"rnn": 1, "gru": 3}[kind]
    w, u, r = m.new(gates * n, 2), m.new(gates * n, n), m.new(1, n)
    zero = m.p.expand(m.p.constant(np.zeros(())), (1, n))
    x = m.p.input((3, 1, 2))
    y, _ = layers.recurrent(m.p, kind, x, [zero], [w, u, None, None])
    y = layers.linear(m.p, y, r)

    def run(w: np.ndarray, u: np.ndarray, r: np.ndarray) -> np.ndarray:
        h, out = np.zeros((1, n)), []
        for x in data:
            a, b = x @ w.T, h @ u.T
            if kind == "rnn":
                h = np.tanh(a + b)
            else:
                s, z = expit(a + b)[:, :n], expit(a + b)[:, n : 2 * n]
                new = np.tanh(a[:, 2 * n :] + s * b[:, 2 * n :])
                h = (1 - z) * new + z * h
            out.append(h @ r.T)
        return np.stack(out)

    return m.done(y, run)


def lstm_of_gates(n: int) -> Case:
    """An LSTM whose gates have matrices of their own, put side by side."""
    m = Model()
    data = RNG.standard_normal((3, 1, 2))
    ws, us = [m.new(n, 2) for _ in range(4)], [m.new(n, n) for _ in range(4)]
    r = m.new(1, n)
    zero = m.p.expand(m.p.constant(np.zeros(())), (1, n))
    w, u = m.p.concatenate(ws, 0), m.p.concatenate(us, 0)
    x = m.p.input((3, 1, 2))
    y, _ = layers.recurrent(m.p, "lstm", x, [zero, zero], [w, u, None, None])

    def run(*ps: np.ndarray) -> np.ndarray:
        h, c, out = np.zeros((1, n)), np.zeros((1, n)), []
        for x in data:
            i, f, g, o = (x @ ps[k].T + h @ ps[k + 4].T for k in range(4))
            c = expit(f) * c + expit(i) * np.tanh(g)
            h = expit(o) * np.tanh(c)
            out.append(h @ ps[8].T)
        return np.stack(out)

    return m.done(layers.linear(m.p, y, r), run)


def tied(v: int, n: int) -> Case:
    """Embedding used again to read out; f units between."""
    m = Model()
    ids = np.array([[0, 1, 1]])
    e, w = m.new(v, n), m.new(n, n)
    x = m.p.emit("look_up", [e, m.p.input((1, 3))], (1, 3, n), axis=0)
    y = layers.linear(m.p, m.p.combine([layers.linear(m.p, x, w)], "tanh"), e)
    return m.done(y, lambda e, w: np.tanh(e[ids] @ w.T) @ e.T)


def weight_norm(n: int) -> Case:
    m = Model()
    data = RNG.standard_normal((2, 3))
    v, g, r = m.new(n, 3), m.new(n, 1), m.new(1, n)
    w = m.p.combine([m.p.normalise(v, [-1]), g], "mul")
    y = m.p.combine([layers.linear(m.p, m.p.input((2, 3)), w)], "tanh")
    y = layers.linear(m.p, y, r)
    return m.done(
        y,
        lambda v, g, r: np.tanh(data @ (v / np.linalg.norm(v, axis=1, keepdims=True) * g).T) @ r.T,
    )


def shared_activation(n: int, k: int) -> Case:
    """n neurons whose activation is a small network of k units, shared by all of them."""
    m = Model()
    data = RNG.standard_normal((3, 2))
    w, a, b, c, r = m.new(n, 2), m.new(k), m.new(k), m.new(k), m.new(1, n)
    x = layers.linear(m.p, m.p.input((3, 2)), w)
    z = m.p.combine([m.p.reshape(x, (3, n, 1)), a], "mul")
    z = m.p.combine([m.p.combine([z, b], "add")], "tanh")
    y = layers.linear(m.p, m.p.contract(z, c, [-1]), r)
    return m.done(
        y,
        lambda w, a, b, c, r: (np.tanh((data @ w.T)[..., None] * a + b) @ c) @ r.T,
    )


def local(patches: int, f: int) -> Case:
    """Localised receptive fields: f units for each patch, weights of their own."""
    m = Model()
    data = RNG.standard_normal((2, patches, 2))
    parts = [m.new(f, 2) for _ in range(patches)]
    r = m.new(patches, f)
    x = m.p.input((2, patches, 2))
    ys = [
        m.p.combine([layers.linear(m.p, m.p.select(x, 1, k), w)], "tanh")
        for k, w in enumerate(parts)
    ]
    y = m.p.concatenate([m.p.reshape(z, (2, 1, f)) for z in ys], 1)
    y = m.p.reduce(m.p.contract(y, r, [-1]), [-1], "linear")

    def run(*ws: np.ndarray) -> np.ndarray:
        *parts, r = ws
        zs = [np.tanh(data[:, k] @ w.T) @ r[k] for k, w in enumerate(parts)]
        return sum(zs)

    return m.done(y, run)


def sum_of_sums(groups: int, f: int, keepdims: bool) -> Case:
    """Units summed in groups of f, then the sums, beside a linear layer over the units."""
    m = Model()
    data = RNG.standard_normal((3, 2))
    w, r = m.new(groups * f, 2), m.new(1, groups * f)
    x = m.p.combine([layers.linear(m.p, m.p.input((3, 2)), w)], "tanh")
    y = m.p.reduce(m.p.reshape(x, (3, groups, f)), [2], "sum", keepdims)
    y = m.p.reduce(y, [1], "sum", keepdims)
    y = m.p.combine([m.p.reshape(y, (3, 1)), layers.linear(m.p, x, r)], "mul")
    return m.done(
        y, lambda w, r: np.tanh(data @ w.T).sum(-1, keepdims=True) * (np.tanh(data @ w.T) @ r.T)
    )


CASES: dict[str, Callable[[], Case]] = {
    "one linear layer": lambda: mlp([2, 2]),
    "mlp": lambda: mlp([2, 4, 1]),
    "mlp without biases": lambda: mlp([2, 4, 2], bias=False),
    "mlp of two hidden layers": lambda: mlp([2, 3, 3, 1]),
    "mlp of three hidden layers": lambda: mlp([1, 3, 2, 3, 1]),
    "mlp of one unit": lambda: mlp([2, 1, 2]),
    "residual": lambda: residual(3, 3, ""),
    "residual with layer norm": lambda: residual(3, 2, "layer"),
    "residual with group norm": lambda: residual(4, 2, "group"),
    "gated": lambda: gated(4),
    "gated in one matrix": lambda: fused_gate(2),
    "gated in one matrix, wider": lambda: fused_gate(3),
    "one head": lambda: attention(1, 3),
    "two heads of one dimension": lambda: attention(2, 1),
    "two heads": lambda: attention(2, 2),
    "three heads of one dimension": lambda: attention(3, 1),
    "multi-query": lambda: attention(2, 2, kv=1),
    "grouped queries": lambda: attention(4, 1, kv=2),
    "rotary": lambda: attention(1, 4, rotary="distinct"),
    "rotary of equal frequencies": lambda: attention(1, 4, rotary="equal"),
    "rotary, two heads": lambda: attention(2, 2, rotary="distinct"),
    "two experts of one unit": lambda: experts(2, 1),
    "three experts of one unit": lambda: experts(3, 1),
    "convolution": lambda: convolution(3, 3),
    "convolution, flattened": lambda: convolution(2, 2, flat=True),
    "depthwise": lambda: convolution(3, 3, groups=3),
    "depthwise, flattened": lambda: convolution(2, 2, groups=2, flat=True),
    "depthwise with multiplier": lambda: convolution(2, 4, groups=2),
    "shuffle of four": lambda: shuffle(4),
    "mlp of narrow layers": lambda: mlp([3, 2, 2, 2]),
    "rnn": lambda: recurrent("rnn", 3),
    "gru": lambda: recurrent("gru", 2),
    "lstm": lambda: lstm_of_gates(2),
    "tied embedding": lambda: tied(3, 3),
    "tied embedding, wider": lambda: tied(2, 4),
    "weight norm": lambda: weight_norm(4),
    "shared trainable activation": lambda: shared_activation(3, 3),
    "shared trainable activation, wider": lambda: shared_activation(2, 4),
    "sum of sums": lambda: sum_of_sums(2, 2, True),
    "sum of sums, axes dropped": lambda: sum_of_sums(2, 2, False),
    "localised receptive fields": lambda: local(2, 3),
    "three receptive fields": lambda: local(3, 2),
}
