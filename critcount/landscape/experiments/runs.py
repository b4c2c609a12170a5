"""A folder in which an experiment keeps what is finished, so that it can go on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from critcount import checks, files, weight_files
from critcount.weights.network import Array

__all__ = ["Run"]

MANIFEST = "run.json"
SCHEMA_VERSION = 1


class Run:
    """The finished units of one experiment: one `.npz` file for each, whole or not at all.

    Parameters
    ----------
    folder : path or None
        Made when it is missing. None keeps nothing.
    experiment : str
        Its name.
    parameters : mapping
        All that the units depend on, and which units there are: numbers, texts and lists.

    Raises
    ------
    OSError
        When the folder cannot be made or read.
    ValueError
        When it holds another experiment, the same with other parameters, or something else.

    Notes
    -----
    The manifest ``run.json`` says what the folder holds. A run that is interrupted leaves
    whole files only; the same call goes on with what is missing.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> folder = os.path.join(tempfile.mkdtemp(), "run")
    >>> Run(folder, "toy", {"seed": 0}).write("a", {"x": np.ones(2)})
    >>> Run(folder, "toy", {"seed": 0}).read("a")
    {'x': array([1., 1.])}
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None, experiment: str, parameters: Mapping[str, Any]
    ) -> None:
        self.folder = None if folder is None else os.fspath(folder)
        if self.folder is None:
            return
        # as they read when they come back
        wanted = json.loads(json.dumps({"experiment": experiment, "parameters": dict(parameters)}))
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, MANIFEST)
        if os.path.exists(path):
            self._compare(path, wanted)
            return
        if found := [name for name in os.listdir(self.folder) if not name.startswith(".")]:
            raise ValueError(
                f"{self.folder} has no {MANIFEST} and holds {checks.show(min(found))}: name an "
                "empty folder or a new one"
            )
        text = json.dumps({"schema_version": SCHEMA_VERSION, **wanted}, indent=1)
        files.put(text + "\n", path)

    def _compare(self, path: str, wanted: dict[str, Any]) -> None:
        try:
            with open(path, encoding="utf-8") as stream:
                found = json.load(stream)
            version, experiment = found["schema_version"], found["experiment"]
            parameters = dict(found["parameters"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path} is no manifest of an experiment") from error
        if version != SCHEMA_VERSION:
            raise ValueError(
                f"{path} has schema version {checks.show(version)}, not {SCHEMA_VERSION}"
            )
        if experiment != wanted["experiment"]:
            raise ValueError(
                f"{self.folder} holds the experiment {checks.show(experiment)}, not "
                f"{checks.show(wanted['experiment'])}: name another folder"
            )
        other = "name another folder, or the same parameters"
        for name in sorted({*parameters, *wanted["parameters"]}):
            was, now = parameters.get(name), wanted["parameters"].get(name)
            if was != now:
                raise ValueError(
                    f"{self.folder} was begun with {name} = {_shown(was)}, not {_shown(now)}: "
                    f"{other}"
                )

    def path(self, key: str) -> str | None:
        """Return the path of a unit's file; None where nothing is kept."""
        return None if self.folder is None else os.path.join(self.folder, f"{key}.npz")

    def finished(self, key: str) -> bool:
        """Return whether a unit's file is there."""
        path = self.path(key)
        return path is not None and os.path.exists(path)

    def read(self, key: str) -> dict[str, Array] | None:
        """Return the arrays of a unit, or None when it is not finished.

        Raises
        ------
        OSError, ValueError
            When its file cannot be read or is damaged.
        """
        path = self.path(key)
        if path is None or not os.path.exists(path):
            return None
        return {name: tensor.values for name, tensor in weight_files.load(path).items()}

    def write(self, key: str, arrays: Mapping[str, Array]) -> None:
        """Keep the arrays (float64) of a unit that is finished."""
        if path := self.path(key):
            weight_files.save(path, arrays.items())


def _shown(value: Any) -> str:
    return "nothing" if value is None else checks.show(value)
