"""The checks of critical points of copies can fail."""

import numpy as np
import pytest

from critcount.claims import (
    critical,
    hessians,
    training,
)
from critcount.claims.claim import Case
from critcount.weights.network import Network
from tests.claims.verdicts import verdict


def of(measured):
    """The cases, without the counts."""
    return [item for item in measured if isinstance(item, Case)]


def test_a_perturbed_minimum_is_noticed(minimum, monkeypatch):
    """All rows that start from a minimum: the network moved a little, the rest as it was."""
    network = minimum.network
    moved = minimum._replace(network=Network([w * (1 + 1e-6) for w in network.weights]))
    for module in (critical, hessians):
        monkeypatch.setattr(module, "minima", lambda widths, seeds: [moved])
    arguments = ([2, 2, 2], [0])
    assert verdict("duplicate-critical", critical.measure_duplicate(*arguments)) != "holds"
    assert verdict("critical-subspace", critical.measure_subspace(*arguments)) != "holds"
    assert verdict("vanishing-count", hessians.measure_count(*arguments)) != "holds"
    assert verdict("vanishing-indefinite", hessians.measure_indefinite(*arguments)) != (
        "holds only if"
    )


def test_copies_out_of_proportion_are_noticed(minimum, monkeypatch):
    def unequal(network, layer, word, shares):
        point = real(network, layer, word, shares)
        if layer < len(point.weights) - 2:
            return point
        step = np.zeros_like(point.weights[-1])
        letters = list(word)
        block = [i for i, t in enumerate(letters) if letters.count(t) > 1]
        step[:, block[0]], step[:, block[1]] = [0.1, -0.1], [-0.1, 0.1]
        return Network([*point.weights[:-1], point.weights[-1] + step])

    real = critical.neurons.replicate
    monkeypatch.setattr(critical.neurons, "replicate", unequal)
    monkeypatch.setattr(critical, "minima", lambda widths, seeds: [minimum])
    cases = critical.measure_duplicate([2, 2, 2], [0])
    assert verdict("duplicate-critical", cases) == "fails as stated"
    with pytest.raises(ArithmeticError, match="not on its critical subspace"):
        critical.measure_subspace([2, 2, 2], [0])


def test_a_proportional_split_is_noticed(minimum, monkeypatch):
    """Were the gradient zero where the outgoing weights are split, the row would say so."""
    monkeypatch.setattr(critical, "minima", lambda widths, seeds: [minimum])
    cases = of(critical.measure_unequal([2, 2, 2], [0]))
    assert verdict("unequal-split", cases) == "holds"
    proportional = critical.split
    monkeypatch.setattr(
        critical,
        "split",
        lambda network, layer, neuron, _: proportional(network, layer, neuron, 0),
    )
    cases = of(critical.measure_unequal([2, 2, 2], [0]))
    assert verdict("unequal-split", cases) == "fails as stated"


def test_a_split_off_the_kernel_is_noticed(monkeypatch):
    """1-1-3: the splits with uᵀM = 0 orthogonal to a are a line; any other is not critical."""
    [found] = training.minima((1, 1, 3), [0])
    basis, gap, error = critical.critical_splits(found, 0)
    assert basis.shape == (3, 1)
    assert gap > 1e3
    assert error < 1e-10
    assert abs(basis[:, 0] @ found.network.weights[-1][:, 0]) < 1e-12
    cases = of(critical.measure_unequal([1, 1, 3], [0]))
    assert [case.tolerance for case in cases] == [1e-3, 1.0]
    assert verdict("unequal-split", cases) == "holds"
    off = basis + 1e-6 * np.ones((3, 1))
    monkeypatch.setattr(critical, "critical_splits", lambda *a: (off, gap, error))
    assert verdict("unequal-split", critical.measure_unequal([1, 1, 3], [0])) != "holds"
    none = basis[:, :0]
    monkeypatch.setattr(critical, "critical_splits", lambda *a: (none, gap, error))
    assert verdict("unequal-split", critical.measure_unequal([1, 1, 3], [0])) != "holds"


def test_gradient_of_copies_is_what_the_page_says(minimum):
    """Each derivative is that of the original times the share of the neuron that it goes to."""
    from critcount.landscape.vectors import to_network

    network = Network([w * 1.1 for w in minimum.network.weights])  # not critical
    word, shares = [0, 1, 0, 1], np.array([0.3, 2.0, 0.7, -1.0])
    wide = critical.replicate_layers(network, [word], [shares])
    small, large = (
        to_network(minimum.problem.gradient(point), point) for point in (network, wide)
    )
    assert np.allclose(large.weights[0], shares[:, None] * small.weights[0][word], atol=1e-14)
    assert np.allclose(large.weights[1], small.weights[1][:, word], atol=1e-14)
    grown = np.linalg.norm(minimum.problem.gradient(wide))
    before = np.linalg.norm(minimum.problem.gradient(network))
    assert grown <= critical.amplification([word], [shares]) * before


def test_the_tolerance_of_a_copied_minimum_is_what_its_gradient_allows(minimum, monkeypatch):
    """The gradient of the minimum, as far as rounding knows it, times the growth; and rounding."""
    monkeypatch.setattr(critical, "gradient_error", lambda problem, network: 2.0**-40)
    exact = minimum._replace(gradient=2.0**-30)
    case = critical.critical_case(exact, minimum.network, 3.0)
    assert case.tolerance == 3 * (2.0**-30 + 2.0**-40) + 2.0**-40
