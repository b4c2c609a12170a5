"""Units chosen by their values: top-k, and rows that are sent to the experts chosen.

The places that a top-k gives are whole numbers which name units. If the units change places, the
numbers change with them. So such a tensor is kept as what it says, one number for each unit: 1
where the unit is the one named, 0 elsewhere. This carries the labels of the units, and everything
that is done with the places can be said of it: to count them, to gather and to scatter by them,
to choose the weights of an expert. Ties are left out: where two scores are equal, which unit is
taken depends on the order of the units, on a set of inputs of measure zero.

Rows may also be sorted by the expert that they go to, multiplied group by group and put back.
A sorted tensor is kept as the one before sorting, with the sorting that it is in; what is not
done row by row, or not put back by the inverse, is not followed, and the units are pinned.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from critcount.models import choices, layers
from critcount.models.program import Program
from critcount.models.space import LINEAR, OTHER, SUM
from critcount.models.torch_call import Call, operation_name
from critcount.models.torch_instructions import Instruction
from critcount.models.torch_layers import HANDLERS

__all__ = ["Routing"]

#: Rows of one matrix times the matrices of the experts that the rows were sent to.
GROUPED = frozenset({"_grouped_mm", "grouped_mm_fallback", "grouped_mm"})
CHOOSING = frozenset({"topk", "sort", "argsort", "argmax", "argmin", "max", "min"}) | GROUPED
PASSED = frozenset(
    {"to", "_to_copy", "clone", "contiguous", "detach", "alias", "type_as", "float", "int", "long"}
    | {"view", "reshape", "_unsafe_view", "flatten", "unsqueeze", "squeeze", "expand"}
)
ELEMENTWISE = HANDLERS["relu"]


class Values(Protocol):
    """What routing asks of the reader."""

    p: Program
    env: dict[Instruction, Any]

    def tensor(self, node: Instruction) -> int:
        """Return the number of a node's tensor."""
        ...

    def moving(self, node: Instruction) -> int:
        """Return running statistics as a parameter."""
        ...


class Routing:
    """Follows places, sorted rows, and rows sent to experts.

    Attributes
    ----------
    named : dict
        For a tensor of places of shape S the number of the tensor ``(*S, E)`` that it stands for.
    sent : dict
        For a tensor (S, ...) of rows sent to experts the number of the tensor (S, E, ...) of what
        each expert would make of each row, 0 but for the expert chosen.
    order : dict
        The sorting (its instruction) in which the rows of a tensor lie.
    rows : dict
        For a sorted tensor of row numbers what it was before sorting.
    inverse : dict
        For the inverse of a sorting the sorting.
    counts : dict
        For numbers of rows for each expert, or where these begin, the places counted.
    """

    def __init__(self, reader: Values) -> None:
        self.reader = reader
        self.p = reader.p
        self.named: dict[Instruction, int] = {}
        self.sent: dict[Instruction, int] = {}
        self.order: dict[Instruction, Instruction] = {}
        self.sorted_by: dict[Instruction, Instruction] = {}
        self.rows: dict[Instruction, np.ndarray] = {}
        self.inverse: dict[Instruction, Instruction] = {}
        self.counts: dict[Instruction, Instruction] = {}
        self.items: dict[Instruction, list[list[tuple[dict[Instruction, Any], Any]]]] = {}

    def knows(self, node: Instruction) -> bool:
        """Tell whether a node is kept here."""
        return any(
            node in kept for kept in (self.named, self.sent, self.order, self.inverse, self.counts)
        )

    def read(self, node: Instruction) -> bool:
        """Read an operation; False: it has nothing to do with routing, or is not followed."""
        name = operation_name(node)
        inputs = node.inputs()
        choosing = name in CHOOSING and (name in GROUPED or len(inputs) == 1)  # not max(a, b)
        if not choosing and not any(self.knows(n) for n in inputs):
            return False
        before = len(self.p.operations)
        try:
            self._read(node, name, inputs)
        except (NotImplementedError, KeyError, IndexError):
            del self.p.operations[before:]
            return False
        return True

    def item(self, node: Instruction) -> bool:
        """Read one of several results of an operation that is kept here."""
        source, k = node.args
        if source not in self.items:
            return False
        for table, value in self.items[source][k]:
            table[node] = value
        return True

    def plain(self, node: Instruction) -> int:
        """Return a tensor kept here as an ordinary one; units are pinned where they must be."""
        p = self.p
        if node in self.order or node in self.inverse or node in self.counts:
            source = self.order.get(node) or self.inverse.get(node)
            places = self.counts[node] if source is None else self.sorted_by[source]
            one = self.named[places]
            every = range(len(p.shapes[one]))
            pin = p.reduce(p.order(one, every, chosen=True), every, OTHER)
            if node in self.sent:
                value = p.reduce(self.sent[node], [1], SUM)
            elif node in self.reader.env:
                value = self.reader.env[node]
            else:
                value = p.constant(None, node.shape)
            return p.order(p.combine([value, pin], "rows"), [0])
        if node in self.sent:
            return p.reduce(self.sent[node], [1], SUM)
        return choices.pinned_places(p, self.named[node])

    # ---- operations --------------------------------------------------------------------------

    def _read(self, node: Instruction, name: str, inputs: list[Instruction]) -> None:
        call = Call(self.reader, node)
        if name in GROUPED:
            self._grouped(node, inputs)
        elif name in ("sort", "argsort") and inputs[0] in self.named:
            self._sort(node, inputs[0])
        elif name == "argsort" and self._is_sorting(inputs[0]):
            self.inverse[node] = self.order[inputs[0]]
        elif name in CHOOSING and not self.knows(inputs[0]) and len(inputs) == 1:
            self._choose(call, node, name)
        elif name in ("histc", "bincount") and inputs[0] in self.named:
            self.counts[node] = inputs[0]
        elif inputs[0] in self.counts and name in (*PASSED, "cumsum"):
            self.counts[node] = self.counts[inputs[0]]
        elif inputs[0] in self.named and name in PASSED:
            self._pass(node, inputs[0])
        elif name == "one_hot":
            self._one_hot(node, inputs[0])
        elif name == "gather":
            self._gather(call, node)
        elif name in ("scatter", "scatter_add"):
            self._scatter(call, node)
        elif name == "index_put":
            self._inverse(call, node)
        elif name in ("index", "embedding"):
            self._index(call, node, name)
        else:
            self._row_by_row(call, node, name, inputs)

    def _is_sorting(self, node: Instruction) -> bool:
        """Tell whether a node is a sorting itself: the numbers of all rows, sorted."""
        rows = self.rows.get(node)
        return rows is not None and np.array_equal(rows, np.arange(len(rows)))

    def _choose(self, call: Call, node: Instruction, name: str) -> None:
        x = self.reader.tensor(node.inputs()[0])
        axis = call.get("dim", -1 if name in ("topk", "sort", "argsort") else None)
        places = node.shapes[-1]
        if axis is None or not self.p.shapes[x] or places is None:
            raise NotImplementedError
        best, last = choices.ranking(self.p, x, axis, places)
        if node.many:
            self.items[node] = [[(self.reader.env, best)], [(self.named, last)]]
        else:
            self.named[node] = last

    def _sort(self, node: Instruction, places: Instruction) -> None:
        if len(places.shape) != 1:
            raise NotImplementedError
        rows = np.arange(places.shape[0])
        self.sorted_by[node] = places
        if not node.many:
            self.order[node], self.rows[node] = node, rows
            return
        self.items[node] = [
            [(self.named, self.named[places]), (self.order, node)],
            [(self.rows, rows), (self.order, node)],
        ]

    def _pass(self, node: Instruction, places: Instruction) -> None:
        one = self.named[places]
        if node.shape != places.shape:
            if places in self.order:
                raise NotImplementedError
            one = choices.reshaped(self.p, one, node.shape)
        self.named[node] = one
        if places in self.order:
            self.order[node] = self.order[places]

    def _one_hot(self, node: Instruction, places: Instruction) -> None:
        if places in self.order:
            raise NotImplementedError
        self.reader.env[node] = choices.indicators(self.p, self.named[places], node.shape[-1])

    def _gather(self, call: Call, node: Instruction) -> None:
        places = call["index"]
        if places in self.order or self.knows(call["self"]):
            raise NotImplementedError
        x, axis = call.tensor(call["self"]), call["dim"]
        self.reader.env[node] = choices.chosen_entries(self.p, x, axis, self.named[places])

    def _scatter(self, call: Call, node: Instruction) -> None:
        places = call["index"]
        if places in self.order or self.knows(call["self"]) or "reduce" in call.args:
            raise NotImplementedError
        source = call.get("src")
        number = None
        if isinstance(source, Instruction):
            if self.knows(source):
                raise NotImplementedError
            number = call.tensor(source)
        base, one = call.tensor(call["self"]), self.named[places]
        self.reader.env[node] = choices.spread_out(self.p, base, call["dim"], one, number)

    def _inverse(self, call: Call, node: Instruction) -> None:
        (index,) = call["indices"]
        values = call.constant(call["values"])
        if not self._is_sorting(index) or values is None:
            raise NotImplementedError
        if not np.array_equal(values, np.arange(node.shape[0])):
            raise NotImplementedError
        self.inverse[node] = self.order[index]

    def _index(self, call: Call, node: Instruction, name: str) -> None:
        p = self.p
        if name == "embedding":
            x, listed = call["weight"], [call["indices"]]
        else:
            x, listed = call["self"], list(call["indices"])
        index = listed[0]
        if index is None or any(v is not None for v in listed[1:]):
            raise NotImplementedError
        if index in self.inverse:  # sorted rows put back
            if self.order.get(x) is not self.inverse[index]:
                raise NotImplementedError
            if x in self.sent:
                self.sent[node] = self.sent[x]
            else:
                self.reader.env[node] = self.reader.env[x]
        elif index in self.rows:
            if self.knows(x):
                raise NotImplementedError
            self.reader.env[node] = p.take(self.reader.tensor(x), 0, self.rows[index])
            self.order[node] = self.order[index]
        elif index in self.named and not self.knows(x) and len(index.shape) == 1:
            one, weights = self.named[index], self.reader.tensor(x)
            shape = p.shapes[weights]
            if shape[0] != p.shapes[one][-1]:
                raise NotImplementedError
            wide = p.reshape(one, (*p.shapes[one], *(1 for _ in shape[1:])))
            self.sent[node] = p.combine([wide, p.reshape(weights, (1, *shape))], "route")
            if index in self.order:
                self.order[node] = self.order[index]
        else:
            raise NotImplementedError

    def _grouped(self, node: Instruction, inputs: list[Instruction]) -> None:
        p = self.p
        x, weights, offsets = inputs[:3]
        if self.knows(weights) or x not in self.order or offsets not in self.counts:
            raise NotImplementedError
        places = self.sorted_by[self.order[x]]
        if self.named[self.counts[offsets]] != self.named[places]:
            raise NotImplementedError
        w, one = self.reader.tensor(weights), self.named[places]
        experts, n_in, _ = p.shapes[w]
        rows = node.shape[0]
        if experts != p.shapes[one][-1]:
            raise NotImplementedError
        if x in self.sent:
            left = p.reshape(self.sent[x], (rows, experts, 1, n_in))
        else:
            left = p.reshape(self.reader.env[x], (rows, 1, 1, n_in))
            left = p.combine([left, p.reshape(one, (rows, experts, 1, 1))], "route")
        self.sent[node] = p.contract(left, p.permute(w, [0, 2, 1]), [-1], LINEAR)
        self.order[node] = self.order[x]

    # ---- rows, one by one --------------------------------------------------------------------

    def _row_by_row(
        self, call: Call, node: Instruction, name: str, inputs: list[Instruction]
    ) -> None:
        """Read an operation that does the same with every row, whoever it was sent to."""
        count = next(n.shape[0] for n in inputs if self.knows(n) and n.shape)
        kept = (self.order, self.sent)
        orders = {
            self.order.get(n)
            for n in inputs
            if any(n in k for k in kept) or self._has_rows(n, node, count)
        }
        if len(orders) != 1 or any(
            n in self.named or n in self.inverse or n in self.counts for n in inputs
        ):
            raise NotImplementedError
        (order,) = orders
        if any(n in self.order and len(n.shape) != len(node.shape) for n in inputs) and (
            HANDLERS.get(name) is ELEMENTWISE
        ):
            raise NotImplementedError
        if any(n in self.rows for n in inputs):
            self._row_numbers(call, node, name)
        elif any(n in self.sent for n in inputs) and node.many:
            pieces = self._pieces(call, name, inputs)
            sorting = [] if order is None else [(self.order, order)]
            self.items[node] = [[(self.sent, piece), *sorting] for piece in pieces]
            return
        elif any(n in self.sent for n in inputs):
            self.sent[node] = self._sent(call, node, name, inputs)
        elif HANDLERS.get(name) is ELEMENTWISE or name in ("unsqueeze", "view", "reshape"):
            if node.shape[0] != count:
                raise NotImplementedError
            self.reader.env[node] = HANDLERS[name](Call(Unsorted(self), node))
        else:
            raise NotImplementedError
        if order is not None:
            self.order[node] = order

    def _pieces(self, call: Call, name: str, inputs: list[Instruction]) -> list[int]:
        """Return consecutive pieces of an axis that is not that of the rows."""
        rank = len(inputs[0].shape)
        axis = call.get("dim", 0) % rank
        if name not in ("chunk", "split", "split_with_sizes") or not axis:
            raise NotImplementedError
        return self.p.split(self.sent[inputs[0]], axis + 1, [s[axis] for s in call.shapes])

    @staticmethod
    def _has_rows(node: Instruction, result: Instruction, count: int) -> bool:
        """Tell whether the first axis of a tensor is that of the rows."""
        return (
            bool(node.shape)
            and node.shape[0] == count
            and len(node.shape) >= min(2, len(result.shape))
        )

    def _row_numbers(self, call: Call, node: Instruction, name: str) -> None:
        rows = self.rows[node.inputs()[0]]
        if name in ("floor_divide", "div") and isinstance(call[1], int):
            if name == "div" and call.get("rounding_mode") != "floor":
                raise NotImplementedError
            rows = rows // call[1]
        elif name not in ("to", "_to_copy", "clone", "contiguous", "detach"):
            raise NotImplementedError
        self.rows[node] = rows

    def _sent(self, call: Call, node: Instruction, name: str, inputs: list[Instruction]) -> int:
        """Return what each expert would make of each row: (S, E, ...)."""
        p = self.p
        first = inputs[0]
        if HANDLERS.get(name) is ELEMENTWISE:
            if node.shape[0] != next(n.shape[0] for n in inputs if n in self.sent):
                raise NotImplementedError
            return p.combine([self._wide(n, len(node.shape)) for n in inputs], f"routed {name}")
        if name in ("bmm", "matmul"):
            a, b = call[0], call[1]
            if len(a.shape) != 3 or len(b.shape) != 3:
                raise NotImplementedError
            return layers.matmul(p, self._wide(a, 3), self._wide(b, 3))
        if first not in self.sent or any(n in self.sent for n in inputs[1:]):
            raise NotImplementedError
        x = self.sent[first]
        rows, experts = p.shapes[x][:2]
        if name in ("unsqueeze", "squeeze", "view", "reshape", "_unsafe_view"):
            if node.shape[:1] != (rows,):
                raise NotImplementedError
            return p.reshape(x, (rows, experts, *node.shape[1:]))
        rank = len(first.shape)
        if name == "transpose" and 0 not in (call[1] % rank, call[2] % rank):
            order = list(range(rank + 1))
            a, b = call[1] % rank + 1, call[2] % rank + 1
            order[a], order[b] = order[b], order[a]
            return p.permute(x, order)
        if name == "slice" and call["dim"] % rank:
            axis = call["dim"] % rank + 1
            n = p.shapes[x][axis]
            start, end = call["start"], call["end"]
            return p.take(x, axis, np.arange(n)[slice(start, end, call["step"])])
        if name == "select" and call["dim"] % rank:
            return p.select(x, call["dim"] % rank + 1, call["index"])
        raise NotImplementedError

    def _wide(self, node: Instruction, rank: int) -> int:
        """Return a tensor with an axis for the experts after that of the rows."""
        if node in self.sent:
            return self.sent[node]
        number = self.reader.env[node] if node in self.order else self.reader.tensor(node)
        shape = self.p.shapes[number]
        if len(shape) < rank:
            return number
        return self.p.reshape(number, (shape[0], 1, *shape[1:]))


class Unsorted:
    """Shows sorted tensors as they were before sorting."""

    def __init__(self, routing: Routing) -> None:
        self.p = routing.p
        self._routing = routing

    def tensor(self, node: Instruction) -> int:
        """Return the number of a node's tensor."""
        if node in self._routing.order:
            number: int = self._routing.reader.env[node]
            return number
        return self._routing.reader.tensor(node)

    def moving(self, node: Instruction) -> int:
        """Return the number of a node's tensor: no statistics here."""
        return self.tensor(node)
