"""Copies of neurons: what keeps a point critical and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from critcount.claims.claim import Case, Claim, Verdict
from critcount.claims.rounding import GAP, evaluation_error, gradient_error
from critcount.claims.training import Minimum, minima
from critcount.configuration import Configuration
from critcount.families import CriticalSubspaces
from critcount.weights.network import Array, Network
from critcount.weights.subspaces import AffineSubspace

__all__ = ["CLAIMS", "duplicate", "replicate", "shape_of", "size_of"]


def replicate(
    network: Network, words: Sequence[Sequence[int]], shares: Sequence[Array]
) -> Network:
    """Return a network of copies: neuron i of a layer copies neuron t = word[i] of that layer.

    Its weight to a copy of t' is β_i times that of t to t'.

    Parameters
    ----------
    network : Network
        Without biases.
    words : sequence of sequences of int
        For every hidden layer.
    shares : sequence of numpy.ndarray
        For every hidden layer the β of its neurons, which add up to 1 over the copies of a neuron.

    Examples
    --------
    >>> small = Network([[[1.0], [2.0]], [[3.0, 4.0]]])
    >>> replicate(small, [[0, 1, 1]], [np.array([1.0, 0.75, 0.25])]).weights[1]
    array([[3., 3., 1.]])
    """
    weights = []
    last = len(network.weights) - 1
    for k, weight in enumerate(network.weights):
        wide = weight if k == last else weight[list(words[k])]
        if k:
            wide = wide[:, list(words[k - 1])] * shares[k - 1]
        weights.append(wide)
    return Network(weights)


def duplicate(network: Network, layer: int, neuron: int, share: float = 0.5) -> Network:
    """Return the network with a copy of one neuron at the end of its layer, with a share β."""
    words, shares = [], []
    for k, n in enumerate(network.widths[1:-1]):
        word, beta = list(range(n)), np.ones(n)
        if k == layer:
            word, beta = [*word, neuron], np.append(beta, share)
            beta[neuron] = 1 - share
        words.append(word)
        shares.append(beta)
    return replicate(network, words, shares)


def amplification(words: Sequence[Sequence[int]], shares: Sequence[Array]) -> float:
    """Return by how much copying enlarges the norm of a gradient, at most.

    The derivative by the weight from neuron i to i' is β_i' times that by the weight from t to
    t', of which they are copies; towards outputs β_i' is 1.
    """
    squares = [1.0]
    sizes = [1]
    for word, beta in zip(words, shares, strict=True):
        squares += np.bincount(word, np.square(beta)).tolist()
        sizes += np.bincount(word).tolist()
    return float(np.sqrt(max(squares) * max(sizes)))


def shape_of(network: Network) -> str:
    """Return the widths as text."""
    return "-".join(map(str, network.widths))


def size_of(network: Network) -> int:
    """Return the number of weights."""
    return sum(weight.size for weight in network.weights)


def critical_case(found: Minimum, point: Network, growth: float) -> Case:
    """Compare the gradient at a point with what copying makes of that of the minimum."""
    figure = float(np.linalg.norm(found.problem.gradient(point)))
    before = found.gradient + gradient_error(found.problem, found.network)
    return Case(
        f"{shape_of(found.network)} to {shape_of(point)}",
        size_of(point),
        figure,
        growth * before + gradient_error(found.problem, point),
        found.seed,
        facts={"loss": found.problem.loss(point)},
    )


def measure_duplicate(widths: Sequence[int], seeds: Sequence[int]) -> list[Case]:
    """Duplicate every neuron of a layer, in equal and in other parts; the worst of a layer."""
    cases = []
    for found in minima(widths, seeds):
        for layer in range(len(widths) - 2):
            tried = [
                critical_case(
                    found,
                    duplicate(found.network, layer, neuron, share),
                    float(np.sqrt(2 * max(1.0, share**2 + (1 - share) ** 2))),
                )
                for neuron in range(widths[layer + 1])
                for share in (0.5, 0.2, -1.0)
            ]
            cases.append(max(tried, key=lambda case: case.excess))
    return cases


def measure_subspace(widths: Sequence[int], seeds: Sequence[int]) -> list[Case]:
    """Measure the gradient at random points of random critical subspaces of wider networks."""
    cases = []
    for found in minima(widths, seeds):
        rng = np.random.default_rng([found.seed, 6])
        for extra in (1, 2):
            words = [CriticalSubspaces(r, r + extra).random(rng, 1)[0] for r in widths[1:-1]]
            shares = [random_shares(word, rng) for word in words]
            letters = [word.word for word in words]
            point = replicate(found.network, letters, shares)
            subspace = AffineSubspace(found.network, words, critical=True)
            case = critical_case(found, point, amplification(letters, shares))
            if not subspace.contains(point, 1e-12):
                raise ArithmeticError(f"{case.name} is not on its critical subspace")
            cases.append(case)
    return cases


def random_shares(word: Configuration, rng: np.random.Generator) -> Array:
    """Return β with the sum 1 over every block, otherwise normally distributed."""
    shares = rng.standard_normal(word.m)
    for block in word.replication_blocks:
        where = list(block)
        shares[where] += (1 - shares[where].sum()) / len(where)
    return shares


def measure_unequal(widths: Sequence[int], seeds: Sequence[int]) -> list[Case]:
    """Split the outgoing weights of every neuron of the last hidden layer, not in proportion.

    With one output the figure is the gradient over what a critical point may have, which may be
    1; with more it is the inverse, which may be 10^-3.
    """
    cases = []
    layer = len(widths) - 3
    for found in minima(widths, seeds):
        rng = np.random.default_rng([found.seed, 7])
        for neuron in range(widths[-2]):
            plane = duplicate(found.network, layer, neuron)
            weights = list(plane.weights)
            step = np.zeros_like(weights[-1])
            step[:, neuron] = rng.standard_normal(widths[-1])
            step[:, -1] = -step[:, neuron]
            weights[-1] = weights[-1] + step
            point = Network(weights)
            x = found.problem.inputs
            change = np.abs(point(x, "generic") - found.network(x, "generic"))
            allowed = evaluation_error(point, x) + evaluation_error(found.network, x)
            outgoing = found.network.weights[-1][:, neuron]
            growth = 2 + 2 * float(np.linalg.norm(step) / np.linalg.norm(outgoing))
            case = critical_case(found, point, growth)
            ratio = case.figure / case.tolerance
            figure, tolerance = (ratio, 1.0) if widths[-1] == 1 else (1 / ratio, 1 / GAP)
            stays = bool((change <= allowed).all())
            facts = {"gradient": case.figure, "critical": case.tolerance}
            cases.append(
                Case(
                    case.shape,
                    case.size,
                    figure if stays else np.inf,
                    tolerance,
                    found.seed,
                    facts=facts,
                )
            )
    return cases


def _batches(shapes: Sequence[tuple[int, ...]], quick: bool) -> list[dict[str, Any]]:
    starts = [0] if quick else range(0, 20, 5)
    return [
        {"widths": list(widths), "seeds": list(range(start, start + 5))}
        for widths in shapes
        for start in starts
    ]


def _units(quick: bool) -> list[dict[str, Any]]:
    shapes = [(1, 1, 2), (2, 2, 1), (2, 2, 2), (2, 2, 2, 1)]
    more = [(2, 2, 3), (2, 3, 1), (2, 3, 2), (3, 3, 3), (2, 2, 3, 2)]
    return _batches(shapes if quick else shapes + more, quick)


CLAIMS = (
    Claim(
        name="duplicate-critical",
        statement="A critical point stays critical when a neuron is duplicated and its outgoing "
        "weights are shared out in proportion.",
        paper="B19, S21",
        method="trained networks",
        subjects="minima of random tasks with every neuron of a layer duplicated",
        quantity="norm of the gradient",
        recorded=Verdict("holds"),
        explanation="""\
Let neuron i and its copy have the outgoing weights (1-β) a and β a. Both compute the same,
and the next layer receives the same sum, so the outputs stay. The derivative by the
outgoing weights of either is that by a, the derivative by the incoming weights of the copy
β times, of the neuron 1-β times that by w: all vanish together. Every neuron of networks
trained at a loss that is not zero is duplicated with β = 1/2, 1/5 and -1.

The tolerance is what the gradient left over by training (below 10^-12) becomes under this
map, at most sqrt(2 max(1, β² + (1-β)²)) times as large, plus the rounding of a gradient:
residuals carry the rounding of the outputs, the sum over the samples N ε times the sum of
its magnitudes.""",
        units=_units,
        measure=measure_duplicate,
        landscape=True,
    ),
    Claim(
        name="critical-subspace",
        statement="Every point of the critical subspaces of a critical point is critical.",
        paper="S21",
        method="trained networks",
        subjects="minima of random tasks with a random point of a random critical subspace",
        quantity="norm of the gradient",
        recorded=Verdict("holds"),
        explanation="""\
The same for any number of copies in all hidden layers: neuron i copies t with a share β_i,
the shares of a neuron's copies adding up to 1, of any sign. The derivative by the weight
from i to i' is β_i' times that by the weight from t to t'; towards the outputs the factor
is 1. Points are drawn with normally distributed shares, and checked to lie on the library's
critical subspace. For several hidden layers the statement is derived. The tolerance arises
as above, the factor is the root of the largest Σβ² of a block times its largest size.""",
        units=_units,
        measure=measure_subspace,
        landscape=True,
    ),
    Claim(
        name="unequal-split",
        statement="Where the copies' outgoing weights add up to the original's without being in "
        "proportion, the loss stays and, with more than one output, the gradient does not vanish.",
        paper="derived",
        method="trained networks",
        subjects="minima of random tasks with a neuron split",
        quantity="what a critical point's gradient may be over the gradient (one output: inverse)",
        recorded=Verdict("holds"),
        explanation="""\
The derivative of the loss by the incoming weights of a copy with outgoing weights b is bᵀM,
M = (2/N) Σ_n (f - y)_n σ'(w·x_n) x_nᵀ, a matrix of d_out rows. At a critical point aᵀM = 0
for the outgoing weights a of the neuron itself. With one output and a ≠ 0 that is M = 0,
and any split is critical. With more outputs M is in general not zero, and a copy whose b is
no multiple of a has the gradient bᵀM. So the equal-loss plane of [B19] is critical in one
direction only when d_out > 1, that in which the shares change, and the critical subspaces
of [S21] need proportional shares.

The gradient counts as different from zero when it is 10^3 times what a critical point may
have; with one output it must be within that. The outputs may change by rounding only.""",
        units=_units,
        measure=measure_unequal,
        landscape=True,
    ),
)
