"""The permutations of the axes of all tensors that leave a function unchanged, by trying them.

Independent of the package: a model is a function of arrays. Axes are assigned one after another;
a choice is dropped as soon as the function changes for arrays that are constant along the axes not
assigned yet, for there the missing permutations do nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

Function = Callable[..., np.ndarray]


def count(function: Function, shapes: Sequence[Sequence[int]], seed: int = 0) -> int:
    """Return how many choices of one permutation for each axis leave the function unchanged."""
    rng = np.random.default_rng(seed)
    axes = [(t, a) for t, shape in enumerate(shapes) for a, n in enumerate(shape) if n > 1]
    full = [rng.standard_normal(shape) for shape in shapes]

    def flat(assigned: int) -> list[np.ndarray]:
        """Arrays constant along the axes from `assigned` on."""
        result = []
        for t, array in enumerate(full):
            gone = tuple(a for s, a in axes[assigned:] if s == t)
            mean = array.mean(axis=gone, keepdims=True) if gone else array
            result.append(np.broadcast_to(mean, array.shape))
        return result

    stages = [flat(k) for k in range(len(axes) + 1)]
    values = [function(*stage) for stage in stages]

    def same(chosen: Sequence[tuple[int, ...]]) -> bool:
        stage = list(stages[len(chosen)])
        for (t, a), order in zip(axes, chosen, strict=False):
            stage[t] = stage[t].take(order, axis=a)
        value = values[len(chosen)]
        return bool(np.abs(function(*stage) - value).max() < 1e-9 * (1 + np.abs(value).max()))

    def search(chosen: tuple[tuple[int, ...], ...]) -> int:
        if len(chosen) == len(axes):
            return 1
        t, a = axes[len(chosen)]
        options = itertools.permutations(range(shapes[t][a]))
        return sum(search((*chosen, p)) for p in options if same((*chosen, p)))

    return search(())
