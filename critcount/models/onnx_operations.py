"""What each ONNX operator means in the operations of a `Program`."""

from __future__ import annotations

import math

import numpy as np

from critcount.models import layers
from critcount.models.einsum import einsum
from critcount.models.handlers import Handlers
from critcount.models.onnx_node import Node
from critcount.models.space import NORM, OTHER, SOFTMAX, SUM

__all__ = ["HANDLERS"]

HANDLERS = Handlers[Node]()
handles = HANDLERS.handles


@handles(
    "Relu Gelu Sigmoid HardSigmoid HardSwish Tanh Exp Log Sqrt Pow Neg Abs Clip Elu Selu Celu Mish"
    " LeakyRelu Softplus Softsign Erf Sin Cos Tan Floor Ceil Round Reciprocal Cast CastLike"
    " Identity Dropout Not IsNaN IsInf Sign Add Sub Mul Div Mod Max Min Where Equal Less Greater"
    " LessOrEqual GreaterOrEqual And Or Xor BitShift Sum Mean ThresholdedRelu Swish BitwiseAnd"
    " BitwiseOr BitwiseNot QuickGelu FastGelu Acos Asin Atan Sinh Cosh Shrink"
)
def elementwise(n: Node) -> int:
    """One value at each position from the values there."""
    tensors = n.tensors()
    settings = sorted((k, str(v)) for k, v in n.settings.items())
    if n.kind in ("Clip", "CastLike"):
        settings += [("bounds", str(n.known(k))) for k in range(1, n.count) if n.inputs[k]]
        tensors = tensors[:1]
    if n.kind in ("Add", "Sum"):
        fn = "add"
    elif n.kind in ("Sub", "Cast", "CastLike", "Identity", "Dropout") or _scaled(n):
        fn = f"linear {n.kind} {settings}"
    elif n.kind in ("Relu", "LeakyRelu"):
        fn = f"homogeneous {n.kind} {settings}"
    else:
        fn = f"onnx {n.kind} {settings}"
    return n.p.combine(tensors, fn)


def _scaled(n: Node) -> bool:
    """Tell whether an operation multiplies everything by one known number."""
    factors = {"Mul": (0, 1), "Div": (1,)}.get(n.kind, ())
    return any((value := n.known(k)) is not None and value.size == 1 for k in factors)


@handles("PRelu")
def prelu(n: Node) -> int:
    """A slope, broadcast."""
    return n.p.combine(n.tensors(), "homogeneous prelu")


@handles("QuantizeLinear DequantizeLinear")
def quantise(n: Node) -> int:
    """A scale and zero point, for all or for each coordinate of an axis."""
    x, *rest = n.tensors()
    if n.settings.get("block_size"):
        raise NotImplementedError
    axis = n.settings.get("axis", 1)
    wide = []
    for r in rest:
        shape = n.shape(r)
        if len(shape) == 1 and shape[0] > 1:
            lengths = [1] * len(n.shape(x))
            lengths[axis] = shape[0]
            r = n.p.reshape(r, lengths)
        wide.append(n.p.reshape(r, ()) if math.prod(n.shape(r)) == 1 else r)
    return n.p.combine([x, *wide], "quantise")


@handles("Reshape")
def reshape(n: Node) -> int:
    """Row-major order kept."""
    x = n.tensor(0)
    shape = n.constant(1).ravel().tolist()
    old = n.shape(x)
    if not n.settings.get("allowzero", 0):
        shape = [old[k] if s == 0 else s for k, s in enumerate(shape)]
    if -1 in shape:
        rest = -math.prod(shape)
        shape[shape.index(-1)] = math.prod(old) // rest if rest else 0
    return n.p.reshape(x, shape)


@handles("Flatten")
def flatten(n: Node) -> int:
    """Two axes left."""
    x = n.tensor(0)
    axis = n.settings.get("axis", 1)
    shape = n.shape(x)
    axis = axis if axis >= 0 else axis + len(shape)
    return n.p.reshape(x, (math.prod(shape[:axis]), math.prod(shape[axis:])))


@handles("Squeeze Unsqueeze")
def squeeze(n: Node) -> int:
    """Axes of length 1 removed or added."""
    x = n.tensor(0)
    axes = n.settings.get("axes")
    if axes is None and n.count > 1:
        axes = n.constant(1).ravel().tolist()
    axes = list(axes) if axes is not None else None
    shape = list(n.shape(x))
    if n.kind == "Squeeze":
        gone = (
            {a for a, m in enumerate(shape) if m == 1}
            if axes is None
            else {a % len(shape) for a in axes}
        )
        return n.p.reshape(x, [m for a, m in enumerate(shape) if a not in gone])
    axes = axes or []
    rank = len(shape) + len(axes)
    for axis in sorted(a % rank for a in axes):
        shape.insert(axis, 1)
    return n.p.reshape(x, shape)


@handles("Transpose")
def transpose(n: Node) -> int:
    """Axes in another order."""
    x = n.tensor(0)
    return n.p.permute(x, n.settings.get("perm", list(range(len(n.shape(x))))[::-1]))


@handles("Expand")
def expand(n: Node) -> int:
    """Broadcast to a shape."""
    return n.p.expand(n.tensor(0), n.constant(1).ravel().tolist())


@handles("Tile")
def tile(n: Node) -> int:
    """The whole repeated."""
    return layers.tile(n.p, n.tensor(0), n.constant(1).ravel().tolist())


@handles("Concat")
def concat(n: Node) -> int:
    """Side by side."""
    return n.p.concatenate(n.tensors(), n.settings["axis"])


@handles("Split")
def split(n: Node) -> list[int]:
    """Consecutive pieces."""
    x, axis = n.tensor(0), n.settings.get("axis", 0)
    sizes = n.settings.get("split")
    if sizes is None and n.count > 1:
        sizes = n.constant(1).ravel().tolist()
    if sizes is None:
        length, pieces = n.shape(x)[axis], len(n.outputs)
        size = -(-length // pieces)
        sizes = [min(size, length - k * size) for k in range(pieces)]
    return n.p.split(x, axis, sizes)


@handles("Slice")
def slice_(n: Node) -> int:
    """Ranges of axes."""
    x = n.tensor(0)
    if "starts" in n.settings:
        starts, ends = n.settings["starts"], n.settings["ends"]
        axes, steps = n.settings.get("axes"), None
    else:
        starts, ends = n.constant(1).ravel().tolist(), n.constant(2).ravel().tolist()
        axes = n.constant(3).ravel().tolist() if n.has(3) else None
        steps = n.constant(4).ravel().tolist() if n.has(4) else None
    axes = axes if axes is not None else list(range(len(starts)))
    steps = steps if steps is not None else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        length = n.shape(x)[axis]
        stop = None if step < 0 and end < -length else end
        x = n.p.take(x, axis, np.arange(length)[slice(start, stop, step)])
    return x


@handles("Gather")
def gather(n: Node) -> int:
    """Coordinates of an axis, at places constant or data."""
    x, axis = n.tensor(0), n.settings.get("axis", 0)
    shape = n.shape(x)
    axis %= len(shape)
    index = n.known(1)
    if index is not None:
        y = n.p.take(x, axis, index.ravel())
        return n.p.reshape(y, (*shape[:axis], *index.shape, *shape[axis + 1 :]))
    where = n.tensor(1)
    full = (*shape[:axis], *n.shape(where), *shape[axis + 1 :])
    return n.p.emit("look_up", [x, where], full, axis=axis)


@handles("GatherElements")
def gather_elements(n: Node) -> int:
    """Entries along an axis, at places that are data."""
    x, where = n.tensor(0), n.tensor(1)
    axis = n.settings.get("axis", 0) % len(n.shape(x))
    target = n.shape(where)
    y = x
    for a, m in enumerate(target):
        if a == axis or n.shape(y)[a] != m:
            y = n.p.order(y, [a], [m if b == a else k for b, k in enumerate(n.shape(y))])
    return n.p.combine([y, where], "gather")


@handles("ConstantOfShape")
def constant_of_shape(n: Node) -> int:
    """One value everywhere."""
    return n.p.expand(n.p.constant(np.zeros(())), n.constant(0).ravel().tolist())


@handles(
    "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare"
    " ReduceLogSumExp ReduceLogSum"
)
def reduce(n: Node) -> int:
    """A symmetric function of the values along axes."""
    x = n.tensor(0)
    axes = n.settings.get("axes")
    if axes is None and n.has(1):
        axes = n.constant(1).ravel().tolist()
    if not axes:
        if n.settings.get("noop_with_empty_axes"):
            return x
        axes = list(range(len(n.shape(x))))
    kind = SUM if n.kind in ("ReduceSum", "ReduceMean") else OTHER
    return n.p.reduce(x, axes, kind, bool(n.settings.get("keepdims", 1)))


@handles("CumSum")
def cumsum(n: Node) -> int:
    """Order along an axis matters."""
    return n.p.order(n.tensor(0), [int(n.constant(1).ravel()[0])])


@handles("Trilu")
def trilu(n: Node) -> int:
    """The places along the last two axes matter."""
    return n.p.order(n.tensor(0), [-1, -2])


@handles("Softmax LogSoftmax")
def softmax(n: Node) -> int:
    """Softmax over an axis (before opset 13: over all from it on)."""
    x = n.tensor(0)
    rank = len(n.shape(x))
    if n.opset < 13:
        axis = n.settings.get("axis", 1) % rank
        return n.p.normalise(x, list(range(axis, rank)), SOFTMAX)
    return n.p.normalise(x, [n.settings.get("axis", -1)], SOFTMAX)


@handles("LayerNormalization SimplifiedLayerNormalization RMSNormalization")
def layer_norm(n: Node) -> int:
    """Norm over the last axes."""
    x = n.tensor(0)
    rank = len(n.shape(x))
    axis = n.settings.get("axis", -1) % rank
    w = n.tensor(1) if n.has(1) else None
    b = n.tensor(2) if n.has(2) else None
    return layers.layer_norm(n.p, x, rank - axis, w, b)


@handles("SkipLayerNormalization")
def _skip(n: Node) -> int:
    raise NotImplementedError


@handles("LpNormalization")
def lp_norm(n: Node) -> int:
    """Norm over an axis."""
    return n.p.normalise(n.tensor(0), [n.settings.get("axis", -1)], NORM)


@handles("GroupNormalization")
def group_norm(n: Node) -> int:
    """Norm over groups of channels."""
    groups = n.settings["num_groups"]
    x, w, b = n.tensors()
    if n.shape(w)[0] != n.shape(x)[1]:
        times = n.shape(x)[1] // groups
        w, b = (layers.repeat(n.p, v, 0, times) for v in (w, b))
    return layers.group_norm(n.p, x, groups, w, b)


@handles("InstanceNormalization")
def instance_norm(n: Node) -> int:
    """Norm over space in each channel."""
    x, w, b = n.tensors()
    y = n.p.normalise(x, list(range(2, len(n.shape(x)))))
    return layers.channel(n.p, [y], [w, b], "affine")


@handles("BatchNormalization")
def batch_norm(n: Node) -> int:
    """Statistics of each channel, fixed."""
    if n.settings.get("training_mode"):
        raise NotImplementedError
    x, *vectors = n.tensors()
    return layers.channel(n.p, [x], vectors, "linear batch_norm")


@handles("Gemm")
def gemm(n: Node) -> int:
    """a A B + b C."""
    a, b = n.tensor(0), n.tensor(1)
    if n.settings.get("transA"):
        a = n.p.permute(a, [1, 0])
    if not n.settings.get("transB"):
        b = n.p.permute(b, [1, 0])
    y = layers.linear(n.p, a, b)
    return n.p.combine([y, n.tensor(2)], "add") if n.has(2) else y


@handles("MatMul")
def matmul(n: Node) -> int:
    """The product of matrices."""
    return layers.matmul(n.p, n.tensor(0), n.tensor(1))


@handles("Einsum")
def einsum_(n: Node) -> int:
    """Sums of products by letters."""
    equation = n.settings["equation"]
    return einsum(n.p, equation.decode() if isinstance(equation, bytes) else equation, n.tensors())


def _spatial(n: Node, x: int, w: int) -> list[int]:
    """Return the lengths of space after windows of a convolution or a pooling."""
    size = n.shape(x)[2:]
    kernel = n.settings.get("kernel_shape") or list(n.shape(w)[2:])
    rank = len(size)
    strides = n.settings.get("strides") or [1] * rank
    dilations = n.settings.get("dilations") or [1] * rank
    pads = n.settings.get("pads") or [0] * (2 * rank)
    auto = n.settings.get("auto_pad", b"NOTSET")
    auto = auto.decode() if isinstance(auto, bytes) else auto
    result = []
    for k in range(rank):
        reach = dilations[k] * (kernel[k] - 1) + 1
        if auto.startswith("SAME"):
            result.append(-(-size[k] // strides[k]))
            continue
        room = size[k] + (0 if auto == "VALID" else pads[k] + pads[k + rank]) - reach
        if n.settings.get("ceil_mode"):
            count = -(-room // strides[k]) + 1
            if (count - 1) * strides[k] >= size[k] + pads[k]:
                count -= 1
        else:
            count = room // strides[k] + 1
        result.append(count)
    return result


@handles("Conv")
def conv(n: Node) -> int:
    """A convolution."""
    x, w = n.tensor(0), n.tensor(1)
    b = n.tensor(2) if n.has(2) else None
    shape = (n.shape(x)[0], n.shape(w)[0], *_spatial(n, x, w))
    return layers.conv(n.p, x, w, b, n.settings.get("group", 1), shape)


@handles("ConvTranspose")
def conv_transpose(n: Node) -> int:
    """A transposed convolution."""
    x, w = n.tensor(0), n.tensor(1)
    b = n.tensor(2) if n.has(2) else None
    groups = n.settings.get("group", 1)
    size, kernel = n.shape(x)[2:], n.shape(w)[2:]
    rank = len(size)
    strides = n.settings.get("strides") or [1] * rank
    dilations = n.settings.get("dilations") or [1] * rank
    pads = n.settings.get("pads") or [0] * (2 * rank)
    extra = n.settings.get("output_padding") or [0] * rank
    if n.settings.get("output_shape") or n.settings.get("auto_pad", b"NOTSET") != b"NOTSET":
        raise NotImplementedError
    space = [
        strides[k] * (size[k] - 1)
        + extra[k]
        + dilations[k] * (kernel[k] - 1)
        + 1
        - pads[k]
        - pads[k + rank]
        for k in range(rank)
    ]
    shape = (n.shape(x)[0], n.shape(w)[1] * groups, *space)
    return layers.conv(n.p, x, w, b, groups, shape, transposed=True)


@handles("MaxPool AveragePool LpPool")
def pool(n: Node) -> int:
    """Windows of space."""
    x = n.tensor(0)
    shape = (*n.shape(x)[:2], *_spatial(n, x, x))
    return layers.pool(n.p, x, shape, len(shape) - 2)


@handles("GlobalAveragePool GlobalMaxPool")
def global_pool(n: Node) -> int:
    """All of space."""
    x = n.tensor(0)
    return n.p.reduce(x, list(range(2, len(n.shape(x)))), OTHER, keepdims=True)


@handles("Pad")
def pad(n: Node) -> int:
    """Axes lengthened."""
    x = n.tensor(0)
    rank = len(n.shape(x))
    pads = n.settings.get("pads") or n.constant(1).ravel().tolist()
    axes = n.constant(3).ravel().tolist() if n.has(3) else list(range(rank))
    mode = n.settings.get("mode", b"constant")
    half = len(pads) // 2
    for k, axis in enumerate(axes):
        before, after = pads[k], pads[k + half]
        if before == after == 0:
            continue
        shape = list(n.shape(x))
        if mode not in (b"constant", "constant") or min(before, after) < 0:
            shape[axis] += before + after
            x = n.p.order(x, [axis], shape)
            continue
        parts = []
        for width, here in ((before, False), (0, True), (after, False)):
            if here:
                parts.append(x)
            elif width:
                shape[axis] = width
                parts.append(n.p.expand(n.p.constant(np.zeros(())), shape))
        x = n.p.concatenate(parts, axis)
    return x


@handles("Resize Upsample")
def resize(n: Node) -> int:
    """Space resized."""
    x = n.tensor(0)
    old = n.shape(x)
    place = 1 if n.kind == "Upsample" else 2
    if n.has(3):
        shape = n.constant(3).ravel().tolist()
    elif n.has(place):
        shape = [math.floor(m * s) for m, s in zip(old, n.constant(place).ravel(), strict=True)]
    else:
        raise NotImplementedError
    return n.p.order(x, [a for a, m in enumerate(old) if m != shape[a]] or [len(old) - 1], shape)


@handles("DepthToSpace")
def depth_to_space(n: Node) -> int:
    """Channels to space."""
    x, r = n.tensor(0), n.settings["blocksize"]
    b, c, h, w = n.shape(x)
    if n.settings.get("mode", b"DCR") in (b"CRD", "CRD"):
        y = n.p.permute(n.p.reshape(x, (b, c // r**2, r, r, h, w)), [0, 1, 4, 2, 5, 3])
    else:
        y = n.p.permute(n.p.reshape(x, (b, r, r, c // r**2, h, w)), [0, 3, 4, 1, 5, 2])
    return n.p.reshape(y, (b, c // r**2, h * r, w * r))


@handles("SpaceToDepth")
def space_to_depth(n: Node) -> int:
    """Space to channels."""
    x, r = n.tensor(0), n.settings["blocksize"]
    b, c, h, w = n.shape(x)
    y = n.p.permute(n.p.reshape(x, (b, c, h // r, r, w // r, r)), [0, 3, 5, 1, 2, 4])
    return n.p.reshape(y, (b, c * r**2, h // r, w // r))


@handles("LSTM GRU RNN")
def recurrent(n: Node) -> list[int]:
    """One recurrent layer over (T, B, in); outputs (T, ways, B, H)."""
    kind = n.kind.lower()
    if n.settings.get("layout") or n.settings.get("input_forget") or n.has(7):
        raise NotImplementedError
    if kind == "gru" and not n.settings.get("linear_before_reset"):
        raise NotImplementedError
    if n.has(4):
        raise NotImplementedError
    x, w, r = n.tensor(0), n.tensor(1), n.tensor(2)
    hidden = n.settings["hidden_size"]
    ways = n.shape(w)[0]
    steps, batch = n.shape(x)[:2]
    zero = n.p.expand(n.p.constant(np.zeros(())), (batch, hidden))
    outputs, ends = [], []
    for way in range(ways):
        bw = br = None
        if n.has(3):
            both = n.p.select(n.tensor(3), 0, way)
            half = n.shape(both)[0] // 2
            bw, br = n.p.split(both, 0, [half, half])
        starts = [
            n.p.select(n.tensor(k), 0, way) if n.has(k) else zero
            for k in ((5, 6) if kind == "lstm" else (5,))
        ]
        y, last = layers.recurrent(
            n.p, kind, x, starts, [n.p.select(w, 0, way), n.p.select(r, 0, way), bw, br]
        )
        outputs.append(n.p.reshape(y, (steps, 1, batch, hidden)))
        ends.append([n.p.reshape(v, (1, batch, hidden)) for v in last])
    result = [n.p.concatenate(outputs, 1) if ways > 1 else outputs[0]]
    for k in range(len(ends[0])):
        parts = [e[k] for e in ends]
        result.append(n.p.concatenate(parts, 0) if ways > 1 else parts[0])
    return result


@handles("Attention")
def attention(n: Node) -> int:
    """Attention over (B, heads, T, d)."""
    if n.domain not in ("", "ai.onnx") or n.has(4) or n.has(5) or len(n.outputs) > 1:
        raise NotImplementedError
    q, k, v = n.tensor(0), n.tensor(1), n.tensor(2)
    mask = n.tensor(3) if n.has(3) else None
    flat = len(n.shape(q)) == 3
    if flat:
        heads, kv = n.settings["q_num_heads"], n.settings["kv_num_heads"]

        def apart(t: int, h: int) -> int:
            b, s, d = n.shape(t)
            return n.p.permute(n.p.reshape(t, (b, s, h, d // h)), [0, 2, 1, 3])

        q, k, v = apart(q, heads), apart(k, kv), apart(v, kv)
    times = n.shape(q)[1] // n.shape(k)[1]
    if times > 1:
        k, v = (layers.repeat(n.p, t, 1, times) for t in (k, v))
    y = layers.attention(n.p, q, k, v, mask)
    if flat:
        b, h, s, d = n.shape(y)
        y = n.p.reshape(n.p.permute(y, [0, 2, 1, 3]), (b, s, h * d))
    return y
