"""Tables of what operations mean: a function for each name of an operation."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["Handlers"]

C = TypeVar("C")


class Handlers(dict[str, Callable[[C], Any]], Generic[C]):
    """The handlers of operations by their names; a handler is called with the operation.

    Examples
    --------
    >>> table = Handlers[str]()
    >>> @table.handles("Add Sum")
    ... def add(operation):
    ...     return f"a sum in {operation}"
    >>> sorted(table), table["Sum"]("here")
    (['Add', 'Sum'], 'a sum in here')
    """

    def handles(self, names: str) -> Callable[[Callable[[C], Any]], Callable[[C], Any]]:
        """Return what registers a function for operations, their names parted by blanks."""

        def register(handler: Callable[[C], Any]) -> Callable[[C], Any]:
            for name in names.split():
                self[name] = handler
            return handler

        return register
