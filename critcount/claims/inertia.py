"""The Hessian on critical subspaces, from the matrices of single neurons; plateaus counted."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from critcount._support.types import Array
from critcount.architecture import widths_text
from critcount.claims.claim import Case, Claim, Count, Unit, Verdict
from critcount.claims.critical import size_of, widths_of
from critcount.claims.minima import inputs
from critcount.claims.rounding import random_network
from critcount.claims.training import TASK_SAMPLES, Trained, converged, hessian_error, minima
from critcount.configurations.configuration import Configuration
from critcount.counting.plateaus import count_plateau_regions, count_plateaus
from critcount.families import CriticalSubspaces
from critcount.landscape.inertia import split_inertia, wide_network
from critcount.landscape.problem import Problem
from critcount.landscape.small_matrices import neuron_blocks
from critcount.landscape.spectra import spectrum
from critcount.landscape.summary import summarise
from critcount.landscape.ties import tied_point
from critcount.weights.network import Network

__all__ = ["CLAIMS"]

#: Weight decay of the tied points, and the size of residuals that make a point critical.
DECAY, RESIDUAL = 1e-2, 0.03
SHARES = ([0.5, 0.5], [1.6, -0.6], [0.2, 0.3, 0.5], [1.9, -0.4, -0.5])


def measure_theorem(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Compare the inertia with all eigenvalues of the wide Hessian; the worst of four shares."""
    trained = minima(widths, seeds)
    cases: list[Case | Count] = [converged(trained, seeds)]
    for found in trained:
        for layer, width in enumerate(widths[1:-1]):
            for neuron in range(width):
                off = [_difference(found, layer, neuron, shares) for shares in SHARES]
                decided = [value for value in off if value is not None]
                cases.append(
                    Case(
                        widths_of(found.network),
                        size_of(found.network),
                        float(max(decided)) if decided else np.nan,
                        0.0,
                        found.seed,
                        f"layer {layer + 1}, neuron {neuron}",
                    )
                )
    return cases


def _difference(found: Trained, layer: int, neuron: int, shares: Sequence[float]) -> int | None:
    """Return by how many eigenvalues index and nullity are off; None where one is undecided."""
    network, problem = found.network, found.problem
    words = [list(range(n)) for n in network.widths[1:-1]]
    betas = [np.ones(n) for n in network.widths[1:-1]]
    words[layer] += [neuron] * (len(shares) - 1)
    betas[layer] = np.append(betas[layer], shares[1:])
    betas[layer][neuron] = shares[0]
    wide = wide_network(network, words, betas)
    error = hessian_error(problem, wide, found.gradient)
    measured = spectrum(problem.hessian(wide), error=error)
    derived = split_inertia(problem, network, layer, neuron, shares)
    if None in (measured.index, measured.nullity, derived.index, derived.nullity):
        return None
    return abs(int(measured.index or 0) - int(derived.index or 0)) + abs(
        int(measured.nullity or 0) - int(derived.nullity or 0)
    )


def measure_plateaus(
    widths: Sequence[int], extra: int, seeds: Sequence[int]
) -> list[Case | Count]:
    """Search every critical subspace for local minima, with full Hessians, and count.

    In each subspace points of every sign pattern of the shares are tried; they are local minima
    when no eigenvalue is negative and no more vanish than the subspace has dimensions.
    """
    trained = minima(widths, seeds)
    cases: list[Case | Count] = [converged(trained, seeds)]
    for found in trained:
        [r] = widths[1:-1]
        kinds = [block.kind for block in neuron_blocks(found.problem, found.network, 0)]
        lowest = spectrum(found.problem.hessian(found.network))
        off = np.nan
        if "undecided" not in kinds and lowest.index == 0 and lowest.nullity == 0:
            counted = [_patterns(found, [word]) for word in CriticalSubspaces(r, r + extra)]
            if all(number is not None for number in counted):
                numbers = [number for number in counted if number is not None]
                single = kinds.count("none")
                positive, negative = kinds.count("positive"), kinds.count("negative")
                formulas = (
                    count_plateaus(r - single, single, r + extra),
                    count_plateau_regions(positive, negative, single, r + extra),
                )
                off = float(
                    abs(sum(number > 0 for number in numbers) - formulas[0])
                    + abs(sum(numbers) - formulas[1])
                )
        cases.append(
            Case(
                f"{widths_of(found.network)} to {r + extra}",
                size_of(found.network) + extra,
                off,
                0.0,
                found.seed,
            )
        )
    return cases


def measure_ties(widths: Sequence[int], seeds: Sequence[int]) -> list[Case | Count]:
    """Compare the index of a tied minimum with that of its whole Hessian, with weight decay."""
    cases: list[Case | Count] = []
    done = 0
    for seed in seeds:
        rng = np.random.default_rng([seed, 13])
        x = inputs(TASK_SAMPLES, widths[0], seed)
        y = rng.integers(0, widths[-1], TASK_SAMPLES)
        y[: widths[-1]] = range(widths[-1])
        problem = Problem(x, y, "tanh", "cross-entropy", weight_decay=DECAY)
        start = random_network(tuple(widths), seed)
        for layer in range(len(widths) - 2):
            point = tied_point(problem, start, layer, [(0, 1)])
            done += point.converged
            hessian = problem.hessian(point.network)
            measured = spectrum(hessian, error=point.gradient_norm)
            off = np.nan
            if point.index is not None and measured.index is not None:
                off = float(abs(point.index - measured.index))
            cases.append(
                Case(
                    widths_text(widths),
                    sum(widths),
                    off,
                    0.0,
                    seed,
                    f"layer {layer + 1}",
                )
            )
    return [*cases, Count("descents converged", done, len(cases))]


def measure_layers(width: int, seeds: Sequence[int]) -> list[Case | Count]:
    """Count plateaus and regions when two layers are widened, by search with full Hessians.

    The networks are 1-w-1-1, the last hidden layer of one neuron, so that every M vanishes; their
    targets make them minima.
    """
    cases: list[Case | Count] = []
    minima_there = 0
    for seed in seeds:
        problem, network = squared_point((1, width, 1, 1), seed)
        error = float(np.linalg.norm(problem.gradient(network)))
        found = summarise(problem, network, (width + 1, 2))
        if found.reduced.index != 0 or found.reduced.nullity != 0 or found.plateaus is None:
            continue
        minima_there += 1
        subspaces = regions = 0
        words = itertools.product(CriticalSubspaces(width, width + 1), CriticalSubspaces(1, 2))
        for pair in words:
            here = _patterns(Trained(problem, network, seed, error), pair)
            if here is None:
                subspaces = -1
                break
            subspaces, regions = subspaces + (here > 0), regions + here
        off = abs(subspaces - found.plateaus) + abs(regions - (found.regions or 0))
        shape = f"1-{width}-1-1 to 1-{width + 1}-2-1"
        cases.append(Case(shape, width, float(off) if subspaces >= 0 else np.nan, 0.0, seed))
    return [*cases, Count("points are minima", minima_there, len(seeds))]


def squared_point(widths: Sequence[int], seed: int) -> tuple[Problem, Network]:
    """Return a random network and targets for which it is critical, with small residuals."""
    network = random_network(tuple(widths), seed)
    x = inputs(TASK_SAMPLES, widths[0], seed)
    outputs = network(x, "tanh")
    slopes = Problem(x, outputs, "tanh").jacobian(network)
    noise = np.random.default_rng([seed, 17]).standard_normal(len(slopes))
    basis = np.linalg.qr(slopes)[0]
    kept = noise - basis @ (basis.T @ noise)
    return Problem(x, outputs - RESIDUAL * kept.reshape(outputs.shape), "tanh"), network


def _patterns(found: Trained, words: Sequence[Configuration]) -> int | None:
    """Return in how many orthants of the shares there are local minima; None when undecided.

    The words are those of all hidden layers.
    """
    blocks = [(k, block) for k, word in enumerate(words) for block in word.replication_blocks]
    minima_found = 0
    for signs in itertools.product(*(_signs(len(block)) for _, block in blocks)):
        shares = [np.empty(word.m) for word in words]
        for (k, block), pattern in zip(blocks, signs, strict=True):
            shares[k][list(block)] = _shares(pattern)
        point = wide_network(found.network, [word.word for word in words], shares)
        error = hessian_error(found.problem, point, found.gradient)
        measured = spectrum(found.problem.hessian(point), error=error)
        if measured.index is None:
            return None
        minima_found += measured.index == 0
    return minima_found


def _signs(size: int) -> list[tuple[int, ...]]:
    """All signs of shares that can add up to 1: not all negative."""
    return [signs for signs in itertools.product((1, -1), repeat=size) if max(signs) > 0]


def _shares(signs: tuple[int, ...]) -> Array:
    """Return shares of these signs with the sum 1, all of them different."""
    positive = np.array([s > 0 for s in signs])
    values = np.where(positive, 1.0, -0.2) * (1 + 0.1 * np.arange(len(signs)))
    rest = 1 - values[~positive].sum()
    values[positive] *= rest / values[positive].sum()
    return np.asarray(values)


def _units(quick: bool) -> list[Unit]:
    shapes: list[tuple[int, ...]] = [(2, 2, 1), (2, 2, 2)]
    if not quick:
        shapes += [(1, 1, 2), (2, 3, 1), (2, 3, 2), (2, 2, 3), (2, 2, 2, 1), (2, 2, 3, 2)]
    starts = [0] if quick else range(0, 20, 5)
    return [
        {"widths": list(widths), "seeds": list(range(start, start + 5))}
        for widths in shapes
        for start in starts
    ]


def _units_plateaus(quick: bool) -> list[Unit]:
    shapes = [((2, 2, 1), 1)] if quick else [((2, 2, 1), 1), ((2, 2, 1), 2), ((2, 3, 1), 1)]
    starts = [0] if quick else range(0, 20, 5)
    return [
        {"widths": list(widths), "extra": extra, "seeds": list(range(start, start + 5))}
        for widths, extra in shapes
        for start in starts
    ]


def _units_ties(quick: bool) -> list[Unit]:
    shapes = [(2, 3, 2)] if quick else [(2, 3, 2), (3, 3, 3), (2, 2, 2, 2)]
    return [{"widths": list(w), "seeds": list(range(2 if quick else 10))} for w in shapes]


def _units_layers(quick: bool) -> list[Unit]:
    widths = (2,) if quick else (1, 2)
    return [{"width": width, "seeds": list(range(40 if quick else 100))} for width in widths]


CLAIMS = (
    Claim(
        name="inertia-of-copies",
        statement="The Hessian at any point of a critical subspace has the inertia of the narrow "
        "one plus that of a small matrix for each neuron that is copied.",
        paper="derived",
        method="trained networks",
        subjects="neurons of minima, copied with four sets of shares",
        quantity="difference of index or nullity",
        recorded=Verdict("holds"),
        units=_units,
        measure=measure_theorem,
        landscape=True,
    ),
    Claim(
        name="plateau-counts",
        statement="With one output, C(m, s) s! G(p, m - s) of the critical subspaces above a "
        "non-degenerate local minimum contain local minima, p of its neurons having a definite "
        "and s an indefinite matrix S.",
        paper="derived",
        method="trained networks, enumeration",
        subjects="minima with every sign pattern of the shares in every critical subspace",
        quantity="difference of the number of subspaces, or of regions",
        recorded=Verdict("holds"),
        units=_units_plateaus,
        measure=measure_plateaus,
        landscape=True,
    ),
    Claim(
        name="plateaus-of-layers",
        statement="Where several layers are widened, the critical subspaces with local minima and "
        "their regions are those of the single layers multiplied.",
        paper="derived",
        method="theorem, enumeration",
        subjects="minima with every sign pattern of the shares in every pair of words",
        quantity="difference of the number of subspaces, or of regions",
        recorded=Verdict("holds"),
        units=_units_layers,
        measure=measure_layers,
        landscape=True,
    ),
    Claim(
        name="tied-index",
        statement="With weight decay λ, at a minimum of the problem with two neurons tied the "
        "index of the Hessian is that of [[S, Mᵀ], [M, 0]] + λ.",
        paper="derived",
        method="theorem, trained networks",
        subjects="layers of random classifiers with a pair tied",
        quantity="difference of the index",
        recorded=Verdict("holds"),
        units=_units_ties,
        measure=measure_ties,
        landscape=True,
    ),
)
