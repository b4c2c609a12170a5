"""Finished units of long work, kept in a folder, so that it can go on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from critcount._support import files

__all__ = ["Units"]


class Units:
    """What is finished: a JSON file for each unit, there whole or not at all.

    Parameters
    ----------
    folder : path or None
        Made when it is missing. None keeps nothing.
    unbounded : bool
        Whether numbers may be infinite or NaN, which JSON does not know.

    Raises
    ------
    OSError
        When the folder cannot be made.

    Examples
    --------
    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "run")
    >>> Units(folder).write("a", {"loss": 0.5})
    >>> Units(folder).read("a"), Units(folder).read("b"), Units(None).read("a")
    ({'loss': 0.5}, None, None)
    """

    def __init__(self, folder: str | os.PathLike[str] | None, *, unbounded: bool = False) -> None:
        self._unbounded = unbounded
        self.folder = None if folder is None else os.fspath(folder)
        if self.folder is not None:
            os.makedirs(self.folder, exist_ok=True)

    def path(self, key: str, suffix: str = ".json") -> str:
        """Return where a file of a unit is."""
        return os.path.join(self.folder or "", f"{key}{suffix}")

    def read(self, key: str) -> dict[str, Any] | None:
        """Return what a unit has found, or None when it is not finished.

        Raises
        ------
        OSError, ValueError
            When its file cannot be read or is damaged.
        """
        if self.folder is None:
            return None
        try:
            found = json.loads(files.read_text(self.path(key)))
            if not isinstance(found, dict):
                raise ValueError("no object")
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError) as error:
            raise self.damaged(key) from error
        return found

    def write(self, key: str, found: Mapping[str, object]) -> None:
        """Keep what a unit has found, which JSON can hold."""
        if self.folder is not None:
            text = json.dumps(dict(found), allow_nan=self._unbounded)
            files.put(text + "\n", self.path(key))

    def damaged(self, key: str) -> ValueError:
        """Return the error that says how to make a unit again."""
        return ValueError(f"{self.path(key)} is damaged: remove it, and it is made again")
