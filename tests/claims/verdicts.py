"""The verdict of a claim on what was measured."""

from critcount.claims import registry
from critcount.claims.claim import Finding


def verdict(name, measured):
    """Return the kind of the verdict."""
    return Finding.of(registry.CLAIMS[name], measured).verdict.kind
