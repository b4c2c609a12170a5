"""Torch modules: exported by torch.export, read operation by operation.

Parameters may be on the meta device: only shapes are needed.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from critcount.models.program import Program
from critcount.models.space import LINEAR, SUM
from critcount.models.torch_call import Call, as_array, operation_name
from critcount.models.torch_in_place import functional
from critcount.models.torch_layers import HANDLERS

__all__ = ["read"]

#: Constants with more entries are not computed: their axes are pinned.
FOLDED = 4_000_000


def read(
    model: Any, example: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> tuple[Program, dict[str, np.ndarray] | None, Any]:
    """Return the program of a module, its parameters and a function that runs it in float64.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode, or it is put there. On the meta device there are no parameters and
        nothing to run.
    example : sequence
        Arguments of its forward function; shapes are fixed to these.
    kwargs : mapping, optional
        Named arguments.
    """
    import torch

    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    meta = any(t.is_meta for t in [*model.parameters(), *model.buffers()])
    if not meta:
        model = copy.deepcopy(model).double()
        example = tuple(_double(v) for v in example)
        kwargs = {k: _double(v) for k, v in (kwargs or {}).items()}
    exported = torch.export.export(model.eval(), tuple(example), dict(kwargs or {}))
    exported = functional(exported)
    reader = Reader(exported)
    program = reader.read()
    if meta:
        return program, None, None
    weights = {name: as_array(reader.values[name]) for name in program.parameters}
    return program, weights, Runner(exported, reader)


def _double(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.double()
    return value


class Reader:
    """Reads an exported program into a `Program`."""

    def __init__(self, exported: Any) -> None:
        self.exported = exported
        self.p = Program()
        self.env: dict[Any, Any] = {}
        self.known: dict[Any, Any] = {}
        self.values: dict[str, Any] = {}
        self.buffers: dict[Any, str] = {}
        self.names: dict[Any, str] = {}
        self.routed: dict[Any, Any] = {}

    def read(self) -> Program:
        """Read every node."""
        import torch

        signature = self.exported.graph_signature
        specs = {s.arg.name: s for s in signature.input_specs if hasattr(s.arg, "name")}
        stored = dict(self.exported.state_dict)
        stored.update(self.exported.constants)
        same: dict[int, str] = {}
        for node in self.exported.graph.nodes:
            if node.op == "placeholder":
                spec: Any = specs.get(node.name)
                value = node.meta.get("val")
                if not isinstance(value, torch.Tensor):
                    self.known[node] = value
                    continue
                kind = spec.kind.name if spec is not None else "USER_INPUT"
                if kind == "PARAMETER":
                    tensor = stored[spec.target]
                    name = same.setdefault(id(tensor), spec.target)
                    self.values[name] = tensor
                    self.env[node] = self.p.parameter(name, value.shape)
                    self.names[node] = name
                elif kind in ("BUFFER", "CONSTANT_TENSOR"):
                    tensor = stored.get(spec.target)
                    self.buffers[node] = spec.target
                    self.known[node] = tensor
                else:
                    self.env[node] = self.p.input(value.shape)
            elif node.op == "call_function":
                self.call(node)
            elif node.op == "output":
                self.output(node, signature)
        return self.p

    def output(self, node: Any, signature: Any) -> None:
        """Note the outputs, without mutated buffers."""
        import torch

        for spec, value in zip(signature.output_specs, node.args[0], strict=True):
            if spec.kind.name == "USER_OUTPUT" and isinstance(value, torch.fx.Node):
                self.p.outputs.append(self.tensor(value))

    def tensor(self, node: Any) -> int:
        """Return the number of a node's tensor; constants are made when asked for."""
        if node not in self.env and node in self.routed:
            self.env[node] = self.p.reduce(self.routed[node], [1], SUM)
        if node not in self.env:
            value = self.known[node]
            if value is None or value.is_meta or value.numel() > FOLDED:
                shape = node.meta["val"].shape
                self.env[node] = self.p.constant(None, shape)
            else:
                self.env[node] = self.p.constant(
                    as_array(value.double() if value.is_floating_point() else value)
                )
        result: int = self.env[node]
        return result

    def moving(self, node: Any) -> int:
        """Return a buffer that belongs to a layer, running statistics, as a parameter."""
        if node in self.buffers:
            name = self.buffers[node]
            if node not in self.names:
                self.values[name] = self.known[node]
                self.env[node] = self.p.parameter(name, node.meta["val"].shape)
                self.names[node] = name
            return self.p.parameters[name]
        return self.tensor(node)

    def call(self, node: Any) -> None:
        """Read one operation."""
        import torch

        if node.target is operator.getitem:
            source, index = node.args
            if source in self.routed and isinstance(self.routed[source], list):
                self.routed[node] = self.routed[source][index]
                return
            if source in self.known and source not in self.env:
                self.known[node] = self.known[source][index]
            elif isinstance(self.env.get(source), list):
                self.env[node] = self.env[source][index]
            return
        inputs = list(node.all_input_nodes)
        self.p.place = f"{operation_name(node)} at {node.name}"
        if all(n in self.known and n not in self.names for n in inputs) and self.fold(node):
            return
        if any(n in self.routed for n in inputs) or operation_name(node) in GROUPED:
            number = routed(self, node)
            if number is not None:
                self.routed[node] = number
                return
        handler = HANDLERS.get(operation_name(node))
        if handler is not None:
            before = len(self.p.operations)
            try:
                result = handler(Call(self, node))
            except (NotImplementedError, KeyError):
                del self.p.operations[before:]
            else:
                self.env[node] = result
                return
        values = node.meta.get("val")
        many = isinstance(values, tuple | list)
        listed = list(values if many else [values])
        shapes = [v.shape if isinstance(v, torch.Tensor) else () for v in listed]
        outputs = self.p.unknown([self.tensor(n) for n in inputs if self.has(n)], shapes)
        self.env[node] = outputs if many else (outputs[0] if outputs else None)

    def has(self, node: Any) -> bool:
        """Tell whether a node holds one tensor."""
        import torch

        return isinstance(node.meta.get("val"), torch.Tensor)

    def fold(self, node: Any) -> bool:
        """Compute an operation on constants."""
        import torch

        tag = getattr(torch, "Tag", None)
        if tag is not None and tag.nondeterministic_seeded in getattr(node.target, "tags", ()):
            return False
        value = node.meta.get("val")
        if isinstance(value, torch.Tensor) and value.numel() > FOLDED:
            self.known[node] = None
            return True

        def look(n: Any) -> Any:
            return self.known[n]

        args = torch.fx.node.map_arg(node.args, look)
        kwargs = dict(torch.fx.node.map_arg(node.kwargs, look))
        inputs = [self.known[n] for n in node.all_input_nodes]
        if any(v is None or (isinstance(v, torch.Tensor) and v.is_meta) for v in inputs):
            self.known[node] = None if isinstance(value, torch.Tensor) else value
            if isinstance(value, tuple | list):
                self.known[node] = [None] * len(value)
            return True
        if "device" in kwargs:
            kwargs["device"] = "cpu"
        try:
            with torch.no_grad():
                self.known[node] = node.target(*args, **kwargs)
        except Exception:
            return False
        return True


#: Rows of one matrix times the matrices of the experts that the rows were sent to.
GROUPED = frozenset({"_grouped_mm", "grouped_mm_fallback", "grouped_mm"})


def routed(reader: Reader, node: Any) -> int | list[int] | None:
    """Return an operation on rows that were sent to experts, for every expert: (N, E, ...).

    A row goes through one expert, chosen by data; what all experts would make of it says as much
    about the units of each. None when the operation mixes them with something else.
    """
    p, name = reader.p, operation_name(node)
    inputs = list(node.all_input_nodes)
    if name in GROUPED:
        if len(inputs) < 2 or len(node.meta["val"].shape) != 2:
            return None
        x, w = inputs[0], reader.tensor(inputs[1])
        experts, n_in, _ = p.shapes[w]
        rows = node.meta["val"].shape[0]
        if x in reader.routed:
            left = p.reshape(reader.routed[x], (rows, experts, 1, n_in))
        else:
            left = p.reshape(reader.tensor(x), (rows, 1, 1, n_in))
        places = p.constant(None, (1, experts, 1, 1))
        left = p.combine([left, places], "route")
        return p.contract(left, p.permute(w, [0, 2, 1]), [-1], LINEAR)
    if not all(
        n in reader.routed or (reader.has(n) and len(n.meta["val"].shape) == 0) for n in inputs
    ):
        return None
    numbers = [reader.routed[n] if n in reader.routed else reader.tensor(n) for n in inputs]
    call = Call(reader, node)
    if HANDLERS.get(name) is HANDLERS["relu"]:
        return p.combine(numbers, f"routed {name}")
    if name == "slice" and call["dim"] % 2 == 1:
        n = p.shapes[numbers[0]][-1]
        return p.take(
            numbers[0], -1, np.arange(n)[slice(call["start"], call["end"], call["step"])]
        )
    if name in ("chunk", "split") and call.get("dim", 0) % 2 == 1:
        return p.split(numbers[0], -1, [s[1] for s in call.shapes])
    return None


class Runner:
    """Runs an exported program in float64 with other parameters."""

    def __init__(self, exported: Any, reader: Reader) -> None:
        import torch

        self.narrow = exported.graph_module
        self.module: Any = None
        self.placeholders = [n for n in exported.graph.nodes if n.op == "placeholder"]
        self.reader = reader
        self.specs = exported.graph_signature
        args, kwargs = exported.example_inputs
        import torch.utils._pytree as pytree

        flat, _ = pytree.tree_flatten((args, kwargs))
        self.example = [v for v in flat if isinstance(v, torch.Tensor)]
        self.flat = flat

    def _widened(self) -> Any:
        """Return the module with every conversion to a narrow type made one to float64."""
        import torch

        module = copy.deepcopy(self.narrow)
        narrow = (torch.float32, torch.float16, torch.bfloat16)

        def widen(value: Any) -> Any:
            return torch.float64 if value in narrow else value

        for node in list(module.graph.nodes):
            if node.op != "call_function":
                continue
            if operation_name(node) in ("_assert_tensor_metadata", "_assert_async"):
                module.graph.erase_node(node)
                continue
            node.args = tuple(widen(a) if isinstance(a, torch.dtype) else a for a in node.args)
            node.kwargs = {
                k: widen(a) if isinstance(a, torch.dtype) else a for k, a in node.kwargs.items()
            }
        module.recompile()
        return module

    def inputs(self) -> list[np.ndarray]:
        """Return the example's tensors."""
        return [as_array(v) for v in self.example]

    def __call__(
        self, weights: Mapping[str, np.ndarray], inputs: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """Return the outputs."""
        import torch
        import torch.utils._pytree as pytree

        if self.module is None:
            self.module = self._widened()
        user = list(inputs)
        flat = []
        left = list(self.flat)
        for node in self.placeholders:
            if node in self.reader.names:
                tensor = torch.from_numpy(np.array(weights[self.reader.names[node]]))
                flat.append(_double(tensor))
            elif node in self.reader.buffers:
                flat.append(_double(self.reader.known[node]))
            else:
                value = left.pop(0)
                if isinstance(value, torch.Tensor):
                    value = torch.from_numpy(np.array(user.pop(0)))
                flat.append(value)
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)  # a model may draw noise: the same in every run
            results, _ = pytree.tree_flatten(self.module(*flat))
        kept = [
            r
            for spec, r in zip(self.specs.output_specs, results, strict=True)
            if spec.kind.name == "USER_OUTPUT" and isinstance(r, torch.Tensor)
        ]
        return [as_array(r.double()) for r in kept]
