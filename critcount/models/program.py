"""A model as a list of operations on tensors of known shapes, and its analysis.

Readers (of ONNX files, of exported torch modules) build a `Program`; `label_tensors` runs the
rules of `space` over it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from critcount.models.parameters import Value
from critcount.models.space import NORM, SUM, Space
from critcount.models.states import State, View

__all__ = ["MOST_FOLDED", "Operation", "Program", "label_tensors", "living"]

#: Constants with more entries are not computed: their axes are pinned.
MOST_FOLDED = 4_000_000

Lengths = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its rule, inputs and outputs by number, what else the rule needs."""

    rule: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    settings: dict[str, Any]
    place: str


@dataclass(slots=True)
class Program:
    """Operations in order; tensors are numbered.

    Attributes
    ----------
    shapes : list of tuple
        The shape of each tensor.
    parameters : dict
        The number of the tensor of each parameter.
    constants : dict
        Known values of tensors; None where only the shape is known.
    operations : list of Operation
    outputs : list of int
    gaps : list of (place, reason)
        What the reader did not understand.
    merged : dict
        Parameters that stand for several of the model side by side: (axis, names).
    """

    shapes: list[Lengths] = field(default_factory=list)
    parameters: dict[str, int] = field(default_factory=dict)
    constants: dict[int, np.ndarray | None] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    merged: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    place: str = ""

    def tensor(self, shape: Sequence[int]) -> int:
        """Return the number of a new tensor."""
        self.shapes.append(tuple(int(n) for n in shape))
        return len(self.shapes) - 1

    def parameter(self, name: str, shape: Sequence[int]) -> int:
        """Return the number of a parameter's tensor."""
        if name not in self.parameters:
            self.parameters[name] = self.tensor(shape)
        return self.parameters[name]

    def input(self, shape: Sequence[int]) -> int:
        """Return the number of an input's tensor."""
        number = self.tensor(shape)
        self.inputs.append(number)
        return number

    def constant(self, array: np.ndarray | None, shape: Sequence[int] | None = None) -> int:
        """Return the number of a constant; its shape suffices where its values are unknown."""
        number = self.tensor(array.shape if array is not None else tuple(shape or ()))
        self.constants[number] = array
        return number

    def emit(self, rule: str, inputs: Sequence[int], shape: Sequence[int], **settings: Any) -> int:
        """Add an operation of one output and return its number."""
        number = self.tensor(shape)
        self.operations.append(Operation(rule, tuple(inputs), (number,), settings, self.place))
        return number

    # ---- what readers say ----

    def combine(self, inputs: Sequence[int], fn: str) -> int:
        """Elementwise, with broadcasting."""
        shape = np.broadcast_shapes(*(self.shapes[i] for i in inputs))
        return self.emit("combine", inputs, shape, fn=fn)

    def reshape(self, x: int, shape: Sequence[int]) -> int:
        """Row-major order kept."""
        return x if tuple(shape) == self.shapes[x] else self.emit("reshape", [x], shape)

    def permute(self, x: int, order: Sequence[int]) -> int:
        """Put axes in another order."""
        rank = len(self.shapes[x])
        order = [a % rank for a in order]
        return self.emit("permute", [x], [self.shapes[x][a] for a in order], order=order)

    def expand(self, x: int, shape: Sequence[int]) -> int:
        """Repeat along axes of length 1 and new axes."""
        shape = np.broadcast_shapes(self.shapes[x], tuple(shape))
        return x if shape == self.shapes[x] else self.emit("expand", [x], shape)

    def take(self, x: int, axis: int, index: object) -> int:
        """Choose coordinates of an axis, in a constant order."""
        shape = list(self.shapes[x])
        index = np.asarray(index, np.int64)
        axis %= len(shape)
        index = np.where(index < 0, index + shape[axis], index)
        shape[axis] = len(index)
        return self.emit("take", [x], shape, axis=axis, index=index)

    def select(self, x: int, axis: int, at: int) -> int:
        """One coordinate of an axis, the axis removed."""
        shape = self.shapes[x]
        axis %= len(shape)
        return self.reshape(self.take(x, axis, [at]), shape[:axis] + shape[axis + 1 :])

    def split(self, x: int, axis: int, sizes: Sequence[int]) -> list[int]:
        """Consecutive pieces of an axis."""
        ends = np.cumsum([0, *sizes])
        return [self.take(x, axis, np.arange(a, b)) for a, b in itertools.pairwise(ends)]

    def concatenate(self, inputs: Sequence[int], axis: int) -> int:
        """Side by side along an axis."""
        inputs = [i for i in inputs if math.prod(self.shapes[i]) or len(self.shapes[i]) > 1]
        shape = list(self.shapes[inputs[0]])
        axis %= len(shape)
        shape[axis] = sum(self.shapes[i][axis] for i in inputs)
        return self.emit("concatenate", inputs, shape, axis=axis)

    def reduce(self, x: int, axes: Sequence[int], kind: str, keepdims: bool = False) -> int:
        """Sum, mean, maximum ... over axes; a sum of a sum is one sum over all their axes."""
        rank = len(self.shapes[x])
        gone = {a % rank for a in axes} if rank else set()
        shape = [
            1 if a in gone else n
            for a, n in enumerate(self.shapes[x])
            if keepdims or a not in gone
        ]
        inner = self._sum(x) if kind == SUM else None
        if inner is not None:
            x = inner.inputs[0]
            before = set(inner.settings["axes"])
            every = range(len(self.shapes[x]))
            left = [a for a in every if inner.settings["keepdims"] or a not in before]
            both = before | {left[a] for a in gone}
            kept = [1 if a in both else n for a, n in enumerate(self.shapes[x])]
            settings = {"axes": sorted(both), "kind": SUM, "keepdims": True}
            return self.reshape(self.emit("reduce", [x], kept, **settings), shape)
        return self.emit("reduce", [x], shape, axes=sorted(gone), kind=kind, keepdims=keepdims)

    def _sum(self, x: int) -> Operation | None:
        """Return the sum that makes a tensor, if a sum does."""
        made = next((o for o in reversed(self.operations) if x in o.outputs), None)
        is_sum = made is not None and made.rule == "reduce" and made.settings["kind"] == SUM
        return made if is_sum else None

    def normalise(self, x: int, axes: Sequence[int], kind: str = NORM) -> int:
        """Norm or softmax over axes."""
        return self.emit("normalise", [x], self.shapes[x], axes=list(axes), kind=kind)

    def order(
        self,
        x: int,
        axes: Sequence[int],
        shape: Sequence[int] | None = None,
        *,
        chosen: bool = False,
    ) -> int:
        """Order along the axes matters; they may get other lengths.

        `chosen`: the values decide which coordinates are taken, so units could be exchanged
        together with the choice; that is not followed, and a gap where units are pinned.
        """
        rank = len(self.shapes[x])
        axes = sorted({a % rank for a in axes})
        shape = self.shapes[x] if shape is None else tuple(shape)
        lengths = {a: shape[a] for a in axes}
        return self.emit("order", [x], shape, axes=axes, lengths=lengths, chosen=chosen)

    def contract(self, a: int, b: int, axes: Sequence[int], kind: str | None = None) -> int:
        """Sum over axes of a broadcast product."""
        shape = np.broadcast_shapes(self.shapes[a], self.shapes[b])
        gone = {x % len(shape) for x in axes}
        left = [n for x, n in enumerate(shape) if x not in gone]
        return self.emit("contract", [a, b], left, axes=sorted(gone), kind=kind)

    def unknown(self, inputs: Sequence[int], shapes: Sequence[Sequence[int]]) -> list[int]:
        """Describe an operation that is not understood."""
        outputs = [self.tensor(s) for s in shapes]
        self.operations.append(Operation("unknown", tuple(inputs), tuple(outputs), {}, self.place))
        return outputs


def _combine(space: Space, values: Sequence[Value], fn: str) -> Value:
    result = space.combine(values)
    if isinstance(result, State):
        for slot in result.slots:
            space.graph.use(f"fn:{fn}", slot)
    return result


def _linear(space: Space, x: Value, w: Value) -> Value:
    shape = x.shape
    wide = space.reshape(x, (*shape[:-1], 1, shape[-1]))
    return space.contract(wide, w, [-1])


def _conv(
    space: Space,
    x: Value,
    w: Value,
    groups: int,
    transposed: bool,
    spatial: Lengths,
) -> Value:
    """x (B, C, ...), w (O, C/groups, ...) or, transposed, (C, O/groups, ...)."""
    batch, channels = x.shape[:2]
    rank = len(x.shape) - 2
    flat = space.order(x, range(2, 2 + rank), dict.fromkeys(range(2, 2 + rank), 1))
    wide = space.reshape(flat, (batch, groups, 1, channels // groups) + (1,) * rank)
    kernel = w.shape[2:]
    if transposed:
        w = space.reshape(w, (groups, channels // groups, w.shape[1], *kernel))
        w = space.permute(w, [0, 2, 1, *range(3, 3 + rank)])
    else:
        w = space.reshape(w, (groups, w.shape[0] // groups, w.shape[1], *kernel))
    window = State((1, 1, 1, 1, *kernel), (), frozenset(range(4, 4 + rank)))
    if groups > 1 and isinstance(wide, State):
        for slot in wide.slots:
            if slot.shape[1] > 1:
                space.graph.use("fn:grouped", slot)
    gone = [3, *range(4, 4 + rank)]
    product = space.combine([wide, window, w], reduced=gone)
    y = space.reduce(product, gone, "linear" if isinstance(w, View) else "bilinear")
    y2 = space.reshape(y, (batch, y.shape[1] * y.shape[2]) + (1,) * rank)
    return space.combine([y2, space.fixed((1, 1, *spatial))])


RULES: dict[str, Callable[..., Any]] = {
    "combine": lambda s, *v, fn: _combine(s, v, fn),
    "reshape": lambda s, x, shape: s.reshape(x, shape),
    "permute": lambda s, x, order: s.permute(x, order),
    "expand": lambda s, x, shape: s.expand(x, shape),
    "take": lambda s, x, axis, index: s.take(x, axis, index),
    "concatenate": lambda s, *v, axis: s.concatenate(v, axis),
    "reduce": lambda s, x, axes, kind, keepdims: s.reduce(x, axes, kind, keepdims),
    "normalise": lambda s, x, axes, kind: s.normalise(x, axes, kind),
    "order": lambda s, x, axes, lengths, chosen=False: s.order(x, axes, lengths, chosen),
    "contract": lambda s, a, b, axes, kind: s.contract(a, b, axes, kind),
    "look_up": lambda s, t, i, axis: s.look_up(t, axis, i),
    "linear": lambda s, x, w: _linear(s, x, w),
    "conv": lambda s, x, w, groups, transposed, spatial: _conv(
        s, x, w, groups, transposed, spatial
    ),
}


def living(program: Program) -> list[Operation]:
    """Return the operations that an output depends on."""
    needed = set(program.outputs)
    result = []
    for operation in reversed(program.operations):
        if any(o in needed for o in operation.outputs):
            needed.update(operation.inputs)
            result.append(operation)
    return result[::-1]


def label_tensors(program: Program) -> Space:
    """Run the rules over a program; its inputs, constants and outputs are fixed."""
    space = Space()
    values: dict[int, Value] = {}
    for name, number in program.parameters.items():
        values[number] = View.whole(name, program.shapes[number])
    for number in program.inputs:
        values[number] = space.fixed(program.shapes[number])
    operations = living(program)
    last: dict[int, int] = {}
    for k, operation in enumerate(operations):
        for number in operation.inputs:
            last[number] = k
    for k, operation in enumerate(operations):
        space.place = operation.place
        for number in operation.inputs:
            if number not in values:
                values[number] = space.constant(program.constants[number], program.shapes[number])
        inputs = [values[i] for i in operation.inputs]
        shapes = [program.shapes[o] for o in operation.outputs]
        if operation.rule == "unknown":
            results: list[Value] = list(space.unknown(inputs, shapes))
        else:
            settings = dict(operation.settings)
            if operation.rule in ("reshape", "expand"):
                settings["shape"] = shapes[0]
            results = [RULES[operation.rule](space, *inputs, **settings)]
        for number, value in zip(operation.outputs, results, strict=True):
            if value.shape != program.shapes[number]:
                raise RuntimeError(
                    f"{operation.place}: rule {operation.rule} gave {value.shape} "
                    f"for {program.shapes[number]}"
                )
            values[number] = value
        for number in operation.inputs:
            if last[number] == k and number not in program.outputs:
                values.pop(number, None)
    space.place = "output"
    for number in program.outputs:
        last_value = values.get(number)
        if isinstance(last_value, View):
            axes = frozenset(range(len(last_value.shape)))
            last_value = space.commit(last_value, (), axes, frozenset())
        if last_value is not None:
            space.freeze(last_value)
    return space
