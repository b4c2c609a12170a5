"""The documentation's page of claims is that of the table."""

from pathlib import Path

from critcount.claims import (
    registry,
    table,
)
from critcount.claims.page import filled
from critcount.plots.claims import FIGURES

ROOT = Path(__file__).parents[2]


CLAIMS = registry.CLAIMS


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
