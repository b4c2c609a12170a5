"""One operation of an exported torch program, as the handlers of operations see it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from critcount.models.program import Program

__all__ = ["Call", "as_array", "operation_name"]


class Source(Protocol):
    """What an operation asks of the program that it stands in: its reader."""

    p: Program
    known: dict[Any, Any]

    def tensor(self, node: Any) -> int:
        """Return the number of a node's tensor."""
        ...

    def moving(self, node: Any) -> int:
        """Return running statistics as a parameter."""
        ...

    def has(self, node: Any) -> bool:
        """Tell whether a node holds one tensor."""
        ...


def operation_name(node: Any) -> str:
    """Return the name of a node's operation, whatever its overload."""
    target = node.target
    packet = getattr(target, "overloadpacket", None)
    if packet is not None:
        return str(packet.__name__)
    return str(getattr(target, "__name__", target))


def as_array(tensor: Any) -> np.ndarray:
    """Return a tensor's numbers."""
    result: np.ndarray = tensor.detach().cpu().numpy()
    return result


class Call:
    """One operation, its arguments by name or place."""

    def __init__(self, reader: Source, node: Any) -> None:
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
        import torch

        if isinstance(value, torch.fx.Node):
            return self.reader.tensor(value)
        raise NotImplementedError

    @staticmethod
    def is_tensor(value: Any) -> bool:
        """Tell whether an argument is a node, or a list of some."""
        import torch

        opened = value if isinstance(value, tuple | list) else [value]
        return any(isinstance(v, torch.fx.Node) for v in opened)

    def optional(self, value: Any) -> int | None:
        """Return the number of an argument's tensor, None for None."""
        return None if value is None else self.tensor(value)

    def tensors(self) -> list[int]:
        """Return every tensor among the arguments, lists opened."""
        import torch

        opened = [v if isinstance(v, tuple | list) else [v] for v in self.order]
        return [
            self.reader.tensor(v)
            for values in opened
            for v in values
            if isinstance(v, torch.fx.Node) and self.reader.has(v)
        ]

    def integer(self, value: Any) -> int:
        """Return a whole number; sizes that are data are not followed."""
        import torch

        if isinstance(value, torch.fx.Node):
            value = self.reader.known.get(value)
        if value is None or isinstance(value, torch.fx.Node):
            raise NotImplementedError
        return int(value)

    def constant(self, value: Any) -> np.ndarray | None:
        """Return the value of a constant tensor, None for data."""
        known = self.reader.known.get(value)
        if known is None or known.is_meta:
            return None
        return as_array(known)

    def moving(self, value: Any) -> int | None:
        """Return running statistics as a parameter."""
        return None if value is None else self.reader.moving(value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the (first) output."""
        value = self.node.meta["val"]
        if isinstance(value, tuple | list):
            value = value[0]
        return tuple(int(n) for n in value.shape)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of all outputs."""
        return [tuple(int(n) for n in v.shape) for v in self.node.meta["val"]]

    def shape_of(self, number: int) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return self.p.shapes[number]
