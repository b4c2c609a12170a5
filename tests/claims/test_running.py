"""A run of claims that is kept and goes on."""

import dataclasses

import pytest

from critcount._support import files
from critcount.claims import (
    registry,
    running,
)
from critcount.claims.claim import Case
from critcount.claims.running import run as run_claims

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
