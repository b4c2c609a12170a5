"""Validation of arguments and size limits: plain functions that name argument, rule and value."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable
from typing import Any, TypeVar

from critcount._support.errors import SizeLimitError

__all__ = ["choice", "integer", "integers", "many", "memory", "show", "size"]

Option = TypeVar("Option", bound=str)


def show(value: object) -> str:
    """Return a value as an error message shows it: short, on one line, whatever its size.

    >>> show("x"), show(12), show(10**5000)
    ("'x'", '12', 'an integer of about 5,001 digits')
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**40:
        sign = "a negative" if value < 0 else "an"
        return f"{sign} integer of about {int(value.bit_length() * math.log10(2)) + 1:,} digits"
    if isinstance(value, list | tuple) and len(value) > 20:
        return f"a {type(value).__name__} of {len(value):,} items"
    try:
        text = repr(value)
    except ValueError:  # an integer inside has more digits than Python converts
        return f"a {type(value).__name__} that holds a very long integer"
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= 80 else text[:77] + "..."


def integer(
    name: str, value: Any, *, minimum: int | None = None, maximum: int | None = None
) -> int:
    """Return `value` as a Python int when it is one, numpy integers included.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : int or numpy.integer
        What was received.
    minimum, maximum : int, optional
        Inclusive bounds.

    Returns
    -------
    int

    Raises
    ------
    TypeError
        For bool, float, str and everything else that is no integer.
    ValueError
        Outside the bounds.

    Examples
    --------
    >>> integer("m", 3, minimum=0)
    3
    >>> integer("m", -1, minimum=0)
    Traceback (most recent call last):
        ...
    ValueError: m must be at least 0, not -1
    >>> integer("m", 2.0)
    Traceback (most recent call last):
        ...
    TypeError: m must be an integer, not 2.0 (float)
    """
    # numpy's truth values by name: older versions let them pass for integers
    if isinstance(value, str | bytes) or type(value).__name__ in {"bool", "bool_"}:
        raise TypeError(f"{name} must be an integer, not {show(value)} ({type(value).__name__})")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be an integer, not {show(value)} ({type(value).__name__})"
        ) from None
    if minimum is not None and number < minimum:
        raise ValueError(f"{name} must be at least {show(minimum)}, not {show(number)}")
    if maximum is not None and number > maximum:
        raise ValueError(f"{name} must be at most {show(maximum)}, not {show(number)}")
    return number


def integers(
    name: str, values: object, *, minimum: int | None = None, maximum: int | None = None
) -> tuple[int, ...]:
    """Return an iterable of integers as a tuple, each validated like `integer`.

    >>> integers("widths", [2, 3], minimum=1)
    (2, 3)
    >>> integers("widths", [2, 0], minimum=1)
    Traceback (most recent call last):
        ...
    ValueError: widths[1] must be at least 1, not 0
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(
            f"{name} must be a sequence of integers, not {show(values)} ({type(values).__name__})"
        )
    return tuple(
        integer(f"{name}[{i}]", value, minimum=minimum, maximum=maximum)
        for i, value in enumerate(values)
    )


def choice(name: str, value: object, options: Iterable[Option]) -> Option:
    """Return `value` when it is one of the options.

    >>> choice("spread", "layers", ("layer", "network"))
    Traceback (most recent call last):
        ...
    ValueError: spread must be one of 'layer', 'network', not 'layers'
    """
    options = tuple(options)
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, not {show(value)} ({type(value).__name__})")
    if value not in options:
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, options))}, not {show(value)}"
        )
    return options[options.index(value)]


def size(what: str, amount: int, limit: int, unit: str, advice: str) -> None:
    """Refuse a request whose exact size is known to be past the limit.

    >>> size("the table", 10**9, 10**6, "rows", "raise limit")
    Traceback (most recent call last):
        ...
    critcount._support.errors.SizeLimitError: the table would have 1,000,000,000 rows,
        past the limit of 1,000,000: raise limit
    """
    if amount > limit:
        raise SizeLimitError(
            f"{what} would have {many(amount)} {unit}, past the limit of {many(limit)}: {advice}"
        )


def memory(what: str, amount: int, advice: str) -> None:
    """Refuse what takes more bytes than the machine has memory, where the system tells that.

    >>> memory("the Hessian", 10**18, "take products with it")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    critcount._support.errors.SizeLimitError: the Hessian would take
        1,000,000,000,000,000,000 bytes of memory, and this machine has ...: take products with it
    """
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return
    if 0 < there < amount:
        raise SizeLimitError(
            f"{what} would take {many(amount)} bytes of memory, and this machine has {there:,}: "
            f"{advice}"
        )


def many(amount: int) -> str:
    """Return a number of things for a message, rounded to a power of ten when it is long.

    >>> many(12345), many(10**45)
    ('12,345', 'some 10^45')
    """
    if amount < 10**40:
        return f"{amount:,}"
    return f"some 10^{round(amount.bit_length() * math.log10(2))}"
