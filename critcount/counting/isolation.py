"""Ball arithmetic in a process of its own where other threads would see its precision.

The precision of FLINT's balls is one number for the whole process. A function that needs its own
sets it and puts it back; another thread that runs in between computes with it, and may change it
under the function's feet. While this process has one thread nobody sees that. With others the
function runs in a helper process, started at its first call, that has no other threads: neither
side ever sees the precision of the other. A bundled program, which cannot start Python, computes
in place; what it returns is checked all the same.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import io
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any, ParamSpec, TypeVar

from flint import arb, ctx

__all__ = ["isolated", "precision"]

P = ParamSpec("P")
R = TypeVar("R")

#: one thread at a time sets the precision, and one at a time speaks to the helper
_LOCK = threading.RLock()
#: the helper and the process that started it
_helper: tuple[subprocess.Popen[bytes], int] | None = None


def isolated(function: Callable[P, R]) -> Callable[P, R]:
    """Let a public function run where no other thread sees or changes the precision.

    Its arguments, its result and its exceptions travel by pickle; balls may be among them.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not others_run():
            return function(*args, **kwargs)
        found: R = _ask((function.__module__, function.__qualname__, args, kwargs))
        return found

    return run


@contextlib.contextmanager
def precision(bits: int) -> Iterator[None]:
    """Give ball arithmetic so many bits in the block."""
    with _LOCK:
        before = ctx.prec
        ctx.prec = bits
        try:
            yield
        finally:
            ctx.prec = before


def others_run() -> bool:
    """Tell whether other threads might see this one's precision, and there is a way around."""
    frozen = getattr(sys, "frozen", False) or not sys.executable
    return threading.active_count() > 1 and not frozen


def serve() -> None:
    """Answer the calls on standard input until it ends; what the helper does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the caller
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            module, name, args, kwargs = pickle.load(requests)
        except EOFError:
            return
        try:
            answer = (True, getattr(importlib.import_module(module), name)(*args, **kwargs))
        except Exception as error:
            answer = (False, error)
        _send(answer, answers)


def _ask(request: tuple[Any, ...]) -> Any:
    """Send a call to the helper and return its answer, or raise it."""
    global _helper
    with _LOCK:
        done = False
        try:
            pipe_in, pipe_out = _pipes()
            _send(request, pipe_in)
            fine, answer = pickle.load(pipe_out)
            done = True
        except (EOFError, BrokenPipeError) as error:
            raise RuntimeError("the process that computes with balls has ended") from error
        finally:
            if not done:  # an interrupt: what would come now answers nothing
                _stop()
    if not fine:
        raise answer
    return answer


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Return the helper's standard input and output, of one that this process has started."""
    global _helper
    if _helper is None or _helper[1] != os.getpid() or _helper[0].poll() is not None:
        program = "from critcount.counting.isolation import serve; serve()"
        path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        _helper = process, os.getpid()
    process, _ = _helper
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process that computes with balls has no pipes")
    return process.stdin, process.stdout


@atexit.register
def _stop() -> None:
    """End the helper of this process."""
    global _helper
    if _helper is not None and _helper[1] == os.getpid():
        process, _ = _helper
        _helper = None
        process.kill()
        with process:  # closes its pipes and waits
            pass


def _send(what: object, stream: IO[bytes]) -> None:
    buffer = io.BytesIO()
    _Pickler(buffer).dump(what)
    stream.write(buffer.getvalue())
    stream.flush()


class _Pickler(pickle.Pickler):
    """A pickler that knows balls."""

    def reducer_override(self, obj: object) -> Any:
        if type(obj) is arb:
            parts = (obj.mid().man_exp(), obj.rad().man_exp())
            return _ball, tuple((int(man), int(exp)) for man, exp in parts)
        return NotImplemented


def _ball(middle: tuple[int, int], radius: tuple[int, int]) -> arb:
    """Return the ball with this middle, and this radius or one that is larger in its last bit."""
    return arb(middle, arb(radius)) if radius[0] else arb(middle)
