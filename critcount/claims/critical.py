"""Copies of neurons: what keeps a point critical and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from critcount._support.types import Array
from critcount.architecture import widths_text
from critcount.claims.claim import Case, Claim, Count, Unit, Verdict
from critcount.claims.rounding import GAP, evaluation_error, gap_rank, gradient_error
from critcount.claims.training import Trained, converged, minima
from critcount.configurations.configuration import Configuration
from critcount.families import CriticalSubspaces
from critcount.landscape import neurons
from critcount.landscape.problem import Problem
from critcount.landscape.vectors import to_network
from critcount.weights.network import Network
from critcount.weights.subspaces import AffineSubspace

__all__ = ["CLAIMS", "duplicate", "moments", "replicate_layers", "size_of", "widths_of"]


def replicate_layers(
    network: Network, words: Sequence[Sequence[int]], shares: Sequence[Array]
) -> Network:
    """Return a network of copies: neuron i of a layer copies neuron t = word[i] of that layer.

    Its weight to a copy of t' is β_i times that of t to t'.

    Parameters
    ----------
    network : Network
    words : sequence of sequences of int
        For every hidden layer.
    shares : sequence of numpy.ndarray
        For every hidden layer the β of its neurons, which add up to 1 over the copies of a neuron.

    Examples
    --------
    >>> small = Network([[[1.0], [2.0]], [[3.0, 4.0]]])
    >>> replicate_layers(small, [[0, 1, 1]], [np.array([1.0, 0.75, 0.25])]).weights[1]
    array([[3., 3., 1.]])
    """
    for layer, (word, beta) in enumerate(zip(words, shares, strict=True)):
        network = neurons.replicate(network, layer, word, beta)
    return network


def duplicate(network: Network, layer: int, neuron: int, share: float = 0.5) -> Network:
    """Return the network with a copy of one neuron at the end of its layer, with a share β."""
    word = [*range(network.widths[layer + 1]), neuron]
    beta = np.append(np.ones(len(word) - 1), share)
    beta[neuron] = 1 - share
    return neurons.replicate(network, layer, word, beta)


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


def widths_of(network: Network) -> str:
    """Return the widths as text."""
    return widths_text(network.widths)


def size_of(network: Network) -> int:
    """Return the number of weights."""
    return sum(weight.size for weight in network.weights)


def critical_case(found: Trained, point: Network, growth: float) -> Case:
    """Compare the gradient at a point with what copying makes of that of the minimum."""
    figure = float(np.linalg.norm(found.problem.gradient(point)))
    before = found.gradient + gradient_error(found.problem, found.network)
    return Case(
        f"{widths_of(found.network)} to {widths_of(point)}",
        size_of(point),
        figure,
        growth * before + gradient_error(found.problem, point),
        found.seed,
    )


def measure_duplicate(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Duplicate every neuron of a layer, in equal and in other parts; the worst of a layer."""
    trained = minima(widths, seeds)
    cases: list[Case | Count] = [converged(trained, seeds)]
    for found in trained:
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


def measure_subspace(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Measure the gradient at random points of random critical subspaces of wider networks."""
    trained = minima(widths, seeds)
    cases: list[Case | Count] = [converged(trained, seeds)]
    for found in trained:
        rng = np.random.default_rng([found.seed, 6])
        for extra in (1, 2):
            words = [CriticalSubspaces(r, r + extra).random(rng, 1)[0] for r in widths[1:-1]]
            shares = [random_shares(word, rng) for word in words]
            letters = [word.word for word in words]
            point = replicate_layers(found.network, letters, shares)
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


def split(network: Network, layer: int, neuron: int, step: Array) -> Network:
    """Return the network with a neuron in two of its incoming weights: a/2 + step, a/2 - step."""
    weights = list(duplicate(network, layer, neuron).weights)
    above = np.array(weights[layer + 1])
    above[:, neuron] += step
    above[:, -1] -= step
    weights[layer + 1] = above
    return Network(weights)


def split_case(found: Trained, neuron: int, step: Array, critical: bool, error: float) -> Case:
    """Measure the gradient where a neuron is split.

    The figure is the gradient over what a critical point may have, which may be 1; where the point
    is not to be critical it is the inverse, which may be 10^-3. It is infinite where the outputs
    change.
    """
    network, x = found.network, found.problem.inputs
    point = split(network, len(network.weights) - 2, neuron, step)
    change = np.abs(point(x, "generic") - network(x, "generic"))
    stays = change <= evaluation_error(point, x) + evaluation_error(network, x)
    outgoing = network.weights[-1][:, neuron]
    growth = 2 + 2 * float(np.linalg.norm(step) / np.linalg.norm(outgoing))
    case = critical_case(found, point, growth)
    ratio = case.figure / (case.tolerance + error)
    figure, tolerance = (ratio, 1.0) if critical else (1 / ratio, 1 / GAP)
    return replace(case, figure=figure if stays.all() else np.inf, tolerance=tolerance)


def moments(problem: Problem, network: Network, neuron: int) -> Array:
    """Return M of a neuron of the last hidden layer, (outputs, incoming weights).

    Row o is what the gradient by the incoming weights of the copy changes by when its outgoing
    weight to output o falls by 1.
    """
    rows = []
    for step in (zero := np.zeros(network.widths[-1]), *np.eye(len(zero))):
        point = split(network, len(network.weights) - 2, neuron, step)
        rows.append(to_network(problem.gradient(point), point).weights[-2][-1])
    return np.asarray(rows[0] - np.stack(rows[1:]))


def critical_splits(found: Trained, neuron: int) -> tuple[Array, float, float]:
    """Return a basis of the splits u with uᵀM = 0, u not along a, the gap and the error of M."""
    network, problem = found.network, found.problem
    outgoing = network.weights[-1][:, neuron]
    steps = [np.zeros(len(outgoing)), *np.eye(len(outgoing))]
    layer = len(network.weights) - 2
    error = max(gradient_error(problem, split(network, layer, neuron, step)) for step in steps)
    left, values, _ = np.linalg.svd(moments(problem, network, neuron))
    rank, gap = gap_rank(values)
    kernel = left[:, rank:]
    along = kernel.T @ outgoing
    others = np.linalg.svd(along[None, :])[2][1:].T  # of the kernel, orthogonal to a
    return kernel @ others, gap, 2 * error * float(np.sqrt(len(outgoing)))


def measure_unequal(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Split the outgoing weights of every neuron of the last hidden layer, not in proportion.

    At random; and where there are more outputs than inputs of the layer by two or more, along
    the splits that keep the point critical without being in proportion.
    """
    trained = minima(widths, seeds)
    cases: list[Case | Count] = [converged(trained, seeds)]
    d, d_out = widths[-3], widths[-1]
    for found in trained:
        rng = np.random.default_rng([found.seed, 7])
        for neuron in range(widths[-2]):
            step = rng.standard_normal(d_out)
            case = split_case(found, neuron, step, d_out == 1, 0.0)
            cases.append(case)
            if d_out - d < 2:
                continue
            basis, gap, error = critical_splits(found, neuron)
            if basis.shape[1] != d_out - d - 1:
                case = replace(case, figure=np.inf if gap >= GAP else np.nan)
            else:
                step = basis @ rng.standard_normal(basis.shape[1])
                error *= float(np.linalg.norm(step))
                case = split_case(found, neuron, step, True, error)
            cases.append(replace(case, where="uᵀM = 0, u not along a"))
    return cases


def _batches(shapes: Sequence[tuple[int, ...]], quick: bool) -> list[Unit]:
    starts = [0] if quick else range(0, 20, 5)
    return [
        {"widths": list(widths), "seeds": list(range(start, start + 5))}
        for widths in shapes
        for start in starts
    ]


def _units(quick: bool) -> list[Unit]:
    shapes = [(1, 1, 2), (2, 2, 1), (2, 2, 2), (2, 2, 2, 1)]
    more = [(2, 2, 3), (2, 3, 1), (2, 3, 2), (3, 3, 3), (2, 2, 3, 2)]
    return _batches(shapes if quick else shapes + more, quick)


def _units_unequal(quick: bool) -> list[Unit]:
    return _units(quick) + _batches([(1, 1, 3)] if quick else [(1, 1, 3), (1, 1, 4)], quick)


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
        units=_units,
        measure=measure_subspace,
        landscape=True,
    ),
    Claim(
        name="unequal-split",
        statement="Where, at a critical point of non-zero squared loss, the copies' outgoing "
        "weights in the last hidden layer add up to the original's without being in proportion, "
        "the loss stays; with more than one output the gradient in general does not vanish.",
        paper="derived",
        method="theorem, trained networks",
        subjects="minima of random tasks with a neuron split",
        quantity="what a critical point's gradient may be over the gradient (inverse where "
        "the split is critical)",
        recorded=Verdict("holds"),
        units=_units_unequal,
        measure=measure_unequal,
        landscape=True,
    ),
)
