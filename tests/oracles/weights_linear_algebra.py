"""The conditions on the weights of expanded networks, written out one by one and solved densely.

Nothing of the package is imported. A network is (weights, biases) as lists of arrays, a
configuration a word with its number of labels.
"""

from __future__ import annotations

import numpy as np


def flat(weights, biases):
    parts = []
    for weight, bias in zip(weights, biases, strict=True):
        parts.append(np.ravel(weight))
        if bias is not None:
            parts.append(bias)
    return np.concatenate(parts)


def conditions(weights, biases, words):
    """Return (M, t): a wide network θ is on the subspace exactly when M θ = t.

    `weights`, `biases` are those of the minimal network; `words` one word per hidden layer.
    """
    minimal = [w.shape[1] for w in weights] + [len(weights[-1])]
    letters = [list(range(minimal[0])), *[list(w) for w in words], list(range(minimal[-1]))]
    widths = [len(w) for w in letters]
    offsets, total = [], 0
    for k, bias in enumerate(biases):
        offsets.append(total)
        total += widths[k + 1] * widths[k] + (0 if bias is None else widths[k + 1])
    rows, values = [], []

    def demand(entries, value):
        row = np.zeros(total)
        for place, factor in entries:
            row[place] += factor
        rows.append(row)
        values.append(value)

    for k, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        above, below = letters[k + 1], letters[k]
        r_above, r_below = minimal[k + 1], minimal[k]

        def place(i, j, k=k):
            return offsets[k] + i * widths[k] + j

        def offset(i, k=k):
            return offsets[k] + widths[k + 1] * widths[k] + i

        for i, t in enumerate(above):
            partner = above.index(t)
            for s in sorted(set(below)):
                block = [j for j, c in enumerate(below) if c == s]
                if t < r_above:
                    value = weight[t, s] if s < r_below else 0.0
                    demand([(place(i, j), 1) for j in block], value)
                elif partner != i:
                    demand(
                        [(place(i, j), 1) for j in block]
                        + [(place(partner, j), -1) for j in block],
                        0.0,
                    )
            if bias is not None:
                if t < r_above:
                    demand([(offset(i), 1)], bias[t])
                elif partner != i:
                    demand([(offset(i), 1), (offset(partner), -1)], 0.0)
    return np.array(rows).reshape(len(rows), total), np.array(values)


def nearest(matrix, values, point):
    """Return the point nearest to `point` with matrix @ x = values, or None when there is none."""
    step = np.linalg.lstsq(matrix, values - matrix @ point, rcond=None)[0]
    x = point + step
    return x if np.allclose(matrix @ x, values, atol=1e-8) else None


def null_dimension(matrix):
    return matrix.shape[1] - (np.linalg.matrix_rank(matrix) if matrix.size else 0)


def output(weights, biases, x, activation):
    """The function of a network, neuron by neuron."""
    h = np.asarray(x, dtype=float)
    for k, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        z = [sum(w * v for w, v in zip(row, h, strict=True)) for row in weight]
        if bias is not None:
            z = [a + b for a, b in zip(z, bias, strict=True)]
        h = [activation(v) for v in z] if k < len(weights) - 1 else z
    return np.array(h)
