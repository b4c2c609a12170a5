"""Units chosen by their values in an ONNX graph: the places that TopK and ArgMax give.

The operators that pass places on, or use them so that the units may be exchanged, are read by
`choices`. Whatever else asks for places gets plain numbers: the units are pinned, a gap.
"""

from __future__ import annotations

import numpy as np

from critcount.models import choices
from critcount.models.onnx_node import Node, NodeSource
from critcount.models.onnx_operations import HANDLERS

__all__ = ["Places"]

PASSED_ON = frozenset({"Cast", "Identity", "Reshape", "Flatten", "Unsqueeze", "Squeeze", "Expand"})
#: Types of whole numbers, as `Cast` names them.
WHOLE = frozenset({2, 3, 4, 5, 6, 7, 12, 13})


class Places:
    """Follows the places that an ONNX graph computes.

    Attributes
    ----------
    named : dict
        For each name of a tensor of places the number of what it stands for; see `choices`.
    """

    def __init__(self, reader: NodeSource) -> None:
        self.reader = reader
        self.p = reader.p
        self.named: dict[str, int] = {}

    def plain(self, name: str) -> int:
        """Return places as an ordinary tensor; the units that they name are pinned."""
        return choices.pinned_places(self.p, self.named[name])

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of places."""
        return self.p.shapes[self.named[name]][:-1]

    def read(self, node: Node) -> bool:
        """Read an operator; False: it has nothing to do with places, or is not followed."""
        named = [name in self.named for name in node.inputs]
        before = len(self.p.operations)
        try:
            if node.kind in ("TopK", "ArgMax", "ArgMin"):
                self._rank(node)
            elif not any(named):
                return False
            elif node.kind in PASSED_ON and named[0]:
                self._pass(node)
            else:
                self._use(node, named)
        except NotImplementedError:
            del self.p.operations[before:]
            return False
        return True

    def _rank(self, node: Node) -> None:
        x = node.tensor(0)
        shape = list(node.shape(x))
        axis = node.settings.get("axis", -1 if node.kind == "TopK" else 0) % len(shape)
        if node.kind == "TopK":
            shape[axis] = int(node.settings.get("k") or node.constant(1).ravel()[0])
        elif node.settings.get("keepdims", 1):
            shape[axis] = 1
        else:
            del shape[axis]
        best, one = choices.ranking(self.p, x, axis, shape)
        if node.kind == "TopK" and node.outputs[0]:
            self.reader.env[node.outputs[0]] = best
        if node.outputs[-1]:
            self.named[node.outputs[-1]] = one

    def _pass(self, node: Node) -> None:
        """Places in another shape, which the operator's own rule tells."""
        if node.kind == "Cast" and node.settings["to"] not in WHOLE:
            raise NotImplementedError
        (name, *_), (result, *_) = node.inputs, node.outputs
        one = self.named[name]
        blank = self.p.constant(None, self.shape(name))
        known = self.reader.env.get(name)
        self.reader.env[name] = blank
        try:
            shaped = HANDLERS[node.kind](node)
        finally:
            del self.reader.env[name]
            if known is not None:
                self.reader.env[name] = known
        self.named[result] = choices.reshaped(self.p, one, self.p.shapes[shaped])

    def _use(self, node: Node, named: list[bool]) -> None:
        p, result = self.p, node.outputs[0]
        axis = node.settings.get("axis", 0)
        if node.kind == "OneHot" and named == [True, False, False]:
            depth = int(node.constant(1).ravel()[0])
            one = choices.indicators(p, self.named[node.inputs[0]], depth)
            rank = len(p.shapes[one])
            axis = node.settings.get("axis", -1) % rank
            order = [*range(rank - 1)]
            order.insert(axis, rank - 1)
            values = p.take(node.tensor(2), 0, [0])
            self.reader.env[result] = p.combine([p.permute(one, order), values], "one hot")
        elif node.kind == "Equal":
            place = named.index(True)
            one, numbers = self.named[node.inputs[place]], node.constant(1 - place)
            *lengths, few, units = p.shapes[one]
            every = np.arange(units)
            if few != 1 or numbers.size != units or not np.array_equal(numbers.ravel(), every):
                raise NotImplementedError
            if numbers.shape[-1:] != (units,) or numbers.ndim > len(lengths) + 1:
                raise NotImplementedError
            self.reader.env[result] = p.reshape(one, (*lengths, units))
        elif node.kind == "GatherElements" and named == [False, True]:
            one = self.named[node.inputs[1]]
            self.reader.env[result] = choices.chosen_entries(p, node.tensor(0), axis, one)
        elif node.kind == "ScatterElements" and named == [False, True, False]:
            base, source = node.tensor(0), node.tensor(2)
            one = self.named[node.inputs[1]]
            self.reader.env[result] = choices.spread_out(p, base, axis, one, source)
        else:
            raise NotImplementedError
