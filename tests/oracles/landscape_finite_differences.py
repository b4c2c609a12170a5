"""Loss, gradient and Hessian of a network with 60 digits, by finite differences.

Nothing of the package is imported. A network is (weights, biases) as nested lists, a bias None
where a layer has none; the loss is written out from its definition.
"""

from __future__ import annotations

import mpmath as mp

DIGITS = 60


def _softplus(z):
    return mp.log1p(mp.exp(z))


def _sigmoid(z):
    return 1 / (1 + mp.exp(-z))


def _elu(z, alpha=1):
    return z if z > 0 else alpha * mp.expm1(z)


ACTIVATIONS = {
    "generic": lambda z: _sigmoid(4 * z) + _softplus(z),
    "celu": _elu,
    "cos": mp.cos,
    "elu": _elu,
    "erf": mp.erf,
    "exp": mp.exp,
    "gaussian": lambda z: mp.exp(-z * z),
    "gelu": lambda z: z * (1 + mp.erf(z / mp.sqrt(2))) / 2,
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "mish": lambda z: z * mp.tanh(_softplus(z)),
    "relu": lambda z: z if z > 0 else 0 * z,
    "selu": lambda z: mp.mpf("1.0507009873554805") * _elu(z, mp.mpf("1.6732632423543772")),
    "sigmoid": _sigmoid,
    "silu": lambda z: z * _sigmoid(z),
    "sin": mp.sin,
    "softplus": _softplus,
    "tanh": mp.tanh,
}


def read(vector, widths, biases):
    """Return the layers [(matrix, bias or None)] in a vector: by rows, then the bias."""
    numbers = iter(vector)
    layers = []
    for columns, rows, bias in zip(widths, widths[1:], biases, strict=False):
        matrix = [[next(numbers) for _ in range(columns)] for _ in range(rows)]
        layers.append((matrix, [next(numbers) for _ in range(rows)] if bias else None))
    assert next(numbers, None) is None
    return layers


def outputs(layers, x, activation):
    """Return the outputs of a network at one input."""
    h = [mp.mpf(value) for value in x]
    for k, (matrix, bias) in enumerate(layers):
        h = [sum(w * value for w, value in zip(row, h, strict=True)) for row in matrix]
        if bias is not None:
            h = [value + b for value, b in zip(h, bias, strict=True)]
        if k < len(layers) - 1:
            h = [ACTIVATIONS[activation](value) for value in h]
    return h


def loss(layers, inputs, targets, activation, name):
    """Return the loss: squared error, or cross-entropy with probabilities."""
    total = mp.mpf(0)
    for x, y in zip(inputs, targets, strict=True):
        f = outputs(layers, x, activation)
        if name == "mse":
            total += sum((a - mp.mpf(b)) ** 2 for a, b in zip(f, y, strict=True))
        else:
            normalisation = sum(mp.exp(value) for value in f)
            total -= sum(
                mp.mpf(p) * mp.log(mp.exp(value) / normalisation)
                for p, value in zip(y, f, strict=True)
            )
    return total / len(inputs)


def derivatives(vector, widths, biases, inputs, targets, activation, name):
    """Return loss, gradient and Hessian of a flat vector: central differences of step 10^-15.

    Their error is of order 10^-30, and rounding adds 10^-60 / 10^-30.
    """
    with mp.workdps(DIGITS):
        step = mp.mpf(10) ** -15
        point = [mp.mpf(value) for value in vector]

        def value(*moves):
            moved = list(point)
            for place, by in moves:
                moved[place] += by
            return loss(read(moved, widths, biases), inputs, targets, activation, name)

        n = len(point)
        here = value()
        up = [value((i, step)) for i in range(n)]
        down = [value((i, -step)) for i in range(n)]
        gradient = [float((up[i] - down[i]) / (2 * step)) for i in range(n)]
        hessian = [[0.0] * n for _ in range(n)]
        for i in range(n):
            hessian[i][i] = float((up[i] - 2 * here + down[i]) / step**2)
            for j in range(i):
                mixed = value((i, step), (j, step)) - up[i] - up[j] + 2 * here
                mixed += value((i, -step), (j, -step)) - down[i] - down[j]
                hessian[i][j] = hessian[j][i] = float(mixed / (2 * step**2))
        return float(here), gradient, hessian
