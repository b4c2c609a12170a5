"""The report of one architecture: what it holds, and its way to JSON and back."""

import json
from fractions import Fraction

import pytest

from critcount import Architecture, G
from critcount.output import report


def test_report_at_its_edges():
    zero = report.count(Architecture.parse("2-3-1"), 0)
    assert (zero.expansions, zero.ratio, zero.connected) == (5, None, True)
    one = report.count(Architecture.parse("2-1-1"), 1)
    assert (one.expansions, one.ratio, one.regime) == (1, 0, "vast")
    tight = report.count(Architecture.parse("2-4-1"), 4)
    assert (tight.components, tight.connected, tight.regime) == (24, False, "mild")
    deep = report.count(Architecture.parse("2-4-4-1"), (3, 3), (2, 2))
    assert deep.critical_subspaces == G(2, 4) ** 2
    assert deep.ratio is None
    with pytest.raises(ValueError, match="max_order must be at least 1"):
        report.count(Architecture.parse("2-4-1"), max_order=0)


CASES = [
    ("784-300-100-10", None, None, False),
    ("2-6-1", 4, None, False),
    ("2-6-1", 4, 3, True),
    ("2-3-1", 0, None, False),
    ("2-4-4-1", (3, 3), (2, 2), False),
]


@pytest.mark.parametrize(("widths", "minimal", "reduced", "all_widths"), CASES)
def test_a_report_comes_back_from_json(widths, minimal, reduced, all_widths):
    found = report.count(Architecture.parse(widths), minimal, reduced, all_widths=all_widths)
    text = json.dumps(report.to_json(found))
    assert report.from_json(json.loads(text)) == found


def test_every_exact_number_is_a_string_in_json():
    document = report.to_json(report.count(Architecture.parse("2-6-1"), 4, all_widths=True))
    assert list(document)[:4] == ["schema_version", "architecture", "minimal", "reduced"]
    assert (document["minima"], document["ratio"]) == ("720", "201/1240")
    assert document["permutation_points"][0] == {"order": "1", "factor": "5/2", "points": "1800"}
    assert document["smaller_widths"]["by_width"][0] == {"width": "1", "critical_subspaces": "1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"minima": "1/2"},
        {"minima": "x"},
        {"ratio": "3"},
        {"architecture": "2-"},
        {"minimal": 4},
        {"permutation_points": [{"order": 1}]},
        {"permutation_points": 3},
        {"smaller_widths": {"by_width": []}},
        {"more": 1},
    ],
)
def test_a_document_that_is_no_report(changes):
    good = report.to_json(report.count(Architecture.parse("2-5-1"), 4))
    with pytest.raises(ValueError, match=r"no report|must|value|exact"):
        report.from_json({**good, **changes})
    for name in ("minima", "architecture", "smaller_widths", "schema_version"):
        with pytest.raises(ValueError, match="is no report of counts"):
            report.from_json({key: value for key, value in good.items() if key != name})


def test_rows_leave_out_what_there_is_not():
    rows = report.rows(report.count(Architecture.parse("2-5-1"), 4, max_order=1))
    assert rows[1] == ("minima", None, 120)
    assert ("ratio", 4, Fraction(181, 360)) in rows
    assert {row.quantity for row in report.rows(report.count(Architecture.parse("2-5-1")))} == {
        "architecture", "minima", "permutation_point_factor", "permutation_points"
    }  # fmt: skip
