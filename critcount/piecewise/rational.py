"""A ReLU network with rational weights: what a network of floats is, taken at its word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from critcount._support import checks, markup
from critcount.weights.network import Network

__all__ = ["IntegerLayer", "RationalNetwork", "as_rational", "integer_layers"]

Vector: TypeAlias = tuple[Fraction, ...]
Matrix: TypeAlias = tuple[Vector, ...]


@dataclass(frozen=True)
class RationalNetwork:
    """The weights of a fully connected ReLU network as fractions; immutable.

    It computes h_0 = x, h_k = max(W_k h_(k-1) + b_k, 0) for every hidden layer and W h + b at its
    output.

    Parameters
    ----------
    weights : sequence of matrices
        Two or more, each a sequence of rows of int or Fraction, shape (outputs, inputs).
    biases : sequence of vectors
        One for every matrix, with an entry for every row.

    Raises
    ------
    TypeError
        An entry is neither int nor Fraction.
    ValueError
        Fewer than two matrices, rows of different lengths, shapes that do not chain.

    Examples
    --------
    >>> hat = RationalNetwork([[[1], [1], [1]], [[1, -2, 1]]], [[0, -1, -2], [0]])
    >>> hat.widths, hat([Fraction(1, 3)]), hat([Fraction(5)])
    ((1, 3, 1), (Fraction(1, 3),), (Fraction(0, 1),))
    """

    weights: tuple[Matrix, ...]
    biases: tuple[Vector, ...]

    def __init__(
        self,
        weights: Sequence[Sequence[Sequence[int | Fraction]]],
        biases: Sequence[Sequence[int | Fraction]],
    ) -> None:
        if len(weights) < 2 or len(weights) != len(biases):
            raise ValueError(
                "weights must be two or more matrices and biases one vector for each, not "
                f"{len(weights)} and {len(biases)}"
            )
        matrices = tuple(
            tuple(_fractions(f"weights[{k}][{i}]", row) for i, row in enumerate(matrix))
            for k, matrix in enumerate(weights)
        )
        vectors = tuple(_fractions(f"biases[{k}]", vector) for k, vector in enumerate(biases))
        inputs = len(matrices[0][0]) if matrices[0] else 0
        for k, (matrix, vector) in enumerate(zip(matrices, vectors, strict=True)):
            if len(vector) != len(matrix):
                raise ValueError(
                    f"biases[{k}] must have one entry for each of the {len(matrix)} rows of "
                    f"weights[{k}], not {len(vector)}"
                )
            for i, row in enumerate(matrix):
                if len(row) != inputs:
                    raise ValueError(
                        f"weights[{k}][{i}] must have {inputs} entries, not {len(row)}"
                    )
            inputs = len(matrix)
        if not matrices[0] or not matrices[0][0] or not matrices[-1]:
            raise ValueError(
                "a rational network must have at least one input, one neuron in its first layer "
                "and one output"
            )
        object.__setattr__(self, "weights", matrices)
        object.__setattr__(self, "biases", vectors)

    @classmethod
    def of(cls, network: Network) -> RationalNetwork:
        """Return the rationals that the floats of a network are; no bias is zeros.

        >>> RationalNetwork.of(Network([[[0.1]], [[1.0]]])).weights[0]
        ((Fraction(3602879701896397, 36028797018963968),),)
        """
        return cls(
            [[list(map(Fraction, row)) for row in weight.tolist()] for weight in network.weights],
            [
                [Fraction(0)] * len(weight) if bias is None else list(map(Fraction, bias.tolist()))
                for weight, bias in zip(network.weights, network.biases, strict=True)
            ],
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden widths, outputs."""
        return (len(self.weights[0][0]), *map(len, self.weights))

    def network(self) -> Network:
        """Return the same network in float64.

        Raises
        ------
        ValueError
            When float64 does not hold an entry exactly.
        """
        return Network(
            [[[_exact_float(x) for x in row] for row in matrix] for matrix in self.weights],
            [[_exact_float(x) for x in vector] for vector in self.biases],
        )

    def __call__(self, x: Sequence[int | Fraction]) -> Vector:
        """Return the outputs for one input, exactly."""
        h = _fractions("x", x)
        if len(h) != self.widths[0]:
            raise ValueError(f"x must have {self.widths[0]} entries, not {len(h)}")
        last = len(self.weights) - 1
        for k, (matrix, vector) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = tuple(
                sum((w * y for w, y in zip(row, h, strict=True)), bias)
                for row, bias in zip(matrix, vector, strict=True)
            )
            if k < last:
                h = tuple(max(z, Fraction(0)) for z in h)
        return h

    def _repr_html_(self) -> str:
        sizes = [entry for rows in self.weights for row in rows for entry in row]
        sizes += [entry for vector in self.biases for entry in vector]
        rows = [
            ("widths", "-".join(map(str, self.widths))),
            ("weights and biases", len(sizes)),
            ("largest denominator", max(entry.denominator for entry in sizes)),
        ]
        return markup.html_table((), rows, "RationalNetwork")


@dataclass(frozen=True)
class IntegerLayer:
    """One layer on a common denominator: (rows / denominator) h + bias / denominator."""

    rows: tuple[tuple[int, ...], ...]
    bias: tuple[int, ...]
    denominator: int


def as_rational(network: Network | RationalNetwork) -> RationalNetwork:
    """Return a network with rational weights; TypeError for anything else."""
    if isinstance(network, RationalNetwork):
        return network
    if isinstance(network, Network):
        return RationalNetwork.of(network)
    raise TypeError(
        f"network must be a Network or a RationalNetwork, not {checks.show(network)} "
        f"({type(network).__name__})"
    )


def integer_layers(network: RationalNetwork) -> tuple[IntegerLayer, ...]:
    """Return the layers with integers over one denominator each.

    >>> network = RationalNetwork([[[Fraction(1, 2)]], [[3]]], [[Fraction(1, 3)], [0]])
    >>> integer_layers(network)[0]
    IntegerLayer(rows=((3,),), bias=(2,), denominator=6)
    """
    layers = []
    for matrix, vector in zip(network.weights, network.biases, strict=True):
        common = math.lcm(
            *(x.denominator for row in matrix for x in row), *(x.denominator for x in vector)
        )
        layers.append(
            IntegerLayer(
                tuple(
                    tuple(x.numerator * (common // x.denominator) for x in row) for row in matrix
                ),
                tuple(x.numerator * (common // x.denominator) for x in vector),
                common,
            )
        )
    return tuple(layers)


def _fractions(name: str, values: Iterable[int | Fraction]) -> Vector:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a sequence of fractions, not {checks.show(values)}")
    return tuple(_fraction(f"{name}[{i}]", value) for i, value in enumerate(values))


def _fraction(name: str, value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, float):
        raise TypeError(
            f"{name} must be an integer or a Fraction, not {value!r} (float): Fraction(x) is "
            "the fraction that a float is"
        )
    return Fraction(checks.integer(name, value))


def _exact_float(value: Fraction) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number) or Fraction(number) != value:
        raise ValueError(f"float64 does not hold {checks.show(value)} exactly")
    return number
