"""Batches of words against copying them.

A file of its own, the first by name: both allocate what they make anew, and how fast that is
depends on the memory that benchmarks before them gave back.
"""

from __future__ import annotations

import pytest

from critcount import Expansions
from tests.benchmarks.side_by_side import compare
from tests.benchmarks.test_families import exhaust

pytestmark = pytest.mark.benchmark


def test_batches_against_copying_the_same_bytes(benchmark):
    family = Expansions(3, 10)
    blocks = list(family.batches())

    def copy():
        for block in blocks:
            block.copy(order="K")

    compare(benchmark, lambda: exhaust(family.batches()), copy, 2, rounds=11, more=60)
