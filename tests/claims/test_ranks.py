"""The check of the Hessian's rank can fail."""

from critcount.claims import (
    ranks,
)
from tests.claims.verdicts import verdict


def test_a_wrong_rank_formula_is_noticed(monkeypatch):
    monkeypatch.setattr(ranks, "rank_formula", lambda shape, d_in, d_out: 5)
    assert verdict("hessian-rank", ranks.measure(1, 3, 1, 1, 0)) == "fails as stated"
