"""A folder in which an experiment keeps what is finished, so that it can go on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from critcount._support import checks, files
from critcount._support.cluster import each_on_cluster
from critcount._support.progress import silent
from critcount._support.types import Advance
from critcount._support.units import Units
from critcount.landscape.training import OUTCOMES, Training
from critcount.weights.network import Network

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Job", "Run"]

#: What makes a unit: its facts, and its network if it has one.
Job: TypeAlias = Callable[[], tuple[Mapping[str, Any], Network | None]]

RUN_MANIFEST = "run.json"
RUN_VERSION = 2


class Run(Units):
    """The finished units of one experiment: a `.json` file for each, its network beside it.

    A unit consists of facts, which JSON holds, and often of a network, in an `.npz` file that
    `Network.load` and ``critcount classify`` read. Every file appears whole or not at all, the
    facts last: a unit is finished when they are there.

    Parameters
    ----------
    folder : path or None
        Made when it is missing. None keeps nothing.
    experiment : str
        Its name.
    parameters : mapping
        All that the units depend on, and which units there are: numbers, numpy's among them,
        texts and lists.

    Raises
    ------
    OSError
        When the folder cannot be made or read.
    TypeError
        When a parameter is something else.
    ValueError
        When it holds another experiment, the same with other parameters, or something else.

    Notes
    -----
    The manifest ``run.json`` says what the folder holds. A run that is interrupted goes on with
    what is missing when it is called again with the same parameters.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> folder = os.path.join(tempfile.mkdtemp(), "run")
    >>> network = Network([np.ones((2, 1)), np.ones((1, 2))])
    >>> Run(folder, "toy", {"seed": 0}).write("a", {"loss": 0.5}, network)
    >>> run = Run(folder, "toy", {"seed": 0})
    >>> run.read("a"), run.network("a")
    ({'loss': 0.5}, <Network 1-2-1, no biases>)
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None, experiment: str, parameters: Mapping[str, Any]
    ) -> None:
        super().__init__(folder)
        if self.folder is None:
            return
        # as they read when they come back
        given = {"experiment": experiment, "parameters": dict(parameters)}
        wanted = json.loads(json.dumps(given, default=_plain))
        path = os.path.join(self.folder, RUN_MANIFEST)
        if os.path.exists(path):
            self._compare(path, wanted)
            return
        if found := [name for name in os.listdir(self.folder) if not name.startswith(".")]:
            raise ValueError(
                f"{self.folder} has no {RUN_MANIFEST} and holds {checks.show(min(found))}: name "
                "an empty folder or a new one"
            )
        text = json.dumps({"schema_version": RUN_VERSION, **wanted}, indent=1)
        files.put(text + "\n", path)

    def _compare(self, path: str, wanted: dict[str, Any]) -> None:
        try:
            found = json.loads(files.read_text(path))
            version, experiment = found["schema_version"], found["experiment"]
            parameters = dict(found["parameters"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path} is no manifest of an experiment") from error
        if version != RUN_VERSION:
            raise ValueError(
                f"{path} has schema version {checks.show(version)}, not {RUN_VERSION}"
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

    def network(self, key: str) -> Network:
        """Return the network of a unit that is finished.

        Raises
        ------
        OSError, ValueError
            When its file is missing, cannot be read or is damaged.
        """
        path = self.path(key, ".npz")
        try:
            return Network.load(path)
        except (FileNotFoundError, ValueError) as error:
            raise ValueError(
                f"{path} is missing or damaged: remove {key}.json too, and both are made again"
            ) from error

    def write(self, key: str, found: Mapping[str, Any], network: Network | None = None) -> None:
        """Keep a unit that is finished, its network first."""
        if self.folder is not None and network is not None:
            network.save(self.path(key, ".npz"))
        super().write(key, found)

    def made(
        self, jobs: Mapping[str, Job], client: Client | None = None, advance: Advance = silent
    ) -> dict[str, tuple[Mapping[str, Any], Network | None]]:
        """Return the facts of units, and the networks of those that were not finished.

        Parameters
        ----------
        jobs : mapping
            By the name of a unit what makes its facts and network.
        client : distributed.Client, optional
            The cluster that makes them; this process, one after another, by default. Files are
            written here, as soon as a unit has come.
        advance : callable
            Called with 1 for every unit that is there.
        """
        found: dict[str, tuple[Mapping[str, Any], Network | None]] = {}
        missing = []
        for key, job in jobs.items():
            if (facts := self.read(key)) is None:
                missing.append((key, job))
            else:
                found[key] = facts, None
                advance(1)
        done: Iterable[tuple[str, Mapping[str, Any], Network | None]]
        if client is None:
            done = (_named(key, job) for key, job in missing)
        else:
            done = each_on_cluster(_named, missing, client) if missing else ()
        for key, new, network in done:
            self.write(key, new, network)
            found[key] = new, network
            advance(1)
        return found

    def trainings(
        self,
        jobs: Mapping[str, Callable[[], Training]],
        client: Client | None = None,
        advance: Advance = silent,
    ) -> dict[str, Training]:
        """Return trainings by their names, from the folder or made and kept, as `made` does."""
        found = self.made(
            {key: partial(_facts, job) for key, job in jobs.items()}, client, advance
        )
        trained = {}
        for key in jobs:
            facts, network = found[key]
            trained[key] = Training(
                self.network(key) if network is None else network,
                float(facts["loss"]),
                float(facts["gradient_norm"]),
                bool(facts["converged"]),
                str(facts["message"]),
                checks.choice("outcome", facts["outcome"], OUTCOMES),
                int(facts["seed"]),
            )
        return trained


def _named(key: str, job: Job) -> tuple[str, Mapping[str, Any], Network | None]:
    return key, *job()


def _facts(train: Callable[[], Training]) -> tuple[Mapping[str, Any], Network]:
    found = train()
    names = ("seed", "loss", "gradient_norm", "converged", "message", "outcome")
    return {name: getattr(found, name) for name in names}, found.network


def other(usual: str, activation: str) -> dict[str, str]:
    """Return what the parameters of a run say of its activation: nothing of the usual one.

    So runs that were begun when there was no choice go on.

    >>> other("tanh", "tanh"), other("tanh", "gelu")
    ({}, {'activation': 'gelu'})
    """
    return {} if activation == usual else {"activation": activation}


def _plain(value: object) -> object:
    """Return a number of numpy as Python's, which JSON knows."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a parameter must be a number, a text or a list, not {checks.show(value)}")


def _shown(value: object) -> str:
    return "nothing" if value is None else checks.show(value)
