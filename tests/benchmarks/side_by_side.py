"""Two callables timed in turn in one run, so that a noisy machine slows both."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(
    benchmark: Any,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    at_most: float,
    *,
    rounds: int = 3,
    more: int = 12,
) -> float:
    """Assert that the best time of `ours` is at most `at_most` times the best of `peer`.

    Both run in turn; while the ratio is too large, up to `more` further rounds are run, since
    noise only ever adds time. The ratio goes into the benchmark's record.
    """
    best, best_peer = float("inf"), float("inf")
    for done in range(rounds + more):
        if done >= rounds and best <= at_most * best_peer:
            break
        best = min(best, seconds(ours))
        best_peer = min(best_peer, seconds(peer))
    ratio = best / best_peer
    benchmark.extra_info.update(ratio=round(ratio, 3), at_most=at_most, peer_seconds=best_peer)
    benchmark.pedantic(ours, rounds=1, iterations=1)
    print(f"{benchmark.name}: {ratio:.2f} times the peer, at most {at_most:g}")
    assert ratio <= at_most
    return ratio
