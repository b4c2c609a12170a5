"""A torch module exported by torch.export: the second way to read one, slower and more patient."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from critcount.models.program import MOST_FOLDED
from critcount.models.torch_in_place import functional
from critcount.models.torch_instructions import Instruction, Instructions

__all__ = ["export"]


def export(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Instructions:
    """Return the operations of a module in evaluation mode; the module itself stays untouched.

    Raises what torch.export raises.
    """
    import torch

    own = copy.deepcopy(model, {id(p): p for p in [*model.parameters(), *model.buffers()]})
    exported = torch.export.export(own.eval(), tuple(args), dict(kwargs))
    return Converter(functional(exported)).graph


class Converter:
    """Writes an exported program as nodes; constants are computed."""

    def __init__(self, exported: Any) -> None:
        import torch

        self.torch = torch
        self.graph = Instructions()
        #: for each node of the program its node here, or its value where that is no tensor
        self.made: dict[Any, Any] = {}
        signature = exported.graph_signature
        specs = {s.arg.name: s for s in signature.input_specs if hasattr(s.arg, "name")}
        stored = dict(exported.state_dict)
        stored.update(exported.constants)
        same: dict[int, str] = {}
        for node in exported.graph.nodes:
            if node.op == "placeholder":
                self.made[node] = self._placeholder(node, specs.get(node.name), stored, same)
            elif node.op == "call_function":
                self.made[node] = self._call(node)
            elif node.op == "output":
                for spec, value in zip(signature.output_specs, node.args[0], strict=True):
                    if spec.kind.name == "USER_OUTPUT" and isinstance(value, torch.fx.Node):
                        self.graph.outputs.append(self.made[value])

    def _add(self, node: Instruction) -> Instruction:
        self.graph.nodes.append(node)
        return node

    def _placeholder(
        self, node: Any, spec: Any, stored: Mapping[str, Any], same: dict[int, str]
    ) -> Any:
        value = node.meta.get("val")
        if not isinstance(value, self.torch.Tensor):
            return value
        shapes = _shapes(value)
        kind = spec.kind.name if spec is not None else "USER_INPUT"
        if kind == "PARAMETER":
            name = same.setdefault(id(stored[spec.target]), spec.target)
            return self._add(Instruction("parameter", name, shapes))
        if kind in ("BUFFER", "CONSTANT_TENSOR"):
            tensor = stored.get(spec.target)
            known = None if tensor is None or tensor.is_meta else tensor
            return self._add(Instruction("buffer", spec.target, shapes, value=known))
        return self._add(Instruction("input", node.name, shapes))

    def _call(self, node: Any) -> Any:
        args = self.torch.fx.node.map_arg(node.args, self.made.__getitem__)
        kwargs = dict(self.torch.fx.node.map_arg(node.kwargs, self.made.__getitem__))
        value = node.meta.get("val")
        if getattr(node.target, "__name__", "") == "getitem":
            source, index = args
            if not isinstance(source, Instruction):
                return source[index]
            kind = "constant" if source.constant else "item"
            return self._add(
                Instruction(kind, node.name, (source.shapes[index],), args=(source, index))
            )
        many = isinstance(value, tuple | list)
        call = Instruction(
            "call", node.name, _shapes(value), many, node.target, tuple(args), kwargs
        )
        inputs = call.inputs()
        if all(n.constant for n in inputs):
            tags = getattr(node.target, "tags", ())
            call.kind = "constant"
            small = all(s is None or _size(s) <= MOST_FOLDED for s in call.shapes)
            known = all(n.value is not None for n in inputs)
            if known and small and self.torch.Tag.nondeterministic_seeded not in tags:
                for n in inputs:
                    n.read = True
                return self._computed(call)
        return self._add(call)

    def _computed(self, call: Instruction) -> Any:
        """Return the constants that an operation makes of constants."""

        def values(value: Any) -> Any:
            if isinstance(value, Instruction):
                return value.value
            return [values(v) for v in value] if isinstance(value, list | tuple) else value

        kwargs = {k: values(v) for k, v in call.kwargs.items()}
        if kwargs.get("device") is not None:
            kwargs["device"] = "cpu"
        try:
            with self.torch.no_grad():
                result = call.target(*values(call.args), **kwargs)
        except Exception:  # a constant whose value is not known
            return self._add(call)
        if isinstance(result, list | tuple):
            return [self._constant(call, v) for v in result]
        return self._constant(call, result)

    def _constant(self, call: Instruction, value: Any) -> Any:
        if not isinstance(value, self.torch.Tensor):
            return value
        return self._add(Instruction("constant", call.name, _shapes(value), value=value))


def _size(shape: Sequence[int]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _shapes(value: Any) -> tuple[tuple[int, ...] | None, ...]:
    listed = value if isinstance(value, tuple | list) else [value]
    return tuple(tuple(int(n) for n in v.shape) if hasattr(v, "shape") else None for v in listed)
