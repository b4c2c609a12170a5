"""A run of claims that is kept, what a verdict is, and the page."""

import dataclasses
import json
import math
from pathlib import Path

import pytest

from critcount import export
from critcount._support import files
from critcount.claims import (
    registry,
    running,
    table,
)
from critcount.claims.claim import Case, Count, Finding, Verdict, all_within
from critcount.claims.page import filled
from critcount.claims.running import run as run_claims
from critcount.claims.running import units
from critcount.plots.claims import FIGURES

ROOT = Path(__file__).parents[2]
CLAIMS = registry.CLAIMS


def test_an_interrupted_run_goes_on_where_it_was(tmp_path):
    calls = []

    def measure(number):
        calls.append(number)
        if number == 2 and len(calls) < 4:
            raise KeyboardInterrupt
        return [Case("x", number, 0.0, 1.0)]

    claim = dataclasses.replace(
        CLAIMS["crossover"], units=lambda quick: [{"number": n} for n in range(4)], measure=measure
    )
    with pytest.raises(KeyboardInterrupt):
        run_claims([claim], folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    told = []
    [finding] = run_claims([claim], folder=tmp_path, advance=told.append)
    assert calls == [0, 1, 2, 2, 3]
    assert [case.size for case in finding.cases] == [0, 1, 2, 3]
    assert sum(told) == 4


def test_a_result_comes_back_as_it_was(tmp_path):
    claim = CLAIMS["critical-disjoint"]
    first = run_claims([claim], quick=True, folder=tmp_path)
    again = run_claims([claim], quick=True, folder=tmp_path)
    assert first == again


def test_another_version_or_argument_is_measured_anew(tmp_path, monkeypatch):
    claim = CLAIMS["crossover"]
    run_claims([claim], quick=True, folder=tmp_path)
    number = len(list(tmp_path.iterdir()))
    monkeypatch.setattr("critcount.__version__", "0.0.other")
    run_claims([claim], quick=True, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2 * number


def test_other_source_is_measured_anew(tmp_path, monkeypatch):
    claim = CLAIMS["crossover"]
    run_claims([claim], quick=True, folder=tmp_path)
    number = len(list(tmp_path.iterdir()))
    package = tmp_path / "package"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(running.critcount, "__file__", str(package / "__init__.py"))
    digests = set()
    for text in ("x = 1\n", "x = 2\n"):
        (package / "inner" / "module.py").write_text(text)
        running.source.cache_clear()
        digests.add(running.source())
    assert len(digests) == 2
    run_claims([claim], quick=True, folder=tmp_path)
    running.source.cache_clear()
    assert len(list(tmp_path.glob("*.json"))) == 2 * number


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"claim": "other"}'])
def test_a_damaged_result_is_named(tmp_path, text):
    claim = CLAIMS["crossover"]
    run_claims([claim], quick=True, folder=tmp_path)
    path = min(tmp_path.iterdir())
    path.write_text(text)
    with pytest.raises(ValueError, match="is damaged: remove it"):
        run_claims([claim], quick=True, folder=tmp_path)


def test_a_result_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    def full(payload, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "put", full)
    with pytest.raises(OSError, match="No space"):
        run_claims([CLAIMS["crossover"]], quick=True, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_verdicts():
    good, bad = Case("b", 2, 0.1, 1.0), Case("a", 5, 2.0, 1.0, seed=3, where="layer 1")
    worse, unsure = Case("c", 4, math.inf, 0.0), Case("d", 1, math.nan, 1.0)
    assert str(all_within([good])) == "holds"
    assert str(all_within([good, bad])) == "fails as stated: a, layer 1"
    assert str(all_within([good, bad, worse])) == "fails as stated: c"
    assert all_within([good, unsure]).kind == "holds"
    assert all_within([good, unsure, unsure]).kind == "not decided"
    assert all_within([]).kind == "not decided"
    with pytest.raises(ValueError, match="kind must be one of"):
        Verdict("maybe")


def test_a_finding_names_its_worst_case_and_its_sample():
    cases = [
        Case("b", 2, 0.1, 1.0, seed=0),
        Case("b", 2, 0.5, 1.0, seed=1),
        Case("c", 2, 0.9, 2.0, seed=4),
        Case("d", 2, math.nan, 2.0),
    ]
    counts = [Count("are odd", 1, 2), Count("are odd", 2, 3)]
    finding = Finding.of(CLAIMS["crossover"], [*cases, *counts])
    assert finding.worst == cases[1]
    assert (
        finding.sample == "4 minimal widths: b, c, d; seeds 0 to 1, 4; 1 undecided; 3 of 5 are odd"
    )
    assert finding.agrees


def test_every_claim_is_complete():
    for claim in CLAIMS.values():
        assert claim.statement.endswith(".")
        quick, full = (units([claim], flag) for flag in (True, False))
        assert 0 < len(quick) <= len(full)
        json.dumps([unit for _, unit in full])


def test_every_bullet_has_twenty_seeds_and_three_outputs():
    """Of what is trained; in the full run."""
    for name in ("duplicate-critical", "vanishing-count", "students-generic", "students-tanh"):
        full = [unit for _, unit in units([CLAIMS[name]], False)]
        assert {seed for unit in full for seed in unit["seeds"]} == set(range(20))
        outputs = {unit.get("d_out") or unit["widths"][-1] for unit in full}
        assert outputs >= {1, 2, 3}, name


def test_table_and_short_columns(tmp_path):
    found = [table.row(claim, claim.recorded) for claim in CLAIMS.values()]
    assert [row.verdict for row in found] == [str(claim.recorded) for claim in CLAIMS.values()]
    path = tmp_path / "claims.csv"
    export.write_rows(table.ClaimRow._fields, found, path, "csv")
    assert table.read_claims(path) == found
    assert table.measured_columns(tmp_path / "none.csv") == {}
    path.write_text("a,b\n1,2\n")
    assert table.measured_columns(path) == {}


def test_the_page_of_the_docs_is_that_of_the_table():
    rows = table.read_claims(ROOT / "tables" / "claims.csv")
    text = (ROOT / "docs" / "claims.md").read_text()
    assert filled(text, rows) == text
    for name in FIGURES:
        assert (ROOT / "docs" / "pictures" / f"claims-{name}.svg").exists()
        assert f"pictures/claims-{name}.svg" in text
    assert len(list((ROOT / "docs" / "pictures").glob("claims-*"))) == len(FIGURES)


def test_the_page_explains_every_claim():
    text = (ROOT / "docs" / "claims.md").read_text()
    for claim in CLAIMS.values():
        section = text.split(f"({claim.name})=\n## {claim.name}\n")[1].split("\n## ")[0]
        assert len(section.split("<!-- end -->")[1].split()) > 20
