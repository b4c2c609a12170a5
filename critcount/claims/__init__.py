"""The claims of the two papers, each tested: `critcount verify`.

A claim is a statement with units of work that measure cases, and a verdict that is a function of
the cases alone (`critcount.claims.claim`). `registry` has them all, `run` measures, `table` and
`page` show what was found; the other modules are the claims, by subject, and what they share.

Examples
--------
>>> from critcount.claims import CLAIMS, run
>>> [finding] = run([CLAIMS["crossover"]], quick=True)
>>> print(finding.verdict)
holds
"""

from critcount.claims.claim import Case, Claim, Count, Finding, Verdict
from critcount.claims.registry import CLAIMS, choose_claims
from critcount.claims.running import run

__all__ = ["CLAIMS", "Case", "Claim", "Count", "Finding", "Verdict", "choose_claims", "run"]
