"""Files that appear whole or not at all, and the one way to everything else that takes output."""

from __future__ import annotations

import contextlib
import errno
import glob
import io
import os
import re
import secrets
import stat
from collections.abc import Iterator
from typing import IO, Any

from critcount._support.errors import SizeLimitError

try:
    import fcntl
except ImportError:  # Windows, where nobody can remove a file that another process has open
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "abandon",
    "alone",
    "check_target",
    "put",
    "read_text",
    "remove_leftovers",
    "whole_file",
]

#: Most bytes of a text that is read: lists, manifests, the results of a unit of work.
MAX_TEXT = 1 << 26

#: Temporary files of this process that are being written.
_UNFINISHED: set[str] = set()

_DESCRIPTOR = re.compile(r"/proc/(?:self|thread-self|[0-9]+)/(?:task/[0-9]+/)?fd/([0-9]+)")


def put(payload: str | bytes, target: str | os.PathLike[str] | IO[Any]) -> None:
    """Write a text or bytes to a stream, or to a path whole or not at all."""
    if isinstance(target, str | os.PathLike):
        with whole_file(target, binary=isinstance(payload, bytes)) as stream:
            stream.write(payload)
    else:
        target.write(payload)


@contextlib.contextmanager
def whole_file(
    path: str | os.PathLike[str], *, binary: bool = False, sweeping: bool = True
) -> Iterator[IO[Any]]:
    r"""Open a file that appears under its name only when the block ends without an error.

    The bytes go to a temporary file beside it, which is renamed at the end and removed on any
    error, an interrupt included. What a process that was killed left in the folder is removed.

    A pipe, a device, and what a link in ``/dev`` or ``/proc`` leads to (``/dev/stdout``,
    ``/dev/fd/3``, a shell's ``>(…)``) is no place for a new file: it is written directly, through
    the descriptor that is open, at its present end.

    Parameters
    ----------
    path : path
    binary : bool
        Text is UTF-8 with ``\n`` line ends.
    sweeping : bool
        Whether to look for what others left; a caller that writes many files does it itself, with
        `remove_leftovers`.

    Raises
    ------
    ValueError
        When the path is empty.
    OSError
        When the path is a folder, its folder is missing or cannot be written, the disk is full.
    """
    check_target(path)
    given = os.fspath(path)
    mode = "wb" if binary else "w"
    # a name that is not UTF-8, in a text such as the command that wrote it, keeps its bytes
    text: dict[str, Any] = (
        {} if binary else {"encoding": "utf-8", "newline": "\n", "errors": "surrogateescape"}
    )
    try:
        if (opened := _opened(given)) is not None:
            onward: IO[Any] = io.BufferedWriter(_Onward(opened))
            with onward if binary else io.TextIOWrapper(onward, **text) as stream:
                yield stream
            return
        name = os.path.realpath(given)
        before = os.stat(name).st_mode if os.path.exists(name) else None
        if sweeping:
            remove_leftovers(os.path.dirname(name))
        with _temporary(os.path.dirname(name)) as (temporary, descriptor):
            with open(descriptor, mode, **text) as stream:
                yield stream
            if before is not None:
                os.chmod(temporary, stat.S_IMODE(before))
            os.replace(temporary, name)
    except OSError as error:
        hidden = error.filename is None or _is_temporary(error.filename)
        if hidden and not isinstance(error, BrokenPipeError):  # say the name the caller knows
            raise OSError(error.errno, error.strerror or str(error), given) from error
        raise


def check_target(path: str | os.PathLike[str]) -> None:
    """Refuse a path that `whole_file` could not write, before there is anything to write.

    Raises
    ------
    ValueError, OSError
        As `whole_file`.
    """
    given = os.fspath(path)
    if not given:
        raise ValueError("the output path is empty")
    if "\0" in given:
        raise ValueError("the output path holds a null character")
    if os.path.isdir(given):
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file", given)
    folder, last = os.path.split(given)
    if last in ("", os.curdir, os.pardir):
        raise FileNotFoundError(errno.ENOENT, "is a folder that does not exist", given)
    if folder and not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "its folder does not exist", given)
    name = os.path.realpath(given)
    if os.path.islink(name):
        raise OSError(errno.ELOOP, "leads through links without an end", given)
    folder = os.path.dirname(name)
    if not os.path.exists(given):
        if f"{folder}/".startswith("/proc/"):
            raise FileNotFoundError(errno.ENOENT, "is not open", given)
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, "its folder does not exist", given)
    else:
        kind = os.stat(given).st_mode
        if stat.S_ISSOCK(kind):
            raise OSError(errno.ENXIO, "is a socket, not a file", given)
        if _through_device(given) or not stat.S_ISREG(kind):
            return
        if not os.access(name, os.W_OK):
            raise PermissionError(errno.EACCES, "Permission denied", given)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "its folder cannot be written", given)


def read_text(path: str | os.PathLike[str], limit: int = MAX_TEXT) -> str:
    """Return the text in a UTF-8 file that people write, or we.

    Raises
    ------
    OSError
        When it cannot be read.
    ValueError
        When it is not UTF-8.
    SizeLimitError
        When it holds more bytes than the limit, 64 MiB, as a device may.
    """
    with open(path, "rb") as stream:
        found = stream.read(limit + 1)
    if len(found) > limit:
        raise SizeLimitError(f"{os.fspath(path)}: holds more than {limit:,} bytes, the limit")
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{os.fspath(path)}: is not UTF-8 text") from error


@contextlib.contextmanager
def alone(folder: str | os.PathLike[str], *, among_others: bool = False) -> Iterator[None]:
    """Keep other processes from writing into a folder in the block, where the system has locks.

    Parameters
    ----------
    folder : path
    among_others : bool
        Whether others may write at the same time who say the same.

    Raises
    ------
    OSError
        When another process writes into it.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(
                descriptor, (fcntl.LOCK_SH if among_others else fcntl.LOCK_EX) | fcntl.LOCK_NB
            )
        except BlockingIOError:
            message = "another process is writing into this folder"
            raise BlockingIOError(errno.EWOULDBLOCK, message, os.fspath(folder)) from None
        except OSError:  # a file system without locks on folders
            pass
        yield
    finally:
        os.close(descriptor)


def abandon() -> None:
    """Remove what this process has begun: it ends before its files are whole."""
    while _UNFINISHED:
        with contextlib.suppress(OSError):
            os.unlink(_UNFINISHED.pop())


def remove_leftovers(folder: str | os.PathLike[str]) -> None:
    """Remove the temporary files in a folder that no process holds: their writers were killed."""
    for path in glob.glob(os.path.join(glob.escape(os.fspath(folder)), ".critcount.*.part")):
        with contextlib.suppress(OSError):
            if fcntl is not None:
                descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(path)
                finally:
                    os.close(descriptor)
            else:
                os.unlink(path)


@contextlib.contextmanager
def _temporary(folder: str) -> Iterator[tuple[str, int]]:
    """A new file in a folder and a descriptor of it; the file is this process's to the end."""
    held: int | None = None
    path = ""
    try:
        while True:
            path = os.path.join(folder, f".critcount.{secrets.token_hex(4)}.part")
            _UNFINISHED.add(path)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            descriptor = os.open(path, flags, 0o666)
            if fcntl is None:
                break
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.exists(path):  # nobody swept it in between
                held = os.dup(descriptor)
                break
            os.close(descriptor)
            _UNFINISHED.discard(path)
        yield path, descriptor
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)
        _UNFINISHED.discard(path)
        if held is not None:
            os.close(held)


def _is_temporary(name: object) -> bool:
    return isinstance(name, str) and os.path.basename(name).startswith(".critcount.")


def _opened(path: str) -> int | None:
    """A descriptor of what is no regular file or is reached through a device; else None."""
    device = _through_device(path)
    if device is not None and (found := _DESCRIPTOR.fullmatch(device)):
        owner = device.split("/")[2]
        if owner in ("self", "thread-self", str(os.getpid())):
            # opened anew, a file would be emptied and written from its beginning
            return os.dup(int(found[1]))
    if device is None and (not os.path.exists(path) or stat.S_ISREG(os.stat(path).st_mode)):
        return None
    return os.open(path, os.O_WRONLY | os.O_APPEND)


def _through_device(path: str) -> str | None:
    """The link in /dev or /proc through which a path leads, that of a descriptor if any."""
    found = None
    for _ in range(40):  # as many links as Linux follows
        folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        path = os.path.join(folder, os.path.basename(path))
        if not os.path.islink(path):
            break
        if f"{folder}/".startswith(("/dev/", "/proc/")):
            found = path
        if _DESCRIPTOR.fullmatch(path):
            break
        path = os.path.join(folder, os.readlink(path))
    return found


class _Onward(io.FileIO):
    """A descriptor that is only written onward: what lies before is not its writer's."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb")
        self._written = 0

    def write(self, data: Any, /) -> int:
        written = super().write(data) or 0
        self._written += written
        return written

    def tell(self) -> int:
        return self._written

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise io.UnsupportedOperation("seek")
