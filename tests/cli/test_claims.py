"""`critcount verify` on the command line; the run of all claims is in test_claims.py."""

import csv
import dataclasses
import io
import json
import subprocess
import sys

import pytest

from critcount.claims import registry, table
from critcount.claims.claim import Case, Verdict
from tests.conftest import one_line


def test_one_claim_in_every_format(run):
    for format_ in ("text", "json", "csv", "latex"):
        code, out, err = run("verify", "--quick", "--only", "crossover", "--format", format_)
        assert code == 0, err
        assert "crossover" in out
        if format_ == "json":
            [row] = json.loads(out)["data"]
            assert row["verdict"] == "holds"
            assert row["worst"] == 0
        elif format_ == "csv":
            [row] = csv.DictReader(io.StringIO(out))
            assert tuple(row) == table.ClaimRow._fields
        elif format_ == "latex":
            assert "% critcount verify --quick --only crossover" in out
        else:
            assert out.startswith("crossover [S21]: holds\n    There is one width")


def test_the_suffix_says_the_format(run, tmp_path):
    target = tmp_path / "claims.csv"
    code, out, _ = run("verify", "--quick", "--only", "crossover", "-o", target)
    assert (code, out) == (0, "")
    assert target.read_text().startswith("claim,statement,")


def test_another_verdict_ends_with_1(run, monkeypatch):
    claim = registry.CLAIMS["crossover"]
    changed = dataclasses.replace(claim, recorded=Verdict("holds only if", "r* is odd"))
    monkeypatch.setitem(registry.CLAIMS, "crossover", changed)
    code, out, err = run("verify", "--quick", "--only", "crossover")
    assert code == 1
    assert out.startswith("crossover [S21]: holds")
    assert err == "critcount: crossover: holds; published: holds only if r* is odd\n"


def test_a_failing_measurement_ends_with_1(run, monkeypatch):
    claim = registry.CLAIMS["crossover"]
    changed = dataclasses.replace(claim, measure=lambda **unit: [Case("r* = 3", 3, 1.0, 0.0)])
    monkeypatch.setitem(registry.CLAIMS, "crossover", changed)
    code, out, err = run("verify", "--quick", "--only", "crossover")
    assert code == 1
    assert "fails as stated: r* = 3" in out
    assert one_line(err)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "crosover"], "must be one of"),
        (["--format", "parquet"], "Invalid value"),
        (["--only", "crossover", "--page", __file__], "without --only"),
        (["--page", "none.md"], "--page must be a page that is there, not none.md"),
        (["--only", "crossover", "-o", "claims.parquet"], "no parquet output"),
    ],
)
def test_bad_input(run, arguments, words):
    code, out, err = run("verify", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert one_line(err)


def test_without_jax_one_line_names_the_extra(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    code, out, err = run("verify", "--quick")
    assert (code, out) == (2, "")
    assert one_line(err)
    assert "pip install 'critcount[landscape]'" in err
    code, out, _ = run("verify", "--quick", "--only", "crossover")
    assert code == 0
    assert "holds" in out


def test_an_interrupt_ends_with_130(run, monkeypatch, tmp_path):
    def interrupted(**unit):
        raise KeyboardInterrupt

    claim = dataclasses.replace(registry.CLAIMS["crossover"], measure=interrupted)
    monkeypatch.setitem(registry.CLAIMS, "crossover", claim)
    code, out, err = run("verify", "--quick", "--only", "crossover", "--folder", tmp_path)
    assert (code, out) == (130, "")
    assert one_line(err)


def test_the_list_of_claims_needs_no_jax():
    code = (
        "import sys; from critcount.claims import registry; registry.choose_claims(); "
        "sys.exit(any(name.split('.')[0] in ('jax', 'matplotlib') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
