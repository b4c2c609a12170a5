"""One operation of a torch module, as the handlers of operations see it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from critcount.models.program import Program
from critcount.models.torch_instructions import Instruction, nodes_in

__all__ = ["Call", "as_array", "operation_name"]


class CallSource(Protocol):
    """What an operation asks of the program that it stands in: its reader."""

    p: Program

    def tensor(self, node: Instruction) -> int:
        """Return the number of a node's tensor."""
        ...

    def moving(self, node: Instruction) -> int:
        """Return running statistics as a parameter."""
        ...


def operation_name(node: Instruction) -> str:
    """Return the name of a node's operation, whatever its overload and whether it writes."""
    target = node.target
    packet = getattr(target, "overloadpacket", None)
    name = str(getattr(packet or target, "__name__", target))
    written = packet is not None and target._schema.is_mutable
    return name.rstrip("_") if written and name != "copy_" else name


def as_array(tensor: Any) -> np.ndarray:
    """Return a tensor's numbers, in float64 where they are no whole numbers."""
    tensor = tensor.detach().cpu()
    result: np.ndarray = (tensor.double() if tensor.is_floating_point() else tensor).numpy()
    return result


class Call:
    """One operation, its arguments by name or place."""

    def __init__(self, reader: CallSource, node: Instruction) -> None:
        self.reader = reader
        self.p = reader.p
        self.node = node
        self.name = operation_name(node)
        schema = getattr(node.target, "_schema", None)
        self.args: dict[str, Any] = {}
        if schema is not None:
            for k, argument in enumerate(schema.arguments):
                if k < len(node.args):
                    self.args[argument.name] = node.args[k]
                elif argument.name in node.kwargs:
                    self.args[argument.name] = node.kwargs[argument.name]
                elif argument.has_default_value():
                    self.args[argument.name] = argument.default_value
        self.order = list(self.args.values())

    def __getitem__(self, key: str | int) -> Any:
        return self.order[key] if isinstance(key, int) else self.args[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return an argument, or a default."""
        return self.args.get(key, default)

    def tensor(self, value: Any) -> int:
        """Return the number of an argument's tensor."""
        if isinstance(value, Instruction):
            return self.reader.tensor(value)
        raise NotImplementedError

    @staticmethod
    def is_tensor(value: Any) -> bool:
        """Tell whether an argument is a node, or a list of some."""
        return any(True for _ in nodes_in(value))

    def optional(self, value: Any) -> int | None:
        """Return the number of an argument's tensor, None for None."""
        return None if value is None else self.tensor(value)

    def tensors(self) -> list[int]:
        """Return every tensor among the arguments, lists opened."""
        return [self.reader.tensor(v) for v in nodes_in(self.order)]

    def integer(self, value: Any) -> int:
        """Return a whole number; sizes that are data are not followed."""
        if isinstance(value, Instruction):
            value = value.value
        if value is None:
            raise NotImplementedError
        return int(value)

    def constant(self, value: Any) -> np.ndarray | None:
        """Return the value of a constant tensor, None for data."""
        if not isinstance(value, Instruction) or value.value is None:
            return None
        return as_array(value.value)

    def moving(self, value: Any) -> int | None:
        """Return running statistics as a parameter."""
        return None if value is None else self.reader.moving(value)

    @property
    def many(self) -> bool:
        """Whether the operation gives a list."""
        return self.node.many

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the (first) output."""
        return self.node.shape

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of all outputs."""
        return [s for s in self.node.shapes if s is not None]

    def shape_of(self, number: int) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return self.p.shapes[number]
