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

    The two run in turn, and the ratio is the median of the rounds' ratios: what slows the machine
    for a while slows both halves of a round. While it is too large, up to `more` further rounds
    are run. The ratio goes into the benchmark's record.
    """
    ratios: list[float] = []
    for done in range(rounds + more):
        if done >= rounds and statistics.median(ratios) <= at_most:
            break
        ratios.append(seconds(ours) / seconds(peer))
    ratio = statistics.median(ratios)
    benchmark.extra_info.update(ratio=round(ratio, 3), at_most=at_most, rounds=len(ratios))
    benchmark.pedantic(ours, rounds=1, iterations=1)
    print(f"{benchmark.name}: {ratio:.2f} times the peer, at most {at_most:g}")
    assert ratio <= at_most
    return ratio
