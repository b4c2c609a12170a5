"""Standard output and standard error, in whatever state they come."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import warnings
from typing import IO

import click

__all__ = ["finish", "note", "prepare_streams", "print_error", "remark", "say"]


class _Closed(io.TextIOBase):
    """A standard output that the caller closed: nobody would see what is written."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    @property
    def buffer(self) -> _Closed:
        """What takes bytes is closed as well."""
        return self

    def write(self, text: object, /) -> int:
        if text:
            raise OSError(errno.EBADF, "is closed", "standard output")
        return 0


def prepare_streams() -> None:
    """Make the standard streams of this process ready for use.

    What is written to standard output is UTF-8, as in a file; a terminal that speaks another
    encoding shows what it cannot show by its number. A stream that is closed stays so, and no
    file takes its place.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = _Closed()
    elif isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of libraries, which mean their callers


def say(message: str) -> None:
    """One line on standard error, whatever the message holds; where that is shut, nothing."""
    line = "".join(c if c.isprintable() else " " for c in message)
    if len(line) > 4000:
        line = line[:2000] + " ... " + line[-1000:]
    print_error(f"critcount: {line}\n")


def remark(message: str) -> None:
    """A line on standard error that may be missed, and that --quiet leaves out."""
    context = click.get_current_context(silent=True)
    if context is None or not context.meta.get("critcount.quiet"):
        say(message)


def note(message: str) -> None:
    """A remark about the data on standard output."""
    remark(f"note: {message}")


def print_error(text: str) -> None:
    """Write a text to standard error; where that is shut or full, nothing is done."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        _silence(sys.stderr)


def finish(code: int) -> int:
    """Write the last bytes of standard output, and return the exit code as it is then."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)  # the reader has seen enough
    except OSError as error:
        _silence(sys.stdout)
        if code in (0, 1):
            say(f"standard output: {error.strerror or error}")
            code = 2
    except ValueError:  # closed by the caller
        pass
    return code


def _silence(stream: IO[str] | None) -> None:
    """Keep the interpreter from failing to flush a stream once more at its end."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
