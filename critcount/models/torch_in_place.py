"""Operations of an exported torch program that write into their input, written without."""

from __future__ import annotations

from typing import Any

__all__ = ["functional"]

_NAMES = (
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear matmul addmm"
    " batch_norm layer_norm group_norm add sub mul div cat relu leaky_relu hardtanh hardswish"
    " hardsigmoid sigmoid silu gelu tanh elu mish softplus relu6 clamp clamp_min clamp_max"
    " max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool2d"
    " scaled_dot_product_attention softmax mean sum"
)
#: Operations whose result is new memory, never a view of an argument.
FRESH = frozenset(_NAMES.split())


def functional(exported: Any) -> Any:
    """Return an exported program in which no operation writes into its input.

    ``relu_(x)`` becomes ``relu(x)`` and takes the place of x in what follows, where x is new
    memory and nothing that was computed before is a view of it: then no other tensor shares what
    is written. Where that is not certain, torch decomposes the program, which takes twice as long
    as exporting it.
    """
    order = {node: k for k, node in enumerate(exported.graph.nodes)}
    for node in order:
        if not _writes(node):
            continue
        other = _without(node)
        earlier = [
            user for user in (node.args[0].users if other else ()) if order[user] < order[node]
        ]
        if other is None or not all(_packet(n) in FRESH for n in (node.args[0], *earlier)):
            return exported.run_decompositions({})
        written, now = node.args[0], order[node]
        node.target = other
        written.replace_all_uses_with(node, lambda user, now=now: order[user] > now)
    return exported


def _writes(node: Any) -> bool:
    return bool(getattr(getattr(node.target, "_schema", None), "is_mutable", False))


def _packet(node: Any) -> str:
    packet = getattr(node.target, "overloadpacket", None)
    return packet.__name__ if node.op == "call_function" and packet is not None else ""


def _without(node: Any) -> Any:
    """Return the operation that computes the same and writes nothing; None if not known."""
    import torch

    name = _packet(node)
    packet = getattr(torch.ops.aten, name.removesuffix("_"), None)
    overload = getattr(packet, node.target._overloadname, None)
    first: Any = node.args[0] if node.args else None
    if not name.endswith("_") or name[:-1] not in FRESH | {"dropout"} or overload is None:
        return None
    if not isinstance(first, torch.fx.Node) or _writes_other(node) or overload._schema.is_mutable:
        return None
    old, new = first.meta["val"], node.meta["val"]
    return overload if old.shape == new.shape and old.dtype == new.dtype else None


def _writes_other(node: Any) -> bool:
    """Tell whether an operation writes into another argument than its first."""
    written = [
        a.alias_info is not None and a.alias_info.is_write for a in node.target._schema.arguments
    ]
    return any(written[1:])
