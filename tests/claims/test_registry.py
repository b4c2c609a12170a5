"""Every claim that is registered is complete."""

import json

from critcount.claims import (
    registry,
)
from critcount.claims.running import units

CLAIMS = registry.CLAIMS


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
