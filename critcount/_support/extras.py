"""Libraries that only some of the functions need, and that an extra of critcount installs."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["optional", "pyarrow"]


def optional(module: str, extra: str, need: str) -> Any:
    """Return a module, or say which extra installs it.

    Parameters
    ----------
    module : str
        Its name in an import.
    extra : str
        The extra of critcount that has it.
    need : str
        What needs what, the beginning of the message.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        When it is not installed.

    Examples
    --------
    >>> optional("no_such_module", "plot", "figures need no_such_module")
    Traceback (most recent call last):
        ...
    ImportError: figures need no_such_module: pip install 'critcount[plot]'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f"{need}: pip install 'critcount[{extra}]'") from error


def pyarrow() -> Any:
    """Return pyarrow, its Parquet part imported too."""
    for module in ("pyarrow", "pyarrow.parquet"):
        optional(module, "parquet", "Parquet needs pyarrow")
    return importlib.import_module("pyarrow")
