"""The table of claims, written and read."""

from critcount import export
from critcount.claims import (
    registry,
    table,
)

CLAIMS = registry.CLAIMS


def test_table_and_short_columns(tmp_path):
    found = [table.row(claim, claim.recorded) for claim in CLAIMS.values()]
    assert [row.verdict for row in found] == [str(claim.recorded) for claim in CLAIMS.values()]
    path = tmp_path / "claims.csv"
    export.write_rows(table.ClaimRow._fields, found, path, "csv")
    assert table.read_claims(path) == found
    assert table.measured_columns(tmp_path / "none.csv") == {}
    path.write_text("a,b\n1,2\n")
    assert table.measured_columns(path) == {}
