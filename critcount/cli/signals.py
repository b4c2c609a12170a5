"""Signals while a command runs: an exception each, so that temporary files are removed."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

__all__ = ["INTERRUPT", "ignore", "raising"]

INTERRUPT = signal.SIGINT
#: those that end a process and that this system has: Windows lacks SIGHUP
_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextlib.contextmanager
def raising() -> Iterator[list[int]]:
    """Raise an exception at a signal that ends a process; yields the list of those received.

    A signal that is ignored stays so, as that of a closed terminal under ``nohup``. Afterwards
    the handlers are those of before.
    """
    received: list[int] = []

    def receive(number: int, frame: FrameType | None) -> NoReturn:
        received.append(number)
        if number == INTERRUPT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    def swallowed(found: sys.UnraisableHookArgs) -> None:
        """Raise once more what came while nothing could be raised, as in a destructor."""
        if received and isinstance(found.exc_value, KeyboardInterrupt | SystemExit):
            again = threading.Timer(0.01, _send, received[:1])
            again.daemon = True
            again.start()
        else:
            report(found)

    report, before = sys.unraisablehook, {}
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in _ENDING}
    try:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, receive)
        if before:
            sys.unraisablehook = swallowed
        yield received
    finally:
        sys.unraisablehook = report
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)


def _send(number: int) -> None:
    """Send a signal to the main thread, which may wait for something."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


def ignore() -> None:
    """Let no signal interrupt what is left to do."""
    if threading.current_thread() is threading.main_thread():
        for number in _ENDING:
            if signal.getsignal(number) is not None:
                signal.signal(number, signal.SIG_IGN)
