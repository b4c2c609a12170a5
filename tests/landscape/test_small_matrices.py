"""The small matrices of neurons, against differences of the loss and eigenvalues."""

import numpy as np
import pytest

from critcount import Network
from critcount.landscape.inertia import wide_network
from critcount.landscape.small_matrices import Signature, neuron_blocks
from tests.landscape.critical_points import critical_point


def test_the_form_by_finite_differences():
    """Q(u, b) is half the second derivative of the loss along such a direction."""
    problem, network = critical_point((2, 2, 3), 3, biases=True)
    block = neuron_blocks(problem, network, 0)[1]
    rng = np.random.default_rng(0)
    shares = np.array([0.8, 0.9, -0.7])
    u, b = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    u -= shares @ u
    b -= b.mean(axis=0)
    form = np.einsum("i,id,de,ie->", shares, u, block.S, u) + 2 * np.einsum(
        "in,nd,id->", b, block.M, u
    )
    wide = wide_network(network, [[0, 1, 1, 1]], [np.append(1.0, shares)])

    def loss(step):
        rows, columns = (np.array(w) for w in wide.weights)
        bias = np.array(wide.biases[0])
        rows[1:] += step * u[:, :2]
        bias[1:] += step * u[:, 2]
        columns[:, 1:] += step * b.T
        return problem.loss(Network([rows, columns], [bias, wide.biases[1]]))

    step = 1e-3
    second = (loss(step) - 2 * loss(0.0) + loss(-step)) / step**2
    assert second == pytest.approx(form, rel=1e-4)


def test_one_output_has_no_mixed_part():
    problem, network = critical_point((3, 4, 1), 0)
    for block in neuron_blocks(problem, network, 0):
        assert block.rank == 0
        signs = np.sign(np.linalg.eigvalsh(block.S))
        assert block.signature == Signature((signs > 0).sum(), (signs < 0).sum(), 0)
        assert block.added([0.2, 0.3, 0.5, 0.7, -0.7]) == 3 * Signature(
            block.signature.positive, block.signature.negative, 1
        ) + Signature(block.signature.negative, block.signature.positive, 1)
