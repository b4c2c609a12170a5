"""Ranges of tolerances against a fine sweep."""

from pathlib import Path

import numpy as np
import pytest

from critcount import Configuration, Network, classify, embed, zero_loss_path
from critcount.weights.tolerance_ranges import (
    HIGHEST_TOLERANCE,
    LOWEST_TOLERANCE,
    ToleranceRange,
    common,
    sweep,
    widest,
)

STUDENTS = Path(__file__).parents[1] / "fixtures" / "students"


def step(edges):
    return lambda tolerance: sum(tolerance > edge for edge in edges)


@pytest.mark.parametrize(
    "edges", [[], [1e-4], [3e-8, 2e-3], [1.1e-5, 1.6e-5, 5e-2], [1e-12], [0.5]]
)
def test_against_a_fine_sweep(edges):
    found = sweep(step(edges))
    keys = [key for *_, key in found]
    inside = [
        edge for edge in edges if LOWEST_TOLERANCE * 1.0001 < edge < HIGHEST_TOLERANCE / 1.0001
    ]
    assert len(found) == len(inside) + 1
    assert keys == sorted(set(keys))
    assert found[0][0] == pytest.approx(LOWEST_TOLERANCE)
    assert found[-1][1] == pytest.approx(HIGHEST_TOLERANCE)
    for (_, high, _), (low, _, _), edge in zip(found, found[1:], inside, strict=False):
        assert high <= edge <= low * (1 + 1e-12)
        assert low / high == pytest.approx(10**0.125)


def test_how_often_it_is_tried():
    tried = []

    def answer(tolerance):
        tried.append(tolerance)
        return tolerance > 3e-5

    sweep(answer)
    assert len(tried) == len(set(tried)) <= 12
    assert min(tried) == pytest.approx(LOWEST_TOLERANCE)


def test_a_range_of_one_tolerance():
    assert sweep(lambda _: 1, 0.1, 0.1) == [(pytest.approx(0.1), pytest.approx(0.1), 1)]
    assert sweep(lambda _: 1, 0.2, 0.1)[0][2] == 1


def test_the_widest():
    one, two = ToleranceRange(1e-9, 1e-7, (2, 4, 1)), ToleranceRange(1e-6, 1e-2, (2, 3, 1))
    none = ToleranceRange(1e-2, 1e-1, (), "because")
    assert widest([one, two, none]) is two
    assert widest([none]) is widest([]) is None
    equal = ToleranceRange(1e-4, 1e-2, (2, 3, 1))
    assert widest([one, equal]) is equal
    assert np.isclose(two.decades, 4)
    assert np.isclose(two.middle, 1e-4)
    assert str(none) == "no answer from 1e-02 to 1e-01"


def test_ranges_in_common():
    one = [
        ToleranceRange(1e-9, 1e-7, (2, 4, 1)),
        ToleranceRange(1e-6, 1e-2, (2, 3, 1)),
        ToleranceRange(2e-2, 1e-1, ()),
    ]
    two = [ToleranceRange(1e-9, 1e-5, (2, 3, 1)), ToleranceRange(1e-4, 1e-1, (2, 2, 1))]
    assert common(one, two) == [ToleranceRange(1e-6, 1e-5, (2, 3, 1))]
    assert common(one, [ToleranceRange(1e-2, 1e-1, (2, 3, 1))])[0].decades == 0
    assert common(one, one[:1]) == one[:1]
    assert common(one, []) == []


# choosing


def noisy(noise, rng=0):
    teacher = Network([[[1.0, -1.0], [0.5, 2.0]], [[2.0, -1.0]]])
    exact = embed(teacher, Configuration.from_word([0, 1, 2, 1, 2], 2), rng)
    rng = np.random.default_rng(rng)
    return Network([w + noise * rng.normal(size=w.shape) for w in exact.weights])


@pytest.mark.parametrize("noise", [0, 1e-12, 1e-8, 1e-6, 1e-5])
def test_the_noise_does_not_change_the_answer(noise):
    found = classify(noisy(noise))
    assert found.minimal.widths == (2, 2, 1)
    assert found.configurations[0].word == (0, 1, 2, 1, 2)
    same = classify(noisy(noise), found.tolerance)
    assert same.configurations == found.configurations
    assert same.tolerance_ranges == ()
    (chosen,) = (p for p in found.tolerance_ranges if p.lowest <= found.tolerance <= p.highest)
    assert chosen is widest(found.tolerance_ranges)
    assert found.tolerance == chosen.middle
    for one in found.tolerance_ranges:
        for tolerance in (one.lowest, one.middle, one.highest):
            assert classify(noisy(noise), tolerance).minimal.widths == one.minimal


@pytest.mark.parametrize("path", sorted(STUDENTS.glob("*.npz")), ids=lambda path: path.stem)
def test_trained_students_reduce_to_their_teacher(path):
    found = classify(Network.load(path))
    assert set(found.minimal.widths[1:-1]) == {4}


def test_single_precision_is_tried_from_eight_times_its_spacing():
    network = Network([w.astype(np.float32) for w in noisy(0).weights])
    assert classify(network).tolerance_ranges[0].lowest >= 8 * 2.0**-23
    half = Network([np.array([[1.0], [2.0]], np.float16), np.ones((1, 2), np.float16)])
    assert classify(half).tolerance_ranges[0].lowest >= 8 * 2.0**-10


def test_a_reference_that_fits_at_some_tolerances():
    student = noisy(1e-6)
    teacher = classify(student).minimal
    found = classify(student, reference=teacher)
    assert found.minimal.widths == (2, 2, 1)
    assert found.tolerance_ranges[0].minimal == ()
    assert found.tolerance_ranges[0].note
    other = Network([[[1.0, -1.0], [3.0, 2.0]], [[2.0, -1.0]]])
    with pytest.raises(ValueError, match=r"no answer at any tolerance: .*no counterpart"):
        classify(student, reference=other)


def test_a_path_at_a_tolerance_that_suits_both():
    path = zero_loss_path(noisy(0, 1), noisy(1e-8, 2))
    assert path.minimal.widths == (2, 2, 1)
    one = Network([np.diag([1.0, 2.0]), [[1.0, 1.0]]])
    two = Network([np.ones((2, 2)), [[1.0, 1.0]]])
    with pytest.raises(ValueError, match="reduce to the same widths at no tolerance: 2-2-1 from"):
        zero_loss_path(one, two)


@pytest.mark.parametrize("tolerance", ["automatic", None, True, "1e-3"])
def test_tolerances_of_another_kind(tolerance):
    with pytest.raises(TypeError, match="tolerance must be a number"):
        classify(noisy(0), tolerance)
    with pytest.raises(TypeError, match="tolerance must be a number"):
        zero_loss_path(noisy(0), noisy(0), tolerance)
