"""Every claim by its name, in the order of the table."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from critcount._support import checks
from critcount.claims import (
    channels,
    connection,
    counting,
    critical,
    deeper,
    disjointness,
    hessians,
    inertia,
    knots,
    minima,
    plateaus,
    ranks,
    regimes,
    saddles,
    spheres,
    splits,
    students,
    walks,
)
from critcount.claims.claim import Claim

__all__ = ["CLAIMS", "choose_claims"]

CLAIMS: dict[str, Claim] = {
    claim.name: claim
    for claim in itertools.chain(
        critical.CLAIMS,
        splits.CLAIMS,
        hessians.CLAIMS,
        inertia.CLAIMS,
        channels.CLAIMS,
        plateaus.CLAIMS,
        saddles.CLAIMS,
        counting.CLAIMS,
        minima.CLAIMS,
        ranks.CLAIMS,
        students.CLAIMS,
        connection.CLAIMS,
        spheres.CLAIMS,
        walks.CLAIMS,
        deeper.CLAIMS,
        regimes.CLAIMS,
        disjointness.CLAIMS,
        knots.CLAIMS,
    )
}


def choose_claims(names: Sequence[str] = ()) -> list[Claim]:
    """Return the claims of these names, in the order of the table; all when none is named.

    Raises
    ------
    ValueError
        When there is no claim of a name.

    Examples
    --------
    >>> [claim.name for claim in choose_claims(["crossover", "mild-regime"])]
    ['mild-regime', 'crossover']
    """
    for name in names:
        checks.choice("the claim", name, CLAIMS)
    return [claim for claim in CLAIMS.values() if not names or claim.name in names]
