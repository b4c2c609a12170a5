"""Enumeration against more_itertools, ranks against FLINT, samples against shuffling.

Everything on one core, numpy only. The column of T that ranks start from is kept between calls,
so the ranks are warm; suffix tables are made anew for every iteration.
"""

from __future__ import annotations

import collections
import random

import more_itertools
import pytest
from flint import fmpz

from critcount import Expansions
from critcount.families import labelled
from tests.benchmarks.side_by_side import compare

BELL_10 = 115_975

pytestmark = pytest.mark.benchmark


@pytest.fixture(autouse=True)
def _cold_counts():
    for cache in (labelled._free_completions, labelled._fixed_completions, labelled._T):
        cache.cache_clear()


def exhaust(iterator):
    collections.deque(iterator, maxlen=0)


@pytest.mark.parametrize(
    ("family", "stop", "times", "order"),
    [
        (Expansions(3, 10), None, 300, "F"),
        (Expansions(3, 10), None, 200, "C"),
        (Expansions(0, 13), None, 100, "F"),
        (Expansions(8, 12), 10**7, 100, "F"),
        (Expansions(30, 33), 10**7, 100, "F"),
    ],
)
def test_rate_against_set_partitions(benchmark, family, stop, times, order):
    rows = stop or family.cardinality()
    compare(
        benchmark,
        lambda: exhaust(family.batches(stop=stop, order=order)),
        lambda: exhaust(more_itertools.set_partitions(range(10))),
        rows / (BELL_10 * times),
    )


# the bounds are 5 ms and 300 ms where the peers take 2 ms and 600 ms
@pytest.mark.parametrize(("r", "m", "at_most"), [(5, 200, 2.5), (50, 1000, 0.5)])
@pytest.mark.parametrize("direction", ["rank", "unrank"])
def test_ranks_against_a_row_of_stirling_numbers(benchmark, r, m, at_most, direction):
    family = Expansions(r, m)
    index = family.cardinality() * 2 // 7
    element = family.unrank(index)
    work = {"rank": lambda: family.rank(element), "unrank": lambda: family.unrank(index)}
    compare(
        benchmark,
        work[direction],
        lambda: [fmpz.stirling_s2(m, k) for k in range(m)],
        at_most,
    )


def test_samples_against_shuffling(benchmark):
    family = Expansions(5, 50)
    neurons = list(range(50))
    family.random(0)
    compare(
        benchmark,
        lambda: family.random(1, 10_000),
        lambda: [random.sample(neurons, 50) for _ in range(10_000)],
        1,
    )
