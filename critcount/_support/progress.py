"""How far work has come: a bar on stderr, or nothing.

A function that takes long has an argument `advance`, called with numbers of units, or parts of
one, as they are done; `silent` is its default.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from critcount._support.types import Advance

__all__ = ["progress_bar", "silent"]


def silent(steps: float) -> None:
    """Take note of nothing."""


@contextlib.contextmanager
def progress_bar(label: str, total: int | None) -> Iterator[Advance]:
    """Show a bar on stderr for work that takes more than a second; yields advance(steps).

    Nothing is shown, and rich not imported, before a second has passed or where stderr is no
    terminal.
    """
    start = time.monotonic()
    done: float = 0
    stack = contextlib.ExitStack()
    bar: Any = None
    task: Any = None

    def advance(steps: float = 1) -> None:
        nonlocal bar, task, done
        done += steps
        if bar is None and sys.stderr.isatty() and time.monotonic() - start > 1:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            console = Console(stderr=True)
            bar = stack.enter_context(
                Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
            )
            task = bar.add_task(label, total=total)
        if bar is not None:
            bar.update(task, completed=done)

    with stack:
        yield advance
