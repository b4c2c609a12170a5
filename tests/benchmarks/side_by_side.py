"""Two callables timed in turn in one run, so that a noisy machine slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

#: (benchmark, times the peer, goal) of this run
RATIOS: list[tuple[str, float, float]] = []


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_seconds(work: Callable[[], Any]) -> float:
    """Seconds of processor time, of all threads: what waits for other work does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(
    benchmark: Any,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    at_most: float,
    *,
    rounds: int = 5,
    more: int = 20,
) -> float:
    """Time `ours`, whose goal is to take at most `at_most` times as long as `peer`; the ratio.

    The two run in turn. The ratio is the smaller of two estimates, which other work on the machine
    spoils in different ways: the median of the rounds' ratios, and the ratio of the best times.
    While it is too large, up to `more` further rounds are run.
    """
    times: list[tuple[float, float]] = []
    ratio = float("inf")
    for done in range(rounds + more):
        if done >= rounds and ratio <= at_most:
            break
        times.append((seconds(ours), seconds(peer)))
        best, best_peer = map(min, zip(*times, strict=True))
        ratio = min(statistics.median(a / b for a, b in times), best / best_peer)
    benchmark.pedantic(ours, rounds=1, iterations=1)
    record(benchmark.name, ratio, at_most)
    return ratio


def record(name: str, ratio: float, goal: float) -> None:
    """Put a ratio beside its goal into the table at the end; fail only beyond twice the goal.

    A busy machine may miss a goal; what misses it by a factor of two has become slower.
    """
    RATIOS.append((name, ratio, goal))
    assert ratio <= 2 * goal, f"{ratio:.3g} times the peer, more than twice the goal of {goal:g}"
