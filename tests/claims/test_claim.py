"""What a verdict is, and what a finding says."""

import math

import pytest

from critcount.claims import (
    registry,
)
from critcount.claims.claim import Case, Count, Finding, Verdict, all_within

CLAIMS = registry.CLAIMS


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
