"""A neuron split in two: below a softmax, and with the two drawn apart at constant loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from critcount._support.types import Array
from critcount.claims.claim import Case, Claim, Unit, Verdict
from critcount.claims.critical import duplicate, moments, size_of, split, widths_of
from critcount.claims.minima import inputs
from critcount.claims.rounding import (
    EPSILON,
    GAP,
    evaluation_error,
    gap_rank,
    random_network,
)
from critcount.landscape.problem import Problem
from critcount.weights.network import Network

__all__ = ["CLAIMS"]

SPLIT_SAMPLES = 60


def stated(n: int, d: int) -> int:
    """Return the dimension of the critical splits below a softmax of n outputs, d inputs.

    >>> [stated(n, 2) for n in (2, 3, 4, 5)]
    [2, 2, 2, 3]
    """
    return 1 + max(1, n - 1 - d)


def softmax_point(widths: Sequence[int], seed: int) -> tuple[Problem, Network]:
    """Return a network and soft targets for which it is critical, without any training.

    The residuals, which add up to 0 for every sample, are random ones in the kernel of the
    transposed derivatives of the outputs; small enough for the targets to be positive. The
    outputs are at most 1, so that no probability is so small that the residuals have to be.
    """
    *below, last = random_network(tuple(widths), seed).weights
    x, n = inputs(SPLIT_SAMPLES, widths[0], seed), widths[-1]
    network = Network([*below, last / np.abs(Network([*below, last])(x, "generic")).max()])
    probe = Problem(x, np.full((SPLIT_SAMPLES, n), 1 / n), "generic", "cross-entropy")
    sums = np.kron(np.eye(SPLIT_SAMPLES), np.ones((n, 1)))
    left, values, _ = np.linalg.svd(np.hstack([probe.jacobian(network), sums]))
    kernel = left[:, gap_rank(values).rank :]
    rng = np.random.default_rng([seed, 9])
    residual = (kernel @ rng.standard_normal(kernel.shape[1])).reshape(SPLIT_SAMPLES, n)
    shares = probabilities(network, x)
    largest = float((np.abs(residual) / shares).max())
    targets = shares - residual * (0.5 / largest)
    return Problem(x, targets, "generic", "cross-entropy"), network


def probabilities(network: Network, x: Array) -> Array:
    """Return the softmax of a network's outputs."""
    powers = np.exp(network(x, "generic"))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def nullity(problem: Problem, network: Network) -> tuple[int, float]:
    """Return how many eigenvalues of the Hessian vanish, and the gap that tells."""
    values = np.abs(np.linalg.eigvalsh(problem.hessian(network)))
    rank, gap = gap_rank(np.sort(values)[::-1])
    return len(values) - rank, gap


def measure_softmax(widths: Sequence[int], seeds: Sequence[int]) -> list[Case]:
    """Count the critical splits of every neuron, and the eigenvalues that a copy makes vanish."""
    d, n = widths[-3], widths[-1]
    cases = []
    for seed in seeds:
        problem, network = softmax_point(widths, seed)
        before, least = nullity(problem, network)
        residual = probabilities(network, problem.inputs) - problem.targets
        # the size of the terms of M: with two outputs M is zero, up to their rounding
        terms = np.linalg.norm(np.abs(residual).T @ np.abs(problem.inputs)) / SPLIT_SAMPLES
        for neuron in range(widths[-2]):
            values = np.linalg.svd(moments(problem, network, neuron))[1]
            rank, gap = gap_rank([max(terms, *values), *values])
            rank -= 1
            after, other = nullity(problem, duplicate(network, len(widths) - 3, neuron))
            wrong = abs(n - rank - stated(n, d)) + abs(after - before - stated(n, d))
            gap = min(gap, least, other)
            cases.append(
                Case(
                    widths_of(network),
                    size_of(network),
                    float(wrong) if gap >= GAP else np.nan,
                    0.0,
                    seed,
                    f"neuron {neuron}",
                )
            )
    return cases


def _units_softmax(quick: bool) -> list[Unit]:
    shapes = [(1, 2, 2), (1, 2, 3), (2, 2, 3), (1, 2, 4)]
    if not quick:
        shapes += [(2, 2, 2), (3, 2, 3), (2, 2, 4), (1, 2, 5), (2, 3, 5), (3, 2, 6)]
    return [
        {"widths": list(widths), "seeds": list(range(2 if quick else 20))} for widths in shapes
    ]


def apart(network: Network, layer: int, neuron: int) -> float:
    """Return the distance of the joint vectors of a neuron and the last one of its layer."""
    below, above = network.weights[layer : layer + 2]
    joint = np.concatenate([below[neuron] - below[-1], above[:, neuron] - above[:, -1]])
    return float(np.linalg.norm(joint))


def measure_drawn(widths: Sequence[int], seeds: Sequence[int]) -> list[Case]:
    """Draw the two copies of every neuron apart; the worst change of an output of a layer.

    It is in units of what rounding can change, and infinite where they are not δ apart.
    """
    cases = []
    for seed in seeds:
        network = random_network(tuple(widths), seed)
        x, rng = inputs(SPLIT_SAMPLES, widths[0], seed), np.random.default_rng([seed, 10])
        target, known = network(x, "generic"), evaluation_error(network, x)
        for layer in range(len(widths) - 2):
            worst = 0.0
            for neuron in range(widths[layer + 1]):
                for distance in (1e-3, 0.1, 1.0, 10.0):
                    step = rng.standard_normal(widths[layer + 2])
                    step *= distance / 2 / np.linalg.norm(step)
                    point = split(network, layer, neuron, step)
                    off = np.abs(point(x, "generic") - target)
                    worst = max(worst, float((off / (known + evaluation_error(point, x))).max()))
                    size = distance + 2 * float(np.abs(network.weights[layer + 1]).max())
                    if abs(apart(point, layer, neuron) - distance) > 8 * EPSILON * size:
                        worst = np.inf
            where = f"layer {layer + 1}"
            cases.append(Case(widths_of(network), size_of(network), worst, 1.0, seed, where))
    return cases


def _units_drawn(quick: bool) -> list[Unit]:
    shapes = [(1, 1, 1), (2, 3, 1), (2, 2, 3), (2, 2, 2, 1)]
    if not quick:
        shapes += [(2, 3, 3), (3, 4, 2), (2, 2, 3, 2), (2, 3, 2, 2, 1)]
    return [
        {"widths": list(widths), "seeds": list(range(5 if quick else 20))} for widths in shapes
    ]


CLAIMS = (
    Claim(
        name="split-softmax",
        statement="Below a softmax of n outputs, at a generic critical point with soft targets "
        "and one hidden layer, the splits of a neuron with d incoming weights that are critical "
        "have 1 + max(1, n-1-d) dimensions, and a copy adds as many vanishing eigenvalues.",
        paper="derived",
        method="theorem, linear algebra",
        subjects="neurons of networks whose targets make them critical",
        quantity="difference of either number from the formula",
        recorded=Verdict("holds"),
        units=_units_softmax,
        measure=measure_softmax,
        landscape=True,
    ),
    Claim(
        name="constant-while-apart",
        statement="The least loss of the networks in which two neurons of a layer have the "
        "distance δ is never above the least with the two merged, at any δ: from a merged pair "
        "they can be drawn apart at constant loss.",
        paper="derived",
        method="theorem, linear algebra",
        subjects="layers of random networks, every neuron split at four distances",
        quantity="change of an output over what rounding can change",
        recorded=Verdict("holds"),
        units=_units_drawn,
        measure=measure_drawn,
    ),
)
