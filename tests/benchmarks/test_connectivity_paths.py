"""Walks and the meeting kernel against deciding single pairs: plain Python, linear in m."""

from __future__ import annotations

import numpy as np
import pytest

from critcount import Configuration, Expansions
from critcount.configurations.meeting import meet, meeting
from critcount.connectivity import distance_bounds, path
from tests.benchmarks.side_by_side import compare, record, seconds
from tests.oracles.connectivity_pairs import random_word

pytestmark = pytest.mark.benchmark

M = 100_000


def ends(r, m, zero):
    rng = np.random.default_rng([r, m])
    return [Configuration.from_word(random_word(rng, r, m, zero), r) for _ in range(2)]


@pytest.mark.parametrize(
    ("r", "zero"), [(50_000, 0.3), (50_000, 1.0), (90_000, 0.3), (99_990, 0.5), (99_999, 1.0)]
)
def test_path_against_one_join(benchmark, r, zero):
    a, b = ends(r, M, zero)
    compare(benchmark, lambda: path(a, b), lambda: a.meets(b), 100, rounds=1, more=4)


def test_path_is_nearly_linear_in_the_width(benchmark):
    small, large = ends(5_000, 10_000, 0.3), ends(50_000, M, 0.3)
    compare(benchmark, lambda: path(*large), lambda: path(*small), 30, rounds=1, more=4)


def test_bounds_against_one_join(benchmark):
    a, b = ends(50_000, M, 0.3)
    compare(benchmark, lambda: distance_bounds(a, b), lambda: a.meets(b), 2)


def test_meeting_of_blocks_against_single_pairs(benchmark):
    words = Expansions(3, 7).words()
    some = words[:: len(words) // 1000][:1000]
    single = seconds(lambda: [meet(some[0], word, 3) for word in some])
    pairs = len(some) * len(words)
    taken = seconds(lambda: meeting(some, words, 3))
    faster = single / len(some) / (taken / pairs)
    benchmark.pedantic(lambda: meeting(some[:50], words, 3), rounds=1, iterations=1)
    print(f"{benchmark.name}: {pairs / taken:.3g} pairs a second")
    record(benchmark.name, 1 / faster, 1 / 200)
