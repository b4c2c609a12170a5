"""The quick run of the claims that a module of tests names, shared by all its tests."""

from pathlib import Path

import pytest

from critcount.claims import table, training
from critcount.claims.running import run as run_claims

TABLE = Path(__file__).parents[2] / "tables" / "claims.csv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the run is kept."""
    return tmp_path_factory.mktemp("claims") / "run"


@pytest.fixture(scope="module")
def findings(request, folder):
    """What the quick run of the module's CLAIMS finds, by name."""
    claims = list(request.module.CLAIMS.values())
    return {f.claim.name: f for f in run_claims(claims, quick=True, folder=folder)}


@pytest.fixture(scope="module")
def minimum():
    """A trained network of 2-2-2."""
    return training.minima((2, 2, 2), range(5))[0]


@pytest.fixture
def assert_published():
    """Assert that the findings come to the recorded verdicts and to the published rows.

    The measured columns are not compared, so that a quick run can be.
    """

    def check(findings):
        for finding in findings.values():
            assert str(finding.verdict) == str(finding.claim.recorded), finding.claim.name
            assert finding.cases, finding.claim.name
        kept = [name for name in table.ClaimRow._fields if name not in table.MEASURED]
        published = [row for row in table.read_claims(TABLE) if row.claim in findings]
        found = table.claim_rows(list(findings.values()))
        assert [[getattr(row, name) for name in kept] for row in published] == [
            [getattr(row, name) for name in kept] for row in found
        ]

    return check
