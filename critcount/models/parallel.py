"""Parallel layers written as one, so that units of different tensors can be exchanged.

Three identities, used from left to right, all exact:

- [f(A x), f(B x)] = f([A; B] x): layers that read the same input, side by side under the same
  functions, are one layer;
- A u + B v = [A, B] [u; v]: a sum of layers is one layer over what they read;
- [f(A u), f(B v)] = f(diag(A, B) [u; v]): equal branches are one layer in groups.

The weights of the one layer are a parameter that stands for several, side by side along an axis.
Only tensors that nothing else reads are replaced.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from critcount.models.program import Operation, Program, living

__all__ = ["merge_parallel_layers"]


@dataclass(frozen=True, slots=True)
class _Weight:
    """A parameter as an operation reads it: reshaped to `shape` and permuted, or neither."""

    name: str
    order: tuple[int, ...] | None
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A linear layer or convolution, then elementwise functions with vectors of parameters."""

    key: tuple[object, ...]
    base: Operation
    weight: _Weight
    steps: tuple[tuple[Operation, tuple[_Weight | None, ...]], ...]


class _Merger:
    """One pass over a program."""

    def __init__(self, program: Program) -> None:
        self.p = copy.copy(program)
        self.p.shapes = list(program.shapes)
        self.p.parameters = dict(program.parameters)
        self.p.merged = dict(program.merged)
        self.p.operations = []
        self.old = living(program)
        self.made = {o: op for op in self.old for o in op.outputs}
        self.uses = Counter(i for op in self.old for i in op.inputs)
        self.uses.update(program.outputs)
        self.names = {number: name for name, number in program.parameters.items()}
        self.changed = False

    def run(self) -> Program:
        """Return the program with what could be merged merged."""
        for operation in self.old:
            self.p.place = operation.place
            before = len(self.p.operations)
            new = None
            if operation.rule == "concatenate":
                new = self.beside(operation.inputs, operation.settings["axis"])
            elif operation.rule == "combine" and operation.settings["fn"] == "add":
                new = self.sum(operation)
            if new is None or self.p.shapes[new] != self.p.shapes[operation.outputs[0]]:
                del self.p.operations[before:]
                self.p.operations.append(operation)
                continue
            self.changed = True
            last = self.p.operations[-1]
            self.p.operations[-1] = Operation(
                last.rule, last.inputs, operation.outputs, last.settings, operation.place
            )
        return self.p

    # ---- what stands in a program --------------------------------------------------------------

    def weight(self, number: int) -> _Weight | None:
        """Return a parameter that one operation reads, maybe permuted or reshaped."""
        if self.uses[number] != 1:
            return None
        if number in self.names:
            return _Weight(self.names[number], None, self.p.shapes[number])
        operation = self.made.get(number)
        if operation is None or operation.rule not in ("permute", "reshape"):
            return None
        source = operation.inputs[0]
        if source not in self.names or self.uses[source] != 1:
            return None
        order = tuple(operation.settings["order"]) if operation.rule == "permute" else None
        if order is None:
            old, new = self.p.shapes[source], self.p.shapes[number]
            if len(old) != 1 or new[:1] != old:
                return None
        return _Weight(self.names[source], order, self.p.shapes[number])

    def layer(self, number: int) -> _Layer | None:
        """Return the layer that ends in a tensor which one operation reads."""
        steps: list[tuple[Operation, tuple[_Weight | None, ...]]] = []
        names: list[object] = []
        while True:
            operation = self.made.get(number)
            if operation is None or self.uses[number] != 1:
                return None
            if operation.rule in ("linear", "conv"):
                break
            if operation.rule != "combine":
                return None
            first, *rest = operation.inputs
            extras = tuple(self.weight(i) for i in rest)
            if any(w is None for w in extras):
                return None
            shape = self.p.shapes[first]
            axis = self._axis(operation, first)
            for w in extras:
                if w is None or w.order or w.shape[0] != shape[axis]:
                    return None
            steps.append((operation, extras))
            names.append((operation.settings["fn"], tuple(len(w.shape) for w in extras if w)))
            number = first
        weight = self.weight(operation.inputs[1])
        if weight is None:
            return None
        settings = tuple(sorted((k, v) for k, v in operation.settings.items()))
        key = (operation.rule, settings, weight.order, weight.shape[1:], *names)
        return _Layer(key, operation, weight, tuple(reversed(steps)))

    def _axis(self, operation: Operation, number: int) -> int:
        """Return the axis of units of the layer under an operation: 1 of a convolution."""
        while operation.rule == "combine":
            operation = self.made.get(operation.inputs[0], operation)
            if operation.rule not in ("combine", "linear", "conv"):
                break
        return 1 if operation.rule == "conv" else len(self.p.shapes[number]) - 1

    # ---- what is put in its place --------------------------------------------------------------

    def joined(self, weights: Sequence[_Weight], axis: int) -> int:
        """Return one parameter for several, side by side along an axis of what is read."""
        first = weights[0]
        raw = first.order[axis] if first.order else axis
        names = tuple(w.name for w in weights)
        shape = list(self.p.shapes[self.p.parameters[names[0]]])
        shape[raw] = sum(self.p.shapes[self.p.parameters[n]][raw] for n in names)
        name = " | ".join(names)
        self.p.merged[name] = (raw, names)
        number = self.p.parameter(name, shape)
        if first.order:
            return self.p.permute(number, first.order)
        target = list(first.shape)
        target[axis] = shape[raw]
        return self.p.reshape(number, target)

    def beside(self, tensors: Sequence[int], axis: int) -> int | None:
        """Return tensors side by side as one layer, or None."""
        if len(tensors) < 2 or len(set(tensors)) < len(tensors):
            return None
        found = [self.layer(t) for t in tensors]
        layers = [f for f in found if f is not None]
        if len(layers) < len(found) or len({layer.key for layer in layers}) > 1:
            return None
        base = layers[0].base
        rank = len(self.p.shapes[tensors[0]])
        if axis != (1 if base.rule == "conv" else rank - 1) or base.settings.get("transposed"):
            return None
        sources = [layer.base.inputs[0] for layer in layers]
        units = [self.p.shapes[t][axis] for t in tensors]
        shape = list(self.p.shapes[layers[0].base.outputs[0]])
        shape[axis] = sum(units)
        if len(set(sources)) == 1:
            if base.settings.get("groups", 1) != 1:
                return None
            w = self.joined([layer.weight for layer in layers], 0)
            y = self.p.emit(base.rule, [sources[0], w], shape, **base.settings)
        else:
            if base.settings.get("groups", 1) != 1 or len(set(units)) > 1:
                return None
            x = self.beside(sources, axis)
            if x is None:
                return None
            w = self.joined([layer.weight for layer in layers], 0)
            y = self._in_groups(base, x, w, len(layers), shape)
        for k, (step, extras) in enumerate(layers[0].steps):
            more = [
                self.joined([v for layer in layers if (v := layer.steps[k][1][j])], 0)
                for j in range(len(extras))
            ]
            y = self.p.combine([y, *more], step.settings["fn"])
        return y

    def _in_groups(self, base: Operation, x: int, w: int, count: int, shape: Sequence[int]) -> int:
        if base.rule == "conv":
            return self.p.emit("conv", [x, w], shape, **{**base.settings, "groups": count})
        old = self.p.shapes[x]
        wide = self.p.reshape(x, (*old[:-1], count, 1, old[-1] // count))
        rows, columns = self.p.shapes[w]
        blocks = self.p.reshape(w, (count, rows // count, columns))
        return self.p.reshape(self.p.contract(wide, blocks, [-1]), shape)

    def sum(self, operation: Operation) -> int | None:
        """Return a sum of layers as one layer over what they read, or None."""
        terms, others = self._terms(operation.inputs)
        groups: dict[tuple[object, ...], list[tuple[Operation, _Weight]]] = {}
        for base, weight in terms:
            settings = str(sorted(base.settings.items()))
            kept = (weight.shape[0], *weight.shape[2:])
            key: tuple[object, ...] = (base.rule, settings, weight.order, kept)
            groups.setdefault(key, []).append((base, weight))
        for members in groups.values():
            base = members[0][0]
            if len(members) < 2 or base.settings.get("groups", 1) != 1:
                continue
            if base.settings.get("transposed"):
                continue
            sources = [b.inputs[0] for b, _ in members]
            rank = len(self.p.shapes[sources[0]])
            x = self.beside(sources, 1 if base.rule == "conv" else rank - 1)
            if x is None:
                continue
            w = self.joined([weight for _, weight in members], 1)
            y = self.p.emit(base.rule, [x, w], self.p.shapes[base.outputs[0]], **base.settings)
            left = [b.outputs[0] for b, _ in terms if all(b is not m for m, _ in members)]
            return self.p.combine([y, *left, *others], "add")
        return None

    def _terms(self, inputs: Sequence[int]) -> tuple[list[tuple[Operation, _Weight]], list[int]]:
        """Return the layers in a sum, nested sums opened, and the other terms."""
        terms: list[tuple[Operation, _Weight]] = []
        others: list[int] = []
        for number in inputs:
            operation = self.made.get(number)
            if operation is not None and self.uses[number] == 1:
                if operation.rule == "combine" and operation.settings["fn"] == "add":
                    inner, more = self._terms(operation.inputs)
                    terms += inner
                    others += more
                    continue
                if operation.rule in ("linear", "conv"):
                    weight = self.weight(operation.inputs[1])
                    if weight is not None:
                        terms.append((operation, weight))
                        continue
            others.append(number)
        return terms, others


def merge_parallel_layers(program: Program) -> Program | None:
    """Return the program with parallel layers written as one, None when there are none."""
    result = None
    while True:
        merger = _Merger(program if result is None else result)
        new = merger.run()
        if not merger.changed:
            return result
        result = new
