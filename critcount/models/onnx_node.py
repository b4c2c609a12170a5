"""One operator of an ONNX graph, as the handlers of operators see it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from critcount.models.program import Program

__all__ = ["Node"]


class NodeSource(Protocol):
    """What an operator asks of the graph that it stands in: the reader of the file."""

    p: Program
    opset: int
    values: dict[str, np.ndarray]
    env: dict[str, int]

    def tensor(self, name: str) -> int:
        """Return the number of a named tensor."""
        ...


class Node:
    """One operator: its inputs by place, its attributes by name."""

    def __init__(self, reader: NodeSource, proto: Any) -> None:
        from onnx import helper

        self.reader = reader
        self.p = reader.p
        self.kind = proto.op_type
        self.domain = proto.domain
        self.opset = reader.opset
        self.inputs = list(proto.input)
        self.outputs = list(proto.output)
        self.count = len(self.inputs)
        self.settings = {
            a.name: helper.get_attribute_value(a)
            for a in proto.attribute
            if a.type not in (a.GRAPH, a.GRAPHS)
        }

    def has(self, place: int) -> bool:
        """Tell whether there is an input at a place."""
        return place < self.count and bool(self.inputs[place])

    def tensor(self, place: int) -> int:
        """Return the number of an input."""
        return self.reader.tensor(self.inputs[place])

    def tensors(self) -> list[int]:
        """Return the numbers of all inputs."""
        return [self.reader.tensor(name) for name in self.inputs if name]

    def shape(self, number: int) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return self.p.shapes[number]

    def known(self, place: int) -> np.ndarray | None:
        """Return the value of a constant input, None for data."""
        return self.reader.values.get(self.inputs[place])

    def constant(self, place: int) -> np.ndarray:
        """Return the value of an input that must be constant."""
        value = self.known(place)
        if value is None:
            raise NotImplementedError
        return value
