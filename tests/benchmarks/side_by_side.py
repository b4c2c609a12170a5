"""Two callables timed in turn in one run, so that a noisy machine slows both."""

from __future__ import annotations

import statistics
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
    rounds: int = 5,
    more: int = 20,
) -> float:
    """Assert that `ours` takes at most `at_most` times as long as `peer`.

    The two run in turn. The ratio is the smaller of two estimates, which other work on the machine
    spoils in different ways: the median of the rounds' ratios, and the ratio of the best times.
    While it is too large, up to `more` further rounds are run. It goes into the benchmark's
    record.
    """
    times: list[tuple[float, float]] = []
    ratio = float("inf")
    for done in range(rounds + more):
        if done >= rounds and ratio <= at_most:
            break
        times.append((seconds(ours), seconds(peer)))
        best, best_peer = map(min, zip(*times, strict=True))
        ratio = min(statistics.median(a / b for a, b in times), best / best_peer)
    benchmark.extra_info.update(ratio=round(ratio, 3), at_most=at_most, rounds=len(times))
    benchmark.pedantic(ours, rounds=1, iterations=1)
    print(f"{benchmark.name}: {ratio:.2f} times the peer, at most {at_most:g}")
    assert ratio <= at_most
    return ratio
