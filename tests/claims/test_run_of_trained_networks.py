"""The quick run of the claims on trained networks, shared by all tests here."""

import dataclasses
import json
import math
from pathlib import Path

import pytest

from critcount.claims import (
    hessians,
    registry,
    table,
)
from critcount.claims.claim import Case, Finding
from critcount.claims.running import run as run_claims

ROOT = Path(__file__).parents[2]
CLAIMS = {name: claim for name, claim in registry.CLAIMS.items() if claim.landscape}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("claims") / "run"


@pytest.fixture(scope="module")
def findings(folder):
    """What the quick run finds, by name."""
    return {f.claim.name: f for f in run_claims(list(CLAIMS.values()), quick=True, folder=folder)}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_quick_run_comes_to_the_published_verdict(findings, name):
    assert str(findings[name].verdict) == str(CLAIMS[name].recorded)
    assert findings[name].cases


def test_the_published_table_has_these_verdicts(findings):
    """The measured columns are not compared, so that a quick run can be."""
    found = table.claim_rows(list(findings.values()))
    published = [
        row for row in table.read_claims(ROOT / "tables" / "claims.csv") if row.claim in CLAIMS
    ]
    kept = [name for name in table.ClaimRow._fields if name not in table.MEASURED]
    assert [[getattr(row, name) for name in kept] for row in published] == [
        [getattr(row, name) for name in kept] for row in found
    ]


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
            str(case.facts["incoming"]),
            case.facts["following"],
            case.facts["nullity"] - case.facts["reduced"],
        )
        for case in cases
        if case.decided
    }
    path = next(c for c in findings["path-highest-at-point"].cases if c.decided)
    line = plots.paths([path]).axes[0].lines[0]
    assert max(line.get_ydata()) == path.facts["losses"][-1]


def verdict(name, measured):
    return Finding.of(CLAIMS[name], measured).verdict.kind


def test_the_stated_number_of_eigenvalues_would_be_noticed(findings, monkeypatch):
    """The derived count replaced by the stated one; a semidefinite point one eigenvalue short."""
    cases = findings["vanishing-indefinite"].cases
    cured = [dataclasses.replace(case, figure=0.0) for case in cases]
    assert verdict("vanishing-indefinite", cured) == "holds"
    broken = [*cured, Case("1-2-1", 4, 1.0, 0.0, facts={"nullity": 0, "following": 1})]
    assert verdict("vanishing-indefinite", broken) == "fails as stated"
    monkeypatch.setattr(hessians, "added", lambda following, incoming: following)
    unit = {"widths": [1, 1, 2], "seeds": list(range(5))}
    assert verdict("vanishing-count", hessians.measure_count(**unit)) == "fails as stated"
    short = [
        dataclasses.replace(case, figure=case.facts["following"] - case.facts["nullity"] + 1.0)
        for case in findings["vanishing-semidefinite"].cases
        if case.decided and case.facts["following"] == case.facts["nullity"]
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
    lost = [dataclasses.replace(case, facts={**case.facts, "signed": math.inf}) for case in cases]
    assert verdict("students-tanh", lost) == "fails as stated"
