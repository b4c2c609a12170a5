"""A torch module run once on tensors without values, its operations recorded.

Parameters and inputs are tensors of the meta device: they have shapes and no values. Buffers and
constants keep their values, and what depends on nothing else is computed. So control flow on
shapes and constants is resolved as in any run with this example, and control flow on parameters
or inputs cannot happen unseen: to read a value of a tensor without values is an error, whichever
operation asks for it, and the module is then read by torch.export instead.
"""

from __future__ import annotations

import contextlib
import copy
import re
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from critcount.models.torch_instructions import Instruction, Instructions

__all__ = ["UntraceableError", "trace"]

# Versions of torch whose private parts, which this module uses, are known to be as expected.
_TESTED = frozenset({(2, 14)})


class UntraceableError(Exception):
    """The module asks for values that are data, or shares memory in a way not followed."""


def trace(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Instructions:
    """Return the operations of a module in evaluation mode; the module itself stays untouched.

    Raises
    ------
    UntraceableError
        When a value is asked for that parameters or inputs decide, when memory is written that
        several tensors share, or when torch is of a version that was not tested: its private
        parts may do something else. Other errors come from the module or from torch.
    """
    import torch
    from torch.overrides import TorchFunctionMode
    from torch.utils import _pytree as pytree
    from torch.utils._python_dispatch import TorchDispatchMode

    version = tuple(int(n) for n in re.findall(r"\d+", torch.__version__)[:2])
    if version not in _TESTED:
        raise UntraceableError(f"with torch {torch.__version__} this was not tested")

    recorder = Recorder()
    place = torch.Tensor.device.__get__
    somewhere = torch.device("cpu")

    class Recording(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            return recorder.operation(func, args, kwargs or {})

    class Placed(TorchFunctionMode):  # type: ignore[misc]
        """Every tensor says that it lies on the cpu, so that what the module makes has values."""

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func == place:
                return somewhere
            if func == torch.Tensor.__getitem__ and isinstance(args[1], list | tuple):
                whole = isinstance(args[1], list)  # else torch would make tensors without values
                index = [torch.tensor(v) if isinstance(v, list) else v for v in args[1]]
                args = (args[0], torch.tensor(args[1]) if whole else tuple(index))
            return func(*args, **(kwargs or {}))

    # autograd is off, so that operations arrive as the module calls them: linear, not addmm
    with torch.inference_mode():
        own = recorder.copied(model)
        args, kwargs = pytree.tree_map(recorder.entering, (tuple(args), dict(kwargs)))
        with _as_exported(), Recording(), Placed():
            results = own(*args, **kwargs)
    for leaf in pytree.tree_leaves(results):
        if isinstance(leaf, torch.Tensor):
            recorder.graph.outputs.append(recorder.node(leaf))
        elif not (leaf is None or isinstance(leaf, int | float | complex | str)):
            raise UntraceableError(f"the module returns a {type(leaf).__name__}")
    return recorder.graph


@contextlib.contextmanager
def _as_exported() -> Iterator[None]:
    """Let the module take the way that it takes under torch.export: no checks of values.

    And no operation in which torch hides a whole layer.
    """
    import torch

    flags = [f for f in ("_is_compiling_flag", "_is_exporting_flag") if hasattr(torch.compiler, f)]
    before = [getattr(torch.compiler, f) for f in flags]
    fast = torch.backends.mha.get_fastpath_enabled()
    try:
        torch.backends.mha.set_fastpath_enabled(False)
        for flag in flags:
            setattr(torch.compiler, flag, True)
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for flag, value in zip(flags, before, strict=True):
            setattr(torch.compiler, flag, value)


class OperationSchema:
    """What the schema of an operation says."""

    __slots__ = ("fresh", "name", "random", "reads", "writes")

    def __init__(self, func: Any) -> None:
        import torch

        schema = func._schema
        written = [a.alias_info is not None and a.alias_info.is_write for a in schema.arguments]
        self.name: str = schema.name.split("::")[1]
        self.random = torch.Tag.nondeterministic_seeded in func.tags
        self.reads = not {
            torch.Tag.data_dependent_output,
            torch.Tag.dynamic_output_shape,
        }.isdisjoint(func.tags)
        #: None: it writes nothing; True: its first argument, and that is what it gives
        self.writes = None if not any(written) else written[0] and sum(written) == 1
        self.fresh = all(r.alias_info is None for r in schema.returns)


class Recorder:
    """Holds what was recorded; a tensor carries its node as an attribute."""

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.tensor_type = torch.Tensor
        self.graph = Instructions()
        self.facts: dict[Any, OperationSchema] = {}
        self.replaced: dict[int, Any] = {}
        self.valued: dict[int, list[Instruction]] = {}
        self.seen: dict[Any, Any] = {}
        self.rules = _shape_rules()

    # ---- tensors -----------------------------------------------------------------------------

    def copied(self, model: Any) -> Any:
        """Return the module with parameters without values; nothing is shared that it may write.

        A parameter met outside, through a closure say, is taken for its replacement.
        """
        torch = self.torch
        memo: dict[int, Any] = {}
        for kind, named in (
            ("parameter", model.named_parameters()),
            ("buffer", model.named_buffers()),
        ):
            for name, tensor in named:
                if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
                    raise UntraceableError(f"{name} is a {type(tensor).__name__}")
                node = Instruction(kind, name, (tuple(tensor.shape),))
                self.graph.nodes.append(node)
                if kind == "parameter":
                    empty = self.empty(tensor.shape, tensor.dtype)
                    other = torch.nn.Parameter(empty, requires_grad=False)
                else:
                    other = tensor.detach().clone() if tensor.is_meta else tensor.detach().cpu()
                    if other.data_ptr() == tensor.data_ptr():
                        other = other.clone()
                    node.value = None if tensor.is_meta else other
                self.attach(other, node)
                memo[id(tensor)] = self.replaced[id(tensor)] = other
        return copy.deepcopy(model, memo).eval()

    def empty(self, shape: Sequence[int], dtype: Any) -> Any:
        """Return a tensor without values."""
        return self.torch.empty(shape, dtype=dtype, device="meta")

    def entering(self, value: Any) -> Any:
        """Return an input without values."""
        if not isinstance(value, self.tensor_type):
            return value
        other = self.empty(value.shape, value.dtype)
        node = Instruction("input", f"input {len(self.graph.nodes)}", (tuple(value.shape),))
        self.graph.nodes.append(node)
        self.attach(other, node)
        return other

    def attach(self, tensor: Any, node: Instruction, family: list[Any] | None = None) -> None:
        """Let a tensor stand for a node; `family`: tensors that share its memory."""
        family = [] if family is None else family
        family.append(weakref.ref(tensor))
        tensor._critcount = (node, family)
        if node.value is not None:
            self.valued.setdefault(_memory(tensor), []).append(node)

    def node(self, tensor: Any) -> Instruction:
        """Return the node of a tensor; one with values that was not seen is a constant."""
        node: Instruction
        found = getattr(tensor, "_critcount", None)
        if found is not None and not found[0].stale:
            node = found[0]
            return node
        if tensor.is_meta:
            raise UntraceableError("a tensor without values has an origin that was not recorded")
        shape = (tuple(tensor.shape),)
        node = Instruction("constant", f"constant {len(self.graph.nodes)}", shape, value=tensor)
        self.graph.nodes.append(node)
        self.attach(tensor, node)
        return node

    # ---- operations --------------------------------------------------------------------------

    def operation(self, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Do an operation, and record it where its result is not a constant that is known."""
        facts = self.facts.get(func)
        if facts is None:
            facts = self.facts[func] = OperationSchema(func)
        tensors: list[Any] = []
        args = [self._own(v, tensors) for v in args]
        kwargs = {k: self._own(v, tensors) for k, v in kwargs.items()}
        if not any(t.is_meta for t in tensors):
            return self.computed(func, facts, args, kwargs, tensors)
        if facts.reads and not (facts.name == "index" and self._whole(tensors[1:])):
            raise UntraceableError(f"{facts.name} asks for values that are data")
        return self.recorded(func, facts, args, kwargs, tensors)

    def _whole(self, tensors: Sequence[Any]) -> bool:
        """Tell whether indices are whole numbers: the shape of what they choose is theirs."""
        return not any(t.dtype in (self.torch.bool, self.torch.uint8) for t in tensors)

    def _own(self, value: Any, tensors: list[Any]) -> Any:
        """Return an argument, replaced tensors in their place; tensors are noted."""
        if isinstance(value, self.tensor_type):
            value = self.replaced.get(id(value), value)
            tensors.append(value)
        elif isinstance(value, list | tuple):
            return [self._own(v, tensors) for v in value]
        return value

    def computed(
        self,
        func: Any,
        facts: OperationSchema,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        tensors: Sequence[Any],
    ) -> Any:
        """Return the result of an operation on constants that are known."""
        args = [self._placed(v, "cpu") for v in args]
        kwargs = {k: self._placed(v, "cpu") for k, v in kwargs.items()}
        for tensor in tensors:
            if hasattr(tensor, "_critcount"):
                tensor._critcount[0].read = True
        if facts.writes is not None:
            if facts.random:
                raise UntraceableError(f"{facts.name} writes random numbers")
            for tensor in tensors:
                for node in self.valued.pop(_memory(tensor), ()):
                    node.value, node.stale = node.value.clone(), True
        result = func(*args, **kwargs)
        if not facts.random:
            return result
        if not isinstance(result, self.tensor_type):
            raise UntraceableError(f"{facts.name} gives several random tensors")
        other = self.empty(result.shape, result.dtype)
        node = Instruction("constant", facts.name, (tuple(result.shape),))
        self.graph.nodes.append(node)
        self.attach(other, node)
        return other

    def recorded(
        self,
        func: Any,
        facts: OperationSchema,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        tensors: Sequence[Any],
    ) -> Any:
        """Return the result of an operation on data, without values."""
        bare = [self._bare(v) for v in args]
        named = {k: self._bare(v) for k, v in kwargs.items()}
        if facts.writes is None:
            result = self.shaped(func, facts, bare, named)
        else:
            result = self._written(func, facts, bare, named)
        if any(result is t for t in tensors) and facts.writes is None:
            return result
        nodes = [self._noded(v) for v in args]
        named_nodes = {k: self._noded(v) for k, v in kwargs.items()}
        constant = all(self.node(t).constant for t in tensors)
        kind = "constant" if constant else "call"
        many = isinstance(result, list | tuple)
        listed = list(result) if many else [result]
        if not all(v is None or isinstance(v, self.tensor_type) for v in listed):
            raise UntraceableError(f"{facts.name} gives values that are data")
        shapes = tuple(None if v is None else tuple(v.shape) for v in listed)
        name = f"{facts.name} {len(self.graph.nodes)}"
        call = Instruction(kind, name, shapes, many, func, tuple(nodes), named_nodes)
        self.graph.nodes.append(call)
        if facts.writes and result is not None:
            result._critcount = (call, result._critcount[1])
            return result
        for k, tensor in enumerate(listed):
            if tensor is None:
                continue
            node = call
            if many:
                kind = "constant" if constant else "item"
                node = Instruction(kind, f"{name}.{k}", (shapes[k],), args=(call, k))
                self.graph.nodes.append(node)
            self.attach(tensor, node, self._family(tensor, bare))
        return result

    def _written(
        self, func: Any, facts: OperationSchema, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Return the tensor that an operation writes; no other may show what is written."""
        tensor: Any = args[0] if args else None
        if not facts.writes or facts.name in ("set_", "resize_", "resize_as_"):
            raise UntraceableError(f"{facts.name} writes in a way that is not followed")
        if not hasattr(tensor, "_critcount") or self.node(tensor).constant:
            raise UntraceableError(f"{facts.name} writes data into a constant")
        if self.node(tensor).kind == "parameter":
            raise UntraceableError(f"{facts.name} writes into a parameter")
        if any(ref() is not None and ref() is not tensor for ref in tensor._critcount[1]):
            raise UntraceableError(f"{facts.name} writes into memory that other tensors show")
        if func(*args, **kwargs) is not tensor:
            raise UntraceableError(f"{facts.name} gives another tensor than it writes")
        return tensor

    def shaped(
        self, func: Any, facts: OperationSchema, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Any:
        """Return what an operation makes of tensors without values.

        What was found for arguments of the same shapes is used again, unless the result shares
        memory with an argument.
        """
        rule = self.rules.get(facts.name)
        if rule is not None and (result := rule(*args, **kwargs)) is not None:
            return result
        if not facts.fresh:
            return func(*args, **kwargs)
        key = (func, _signature(args, self.tensor_type), _signature(kwargs, self.tensor_type))
        known = self.seen.get(key)
        if known is not None:
            return self.empty(*known)
        result = func(*args, **kwargs)
        if isinstance(result, self.tensor_type) and self._family(result, args) is None:
            self.seen[key] = (tuple(result.shape), result.dtype)
        return result

    def _bare(self, value: Any) -> Any:
        if isinstance(value, self.tensor_type):
            return value if value.is_meta else self.empty(value.shape, value.dtype)
        if isinstance(value, list):
            return [self._bare(v) for v in value]
        return self._placed(value, "meta")

    def _placed(self, value: Any, place: str) -> Any:
        return self.torch.device(place) if isinstance(value, self.torch.device) else value

    def _noded(self, value: Any) -> Any:
        if isinstance(value, self.tensor_type):
            return self.node(value)
        return [self._noded(v) for v in value] if isinstance(value, list) else value

    def _family(self, tensor: Any, args: Sequence[Any]) -> list[Any] | None:
        """Return the tensors that share the memory of a result, if any do."""
        memory = _memory(tensor)
        for value in args:
            for other in value if isinstance(value, list) else [value]:
                if isinstance(other, self.tensor_type) and _memory(other) == memory:
                    family: list[Any] | None = getattr(other, "_critcount", (None, None))[1]
                    return family
        return None


def _memory(tensor: Any) -> int:
    """Return a number for the memory of a tensor, while it lives."""
    number: int = tensor.untyped_storage()._cdata
    return number


def _signature(value: Any, tensor_type: type) -> Any:
    """Return all that the shape of a result may depend on."""
    if isinstance(value, tensor_type):
        return ("tensor", tuple(value.shape), value.stride(), value.dtype)  # type: ignore[attr-defined]
    if isinstance(value, list | tuple):
        return tuple(_signature(v, tensor_type) for v in value)
    if isinstance(value, dict):
        return tuple((k, _signature(v, tensor_type)) for k, v in value.items())
    return (type(value), value)


def _shape_rules() -> dict[str, Callable[..., Any]]:
    """Return shapes of frequent operations, whose kernels without values are slow.

    A rule that does not apply gives None.
    """

    def same(x: Any, *_: Any, **__: Any) -> Any:
        return x.new_empty(x.shape)

    def linear(x: Any, w: Any, b: Any = None) -> Any:
        return x.new_empty((*x.shape[:-1], w.shape[0])) if w.ndim == 2 else None

    def attention(q: Any, k: Any, v: Any, *_: Any, **__: Any) -> Any:
        if not q.shape[:-3] == k.shape[:-3] == v.shape[:-3]:
            return None
        return q.new_empty((*q.shape[:-1], v.shape[-1]))

    def dropout(x: Any, p: float, train: bool) -> Any:
        return None if train else x

    def pooled(x: Any, size: Sequence[int]) -> Any:
        return x.new_empty((*x.shape[:-2], *size)) if len(size) == 2 else None

    def grouped(x: Any, w: Any, *_: Any, **__: Any) -> Any:
        return x.new_empty((x.shape[0], w.shape[-1])) if x.ndim == 2 and w.ndim == 3 else None

    kept = (
        "batch_norm layer_norm group_norm gelu silu relu sigmoid tanh hardswish hardsigmoid"
        " hardtanh elu leaky_relu mish softplus"
    )
    rules: dict[str, Callable[..., Any]] = dict.fromkeys(kept.split(), same)
    return rules | {
        "linear": linear,
        "scaled_dot_product_attention": attention,
        "_grouped_mm": grouped,
        "dropout": dropout,
        "adaptive_avg_pool2d": pooled,
    }
