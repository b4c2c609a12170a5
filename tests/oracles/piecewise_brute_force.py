"""ReLU networks in Fractions, from the definitions: no geometry, every case gone through.

A network is a list of layers (weights, biases), lists of Fractions; the last has no activation.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

from sympy import Matrix, Poly, symbols


def evaluate(network, x):
    h = list(x)
    for k, (weights, biases) in enumerate(network):
        h = [
            sum((w * y for w, y in zip(row, h, strict=True)), b)
            for row, b in zip(weights, biases, strict=True)
        ]
        if k < len(network) - 1:
            h = [max(z, Fraction(0)) for z in h]
    return h


def pattern(network, x):
    """The signs of all hidden neurons; None where one is exactly zero."""
    signs = []
    for depth in range(1, len(network)):
        for z in evaluate(network[:depth], x):
            if z == 0:
                return None
            signs.append(z > 0)
    return tuple(signs)


def knots_from_values(network):
    """The knots of a network with one input.

    Candidates are found layer by layer: on every interval between the candidates so far a neuron
    is affine, known from two points. A candidate is a knot when the slopes on its two sides, each
    from two points nearer than any other candidate, differ.
    """
    candidates = []
    for depth in range(1, len(network)):
        places = set(candidates)
        for left, right in _intervals(candidates):
            a, b = _two_points(left, right)
            for u, v in zip(
                evaluate(network[:depth], [a]), evaluate(network[:depth], [b]), strict=True
            ):
                if u != v:
                    zero = a - u * (b - a) / (v - u)
                    if (left is None or zero > left) and (right is None or zero < right):
                        places.add(zero)
        candidates = sorted(places)
    return [
        x
        for x, before, after in zip(
            candidates,
            list(_intervals(candidates))[:-1],
            list(_intervals(candidates))[1:],
            strict=True,
        )
        if _slope(network, *_two_points(*before)) != _slope(network, *_two_points(*after))
    ]


def _slope(network, a, b):
    pairs = zip(evaluate(network, [a]), evaluate(network, [b]), strict=True)
    return [(v - u) / (b - a) for u, v in pairs]


def _intervals(points):
    return itertools.pairwise([None, *points, None])


def _two_points(left, right):
    if left is None and right is None:
        return Fraction(0), Fraction(1)
    if left is None:
        return right - 2, right - 1
    if right is None:
        return left + 1, left + 2
    return left + (right - left) / 3, left + 2 * (right - left) / 3


def patterns_of_samples(network, box, number, seed=0):
    """The patterns at the points of a shifted grid of `number` points along every axis."""
    generator = random.Random(seed)
    axes = []
    for low, high in box:
        step = (Fraction(high) - Fraction(low)) / number
        shift = Fraction(generator.randrange(1, 10**6), 10**6)
        axes.append([low + step * (i + shift) for i in range(number)])
    found = {pattern(network, x) for x in itertools.product(*axes)}
    return found - {None}


def characteristic_polynomial(planes, d):
    """χ by Whitney's theorem: Σ over subsets with a common point of (-1)^|B| t^(d - rank B)."""
    t = symbols("t")
    total = 0
    for size in range(len(planes) + 1):
        for chosen in itertools.combinations(planes, size):
            normals = Matrix([list(plane[:-1]) for plane in chosen] or [[0] * d])
            whole = Matrix([list(plane) for plane in chosen] or [[0] * (d + 1)])
            if normals.rank() == whole.rank():
                total += (-1) ** size * t ** (d - normals.rank())
    coefficients = [int(c) for c in Poly(total, t).all_coeffs()]
    return tuple([0] * (d + 1 - len(coefficients)) + coefficients)


def mixed_differences(network, x, step=Fraction(1, 10**12)):
    """The sum of the squares of ∂²f/∂θ∂x over all weights, biases, inputs and outputs.

    f is affine in one weight and in one input near x, so that a mixed difference is exact.
    """
    total = Fraction(0)
    for k, (weights, biases) in enumerate(network):
        places = [(i, j) for i in range(len(weights)) for j in range(len(weights[i]))]
        for i, j in [*places, *((i, None) for i in range(len(biases)))]:
            moved = [([list(row) for row in w], list(b)) for w, b in network]
            if j is None:
                moved[k][1][i] += step
            else:
                moved[k][0][i][j] += step
            for axis in range(len(x)):
                y = list(x)
                y[axis] += step
                for a, b, c, e in zip(
                    evaluate(moved, y),
                    evaluate(moved, x),
                    evaluate(network, y),
                    evaluate(network, x),
                    strict=True,
                ):
                    total += ((a - b - c + e) / step**2) ** 2
    return total


def hinz_matrices(widths):
    """The bound of Hinz and van de Geer for binomial histograms, by products of matrices.

    The histogram of a layer of n on dimension r has C(n, j) at min(r, n - j) for j <= r.
    """
    from math import comb

    d, *hidden = widths[:-1]
    largest = max([d, *hidden])
    vector = [int(r == d) for r in range(largest + 1)]
    for n in hidden:
        matrix = [[0] * (largest + 1) for _ in range(largest + 1)]
        for r in range(largest + 1):
            for j in range(min(r, n) + 1):
                matrix[min(r, n - j)][r] += comb(n, j)
        vector = [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]
    return sum(vector)


def serra_sum(widths):
    """The bound of Serra et al. 2018 as the sum that they write."""
    from math import comb, prod

    d, *hidden = widths[:-1]
    total = 0
    for js in itertools.product(*(range(n + 1) for n in hidden)):
        left = d
        for n, j in zip(hidden, js, strict=True):
            if j > left:
                break
            left = min(left, n - j)
        else:
            total += prod(comb(n, j) for n, j in zip(hidden, js, strict=True))
    return total
