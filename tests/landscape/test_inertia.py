"""The inertia of wide Hessians from small matrices, against all eigenvalues."""

import itertools

import numpy as np
import pytest

from critcount import CriticalSubspaces, Network
from critcount.landscape import Problem
from critcount.landscape.inertia import critical_subspace_inertia, split_inertia, wide_network
from critcount.landscape.small_matrices import Signature, neuron_blocks
from critcount.landscape.spectra import spectrum
from tests.landscape.critical_points import critical_point
from tests.oracles import landscape_hessian

SHARES = [
    [0.5, 0.5],
    [0.3, 0.7],
    [1.6, -0.6],
    [-0.4, 1.4],
    [1.0, 0.0],
    [0.2, 0.3, 0.5],
    [0.8, 0.9, -0.7],
    [1.9, -0.4, -0.5],
]
NETWORKS = [
    ((2, 3, 1), {}),
    ((2, 2, 2), {"biases": True}),
    ((1, 2, 4), {"activation": "sigmoid"}),
    ((2, 2, 3), {"loss": "cross-entropy"}),
    ((2, 2, 3, 1), {"activation": "softplus"}),
    ((3, 2, 2, 2), {"loss": "cross-entropy", "biases": True}),
    ((2, 2, 2, 2, 2), {}),
]


def measured(problem, network):
    """All eigenvalues of the Hessian, and how many of them are of either sign; None if unclear."""
    hessian = landscape_hessian.hessian(
        network.weights,
        network.biases,
        problem.inputs,
        problem.targets,
        problem.activation,
        problem.loss_name,
    )
    found = spectrum(hessian, error=1e-11)
    if found.index is None:
        return None
    number = len(found.eigenvalues) - found.index - found.nullity
    return Signature(number, found.index, found.nullity)


@pytest.mark.parametrize("seeds", [(1,), pytest.param((0, 1), marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize(("widths", "options"), NETWORKS)
def test_every_neuron_of_every_layer_with_every_share(widths, options, seeds):
    """In all 8 shares times 2 points times the 26 neurons: 416 cases."""
    decided = 0
    for seed in seeds:
        problem, network = critical_point(widths, seed, **options)
        assert np.linalg.norm(problem.gradient(network)) < 1e-11
        for layer, width in enumerate(widths[1:-1]):
            for neuron, shares in itertools.product(range(width), SHARES):
                found = split_inertia(problem, network, layer, neuron, shares)
                words = [list(range(n)) for n in widths[1:-1]]
                betas = [np.ones(n) for n in widths[1:-1]]
                words[layer] += [neuron] * (len(shares) - 1)
                betas[layer] = np.append(betas[layer], shares[1:])
                betas[layer][neuron] = shares[0]
                expected = measured(problem, wide_network(network, words, betas))
                if expected is not None and found.signature is not None:
                    assert found.signature == expected, (layer, neuron, shares)
                    decided += 1
    assert decided >= 0.9 * len(seeds) * sum(widths[1:-1]) * len(SHARES)


@pytest.mark.parametrize(("widths", "options"), NETWORKS)
def test_copies_in_all_layers_at_once(widths, options):
    rng = np.random.default_rng(5)
    problem, network = critical_point(widths, 7, **options)
    for extra in itertools.product((1, 2), repeat=len(widths) - 2):
        words, betas = [], []
        for r, more in zip(widths[1:-1], extra, strict=True):
            word = list(CriticalSubspaces(r, r + more).random(rng, 1)[0].word)
            beta = rng.normal(size=len(word))
            for neuron in range(r):
                where = np.array(word) == neuron
                beta[where] += (1 - beta[where].sum()) / where.sum()
            words.append(word)
            betas.append(beta)
        wide = wide_network(network, words, betas)
        found = critical_subspace_inertia(problem, network, words, betas)
        assert found.widths == wide.widths
        expected = measured(problem, wide)
        assert expected is None or found.signature is None or found.signature == expected
        assert found.signature is not None


def test_the_oracle_and_the_library_have_the_same_hessian():
    for widths, options in NETWORKS[1:5]:
        problem, network = critical_point(widths, 0, **options)
        other = landscape_hessian.hessian(
            network.weights,
            network.biases,
            problem.inputs,
            problem.targets,
            problem.activation,
            problem.loss_name,
        )
        np.testing.assert_allclose(problem.hessian(network), other, atol=1e-12 * abs(other).max())


def test_zero_loss_has_only_zeros():
    rng = np.random.default_rng(0)
    network = Network([rng.normal(size=(2, 2)), rng.normal(size=(2, 2))])
    x = rng.normal(size=(30, 2))
    problem = Problem(x, network(x, "tanh"), "tanh")
    found = split_inertia(problem, network, 0, 0, [0.5, 0.5])
    assert found.blocks[0].signature == Signature(0, 0, 2)
    assert found.nullity == 4 + found.reduced.nullity


def test_no_copies_add_nothing():
    problem, network = critical_point((2, 2, 1), 0)
    found = critical_subspace_inertia(problem, network, [[1, 0]])
    assert found.added == Signature(0, 0, 0)
    assert found.blocks == ()
    assert found.index == found.reduced.index


def test_a_very_wide_network():
    problem, network = critical_point((2, 3, 1), 1)
    narrow = critical_subspace_inertia(problem, network, [[0, 1, 2]])
    wide = critical_subspace_inertia(problem, network, [[0] * 500 + [1] * 300 + [2]])
    one, two, _ = (block.signature for block in neuron_blocks(problem, network, 0))
    assert wide.index == narrow.index + 499 * one.negative + 299 * two.negative
    assert sum(vars(wide.signature).values()) == 801 * 3


BAD = [
    ({"neuron": 2}, IndexError, "neuron must be one of the neurons 0, …, 1"),
    ({"neuron": True}, TypeError, "neuron must be an integer"),
    ({"layer": 1}, IndexError, "layer must be a hidden layer"),
    ({"shares": [0.5, 0.4]}, ValueError, "shares must add up to 1, not 0.9"),
    ({"shares": []}, TypeError, "shares must be a list"),
    ({"shares": "half"}, TypeError, "shares must be a list"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD)
def test_bad_arguments(arguments, error, message):
    problem, network = critical_point((2, 2, 1), 0)
    given = {"layer": 0, "neuron": 0, "shares": [0.5, 0.5], **arguments}
    with pytest.raises(error, match=message):
        split_inertia(problem, network, **given)


def test_bad_words():
    problem, network = critical_point((2, 2, 1), 0)
    with pytest.raises(ValueError, match="words must be one for each of the 1 hidden layers"):
        critical_subspace_inertia(problem, network, [])
    with pytest.raises(ValueError, match=r"words\[0\] must have each of the neurons 0, …, 1"):
        critical_subspace_inertia(problem, network, [[0, 0]])
    with pytest.raises(ValueError, match=r"shares\[0\] must be one for each of the 3 neurons"):
        critical_subspace_inertia(problem, network, [[0, 1, 1]], [[1.0, 1.0]])
    with pytest.raises(ValueError, match=r"shares\[0\] of neuron 1 must add up to 1"):
        critical_subspace_inertia(problem, network, [[0, 1, 1]], [[1.0, 1.0, 1.0]])
    decaying = Problem(problem.inputs, problem.targets, "tanh", weight_decay=0.1)
    with pytest.raises(ValueError, match="problem must have no weight decay"):
        critical_subspace_inertia(decaying, network, [[0, 1, 1]])
