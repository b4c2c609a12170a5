"""Torch modules, read operation by operation into a `Program`.

Parameters may be on the meta device: only shapes are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from critcount.models.program import Program
from critcount.models.space import LINEAR, SUM
from critcount.models.torch_call import Call, as_array, operation_name
from critcount.models.torch_export import FOLDED, export
from critcount.models.torch_instructions import Instruction, Instructions
from critcount.models.torch_layers import HANDLERS
from critcount.models.torch_runner import Runner, Weights
from critcount.models.torch_trace import trace

__all__ = ["program_of", "read_torch"]


def read_torch(
    model: Any, example: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> tuple[Program, Weights | None, Runner | None]:
    """Return the program of a module, its parameters and a function that runs it in float64.

    The module is run once on tensors without values, as `torch_trace` says; where that does not
    suffice, torch.export reads it.

    Parameters
    ----------
    model : torch.nn.Module
        Read as in evaluation mode, and left untouched. On the meta device there are no parameters
        and nothing to run.
    example : sequence
        Arguments of its forward function; shapes are fixed to these.
    kwargs : mapping, optional
        Named arguments.
    """
    import torch

    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    args, named = tuple(example), dict(kwargs or {})
    try:
        steps = trace(model, args, named)
    except Exception:  # whatever the module does with values: torch.export says what is wrong
        steps = export(model, args, named)
    program = program_of(steps)
    every = [*model.named_parameters(), *model.named_buffers()]
    if any(t.is_meta for _, t in every):
        return program, None, None
    tensors = {name: tensor for name, tensor in every if name in program.parameters}
    return program, Weights(tensors), Runner(model, args, named, tensors)


def program_of(steps: Instructions) -> Program:
    """Return the program of a module, whichever way it was recorded."""
    reader = Reader()
    for node in steps.nodes:
        reader.read(node)
    reader.p.outputs += [reader.tensor(node) for node in steps.outputs]
    return reader.p


class Reader:
    """Reads nodes into a `Program`."""

    def __init__(self) -> None:
        self.p = Program()
        self.env: dict[Instruction, Any] = {}
        self.routed: dict[Instruction, Any] = {}

    def read(self, node: Instruction) -> None:
        """Read a node; constants are made when an operation asks for them."""
        if node.kind == "parameter":
            self.env[node] = self.p.parameter(node.name, node.shape)
        elif node.kind == "input":
            self.env[node] = self.p.input(node.shape)
        elif node.kind == "call":
            self.call(node)
        elif node.kind == "item":
            source, index = node.args
            where = self.routed if source in self.routed else self.env
            where[node] = where[source][index]

    def tensor(self, node: Instruction) -> int:
        """Return the number of a node's tensor."""
        if node not in self.env and node in self.routed:
            self.env[node] = self.p.reduce(self.routed[node], [1], SUM)
        if node not in self.env:
            value = node.value
            if value is None or value.numel() > FOLDED:
                self.env[node] = self.p.constant(None, node.shape)
            else:
                self.env[node] = self.p.constant(as_array(value))
        result: int = self.env[node]
        return result

    def moving(self, node: Instruction) -> int:
        """Return a buffer that belongs to a layer, running statistics, as a parameter.

        One that is used otherwise too stays a constant.
        """
        if node.kind == "buffer" and node not in self.env and not node.read:
            self.env[node] = self.p.parameter(node.name, node.shape)
        return self.tensor(node)

    def call(self, node: Instruction) -> None:
        """Read one operation."""
        name = operation_name(node)
        inputs = node.inputs()
        self.p.place = f"{name} at {node.name}"
        if any(n in self.routed for n in inputs) or name in GROUPED:
            number = routed(self, node)
            if number is not None:
                self.routed[node] = number
                return
        handler = HANDLERS.get(name)
        if handler is not None:
            before = len(self.p.operations)
            try:
                self.env[node] = handler(Call(self, node))
                return
            except (NotImplementedError, KeyError):
                del self.p.operations[before:]
        shapes = [s or () for s in node.shapes]
        outputs = self.p.unknown([self.tensor(n) for n in inputs], shapes)
        self.env[node] = outputs if node.many else outputs[0]


#: Rows of one matrix times the matrices of the experts that the rows were sent to.
GROUPED = frozenset({"_grouped_mm", "grouped_mm_fallback", "grouped_mm"})


def routed(reader: Reader, node: Instruction) -> int | list[int] | None:
    """Return an operation on rows that were sent to experts, for every expert: (N, E, ...).

    A row goes through one expert, chosen by data; what all experts would make of it says as much
    about the units of each. None when the operation mixes them with something else.
    """
    p, name = reader.p, operation_name(node)
    inputs = node.inputs()
    if name in GROUPED:
        if len(inputs) < 2 or len(node.shape) != 2:
            return None
        x, w = inputs[0], reader.tensor(inputs[1])
        experts, n_in, _ = p.shapes[w]
        rows = node.shape[0]
        if x in reader.routed:
            left = p.reshape(reader.routed[x], (rows, experts, 1, n_in))
        else:
            left = p.reshape(reader.tensor(x), (rows, 1, 1, n_in))
        places = p.constant(None, (1, experts, 1, 1))
        left = p.combine([left, places], "route")
        return p.contract(left, p.permute(w, [0, 2, 1]), [-1], LINEAR)
    if not all(n in reader.routed or not n.shape for n in inputs):
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
