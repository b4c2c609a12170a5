"""Elements of a symmetry group, and what they do to a model's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from critcount._support import markup
from critcount.models.labels import Labels
from critcount.models.refine import Contracted
from critcount.models.states import State, View, along, axes_of
from critcount.models.tree import Draw, Follower, Part

__all__ = [
    "Relabelling",
    "Segments",
    "axis_groups",
    "cycle",
    "gather",
    "images_of",
    "label_images",
    "permutation",
    "real_names",
    "rearranged",
    "strided",
]

Segments = Mapping[str, Sequence[tuple[View, State]]]


def label_images(
    contracted: Contracted, root: Part, followers: Sequence[Follower], draw: Draw
) -> Labels:
    """Return the image of every label under a drawn element: uniform where the draws are."""
    start = root.nodes()
    drawn = list(root.arrangement(draw))
    end = np.concatenate(drawn) if drawn else start
    return images_of(contracted, followers, start, end)


def images_of(
    contracted: Contracted, followers: Sequence[Follower], start: Labels, end: Labels
) -> Labels:
    """Return the image of every label, given the images `end` of the free nodes `start`."""
    node = np.arange(len(contracted.colour), dtype=np.int64)
    node[start] = end
    _follow(node, followers)
    image = node[contracted.node]
    order = np.lexsort((contracted.node, contracted.cell))
    names = contracted.cell[order] * len(node) + contracted.node[order]
    wanted = contracted.cell * len(node) + image
    at = np.searchsorted(names, wanted)
    if not np.array_equal(names[np.minimum(at, len(names) - 1)], wanted):
        raise RuntimeError("the images of the labels do not fit the cells")
    return order[at].astype(np.int64)


def _follow(node: Labels, followers: Sequence[Follower]) -> None:
    """Fill in the images of followers, from those of the nodes that they follow."""
    by_form: dict[int, list[Follower]] = {}
    for follower in followers:
        by_form.setdefault(follower.form, []).append(follower)
    waiting = dict(by_form)
    unresolved = np.zeros(len(node), np.bool_)
    for follower in followers:
        unresolved[follower.nodes] = True
    while waiting:
        ready = [
            form
            for form, group in waiting.items()
            if not any(unresolved[f.leaders].any() for f in group)
        ]
        if not ready:
            raise RuntimeError("nodes follow one another in a circle")
        for form in ready:
            group = waiting.pop(form)
            nodes = np.concatenate([f.nodes for f in group])
            leaders = np.concatenate([f.leaders for f in group], axis=1)
            here = np.lexsort(leaders)
            there = np.lexsort(node[leaders])
            if not np.array_equal(leaders[:, here], node[leaders][:, there]):
                raise RuntimeError("nodes that follow others do not fit their images")
            node[nodes[there]] = nodes[here]
            unresolved[nodes] = False


def cycle(rng: np.random.Generator) -> Draw:
    """Return draws of one cycle through all places: none stays."""

    def draw(count: int) -> Labels:
        order = rng.permutation(count)
        result = np.empty(count, np.int64)
        result[order] = np.roll(order, 1)
        return result

    return draw


@dataclass(frozen=True, slots=True)
class Relabelling:
    """An element of the group: the image of every label.

    Attributes
    ----------
    image : array of int64
    pieces : mapping
        For each parameter its parts, with the labels that name their positions.
    merged : mapping
        Parameters that stand for several of the model side by side: (axis, names).
    """

    image: Labels
    pieces: Segments
    merged: Mapping[str, tuple[int, tuple[str, ...]]]

    def apply(self, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the parameters after the element has acted; the others are passed on.

        Parameters
        ----------
        tensors : mapping of str to array
            Every parameter that moves must be there, in the model's shape.
        """
        result = {name: np.asarray(value) for name, value in tensors.items()}
        for name, parts in self.pieces.items():
            missing = [n for n in real_names(self.merged, name) if n not in result]
            if missing:
                raise ValueError(f"tensors has no {missing[0]!r}, which the symmetry moves")
            whole = gather(result, self.merged, name)
            moved = np.array(whole, order="C")
            for view, state in parts:
                places = permutation(self.image, state)
                if places is not None:
                    strided(moved, view)[...] = rearranged(strided(whole, view), places)
            _scatter(result, self.merged, name, moved)
        return result

    def _repr_html_(self) -> str:
        rows = [
            ("parameters", len(self.pieces)),
            ("labels", len(self.image)),
            ("labels moved", int((self.image != np.arange(len(self.image))).sum())),
        ]
        return markup.html_table((), rows, "Relabelling")


Merged = Mapping[str, tuple[int, tuple[str, ...]]]


def real_names(merged: Merged, name: str) -> list[str]:
    """Return the model's parameters that a parameter stands for, itself when it is real."""
    if name not in merged:
        return [name]
    return [real for part in merged[name][1] for real in real_names(merged, part)]


def gather(tensors: Mapping[str, np.ndarray], merged: Merged, name: str) -> np.ndarray:
    """Return the value of a parameter, those that it stands for side by side."""
    if name not in merged:
        return np.asarray(tensors[name])
    axis, parts = merged[name]
    return np.concatenate([gather(tensors, merged, part) for part in parts], axis=axis)


def _scatter(tensors: dict[str, np.ndarray], merged: Merged, name: str, value: np.ndarray) -> None:
    if name not in merged:
        tensors[name] = value
        return
    axis, parts = merged[name]
    start = 0
    for part in parts:
        length = gather(tensors, merged, part).shape[axis]
        piece = value.take(range(start, start + length), axis=axis)
        _scatter(tensors, merged, part, piece)
        start += length


def strided(array: np.ndarray, view: View) -> np.ndarray:
    """Return a part of a parameter, in the shape of its view."""
    flat = np.ascontiguousarray(array).reshape(-1)
    size = flat.itemsize
    return np.lib.stride_tricks.as_strided(
        flat[view.offset :], view.shape, [s * size for s in view.strides]
    )


def axis_groups(state: State) -> list[tuple[list[int], list[Labels]]]:
    """Return the sets of axes that move together, each with the names of its positions."""
    groups: list[tuple[set[int], list[Labels]]] = []
    for slot in state.slots:
        axes, slots = set(axes_of(slot)), [slot]
        apart = []
        for other, theirs in groups:
            if other & axes:
                axes |= other
                slots = theirs + slots
            else:
                apart.append((other, theirs))
        groups = [*apart, (axes, slots)]
    return [(sorted(axes), slots) for axes, slots in groups]


def permutation(image: Labels, state: State) -> list[tuple[list[int], Labels]] | None:
    """Return for each group of axes the place that each position's value comes from."""
    result = []
    for axes, slots in axis_groups(state):
        lengths = [n if a in axes else 1 for a, n in enumerate(state.shape)]
        names = [np.broadcast_to(s, lengths).ravel() for s in slots]
        moved = [image[n] for n in names]
        for axis in axes:
            if axis in state.pinned:
                place = along(np.arange(state.shape[axis], dtype=np.int64), axis, len(lengths))
                fixed = np.broadcast_to(place, lengths).ravel()
                names.append(fixed)
                moved.append(fixed)
        here, there = np.stack(names), np.stack(moved)
        if np.array_equal(here, there):
            continue
        to, of = np.lexsort(here), np.lexsort(there)
        if not np.array_equal(here[:, to], there[:, of]):
            raise RuntimeError("the labels of a parameter do not move among themselves")
        source = np.empty(len(to), np.int64)
        source[to] = of
        result.append((axes, source))
    return result or None


def rearranged(array: np.ndarray, places: Sequence[tuple[list[int], Labels]]) -> np.ndarray:
    """Return an array with its positions along some axes taken from other places."""
    for axes, source in places:
        front = np.moveaxis(array, axes, range(len(axes)))
        shape = front.shape
        flat = front.reshape(len(source), -1)[source].reshape(shape)
        array = np.moveaxis(flat, range(len(axes)), axes)
    return array
