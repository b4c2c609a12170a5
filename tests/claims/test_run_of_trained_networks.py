"""The quick run of the claims on trained networks, shared by all tests here."""

import dataclasses
import json
import math

import pytest

from critcount.claims import (
    hessians,
    registry,
)
from critcount.claims.claim import Finding

pytestmark = pytest.mark.exhaustive
CLAIMS = {name: claim for name, claim in registry.CLAIMS.items() if claim.landscape}


def test_the_quick_run_comes_to_the_published_table(findings, assert_published):
    assert_published(findings)


def test_the_command_goes_on_from_the_run(findings, folder, run):
    only = [word for name in CLAIMS for word in ("--only", name)]
    code, out, err = run("verify", "--quick", "--folder", folder, "--format", "json", *only)
    assert code == 0, err
    rows = json.loads(out)["data"]
    assert [row["claim"] for row in rows] == list(CLAIMS)
    assert {row["verdict"] for row in rows} >= {"holds"}
    assert all(row["sample"] for row in rows)


def test_figures_draw_what_was_measured(findings):
    from critcount.plots import claims as plots

    cases = findings["vanishing-count"].cases
    drawn = plots.vanishing(cases)
    measured = {
        (panel.get_title()[0], x, y)
        for panel in drawn.axes
        for line in panel.lines
        if line.get_marker() == "o"
        for x, y in zip(*line.get_data(), strict=True)
    }
    assert measured == {
        (
            str(case.facts.incoming),
            case.facts.following,
            case.facts.nullity - case.facts.reduced,
        )
        for case in cases
        if case.decided
    }
    path = next(c for c in findings["path-highest-at-point"].cases if c.decided)
    line = plots.paths([path]).axes[0].lines[0]
    assert max(line.get_ydata()) == path.facts.losses[-1]


def verdict(name, measured):
    return Finding.of(CLAIMS[name], measured).verdict.kind


def test_the_stated_number_of_eigenvalues_would_be_noticed(findings, monkeypatch):
    """The derived count replaced by the stated one; a semidefinite point one eigenvalue short."""
    cases = findings["vanishing-indefinite"].cases
    cured = [dataclasses.replace(case, figure=0.0) for case in cases]
    assert verdict("vanishing-indefinite", cured) == "holds"
    point = hessians.Doubled("1-2-1", "", 4, 1, 1, nullity=0, reduced=0, index=1)
    broken = [*cured, point.case(1.0, 0)]
    assert verdict("vanishing-indefinite", broken) == "fails as stated"
    monkeypatch.setattr(hessians, "added", lambda following, incoming: following)
    unit = {"widths": [1, 1, 2], "seeds": list(range(5))}
    assert verdict("vanishing-count", hessians.measure_count(**unit)) == "fails as stated"
    short = [
        dataclasses.replace(case, figure=case.facts.following - case.facts.nullity + 1.0)
        for case in findings["vanishing-semidefinite"].cases
        if case.decided and case.facts.following == case.facts.nullity
    ]
    assert verdict("vanishing-semidefinite", short) == "fails as stated"


def test_no_first_order_saddle_is_noticed(findings):
    cases = [dataclasses.replace(c, figure=1.0) for c in findings["first-order-saddles"].cases]
    assert verdict("first-order-saddles", cases) == "fails as stated"


def test_a_higher_loss_on_the_way_is_noticed(findings):
    cases = [
        dataclasses.replace(case, figure=1e-9) if case.decided else case
        for case in findings["path-highest-at-point"].cases
    ]
    assert verdict("path-highest-at-point", cases) == "fails as stated"
    smooth = [case for case in findings["path-highest-at-point"].cases if case.decided]
    assert verdict("path-highest-at-point", smooth) == "holds"


def test_signs_decide_the_students_of_tanh(findings):
    cases = findings["students-tanh"].cases
    assert verdict("students-tanh", cases) == "holds only if"
    plain = [dataclasses.replace(case, figure=0.0, tolerance=1.0) for case in cases]
    assert verdict("students-tanh", plain) == "holds"
    lost = [
        dataclasses.replace(case, facts=dataclasses.replace(case.facts, figure=math.inf))
        for case in cases
    ]
    assert verdict("students-tanh", lost) == "fails as stated"
