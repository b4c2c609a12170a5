"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from typing import IO, Any


def put(payload: str | bytes, target: str | os.PathLike[str] | IO[Any]) -> None:
    """Write a text or bytes to a stream, or to a path whole or not at all."""
    if isinstance(target, str | os.PathLike):
        with whole_file(target, binary=isinstance(payload, bytes)) as stream:
            stream.write(payload)
    else:
        target.write(payload)


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str], *, binary: bool = False) -> Iterator[IO[Any]]:
    r"""Open a file that appears under its name only when the block ends without an error.

    The bytes go to a temporary file beside it, which is renamed at the end and removed on any
    error, an interrupt included. A device or pipe is written directly.

    Parameters
    ----------
    path : path
    binary : bool
        Text is UTF-8 with ``\n`` line ends.

    Raises
    ------
    OSError
        When the path is a folder, its folder is missing or cannot be written, the disk is full.
    """
    if not os.fspath(path):
        raise ValueError("the output path is empty")
    name = os.path.realpath(path)
    mode = "wb" if binary else "w"
    text: dict[str, Any] = {} if binary else {"encoding": "utf-8", "newline": "\n"}
    if os.path.isdir(name):
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file", os.fspath(path))
    folder = os.path.dirname(name)
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "its folder does not exist", os.fspath(path))
    before = os.stat(name).st_mode if os.path.exists(name) else None
    if before is not None and not os.access(name, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
    whole = before is None or stat.S_ISREG(before)
    temporary = os.path.join(folder, f".critcount.{secrets.token_hex(4)}.part")
    try:
        with open(temporary if whole else name, mode, **text) as stream:
            yield stream
        if whole:
            if before is not None:
                os.chmod(temporary, stat.S_IMODE(before))
            os.replace(temporary, name)
    except OSError as error:
        if error.filename in (None, temporary):  # say the name that the caller knows
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise
    finally:
        if whole:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
