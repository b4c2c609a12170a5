"""Every check of trained networks can fail."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from critcount.claims import (
    channels,
    critical,
    hessians,
    inertia,
    minima,
    registry,
    rounding,
    saddles,
    students,
    training,
)
from critcount.claims.claim import Case, Finding
from critcount.weights.network import Network

CLAIMS = registry.CLAIMS


def verdict(name, measured):
    return Finding.of(CLAIMS[name], measured).verdict.kind


def of(measured):
    """The cases, without the counts."""
    return [item for item in measured if isinstance(item, Case)]


@pytest.fixture(scope="module")
def minimum():
    """A trained network of 2-2-2."""
    return training.minima((2, 2, 2), range(5))[0]


def test_every_seed_has_its_own_task():
    found = training.minima((1, 1, 2), range(4))
    assert len({str(np.asarray(m.problem.targets)[0, 0]) for m in found}) == len(found) > 1
    counted = training.converged(found, range(4))
    assert str(counted) == f"{len(found)} of 4 trainings converged"


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


@pytest.mark.exhaustive
def test_too_few_vanishing_eigenvalues_are_noticed(monkeypatch):
    """At semidefinite points, of teachers whose loss is zero and of a trained network."""
    trained = training.minima((2, 2, 1), range(3))
    monkeypatch.setattr(hessians, "minima", lambda widths, seeds: trained)
    measured = hessians.measure_semidefinite([2, 2, 1], [0])
    assert verdict("vanishing-semidefinite", measured) == "holds"
    points = hessians.doubled_points

    def fewer(found, layer):
        for point in points(found, layer):
            nullity = point.nullity and point.following - 1
            yield dataclasses.replace(point, nullity=nullity)

    monkeypatch.setattr(hessians, "doubled_points", fewer)
    measured = hessians.measure_semidefinite([2, 2, 1], [0])
    assert verdict("vanishing-semidefinite", measured) == "fails as stated"


@pytest.mark.parametrize(
    ("losses", "kind"), [([0.1, 0.2, 0.3], "holds"), ([0.1, 0.31, 0.3], "fails as stated")]
)
def test_a_path_that_is_higher_on_the_way_is_noticed(minimum, monkeypatch, losses, kind):
    path = SimpleNamespace(
        losses=losses,
        distances=[2, 1, 0],
        point=minimum.network,
        index=1,
        converged=True,
        jumps=(),
    )
    monkeypatch.setattr(saddles, "minima", lambda widths, seeds: [minimum])
    monkeypatch.setattr(saddles, "permutation_point", lambda *arguments: path)
    measured = saddles.measure_collision_path([2, 2, 2], [0])
    assert verdict("path-highest-at-point", measured) == kind


def test_students_of_another_teacher_are_noticed(monkeypatch):
    """The teacher of the classification has its outgoing weights exchanged."""
    real = students.lesson

    def shuffled(r, d_out, activation):
        problem, teacher, factor = real(r, d_out, activation)
        other = Network([teacher.weights[0], teacher.weights[1][:, ::-1]])
        return problem, other, factor

    monkeypatch.setattr(students, "lesson", shuffled)
    cases = students.measure(2, 3, 1, "generic", [0, 1])
    assert verdict("students-generic", cases) == "fails as stated"


def test_evaluation_error_bounds_what_rounding_does():
    """Against 60 digits."""
    import mpmath

    with mpmath.workdps(60):
        for seed, widths in enumerate([(2, 3, 1), (2, 5, 4, 2)]):
            network = rounding.random_network(widths, seed)
            x = minima.inputs(5, 2, seed)
            error = rounding.evaluation_error(network, x)
            for row, allowed, got in zip(x, error, network(x, "generic"), strict=True):
                exact = exactly(mpmath, network, row)
                off = [abs(mpmath.mpf(float(a)) - b) for a, b in zip(got, exact, strict=True)]
                assert all(o <= a for o, a in zip(off, allowed, strict=True))


def exactly(mpmath, network, row):
    h = [mpmath.mpf(float(value)) for value in row]
    for k, weight in enumerate(network.weights):
        if k:
            h = [1 / (1 + mpmath.exp(-4 * z)) + mpmath.log(1 + mpmath.exp(z)) for z in h]
        h = [
            sum(mpmath.mpf(float(w)) * v for w, v in zip(line, h, strict=True)) for line in weight
        ]
    return h


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


def test_a_wrong_inertia_is_noticed(monkeypatch):
    """With all shares taken for positive, and with one region for all."""
    real = inertia.split_inertia

    def positive(problem, network, layer, neuron, shares):
        return real(problem, network, layer, neuron, [1 / len(shares)] * len(shares))

    unit = {"widths": [2, 2, 1], "seeds": [0, 1, 2]}
    assert verdict("inertia-of-copies", inertia.measure_theorem(**unit)) == "holds"
    monkeypatch.setattr(inertia, "split_inertia", positive)
    assert verdict("inertia-of-copies", inertia.measure_theorem(**unit)) == "fails as stated"
    assert verdict("plateau-counts", inertia.measure_plateaus(extra=1, **unit)) == "holds"
    monkeypatch.setattr(inertia, "count_plateau_regions", lambda *a: 1)
    assert verdict("plateau-counts", inertia.measure_plateaus(extra=1, **unit)) != "holds"


@pytest.mark.exhaustive
def test_wrong_laws_of_channels_are_noticed(monkeypatch):
    """With twice the rise, and with plateaus that are added instead of multiplied."""
    unit = {"order": 2, "seeds": [3]}
    assert verdict("channel-laws", channels.measure_laws(**unit)) == "holds"
    real = channels.channel

    def steeper(order, seed):
        problem, end = real(order, seed)
        return problem, dataclasses.replace(end, rises=(2 * end.rises[0],))

    monkeypatch.setattr(channels, "channel", steeper)
    assert verdict("channel-laws", channels.measure_laws(**unit)) == "fails as stated"


@pytest.mark.exhaustive
def test_wrong_plateaus_of_layers_and_ties_are_noticed(monkeypatch):
    unit = {"width": 1, "seeds": [0, 2]}
    assert verdict("plateaus-of-layers", inertia.measure_layers(**unit)) == "holds"
    real = inertia.summarise

    def more(*arguments):
        found = real(*arguments)
        return dataclasses.replace(found, regions=found.regions + 1)

    monkeypatch.setattr(inertia, "summarise", more)
    assert verdict("plateaus-of-layers", inertia.measure_layers(**unit)) == "fails as stated"
    point = inertia.tied_point

    def other(*arguments):
        found = point(*arguments)
        return dataclasses.replace(found, antisymmetric=2 * found.antisymmetric)

    monkeypatch.setattr(inertia, "tied_point", other)
    measured = inertia.measure_ties([2, 3, 2], [0, 1])
    assert verdict("tied-index", measured) == "fails as stated"
