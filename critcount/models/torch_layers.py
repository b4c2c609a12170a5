"""Norms, products, convolutions, recurrent layers of ATen in the operations of a `Program`.

They join those of `torch_operations`: `HANDLERS` is the whole table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from critcount.models import layers
from critcount.models.einsum import einsum
from critcount.models.program import MOST_FOLDED
from critcount.models.space import BILINEAR, LINEAR, OTHER, SOFTMAX
from critcount.models.torch_call import Call
from critcount.models.torch_operations import HANDLERS, axes_named

__all__ = ["HANDLERS"]

handles = HANDLERS.handles


@handles("softmax log_softmax _softmax _log_softmax _safe_softmax")
def softmax(c: Call) -> int:
    """Softmax over an axis."""
    return c.p.normalise(c.tensor(c[0]), [c["dim"]], SOFTMAX)


@handles("glu")
def glu(c: Call) -> int:
    """The first half gated by the second."""
    x, axis = c.tensor(c[0]), c.get("dim", -1)
    half = c.shape_of(x)[axis] // 2
    return c.p.combine(c.p.split(x, axis, [half, half]), "gate")


@handles("layer_norm")
def layer_norm(c: Call) -> int:
    """Norm over the last axes."""
    x = c.tensor(c["input"])
    rank = len(c["normalized_shape"])
    return layers.layer_norm(c.p, x, rank, c.optional(c.get("weight")), c.optional(c.get("bias")))


@handles("native_layer_norm")
def native_layer_norm(c: Call) -> list[int]:
    """Norm over the last axes."""
    return [layer_norm(c)]


@handles("rms_norm")
def rms_norm(c: Call) -> int:
    """Norm over the last axes."""
    x = c.tensor(c["input"])
    return layers.layer_norm(c.p, x, len(c["normalized_shape"]), c.optional(c.get("weight")), None)


@handles("group_norm")
def group_norm(c: Call) -> int:
    """Norm over groups of channels."""
    return layers.group_norm(
        c.p,
        c.tensor(c["input"]),
        c["num_groups"],
        c.optional(c.get("weight")),
        c.optional(c.get("bias")),
    )


@handles("native_group_norm")
def native_group_norm(c: Call) -> list[int]:
    """Norm over groups of channels."""
    return [
        layers.group_norm(
            c.p,
            c.tensor(c[0]),
            c["group"],
            c.optional(c.get("weight")),
            c.optional(c.get("bias")),
        )
    ]


@handles("instance_norm")
def instance_norm(c: Call) -> int:
    """Norm over space in each channel."""
    x = c.tensor(c["input"])
    y = c.p.normalise(x, list(range(2, len(c.shape_of(x)))))
    return layers.channel(
        c.p, [y], [c.optional(c.get("weight")), c.optional(c.get("bias"))], "affine"
    )


@handles(
    "batch_norm _native_batch_norm_legit_no_training native_batch_norm cudnn_batch_norm"
    " _native_batch_norm_legit"
)
def batch_norm(c: Call) -> Any:
    """Statistics of each channel, fixed."""
    x = c.tensor(c["input"])
    if c.get("training") is True:
        rank = len(c.shape_of(x))
        x = c.p.normalise(x, [a for a in range(rank) if a != 1])
        vectors = [c.optional(c.get("weight")), c.optional(c.get("bias"))]
    else:
        vectors = [
            c.optional(c.get("weight")),
            c.optional(c.get("bias")),
            c.moving(c.get("running_mean")),
            c.moving(c.get("running_var")),
        ]
    y = layers.channel(c.p, [x], vectors, "linear batch_norm")
    return y if c.name == "batch_norm" else [y]


@handles(
    "max_pool2d avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d max_pool1d avg_pool1d"
    " adaptive_avg_pool1d adaptive_max_pool1d max_pool3d avg_pool3d adaptive_avg_pool3d"
    " upsample_nearest2d upsample_bilinear2d upsample_bicubic2d upsample_nearest1d"
    " upsample_linear1d _upsample_bicubic2d_aa _upsample_bilinear2d_aa upsample_trilinear3d"
    " upsample_nearest3d max_pool2d_with_indices _adaptive_avg_pool2d reflection_pad1d"
    " reflection_pad2d replication_pad1d replication_pad2d adaptive_max_pool3d lp_pool2d"
)
def pool(c: Call) -> Any:
    """Windows of space."""
    x = c.tensor(c[0])
    rank = next(int(d) for d in ("3", "2", "1") if f"{d}d" in c.name)
    y = layers.pool(c.p, x, c.shape, rank)
    return [y, y] if c.many else y


@handles("pad constant_pad_nd")
def pad(c: Call) -> int:
    """Axes lengthened by constants."""
    x = c.tensor(c[0])
    before, after = c.shape_of(x), c.shape
    mode = c.get("mode", "constant")
    for axis in range(len(after)):
        back = len(after) - 1 - axis
        widths = c[1][2 * back : 2 * back + 2] if 2 * back < len(c[1]) else [0, 0]
        if widths == [0, 0]:
            continue
        if mode != "constant" or min(widths) < 0:
            target = list(c.shape_of(x))
            target[axis] = after[axis]
            x = c.p.order(x, [axis], target)
            continue
        parts = []
        for k, width in enumerate(widths):
            if k == 1:
                parts.append(x)
            if width:
                shape = list(c.shape_of(x))
                shape[axis] = width
                parts.append(c.p.expand(c.p.constant(np.zeros(())), shape))
        x = c.p.concatenate(parts, axis)
    del before
    return x


@handles("_weight_norm _weight_norm_interface")
def weight_norm(c: Call) -> Any:
    """A direction of norm 1 times a length, for each coordinate of one axis."""
    v = c.tensor(c[0])
    rank = len(c.shape_of(v))
    axis = c.get("dim", 0) % rank
    y = c.p.normalise(v, [a for a in range(rank) if a != axis])
    y = c.p.combine([y, c.tensor(c[1])], "mul")
    return [y, y] if c.name.endswith("interface") else y


@handles("linear")
def linear(c: Call) -> int:
    """x W^T + b."""
    return layers.linear(c.p, c.tensor(c[0]), c.tensor(c[1]), c.optional(c.get("bias")))


@handles("matmul bmm mm mv dot __matmul__")
def matmul(c: Call) -> int:
    """The product of matrices."""
    return layers.matmul(c.p, c.tensor(c[0]), c.tensor(c[1]))


@handles("addmm baddbmm addbmm addmv")
def addmm(c: Call) -> int:
    """A product and a sum."""
    if c.name == "addbmm":
        raise NotImplementedError
    y = layers.matmul(c.p, c.tensor(c[1]), c.tensor(c[2]))
    return c.p.combine([y, c.tensor(c[0])], "add")


@handles("outer ger")
def outer(c: Call) -> int:
    """The product of two vectors."""
    a, b = c.tensor(c[0]), c.tensor(c[1])
    return c.p.combine([c.p.reshape(a, (*c.shape_of(a), 1)), b], "mul")


@handles("einsum")
def einsum_(c: Call) -> int:
    """Sums of products by letters."""
    return einsum(c.p, c["equation"], c.tensors())


@handles("conv1d conv2d conv3d")
def conv(c: Call) -> int:
    """A convolution."""
    return layers.conv(
        c.p, c.tensor(c[0]), c.tensor(c[1]), c.optional(c.get("bias")), c["groups"], c.shape
    )


@handles("conv_transpose1d conv_transpose2d conv_transpose3d")
def conv_transpose(c: Call) -> int:
    """A transposed convolution."""
    return layers.conv(
        c.p,
        c.tensor(c[0]),
        c.tensor(c[1]),
        c.optional(c.get("bias")),
        c["groups"],
        c.shape,
        transposed=True,
    )


@handles("convolution")
def convolution(c: Call) -> int:
    """Any convolution."""
    return layers.conv(
        c.p,
        c.tensor(c["input"]),
        c.tensor(c["weight"]),
        c.optional(c.get("bias")),
        c["groups"],
        c.shape,
        transposed=bool(c["transposed"]),
    )


@handles("scaled_dot_product_attention")
def attention(c: Call) -> int:
    """Attention."""
    q, k, v = (c.tensor(c[n]) for n in ("query", "key", "value"))
    if c.get("enable_gqa"):
        times = c.shape_of(q)[-3] // c.shape_of(k)[-3]
        k, v = (layers.repeat(c.p, t, -3, times) for t in (k, v))
    mask = c.optional(c.get("attn_mask"))
    if c.get("is_causal"):
        shape = (c.shape_of(q)[-2], c.shape_of(k)[-2])
        folded = shape[0] * shape[1] <= MOST_FOLDED
        mask = c.p.constant(np.tri(*shape, dtype=bool) if folded else None, shape)
    return layers.attention(c.p, q, k, v, mask)


@handles("lstm gru rnn_tanh rnn_relu")
def recurrent(c: Call) -> list[int]:
    """Stacked recurrent layers over (T, B, in)."""
    kind = {"lstm": "lstm", "gru": "gru"}.get(c.name, "rnn")
    x = c.tensor(c["input"])
    if not isinstance(c["params"], list | tuple) or "batch_sizes" in c.args:
        raise NotImplementedError
    hx = c["hx"]
    starts = [c.tensor(h) for h in (hx if isinstance(hx, list | tuple) else [hx])]
    weights = [c.tensor(w) for w in c["params"]]
    ways = 2 if c["bidirectional"] else 1
    stride = 4 if c["has_biases"] else 2
    if len(weights) != stride * ways * c["num_layers"]:
        raise NotImplementedError
    if c["batch_first"]:
        x = c.p.permute(x, [1, 0, 2])
    last: list[list[int]] = []
    for layer in range(c["num_layers"]):
        outputs = []
        for way in range(ways):
            k = layer * ways + way
            mine = weights[k * stride : (k + 1) * stride]
            mine = mine if c["has_biases"] else [*mine, None, None]  # type: ignore[list-item]
            states = [c.p.select(s, 0, k) for s in starts]
            y, ends = layers.recurrent(c.p, kind, x, states, mine)
            outputs.append(y)
            last.append(ends)
        x = outputs[0] if ways == 1 else c.p.concatenate(outputs, -1)
    if c["batch_first"]:
        x = c.p.permute(x, [1, 0, 2])
    result = [x]
    for k in range(len(starts)):
        ends = [c.p.reshape(e[k], (1, *c.shape_of(e[k]))) for e in last]
        result.append(c.p.concatenate(ends, 0) if len(ends) > 1 else ends[0])
    return result


@handles("pixel_shuffle")
def pixel_shuffle(c: Call) -> int:
    """Channels to space."""
    x = c.tensor(c[0])
    *lead, n, h, w = c.shape_of(x)
    r = c[1]
    y = c.p.reshape(x, (*lead, n // r**2, r, r, h, w))
    k = len(lead)
    y = c.p.permute(y, [*range(k), k, k + 3, k + 1, k + 4, k + 2])
    return c.p.reshape(y, c.shape)


@handles("pixel_unshuffle")
def pixel_unshuffle(c: Call) -> int:
    """Space to channels."""
    x = c.tensor(c[0])
    *lead, n, h, w = c.shape_of(x)
    r = c[1]
    y = c.p.reshape(x, (*lead, n, h // r, r, w // r, r))
    k = len(lead)
    y = c.p.permute(y, [*range(k), k, k + 2, k + 4, k + 1, k + 3])
    return c.p.reshape(y, c.shape)


@handles("channel_shuffle native_channel_shuffle")
def channel_shuffle(c: Call) -> int:
    """Channels of groups interleaved."""
    x = c.tensor(c[0])
    shape = c.shape_of(x)
    y = c.p.reshape(x, (shape[0], c[1], shape[1] // c[1], *shape[2:]))
    y = c.p.permute(y, [0, 2, 1, *range(3, len(shape) + 1)])
    return c.p.reshape(y, shape)


@handles("im2col")
def im2col(c: Call) -> int:
    """Windows as channels: (B, C k k, L)."""
    x = c.tensor(c[0])
    batch, n, *_ = c.shape_of(x)
    y = c.p.order(x, [2, 3], (batch, n, 1, 1))
    places = c.shape[1] // n
    y = c.p.expand(c.p.reshape(y, (batch, n, 1, 1)), (batch, n, places, c.shape[2]))
    y = c.p.order(y, [2, 3])
    return c.p.reshape(y, c.shape)


@handles("col2im")
def col2im(c: Call) -> int:
    """Windows added up: (B, C, H, W)."""
    x = c.tensor(c[0])
    batch, n = c.shape[:2]
    _, rows, columns = c.shape_of(x)
    y = c.p.reshape(x, (batch, n, rows // n, columns))
    y = c.p.reduce(c.p.order(y, [2, 3]), [2, 3], LINEAR, keepdims=True)
    y = c.p.expand(y, c.shape)
    return c.p.order(y, [2, 3])


@handles("unfold unfold_copy")
def unfold(c: Call) -> int:
    """Windows along an axis, as a new last axis."""
    if "dimension" not in c.args:
        raise NotImplementedError
    x = c.tensor(c[0])
    axis = c["dimension"] % len(c.shape_of(x))
    shape = list(c.shape_of(x))
    shape[axis] = c.shape[axis]
    y = c.p.order(x, [axis], shape)
    y = c.p.expand(c.p.reshape(y, (*shape, 1)), c.shape)
    return c.p.order(y, [axis, -1])


@handles("as_strided")
def as_strided(c: Call) -> int:
    """Not followed."""
    raise NotImplementedError


@handles("meshgrid broadcast_tensors")
def broadcast_tensors(c: Call) -> list[int]:
    """Each tensor in the common shape."""
    if c.name == "meshgrid":
        raise NotImplementedError
    return [c.p.expand(t, c.shapes[0]) for t in c.tensors()]


@handles("grid_sampler grid_sampler_2d")
def grid_sampler(c: Call) -> int:
    """Space sampled at places that are data."""
    x, grid = c.tensor(c[0]), c.tensor(c[1])
    y = c.p.order(x, [2, 3], c.shape)
    g = c.p.reduce(c.p.order(grid, [1, 2, 3]), [3], OTHER)
    g = c.p.reshape(g, (c.shape[0], 1, *c.shape[2:]))
    return c.p.combine([y, g], "sample")


@handles("fft_fft fft_ifft fft_rfft fft_irfft fft_rfft2 fft_irfft2 fft_fft2 fft_ifft2 fft_fftn")
def fourier(c: Call) -> int:
    """Order along the transformed axes matters."""
    x = c.tensor(c[0])
    two = c.name.endswith(("2", "n"))
    axes = c.get("dim")
    axes = ([-2, -1] if two else [-1]) if axes is None else axes
    return c.p.order(x, axes_named(c, x, axes), c.shape)


@handles("real imag view_as_complex view_as_real")
def complex_parts(c: Call) -> int:
    """Real and imaginary parts: a last axis of length 2 that is fixed."""
    x = c.tensor(c[0])
    if c.name == "view_as_complex":
        shape = c.shape_of(x)
        y = c.p.order(x, [-1], (*shape[:-1], 1))
        return c.p.reshape(y, c.shape)
    if c.name == "view_as_real":
        y = c.p.expand(c.p.reshape(x, (*c.shape_of(x), 1)), c.shape)
        return c.p.order(y, [-1])
    return c.p.combine([x], f"torch {c.name}")


@handles("linalg_vecdot vdot")
def vecdot(c: Call) -> int:
    """Products summed along an axis."""
    return c.p.contract(c.tensor(c[0]), c.tensor(c[1]), [c.get("dim", -1)], BILINEAR)


@handles("cdist")
def cdist(c: Call) -> int:
    """Distances of all pairs of rows."""
    a, b = c.tensor(c[0]), c.tensor(c[1])
    sa, sb = c.shape_of(a), c.shape_of(b)
    wide = c.p.reshape(a, (*sa[:-1], 1, sa[-1]))
    tall = c.p.reshape(b, (*sb[:-2], 1, *sb[-2:]))
    return c.p.contract(wide, tall, [-1], OTHER)
