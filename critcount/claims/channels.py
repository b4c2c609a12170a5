"""Channels to infinity: the laws along them, and that they are the same however neurons come."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from critcount.claims.claim import Case, Claim, Count, Unit, Verdict
from critcount.claims.minima import inputs
from critcount.claims.rounding import EPSILON
from critcount.claims.training import TASK_SAMPLES
from critcount.landscape.channels import ChannelEnd, follow_channel, minimise_limit
from critcount.landscape.curves import Curve
from critcount.landscape.gates import Gate, GatedNetwork
from critcount.landscape.problem import Problem
from critcount.landscape.vectors import to_vector
from critcount.weights.network import Network

__all__ = ["CLAIMS"]

#: Standard deviation of the noise in the targets.
CHANNEL_NOISE = 0.1
#: The distances from the end; each half of the one before.
DISTANCES = (1 / 16, 1 / 32, 1 / 64)
#: Nodes of three neurons, not evenly spaced, with the sum 0.
NODES = ((1.1, -0.2, -0.9), (0.8, 0.5, -1.3))


@functools.lru_cache(maxsize=256)
def channel(order: int, seed: int) -> tuple[Problem, ChannelEnd]:
    """Return a problem and the end of a channel of so many neurons, minimised.

    The targets are what a gated network computes, with noise. One neuron has the gate; for two
    neurons there is another beside it.
    """
    rng = np.random.default_rng([seed, order])
    width = 2 if order == 2 else 1
    base = Network([rng.standard_normal((width, 2)), rng.standard_normal((1, width))])
    direction = rng.standard_normal(2)
    direction /= np.linalg.norm(direction)
    bends = rng.standard_normal((order - 2, 1)) * np.array([[-direction[1], direction[0]]])
    gate = Gate(0, 0, direction, rng.standard_normal((order - 1, 1)), bends)
    start = GatedNetwork(base, (gate,))
    x = inputs(TASK_SAMPLES, 2, seed)
    noise = CHANNEL_NOISE * rng.standard_normal((TASK_SAMPLES, 1))
    problem = Problem(x, start(x, "softplus") + noise, "softplus")
    return problem, minimise_limit(problem, start, iterations=200)


def measure_laws(order: int, seeds: Sequence[int]) -> list[Case | Count]:
    """Compare loss, slope and largest eigenvalue along stable channels with their powers of ε.

    What a quotient differs from its limit at the smallest distance may be what it changed since
    twice that distance, and what rounding makes of outgoing weights that cancel.
    """
    cases: list[Case | Count] = []
    stable = 0
    for seed in seeds:
        problem, end = channel(order, seed)
        if not end.stable:
            continue
        stable += 1
        # from the end outwards, so that the floor is not left where it ends
        points = follow_channel(problem, end.gated, DISTANCES[::-1])[::-1]
        [rise] = end.rises
        heights = np.array([p.loss - end.loss for p in points])
        slopes = np.array([p.slope for p in points])
        curvatures = np.array([p.largest_eigenvalue for p in points])
        lost = rounding(problem, points[-1].network)
        expected = rise * np.array(DISTANCES) ** 2
        for law, quotients, noise in (
            ("loss", heights / expected, lost / expected[-1]),
            ("slope", slopes[:-1] / slopes[1:] / 2 ** (order + 1), lost / slopes[-1]),
            ("eigenvalue", curvatures[1:] / curvatures[:-1] / 4 ** (order - 1), 0.0),
        ):
            before, after = (float(q) - 1 for q in quotients[-2:])
            tolerance = abs(after - before) + float(noise)
            cases.append(Case(f"{order} neurons", order, abs(after), tolerance, seed, law))
    return [*cases, Count("channels are stable", stable, len(seeds))]


def rounding(problem: Problem, network: Network) -> float:
    """Return what rounding may make of the loss, of a network with one hidden layer.

    ε times the outgoing weights times what they are multiplied with, and the residual.
    """
    [_, activated, _, _], _ = problem.at(network).layers(to_vector(network))
    sums = np.abs(activated) @ np.abs(network.weights[1].T)
    residuals = np.abs(network(problem.inputs, problem.activation) - problem.targets)
    return float(EPSILON * 2 * np.mean(np.sum(sums * residuals, axis=1)) * len(activated[0]))


def measure_nodes(seeds: Sequence[int]) -> list[Case | Count]:
    """Let three neurons come to the end at nodes of other ratios, and compare the loss with h."""
    cases: list[Case | Count] = []
    decided = 0
    for seed in seeds:
        problem, end = channel(3, seed)
        if not end.converged:
            continue
        decided += 1
        for number, shape in enumerate(NODES):
            quotients = [
                (problem.loss(at_nodes(end.gated, shape, e)) - end.loss) / (end.rises[0] * e**2)
                for e in DISTANCES
            ]
            noise = rounding(problem, at_nodes(end.gated, shape, DISTANCES[-1]))
            # the next orders are ε³ and ε⁴, which may cancel in one of the two changes
            tolerance = float(np.abs(np.diff(quotients)).max())
            tolerance += noise / abs(end.rises[0] * DISTANCES[-1] ** 2)
            after = quotients[-1] - 1
            cases.append(Case("3 neurons", 3, abs(after), tolerance, seed, f"nodes {number}"))
    return [*cases, Count("ends are minima of the limit loss", decided, len(seeds))]


def at_nodes(gated: GatedNetwork, shape: Sequence[float], epsilon: float) -> Network:
    """Return the network of three neurons at given nodes, scaled to a distance."""
    [gate] = gated.gates
    places = np.array(shape) * epsilon / np.sqrt(np.sum(np.square(shape)) / 2)
    jets = np.vstack([gated.base.weights[0][0], gate.direction, gate.bends])
    powers = Curve(places, jets).moments()
    moments = np.vstack([gated.base.weights[1].T, gate.outgoing])
    return Network([powers @ jets, np.linalg.solve(powers.T, moments).T])


def _units_laws(quick: bool) -> list[Unit]:
    return [
        {"order": order, "seeds": list(range(4 if quick else 20))}
        for order in ((2,) if quick else (2, 3))
    ]


def _units_nodes(quick: bool) -> list[Unit]:
    return [{"seeds": list(range(4 if quick else 20))}]


CLAIMS = (
    Claim(
        name="channel-laws",
        statement="Towards a minimum at infinity of k neurons at the distance ε the loss is L_0 + "
        "hε² and a smaller term, per length of the weights it falls as ε^(k+1), and the largest "
        "eigenvalue of the Hessian grows as ε^(2-2k).",
        paper="M25, derived",
        method="trained networks",
        subjects="laws at ends of channels found in finite coordinates",
        quantity="what a quotient still differs from its limit",
        recorded=Verdict("holds"),
        units=_units_laws,
        measure=measure_laws,
        landscape=True,
    ),
    Claim(
        name="channel-nodes",
        statement="h is the same for all ratios of the distances t_i of k neurons, with Σ t_i² = "
        "2ε².",
        paper="derived",
        method="theorem, trained networks",
        subjects="channels of three neurons, each at two other ratios",
        quantity="what the quotient of loss and hε² still differs from 1",
        recorded=Verdict("holds"),
        units=_units_nodes,
        measure=measure_nodes,
        landscape=True,
    ),
)
