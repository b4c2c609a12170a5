"""The check of the way to a permutation point can fail."""

from types import SimpleNamespace

import pytest

from critcount.claims import (
    saddles,
)
from tests.claims.verdicts import verdict


@pytest.mark.parametrize(
    ("losses", "kind"), [([0.1, 0.2, 0.3], "holds"), ([0.1, 0.31, 0.3], "fails as stated")]
)
def test_a_path_that_is_higher_on_the_way_is_noticed(minimum, monkeypatch, losses, kind):
    path = SimpleNamespace(
        losses=losses,
        distances=[2, 1, 0],
        point=minimum.network,
        index=1,
        converged=True,
        jumps=(),
    )
    monkeypatch.setattr(saddles, "minima", lambda widths, seeds: [minimum])
    monkeypatch.setattr(saddles, "permutation_point", lambda *arguments: path)
    measured = saddles.measure_collision_path([2, 2, 2], [0])
    assert verdict("path-highest-at-point", measured) == kind
