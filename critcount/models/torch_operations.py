"""What each ATen operation means in the operations of a `Program`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from critcount.models import layers
from critcount.models.einsum import einsum
from critcount.models.space import BILINEAR, LINEAR, NORM, OTHER, SOFTMAX

if TYPE_CHECKING:
    from critcount.models.torch_reader import Call

HANDLERS: dict[str, Callable[[Call], Any]] = {}


def handles(names: str) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    """Register a handler for operations."""

    def register(handler: Callable[[Call], Any]) -> Callable[[Call], Any]:
        for name in names.split():
            HANDLERS[name] = handler
        return handler

    return register


@handles(
    "relu gelu silu sigmoid tanh exp exp2 log log2 sqrt rsqrt pow neg abs clamp clamp_min clamp_max"
    " hardtanh hardswish hardsigmoid elu leaky_relu softplus mish erf erfc sin cos floor ceil round"
    " reciprocal to _to_copy contiguous clone detach dropout alias alias_copy lift_fresh_copy"
    " type_as square logical_not bitwise_not isnan isinf sign expm1 log1p relu6 celu selu"
    " log_sigmoid nan_to_num trunc add sub mul div maximum minimum where eq ne lt le gt ge"
    " logical_and logical_or logical_xor bitwise_and bitwise_or remainder fmod atan2 addcmul"
    " addcdiv lerp masked_fill rsub floor_divide __and__ __or__ true_divide subtract multiply"
    " divide feature_dropout native_dropout positive atan asin acos tan sinh cosh hardshrink"
    " softshrink tanhshrink threshold copy isfinite angle conj_physical special_expit heaviside"
    " bernoulli alpha_dropout silu_ abs_ rad2deg copysign logaddexp sgn erfinv logit"
    " pin_memory _conj resolve_conj resolve_neg view_as_real_copy fill_diagonal to_dense"
)
def elementwise(c: Call) -> int:
    """One value at each position from the values there."""
    names = {"leaky_relu", "relu", "add"}
    quiet = {
        "to", "_to_copy", "contiguous", "clone", "detach", "dropout", "alias", "lift_fresh_copy",
        "type_as", "alias_copy", "copy", "sub",
    }
    tensors = c.tensors()
    if c.name == "type_as":
        tensors = tensors[:1]
    if c.name == "mul" and len(tensors) == 1:
        return c.p.combine(tensors, "add")
    fn = c.name if c.name in names else "add" if c.name in quiet else f"torch {c.name}"
    settings = [v for v in c.order if isinstance(v, bool | int | float | str)]
    if settings and not fn == "add":
        fn += f" {settings}" if c.name not in names else ""
    return c.p.combine(tensors, fn)


@handles("copy_")
def copy_(c: Call) -> int:
    """The second argument in the place of the first."""
    return c.p.expand(c.tensor(c[1]), c.shape)


@handles("prelu")
def prelu(c: Call) -> int:
    """A slope for each channel."""
    return layers.channel(c.p, [c.tensor(c[0])], [c.tensor(c[1])], "prelu")


@handles(
    "zeros_like ones_like full_like new_zeros new_ones new_full zeros ones full scalar_tensor fill"
    " empty empty_like new_empty zero empty_permuted"
)
def uniform(c: Call) -> int:
    """One value everywhere."""
    return c.p.expand(c.p.constant(np.zeros(())), c.shape)


@handles("arange linspace eye tril_indices triu_indices rand randn rand_like randn_like randint")
def fixed(c: Call) -> int:
    """A constant that was not computed."""
    return c.p.constant(None, c.shape)


@handles("new_tensor tensor")
def _new_tensor(c: Call) -> int:
    return c.p.constant(None, c.shape)


@handles(
    "view reshape _unsafe_view flatten unflatten squeeze unsqueeze view_as reshape_as ravel"
    " view_copy unsqueeze_copy squeeze_copy atleast_1d"
)
def reshape(c: Call) -> int:
    """Row-major order kept."""
    return c.p.reshape(c.tensor(c[0]), c.shape)


@handles("transpose swapaxes swapdims")
def transpose(c: Call) -> int:
    """Two axes exchanged."""
    x = c.tensor(c[0])
    order = list(range(len(c.shape_of(x))))
    a, b = c[1], c[2]
    order[a], order[b] = order[b], order[a]
    return c.p.permute(x, order)


@handles("permute permute_copy")
def permute(c: Call) -> int:
    """Axes in another order."""
    return c.p.permute(c.tensor(c[0]), c[1])


@handles("t numpy_T mT matrix_H adjoint")
def turned(c: Call) -> int:
    """The last two axes exchanged, or all reversed."""
    x = c.tensor(c[0])
    order = list(range(len(c.shape_of(x))))
    if c.name == "numpy_T":
        order.reverse()
    elif len(order) > 1:
        order[-1], order[-2] = order[-2], order[-1]
    return c.p.permute(x, order)


@handles("movedim moveaxis")
def movedim(c: Call) -> int:
    """Axes moved."""
    x = c.tensor(c[0])
    rank = len(c.shape_of(x))
    listed = [v if isinstance(v, list | tuple) else [v] for v in (c[1], c[2])]
    order = np.moveaxis(np.arange(rank).reshape((1,) * 0 + (rank,)), 0, 0).tolist()
    source = [a % rank for a in listed[0]]
    target = [a % rank for a in listed[1]]
    rest = [a for a in order if a not in source]
    for t, s in sorted(zip(target, source, strict=True)):
        rest.insert(t, s)
    return c.p.permute(x, rest)


@handles("expand expand_as broadcast_to expand_copy")
def expand(c: Call) -> int:
    """Repeated along axes of length 1."""
    return c.p.expand(c.tensor(c[0]), c.shape)


@handles("repeat tile")
def repeat(c: Call) -> int:
    """The whole repeated."""
    times = [c.integer(v) for v in c[1]]
    x = c.tensor(c[0])
    times = [1] * (len(c.shape_of(x)) - len(times)) + times
    return layers.tile(c.p, x, times)


@handles("repeat_interleave")
def repeat_interleave(c: Call) -> int:
    """Each coordinate repeated."""
    axis = c.get("dim")
    times = c.integer(c["repeats"])
    x = c.tensor(c["self"])
    if axis is None:
        x, axis = c.p.reshape(x, (math.prod(c.shape_of(x)),)), 0
    return layers.repeat(c.p, x, axis, times)


@handles("select select_copy")
def select(c: Call) -> int:
    """One coordinate of an axis."""
    return c.p.select(c.tensor(c[0]), c[1], c.integer(c[2]))


@handles("slice slice_copy")
def slice_(c: Call) -> int:
    """A range of an axis."""
    x = c.tensor(c[0])
    axis = c["dim"]
    n = c.shape_of(x)[axis]
    start = None if c["start"] is None else c.integer(c["start"])
    end = None if c["end"] is None else c.integer(c["end"])
    return c.p.take(x, axis, np.arange(n)[slice(start, end, c.integer(c["step"]))])


@handles("narrow narrow_copy")
def narrow(c: Call) -> int:
    """A range of an axis."""
    start = c.integer(c[2])
    return c.p.take(c.tensor(c[0]), c[1], np.arange(start, start + c.integer(c[3])))


@handles(
    "split split_with_sizes chunk tensor_split unsafe_split unsafe_chunk split_copy"
    " split_with_sizes_copy"
)
def split(c: Call) -> list[int]:
    """Consecutive pieces."""
    x = c.tensor(c[0])
    axis = c.get("dim", 0)
    return c.p.split(x, axis, [s[axis] for s in c.shapes])


@handles("unbind unbind_copy")
def unbind(c: Call) -> list[int]:
    """Every coordinate of an axis."""
    x, axis = c.tensor(c[0]), c.get("dim", 0)
    return [c.p.select(x, axis, k) for k in range(c.shape_of(x)[axis])]


@handles("cat concat concatenate")
def cat(c: Call) -> int:
    """Side by side."""
    return c.p.concatenate(c.tensors(), c.get("dim", 0))


@handles("stack")
def stack(c: Call) -> int:
    """Side by side along a new axis."""
    axis = c.get("dim", 0) % len(c.shape)
    tensors = c.tensors()
    shape = c.shape_of(tensors[0])
    wide = [c.p.reshape(t, (*shape[:axis], 1, *shape[axis:])) for t in tensors]
    return c.p.concatenate(wide, axis)


@handles("hstack vstack dstack column_stack")
def _stacked(c: Call) -> int:
    raise NotImplementedError


@handles("flip")
def flip(c: Call) -> int:
    """Axes reversed."""
    x = c.tensor(c[0])
    for axis in c[1]:
        x = c.p.take(x, axis, np.arange(c.shape_of(x)[axis])[::-1])
    return x


@handles("roll")
def roll(c: Call) -> int:
    """Axes rolled."""
    x = c.tensor(c[0])
    if not c[2]:
        raise NotImplementedError
    shifts = c[1] if isinstance(c[1], list | tuple) else [c[1]]
    axes = c[2] if isinstance(c[2], list | tuple) else [c[2]]
    for shift, axis in zip(shifts, axes, strict=True):
        x = c.p.take(x, axis, np.roll(np.arange(c.shape_of(x)[axis]), shift))
    return x


@handles("index_select")
def index_select(c: Call) -> int:
    """Coordinates of an axis, constant or data."""
    index = c.constant(c[2])
    x = c.tensor(c[0])
    if index is not None:
        return c.p.take(x, c[1], index.ravel())
    return c.p.emit("look_up", [x, c.tensor(c[2])], c.shape, axis=c[1] % len(c.shape_of(x)))


@handles("embedding")
def embedding(c: Call) -> int:
    """Rows of a table."""
    index = c.constant(c["indices"])
    x = c.tensor(c["weight"])
    if index is not None:
        return c.p.reshape(c.p.take(x, 0, index.ravel()), c.shape)
    return c.p.emit("look_up", [x, c.tensor(c["indices"])], c.shape, axis=0)


@handles("index")
def index(c: Call) -> int:
    """x[..., i, j, ...] with tensors of whole numbers."""
    x = c.tensor(c[0])
    listed = list(c[1])
    axes = [a for a, v in enumerate(listed) if v is not None]
    constants = [c.constant(listed[a]) for a in axes]
    if any(k is not None and k.dtype == np.bool_ for k in constants):
        raise NotImplementedError
    shape = c.shape_of(x)
    if axes != list(range(axes[0], axes[0] + len(axes))):
        raise NotImplementedError
    if all(k is not None for k in constants):
        known = [k for k in constants if k is not None]
        spread = np.broadcast_arrays(*known)
        lengths = [shape[a] for a in axes]
        if len(axes) == 1:
            flat = np.where(spread[0] < 0, spread[0] + lengths[0], spread[0])
        else:
            places = [np.where(k < 0, k + n, k) for k, n in zip(spread, lengths, strict=True)]
            flat = np.ravel_multi_index(tuple(places), lengths)
        first = axes[0]
        merged = (*shape[:first], math.prod(lengths), *shape[first + len(axes) :])
        y = c.p.take(c.p.reshape(x, merged), first, flat.ravel())
        return c.p.reshape(y, c.shape)
    if len(axes) == 1:
        return c.p.emit("look_up", [x, c.tensor(listed[axes[0]])], c.shape, axis=axes[0])
    places = [c.tensor(listed[a]) for a in axes]
    spread_shape = np.broadcast_shapes(*(c.shape_of(n) for n in places))
    first = axes[0]
    for axis in axes:
        x = c.p.order(x, [axis])
    merged = (*shape[:first], math.prod(shape[a] for a in axes), *shape[first + len(axes) :])
    both = c.p.combine(places, "index")
    flat = c.p.reshape(both, spread_shape)
    return c.p.emit("look_up", [c.p.reshape(x, merged), flat], c.shape, axis=first)


@handles("gather take_along_dim")
def gather(c: Call) -> int:
    """Entries along an axis, at places that are data."""
    x = c.tensor(c["self"])
    axis = (c["dim"] if "dim" in c.args else c[1]) % len(c.shape)
    where = c.tensor(c["index"] if "index" in c.args else c["indices"])
    y = c.p.order(x, [axis], [c.shape[axis] if a == axis else n
                              for a, n in enumerate(c.shape_of(x))])
    for a, n in enumerate(c.shape):
        if a != axis and c.shape_of(y)[a] != n:
            y = c.p.order(y, [a], [n if b == a else m for b, m in enumerate(c.shape_of(y))])
    return c.p.combine([y, where], "gather")


@handles("select_scatter")
def select_scatter(c: Call) -> int:
    """A tensor with one coordinate of an axis replaced."""
    x, axis = c.tensor(c[0]), c["dim"] % len(c.shape)
    source = c.tensor(c[1])
    shape = c.shape_of(source)
    wide = c.p.reshape(source, (*shape[:axis], 1, *shape[axis:]))
    return c.p.combine([c.p.order(x, [axis]), wide], "scatter")


@handles("slice_scatter")
def slice_scatter(c: Call) -> int:
    """A tensor with a range of an axis replaced."""
    x, axis = c.tensor(c[0]), c["dim"] % len(c.shape)
    source = c.tensor(c[1])
    shape = list(c.shape_of(source))
    shape[axis] = 1
    return c.p.combine(
        [c.p.order(x, [axis]), c.p.order(source, [axis], shape)], "scatter"
    )


def _axes(c: Call, x: int, value: Any) -> list[int]:
    rank = len(c.shape_of(x))
    if value is None or value == []:
        return list(range(rank))
    return [a % rank for a in (value if isinstance(value, list | tuple) else [value])]


@handles(
    "sum mean amax amin var std prod logsumexp norm linalg_vector_norm all any median nansum"
    " linalg_norm frobenius_norm count_nonzero nanmean aminmax"
)
def reduction(c: Call) -> int:
    """A symmetric function of the values along axes."""
    kind = LINEAR if c.name in ("sum", "mean") else OTHER
    if c.name == "median":
        raise NotImplementedError
    x = c.tensor(c[0])
    return c.p.reduce(x, _axes(c, x, c.get("dim")), kind, bool(c.get("keepdim")))


@handles("max min")
def extreme(c: Call) -> Any:
    """The largest value, of all or along an axis; two tensors: elementwise."""
    tensors = c.tensors()
    if len(tensors) == 2:
        return c.p.combine(tensors, f"torch {c.name}")
    if c.get("dim") is None:
        return c.p.reduce(tensors[0], range(len(c.shape_of(tensors[0]))), OTHER)
    values = c.p.reduce(tensors[0], _axes(c, tensors[0], c["dim"]), OTHER, bool(c["keepdim"]))
    ordered = c.p.order(tensors[0], _axes(c, tensors[0], c["dim"]))
    places = c.p.reduce(ordered, _axes(c, tensors[0], c["dim"]), OTHER, bool(c["keepdim"]))
    return [values, places]


@handles("var_mean std_mean")
def moments(c: Call) -> list[int]:
    """Variance and mean."""
    x = c.tensor(c[0])
    y = c.p.reduce(x, _axes(c, x, c.get("dim")), NORM, bool(c.get("keepdim")))
    return [y, y]


@handles("argmax argmin")
def argmax(c: Call) -> int:
    """The place of the largest value."""
    x = c.tensor(c[0])
    axes = _axes(c, x, c.get("dim"))
    return c.p.reduce(c.p.order(x, axes), axes, OTHER, bool(c.get("keepdim")))


@handles("cumsum cumprod logcumsumexp")
def cumulative(c: Call) -> int:
    """Order along an axis matters."""
    x = c.tensor(c[0])
    return c.p.order(x, _axes(c, x, c["dim"]))


@handles("topk sort")
def sort(c: Call) -> list[int]:
    """Values and places, sorted along an axis."""
    x = c.tensor(c[0])
    axes = _axes(c, x, c.get("dim", -1))
    shapes = c.shapes
    return [c.p.order(x, axes, s) for s in shapes]


@handles("argsort")
def argsort(c: Call) -> int:
    """Places, sorted along an axis."""
    x = c.tensor(c[0])
    return c.p.order(x, _axes(c, x, c.get("dim", -1)))


@handles("one_hot")
def one_hot(c: Call) -> int:
    """A new last axis."""
    x = c.tensor(c[0])
    wide = c.p.reshape(x, (*c.shape_of(x), 1))
    return c.p.combine([wide, c.p.constant(None, c.shape[-1:])], "one_hot")


@handles("tril triu diagonal trace")
def triangle(c: Call) -> int:
    """The places along the last two axes matter."""
    if c.name in ("diagonal", "trace"):
        raise NotImplementedError
    return c.p.order(c.tensor(c[0]), [-1, -2])


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
    return layers.layer_norm(
        c.p, x, rank, c.optional(c.get("weight")), c.optional(c.get("bias"))
    )


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
        c.p, c.tensor(c["input"]), c["num_groups"], c.optional(c.get("weight")),
        c.optional(c.get("bias")),
    )


@handles("native_group_norm")
def native_group_norm(c: Call) -> list[int]:
    """Norm over groups of channels."""
    return [
        layers.group_norm(
            c.p, c.tensor(c[0]), c["group"], c.optional(c.get("weight")),
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


@handles("batch_norm _native_batch_norm_legit_no_training native_batch_norm cudnn_batch_norm")
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
    y = layers.channel(c.p, [x], vectors, "add")
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
    many = isinstance(c.node.meta["val"], tuple | list)
    y = layers.pool(c.p, x, c.shape, rank)
    return [y, y] if many else y


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
        c.p, c.tensor(c[0]), c.tensor(c[1]), c.optional(c.get("bias")), c["groups"], c.shape,
        transposed=True,
    )


@handles("convolution")
def convolution(c: Call) -> int:
    """Any convolution."""
    return layers.conv(
        c.p, c.tensor(c["input"]), c.tensor(c["weight"]), c.optional(c.get("bias")), c["groups"],
        c.shape, transposed=bool(c["transposed"]),
    )


@handles("scaled_dot_product_attention")
def attention(c: Call) -> int:
    """Attention."""
    q, k, v = (c.tensor(c[n]) for n in ("query", "key", "value"))
    if c.get("enable_gqa"):
        times = c.shape_of(q)[-3] // c.shape_of(k)[-3]
        k, v = (layers.repeat(c.p, t, -3, times) for t in (k, v))
    mask = c.optional(c.get("attn_mask"))
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
    stride = (4 if c["has_biases"] else 2)
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
    return c.p.order(x, _axes(c, x, axes), c.shape)


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
