"""T, G and the permutation-point factors as exact integers and fractions."""

from __future__ import annotations

from flint import fmpz

from critcount import checks


def T(r: int, m: int) -> int:
    """Number of expansions."""
    r = checks.integer("r", r, minimum=0)
    m = checks.integer("m", m, minimum=0)
    return int(sum(fmpz.fac_ui(k) // fmpz.fac_ui(k - r) * fmpz.stirling_s2(m, k)
                   for k in range(r, m + 1)))


def G(r: int, m: int) -> int:
    """Number of critical subspaces."""
    r = checks.integer("r", r, minimum=0)
    m = checks.integer("m", m, minimum=0)
    if m < r:
        return 0
    return int(fmpz.fac_ui(r) * fmpz.stirling_s2(m, r))
