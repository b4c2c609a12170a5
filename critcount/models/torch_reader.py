"""Torch modules, read operation by operation into a `Program`.

Parameters may be on the meta device: only shapes are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from critcount.models.program import MOST_FOLDED, Program
from critcount.models.torch_call import Call, as_array, operation_name
from critcount.models.torch_export import export
from critcount.models.torch_instructions import Instruction, Instructions
from critcount.models.torch_layers import HANDLERS
from critcount.models.torch_routing import Routing
from critcount.models.torch_runner import TorchRunner, Weights
from critcount.models.torch_trace import trace

__all__ = ["program_of", "read_torch"]


def read_torch(
    model: Any, example: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> tuple[Program, Weights | None, TorchRunner | None]:
    """Return the program of a module, its parameters and a function that runs it in float64.

    The module is run once on tensors without values, as `torch_trace` says; where that does not
    suffice, fails, or was not tested with this version of torch, torch.export reads it.

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
        program = program_of(trace(model, args, named))
    except Exception:  # whatever happens there: torch.export reads it, or says what is wrong
        program = program_of(export(model, args, named))
    every = [*model.named_parameters(), *model.named_buffers()]
    if any(t.is_meta for _, t in every):
        return program, None, None
    tensors = {name: tensor for name, tensor in every if name in program.parameters}
    return program, Weights(tensors), TorchRunner(model, args, named, tensors)


def program_of(steps: Instructions) -> Program:
    """Return the program of a module, whichever way it was recorded."""
    reader = InstructionReader()
    for node in steps.nodes:
        reader.read(node)
    reader.p.outputs += [reader.tensor(node) for node in steps.outputs]
    return reader.p


class InstructionReader:
    """Reads nodes into a `Program`."""

    def __init__(self) -> None:
        self.p = Program()
        self.env: dict[Instruction, Any] = {}
        self.plain: dict[Instruction, int] = {}
        self.routing = Routing(self)

    def read(self, node: Instruction) -> None:
        """Read a node; constants are made when an operation asks for them."""
        if node.kind == "parameter":
            self.env[node] = self.p.parameter(node.name, node.shape)
        elif node.kind == "input":
            self.env[node] = self.p.input(node.shape)
        elif node.kind == "call":
            self.call(node)
        elif node.kind == "item" and not self.routing.item(node):
            source, index = node.args
            self.env[node] = self.env[source][index]

    def tensor(self, node: Instruction) -> int:
        """Return the number of a node's tensor."""
        if self.routing.knows(node):
            if node not in self.plain:
                self.plain[node] = self.routing.plain(node)
            return self.plain[node]
        if node not in self.env:
            value = node.value
            if value is None or value.numel() > MOST_FOLDED:
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
        if self.routing.read(node):
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
