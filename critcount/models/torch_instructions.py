"""A torch module as a list of operations, whichever way it was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Instruction", "Instructions", "nodes_in"]

TensorShape = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Instruction:
    """A tensor that goes into the model, a constant, or what an operation gives.

    Attributes
    ----------
    kind : str
        ``parameter``, ``buffer``, ``constant``, ``input``, ``call``, or ``item`` of a call that
        gives several.
    name : str
        Of parameters and buffers, the module's.
    shapes : tuple of shapes
        Of every tensor that it gives; None for what is no tensor.
    many : bool
        Whether it gives a list.
    target, args, kwargs
        The operation of ATen and its arguments, nodes in the place of tensors; of an item the
        call and the place in its list.
    value : tensor or None
        Of buffers and constants, where it is known.
    read : bool
        Whether a constant was computed from it: then it may not move.
    stale : bool
        Whether the tensor has been written since.
    """

    kind: str
    name: str
    shapes: tuple[TensorShape | None, ...]
    many: bool = False
    target: Any = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    value: Any = None
    read: bool = False
    stale: bool = False

    @property
    def shape(self) -> TensorShape:
        """The shape of the (first) tensor."""
        return next((s for s in self.shapes if s is not None), ())

    @property
    def constant(self) -> bool:
        """Whether no parameter and no input decides the value."""
        return self.kind in ("constant", "buffer")

    def inputs(self) -> list[Instruction]:
        """Return the nodes among the arguments, each once, in order."""
        return list(dict.fromkeys(nodes_in([self.args, self.kwargs])))


@dataclass(slots=True)
class Instructions:
    """Nodes in order, and those that are outputs."""

    nodes: list[Instruction] = field(default_factory=list)
    outputs: list[Instruction] = field(default_factory=list)


def nodes_in(value: Any) -> Iterator[Instruction]:
    """Yield the nodes in nested lists, tuples and dicts."""
    if isinstance(value, Instruction):
        yield value
    elif isinstance(value, list | tuple):
        for v in value:
            yield from nodes_in(v)
    elif isinstance(value, dict):
        for v in value.values():
            yield from nodes_in(v)
