"""The quick run of the claims that need no training, shared by all tests here."""

import dataclasses
from pathlib import Path

import pytest

from critcount import export, publish
from critcount.claims import (
    registry,
    table,
)

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.exhaustive
CLAIMS = {name: claim for name, claim in registry.CLAIMS.items() if not claim.landscape}


def test_the_quick_run_comes_to_the_published_table(findings, assert_published):
    assert_published(findings)


def test_the_command_brings_the_page_up_to_date(findings, folder, run, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "CLAIMS", CLAIMS)
    target = tmp_path / "claims.md"
    before = (ROOT / "docs" / "claims.md").read_text()
    target.write_text(before.replace("*Verdict:* **holds**", "*Verdict:* **?**"))
    code, out, _ = run("verify", "--quick", "--folder", folder, "--page", target)
    assert code == 0
    text = target.read_text()
    for name, claim in CLAIMS.items():
        start = text.index(f"<!-- measured {name} -->")
        assert f"*Verdict:* **{claim.recorded.kind}" in text[start:][:1000]
        assert f"{name} [{claim.paper}]: {claim.recorded}" in " ".join(out.split())
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["claims-mild-regime.svg"]
    target.write_text("# A page")
    code, out, err = run("verify", "--quick", "--folder", folder, "--page", target)
    assert code == 2
    assert "the page must have one line <!-- verdicts -->" in err


def test_publish_keeps_the_figures_and_checks_the_verdicts(tmp_path, findings, monkeypatch):
    monkeypatch.setattr(publish, "TABLES", {})
    monkeypatch.setattr(registry, "CLAIMS", CLAIMS)
    everything = list(findings.values())
    publish.write_tables(tmp_path, findings=everything)
    first = (tmp_path / "claims.csv").read_text()
    assert (
        publish.check_tables(tmp_path) == publish.check_tables(tmp_path, findings=everything) == []
    )
    publish.write_tables(tmp_path)
    assert (tmp_path / "claims.csv").read_text() == first
    shown = table.read_claims(tmp_path / "claims.csv")
    assert [row.sample for row in shown] == [finding.sample for finding in everything]
    # another figure passes, another verdict does not
    changed = shown[0]._replace(worst=1.25e-13)
    export.write_rows(
        table.ClaimRow._fields, [changed, *shown[1:]], tmp_path / "claims.csv", "csv"
    )
    assert [line for line in publish.check_tables(tmp_path) if "claims.csv" in line] == []
    changed = shown[0]._replace(verdict="not decided")
    export.write_rows(
        table.ClaimRow._fields, [changed, *shown[1:]], tmp_path / "claims.csv", "csv"
    )
    assert any("claims.csv" in line for line in publish.check_tables(tmp_path))
    none = dataclasses.replace(everything[0], cases=())
    assert publish.check_tables(tmp_path, findings=[none, *everything[1:]]) != []
