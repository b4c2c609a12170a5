"""The Hessian of the loss of a network in numpy alone, column by column with the R operator.

Pearlmutter 1994: differentiate forward and backward pass along a direction. Here along the unit
vectors, all at once.
"""

import itertools

import numpy as np


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _tanh(z):
    t = np.tanh(z)
    return t, 1 - t**2, -2 * t * (1 - t**2)


def _logistic(z):
    s = _sigmoid(z)
    return s, s * (1 - s), s * (1 - s) * (1 - 2 * s)


def _softplus(z):
    s = _sigmoid(z)
    return np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0), s, s * (1 - s)


FUNCTIONS = {"tanh": _tanh, "sigmoid": _logistic, "softplus": _softplus}


def hessian(weights, biases, x, y, activation="tanh", loss="mse"):
    """All second derivatives, in the order layer by layer, rows of the matrix, then its bias."""
    size = sum(w.size for w in weights) + sum(b.size for b in biases if b is not None)
    directions = _split(np.eye(size), weights, biases)
    function = FUNCTIONS[activation]
    h, moved = [x], [np.zeros((size, *x.shape))]
    z, first, second, z_moved = [], [], [], []
    for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
        v, shift = directions[k]
        z.append(h[-1] @ w.T + (0 if b is None else b))
        turned = moved[-1] @ w.T + np.einsum("nd,pod->pno", h[-1], v)
        z_moved.append(turned if shift is None else turned + shift[:, None, :])
        if k < len(weights) - 1:
            value, one, two = function(z[-1])
            first.append(one)
            second.append(two)
            h.append(value)
            moved.append(one * z_moved[-1])
    delta, delta_moved = _top(z[-1], z_moved[-1], y, loss)
    columns = []
    for k in reversed(range(len(weights))):
        if k < len(weights) - 1:
            w, v = weights[k + 1], directions[k + 1][0]
            back = delta @ w
            delta_moved = (delta_moved @ w + np.einsum("no,pod->pnd", delta, v)) * first[
                k
            ] + back * second[k] * z_moved[k]
            delta = back * first[k]
        matrix = np.einsum("pno,nd->pod", delta_moved, h[k])
        matrix += np.einsum("no,pnd->pod", delta, moved[k])
        part = [matrix.reshape(size, -1)]
        if biases[k] is not None:
            part.append(delta_moved.sum(axis=1))
        columns.append(np.hstack(part))
    return np.hstack(columns[::-1])


def _top(f, f_moved, y, loss):
    number = len(f)
    if loss == "mse":
        return 2 * (f - y) / number, 2 * f_moved / number
    powers = np.exp(f - f.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    turned = p * (f_moved - (p * f_moved).sum(axis=-1, keepdims=True))
    return (p - y) / number, turned / number


def _split(rows, weights, biases):
    sizes = []
    for w, b in zip(weights, biases, strict=True):
        sizes += [w.size, 0 if b is None else b.size]
    ends = np.cumsum([0, *sizes])
    parts = [rows[:, a:b] for a, b in itertools.pairwise(ends)]
    return [
        (parts[2 * k].reshape(len(rows), *w.shape), parts[2 * k + 1] if b is not None else None)
        for k, (w, b) in enumerate(zip(weights, biases, strict=True))
    ]
