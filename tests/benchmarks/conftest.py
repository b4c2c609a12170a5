"""Every ratio of a run beside its goal; compiled and run as users' programs are."""

import os

from tests.benchmarks.side_by_side import RATIOS
from tests.conftest import SET

for name in SET:
    del os.environ[name]


def pytest_terminal_summary(terminalreporter):
    if not RATIOS:
        return
    terminalreporter.section("times the peer, and the goal")
    width = max(len(name) for name, _, _ in RATIOS)
    for name, ratio, goal in RATIOS:
        late = "" if ratio <= goal else "  missed"
        terminalreporter.write_line(f"{name:<{width}}  {ratio:>10.4g}  {goal:>10.4g}{late}")
