"""What each ATen operation means in the operations of a `Program`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from critcount.models import layers
from critcount.models.handlers import Handlers
from critcount.models.program import MOST_FOLDED
from critcount.models.space import NORM, OTHER, SUM
from critcount.models.torch_call import Call

__all__ = ["HANDLERS", "axes_named"]

#: Operations that add or pass on: they keep the symmetries of linear layers.
LINEAR_OPERATIONS = frozenset(
    {"add", "sub", "to", "_to_copy", "contiguous", "clone", "detach", "dropout", "alias", "copy"}
    | {"alias_copy", "lift_fresh_copy", "type_as"}
)

HANDLERS = Handlers[Call]()
handles = HANDLERS.handles


@handles(
    "relu gelu silu sigmoid tanh exp exp2 log log2 sqrt rsqrt pow neg abs clamp clamp_min"
    " clamp_max hardtanh hardswish hardsigmoid elu leaky_relu softplus mish erf erfc sin cos"
    " floor ceil round reciprocal to _to_copy contiguous clone detach dropout alias alias_copy"
    " lift_fresh_copy type_as square logical_not bitwise_not isnan isinf sign expm1 log1p relu6"
    " celu selu log_sigmoid nan_to_num trunc add sub mul div maximum minimum where eq ne lt le gt"
    " ge logical_and logical_or logical_xor bitwise_and bitwise_or remainder fmod atan2 addcmul"
    " addcdiv lerp masked_fill rsub floor_divide __and__ __or__ true_divide subtract multiply"
    " divide feature_dropout native_dropout positive atan asin acos tan sinh cosh hardshrink"
    " softshrink tanhshrink threshold copy isfinite angle conj_physical special_expit heaviside"
    " bernoulli alpha_dropout silu_ abs_ rad2deg copysign logaddexp sgn erfinv logit"
    " pin_memory _conj resolve_conj resolve_neg view_as_real_copy to_dense"
)
def elementwise(c: Call) -> int:
    """One value at each position from the values there."""
    tensors = c.tensors()
    if c.name == "type_as":
        tensors = tensors[:1]
    settings = [repr(v) for v in c.order if not c.is_tensor(v)]
    if c.name == "add" and len(tensors) == 2 and c.get("alpha", 1) == 1:
        fn = "add"
    elif c.name in LINEAR_OPERATIONS or (c.name in ("mul", "div") and len(tensors) == 1):
        fn = f"linear {c.name} {settings}"
    elif c.name in ("relu", "leaky_relu"):
        fn = f"homogeneous {c.name} {settings}"
    else:
        fn = f"torch {c.name} {settings}"
    return c.p.combine(tensors, fn)


@handles("copy_")
def copy_(c: Call) -> int:
    """The second argument in the place of the first."""
    return c.p.expand(c.tensor(c[1]), c.shape)


@handles("prelu")
def prelu(c: Call) -> int:
    """A slope for each channel."""
    return layers.channel(c.p, [c.tensor(c[0])], [c.tensor(c[1])], "homogeneous prelu")


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
    numbers = [c.tensor(listed[a]) for a in axes]
    spread_shape = np.broadcast_shapes(*(c.shape_of(n) for n in numbers))
    first = axes[0]
    for axis in axes:
        x = c.p.order(x, [axis])
    merged = (*shape[:first], math.prod(shape[a] for a in axes), *shape[first + len(axes) :])
    both = c.p.combine(numbers, "index")
    where = c.p.reshape(both, spread_shape)
    return c.p.emit("look_up", [c.p.reshape(x, merged), where], c.shape, axis=first)


@handles("gather take_along_dim")
def gather(c: Call) -> int:
    """Entries along an axis, at places that are data."""
    x = c.tensor(c["self"])
    axis = (c["dim"] if "dim" in c.args else c[1]) % len(c.shape)
    where = c.tensor(c["index"] if "index" in c.args else c["indices"])
    y = c.p.order(
        x, [axis], [c.shape[axis] if a == axis else n for a, n in enumerate(c.shape_of(x))]
    )
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
    return _replaced(c, x, wide, axis, np.array([c.integer(c["index"]) % c.shape[axis]]))


@handles("slice_scatter")
def slice_scatter(c: Call) -> int:
    """A tensor with a range of an axis replaced."""
    x, axis = c.tensor(c[0]), c["dim"] % len(c.shape)
    start, end = (None if c[n] is None else c.integer(c[n]) for n in ("start", "end"))
    places = np.arange(c.shape[axis])[slice(start, end, c.integer(c["step"]))]
    return _replaced(c, x, c.tensor(c[1]), axis, places)


def _replaced(c: Call, x: int, source: int, axis: int, places: np.ndarray) -> int:
    """Return a tensor with some coordinates of an axis taken from another."""
    n = c.shape[axis]
    rest = np.setdiff1d(np.arange(n), places)
    if not len(places):
        return x
    source = c.p.expand(
        source, tuple(len(places) if a == axis else m for a, m in enumerate(c.shape))
    )
    if not len(rest):
        return source
    both = c.p.concatenate([c.p.take(x, axis, rest), source], axis)
    return c.p.take(both, axis, np.argsort(np.concatenate([rest, places])))


def axes_named(c: Call, x: int, value: Any) -> list[int]:
    """Return the axes that an argument names; none named: all."""
    rank = len(c.shape_of(x))
    if value is None or value == []:
        return list(range(rank))
    return [a % rank for a in (value if isinstance(value, list | tuple) else [value])]


@handles(
    "sum mean amax amin var std prod logsumexp norm linalg_vector_norm all any median nansum"
    " linalg_norm frobenius_norm count_nonzero nanmean"
)
def reduction(c: Call) -> int:
    """A symmetric function of the values along axes."""
    kind = SUM if c.name in ("sum", "mean") else OTHER
    if c.name == "median":
        raise NotImplementedError
    x = c.tensor(c[0])
    return c.p.reduce(x, axes_named(c, x, c.get("dim")), kind, bool(c.get("keepdim")))


@handles("max min")
def extreme(c: Call) -> Any:
    """The largest value, of all or along an axis; two tensors: elementwise."""
    tensors = c.tensors()
    if len(tensors) == 2:
        return c.p.combine(tensors, f"torch {c.name}")
    if c.get("dim") is None:
        return c.p.reduce(tensors[0], range(len(c.shape_of(tensors[0]))), OTHER)
    values = c.p.reduce(tensors[0], axes_named(c, tensors[0], c["dim"]), OTHER, bool(c["keepdim"]))
    ordered = c.p.order(tensors[0], axes_named(c, tensors[0], c["dim"]))
    places = c.p.reduce(ordered, axes_named(c, tensors[0], c["dim"]), OTHER, bool(c["keepdim"]))
    return [values, places]


@handles("var_mean std_mean aminmax")
def moments(c: Call) -> list[int]:
    """Two different symmetric functions of the values: variance and mean, least and largest."""
    x = c.tensor(c[0])
    kind = OTHER if c.name == "aminmax" else NORM
    axes = axes_named(c, x, c.get("dim"))
    return [c.p.reduce(x, axes, kind, bool(c.get("keepdim"))) for _ in range(2)]


@handles("argmax argmin")
def argmax(c: Call) -> int:
    """The place of the largest value."""
    x = c.tensor(c[0])
    axes = axes_named(c, x, c.get("dim"))
    return c.p.reduce(c.p.order(x, axes, chosen=True), axes, OTHER, bool(c.get("keepdim")))


@handles("cumsum cumprod logcumsumexp")
def cumulative(c: Call) -> int:
    """Order along an axis matters."""
    x = c.tensor(c[0])
    return c.p.order(x, axes_named(c, x, c["dim"]))


@handles("topk sort")
def sort(c: Call) -> list[int]:
    """Values and places, sorted along an axis."""
    x = c.tensor(c[0])
    axes = axes_named(c, x, c.get("dim", -1))
    shapes = c.shapes
    return [c.p.order(x, axes, s, chosen=True) for s in shapes]


@handles("argsort")
def argsort(c: Call) -> int:
    """Places, sorted along an axis."""
    x = c.tensor(c[0])
    return c.p.order(x, axes_named(c, x, c.get("dim", -1)), chosen=True)


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


@handles("fill_diagonal")
def fill_diagonal(c: Call) -> int:
    """One value in the places whose indices are equal, as numpy counts them."""
    if math.prod(c.shape) > MOST_FOLDED:
        raise NotImplementedError
    filled = np.zeros(c.shape, dtype=bool)
    np.fill_diagonal(filled, True, wrap=bool(c.get("wrap")))
    return c.p.combine([c.tensor(c[0]), c.p.constant(filled)], f"fill_diagonal {c[1]}")
