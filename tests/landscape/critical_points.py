"""Networks that are exactly critical without any training: the targets are chosen so.

With residuals in the kernel of the transposed Jacobian the gradient vanishes at any network.
"""

import itertools

import numpy as np

from critcount import Network
from critcount.landscape import Problem, to_vector


def critical_point(widths, seed, *, loss="mse", activation="tanh", biases=False, samples=40):
    """Return a problem and a network, a critical point of any index, with all neurons distinct."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, size=(samples, widths[0]))
    weights = [rng.normal(size=(n, d)) for d, n in itertools.pairwise(widths)]
    shifts = [rng.normal(size=n) for n in widths[1:]] if biases else None
    network = Network(weights, shifts)
    probe = Problem(x, np.zeros((samples, widths[-1])), activation, biases=biases)
    outputs = probe.at(network).residuals(to_vector(network)).reshape(samples, -1)
    constraints = probe.jacobian(network)
    if loss == "cross-entropy":
        # the probabilities of a sample stay of the sum 1
        constraints = np.hstack([constraints, np.kron(np.eye(samples), np.ones((widths[-1], 1)))])
    basis, sizes, _ = np.linalg.svd(constraints)
    kernel = basis[:, (sizes > 1e-10 * sizes[0]).sum() :]
    residual = (kernel @ rng.normal(size=kernel.shape[1])).reshape(samples, -1)
    if loss == "mse":
        return Problem(x, outputs - residual, activation, biases=biases), network
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    size = 0.9 * np.min(np.where(residual > 0, shares / np.maximum(residual, 1e-300), np.inf))
    targets = shares - size * residual
    return Problem(x, targets, activation, loss, biases), network
