"""The published table of models: the order of the permutation symmetry of real architectures."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from critcount._support import checks, markup
from critcount._support.columns import frame
from critcount.architecture import Architecture
from critcount.counting.network import permutation_point_factor

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ModelEntry", "model_table", "read_models"]

_KEYS = {"name", "factorials", "duplicable", "families", "gaps"}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What was found of a model.

    Attributes
    ----------
    name : str
    factorials : tuple of (n, times)
        How often n! occurs in the order of the group.
    duplicable : tuple of (units, copies)
        The families whose units may be split in two.
    families : int
        The number of families.
    gaps : int
        Operations that were not understood; the order is a lower bound then.
    """

    name: str
    factorials: tuple[tuple[int, int], ...]
    duplicable: tuple[tuple[int, int], ...]
    families: int
    gaps: int

    def _repr_html_(self) -> str:
        return markup.record(self)


def read_models(path: str | os.PathLike[str]) -> list[ModelEntry]:
    """Return the models of a TOML file, written from the models themselves.

    Raises
    ------
    OSError
        When the file cannot be read.
    ValueError
        When it is no such file; the message says which model.
    """
    where = os.fspath(path)
    try:
        with open(path, "rb") as stream:
            document = tomllib.load(stream)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: is no TOML: {error}") from error
    entries = document.get("model")
    if not isinstance(entries, list) or not entries or set(document) != {"model"}:
        raise ValueError(f"{where}: must hold a list of [[model]] entries and nothing else")
    return [_entry(entry, f"{where}: model {k}") for k, entry in enumerate(entries, start=1)]


def _entry(entry: object, where: str) -> ModelEntry:
    if not isinstance(entry, dict) or set(entry) != _KEYS or not isinstance(entry["name"], str):
        raise ValueError(f"{where}: must have the keys {', '.join(sorted(_KEYS))}")
    pairs = {}
    for key in ("factorials", "duplicable"):
        try:
            pairs[key] = tuple(
                (
                    checks.integer(key, n, minimum=2),
                    checks.integer(key, times, minimum=1),
                )
                for n, times in entry[key]
            )
        except (TypeError, ValueError) as error:
            raise ValueError(f"{where}: {key} must be pairs of whole numbers: {error}") from error
    families = checks.integer("families", entry["families"], minimum=0)
    gaps = checks.integer("gaps", entry["gaps"], minimum=0)
    return ModelEntry(entry["name"], pairs["factorials"], pairs["duplicable"], families, gaps)


def model_table(entries: Iterable[ModelEntry]) -> pd.DataFrame:
    """Return a row for each model.

    Returns
    -------
    pandas.DataFrame
        Columns model, order (a product of factorials, 1! when nothing can be exchanged,
        "at least" where there are gaps),
        log10, families, duplicable (families, each with its copies), first_order: the
        permutation points of order 1 for each minimum, Σ (n - 1)/2 over the duplicable families.

    Examples
    --------
    >>> entry = ModelEntry("small", ((4, 1), (2, 2)), ((4, 1),), 2, 0)
    >>> model_table([entry])["order"].tolist(), model_table([entry])["first_order"].tolist()
    (['4! 2!^2'], [Fraction(3, 2)])
    >>> model_table([ModelEntry("fixed", (), (), 0, 0)])["order"].tolist()
    ['1!']
    """
    rows = []
    for entry in entries:
        order = " ".join(f"{n}!" if t == 1 else f"{n}!^{t}" for n, t in entry.factorials)
        log10 = math.fsum(t * math.lgamma(n + 1) for n, t in entry.factorials) / math.log(10)
        first = sum(
            (
                copies * permutation_point_factor(Architecture((1, n, 1)), 1)
                for n, copies in entry.duplicable
            ),
            Fraction(0),
        )
        rows.append(
            (
                entry.name,
                f"at least {order or '1!'}" if entry.gaps else order or "1!",
                round(log10, 2),
                entry.families,
                sum(copies for _, copies in entry.duplicable),
                first,
            )
        )
    names = ["model", "order", "log10", "families", "duplicable", "first_order"]
    return frame(names, rows)
