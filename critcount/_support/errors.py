"""The errors that callers may want to catch."""

from __future__ import annotations

__all__ = ["SizeLimitError"]


class SizeLimitError(ValueError):
    """A request that is well formed but too large for the limit in force.

    Raised before any work; the message says how large the result would have been and which
    argument raises the limit.
    """
