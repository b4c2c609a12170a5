"""Students of a teacher: tolerances, outcomes, tallies, runs that go on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from critcount import Configuration, Network, embed
from critcount.landscape.experiments import datasets
from critcount.landscape.experiments.students import Measure, Students, judge, loss_levels
from critcount.landscape.training import Training
from critcount.output import export

EPSILON = np.finfo(float).eps


TEACHER = datasets.teacher()


MEASURE = Measure(TEACHER, "generic", 1.0, 10.0, 0.09)


def student(word, rng=0):
    return embed(TEACHER, Configuration.from_word(word, 4), rng=rng)


def ended(network, seed, loss, converged=True, message=""):
    """What a training says that ended at a network."""
    return Training(network, loss, 1e-15, converged, message, "minimum", seed)


def test_a_student_at_zero_loss_is_classified():
    found = judge(ended(student([0, 1, 2, 3, 0, 4, 4, 5]), 7, 1e-33), MEASURE)
    assert (found.width, found.seed, found.outcome) == (8, 7, "zero loss")
    assert (found.copies, found.zero_type) == ("{2,1,1,1}", "{2,1}")
    assert found.tolerance == pytest.approx(10 * EPSILON**0.5)


def test_a_student_that_lies_nowhere_is_reported_with_the_reason():
    rng = np.random.default_rng(0)
    network = Network([rng.normal(size=(5, 2)), rng.normal(size=(1, 5))])
    found = judge(ended(network, 0, 1e-30), MEASURE)
    assert found.outcome == "zero loss, no configuration"
    assert "the network reduces to 2-5-1, the reference is 2-4-1" in found.note
    assert found.copies is found.zero_type is found.found is None


def test_a_loss_that_tells_nothing_is_no_configuration():
    found = judge(ended(student([0, 1, 2, 3]), 0, 9e-14), MEASURE._replace(largest=1e-3))
    assert found.outcome == "zero loss, no configuration"
    assert "too large" in found.note


@pytest.mark.parametrize(
    ("loss", "converged", "outcome", "note"),
    [
        (1e-3, True, "positive loss", ""),
        (1e-3, False, "not converged", "a reason"),
        (1e-30, False, "not converged", "a reason"),
    ],
)
def test_other_students_are_not_classified(loss, converged, outcome, note):
    message = "" if converged else "a reason"
    found = judge(ended(student([0, 1, 2, 3]), 0, loss, converged, message), MEASURE)
    assert (found.outcome, found.note, found.found) == (outcome, note, None)


def test_the_tally_counts_levels_and_configurations():
    made = [
        judge(ended(network, seed, loss, converged), MEASURE)
        for seed, (network, loss, converged) in enumerate(
            [
                (student([0, 1, 2, 3, 4]), 1e-30, True),
                (student([4, 0, 1, 2, 3]), 3e-30, True),
                (student([0, 0, 1, 2, 3]), 2e-30, True),
                (student([0, 1, 2, 3, 4]), 0.25, True),
                (student([0, 1, 2, 3, 4]), 0.25 * (1 + 1e-9), True),
                (student([0, 1, 2, 3, 4]), 0.5, True),
                (student([0, 1, 2, 3, 4]), 0.7, False),
            ]
        )
    ]
    found = Students("teacher-student", TEACHER, "generic", MEASURE, tuple(made))
    rows = found.tally()[["outcome", "loss", "copies", "zero_type", "students"]]
    table = [tuple(None if x != x else x for x in row) for row in rows.itertuples(index=False)]
    assert table == [
        ("zero loss", 3e-30, "{1,1,1,1}", "{1}", 2),
        ("zero loss", 2e-30, "{2,1,1,1}", "{}", 1),
        ("positive loss", 0.25, None, None, 2),
        ("positive loss", 0.5, None, None, 1),
        ("not converged", 0.7, None, None, 1),
    ]
    assert found.gap() == (3e-30, 0.25)


@pytest.mark.parametrize("format_", ["csv", "json"])
@pytest.mark.parametrize("word", [[0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 4, 5]])
def test_tables_of_students_come_back_as_they_were(tmp_path, word, format_):
    """A lone zero-type block has a size that must not come back as a number."""
    made = [
        judge(ended(student(word), seed, loss), MEASURE) for seed, loss in ((0, 1e-30), (1, 1))
    ]
    found = Students("teacher-student", TEACHER, "generic", MEASURE, tuple(made))
    for number, table in enumerate((found.to_frame(), found.tally())):
        path = tmp_path / f"{number}.{format_}"
        export.write_frame(table, path, format_)
        pd.testing.assert_frame_equal(export.read_frame(path), table, check_dtype=False)


def test_levels_are_cut_at_steps_not_at_distances():
    """Losses that rise by less than a millionth each are one level, however far they come."""
    rising = [1.0 + 9e-7 * i for i in range(6)]
    assert loss_levels([*rising[::-1], 1.1, 0.0]) == [[0.0], rising, [1.1]]
    assert loss_levels([1.0, 1.0 + 1.1e-6]) == [[1.0], [1.0 + 1.1e-6]]
    assert loss_levels([]) == []
