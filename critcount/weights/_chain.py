"""Which tensors are the layers of one multilayer perceptron, how they are stored, in what order.

The order follows from numbers in names of one template, or from shapes that form one chain in one
order only; the layout from names, biases, or whoever asks. Where that leaves two answers, none is
given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, pairwise, takewhile
from typing import Literal, NamedTuple, TypeAlias

from critcount._support import checks
from critcount._support.checks import show
from critcount.weights._names import DIGIT_RUN, bias_names, is_recurrent, stored_as_in_out
from critcount.weights._order import MatrixEnds, orders, queues
from critcount.weights._sources import ArrayShape, Source, is_vector, masks, sources

__all__ = ["LAYOUTS", "Layout", "StoredLayer", "chain", "listed", "stored_layers"]

Layout: TypeAlias = Literal["out-in", "in-out", "bias-column"]

LAYOUTS: tuple[Layout, ...] = ("out-in", "in-out", "bias-column")
LISTED = 12
PICK = (
    "name the matrices of one multilayer perceptron, first layer first, by tensors=[...] "
    "(--tensor NAME, once for each), "
    "with '.T' appended to the name of each that is stored as (in, out)"
)


class StoredLayer(NamedTuple):
    """A weight matrix with its bias, and how they are stored.

    Attributes
    ----------
    matrix : Source
    layout : {"out-in", "in-out", "bias-column"}
        Of the matrix: (outputs, inputs), (inputs, outputs), or (outputs, inputs + 1) with the
        bias as the last column.
    bias : Source or None
    """

    matrix: Source
    layout: Layout
    bias: Source | None

    @property
    def ends(self) -> MatrixEnds:
        """Outputs and inputs."""
        rows, columns = self.matrix.shape
        if self.layout == "in-out":
            return MatrixEnds(columns, rows)
        return MatrixEnds(rows, columns - (self.layout == "bias-column"))


def chain(
    shapes: Mapping[str, ArrayShape],
    tensors: Iterable[str] | None = None,
    layout: Layout | None = None,
) -> tuple[int, ...]:
    """Return the layer widths of the one multilayer perceptron that the matrices form.

    Parameters
    ----------
    shapes, tensors, layout
        As for `stored_layers`, but that tensors that are no matrices are passed over.

    Returns
    -------
    tuple of int
        Inputs, hidden widths, outputs: one more than there are matrices.

    Raises
    ------
    TypeError, ValueError
        As `stored_layers`.

    Examples
    --------
    >>> chain({"0.weight": (300, 784), "0.bias": (300,), "2.weight": (10, 300)})
    (784, 300, 10)
    >>> block = {"h.0.mlp.c_fc.weight": (768, 3072), "h.0.mlp.c_proj.weight": (3072, 768)}
    >>> chain(block, ["h.0.mlp.c_fc.weight.T", "h.0.mlp.c_proj.weight.T"])
    (768, 3072, 768)
    """
    found = stored_layers(shapes, tensors, layout, whole=False)
    return found[0].ends.inputs, *(layer.ends.outputs for layer in found)


def stored_layers(
    shapes: Mapping[str, ArrayShape],
    tensors: Iterable[str] | None = None,
    layout: Layout | None = None,
    *,
    whole: bool = True,
) -> list[StoredLayer]:
    """Return the layers of the one multilayer perceptron that tensors form, first layer first.

    A matrix takes as many inputs as the one before gives. Its bias is found by its name (`x.bias`
    for `x.weight` or `x.kernel`, `b1` for `W1`), of shape (n,), (n, 1) or (1, n); in tensors that
    have only numbers for names (`arr_0`, `arr_1`, …) by the order, when there is one for every
    matrix.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
    tensors : iterable of str, optional
        The names of the matrices, first layer first. A matrix stored as (in, out) is named with
        `.T` appended. A vector named after a matrix is its bias; where no vector is named, biases
        are found by name. By default all matrices: in the order of their numbers where their names
        differ in nothing else, and otherwise in the one order in which their shapes form a chain.
    layout : {"out-in", "in-out", "bias-column"}, optional
        How all matrices are stored: (outputs, inputs), as PyTorch has them, (inputs, outputs), or
        (outputs, inputs + 1) with the bias as the last column. By default as (inputs, outputs)
        where the name says so (`kernel` of Keras and Flax, Haiku's `linear/w`, `coefs_`) or the
        lengths of the biases show it, and as (outputs, inputs) otherwise.
    whole : bool
        Whether to refuse tensors that are left over, without `tensors`.

    Returns
    -------
    list of StoredLayer

    Raises
    ------
    TypeError
        `tensors` is no iterable of strings.
    ValueError
        The matrices do not form one chain, or, without `tensors`, form one in several orders; the
        message lists them. A name is not there or is no matrix's, a bias does not fit its matrix.
        Without `tensors` also when any tensor has more than two dimensions or belongs to a
        recurrent layer by its name.

    Notes
    -----
    A chain of (in, out) matrices without biases can be one of (out, in) matrices as well: those of
    GPT-2's feed-forward block, (768, 3072) and (3072, 768), read as 3072-768-3072. Nothing tells
    the two apart then: say the layout.

    Examples
    --------
    >>> for layer in stored_layers({"0.weight": (5, 2), "0.bias": (5,), "2.weight": (1, 5)}):
    ...     print(layer.matrix.name, layer.bias and layer.bias.name)
    0.weight 0.bias
    2.weight None
    """
    if isinstance(tensors, str | bytes) or not isinstance(tensors, Iterable | None):
        raise TypeError(f"tensors must be a sequence of names, not {show(tensors)}")
    if layout is not None:
        checks.choice("layout", layout, LAYOUTS)
    if tensors is not None:
        return _named(shapes, list(tensors), layout)
    found = _found(shapes, layout)
    if whole:
        _require_whole(shapes, found)
    return found


def _named(
    shapes: Mapping[str, ArrayShape], names: list[object], layout: Layout | None
) -> list[StoredLayer]:
    """Return the layers whose matrices, and maybe biases, are named."""
    made = sources(shapes)
    table = {name: Source(name, shape, (name,)) for name, shape in shapes.items()} | made
    chosen: list[tuple[Source, Layout]] = []
    given: dict[int, Source] = {}
    for name in names:
        if isinstance(name, str) and (source := table.get(name)) is not None:
            ours = chosen and name in bias_names(chosen[-1][0].name)
            if len(source.shape) == 1 or (ours and is_vector(source.shape)):
                if not chosen or len(chosen) - 1 in given:
                    raise ValueError(f"the vector {show(name)} does not follow a matrix: {PICK}")
                given[len(chosen) - 1] = source
                continue
        chosen.append(_matrix(name, table, layout))
    if not chosen:
        raise ValueError(f"there must be matrices: {_advice(_matrices(table.values()))}")
    uses = [source.name for source, _ in chosen]
    found = []
    for k, (source, stored) in enumerate(chosen):
        bias = given.get(k)
        if not given and stored != "bias-column":
            bias = _bias(source, table)
            tied = uses.count(source.name) > 1
            if bias is not None and tied and not _fits(bias, StoredLayer(source, stored, None)):
                bias = None  # of the other use
        found.append(StoredLayer(source, stored, bias))
    advice = _advice([layer.matrix for layer in found])
    for layer in found:
        _require_fit(layer, advice)
    if (gap := _gap(found)) is not None:
        hint = _layout_hint([layer.matrix for layer in found], layout)
        raise ValueError(f"the matrices do not form one chain{hint}, as {gap}: {advice}")
    return found


def _matrix(
    name: object, table: Mapping[str, Source], layout: Layout | None
) -> tuple[Source, Layout]:
    """Return the matrix that a name, maybe with `.T`, stands for, and how it is stored."""
    if not isinstance(name, str):
        raise TypeError(f"tensors must be names, not {show(name)} ({type(name).__name__})")
    stored = name if name in table else name.removesuffix(".T")
    source = table.get(stored)
    if source is None:
        end = stored[::-1]
        near = sorted(table, key=lambda n: -sum(takewhile(bool, map(str.__eq__, n[::-1], end))))
        listing = listed(_matrices(table[other] for other in near))
        raise ValueError(f"there is no tensor {show(stored)}: {PICK}; matrices: {listing}")
    if len(source.shape) != 2:
        raise ValueError(f"{listed([source])} is no matrix: {PICK}")
    return source, "in-out" if stored != name else _stored(stored, layout)


def _stored(name: str, layout: Layout | None) -> Layout:
    return layout or ("in-out" if stored_as_in_out(name) else "out-in")


def _found(shapes: Mapping[str, ArrayShape], layout: Layout | None) -> list[StoredLayer]:
    """Return the layers that all tensors together form."""
    table = sources(shapes)
    without = masks(table)
    larger = [source for source in table.values() if len(source.shape) > 2]
    matrices = [s for s in _matrices(table.values()) if s.name not in without]
    biases = {} if layout == "bias-column" else _biases(matrices, table)
    taken = {bias.name for bias in biases.values()}
    matrices = [source for source in matrices if source.name not in taken]
    advice = _advice(matrices)
    if not matrices or larger:
        what = "there must be matrices and nothing of more dimensions"
        raise ValueError(f"{what} ({listed(larger) or 'none'} here): {advice}")
    vectors = [s for s in table.values() if len(s.shape) == 1 and s.name not in taken]
    _refuse_vectors_for_matrices(matrices, vectors, advice)
    if not biases and layout != "bias-column":
        biases = _biases_in_order(matrices, vectors, table)
        taken = {bias.name for bias in biases.values()}
        matrices = [source for source in matrices if source.name not in taken]
    stored = _layouts(matrices, biases, layout, advice)
    by_name = {s.name: StoredLayer(s, stored[s.name], biases.get(s.name)) for s in matrices}
    for layer in by_name.values():
        _require_fit(layer, advice)
    order = _order(by_name, layout, advice)
    for name in order:
        if is_recurrent(name) or "parametrizations." in name or name.endswith("_orig"):
            what = "belongs to something else than a fully connected layer, by its name"
            raise ValueError(f"{show(name)} {what}: {advice}")
    return [by_name[name] for name in order]


def _biases(matrices: Sequence[Source], table: Mapping[str, Source]) -> dict[str, Source]:
    found = ((matrix.name, _bias(matrix, table)) for matrix in matrices)
    pairs = {name: bias for name, bias in found if bias is not None}
    taken = {bias.name for bias in pairs.values()}
    return {name: bias for name, bias in pairs.items() if name not in taken}


def _bias(matrix: Source, table: Mapping[str, Source]) -> Source | None:
    """Return the vector that is a matrix's bias by its name, if there is one."""
    for name in bias_names(matrix.name):
        source = table.get(name)
        if source is None or source.name == matrix.name:
            continue
        if len(source.shape) == 1:
            return source
        if any(is_vector(source.shape, length) for length in matrix.shape):
            return source
    return None


def _biases_in_order(
    matrices: Sequence[Source], vectors: Sequence[Source], table: Mapping[str, Source]
) -> dict[str, Source]:
    """Return the biases of tensors whose names are numbers of one template and nothing else."""
    one = queues(source.name for source in table.values())
    if len(one) > 1:
        return {}
    ordered = [table[name] for name in one[0]]
    if vectors:
        if len(vectors) == len(matrices):
            firsts = [source for source in ordered if len(source.shape) == 2]
            seconds = [source for source in ordered if len(source.shape) == 1]
        else:
            return {}
    else:  # matrix, column, matrix, column, …
        firsts, seconds = ordered[::2], ordered[1::2]
        columns = all(source.shape[1:] == (1,) for source in seconds)
        if not 1 < len(firsts) == len(seconds) or not columns:
            return {}
        if _gap([StoredLayer(s, "out-in", None) for s in ordered]) is None:
            return {}
    fits = [is_vector(b.shape, a.shape[0]) for a, b in zip(firsts, seconds, strict=True)]
    other = [is_vector(b.shape, a.shape[1]) for a, b in zip(firsts, seconds, strict=True)]
    if not all(fits) and not all(other):
        return {}
    return {a.name: b for a, b in zip(firsts, seconds, strict=True)}


def _layouts(
    matrices: Sequence[Source],
    biases: Mapping[str, Source],
    layout: Layout | None,
    advice: str,
) -> dict[str, Layout]:
    """Return how every matrix is stored, by the names and by the lengths of the biases."""
    if layout is not None:
        return {source.name: layout for source in matrices}
    known: dict[str, Layout] = {s.name: "in-out" for s in matrices if stored_as_in_out(s.name)}
    shown: set[Layout] = set()
    rows = False
    for source in matrices:
        bias = biases.get(source.name)
        if bias is None or source.name in known:
            continue
        rows = rows or (len(bias.shape) == 2 and bias.shape[1] > 1)
        if source.shape[0] != source.shape[1]:
            length = bias.shape[0] if len(bias.shape) == 1 else max(bias.shape)
            if length in source.shape:
                shown.add("out-in" if length == source.shape[0] else "in-out")
    if len(shown) == 2:
        what = "the lengths of the biases show some matrices as (out, in), others as (in, out)"
        raise ValueError(f"{what}: {advice}")
    if rows and not shown:
        what = "biases stored as rows go with matrices (in, out), and square ones do not tell"
        raise ValueError(
            f"{what}: name the layout, layout='in-out' (--layout in-out) or 'out-in', or {advice}"
        )
    default = shown.pop() if shown else "out-in"
    return {source.name: known.get(source.name, default) for source in matrices}


def _order(by_name: Mapping[str, StoredLayer], layout: Layout | None, advice: str) -> list[str]:
    """Return the one order of the matrices, or raise ValueError."""
    names = list(by_name)
    ends = {name: layer.ends for name, layer in by_name.items()}
    groups = queues(names)
    found, complete = orders(groups, ends)
    if not found and complete and len(groups) < len(names):
        # the numbers and the shapes tell different orders: numbers of something else, maybe
        matrices = [layer.matrix for layer in by_name.values()]
        alone = orders([[name] for name in names], ends)
        hint = _layout_hint([by_name[n].matrix for n in groups[0]], layout)
        if alone.found and (not hint or _certain(by_name) or _sizes(matrices)):
            found, complete = alone
    if len(found) == 1 and complete:
        return found[0]
    several = _networks(by_name)
    if not found and complete:
        ordered = [by_name[name] for group in groups for name in group]
        hint = _layout_hint([layer.matrix for layer in ordered], layout)
        gap = _gap(ordered) or "they meet in no order"
        raise ValueError(f"the matrices do not form one chain{hint}, as {gap}: {several}{advice}")
    if not found:
        what = "the names do not tell the order of the matrices, and the shapes leave too many"
        raise ValueError(f"{what}: {several}{advice}")
    texts = [", ".join(map(show, islice(order, LISTED))) for order in found]
    longer = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    more = "" if complete else "; or others"
    listing = "; or ".join(text + longer for text in texts[: 2 if longer else None])
    what = "the names do not tell the order of the matrices, and the shapes allow"
    raise ValueError(f"{what} {listing}{more}: {several}{advice}")


def _certain(by_name: Mapping[str, StoredLayer]) -> bool:
    """Return whether the biases of all matrices show how they are stored."""
    return all(layer.bias is not None for layer in by_name.values()) and any(
        rows != columns for rows, columns in (layer.matrix.shape for layer in by_name.values())
    )


def _sizes(matrices: Sequence[Source]) -> bool:
    """Return whether the numbers in the names are the widths of the matrices so called."""
    read = [[int(n[:19]) for n in DIGIT_RUN.findall(source.name)] for source in matrices]
    shapes = [source.shape for source in matrices]
    pairs = list(zip(read, shapes, strict=True))
    return (
        all(sorted(numbers) == sorted(shape) for numbers, shape in pairs)
        or all(numbers == [shape[0]] for numbers, shape in pairs)
        or all(numbers == [shape[1]] for numbers, shape in pairs)
    )


def _networks(by_name: Mapping[str, StoredLayer]) -> str:
    """Say by which prefixes the matrices fall into several networks, if they do."""
    parts = {name: re.split("(?<=[./])", name) for name in by_name}
    shortest = min(map(len, parts.values()))
    for depth in range(1, shortest):
        groups: dict[str, list[str]] = {}
        for name, part in parts.items():
            groups.setdefault("".join(part[:depth]), []).append(name)
        if 1 < len(groups) < len(by_name):
            ends = {name: layer.ends for name, layer in by_name.items()}
            if all(len(orders(queues(g), ends).found) == 1 for g in groups.values()):
                listing = ", ".join(map(show, islice(groups, LISTED)))
                how = f"name one by its prefix ({listing}) with prefix= (--prefix)"
                return f"several networks seem to be there, {how}; or "
    return ""


def _layout_hint(matrices: Sequence[Source], layout: Layout | None) -> str:
    """Say under which layout matrices in this order would form one chain, if under any."""
    words = {
        "out-in": "(out, in)",
        "in-out": "(in, out)",
        "bias-column": "(out, in + 1), the bias as last column",
    }
    for other in LAYOUTS:
        as_other = [StoredLayer(source, other, None) for source in matrices]
        if other != layout and len(matrices) > 1 and _gap(as_other) is None:
            how = f"layout={other!r} (--layout {other})"
            return f" (they do when all are taken as stored as {words[other]}: {how})"
    return ""


def _gap(found: Sequence[StoredLayer]) -> str | None:
    """Return where layers do not follow one another, or None."""
    for before, layer in pairwise(found):
        if (given := before.ends.outputs) != (taken := layer.ends.inputs):
            a, b = show(before.matrix.name), show(layer.matrix.name)
            return f"{b} takes {taken} inputs, {a} gives {given}"
    return None


def _fits(bias: Source, layer: StoredLayer) -> bool:
    return is_vector(bias.shape, layer.ends.outputs)


def _require_fit(layer: StoredLayer, advice: str) -> None:
    """Raise ValueError when a bias does not fit its matrix."""
    bias, (outputs, inputs) = layer.bias, layer.ends
    if bias is None or _fits(bias, layer):
        return
    name = show(layer.matrix.name)
    if is_vector(bias.shape, inputs):
        other = "(in, out)" if layer.layout == "out-in" else "(out, in)"
        what = f"by its bias of {inputs} entries {name} is stored as {other}"
        raise ValueError(f"{what}: {advice}")
    entries = f"the bias {show(bias.name)} has {math.prod(bias.shape)} entries"
    raise ValueError(f"{entries}, the matrix {name} gives {outputs} outputs: {advice}")


def _refuse_vectors_for_matrices(
    matrices: Sequence[Source], vectors: Sequence[Source], advice: str
) -> None:
    """Raise ValueError when a vector is called as the matrices are: one output, or one input."""
    templates = {DIGIT_RUN.sub("#", source.name) for source in matrices}
    for source in vectors:
        called = re.search("(^|[^a-zA-Z])(W|w|kernel)[_.]?[0-9]*$", source.name)
        if called and DIGIT_RUN.sub("#", source.name) in templates:
            what = f"{listed([source])} is called like a matrix and is a vector"
            raise ValueError(f"{what}: store it with two dimensions, or {advice}")


def _require_whole(shapes: Mapping[str, ArrayShape], found: Sequence[StoredLayer]) -> None:
    """Raise ValueError when a tensor belongs to none of the layers."""
    used = {
        part
        for layer in found
        for source in (layer.matrix, layer.bias)
        if source is not None
        for part in source.parts
    }
    rest = [Source(name, shape, (name,)) for name, shape in shapes.items() if name not in used]
    if not rest:
        return
    hint = "a normalisation changes the function: fold it into the weights next to it"
    if any(source.name.endswith("running_mean") for source in rest):
        hint = (
            "the eps of a batch normalisation is in no file: say batch_norm_eps "
            "(--batch-norm-eps), 1e-5 by default in PyTorch, or let Network.from_torch(module) "
            "fold it"
        )
    raise ValueError(
        f"{listed(rest)} is neither a weight matrix nor a bias ({hint}): {PICK}, each matrix's "
        "bias after it if it has one"
    )


def _matrices(found: Iterable[Source]) -> list[Source]:
    return [source for source in found if len(source.shape) == 2]


def _advice(matrices: Sequence[Source]) -> str:
    return f"{PICK}; matrices: {listed(matrices)}"


def listed(found: Sequence[Source]) -> str:
    """Return names and shapes for a message, no more than a few."""
    items = ", ".join(f"{show(source.name)} {show(source.shape)}" for source in found[:LISTED])
    return items + (f" and {len(found) - LISTED:,} more" if len(found) > LISTED else "")
